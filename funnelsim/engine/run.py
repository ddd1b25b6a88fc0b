"""simulate(scenario, seed, replications) -> Runs: the log of every replication, and how it was made."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from funnelsim.engine import reference
from funnelsim.engine.draws import Draws, draw
from funnelsim.engine.spread import Parcel, spread
from funnelsim.engine.tables import Tables, compile_tables
from funnelsim.errors import RunError
from funnelsim.history.log import BOTH, NONE, REPORT, TRUTH, EventLog, Opportunities, Rows, join
from funnelsim.scenario.model import Scenario

ENGINES = ("auto", "reference")
MOST_REPLICATIONS = 100_000
BLOCKS = {"reference": 5, "compiled": 25}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """One replication: its number and its log."""

    number: int
    log: EventLog


@dataclass(frozen=True)
class Runs:
    """Replications of one scenario."""

    scenario: Scenario
    log: EventLog
    """All replications, one after the other."""
    digest: str
    seed: int
    first: int
    replications: int
    engine: str

    def __len__(self) -> int:
        return self.replications

    def __getitem__(self, at: int) -> Run:
        if not 0 <= at < self.replications:
            raise IndexError(at)
        return Run(self.first + at, self.log.replication(self.first + at))

    def __iter__(self) -> Iterator[Run]:
        return (self[at] for at in range(self.replications))


def simulate(
    scenario: Scenario,
    seed: int = 1,
    replications: int = 40,
    *,
    first: int = 0,
    engine: str = "auto",
    workers: int | None = 1,
    progress: Progress | None = None,
) -> Runs:
    """Run a company's funnel so many times, each time with other luck.

    seed           the experiment's; the same seed is the same luck, in every scenario
    replications   how many runs, numbered from `first`
    engine         `auto` or `reference`
    workers        processes to share the work, None for all cores where that pays; the result is the same
    progress       called with (runs done, runs in all)

    RunError when seed, replications or engine cannot be.
    """
    check_request(seed, replications, engine)
    parcel, size = Parcel(scenario), 1 if workers == 1 else block_of(engine)
    jobs = [(parcel, seed, *block) for block in blocks(first, replications, size)]
    logs: list[EventLog] = []
    for log in spread(_block, jobs, workers):
        logs.append(log)
        if progress:
            progress(log.first_replication + log.replications - first, replications)
    return Runs(scenario, join(logs), scenario.digest, seed, first, replications, "reference")


def block_of(engine: str) -> int:
    """Replications that a worker makes, and the store keeps, at a time: half a second of work or less.

    `auto` has the size of the fastest engine.
    """
    return BLOCKS.get(engine, BLOCKS["compiled" if "compiled" in ENGINES else "reference"])


def blocks(first: int, replications: int, size: int) -> list[tuple[int, int]]:
    """(first, how many) of the blocks that replications are made in; they begin at multiples of the size,
    so that a longer run finds those of a shorter one.

    >>> blocks(0, 12, 5), blocks(8, 4, 5)
    ([(0, 5), (5, 5), (10, 2)], [(8, 2), (10, 2)])
    """
    ends = first + replications
    starts = [first, *range((first // size + 1) * size, ends, size)]
    return [(at, end - at) for at, end in zip(starts, [*starts[1:], ends], strict=True)]


def check_request(seed: int, replications: int, engine: str) -> None:
    """RunError when a request for runs cannot be met."""
    if not 0 <= seed < 2**64:
        raise RunError.of("seed", "seed_range", given=seed)
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise RunError.of("replications", "replications_range", given=replications, most=MOST_REPLICATIONS)
    if engine not in ENGINES:
        raise RunError.of("engine", "engine_unknown", given=engine, known=", ".join(ENGINES))


def _block(scenario: Scenario, seed: int, first: int, count: int) -> EventLog:
    tables = tables_of(scenario)
    return join([run_one(tables, seed, number) for number in range(first, first + count)])


@lru_cache(maxsize=1)
def _kept() -> dict[str, Tables]:
    return {}


def tables_of(scenario: Scenario) -> Tables:
    """The tables of a scenario, kept for the scenarios used last."""
    kept, digest = _kept(), scenario.digest
    if digest not in kept:
        if len(kept) >= 16:
            del kept[next(iter(kept))]
        kept[digest] = compile_tables(scenario)
    return kept[digest]


def run_one(tables: Tables, seed: int, replication: int) -> EventLog:
    """One replication, named: the log of its deals and tasks."""
    collects = gc.isenabled()
    gc.disable()  # all that a run makes lives until its rows are columns: looking for garbage would cost a tenth
    try:
        return _run_one(tables, seed, replication)
    finally:
        if collects:
            gc.enable()


def _run_one(tables: Tables, seed: int, replication: int) -> EventLog:
    draws = draw(tables, seed, replication)
    told = reference.run(tables, draws)
    born = sorted((deal.number, deal.amount) for deal in told.deals)
    return EventLog(
        names=tables.names, start=tables.start, horizon=tables.horizon, measured=tables.measured,
        deals=_entered_late(tables, _rows(reference.DEAL_COLUMNS, told.deal_rows, replication)),
        tasks=_rows(reference.TASK_COLUMNS, told.task_rows, replication),
        opportunities=_opportunities(tables, draws, told, born, replication),
        replications=1, time_zone=tables.scenario.calendar.time_zone, currency=tables.scenario.currency,
        hours_available=tables.hours[None], first_replication=replication,
    )  # fmt: skip


_FILL = {"person": NONE, "desk": NONE, "reason": NONE, "activity": NONE, "value": 0.0, "view": BOTH}


def _rows(columns: tuple[str, ...], told: list[tuple], replication: int) -> Rows:
    """What an engine has told, column by column; columns it does not tell are filled."""
    values: dict[str, Any] = (
        dict(zip(columns, zip(*told, strict=True), strict=True)) if told else dict.fromkeys(columns, ())
    )
    values["replication"] = np.full(len(told), replication)
    return Rows(*(
        np.array(values[part.name], dtype) if part.name in values else np.full(len(told), _FILL[part.name], dtype)
        for part, dtype in zip(fields(Rows), Rows.DTYPES, strict=True)
    ))  # fmt: skip


def _entered_late(tables: Tables, deals: Rows) -> Rows:
    """The deal rows with those of the report later by the days until somebody enters them.

    What both views told at once is told apart; what would be entered after the horizon is not.
    """
    if not tables.entry_delay.any():
        return deals
    truth = deals.where((deals.view != REPORT) & (deals.opportunity >= 0))
    staff = deals.where(deals.opportunity < 0)
    report = deals.where((deals.view != TRUTH) & (deals.opportunity >= 0))
    period = np.searchsorted(tables.period_start, report.time, side="right") - 1
    entered = np.maximum.accumulate(report.time + tables.entry_delay[period])  # never before what came first
    told = Rows.join([
        staff,
        replace(truth, view=np.full(len(truth), TRUTH, np.int8)),
        replace(report, time=entered, view=np.full(len(report), REPORT, np.int8)).where(entered < tables.horizon),
    ])  # fmt: skip
    return told.where(np.argsort(told.time, kind="stable"))


def _opportunities(tables: Tables, draws: Draws, told, born, replication: int) -> Opportunities:
    number = np.array([n for n, _ in born], int)
    amount = np.array([a for _, a in born], np.int64)
    created = np.zeros(len(draws))
    owner = np.zeros(len(draws), int)
    for deal, time, who in told.births:
        created[deal] = time
        owner[deal] = who
    period = np.searchsorted(tables.period_start, created[number], side="right") - 1
    unit = draws.unit[number]
    of_market = unit >= 0
    territory = np.where(
        of_market, tables.unit_territory[period, unit], tables.rep_territory[period, owner[number]]
    )
    segment = np.where(of_market, tables.unit_segment[unit], NONE)
    columns = (
        np.full(number.size, replication), number, draws.origin[number], draws.ordinal[number], created[number],
        amount, draws.source[number], territory, segment,
    )  # fmt: skip
    return Opportunities(*(c.astype(t) for c, t in zip(columns, Opportunities.DTYPES, strict=True)))
