"""The columns of a log as metrics read them: all replications at once, prepared when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from funnelsim.history.log import CODE, NONE, REPORT, TRUTH, EventLog, Rows
from funnelsim.history.table import opportunity_index
from funnelsim.study.arrays import order_of
from funnelsim.study.work import Spells, Waits, spells, waits

CREATED, ENTERED, ADVANCED, REGRESSED = (
    CODE[name] for name in ("created", "entered", "advanced", "regressed")
)
WON, LOST, NO_DECISION, REOPENED = (CODE[name] for name in ("won", "lost", "no_decision", "reopened"))
AMOUNT_CHANGED, OWNER_CHANGED = CODE["amount_changed"], CODE["owner_changed"]
STALLED, STALL_ENDED = CODE["stalled"], CODE["stall_ended"]

ENDS = (WON, LOST, NO_DECISION)
FLOW = np.isin(np.arange(128), (ENTERED, ADVANCED, REGRESSED, WON, LOST, NO_DECISION, REOPENED))
LIFE = np.isin(np.arange(128), (CREATED, WON, LOST, NO_DECISION, REOPENED))
CLOSES = np.isin(np.arange(128), ENDS)
MOVES = FLOW | LIFE | np.isin(np.arange(128), (STALLED, STALL_ENDED, OWNER_CHANGED))


@dataclass(frozen=True)
class Moves:
    """The rows of one view that tell how deals stand, in the order of the log."""

    row: np.ndarray
    """Position in the log's deal rows."""
    deal: np.ndarray
    """Position in the log's opportunities."""
    time: np.ndarray
    event: np.ndarray


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
        target: float | None = None,
        calibration: tuple[float, float, float] | None = None,
    ):
        self.log = log
        self.view = TRUTH if view == TRUTH else REPORT
        self.weights = weights
        self.begin, self.end = (float(day) for day in measured or log.measured)
        self.target = np.nan if target is None else float(target)
        self.calibration = calibration
        self.replications = log.replications
        self.deals = len(log.opportunities)
        self._states: dict[float, np.ndarray] = {}

    @cached_property
    def has_views(self) -> bool:
        """Whether truth and report ever differ."""
        return bool(self.log.deals.view.any())

    @cached_property
    def rows(self) -> Rows:
        """All deal rows of this view."""
        return self.log.view(self.view).deals if self.has_views else self.log.deals

    @property
    def truth(self) -> Columns:
        """The same as it was, whatever view this is."""
        return self if self.view == TRUTH or not self.has_views else self._other

    @property
    def report(self) -> Columns:
        """The same as the CRM shows it, whatever view this is."""
        return self if self.view == REPORT or not self.has_views else self._other

    @cached_property
    def _other(self) -> Columns:
        view = REPORT if self.view == TRUTH else TRUTH
        other = Columns(self.log, view, self.weights, (self.begin, self.end), self.target, self.calibration)
        other.has_views = self.has_views
        other._places = self._places
        other.deal_replication = self.deal_replication
        return other

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
        return (self.log.opportunities.replication - self.log.first_replication).astype(np.int64)

    @cached_property
    def _places(self) -> np.ndarray:
        """Position of an opportunity by replication and number; the last column, NONE, is nobody's."""
        o = self.log.opportunities
        width = int(o.opportunity.max(initial=0)) + 2
        table = np.full((self.replications, width), NONE, np.int32)
        table[self.deal_replication, o.opportunity] = np.arange(self.deals)
        return table

    def place(self, rows: Rows, at: np.ndarray) -> np.ndarray:
        """Position in the opportunities of some rows; NONE where they belong to no deal."""
        table = self._places
        width = np.int64(table.shape[1])
        # who has no opportunity, -1, falls on the last column of the replication before: nobody's too
        where = rows.replication[at] * width + rows.opportunity[at] - self.log.first_replication * width
        return table.reshape(-1).take(where)

    @cached_property
    def moves(self) -> Moves:
        rows = self.log.deals
        told = MOVES[rows.event]
        if self.has_views:
            told &= rows.view != (REPORT if self.view == TRUTH else TRUTH)
        at = np.flatnonzero(told)
        return Moves(at, self.place(rows, at), rows.time[at], rows.event[at])

    @cached_property
    def life(self) -> Life:
        """Births, ends and reopenings, in the order of events."""
        m = self.moves
        mine = np.flatnonzero(LIFE[m.event])
        deal = m.deal[mine]
        return Life(
            deal, self.deal_replication[deal], m.time[mine], m.event[mine], self.log.deals.reason[m.row[mine]]
        )

    @cached_property
    def wins(self) -> Wins:
        """Deals won in the measured period."""
        life = self.life
        at = np.flatnonzero((life.event == WON) & self.inside(life.time))
        deal = life.deal[at]
        amount = amounts_at(self, deal, life.time[at])
        days = life.time[at] - self.log.opportunities.created[deal]
        return Wins(deal, life.replication[at], life.time[at], amount, days)

    def state_at(self, time: float) -> np.ndarray:
        """How each opportunity stands just before a moment, (opportunities,): the event that closed it,
        NONE when open, -2 when not yet born. Later rows overwrite earlier ones, as in the log."""
        if time not in self._states:
            state = np.full(self.deals, -2, np.int16)
            life = self.life
            before = life.time < time
            event = life.event[before]
            state[life.deal[before]] = np.where(CLOSES[event], event, NONE)
            self._states[time] = state
        return self._states[time]

    def open_at(self, time: float) -> Pipeline:
        """The deals open just before a moment, and where they stand."""
        deal = np.flatnonzero(self.state_at(time) == NONE)
        entered, stage = self._entries
        last = np.full(self.deals, NONE, np.int16)
        before = self.moves.time[entered] < time
        last[self.moves.deal[entered[before]]] = stage[before]  # later rows overwrite earlier ones
        amount = amounts_at(self, deal, np.nextafter(time, 0))
        return Pipeline(deal, self.deal_replication[deal], last[deal], amount)

    @cached_property
    def _entries(self) -> tuple[np.ndarray, np.ndarray]:
        """Which moves are entries of stages, and the stages."""
        entered = np.flatnonzero(self.moves.event == ENTERED)
        return entered, self.log.deals.stage[self.moves.row[entered]]

    def owners_at(self, time: float) -> np.ndarray:
        """Who had each opportunity just before a moment, (opportunities,)."""
        owner = np.full(self.deals, NONE, np.int16)
        before = self.moves.time < time
        owner[self.moves.deal[before]] = self.log.deals.person[self.moves.row[before]]
        return owner

    @cached_property
    def at_begin(self) -> Pipeline:
        return self.open_at(self.begin)

    @cached_property
    def at_end(self) -> Pipeline:
        return self.open_at(self.end)

    @cached_property
    def visits(self) -> Visits:
        """Stays in stages. One that is followed by another without a word between them has advanced
        when the next stage is a later one, else it has regressed; imported logs are like that."""
        m = self.moves
        mine = np.flatnonzero(FLOW[m.event])
        mine = mine[order_of(m.deal[mine])]
        deal, event, time = m.deal[mine], m.event[mine], m.time[mine]
        stage = self.log.deals.stage[m.row[mine]]
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
    def staff(self) -> tuple[int, dict[str, list[int]]]:
        """How many of the people are reps (desks of their own name), and the people of each pool."""
        people, desks = self.log.names.people, self.log.names.desks
        reps = 0
        while reps < min(len(people), len(desks)) and people[reps] == desks[reps]:
            reps += 1
        workers = self.log.hours_available.shape[1] or len(people)  # managers have no tasks
        return reps, {
            pool: [k for k in range(reps, min(workers, len(people))) if people[k].rpartition("-")[0] == pool]
            for pool in desks[reps:]
        }

    @cached_property
    def spells(self) -> Spells:
        """The work done in the measured period."""
        return spells(self)

    @cached_property
    def waits(self) -> Waits:
        """The waits for specialists that ended in the measured period."""
        return waits(self)


@dataclass(frozen=True)
class Life:
    deal: np.ndarray
    replication: np.ndarray
    time: np.ndarray
    event: np.ndarray
    reason: np.ndarray


@dataclass(frozen=True)
class Wins:
    deal: np.ndarray
    replication: np.ndarray
    time: np.ndarray
    amount: np.ndarray
    days: np.ndarray
    """From created to won."""


@dataclass(frozen=True)
class Pipeline:
    """Deals open at a moment: positions, and the amount of then."""

    deal: np.ndarray
    replication: np.ndarray
    stage: np.ndarray
    amount: np.ndarray


def amounts_at(columns: Columns, deal: np.ndarray, time: np.ndarray | float) -> np.ndarray:
    """Amount of opportunities at moments, changes at or before them counted; int64, shape of `deal`."""
    amount = columns.log.opportunities.amount[deal]
    rows = columns.log.deals
    told = rows.event == AMOUNT_CHANGED
    if columns.has_views:
        told &= rows.view != (REPORT if columns.view == TRUTH else TRUTH)
    changes = np.flatnonzero(told)
    if changes.size:
        whose = columns.place(rows, changes)
        order = np.lexsort((rows.time[changes], whose))
        changes, whose = changes[order], whose[order]
        last = last_before(columns, whose, rows.time[changes], deal, time)
        found = (last >= 0) & (whose[last] == deal)
        amount = np.where(found, rows.value[changes[last]].astype(np.int64), amount)
    return amount


def last_before(
    columns: Columns, deal: np.ndarray, time: np.ndarray, asked: np.ndarray, when: np.ndarray | float
) -> np.ndarray:
    """Position of the last of some rows, sorted by deal and time, at or before a moment of a deal; it may
    be another deal's, or -1."""
    span = columns.log.horizon + 2.0
    return np.searchsorted(deal * span + time, asked * span + when, side="right") - 1
