"""How well a mixture tells the data: its largest gap to Aalen-Johansen, and whether that is chance."""

from __future__ import annotations

import numpy as np

from funnelsim.fit.incidence import Incidence
from funnelsim.fit.mixture import Mixture

RESAMPLES = 199
ROWS = 20_000
GRID = 200
FEWEST = 10
"""Ages at which fewer are at risk say nothing about the fit."""


def midnight(days: np.ndarray, whole_days: bool) -> np.ndarray:
    """Ages that a mixture is asked for: where only dates are known, day t holds all up to t + 1/2."""
    return days + np.where(days >= 1, 0.5, 0.0) if whole_days else days


def max_gap(mixture: Mixture, seen: Incidence, whole_days: bool) -> float:
    """The largest distance of any outcome's share between the mixture and Aalen-Johansen."""
    told = seen.at_risk >= FEWEST
    if not told.any():
        return 0.0
    return float(np.abs(seen.ended - mixture.incidence(midnight(seen.days, whole_days)))[told].max())


def gap_chance(
    mixture: Mixture, gap: float, ages: np.ndarray, seen_from: np.ndarray, limit: np.ndarray,
    whole_days: bool, resamples: int = RESAMPLES,
) -> float:  # fmt: skip
    """Chance of such a gap if the mixture were the truth: parametric bootstrap, seed fixed.

    Each resample draws every spell anew from the mixture, given that it lived to `seen_from`, cuts it
    at `limit` (its age at the end of the record), refits by one Newton step from the fitted parameters
    (as good as a refit to first order) and takes the gap on a grid of `ages`. Of more than 20,000
    spells so many are taken, and their gaps made smaller by the root of the ratio.
    """
    rng = np.random.default_rng(20260101)
    n = seen_from.size
    chosen = np.linspace(0, n - 1, min(n, ROWS)).astype(np.int64)
    a, c = seen_from[chosen], limit[chosen]
    shrink = np.sqrt(chosen.size / n)
    grid = ages if ages.size <= GRID else ages[np.linspace(0, ages.size - 1, GRID).astype(np.int64)]
    # expected information of the sample, from that of the whole
    inverse = mixture.covariance * (n / chosen.size)
    scores = _Scores(mixture, a, c)
    larger = 0
    for _ in range(resamples):
        kind, days = _draw(mixture, a, rng, scores.odds)
        if whole_days:
            days = np.maximum(np.rint(days), 0.5)
        ended = days <= c
        step = inverse @ scores.total(kind, days, ended)
        step *= min(1.0, 1.0 / max(float(np.abs(step).max(initial=0.0)), 1e-300))
        refit = Mixture(mixture.families, mixture.never, mixture.x + step, 0.0, mixture.hessian)
        share, at_risk = _incidence_on(
            grid, a, np.where(ended, days, c), np.where(ended, kind, -1), len(mixture.families)
        )
        told = at_risk >= FEWEST
        if told.any():
            distance = np.abs(share - refit.incidence(midnight(grid, whole_days)))[told].max()
            larger += bool(distance * shrink >= gap)
    return (larger + 1) / (resamples + 1)


class _Scores:
    """The gradient of each spell's log-likelihood at the fitted parameters."""

    def __init__(self, mixture: Mixture, a: np.ndarray, c: np.ndarray):
        self.mixture = mixture
        self.odds, self.entry = self._alive(a)
        _, self.open = self._alive(c)

    def _alive(self, ages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Shares of the outcomes among those open at each age, and the gradient of log sum p S."""
        m = self.mixture
        distinct, place = np.unique(ages, return_inverse=True)
        log_days = np.log(np.maximum(distinct, 1e-9))
        parts = [f.log_survival(log_days, theta) for f, theta in zip(m.families, m.thetas, strict=True)]
        u = np.log(m.shares) + np.stack(
            [v for v, _, _ in parts] + [np.zeros(distinct.size)] * m.never, axis=1
        )
        r = np.exp(u - u.max(axis=1, keepdims=True))
        r /= r.sum(axis=1, keepdims=True)
        slope = np.hstack([(r - m.shares)[:, 1:], *(r[:, [k]] * g for k, (_, g, _) in enumerate(parts))])
        return r[place], slope[place]

    def total(self, kind: np.ndarray, days: np.ndarray, ended: np.ndarray) -> np.ndarray:
        m = self.mixture
        total = self.open[~ended].sum(axis=0) - self.entry.sum(axis=0)
        at = m.kinds - 1
        for k, (family, theta) in enumerate(zip(m.families, m.thetas, strict=True)):
            mine = ended & (kind == k)
            total[: m.kinds - 1] += mine.sum() * (np.eye(m.kinds)[k] - m.shares)[1:]
            _, g, _ = family.log_density(np.log(days[mine]), theta)
            total[at : at + family.free] += g.sum(axis=0)
            at += family.free
        return total


def _draw(
    mixture: Mixture, a: np.ndarray, rng: np.random.Generator, odds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and length of each spell, given that it lived to age `a`; infinite where it never ends."""
    kind = (rng.random(a.size)[:, None] > np.cumsum(odds, axis=1)[:, :-1]).sum(axis=1)
    u = 1.0 - rng.random(a.size)
    days = np.full(a.size, np.inf)
    for k, (family, theta) in enumerate(zip(mixture.families, mixture.thetas, strict=True)):
        mine = kind == k
        days[mine] = family.quantile(u[mine] * family.survives(a[mine], theta), theta)
    return kind, np.maximum(days, a + 1e-9)


def _incidence_on(
    grid: np.ndarray, a: np.ndarray, days: np.ndarray, kind: np.ndarray, outcomes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Aalen-Johansen with ends between two ages of the grid counted at the later one."""
    bins = grid.size + 1
    ended = kind >= 0
    end_bin = np.searchsorted(grid, days, side="left")
    cell = end_bin[ended] * outcomes + kind[ended]
    events = np.bincount(cell, minlength=bins * outcomes).reshape(bins, outcomes)[:-1]
    gone = np.cumsum(np.bincount(end_bin, minlength=bins))[:-1]
    come = np.cumsum(np.bincount(np.searchsorted(grid, a, side="right"), minlength=bins))[:-1]
    at_risk = np.maximum(come - np.r_[0, gone[:-1]], events.sum(axis=1)).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.nan_to_num(events / at_risk[:, None])
    still = np.cumprod(1.0 - hazard.sum(axis=1))
    return np.cumsum(np.r_[1.0, still[:-1]][:, None] * hazard, axis=0), at_risk
