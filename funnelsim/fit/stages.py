"""Stages: for each, how its visits end and how long they take, out of a censored, truncated record.

A stage is a mixture of competing outcomes (`mixture`), its families chosen by AIC (`choose`), its timers
kept apart (`timers`). The mixture is always compared with Aalen-Johansen; where its gap, over the root of the
outcome's share, is larger than .02 and no chance (p < .05), the stage is sampled from the Aalen-Johansen jumps
instead (`jumps`; `sampler: empirical`).

Zero durations. Where the record knows dates only, a visit that ends on the day it began lasted half a
day. Where it knows times, a visit shorter than a minute is an instant: a kind of its own, of 0 days, in no
family (`instant`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.choose import Never, chosen, watched_age
from funnelsim.fit.goodness import gap_chance, max_gap, scaled_gap
from funnelsim.fit.incidence import Incidence, aalen_johansen
from funnelsim.fit.mixture import Mixture
from funnelsim.fit.outcomes import OutcomeFit, from_jumps, from_mixture, unseen_high
from funnelsim.fit.spells import Spells
from funnelsim.fit.timers import Spike, Timer, apart, spikes
from funnelsim.history.reader import History
from funnelsim.history.visits import OPEN, OUTCOMES

GAP, CHANCE = 0.02, 0.05
FEWEST_ENDS = 5
"""Ends in a whole record below which nothing is fitted."""
FEW_ENDS = 30
"""Ends of a stage below which its numbers are called few."""
INSTANT = 1.0 / 1440
NONE_NEVER = Never("none")
AGES = (30.0, 90.0, 180.0, 365.0)


@dataclass(frozen=True)
class Seen:
    """The visits of one stage, as the fit takes them."""

    spells: Spells
    outcomes: tuple[str, ...]
    seen_from: np.ndarray
    limit: np.ndarray
    """Age of each visit at the end of the record, had it not ended."""
    whole_days: bool

    @property
    def ended(self) -> np.ndarray:
        return self.spells.events(len(self.outcomes))


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
    never: Never = NONE_NEVER
    scaled_gap: float = 0.0
    """The largest gap over the root of the outcome's share: what the p-value belongs to."""
    timers: tuple[Spike, ...] = ()
    instants: int = 0
    """Visits of no length: of less than a minute, or within a day where only dates are known."""
    seen: Seen | None = field(repr=False, default=None)

    @property
    def ends(self) -> int:
        return sum(outcome.events for outcome in self.outcomes.values())

    @property
    def older_than_any_end(self) -> int:
        """Open visits that are older than the longest that has ended: zombies."""
        if self.seen is None or self.incidence is None:
            return 0
        spells, last = self.seen.spells, float(self.incidence.days[-1]) + 0.5 * self.seen.whole_days
        return round(float(spells.count[(spells.outcome < 0) & (spells.days > last)].sum()))

    def as_dict(self) -> dict[str, Any]:
        last = float(self.incidence.days[-1]) if self.incidence is not None else None
        return {
            "name": self.name, "entered": self.entered, "open": self.open,
            "outcomes": {name: outcome.as_dict() for name, outcome in self.outcomes.items()},
            "unseen": {name: {"share": 0.0, "high": high} for name, high in self.unseen().items()},
            "unresolved": {
                "share": self.unresolved, "beyond_days": self.unresolved_days, "longest_end_days": last,
                "open_longer": self.older_than_any_end, **self.never.as_dict(),
                **({"verdict": "some"} if self.unresolved > 0 else {}),
            },
            "timers": [self.timer(spike) for spike in self.timers],
            "zero_days": {"visits": self.instants, "counted_as": self._counted_as()},
            "goodness": {
                "max_gap": self.max_gap, "scaled_gap": self.scaled_gap, "p_value": self.p_value,
                "sampler": self.sampler,
            },
            "side_by_side": self.side_by_side(),
        }  # fmt: skip

    def unseen(self) -> dict[str, float]:
        """Ends that no visit had -> the largest share they could have all the same (97.5 %)."""
        if not self.outcomes:
            return {}
        return {
            name: unseen_high(self.ends)
            for name in ("advance", "lost", "no_decision")
            if name not in self.outcomes
        }

    def side_by_side(self, ages: tuple[float, ...] = AGES) -> list[dict[str, Any]]:
        """Share that has ended in each outcome by an age, three times: among closed deals alone (naive), with
        open ones counted but not the record's late begin (untruncated), and right."""
        if self.incidence is None or self.seen is None:
            return []
        last = float(self.incidence.days[-1])
        spells, names = self.seen.spells, self.seen.outcomes
        rows: list[dict[str, Any]] = []
        for age in [*(age for age in ages if age < last), last]:
            row: dict[str, Any] = {"days": age}
            young = (spells.outcome >= 0) & (spells.days <= age)
            naive = (
                np.bincount(spells.outcome[young], spells.count[young], len(names)) / self.seen.ended.sum()
            )
            row["naive"] = {name: float(share) for name, share in zip(names, naive, strict=True)}
            for key, told in (("untruncated", self.untruncated), ("right", self.incidence)):
                if told is not None:
                    shares, open_ = told.at(age)
                    row[key] = {**dict(zip(names, map(float, shares), strict=True)), "open": open_}
            rows.append(row)
        return rows

    def timer(self, spike: Spike) -> dict[str, Any]:
        """A timer as plain data: outcome, days, ends, and how many the days around let expect."""
        assert self.seen is not None
        return {"outcome": self.seen.outcomes[spike.outcome], **spike.as_dict()}

    def _counted_as(self) -> float | None:
        return None if self.seen is None else 0.5 if self.seen.whole_days else 0.0


def check_ends(history: History) -> None:
    """FitError where too little of a history has ended to learn from."""
    ends = int((history.visits.outcome != OPEN).sum())
    if not ends:
        raise FitError.of(history.name, "fit_no_events")
    if ends < FEWEST_ENDS:
        raise FitError.of(history.name, "fit_too_few", ends=ends, wanted=FEWEST_ENDS)


def fit_stages(history: History) -> tuple[StageFit, ...]:
    """Every stage of the history, in order; a stage that nothing ever left has no outcomes."""
    check_ends(history)
    return tuple(fit_stage(history, number) for number in range(len(history.log.names.stages)))


def fit_stage(history: History, number: int) -> StageFit:
    """One stage: families, mixture, Aalen-Johansen, and which of them the scenario samples from."""
    table = history.visits.where(history.visits.stage == number)
    name = history.log.names.stages[number]
    ended = table.outcome != OPEN
    kinds = [k for k in range(len(OUTCOMES)) if (table.outcome == k).any()]
    still = int((~ended).sum())
    longest = float(table.days[~ended].max(initial=0.0))
    if not kinds:
        return StageFit(name, len(table), still, {}, 0.0, longest, "none", 0.0, 1.0)
    seen, instants, instant = _seen(history, table, kinds)
    found = [*instant, *spikes(seen.spells, len(kinds))]
    split = apart(seen.spells, found, len(kinds))
    of = (*range(len(kinds)), *(spike.outcome for spike in found))
    fixed = tuple(spike.timer for spike in found)
    mixture, never = chosen(
        split, len(kinds), fixed=fixed, of=of if found else None,
        watched_to=watched_age(seen.limit) if still else None,
    )  # fmt: skip
    incidence = aalen_johansen(seen.spells, len(kinds))
    gap = max_gap(mixture, incidence, seen.whole_days)
    scaled = scaled_gap(mixture, incidence, seen.whole_days)
    large = scaled > GAP
    chance = gap_chance(mixture, scaled, seen.seen_from, seen.limit, seen.whole_days, matters=large)
    empirical = large and chance < CHANCE
    make = from_jumps if empirical else from_mixture
    fits, unresolved = make(mixture, incidence, seen.outcomes, seen.spells, seen.whole_days)
    untruncated = None
    if history.entry is not None:
        untruncated = aalen_johansen(seen.spells.whole_seen(), len(kinds))
    return StageFit(
        name, len(table), still, fits, unresolved, longest, "empirical" if empirical else "mixture", gap,
        chance, mixture, incidence, untruncated, never, scaled, tuple(found[len(instant) :]), instants, seen,
    )  # fmt: skip


def _seen(history: History, table, kinds: list[int]) -> tuple[Seen, int, list[Spike]]:
    """The spells of a stage, how many had no length, and those as kinds of their own."""
    place = np.full(len(OUTCOMES) + 1, -1)
    place[kinds] = np.arange(len(kinds))
    outcome = place[table.outcome]
    least = 0.5 if history.whole_days else INSTANT
    zero = (outcome >= 0) & (table.days <= least) & (table.seen_from == 0)
    spells = Spells.collapse(table.seen_from, np.maximum(table.days, least), outcome)
    instant = []
    if not history.whole_days:
        for k, count in enumerate(np.bincount(outcome[zero], minlength=len(kinds))):
            # a kind of its own needs a smooth one beside it
            if 0 < count < (outcome == k).sum():
                instant.append(Spike(k, Timer(0.0, INSTANT), float(count), 0.0))
    limit = history.log.horizon - table.entered - (0.5 if history.whole_days else 0.0)
    limit = np.maximum(limit, np.maximum(table.days, least))
    names = tuple(OUTCOMES[k] for k in kinds)
    return Seen(spells, names, table.seen_from, limit, history.whole_days), int(zero.sum()), instant
