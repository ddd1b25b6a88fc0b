"""Competing outcomes with censoring and left truncation: outcome k with share p_k, then its time ~ F_k.

    l = sum_events [log p_k + log f_k(t)] + sum_open log sum_k p_k S_k(t) - sum_entry log sum_k p_k S_k(a)

over distinct rows with weights; one more outcome, that never resolves (S = 1 for ever), where asked.
Analytic gradient and Hessian; BFGS to the neighbourhood of the optimum, Newton steps onto it; the
same Hessian gives the standard errors. Larson & Dinse (1985), Applied Statistics 34.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, optimize

from funnelsim.errors import FitError
from funnelsim.fit.durations import Family

COARSE = 4096
"""Above so many distinct rows the first steps are made on rounded ages."""


@dataclass(frozen=True)
class Spells:
    """Distinct (from, days, outcome) with how often each occurs."""

    seen_from: np.ndarray
    """Age at which observation began; 0 from the beginning."""
    days: np.ndarray
    outcome: np.ndarray
    """Position of the outcome, -1 while open."""
    count: np.ndarray

    @classmethod
    def collapse(cls, seen_from: np.ndarray, days: np.ndarray, outcome: np.ndarray) -> Spells:
        """Rows with ties made into weights. Days must be positive and finite."""
        if days.size and not (np.isfinite(days).all() and days.min() > 0):
            raise FitError.of("fit", "fit_zero_duration", rows=int((~(days > 0)).sum()))
        half = np.rint(2 * days)
        if days.size > 1000 and half.max() < 1e5 and np.array_equal(2 * days, half) and seen_from.max() < 5e4:
            # whole and half days: one integer a row, sorted much faster than rows of floats
            code = (
                (np.rint(2 * seen_from).astype(np.int64) * 100_000 + half.astype(np.int64)) * 64 + outcome + 1
            )
            code, count = np.unique(code, return_counts=True)
            days = (code // 64 % 100_000) / 2
            return cls(code // 6_400_000 / 2, days, code % 64 - 1, count.astype(float))
        if _tieless(days):
            return cls(seen_from, days, outcome.astype(np.int64), np.ones(days.size))
        order = np.lexsort((outcome, days, seen_from))
        a, t, k = seen_from[order], days[order], outcome[order].astype(np.int64)
        new = np.r_[True, (np.diff(a) != 0) | (np.diff(t) != 0) | (np.diff(k) != 0)][: a.size]
        first = np.flatnonzero(new)
        return cls(a[first], t[first], k[first], np.diff(np.r_[first, a.size]).astype(float))

    @property
    def rows(self) -> float:
        return float(self.count.sum())

    def events(self, outcomes: int) -> np.ndarray:
        """Number of spells that ended in each outcome."""
        ended = self.outcome >= 0
        return np.bincount(self.outcome[ended], self.count[ended], outcomes)

    def rounded(self) -> Spells:
        """Ages rounded to steps of about 1 %, for a first approach."""

        def steps(ages: np.ndarray) -> np.ndarray:
            return np.clip(np.rint(100 * np.log(np.maximum(ages, 1e-9))) + 2100, 0, 8191).astype(np.int64)

        code = (steps(self.seen_from) * 8192 + steps(self.days)) * 64 + self.outcome + 1
        distinct, place = np.unique(code, return_inverse=True)
        from_step = distinct // (64 * 8192)
        ages = np.exp((np.stack([from_step, distinct // 64 % 8192]) - 2100) / 100)
        seen_from = np.where(from_step <= 28, 0.0, ages[0])  # 28: the step of age 1e-9, that is 0
        return Spells(seen_from, ages[1], distinct % 64 - 1, np.bincount(place, self.count))


@dataclass(frozen=True)
class Mixture:
    """A fitted mixture: shares of the outcomes and the family of each one's time.

    x   log odds of outcomes 1.. (and of never resolving) against outcome 0, then theta of each family
    """

    families: tuple[Family, ...]
    never: bool
    x: np.ndarray
    log_likelihood: float
    hessian: np.ndarray
    """Of minus the log-likelihood at x."""

    @property
    def kinds(self) -> int:
        return len(self.families) + self.never

    @property
    def aic(self) -> float:
        return 2.0 * self.x.size - 2.0 * self.log_likelihood

    @cached_property
    def shares(self) -> np.ndarray:
        """Share of each outcome; the last one never resolves, where `never`."""
        return _softmax(np.r_[0.0, self.x[: self.kinds - 1]])

    @cached_property
    def thetas(self) -> list[np.ndarray]:
        return [self.x[part] for part in _parts(self.families, self.kinds)]

    @cached_property
    def covariance(self) -> np.ndarray:
        """Of x; directions in which the data say nothing get none."""
        return linalg.pinvh(self.hessian)

    def standard_errors(self) -> np.ndarray:
        """Of x: log odds, then mu and log sigma of each family."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def share_interval(self, k: int, z: float = 1.959964) -> tuple[float, float]:
        """Interval of one share, by the delta method on the logit scale."""
        p = self.shares
        if p.size == 1:
            return 1.0, 1.0
        gradient = np.zeros(self.x.size)
        gradient[: p.size - 1] = (np.eye(p.size)[k] - p)[1:] / (1 - p[k]) if p[k] < 1 else 0.0
        sd = float(np.sqrt(max(gradient @ self.covariance @ gradient, 0.0)))
        logit = np.log(p[k]) - np.log1p(-p[k]) if p[k] < 1 else 40.0
        return float(_expit(logit - z * sd)), float(_expit(logit + z * sd))

    def median_interval(self, k: int, z: float = 1.959964) -> tuple[float, float, float]:
        """Median days to an outcome with its interval, by the delta method on the log scale."""
        middle, slope = self.families[k].median(self.thetas[k])
        part = _parts(self.families, self.kinds)[k]
        sd = float(np.sqrt(max(slope @ self.covariance[part, part] @ slope, 0.0)))
        return float(np.exp(middle)), float(np.exp(middle - z * sd)), float(np.exp(middle + z * sd))

    def incidence(self, days: np.ndarray) -> np.ndarray:
        """Share that has ended in each outcome by so many days, shape (days, outcomes)."""
        pairs = zip(self.families, self.thetas, self.shares, strict=False)
        return np.stack([p * (1 - family.survives(days, theta)) for family, theta, p in pairs], axis=-1)

    def odds_of_open(self, age: float) -> np.ndarray:
        """Share of each outcome (and of never) among those still open at an age."""
        alive = [
            p * family.survives(np.array(float(age)), theta)
            for family, theta, p in zip(self.families, self.thetas, self.shares, strict=False)
        ]
        left = np.array([*alive, *self.shares[len(alive) :]], float)
        return left / left.sum() if left.sum() > 0 else self.shares


def fit_mixture(spells: Spells, families: tuple[Family, ...], never: bool = False) -> Mixture:
    """The maximum-likelihood mixture; outcome k has family `families[k]`, and at least one event."""
    events = spells.events(len(families))
    if not len(events) or events.min() <= 0:
        raise FitError.of("fit", "fit_no_events")
    exposure = float(spells.count @ (spells.days - spells.seen_from))
    unit = max(exposure / float(events.sum()), 1e-9)
    scaled = Spells(spells.seen_from / unit, spells.days / unit, spells.outcome, spells.count)
    start = _start(scaled, families, never)
    if scaled.days.size > COARSE:
        rough = scaled.rounded()
        start, _ = _climb(_Likelihood(rough, families, never), start)
    likelihood = _Likelihood(scaled, families, never)
    x, found = _climb(likelihood, start, polish_only=scaled.days.size > COARSE)
    for nudge in (0.5, -0.5, 1.0):
        if found:
            break
        x, found = _climb(likelihood, start + nudge)
    value, _, hessian = likelihood(x)
    for part in _parts(families, len(families) + never):
        x[part.start] += np.log(unit)
    # densities are per day: the scale of time changes the likelihood by a constant
    return Mixture(families, never, x, float(-value - events.sum() * np.log(unit)), hessian)


class _Likelihood:
    """Minus the log-likelihood of a parameter vector, with gradient and Hessian."""

    def __init__(self, spells: Spells, families: tuple[Family, ...], never: bool):
        self.families, self.never = families, never
        self.kinds = len(families) + never
        self.parts = _parts(families, self.kinds)
        self.size = self.parts[-1].stop
        ended = spells.outcome >= 0
        self.ended = []
        for k in range(len(families)):
            here = ended & (spells.outcome == k)
            self.ended.append(_summed(np.log(spells.days[here]), spells.count[here]))
        self.open = _summed(np.log(spells.days[~ended]), spells.count[~ended])
        late = spells.seen_from > 0
        self.entry = _summed(np.log(spells.seen_from[late]), spells.count[late])
        self.events = np.array([count.sum() for _, count in self.ended] + [0.0] * never)

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        odds = np.r_[0.0, x[: self.kinds - 1]]
        log_p = odds - _logsum(odds[None, :])[0]
        p = np.exp(log_p)
        total = self.events.sum()
        value = float(self.events @ log_p)
        gradient = np.zeros(self.size)
        hessian = np.zeros((self.size, self.size))
        eta = slice(0, self.kinds - 1)
        scatter = (np.diag(p) - np.outer(p, p))[1:, 1:]
        gradient[eta] = (self.events - total * p)[1:]
        hessian[eta, eta] = -total * scatter
        for family, part, (log_days, count) in zip(self.families, self.parts, self.ended, strict=True):
            v, g, h = family.log_density(log_days, x[part])
            value += count @ v
            gradient[part] += count @ g
            hessian[part, part] += np.tensordot(count, h, 1)
        for sign, (log_days, count) in ((1.0, self.open), (-1.0, self.entry)):
            if count.size:
                v, g, h = self._alive(x, log_p, p, scatter, log_days, count)
                value += sign * v
                gradient += sign * g
                hessian += sign * h
        return -value, -gradient, -hessian

    def _alive(self, x, log_p, p, scatter, log_days, count):
        """Sum of count x log sum_k p_k S_k, with gradient and Hessian."""
        n = log_days.size
        u = np.empty((n, self.kinds))
        u[:, -1] = log_p[-1]
        parts = [f.log_survival(log_days, x[part]) for f, part in zip(self.families, self.parts, strict=True)]
        for k, (v, _, _) in enumerate(parts):
            u[:, k] = log_p[k] + v
        top = _logsum(u)
        r = np.exp(u - top[:, None])
        slope = np.empty((n, self.size))
        slope[:, : self.kinds - 1] = (r - p)[:, 1:]
        bend = np.zeros((self.size, self.size))
        eta = slice(0, self.kinds - 1)
        wr = count[:, None] * r
        # E[du du'] over the outcomes, blocks of the odds first: du_k/deta = e_k - p
        sums = wr.sum(axis=0)
        full = np.diag(sums) - np.outer(sums, p) - np.outer(p, sums) + count.sum() * np.outer(p, p)
        bend[eta, eta] = full[1:, 1:] - count.sum() * scatter
        for k, (part, (_, g, h)) in enumerate(zip(self.parts, parts, strict=True)):
            slope[:, part] = r[:, [k]] * g
            weighted = wr[:, k] @ g
            bend[part, part] = np.tensordot(wr[:, k], h, 1) + (wr[:, [k]] * g).T @ g
            cross = np.outer((np.eye(self.kinds)[k] - p)[1:], weighted)
            bend[eta, part] = cross
            bend[part, eta] = cross.T
        bend -= (slope * count[:, None]).T @ slope
        return float(count @ top), count @ slope, bend


def _climb(likelihood: _Likelihood, start: np.ndarray, polish_only: bool = False) -> tuple[np.ndarray, bool]:
    """The optimum from a start, and whether the gradient test holds there."""
    x = start
    if not polish_only:

        def both(x):
            value, gradient, _ = likelihood(x)
            return (value, gradient) if np.isfinite(value) else (1e300, np.zeros_like(x))

        with np.errstate(all="ignore"):
            x = optimize.minimize(
                both, start, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 500}
            ).x
    scale = 1.0 + likelihood.events.sum()
    value, gradient, hessian = likelihood(x)
    for _ in range(50):
        if np.abs(gradient).max(initial=0) < 1e-11 * scale:
            return x, True
        step = _newton(hessian, gradient)
        for _ in range(30):
            with np.errstate(all="ignore"):
                there = likelihood(x - step)
            if np.isfinite(there[0]) and there[0] <= value + 1e-12 * abs(value):
                break
            step = step / 2
        else:
            break
        moved = np.abs(step).max(initial=0)
        x = x - step
        value, gradient, hessian = there
        if moved < 1e-13:
            break
    return x, bool(np.abs(gradient).max(initial=0) < 1e-6 * scale)


def _newton(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """A descent step: along each axis of the Hessian by its absolute curvature, at most 2 long."""
    bend, axes = np.linalg.eigh(hessian)
    bend = np.maximum(np.abs(bend), 1e-9 * max(1.0, float(np.abs(bend).max())))
    step = axes @ ((axes.T @ gradient) / bend)
    return step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))


def _start(spells: Spells, families: tuple[Family, ...], never: bool) -> np.ndarray:
    """Shares among the ended; the moments of log t of each outcome, a little longer for the open ones."""
    events = spells.events(len(families))
    still = max(spells.rows - events.sum(), 0.5)
    odds = np.r_[events, [0.25 * still] * never]
    x = [np.log(odds[1:] / odds[0])]
    stretch = 0.5 * np.log1p(still / events.sum())
    for k, family in enumerate(families):
        here = spells.outcome == k
        y, w = np.log(spells.days[here]), spells.count[here]
        mean = float(y @ w / w.sum())
        sd = float(np.sqrt(max((y - mean) ** 2 @ w / w.sum(), 0.01)))
        middle = {"exponential": 0.577, "weibull": 0.45 * sd}.get(family.name, 0.0)
        narrow = {"weibull": 0.78, "loglogistic": 0.55}.get(family.name, 1.0)
        x.append(np.array([mean + middle + stretch, np.log(narrow * sd)])[: family.free])
    return np.concatenate(x)


def _parts(families: tuple[Family, ...], kinds: int) -> list[slice]:
    """Where the parameters of each family stand in x."""
    ends = np.cumsum([kinds - 1, *(family.free for family in families)])
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]


def _summed(ages: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct ages with their weights together."""
    if _tieless(ages):
        return ages, count
    distinct, place = np.unique(ages, return_inverse=True)
    return distinct, np.bincount(place, count, distinct.size)


def _tieless(ages: np.ndarray) -> bool:
    """Whether sorting for ties would gain nothing: many ages, and hardly two alike in a sample."""
    sample = ages[:: max(1, ages.size // 2000)]
    return ages.size > 20_000 and np.unique(sample).size > 0.98 * sample.size


def _logsum(u: np.ndarray) -> np.ndarray:
    top = u.max(axis=1)
    return top + np.log(np.exp(u - top[:, None]).sum(axis=1))


def _softmax(odds: np.ndarray) -> np.ndarray:
    weights = np.exp(odds - odds.max())
    return weights / weights.sum()


def _expit(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(x, -700, 700))))
