"""One way a stage ends: its share with an interval and its days, from the mixture or from the jumps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special

from funnelsim.fit.incidence import Incidence
from funnelsim.fit.jumps import around_median, beyond, empirical_words, jumps_of, weighted_quantile
from funnelsim.fit.mixture import Z95, Mixture
from funnelsim.fit.spells import Spells
from funnelsim.fit.timers import Timer

SMOOTH_POINTS = 180
"""Quantiles that stand for a family where a timer is mixed in."""


@dataclass(frozen=True)
class OutcomeFit:
    """One way a stage ends: its share of all visits with an interval, and its days."""

    name: str
    events: int
    share: float
    low: float
    high: float
    naive_share: float
    """Share among the visits that have ended: what a report counts, and too rosy or too dark."""
    family: str
    parameters: dict[str, float]
    median_days: float
    median_low: float
    median_high: float
    p90_days: float
    words: dict[str, Any] = field(repr=False, default_factory=dict)
    """The distribution of days in the words of a scenario."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "share": self.share, "low": self.low, "high": self.high, "naive_share": self.naive_share,
            "events": self.events, "family": self.family, "parameters": self.parameters,
            "median_days": self.median_days, "median_low": self.median_low, "median_high": self.median_high,
            "p90_days": self.p90_days,
        }  # fmt: skip


Fits = tuple[dict[str, OutcomeFit], float]
"""The outcomes by name, and the share that never resolves."""


def from_mixture(
    mixture: Mixture, seen: Incidence, names: tuple[str, ...], spells: Spells, whole_days: bool
) -> Fits:
    """Outcomes as the mixture tells them."""
    events = spells.events(len(names))
    fits = {}
    for k, name in enumerate(names):
        low, high = mixture.share_interval(k)
        own = mixture.kinds_of(k)
        family, theta = mixture.families[own[0]], mixture.thetas[own[0]]
        if len(own) == 1:
            middle, p90, words = (
                mixture.median_interval(k),
                family.quantile(np.array(0.1), theta),
                family.words(theta),
            )
        else:
            words = blended_words(mixture, k, whole_days)
            values, weights = np.array(words["values"]), np.array(words["weights"])
            middle = around_median(values, weights, events[k])
            p90 = weighted_quantile(values, weights, np.array(0.9))
        fits[name] = OutcomeFit(
            name, round(events[k]), float(mixture.shares[k]), low, high, float(events[k] / events.sum()),
            family.name if len(own) == 1 else f"{family.name}+timer", family.parameters(theta), *middle,
            float(p90), words,
        )  # fmt: skip
    return fits, mixture.never_share


def from_jumps(
    mixture: Mixture, seen: Incidence, names: tuple[str, ...], spells: Spells, whole_days: bool
) -> Fits:
    """Outcomes as the jumps of Aalen-Johansen tell them, and the mixture beyond the last one."""
    rest = beyond(mixture, seen, spells)
    sd = seen.ended_se()[-1]
    events = spells.events(len(names))
    fits = {}
    for k, name in enumerate(names):
        values, weights = jumps_of(k, mixture, seen, rest)
        share = float(seen.ended[-1, k] + rest[k])
        low, high = share_interval(share, float(sd[k]), events.sum())
        p10, p90 = weighted_quantile(values, weights, np.array([0.1, 0.9]))
        middle = around_median(values, weights, events[k])
        fits[name] = OutcomeFit(
            name, round(events[k]), share, low, high, float(events[k] / events.sum()), "empirical",
            {"p10": float(p10), "p50": middle[0], "p90": float(p90)}, *middle, float(p90),
            empirical_words(values, weights),
        )  # fmt: skip
    return fits, float(rest[-1])


def blended_words(mixture: Mixture, k: int, whole_days: bool) -> dict[str, Any]:
    """Family and timers of one outcome together, in the words of a scenario: values and weights."""
    smooth, *timed = mixture.kinds_of(k)
    share = mixture.parts[smooth]
    longer = 1 - (np.arange(SMOOTH_POINTS) + 0.5) / SMOOTH_POINTS
    values = [mixture.families[smooth].quantile(longer, mixture.thetas[smooth])]
    weights = [np.full(SMOOTH_POINTS, share / SMOOTH_POINTS)]
    for j in timed:
        days = days_of(mixture.families[j], whole_days)
        values.append(days)
        weights.append(np.full(days.size, mixture.parts[j] / days.size))
    return empirical_words(np.concatenate(values), np.concatenate(weights), most=10_000)


def days_of(timer: Timer | Any, whole_days: bool) -> np.ndarray:
    """The days of a timer: each of them where days are whole, a few points of the span where they are not."""
    if timer.begin <= 0:
        return np.zeros(1)
    if whole_days:
        return np.arange(np.rint(timer.begin + 0.5), np.rint(timer.end - 0.5) + 1)
    return timer.begin + (timer.end - timer.begin) * np.array([0.1, 0.3, 0.5, 0.7, 0.9])


def share_interval(share: float, sd: float, ends: float, z: float = Z95) -> tuple[float, float]:
    """Interval of a share from its standard error, on the logit scale; that of Jeffreys at 0 and 1, where
    a standard error of 0 would claim to know."""
    if share >= 1 - 1e-9:
        return 1 - unseen_high(ends, z), 1.0
    if share <= 1e-9:
        return 0.0, unseen_high(ends, z)
    logit, half = special.logit(share), z * sd / (share * (1 - share))
    return float(special.expit(logit - half)), float(special.expit(logit + half))


def unseen_high(ends: float, z: float = Z95) -> float:
    """The largest share that an end seen not once in so many may have; Jeffreys' prior."""
    return float(1 - special.betaincinv(ends + 0.5, 0.5, special.ndtr(-z)))
