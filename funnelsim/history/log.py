"""The one log: what happened to every opportunity, simulated or imported, as columns of numbers.

An `EventLog` holds two tables of `Rows` in the order of events: `deals` (the life of the
opportunities) and `tasks` (the work on them, simulated logs only). Numbers in the columns are
positions in `names`. `exchange` turns it into tables with names and dates, and into files.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date

import numpy as np

SCHEMA = 1

EVENTS = (
    "created", "registered", "entered", "advanced", "regressed", "stalled", "stall_ended",
    "won", "lost", "no_decision", "reopened", "owner_changed", "amount_changed",
    "ready", "died", "discovered", "inflated", "reviewed", "not_reviewed", "reminded", "remedied",
    "coached", "hired", "ramped", "noticed", "left",
    "task_queued", "task_started", "task_ended", "touched",
    "audited",
    "condition_met",
    "evidence_missing", "task_skipped", "collided",
    "not_coached",
    "paid",
)  # fmt: skip
"""The closed set of events; a code in a log is a position here. New events are added at the end."""

CODE = {name: code for code, name in enumerate(EVENTS)}
TASK_EVENTS = tuple(
    CODE[name] for name in ("task_queued", "task_started", "task_ended", "touched", "task_skipped")
)
ENDS = tuple(CODE[name] for name in ("won", "lost", "no_decision"))

OF_OTHERS = tuple(CODE[name] for name in ("reviewed", "not_reviewed", "audited", "collided"))
"""Deal rows whose person is not the owner of the deal: a manager, or a second rep."""
WITH_HOURS = (*TASK_EVENTS, *(CODE[name] for name in ("reviewed", "audited", "coached")))
"""Rows whose value is hours."""

BOTH, TRUTH, REPORT = 0, 1, 2
"""Which view a row belongs to: what happened and what the CRM shows agree, or one of them alone."""

NONE = -1


@dataclass(frozen=True)
class Names:
    """What the numbers in the columns stand for, position by position."""

    stages: tuple[str, ...]
    people: tuple[str, ...]
    """Reps first, then the people of the pools, then the managers where they have something to do."""
    desks: tuple[str, ...] = ()
    """Lines that tasks wait in: one a rep, then one a pool."""
    reasons: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    """First part of an opportunity's id: `<unit>.<source>` or `<rep>.prospect`, and `.repeat` behind it where the
    customer came back."""
    sources: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    thirds: tuple[int, ...] = ()
    """Third of each stage: 0 upper, 1 middle, 2 lower."""
    due_days: tuple[float, ...] = ()
    """Days from the entry of its stage within which each activity is due, infinite where none are set; empty
    where nobody knows."""
    tiers: tuple[str, ...] = ()
    """Tiers of customers, the lowest first; of simulated logs, and not in a table of events alone."""
    tier_from: tuple[float, ...] = ()
    """Amount from which on a deal belongs to each."""


@dataclass(frozen=True)
class Rows:
    """Events in order, one entry a column and row; -1 where a column does not apply."""

    replication: np.ndarray  # int32
    opportunity: np.ndarray  # int32, number of the opportunity within its replication
    time: np.ndarray  # float64, days since `EventLog.start`
    event: np.ndarray  # int8, position in EVENTS
    stage: np.ndarray  # int16
    person: np.ndarray  # int16, the owner of a deal row (or another: OF_OTHERS), the worker of a task row
    desk: np.ndarray  # int16, the line of a task row
    reason: np.ndarray  # int16
    activity: np.ndarray  # int16
    value: np.ndarray  # float64, hours of a task row or of a manager, new amount of amount_changed, else 0
    view: np.ndarray  # int8, BOTH, TRUTH or REPORT

    DTYPES = (
        np.int32, np.int32, np.float64, np.int8, np.int16, np.int16, np.int16, np.int16, np.int16,
        np.float64, np.int8,
    )  # fmt: skip

    def __len__(self) -> int:
        return self.time.size

    def where(self, mask: np.ndarray) -> Rows:
        """The rows of a mask or of positions, in their order."""
        return Rows(*(getattr(self, part.name)[mask] for part in fields(self)))

    @staticmethod
    def empty() -> Rows:
        return Rows(*(np.empty(0, dtype) for dtype in Rows.DTYPES))

    @staticmethod
    def join(parts: list[Rows]) -> Rows:
        """Several tables one after the other."""
        if not parts:
            return Rows.empty()
        return Rows(*(np.concatenate([getattr(p, part.name) for p in parts]) for part in fields(Rows)))


@dataclass(frozen=True)
class Opportunities:
    """One entry an opportunity that was created, by replication and number."""

    replication: np.ndarray  # int32
    opportunity: np.ndarray  # int32
    origin: np.ndarray  # int32, position in names.origins
    ordinal: np.ndarray  # int64
    created: np.ndarray  # float64, days since start
    amount: np.ndarray  # int64, whole currency units
    source: np.ndarray  # int16
    territory: np.ndarray  # int16
    segment: np.ndarray  # int16

    DTYPES = (
        np.int32, np.int32, np.int32, np.int64, np.float64, np.int64, np.int16, np.int16, np.int16,
    )  # fmt: skip

    def __len__(self) -> int:
        return self.opportunity.size

    def where(self, mask: np.ndarray) -> Opportunities:
        return Opportunities(*(getattr(self, part.name)[mask] for part in fields(self)))

    @staticmethod
    def join(parts: list[Opportunities]) -> Opportunities:
        if not parts:
            return Opportunities(*(np.empty(0, dtype) for dtype in Opportunities.DTYPES))
        return Opportunities(
            *(np.concatenate([getattr(p, part.name) for p in parts]) for part in fields(Opportunities))
        )


@dataclass(frozen=True)
class Spending:
    """What rewards and channels cost from a day on, in the currency."""

    day: float
    stage_bonus: float
    """For every stage that a deal passes."""
    bookings_share: float
    """Of every won deal's amount."""
    deal_cost: tuple[tuple[str, float], ...]
    """Of a deal from a source; those that cost something."""


@dataclass(frozen=True)
class EventLog:
    """What happened, in columns; see the module."""

    names: Names
    start: date
    horizon: float
    """Days since start after which nothing is known: a deal without an end is open then."""
    measured: tuple[float, float]
    """First and last moment of the measured period, days since start."""
    deals: Rows
    opportunities: Opportunities
    tasks: Rows = field(default_factory=Rows.empty)
    replications: int = 1
    time_zone: str = "UTC"
    currency: str = "CNY"
    hours_available: np.ndarray = field(default_factory=lambda: np.zeros((1, 0, 1)))
    """Cumulative working hours at the start of each day, (replications or 1, people, days + 1)."""
    care: tuple[tuple[float, float, float], ...] = ()
    """Reminders to customers: (day from which it holds, days between two, cost of one); infinite days: none.
    Of simulated logs."""
    spending: tuple[Spending, ...] = ()
    """What rewards and channels cost, by the day from which it holds. Of simulated logs."""
    first_replication: int = 0
    """Number of the first replication in here; they run on without gaps."""

    def replication(self, number: int) -> EventLog:
        """The log of one replication."""

        def own(rows):
            return rows.where(rows.replication == number)

        hours = self.hours_available
        if hours.shape[0] > 1:
            at = number - self.first_replication
            hours = hours[at : at + 1]
        return replace(
            self, deals=own(self.deals), tasks=own(self.tasks), opportunities=own(self.opportunities),
            replications=1, first_replication=number, hours_available=hours,
        )  # fmt: skip

    def view(self, which: int) -> EventLog:
        """The log as it was (TRUTH) or as the CRM shows it (REPORT)."""
        other = REPORT if which == TRUTH else TRUTH
        return replace(self, deals=self.deals.where(self.deals.view != other))

    def told(self, opportunity: int) -> list[tuple[float, str, str]]:
        """The life of one opportunity: (day, event, stage or reason), truth, for tests and stories."""
        story = []
        rows = self.deals.where((self.deals.opportunity == opportunity) & (self.deals.view != REPORT))
        for time, event, stage, reason in zip(rows.time, rows.event, rows.stage, rows.reason, strict=True):
            detail = (
                self.names.reasons[reason] if reason >= 0 else self.names.stages[stage] if stage >= 0 else ""
            )
            story.append((float(time), EVENTS[event], detail))
        return story


def join(logs: list[EventLog]) -> EventLog:
    """Logs of consecutive replications of one scenario as one."""
    first = logs[0]
    hours = first.hours_available
    if (hours.shape[0] > 1 and len(logs) > 1) or any(
        log.hours_available is not hours and not np.array_equal(log.hours_available, hours)
        for log in logs[1:]
    ):
        hours = np.concatenate([
            np.broadcast_to(log.hours_available, (log.replications, *hours.shape[1:])) for log in logs
        ])  # fmt: skip
    return replace(
        first,
        deals=Rows.join([log.deals for log in logs]),
        tasks=Rows.join([log.tasks for log in logs]),
        opportunities=Opportunities.join([log.opportunities for log in logs]),
        replications=sum(log.replications for log in logs),
        hours_available=hours,
    )
