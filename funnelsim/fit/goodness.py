"""How well a mixture tells the data: its gaps to Aalen-Johansen, and whether they are chance."""

from __future__ import annotations

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.incidence import Incidence, aalen_johansen
from funnelsim.fit.mixture import Mixture, refit_mixture
from funnelsim.fit.spells import Spells

RESAMPLES = 199
ENOUGH = 10
"""So many larger gaps are enough to know that the gap is no rarity ..."""
SURE = 59
"""... and none in so many that it is one."""
ROWS = 5_000
DISTINCT = 1_000
FEWEST = 10
"""Ages at which fewer are at risk say nothing about the fit."""


def midnight(days: np.ndarray, whole_days: bool) -> np.ndarray:
    """Ages that a mixture is asked for: where only dates are known, day t holds all up to t + 1/2."""
    return days + np.where(days >= 1, 0.5, 0.0) if whole_days else days


def gaps(mixture: Mixture, seen: Incidence, whole_days: bool) -> np.ndarray:
    """The largest distance of each outcome's share between the mixture and Aalen-Johansen."""
    told = seen.at_risk >= FEWEST
    if not told.any():
        return np.zeros(mixture.outcomes)
    return np.abs(seen.ended - mixture.incidence(midnight(seen.days, whole_days)))[told].max(axis=0)


def max_gap(mixture: Mixture, seen: Incidence, whole_days: bool) -> float:
    """The largest distance of any outcome's share."""
    return float(gaps(mixture, seen, whole_days).max())


def scaled_gap(mixture: Mixture, seen: Incidence, whole_days: bool) -> float:
    """The largest distance over the root of the outcome's share.

    By chance a distance is about as large as the root of the share; so a rare outcome whose days are told
    wrongly is not hidden behind its being rare.
    """
    shares = np.maximum(mixture.shares[: mixture.outcomes], 1e-3)
    return float((gaps(mixture, seen, whole_days) / np.sqrt(shares)).max())


def gap_chance(
    mixture: Mixture, gap: float, seen_from: np.ndarray, limit: np.ndarray, whole_days: bool,
    distance=scaled_gap, matters: bool = True,
) -> float:  # fmt: skip
    """Chance of such a gap if the mixture were the truth: parametric bootstrap, seed fixed.

    Each resample draws every spell anew from the mixture, given that it lived to `seen_from`, cuts it at
    `limit` (its age at the end of the record), fits the same families again to the end, and takes the gap
    as it was taken of the record. It stops when the answer is known: after 10 larger gaps, whose p is 10 /
    resamples (Besag & Clifford 1991, Biometrika 78), or after 59 resamples without one; else after 199. Where
    nothing hangs on the answer (`matters`), 3 larger gaps are enough.
    Of more than 5,000 spells so many are taken, and their gaps made smaller by the root of the ratio.
    """
    rng = np.random.default_rng(20260101)
    n = seen_from.size
    chosen = np.linspace(0, n - 1, min(n, ROWS)).astype(np.int64)
    a, c = seen_from[chosen], limit[chosen]
    shrink = np.sqrt(chosen.size / n)
    draw = Resample(mixture, a, c, whole_days)
    larger, enough = 0, ENOUGH if matters else 3
    for tried in range(1, RESAMPLES + 1):
        spells = draw(rng)
        seen = aalen_johansen(_by_outcome(spells, mixture), mixture.outcomes)
        # a fit comes nearer to its data: where the truth is near enough without one, none is needed
        if seen.days.size and distance(mixture, seen, whole_days) * shrink >= gap:
            refit = _refit(mixture, spells)
            larger += refit is None or bool(distance(refit, seen, whole_days) * shrink >= gap)
        if larger == enough:
            return enough / tried
        if tried == SURE and not larger:
            break
    return (larger + 1) / (tried + 1)


class Resample:
    """Spells as the record would have seen them, were the mixture the truth."""

    def __init__(self, mixture: Mixture, seen_from: np.ndarray, limit: np.ndarray, whole_days: bool):
        self.mixture, self.a, self.c, self.whole_days = mixture, seen_from, limit, whole_days
        distinct, place = np.unique(seen_from, return_inverse=True)
        alive = mixture.alive(distinct)
        total = alive.sum(axis=1, keepdims=True)
        odds = np.divide(alive, total, out=np.tile(mixture.parts, (distinct.size, 1)), where=total > 0)
        self.edges = np.cumsum(odds, axis=1)[:, :-1][place]

    def __call__(self, rng: np.random.Generator) -> Spells:
        m, a = self.mixture, self.a
        kind = (rng.random(a.size)[:, None] > self.edges).sum(axis=1)
        u, phase = 1.0 - rng.random(a.size), rng.random(a.size)
        days = np.full(a.size, np.inf)
        for k, (family, theta) in enumerate(zip(m.families, m.thetas, strict=True)):
            mine = kind == k
            days[mine] = family.quantile(u[mine] * family.survives(a[mine], theta), theta)
        days = np.maximum(days, a + 1e-9)
        if self.whole_days:
            # a date for the beginning and one for the end; what began before the record did so at noon
            whole = np.where(a > 0, np.rint(np.minimum(days, 1e9)), np.floor(np.minimum(days, 1e9) + phase))
            days = np.maximum(whole, 0.5)
        ended = days <= self.c
        return Spells.collapse(a, np.where(ended, days, self.c), np.where(ended, kind, -1))


def _refit(mixture: Mixture, spells: Spells) -> Mixture | None:
    """The same families on other spells; a kind of which nothing ended has no share."""
    there = np.flatnonzero(spells.events(len(mixture.families)) > 0)
    if not there.size:
        return None
    if spells.days.size > DISTINCT:
        spells = spells.rounded()
    start = mixture.x
    families, of = mixture.families, mixture.of
    if there.size < len(families):
        place = np.full(len(families) + 1, -1)
        place[there] = np.arange(there.size)
        spells = Spells(spells.seen_from, spells.days, place[spells.outcome], spells.count)
        families, of = tuple(families[k] for k in there), tuple(mixture.of[k] for k in there)
        log_odds = np.log(mixture.parts)
        kept = [*there, *([mixture.kinds - 1] * mixture.never)]
        thetas = [mixture.thetas[k] for k in there]
        start = np.concatenate([(log_odds[kept] - log_odds[kept[0]])[1:], *thetas])
    try:
        fitted = refit_mixture(mixture, spells, start, families, of)
    except (FitError, np.linalg.LinAlgError, ValueError):
        return None
    return fitted if np.isfinite(fitted.log_likelihood) else None


def _by_outcome(spells: Spells, mixture: Mixture) -> Spells:
    if mixture.of == tuple(range(len(mixture.of))):
        return spells
    outcome = np.array([*mixture.of, -1])[spells.outcome]
    return Spells(spells.seen_from, spells.days, outcome, spells.count)
