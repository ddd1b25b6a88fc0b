"""Left-truncated sets, mixtures and a mass that never resolves against lifelines, surpyval and statsmodels.

Their values, with versions and command, stand in tests/reference/oracles.json, made by oracles.py beside it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.fit.durations import FAMILIES, WEIBULL
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.mixture import fit_mixture
from funnelsim.fit.spells import Spells

HERE = Path(__file__).parents[1] / "reference"
ORACLES = json.loads((HERE / "oracles.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(HERE / "competing.csv")


def spells(table: pd.DataFrame, exact: bool = False) -> Spells:
    part = "exact_" if exact else ""
    days = (table[f"{part}{name}"].to_numpy(float) for name in ("entry", "time"))
    return Spells.collapse(*days, table["cause"].to_numpy() - 1)


# What lifelines and surpyval call the parameters, and how near their own search comes to the top.
SINGLE = {
    "exponential": (lambda p: {"rate": 1 / p["lambda_"]}, 1e-6),
    "weibull": (lambda p: {"shape": p["rho_"], "scale": p["lambda_"]}, 1e-5),
    "lognormal": (lambda p: {"meanlog": p["mu_"], "sdlog": p["sigma_"]}, 2e-5),
    "loglogistic": (lambda p: {"shape": p["beta_"], "scale": p["alpha_"]}, 1e-5),
    "gamma": (lambda p: p, 1e-5),
    "gengamma": (lambda p: {"mu": p["mu_"], "sigma": np.exp(p["ln_sigma_"]), "q": p["lambda_"]}, 1e-4),
}


@pytest.mark.parametrize("family", SINGLE)
def test_single_families_agree_on_left_truncated_spells(table, family):
    told, near = SINGLE[family]
    oracle = ORACLES["single"][family]
    one = spells(table)
    one = Spells.collapse(
        *(np.repeat(getattr(one, part), one.count.astype(int)) for part in ("seen_from", "days")),
        np.repeat(np.minimum(one.outcome, 0), one.count.astype(int)),
    )
    fitted = fit_mixture(one, (FAMILIES[family],))
    assert fitted.log_likelihood == pytest.approx(oracle["log_likelihood"], abs=1e-7)
    assert fitted.log_likelihood >= oracle["log_likelihood"] - 1e-9, "ours is the top"
    mine = FAMILIES[family].parameters(fitted.thetas[0])
    for name, value in told(oracle["parameters"]).items():
        assert mine[name] == pytest.approx(value, rel=near)


@pytest.mark.parametrize("oracle", ORACLES["competing"], ids=lambda oracle: "-".join(oracle["families"]))
def test_mixtures_of_three_outcomes_agree_with_the_likelihood_written_down_once_more(table, oracle):
    if oracle["never"]:
        old = (table["cause"] == 0) & (np.arange(len(table)) % 3 == 0)
        table = table.assign(time=table["time"] + 400 * old)
    fitted = fit_mixture(spells(table), tuple(FAMILIES[name] for name in oracle["families"]), oracle["never"])
    assert fitted.log_likelihood == pytest.approx(oracle["log_likelihood"], abs=1e-8)
    assert fitted.x == pytest.approx(oracle["x"], abs=1e-6)
    # statsmodels differentiates numerically
    assert fitted.standard_errors() == pytest.approx(oracle["standard_errors"], rel=2e-5)


def test_a_mass_that_never_resolves_agrees_with_two_programs():
    told = ORACLES["never"]
    time, ended = np.array(told["time"]), np.array(told["ended"])
    fitted = fit_mixture(Spells.collapse(np.zeros(time.size), time, ended - 1), (WEIBULL,), never=True)
    mine = WEIBULL.parameters(fitted.thetas[0])
    for oracle, ends, shape, scale in (
        (told["surpyval"], told["surpyval"]["ends"], "shape", "scale"),
        (told["lifelines"], 1 - told["lifelines"]["cured_fraction_"], "rho_", "lambda_"),
    ):
        assert fitted.log_likelihood == pytest.approx(oracle["log_likelihood"], abs=1e-8)
        assert fitted.shares[0] == pytest.approx(ends, abs=2e-6)
        assert mine["shape"] == pytest.approx(oracle[shape], rel=1e-5)
        assert mine["scale"] == pytest.approx(oracle[scale], rel=1e-5)


def test_aalen_johansen_with_ties_agrees_with_statsmodels(table):
    oracle = ORACLES["incidence"]["statsmodels"]
    seen = aalen_johansen(spells(table).whole_seen(), 3)
    at = np.searchsorted(seen.days, oracle["days"], side="right") - 1
    there = at >= 0
    assert there.sum() > 100
    assert np.abs(seen.ended[at] - np.transpose(oracle["ended"]))[there].max() < 1e-12
    assert np.abs(seen.ended_se()[at] - np.transpose(oracle["se"]))[there].max() < 1e-12


def test_left_truncated_aalen_johansen_agrees_with_lifelines(table):
    seen = aalen_johansen(spells(table, exact=True), 3)
    for cause, oracle in ORACLES["incidence"]["lifelines"].items():
        at = np.searchsorted(seen.days, oracle["days"])
        assert np.array_equal(seen.days[at], oracle["days"])
        k = int(cause) - 1
        assert np.abs(seen.ended[at, k] - oracle["ended"]).max() < 1e-12
        assert np.abs(seen.ended_se()[at, k] ** 2 - oracle["variance"]).max() < 1e-12
