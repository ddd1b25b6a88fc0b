"""A measured number with its interval, and an order of options in which what cannot be told apart ties."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import special

from funnelsim.study.intervals import POSITIVE, interval

LEVEL = 0.95


@dataclass(frozen=True)
class Measured:
    """Mean over simulated years with its 95 % Student-t interval; nan where there is none."""

    mean: float
    low: float
    high: float

    def covers(self, value: float) -> bool | None:
        """Whether a value lies in the interval, both ends included; None where there is no interval."""
        return self.low <= value <= self.high if math.isfinite(self.low) else None

    @property
    def is_tie(self) -> bool:
        """Whether the interval holds 0, or there is none: nothing is seen."""
        return not (self.low > 0 or self.high < 0)


def measured(values: np.ndarray, reach: tuple[float, float] = POSITIVE) -> Measured:
    """Of the years in which it is defined; `reach` is the least and the most that it can be (`study.intervals`)."""
    return Measured(*interval(values, reach))


def relative(base: np.ndarray, other: np.ndarray) -> Measured:
    """Mean of the paired differences other - base as a share of the base's mean, with the interval of the former; of
    numbers that are never below 0, so that no more than all can be lost."""
    both = np.isfinite(base) & np.isfinite(other)
    a, b = np.asarray(base, float)[both], np.asarray(other, float)[both]
    whole = float(a.mean()) if a.size else 0.0
    return measured((b - a) / whole, (-1.0, math.inf)) if whole else Measured(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Order:
    """Options measured in the same years, the best mean first."""

    options: tuple[str, ...]
    apart: frozenset[tuple[str, str]]
    """Pairs (better, worse) whose simultaneous 95 % intervals exclude 0; all others tie."""

    def places(self, option: str) -> tuple[int, int]:
        """The first and the last place an option may have: behind all that is better, before all that is worse."""
        better = sum(one == option for _, one in self.apart)
        worse = sum(one == option for one, _ in self.apart)
        return 1 + better, len(self.options) - worse

    @property
    def is_tie(self) -> bool:
        """Whether nothing can be told apart."""
        return not self.apart


def order(values: Mapping[str, np.ndarray]) -> Order:
    """Options by one number a year, more is better; the same years for all.

    Each pair by a t-interval of the paired differences at 1 - .05 / pairs (Bonferroni), so that all pairs told apart
    are so with 95 % confidence together.
    """
    known = {name: np.asarray(own, float) for name, own in values.items()}
    pairs = list(combinations(known, 2))
    apart = set()
    for one, other in pairs:
        steps = known[one] - known[other]
        steps = steps[np.isfinite(steps)]
        if steps.size < 2:
            continue
        if np.ptp(steps) == 0:
            sure = steps[0] != 0
        else:
            t = float(special.stdtrit(steps.size - 1, 1 - (1 - LEVEL) / (2 * len(pairs))))
            sure = abs(steps.mean()) > t * steps.std(ddof=1) / math.sqrt(steps.size)
        if sure:
            apart.add((one, other) if steps.mean() > 0 else (other, one))
    return Order(tuple(sorted(known, key=lambda name: -_mean(known[name]))), frozenset(apart))


def _mean(values: np.ndarray) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else -math.inf
