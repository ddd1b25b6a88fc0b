"""The columns of a log as metrics read them: all replications at once, prepared when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from funnelsim.history.log import CODE, NONE, REPORT, TRUTH, EventLog, Rows
from funnelsim.history.table import opportunity_index

CREATED, ENTERED, ADVANCED, REGRESSED = (
    CODE[name] for name in ("created", "entered", "advanced", "regressed")
)
WON, LOST, NO_DECISION, REOPENED = (CODE[name] for name in ("won", "lost", "no_decision", "reopened"))
AMOUNT_CHANGED = CODE["amount_changed"]

ENDS = (WON, LOST, NO_DECISION)
FLOW = np.isin(np.arange(128), (ENTERED, ADVANCED, REGRESSED, WON, LOST, NO_DECISION, REOPENED))
LIFE = np.isin(np.arange(128), (CREATED, WON, LOST, NO_DECISION, REOPENED))
CLOSES = np.isin(np.arange(128), ENDS)


@dataclass(frozen=True)
class Visits:
    """One entry a visit of an opportunity to a stage, by opportunity and time; positions and days."""

    deal: np.ndarray
    """Position in the log's opportunities."""
    replication: np.ndarray
    stage: np.ndarray
    entered: np.ndarray
    left: np.ndarray
    """Infinite while the visit is open."""
    outcome: np.ndarray
    """The event that ended it, NONE while it is open."""
    silent: np.ndarray
    """Whether the log only implies that it ended, by the entry of the next stage."""
    jumped: np.ndarray
    """Stages passed over since the deal's visit before; 0 at its first."""


class Columns:
    """What the metrics of one view and one period are made from. Replications count from 0 in here."""

    def __init__(
        self,
        log: EventLog,
        view: int = TRUTH,
        weights: tuple[float, float, float] = (0.25, 0.50, 0.75),
        measured: tuple[float, float] | None = None,
    ):
        self.log = log
        self.rows: Rows = log.view(view).deals if log.deals.view.any() else log.deals
        self.view = TRUTH if view == TRUTH else REPORT
        self.weights = weights
        self.begin, self.end = (float(day) for day in measured or log.measured)
        self.replications = log.replications
        self.deals = len(log.opportunities)

    @property
    def length(self) -> float:
        """Days measured."""
        return self.end - self.begin

    def inside(self, time: np.ndarray) -> np.ndarray:
        """Whether moments lie in the measured period."""
        return (time >= self.begin) & (time < self.end)

    def count(self, replication: np.ndarray) -> np.ndarray:
        """How many entries each replication has, (replications,)."""
        return np.bincount(replication, minlength=self.replications)

    def total(self, replication: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Sum of a value in each replication, (replications,)."""
        return np.bincount(replication, value, self.replications)

    @cached_property
    def deal(self) -> np.ndarray:
        """Position in the opportunities of each deal row."""
        return opportunity_index(self.log, self.rows)

    @cached_property
    def deal_replication(self) -> np.ndarray:
        return self.log.opportunities.replication - self.log.first_replication

    @cached_property
    def life(self) -> Life:
        """Births, ends and reopenings, in the order of events."""
        mine = np.flatnonzero(LIFE[self.rows.event])
        deal = self.deal[mine]
        return Life(deal, self.deal_replication[deal], self.rows.time[mine], self.rows.event[mine],
                    self.rows.reason[mine])  # fmt: skip

    @cached_property
    def wins(self) -> Wins:
        """Deals won in the measured period."""
        life = self.life
        at = np.flatnonzero((life.event == WON) & self.inside(life.time))
        deal = life.deal[at]
        amount = amounts_at(self, deal, life.time[at])
        days = life.time[at] - self.log.opportunities.created[deal]
        return Wins(life.replication[at], amount, days)

    @cached_property
    def open_deals(self) -> np.ndarray:
        """Positions of the opportunities that are open when the measured period ends."""
        return np.flatnonzero(self.state_at(self.end) == NONE)

    def state_at(self, time: float) -> np.ndarray:
        """How each opportunity stands just before a moment, (opportunities,): the event that closed it,
        NONE when open, -2 when not yet born. Later rows overwrite earlier ones, as in the log."""
        state = np.full(self.deals, -2, np.int16)
        life = self.life
        before = life.time < time
        event = life.event[before]
        state[life.deal[before]] = np.where(CLOSES[event], event, NONE)
        return state

    @cached_property
    def stage_at_end(self) -> np.ndarray:
        """The stage each opportunity entered last before the measured period ended, (opportunities,)."""
        stage = np.full(self.deals, NONE, np.int16)
        visits = self.visits
        before = visits.entered < self.end
        stage[visits.deal[before]] = visits.stage[before]
        return stage

    @cached_property
    def visits(self) -> Visits:
        """Stays in stages. One that is followed by another without a word between them has advanced
        when the next stage is a later one, else it has regressed; imported logs are like that."""
        mine = np.flatnonzero(FLOW[self.rows.event])
        mine = mine[np.argsort(self.deal[mine], kind="stable")]
        deal, event = self.deal[mine], self.rows.event[mine]
        time, stage = self.rows.time[mine], self.rows.stage[mine]
        at = np.flatnonzero(event == ENTERED)
        after = np.minimum(at + 1, max(deal.size - 1, 0))
        ended = (after > at) & (deal[after] == deal[at])
        outcome = np.where(ended, event[after], NONE).astype(np.int16)
        silent = outcome == ENTERED
        if silent.any():
            outcome[silent] = np.where(stage[after] > stage[at], ADVANCED, REGRESSED)[silent]
        jumped = np.zeros(at.size, np.int16)
        if at.size:
            same = deal[at][1:] == deal[at][:-1]
            jumped[1:] = np.where(same, np.maximum(np.diff(stage[at]) - 1, 0), 0)
        left = np.where(ended, time[after], np.inf)
        return Visits(
            deal[at], self.deal_replication[deal[at]], stage[at], time[at], left, outcome, silent, jumped
        )

    @cached_property
    def visit_counts(self) -> dict[str, np.ndarray]:
        """Per outcome the visits that ended in the measured period, and entered and open ones,
        (replications, stages)."""
        v, stages = self.visits, len(self.log.names.stages)
        cell = v.replication * np.int64(stages) + v.stage

        def table(mask: np.ndarray) -> np.ndarray:
            return np.bincount(cell[mask], minlength=self.replications * stages).reshape(-1, stages)

        inside = self.inside(v.left)
        counts = {"entered": table(self.inside(v.entered))}
        for name in ("advanced", "won", "lost", "no_decision", "regressed"):
            counts[name] = table(inside & (v.outcome == CODE[name]))
        counts["open"] = table((v.entered < self.end) & (v.left >= self.end))
        return counts

    @cached_property
    def busy_hours(self) -> tuple[np.ndarray, np.ndarray]:
        """Hours worked and hours available of each person in the measured period, (replications, people).

        A person's tasks never overlap, so the hours worked are those available up to each end less
        those up to each start, every moment moved into the period; who works on at the horizon
        works until the period's end.
        """
        table = self.log.hours_available
        people = table.shape[1]
        if not people:
            nothing = np.zeros((self.replications, 0))
            return nothing, nothing
        tasks = self.log.tasks
        span = np.array([self.begin, self.end]).clip(0, table.shape[2] - 1)
        day = np.minimum(span.astype(int), table.shape[2] - 2)
        edges = table[:, :, day] + (table[:, :, day + 1] - table[:, :, day]) * (span - day)
        available = np.broadcast_to(edges[:, :, 1] - edges[:, :, 0], (self.replications, people))

        started = tasks.event == CODE["task_started"]
        at = np.flatnonzero(started | (tasks.event == CODE["task_ended"]))
        sign = np.where(started[at], -1.0, 1.0)
        person = tasks.person[at].astype(np.int64)
        replication = tasks.replication[at] - self.log.first_replication
        time = tasks.time[at].clip(*span)
        which = replication * people + person
        day = np.minimum(time.astype(np.int64), table.shape[2] - 2)
        where = (which if table.shape[0] > 1 else person) * table.shape[2] + day
        flat = table.reshape(-1)
        hours = flat[where] + (flat[where + 1] - flat[where]) * (time - day)
        size = self.replications * people
        busy = np.bincount(which, sign * hours, size).reshape(-1, people)
        running = -np.bincount(which, sign, size).reshape(-1, people)
        return busy + running * edges[:, :, 1], available


@dataclass(frozen=True)
class Life:
    deal: np.ndarray
    replication: np.ndarray
    time: np.ndarray
    event: np.ndarray
    reason: np.ndarray


@dataclass(frozen=True)
class Wins:
    replication: np.ndarray
    amount: np.ndarray
    days: np.ndarray
    """From created to won."""


def amounts_at(columns: Columns, deal: np.ndarray, time: np.ndarray | float) -> np.ndarray:
    """Amount of opportunities at moments, changes at or before them counted; int64, shape of `deal`."""
    amount = columns.log.opportunities.amount[deal]
    rows = columns.rows
    changes = np.flatnonzero(rows.event == AMOUNT_CHANGED)
    if changes.size:
        order = np.lexsort((rows.time[changes], columns.deal[changes]))
        changes = changes[order]
        keys = np.rec.fromarrays([columns.deal[changes], rows.time[changes]])
        asked = np.rec.fromarrays([deal, np.broadcast_to(time, deal.shape)], dtype=keys.dtype)
        last = np.searchsorted(keys, asked, side="right") - 1
        found = (last >= 0) & (columns.deal[changes[last]] == deal)
        amount = np.where(found, rows.value[changes[last]].astype(np.int64), amount)
    return amount


def medians(group: np.ndarray, value: np.ndarray, groups: int) -> np.ndarray:
    """Median of the values of each group, nan where a group has none, (groups,)."""
    order = np.lexsort((value, group))
    value = value[order]
    size = np.bincount(group, minlength=groups)
    first = np.r_[0, np.cumsum(size)[:-1]]
    has = size > 0
    median = np.full(groups, np.nan)
    low, high = first[has] + (size[has] - 1) // 2, first[has] + size[has] // 2
    median[has] = (value[low] + value[high]) / 2
    return median


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, nan where there is no whole."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
