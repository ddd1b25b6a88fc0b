"""simulate(scenario, seed, replications) -> Runs: the log of every replication, and how it was made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from funnelsim.engine.choice import ENGINES, chosen, fastest, prepare, tell
from funnelsim.engine.draws import Draws, draw
from funnelsim.engine.spread import Parcel, spread
from funnelsim.engine.tables import Tables, compile_tables
from funnelsim.engine.told import Told, as_log
from funnelsim.errors import RunError
from funnelsim.history.log import EventLog, join
from funnelsim.scenario.model import Scenario

__all__ = ["ENGINES", "Run", "Runs", "simulate"]

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
    engine         `auto` (the compiled one where it can), `compiled` or `reference`: the log is the same
    workers        processes to share the work, None for all cores where that pays; the result is the same
    progress       called with (runs done, runs in all)

    RunError when seed, replications or engine cannot be.
    """
    check_request(seed, replications, engine)
    parcel, size = Parcel(scenario), 1 if workers == 1 and progress else block_of(engine)
    jobs = [(parcel, seed, *block, engine) for block in blocks(first, replications, size)]
    logs: list[EventLog] = []
    names: set[str] = set()
    for log, name in spread(_block, jobs, workers):
        logs.append(log)
        names.add(name)
        if progress:
            progress(log.first_replication + log.replications - first, replications)
    return Runs(scenario, join(logs), scenario.digest, seed, first, replications, ", ".join(sorted(names)))


def block_of(engine: str) -> int:
    """Replications that a worker makes, and the store keeps, at a time: half a second of work or less."""
    return BLOCKS[fastest() if engine == "auto" else engine]


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
    check_numbers(seed, replications)
    prepare(engine)


def check_numbers(seed: int, replications: int) -> None:
    """RunError when there are no such runs."""
    if not 0 <= seed < 2**64:
        raise RunError.of("seed", "seed_range", given=seed)
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise RunError.of("replications", "replications_range", given=replications, most=MOST_REPLICATIONS)


def _block(scenario: Scenario, seed: int, first: int, count: int, engine: str) -> tuple[EventLog, str]:
    tables = tables_of(scenario)
    name = chosen(engine, tables)
    return as_log(tables, [_told(tables, seed, at, name) for at in range(first, first + count)]), name


_lock = threading.Lock()  # a worker of a cluster may have several threads


@lru_cache(maxsize=1)
def _kept() -> dict[str, Tables]:
    return {}


def tables_of(scenario: Scenario) -> Tables:
    """The tables of a scenario, kept for the scenarios used last."""
    kept = _kept()
    for tables in [*kept.values()]:  # the digest of a company takes as long as a run of a small one
        if tables.scenario is scenario:
            return tables
    digest = scenario.digest
    with _lock:
        if digest not in kept:
            if len(kept) >= 16:
                del kept[next(iter(kept))]
            kept[digest] = compile_tables(scenario)
        return kept[digest]


def run_one(tables: Tables, seed: int, replication: int, engine: str = "auto") -> EventLog:
    """One replication, named: the log of its deals and tasks."""
    return as_log(tables, [_told(tables, seed, replication, chosen(engine, tables))])


def _told(tables: Tables, seed: int, replication: int, engine: str) -> tuple[Draws, Told]:
    draws = draw(tables, seed, replication)
    return draws, tell(tables, draws, engine)
