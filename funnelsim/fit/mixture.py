"""Competing outcomes with censoring and left truncation: outcome k with share p_k, then its time ~ F_k.

    l = sum_events [log p_k + log f_k(t)] + sum_open log sum_k p_k S_k(t) - sum_entry log sum_k p_k S_k(a)

over distinct rows with weights; one more outcome, that never resolves (S = 1 for ever), where asked.
Analytic gradient and Hessian; BFGS to the neighbourhood of the optimum, Newton steps onto it; the
same Hessian gives the standard errors. Larson & Dinse (1985), Applied Statistics 34.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, special

from funnelsim.errors import FitError
from funnelsim.fit.family import Family
from funnelsim.fit.likelihood import Likelihood, climb, parts_of, polish
from funnelsim.fit.spells import Spells

COARSE = 4096
"""Above so many distinct rows the first steps are made on rounded ages."""
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Mixture:
    """A fitted mixture: shares of the outcomes and the family of each one's time.

    x    log odds of kinds 1.. (and of never resolving) against kind 0, then theta of each family
    of   outcome of each kind: two kinds are one outcome where a timer ends some of its visits
    """

    families: tuple[Family, ...]
    never: bool
    x: np.ndarray
    log_likelihood: float
    hessian: np.ndarray
    """Of minus the log-likelihood at x."""
    of: tuple[int, ...]
    outcomes: int
    events: np.ndarray
    """Number of ends by kind."""
    rivals: tuple[tuple[float, Mixture], ...] = ()
    """Other families that the data like nearly as well, with their Akaike weights; own weight is the rest."""

    @property
    def kinds(self) -> int:
        return len(self.families) + self.never

    @property
    def aic(self) -> float:
        return 2.0 * self.x.size - 2.0 * self.log_likelihood

    @cached_property
    def parts(self) -> np.ndarray:
        """Share of each kind; the last one never resolves, where `never`."""
        odds = np.r_[0.0, self.x[: self.kinds - 1]]
        weights = np.exp(odds - odds.max())
        return weights / weights.sum()

    @cached_property
    def shares(self) -> np.ndarray:
        """Share of each outcome; the last one never resolves, where `never`."""
        return self.merged(self.parts)

    @cached_property
    def thetas(self) -> list[np.ndarray]:
        return [self.x[part] for part in parts_of(self.families, self.kinds)]

    @cached_property
    def covariance(self) -> np.ndarray:
        """Of x; directions in which the data say nothing get none."""
        return linalg.pinvh(self.hessian)

    @property
    def never_share(self) -> float:
        return float(self.parts[-1]) if self.never else 0.0

    def kinds_of(self, outcome: int) -> list[int]:
        return [j for j, k in enumerate(self.of) if k == outcome]

    def merged(self, by_kind: np.ndarray) -> np.ndarray:
        """Sums over the kinds of each outcome, along the last axis; never stays last."""
        if self.of == tuple(range(self.outcomes)):
            return by_kind
        told = np.zeros((*by_kind.shape[:-1], self.outcomes + self.never))
        for j, k in enumerate([*self.of, *([self.outcomes] * self.never)]):
            told[..., k] += by_kind[..., j]
        return told

    def standard_errors(self) -> np.ndarray:
        """Of x: log odds, then mu and log sigma of each family."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def share_interval(self, k: int, z: float = Z95) -> tuple[float, float]:
        """Interval of one outcome's share, by the delta method on the logit scale, rivals counted.

        Where nothing else was seen, that of Jeffreys: so many ends, and not one of another kind.
        """
        logit, variance = self._share(k)
        if not np.isfinite(logit):
            tail = special.ndtr(-z)
            return float(special.betaincinv(self.events.sum() + 0.5, 0.5, tail)), 1.0
        variance = self._with_rivals(logit, variance, lambda rival: rival._share(k))
        low, high = special.expit(logit + z * np.sqrt(variance) * np.array([-1.0, 1.0]))
        return float(low), float(high)

    def median_interval(self, k: int, z: float = Z95) -> tuple[float, float, float]:
        """Median days to an outcome with its interval, by the delta method on the log scale, rivals counted; of
        an outcome with a timer, that of the smooth part."""
        middle, variance = self._median(k)
        sd = np.sqrt(self._with_rivals(middle, variance, lambda rival: rival._median(k)))
        told = np.exp(np.minimum(middle + sd * np.array([0.0, -z, z]), 700.0))
        return float(told[0]), float(told[1]), float(told[2])

    def _share(self, k: int) -> tuple[float, float]:
        """Logit of an outcome's share and its variance; infinite where nothing else was seen."""
        p, own = self.parts, np.zeros(self.kinds)
        own[self.kinds_of(k) if k < self.outcomes else [self.kinds - 1]] = 1.0
        total = float(own @ p)
        if own.all() or total >= 1 - 1e-12:
            return np.inf, 0.0
        gradient = np.zeros(self.x.size)
        gradient[: p.size - 1] = (p * (own - total))[1:] / (total * (1 - total))
        return float(special.logit(total)), float(max(gradient @ self.covariance @ gradient, 0.0))

    def _median(self, k: int) -> tuple[float, float]:
        """Log of the median days to an outcome and its variance."""
        j = self.kinds_of(k)[0]
        middle, slope = self.families[j].median(self.thetas[j])
        part = parts_of(self.families, self.kinds)[j]
        return middle, float(max(slope @ self.covariance[part, part] @ slope, 0.0))

    def _with_rivals(
        self, value: float, variance: float, of: Callable[[Mixture], tuple[float, float]]
    ) -> float:
        """Variance that counts the choice of families too; Burnham & Anderson (2002), chapter 4."""
        left, total = 1.0, 0.0
        for weight, rival in self.rivals:
            other, its = of(rival)
            if np.isfinite(other):
                total += weight * (its + (other - value) ** 2)
                left -= weight
        return left * variance + total

    def alive(self, days: np.ndarray) -> np.ndarray:
        """Share of all that is open at an age and is of each kind, shape (days, kinds)."""
        days = np.atleast_1d(np.asarray(days, float))
        pairs = zip(self.families, self.thetas, self.parts, strict=False)
        open_ = [p * family.survives(days, theta) for family, theta, p in pairs]
        return np.stack([*open_, *([np.full(days.size, self.parts[-1])] * self.never)], axis=-1)

    def incidence(self, days: np.ndarray) -> np.ndarray:
        """Share that has ended in each outcome by so many days, shape (days, outcomes)."""
        ended = self.merged(self.parts - self.alive(days))
        return ended[:, :-1] if self.never else ended

    def odds_of_open(self, age: float) -> np.ndarray:
        """Share of each outcome (and of never) among those still open at an age."""
        left = self.merged(self.alive(np.array([age]))[0])
        return left / left.sum() if left.sum() > 0 else self.shares

    def at(self, x: np.ndarray) -> Mixture:
        """The same families with other parameters."""
        return Mixture(
            self.families, self.never, x, np.nan, self.hessian, self.of, self.outcomes, self.events
        )


def fit_mixture(
    spells: Spells, families: tuple[Family, ...], never: bool = False,
    start: np.ndarray | None = None, of: tuple[int, ...] | None = None, outcomes: int | None = None,
    only_near: bool = False,
) -> Mixture:  # fmt: skip
    """The maximum-likelihood mixture; kind k has family `families[k]`, and at least one end.

    start   parameters near the optimum, where some are known: Newton steps alone are tried first
    of      outcome of each kind, where they are not the same; of so many `outcomes`
    only_near   where no optimum is found from the start, none is looked for elsewhere
    """
    problem = _Problem(spells, families, never)
    x, found = np.empty(0), False
    if start is not None:
        x, found = climb(problem.likelihood, problem.inward(start), from_afar=False)
    if not found and not only_near:
        x, found = _from_afar(problem.likelihood, problem.spells, problem.families, never)
    return problem.mixture(x, of, outcomes)


def refit_mixture(mixture: Mixture, spells: Spells, start: np.ndarray, families, of) -> Mixture:
    """A fit near enough to its top for a bootstrap: a few Newton steps from the parameters that drew the data."""
    problem = _Problem(spells, families, mixture.never)
    x, _ = polish(problem.likelihood, problem.inward(start), steps=8, exact=1e-5, halvings=6)
    return problem.mixture(x, of, mixture.outcomes)


class _Problem:
    """The likelihood in a unit of time in which numbers are near 1: exposure / ends."""

    def __init__(self, spells: Spells, families: tuple[Family, ...], never: bool):
        self.events = spells.events(len(families))
        if not len(self.events) or self.events.min() <= 0:
            raise FitError.of("fit", "fit_no_events")
        exposure = float(spells.count @ (spells.days - spells.seen_from))
        self.unit = unit = max(exposure / float(self.events.sum()), 1e-9)
        self.spells = Spells(spells.seen_from / unit, spells.days / unit, spells.outcome, spells.count)
        self.families, self.never = tuple(family.rescaled(unit) for family in families), never
        self.likelihood = Likelihood(self.spells, self.families, never)
        parts = parts_of(self.families, len(families) + never)
        self.places = [part.start for part in parts if part.stop > part.start]

    def inward(self, x: np.ndarray) -> np.ndarray:
        x = x.copy()
        x[self.places] -= np.log(self.unit)
        return x

    def mixture(self, x: np.ndarray, of: tuple[int, ...] | None, outcomes: int | None) -> Mixture:
        """The mixture at an optimum, in days; densities are per day, which adds a constant."""
        value, _, hessian = self.likelihood(x)
        x = x.copy()
        x[self.places] += np.log(self.unit)
        told = float(-value - self.events.sum() * np.log(self.unit))
        families = tuple(family.rescaled(1 / self.unit) for family in self.families)
        of = of or tuple(range(len(families)))
        return Mixture(
            families, self.never, x, told, hessian, of, outcomes or max(of) + 1, self.events
        )  # fmt: skip


def _from_afar(likelihood: Likelihood, spells: Spells, families: tuple[Family, ...], never: bool):
    start = _start(spells, families, never)
    many = spells.days.size > COARSE
    if many:
        start, _ = climb(Likelihood(spells.rounded(), families, never), start)
    x, found = climb(likelihood, start, from_afar=not many)
    for nudge in (0.5, -0.5, 1.0):
        if found:
            break
        other, found = climb(likelihood, start + nudge)
        if found or likelihood(other)[0] < likelihood(x)[0]:
            x = other
    return x, found


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
        x.append(family.start(mean + stretch, sd))
    return np.concatenate(x)
