"""Spells: how long a stage was seen and how it ended, equal ones collapsed to one row with a weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.errors import FitError


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
        if (
            days.size > 1000
            and half.max() < 1e5
            and seen_from.max() < 5e4
            and np.array_equal(2 * days, half)
            and np.array_equal(2 * seen_from, np.rint(2 * seen_from))
        ):
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

    @property
    def open(self) -> float:
        return float(self.count[self.outcome < 0].sum())

    def whole_seen(self) -> Spells:
        """The same spells as if each had been seen from its beginning."""
        return Spells(np.zeros_like(self.days), self.days, self.outcome, self.count)

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


def summed(ages: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct ages with their weights together."""
    if _tieless(ages):
        return ages, count
    distinct, place = np.unique(ages, return_inverse=True)
    return distinct, np.bincount(place, count, distinct.size)


def _tieless(ages: np.ndarray) -> bool:
    """Whether sorting for ties would gain nothing: many ages, and hardly two alike in a sample."""
    sample = ages[:: max(1, ages.size // 2000)]
    return ages.size > 20_000 and np.unique(sample).size > 0.98 * sample.size
