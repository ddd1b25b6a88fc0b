"""Timers: a day on which something ends visits by itself, as an offer that expires after 30 days.

A timer shows as a spike of one outcome on one to three days, far above what ended on the days around.
Its ends become a kind of their own, with those days for a distribution, beside the smooth kind of the
same outcome; so a spike neither bends the family nor is smeared by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from funnelsim.fit.family import Curve, Family
from funnelsim.fit.spells import Spells

WIDEST = 3
EARLIEST = 7
AROUND = 7
"""Days on either side that tell what would have ended without the timer."""
FEWEST = 10
RATIO = 3.0
LEAST_SHARE = 0.05
"""Of the ends of its outcome; a smaller spike is left where it is."""
CHANCE = 1e-3
MOST = 2
"""More spikes than so many are a rhythm (a weekly meeting), not timers."""
RHYTHM = 0.6
"""So many of the ends on one weekday, counted from the entry, are a weekly round."""
NOTHING = -1e6


@dataclass(frozen=True)
class Timer(Family):
    """Days from begin to end, all alike likely; nothing about it is left to fit."""

    begin: float
    end: float
    name: str = "timer"
    free: int = 0

    def log_density(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        value = np.full(log_days.shape, -np.log(self.end - self.begin))
        return value, np.zeros((log_days.size, 0)), np.zeros((log_days.size, 0, 0))

    def log_survival(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        return (
            self.log_survivor(log_days, theta), np.zeros((log_days.size, 0)), np.zeros((log_days.size, 0, 0))
        )  # fmt: skip

    def log_survivor(self, log_days: np.ndarray, theta: np.ndarray) -> np.ndarray:
        left = (self.end - np.exp(np.minimum(log_days, 700.0))) / (self.end - self.begin)
        # a little later than its end all is over; the log of nothing would be no number
        return np.where(left > 0, np.log(np.clip(left, 1e-300, 1.0)), NOTHING)

    def upper(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return np.log(self.end - (self.end - self.begin) * np.asarray(share_longer, float))

    def quantile(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return np.exp(self.upper(share_longer, theta))

    def median(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        return float(np.log((self.begin + self.end) / 2)), np.zeros(0)

    def parameters(self, theta: np.ndarray) -> dict[str, float]:
        return {"from_days": self.begin, "to_days": self.end}

    def words(self, theta: np.ndarray) -> dict[str, Any]:
        return {"family": "fixed", "value": (self.begin + self.end) / 2}

    def start(self, mean: float, sd: float) -> np.ndarray:
        return np.zeros(0)

    def sound(self, theta: np.ndarray) -> bool:
        return True

    def rescaled(self, unit: float) -> Timer:
        return Timer(self.begin / unit, self.end / unit)


@dataclass(frozen=True)
class Spike:
    """What was seen of a timer."""

    outcome: int
    timer: Timer
    ends: float
    """Ends on its days ..."""
    expected: float
    """... and how many the days around let expect."""

    @property
    def excess(self) -> float:
        """Share of the ends on its days that the timer made."""
        return 1.0 - self.expected / self.ends

    def as_dict(self) -> dict[str, float]:
        days = [float(np.rint(at)) for at in (self.timer.begin + 0.5, self.timer.end - 0.5)]
        return {"from_days": days[0], "to_days": max(days), "ends": self.ends, "expected": self.expected}


def spikes(spells: Spells, outcomes: int) -> list[Spike]:
    """Every timer of every outcome, the clearest of each first; at most two an outcome."""
    if not spells.days.size:
        return []
    day = np.rint(spells.days).astype(np.int64)
    last = int(min(day[spells.outcome >= 0].max(initial=0) + AROUND + 2, 5000))
    exposure = _exposure(spells, last)
    found = []
    for k in range(outcomes):
        mine = (spells.outcome == k) & (day < last)
        ends = np.bincount(day[mine], spells.count[mine], last)
        here = _of_outcome(ends, exposure, outcomes)
        if 0 < len(here) <= MOST and not _weekly(ends, here):
            found += [_located(spells, k, begin, width, expected) for begin, width, expected in here]
    return found


def _weekly(ends: np.ndarray, here: list[tuple[int, int, float]]) -> bool:
    """Whether what ends beside the spikes does so week by week."""
    rest = ends.copy()
    for begin, width, _ in here:
        rest[begin : begin + width] = 0.0
    return bool(np.bincount(np.arange(rest.size) % 7, rest, 7).max() > RHYTHM * max(rest.sum(), 1.0))


def _exposure(spells: Spells, last: int) -> np.ndarray:
    """Visits at risk on each day, so many days long."""
    edges = np.arange(last + 1) - 0.5

    def older(ages: np.ndarray) -> np.ndarray:
        """Sum over spells of the part of each day that lies below their age."""
        order = np.argsort(ages)
        total, days = np.cumsum(spells.count[order]), np.cumsum((spells.count * ages)[order])
        at = np.searchsorted(ages[order], edges)
        below_n, below_t = np.r_[0.0, total][at], np.r_[0.0, days][at]
        reached = below_t + edges * (total[-1] - below_n)  # sum of min(age, edge)
        return np.diff(reached)

    return np.maximum(older(spells.days) - older(spells.seen_from), 0.0)


def _of_outcome(ends: np.ndarray, exposure: np.ndarray, outcomes: int) -> list[tuple[int, int, float]]:
    """(first day, days, expected ends) of each spike that is neither small nor chance."""
    total, n = ends.sum(), ends.size
    e, x = np.r_[0.0, np.cumsum(ends)], np.r_[0.0, np.cumsum(exposure)]
    tried = outcomes * WIDEST * n
    seen: list[tuple[float, int, int, float]] = []
    for width in range(1, WIDEST + 1):
        begin = np.arange(max(EARLIEST, 7 * width), n - AROUND - width - 1)
        if not begin.size:
            continue
        end = begin + width
        inside, at_risk = e[end] - e[begin], x[end] - x[begin]
        low, high = np.maximum(begin - 1 - AROUND, 0), end + 1 + AROUND
        before = (e[begin - 1] - e[low], x[begin - 1] - x[low])
        after = (e[high] - e[end + 1], x[high] - x[end + 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = [np.nan_to_num(count / risk) for count, risk in (before, after)]
            mean = np.nan_to_num((before[0] + after[0]) / (before[1] + after[1]))
            part = np.nan_to_num(at_risk / (at_risk + before[1] + after[1]))
        expected = np.minimum(mean * at_risk, inside)
        sides = np.maximum(*rates) * at_risk  # the busier side: a steep rise or fall is no spike
        chance = stats.binom.sf(inside - 1, np.maximum(inside + before[0] + after[0], 1), part)
        good = (
            (inside >= FEWEST)
            & (inside >= RATIO * sides)
            & (inside - expected >= LEAST_SHARE * total)
            & (chance * tried < CHANCE)
        )
        seen += [
            (float(inside[i] - sides[i]) / np.sqrt(width), int(begin[i]), width, float(expected[i]))
            for i in np.flatnonzero(good)
        ]
    kept: list[tuple[int, int, float]] = []
    for _, begin_, width, expected_ in sorted(seen, reverse=True):
        if all(begin_ + width + 1 <= other or other + wide + 1 <= begin_ for other, wide, _ in kept):
            kept.append((begin_, width, expected_))
    return kept


def _located(spells: Spells, outcome: int, begin: int, width: int, expected: float) -> Spike:
    """The spike with its days as narrow as the ages seen allow: whole days stay whole."""
    low, high = begin - 0.5, begin + width - 0.5
    ages, count = _ends_between(spells, outcome, low, high)
    if not np.array_equal(ages, np.rint(ages)):
        low, high = low - 1.0, high + 1.0  # a span of hours may lie across the border of a day
        ages, count = _ends_between(spells, outcome, low, high)
        first, last = _densest(ages, count, 3 * expected / width)
        pad = max(1e-3, 0.02 * (ages[last] - ages[first]))
        low, high = max(low, ages[first] - pad), min(high, ages[last] + pad)
        expected *= (high - low) / width
    inside = float(_ends_between(spells, outcome, low, high)[1].sum())
    return Spike(outcome, Timer(float(low), float(high)), inside, min(expected, 0.9 * inside))


def _ends_between(spells: Spells, outcome: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    here = (spells.outcome == outcome) & (spells.days >= low) & (spells.days <= high)
    order = np.argsort(spells.days[here])
    return spells.days[here][order], spells.count[here][order]


def _densest(ages: np.ndarray, count: np.ndarray, rate: float) -> tuple[int, int]:
    """First and last of the ages between which most lie beyond a rate a day (Kadane's largest sum)."""
    total = np.r_[0.0, np.cumsum(count)]
    from_here = total[:-1] - rate * ages
    lowest = np.minimum.accumulate(from_here)
    gain = total[1:] - rate * ages - lowest
    last = int(np.argmax(gain))
    return int(np.argmin(from_here[: last + 1])), last


def apart(spells: Spells, found: list[Spike], outcomes: int) -> Spells:
    """Spells in which the excess of each spike ends in a kind of its own, numbered after the outcomes."""
    rows = [spells]
    count = spells.count.copy()
    for number, spike in enumerate(found):
        here = (
            (spells.outcome == spike.outcome)
            & (spells.days >= spike.timer.begin)
            & (spells.days <= spike.timer.end)
        )
        taken = count[here] * spike.excess
        count[here] -= taken
        own = np.full(taken.size, outcomes + number)
        rows.append(Spells(spells.seen_from[here], spells.days[here], own, taken))
    rows[0] = Spells(spells.seen_from, spells.days, spells.outcome, count)
    return Spells(
        *(
            np.concatenate([getattr(part, name) for part in rows])
            for name in ("seen_from", "days", "outcome", "count")
        )
    )
