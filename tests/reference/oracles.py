"""Values of other programs for `tests/fit/test_oracles.py`: makes competing.csv and oracles.json anew.

lifelines wants a pandas older than the one funnelsim is developed with, so this runs in an environment of its
own, `pip install -e '.[oracles]'`, and what it found is committed:

    python tests/reference/oracles.py
"""

from __future__ import annotations

import json
import platform
import warnings
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import scipy
import statsmodels
import surpyval
from scipy import optimize, stats
from statsmodels.base.model import GenericLikelihoodModel
from statsmodels.duration.survfunc import CumIncidenceRight

HERE = Path(__file__).parent


def spells(n: int = 700) -> pd.DataFrame:
    """Three ends and open ones, a third of them seen from later on; `time` and `entry` in whole days (and a
    half while open), `exact_*` without ties."""
    rng = np.random.default_rng(20260101)
    cause = rng.choice([1, 2, 3], n, p=[0.35, 0.4, 0.25])
    life = np.choose(
        cause - 1, [40 * rng.weibull(1.4, n), rng.lognormal(3.4, 0.7, n), rng.gamma(1.6, 45.0, n)]
    )
    limit, entry = rng.uniform(20, 260, n), np.where(rng.random(n) < 0.35, rng.uniform(1, 50, n), 0.0)
    there = (life > entry + 1) & (limit > entry + 1)
    cause, life, limit, entry = cause[there], life[there], limit[there], entry[there]
    ended = life <= limit
    table = pd.DataFrame({
        "exact_entry": entry.round(4), "exact_time": np.minimum(life, limit).round(4),
        "cause": np.where(ended, cause, 0),
    })  # fmt: skip
    table["entry"] = np.where(entry > 0, np.floor(table.exact_entry) - 0.5, 0.0).clip(0)
    table["time"] = np.where(ended, np.maximum(np.rint(life), 1.0), np.rint(limit) + 0.5)
    table = table[table.time > table.entry]
    return table[~table.exact_time.duplicated()].reset_index(drop=True)


def tight(value, start: np.ndarray) -> np.ndarray:
    """The minimum of a function, to the last digits that its values allow."""
    x = optimize.minimize(
        value, start, method="Nelder-Mead", options={"maxiter": 40_000, "xatol": 1e-10, "fatol": 1e-13}
    ).x
    return optimize.minimize(value, x, method="BFGS", options={"gtol": 1e-10}).x


def single(table: pd.DataFrame) -> dict:
    """One end of any kind, left-truncated: lifelines and surpyval, each with its own likelihood."""
    t, e, a = table.time.to_numpy(float), (table.cause > 0).to_numpy(), table.entry.to_numpy(float)
    told = {}
    for name, fitter in {
        "exponential": lifelines.ExponentialFitter(), "weibull": lifelines.WeibullFitter(),
        "lognormal": lifelines.LogNormalFitter(), "loglogistic": lifelines.LogLogisticFitter(),
        "gengamma": lifelines.GeneralizedGammaFitter(),
    }.items():  # fmt: skip
        fitter.fit(t, e, entry=a)
        told[name] = {
            "by": "lifelines", "log_likelihood": float(fitter.log_likelihood_),
            "parameters": {key: float(value) for key, value in fitter.params_.items()},
        }  # fmt: skip
    model = surpyval.Gamma.fit(x=t, c=(~e).astype(int), tl=a)
    shape, rate = map(float, model.params)
    told["gamma"] = {
        "by": "surpyval", "log_likelihood": -float(model.neg_ll()), "parameters": {"shape": shape, "rate": rate}
    }  # fmt: skip
    return told


def never() -> dict:
    """Some never end: surpyval's limited failure population, lifelines' mixture cure model, right-censored."""
    rng = np.random.default_rng(7)
    n = 500
    stuck, life, limit = (
        rng.random(n) < 0.3,
        np.rint(30 * rng.weibull(1.6, n)) + 1,
        np.rint(rng.uniform(20, 300, n)) + 0.5,
    )
    ended = ~stuck & (life <= limit)
    t = np.where(ended, life, limit)
    model = surpyval.Weibull.fit(x=t, c=(~ended).astype(int), lfp=True)
    fitter = lifelines.MixtureCureFitter(base_fitter=lifelines.WeibullFitter()).fit(t, ended)
    scale, shape = map(float, model.params)
    by_surpyval = {"ends": float(model.lfp_p), "scale": scale, "shape": shape}
    by_lifelines = {name: float(value) for name, value in fitter.params_.items()}
    return {
        "time": t.tolist(),
        "ended": ended.astype(int).tolist(),
        "surpyval": {"log_likelihood": -float(model.neg_ll()), **by_surpyval},
        "lifelines": {"log_likelihood": float(fitter.log_likelihood_), **by_lifelines},
    }


FAMILY = {
    "exponential": (1, lambda p: stats.expon(scale=np.exp(p[0]))),
    "weibull": (2, lambda p: stats.weibull_min(np.exp(-p[1]), scale=np.exp(p[0]))),
    "lognormal": (2, lambda p: stats.lognorm(np.exp(p[1]), scale=np.exp(p[0]))),
    "loglogistic": (2, lambda p: stats.fisk(np.exp(-p[1]), scale=np.exp(p[0]))),
    "gamma": (2, lambda p: stats.gamma(np.exp(-2 * p[1]), scale=np.exp(p[0] + 2 * p[1]))),
}
"""Number of parameters, and the distribution of (mu, log sigma) as funnelsim has them."""


class Competing(GenericLikelihoodModel):
    """The mixture of competing outcomes, written down once more with scipy's distributions."""

    families: tuple[str, ...] = ()
    never = False

    def loglike(self, params):
        t, cause, a = self.endog[:, 0], self.endog[:, 1].astype(int), self.endog[:, 2]
        kinds = len(self.families) + self.never
        odds = np.r_[0.0, params[: kinds - 1]]
        p = np.exp(odds - odds.max())
        p /= p.sum()
        at, value, open_, entry = kinds - 1, 0.0, np.zeros(t.size), np.zeros(t.size)
        for k, name in enumerate(self.families):
            free, make = FAMILY[name]
            d = make(params[at : at + free])
            at += free
            value += (np.log(p[k]) + d.logpdf(t[cause == k + 1])).sum()
            open_ += p[k] * d.sf(t)
            entry += p[k] * d.sf(a)
        if self.never:
            open_, entry = open_ + p[-1], entry + p[-1]
        return value + np.log(open_[cause == 0]).sum() - np.log(entry[a > 0]).sum()


def competing(table: pd.DataFrame) -> list[dict]:
    """Mixtures of three outcomes, left-truncated, by statsmodels' GenericLikelihoodModel."""
    told = []
    for families, some in (
        (("weibull", "lognormal", "exponential"), False), (("gamma", "loglogistic", "weibull"), False),
        (("lognormal", "gamma", "gamma"), False), (("weibull", "lognormal", "gamma"), True),
    ):  # fmt: skip
        data = table[["time", "cause", "entry"]].to_numpy(float).copy()
        if some:  # a fifth of the open ones is older by a year: some never end
            old = (data[:, 1] == 0) & (np.arange(len(data)) % 3 == 0)
            data[old, 0] += 400
        model = Competing(data, np.ones((len(data), 1)))
        model.families, model.never = families, some
        start = [0.0] * (len(families) + some - 1)
        for k, name in enumerate(families):
            y = np.log(data[data[:, 1] == k + 1, 0])
            start += [y.mean(), np.log(y.std() * 0.8)][: FAMILY[name][0]]
        x = tight(lambda x, model=model: -model.loglike(x), np.array(start))
        told.append({
            "families": families, "never": some, "x": x.tolist(), "log_likelihood": float(model.loglike(x)),
            "standard_errors": np.sqrt(np.diag(np.linalg.inv(-model.hessian(x)))).tolist(),
        })  # fmt: skip
    return told


def incidence(table: pd.DataFrame) -> dict:
    """Aalen-Johansen: statsmodels (ties), lifelines (left-truncated, no ties), with standard errors."""
    found = CumIncidenceRight(table.time.to_numpy(float), table.cause.to_numpy())
    # only where somebody stays at risk: at the very last age statsmodels divides by 0
    last = -1 if not np.isfinite(found.cinc_se[0][-1]) else None
    told = {
        "statsmodels": {
            "days": found.times[:last].tolist(), "ended": [c[:last].tolist() for c in found.cinc],
            "se": [c[:last].tolist() for c in found.cinc_se],
        }
    }  # fmt: skip
    t, a = table.exact_time.to_numpy(), table.exact_entry.to_numpy()
    told["lifelines"] = {}
    for cause in (1, 2, 3):
        fitter = lifelines.AalenJohansenFitter().fit(t, table.cause, event_of_interest=cause, entry=a)
        curve = fitter.cumulative_density_.iloc[:, 0]
        here = np.sort(t[table.cause > 0])[5::8]
        told["lifelines"][str(cause)] = {
            "days": here.tolist(), "ended": curve.loc[here].tolist(), "variance": fitter.variance_.loc[here].tolist()
        }  # fmt: skip
    return told


def main() -> None:
    warnings.simplefilter("ignore")
    table = spells()
    table.to_csv(HERE / "competing.csv", index=False)
    made = {
        "command": "python tests/reference/oracles.py", "python": platform.python_version(),
        **{module.__name__: module.__version__ for module in (np, pd, scipy, statsmodels, lifelines)},
        "surpyval": getattr(surpyval, "__version__", "0.25"),
    }  # fmt: skip
    told = {
        "made": made, "single": single(table), "never": never(), "competing": competing(table),
        "incidence": incidence(table),
    }  # fmt: skip
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in told.items()]
    (HERE / "oracles.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
