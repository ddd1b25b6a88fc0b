"""What an engine has told becomes a log: columns of its rows, numbers of its opportunities, the replication.

Steps 6 and 7 never know which engine ran: both give `Told`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from funnelsim.engine.draws import Draws
from funnelsim.engine.managers import with_hours
from funnelsim.engine.tables import Tables
from funnelsim.engine.whens import period_at
from funnelsim.history.log import BOTH, CODE, NONE, REPORT, TRUTH, EventLog, Opportunities, Rows, join

DEAL_COLUMNS = ("opportunity", "time", "event", "stage", "person", "reason", "view")
TASK_COLUMNS = ("opportunity", "time", "event", "stage", "person", "desk", "activity", "value", "reason")
_FILL = {"person": NONE, "desk": NONE, "reason": NONE, "activity": NONE, "value": 0.0, "view": BOTH}

AMOUNT_CHANGED = CODE["amount_changed"]

Columns = Mapping[str, np.ndarray] | np.ndarray
"""Rows by the name of their column: a mapping, or an array of records."""


@dataclass(frozen=True)
class Told:
    """One replication as an engine tells it."""

    deals: Columns
    tasks: Columns
    number: np.ndarray  # of each opportunity that came to be, in the order of birth
    created: np.ndarray
    owner: np.ndarray
    amount: np.ndarray
    """List price of each."""
    moments: int = 0
    """How many moments have happened, where the engine counts them."""
    met: np.ndarray = field(default_factory=lambda: np.empty(0))
    """When each condition came true, infinite where it has not."""


def columns(names: Sequence[str], rows: list[tuple]) -> dict[str, np.ndarray]:
    """Rows one by one as columns."""
    by_column: Any = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: np.array(values) for name, values in zip(names, by_column, strict=True)}


def as_log(tables: Tables, runs: Sequence[tuple[Draws, Told]]) -> EventLog:
    """Consecutive replications of a company as one log."""
    if tables.entry_delay.any() and len(runs) > 1:  # each is told late by itself
        return join([as_log(tables, [run]) for run in runs])
    deals = rows_of([(draws.replication, told.deals) for draws, told in runs])
    deals = with_hours(tables.managers, tables.leaving, periods_of(tables, runs), deals)
    tasks = rows_of([(draws.replication, told.tasks) for draws, told in runs])
    for draws, told in runs:
        write_prices(tables, draws, told, deals)
    born = Opportunities.join([opportunities_of(tables, *run) for run in runs])
    log = named(
        tables, runs[0][0].replication, len(runs), _entered_late(tables, runs[0][1].met, deals), tasks, born
    )
    if any(draws.worked is not tables.worked for draws, _ in runs):  # who leaves when is luck
        hours = np.stack([rows[which] for rows, which in (draws.worked for draws, _ in runs)])
        return replace(log, hours_available=hours)
    return log


def named(
    tables: Tables,
    first: int,
    replications: int,
    deals: Rows,
    tasks: Rows,
    born: Opportunities,
    whole: bool = True,
) -> EventLog:
    """Rows of consecutive replications as a log.

    whole   whether all of their work is in it; where it is not, the hours people had are not known either
    """
    people = tables.worked[1].size
    unknown = np.broadcast_to(np.nan, (1, people, tables.worked[0].shape[1]))
    return EventLog(
        names=tables.names, start=tables.start, horizon=tables.horizon, measured=tables.measured,
        deals=deals, tasks=tasks, opportunities=born, replications=replications,
        time_zone=tables.scenario.calendar.time_zone, currency=tables.scenario.currency,
        hours_available=tables.hours[None] if whole else unknown, first_replication=first, care=tables.care,
        spending=tables.spending,
    )  # fmt: skip


def rows_of(parts: Sequence[tuple[int, Columns]]) -> Rows:
    """The rows of several replications, column by column; columns that no engine tells are filled."""
    sizes = [len(rows["time"]) for _, rows in parts]
    some = parts[0][1]
    names = (some.dtype.names or ()) if isinstance(some, np.ndarray) else tuple(some)
    made = []
    for part, dtype in zip(fields(Rows), Rows.DTYPES, strict=True):
        column = np.empty(sum(sizes), dtype)
        at = 0
        for (replication, rows), size in zip(parts, sizes, strict=True):
            if part.name == "replication":
                column[at : at + size] = replication
            else:
                column[at : at + size] = rows[part.name] if part.name in names else _FILL[part.name]
            at += size
        made.append(column)
    return Rows(*made)


def periods_of(tables: Tables, runs: Sequence[tuple[Draws, Told]]) -> Callable[[Rows], np.ndarray]:
    """What gives the period of each row of a table of these runs."""

    def of(rows: Rows) -> np.ndarray:
        found = np.zeros(len(rows), np.int64)
        for draws, told in runs:
            mine = rows.replication == draws.replication
            found[mine] = period_at(tables.period_start, told.met, rows.time[mine])
        return found

    return of


def priced(listed: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """`rules.priced` of many."""
    return np.maximum(np.rint(listed * kept), 1).astype(np.int64)


def write_prices(tables: Tables, draws: Draws, told: Told, deals: Rows) -> None:
    """The new amount where one has changed: engines tell that it did, the list price and the day say to what."""
    if (tables.price_kept == tables.price_kept[0]).all():
        return
    rows = np.flatnonzero((deals.event == AMOUNT_CHANGED) & (deals.replication == draws.replication))
    listed = np.zeros(len(draws), np.int64)
    listed[told.number] = told.amount
    period = period_at(tables.period_start, told.met, deals.time[rows])
    deals.value[rows] = priced(listed[deals.opportunity[rows]], tables.price_kept[period])


def _entered_late(tables: Tables, met: np.ndarray, deals: Rows) -> Rows:
    """The deal rows with those of the report later by the days until somebody enters them.

    What both views told at once is told apart; what would be entered after the horizon is not.
    """
    if not tables.entry_delay.any():
        return deals
    truth = deals.where((deals.view != REPORT) & (deals.opportunity >= 0))
    staff = deals.where(deals.opportunity < 0)
    report = deals.where((deals.view != TRUTH) & (deals.opportunity >= 0))
    period = period_at(tables.period_start, met, report.time)
    entered = np.maximum.accumulate(report.time + tables.entry_delay[period])  # never before what came first
    told = Rows.join([
        staff,
        replace(truth, view=np.full(len(truth), TRUTH, np.int8)),
        replace(report, time=entered, view=np.full(len(report), REPORT, np.int8)).where(entered < tables.horizon),
    ])  # fmt: skip
    return told.where(np.argsort(told.time, kind="stable"))


def opportunities_of(tables: Tables, draws: Draws, told: Told) -> Opportunities:
    """Those that came to be, by number."""
    order = np.argsort(told.number, kind="stable")
    number, created, owner = (values[order] for values in (told.number, told.created, told.owner))
    period = period_at(tables.period_start, told.met, created)
    unit = draws.unit[number]
    of_market = unit >= 0
    territory = np.where(of_market, tables.unit_territory[period, unit], tables.rep_territory[period, owner])
    segment = np.where(of_market, tables.unit_segment[unit], NONE)
    values = (
        np.full(number.size, draws.replication), number, draws.origin[number], draws.ordinal[number], created,
        priced(told.amount[order], tables.price_kept[period]), draws.source[number], territory, segment,
    )  # fmt: skip
    return Opportunities(*(v.astype(t) for v, t in zip(values, Opportunities.DTYPES, strict=True)))
