"""Stages: for each, how its visits end and how long they take, out of a censored, truncated record.

A stage is a mixture of competing outcomes (`mixture`). Families are chosen by AIC: first the best one
family for all outcomes, then outcome by outcome; an outcome with fewer than 10 events is exponential.
That some visits never resolve is taken in only where AIC gains more than 6. The mixture is always
compared with Aalen-Johansen; where its gap is larger than .03 and no chance (p < .05), the stage is
sampled from the Aalen-Johansen jumps instead (`sampler: empirical`).

Beyond the last end that was seen, at age t, the jumps say nothing. Where the open visits were watched long
enough beyond t that the mixture would have expected more than 3 ends, and there was none (chance below
5 %), the share still open there never resolves: `unresolved`. Otherwise the mixture is trusted with it:
outcomes in proportion to p_k S_k(t), with the mixture's times beyond t.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.durations import EXPONENTIAL, LOGNORMAL, WEIBULL, Family
from funnelsim.fit.goodness import gap_chance, max_gap
from funnelsim.fit.incidence import Incidence, aalen_johansen
from funnelsim.fit.mixture import Mixture, Spells, fit_mixture
from funnelsim.history.reader import History
from funnelsim.history.visits import OPEN, OUTCOMES

CANDIDATES = (EXPONENTIAL, WEIBULL, LOGNORMAL)
FEWEST_EVENTS = 10
NEVER_GAIN = 6.0
GAP, CHANCE = 0.03, 0.05
SPREADS = (0.015, 5.0)
MOST_VALUES = 200
TAIL_POINTS = 20


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


@dataclass(frozen=True)
class StageFit:
    """What was learned about one stage."""

    name: str
    entered: int
    open: int
    outcomes: dict[str, OutcomeFit]
    unresolved: float
    """Share of visits that never resolve: open beyond every end that was seen."""
    unresolved_days: float
    """The longest age of an open visit."""
    sampler: str
    """`mixture`, or `empirical` where the families fail."""
    max_gap: float
    p_value: float
    mixture: Mixture | None = field(repr=False, default=None)
    incidence: Incidence | None = field(repr=False, default=None)
    untruncated: Incidence | None = field(repr=False, default=None)
    """Aalen-Johansen as if the record had no beginning, where it has one."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name, "entered": self.entered, "open": self.open,
            "outcomes": {name: outcome.as_dict() for name, outcome in self.outcomes.items()},
            "unresolved": {"share": self.unresolved, "beyond_days": self.unresolved_days},
            "goodness": {"max_gap": self.max_gap, "p_value": self.p_value, "sampler": self.sampler},
        }  # fmt: skip


def fit_stages(history: History) -> tuple[StageFit, ...]:
    """Every stage of the history, in order; a stage that nothing ever left has no outcomes."""
    if not (history.visits.outcome != OPEN).any():
        raise FitError.of(history.name, "fit_no_events")
    return tuple(fit_stage(history, number) for number in range(len(history.log.names.stages)))


def fit_stage(history: History, number: int) -> StageFit:
    """One stage: families, mixture, Aalen-Johansen, and which of them the scenario samples from."""
    table = history.visits.where(history.visits.stage == number)
    name = history.log.names.stages[number]
    # two moments of one event time (an import's second) have no length; it is given the least there is
    days = np.maximum(table.days, 0.5 if history.whole_days else 1.0 / 1440)
    ended = table.outcome != OPEN
    kinds = [k for k in range(len(OUTCOMES)) if (table.outcome == k).any()]
    still = int((~ended).sum())
    longest = float(days[~ended].max(initial=0.0))
    if not kinds:
        return StageFit(name, len(table), still, {}, 0.0, longest, "none", 0.0, 1.0)
    place = np.full(len(OUTCOMES) + 1, -1)
    place[kinds] = np.arange(len(kinds))
    outcome = place[table.outcome]
    spells = Spells.collapse(table.seen_from, days, outcome)
    mixture = choose_mixture(spells, len(kinds))
    seen = aalen_johansen(spells, len(kinds))
    gap = max_gap(mixture, seen, history.whole_days)
    limit = history.log.horizon - table.entered - (0.5 if history.whole_days else 0.0)
    chance = gap_chance(mixture, gap, seen.days, table.seen_from, limit, history.whole_days)
    empirical = gap > GAP and chance < CHANCE
    naive = np.bincount(outcome[ended], minlength=len(kinds)) / ended.sum()
    make = _from_jumps if empirical else _from_mixture
    fits, unresolved = make(mixture, seen, [OUTCOMES[k] for k in kinds], naive, spells)
    untruncated = None
    if history.entry is not None:
        untruncated = aalen_johansen(Spells(np.zeros_like(spells.days), *_rest(spells)), len(kinds))
    return StageFit(
        name, len(table), still, fits, unresolved, longest, "empirical" if empirical else "mixture", gap,
        chance, mixture, seen, untruncated,
    )  # fmt: skip


def choose_mixture(spells: Spells, outcomes: int, candidates: tuple[Family, ...] = CANDIDATES) -> Mixture:
    """The mixture with the best AIC among those tried; see the module for the order of trying."""
    events = spells.events(outcomes)
    few = events < FEWEST_EVENTS

    def fitted(families: tuple[Family, ...], never: bool = False) -> Mixture | None:
        families = tuple(EXPONENTIAL if few[k] else family for k, family in enumerate(families))
        mixture = fit_mixture(spells, families, never)
        spreads = [family.spread(theta) for family, theta in zip(families, mixture.thetas, strict=True)]
        # durations that are all alike drive the spread to 0 and the likelihood beyond all bounds
        sound = (
            min(spreads) > SPREADS[0] and max(spreads) < SPREADS[1] and np.isfinite(mixture.log_likelihood)
        )
        return mixture if sound else None

    tried = [mixture for family in candidates if (mixture := fitted((family,) * outcomes))]
    if not tried:
        raise FitError.of("fit", "fit_no_optimum")
    best = min(tried, key=lambda mixture: mixture.aic)
    for k in range(outcomes if outcomes > 1 else 0):
        for family in candidates:
            if not few[k] and family is not best.families[k]:
                other = fitted((*best.families[:k], family, *best.families[k + 1 :]))
                if other and other.aic < best.aic:
                    best = other
    if (spells.outcome < 0).any():
        resting = [
            mixture
            for families in {best.families, *(t.families for t in tried)}
            if (mixture := fitted(families, True))
        ]
        rest = min(resting, key=lambda mixture: mixture.aic, default=best)
        if rest.aic < best.aic - NEVER_GAIN:
            return rest
    return best


def _from_mixture(mixture, seen, names, naive, spells) -> tuple[dict[str, OutcomeFit], float]:
    """Outcomes as the mixture tells them."""
    fits = {}
    events = spells.events(len(names))
    for k, name in enumerate(names):
        family, theta = mixture.families[k], mixture.thetas[k]
        low, high = mixture.share_interval(k)
        middle, from_, to = mixture.median_interval(k)
        fits[name] = OutcomeFit(
            name, int(events[k]), float(mixture.shares[k]), low, high, float(naive[k]), family.name,
            family.parameters(theta), middle, from_, to,
            float(family.quantile(np.array(0.1), theta)), family.words(theta),
        )  # fmt: skip
    return fits, float(mixture.shares[-1]) if mixture.never else 0.0


def _from_jumps(mixture, seen, names, naive, spells) -> tuple[dict[str, OutcomeFit], float]:
    """Outcomes as the jumps of Aalen-Johansen tell them, and the mixture beyond the last one."""
    last = float(seen.days[-1])
    beyond = _beyond(mixture, seen, spells)
    sd = seen.ended_se()
    events = spells.events(len(names))
    jumps = np.diff(seen.ended, axis=0, prepend=0.0)
    fits = {}
    for k, name in enumerate(names):
        family, theta = mixture.families[k], mixture.thetas[k]
        longer = family.survives(np.array(last), theta) * (np.arange(TAIL_POINTS, 0, -1) - 0.5) / TAIL_POINTS
        here = jumps[:, k] > 0
        values, weights = seen.days[here], jumps[here, k]
        if beyond[k] > 1e-4:
            values = np.r_[values, np.maximum(family.quantile(longer, theta), last)]
            weights = np.r_[weights, np.full(TAIL_POINTS, beyond[k] / TAIL_POINTS)]
        share = float(seen.ended[-1, k] + beyond[k])
        low, high = _logit_interval(share, float(sd[k]))
        p10, middle, p90 = weighted_quantile(values, weights, np.array([0.1, 0.5, 0.9]))
        off = 0.98 / np.sqrt(max(events[k], 1.0))  # order statistics: the median lies between these shares
        around = weighted_quantile(values, weights, np.clip([0.5 - off, 0.5 + off], 0.001, 0.999))
        fits[name] = OutcomeFit(
            name, int(events[k]), share, low, high, float(naive[k]), "empirical",
            {"p10": float(p10), "p50": float(middle), "p90": float(p90)}, float(middle), float(around[0]),
            float(around[1]), float(p90), empirical_words(values, weights),
        )  # fmt: skip
    return fits, float(beyond[-1])


def _beyond(mixture: Mixture, seen: Incidence, spells: Spells) -> np.ndarray:
    """Share of all visits that is open at the last end and goes to each outcome; the last never resolves."""
    last = float(seen.days[-1])
    older = (spells.outcome < 0) & (spells.days > last)
    alive = 1.0 - mixture.incidence(np.r_[last, spells.days[older]]).sum(axis=1)
    watched = spells.count[older] @ (1.0 - alive[1:] / max(alive[0], 1e-300))
    odds = mixture.odds_of_open(last)
    odds = odds if mixture.never else np.r_[odds, 0.0]
    if watched > 3.0:
        odds = np.r_[np.zeros(odds.size - 1), 1.0]
    return odds * float(seen.open[-1])


def empirical_words(values: np.ndarray, weights: np.ndarray, most: int = MOST_VALUES) -> dict[str, Any]:
    """An empirical distribution in the words of a scenario; many values become as many quantiles."""
    if values.size > most:
        values = weighted_quantile(values, weights, (np.arange(most) + 0.5) / most)
        weights = np.full(most, 1.0)
    weights = weights / weights.sum()
    return {
        "family": "empirical",
        "values": tuple(float(f"{v:.6g}") for v in values),
        "weights": tuple(float(f"{w:.6g}") for w in weights),
    }


def weighted_quantile(values: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The smallest value below or at which at least each share of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return values[order][np.minimum(np.searchsorted(total, np.asarray(shares) * total[-1]), values.size - 1)]


def _logit_interval(share: float, sd: float, z: float = 1.959964) -> tuple[float, float]:
    share = min(max(share, 1e-9), 1 - 1e-9)
    logit, half = np.log(share / (1 - share)), z * sd / (share * (1 - share))
    return float(1 / (1 + np.exp(-(logit - half)))), float(1 / (1 + np.exp(-(logit + half))))


def _rest(spells: Spells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return spells.days, spells.outcome, spells.count
