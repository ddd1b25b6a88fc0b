"""Runs too large to be held whole: their logs are written piece by piece, their metrics read from the deals."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np

from funnelsim.atomic import atomic_write
from funnelsim.engine.run import Progress, simulate, tables_of
from funnelsim.engine.stream import stream
from funnelsim.engine.tables import Tables
from funnelsim.engine.told import named
from funnelsim.history.exchange import check_target, write_log
from funnelsim.history.log import EventLog, Opportunities, Rows
from funnelsim.history.pieces import parquet_pieces
from funnelsim.labels import text
from funnelsim.scenario.model import Scenario
from funnelsim.study.metrics import METRICS, measure, weights_of

LARGE = 200_000
"""Opportunities of one run from which on its task rows are not held."""


class LargeRun(UserWarning):
    """A run is so large that something is left out."""


def opportunities_of_a_run(tables: Tables) -> float:
    """About how many opportunities one run may have: the market's, and one for each prospecting slot."""
    ends = np.append(tables.period_start[1:], tables.horizon)
    share = (ends - tables.period_start) / tables.horizon
    market = float((tables.intensity.sum(axis=(1, 2)) * share).sum())
    return market + tables.reps * tables.slot_days.size


def is_large(scenario: Scenario) -> bool:
    return opportunities_of_a_run(tables_of(scenario)) > LARGE


def deals_alone(scenario: Scenario, seed: int, replication: int, engine: str = "auto") -> EventLog:
    """The log of a replication without its task rows, put together from pieces."""
    deals: list[list[np.ndarray]] = []
    born: dict[str, list[np.ndarray]] = {part.name: [] for part in fields(Opportunities)}
    seen = np.zeros(0, bool)
    for piece in stream(scenario, seed, replication, engine):
        deals.append(_lean(piece.deals))
        number = piece.opportunities.opportunity
        seen = np.pad(seen, (0, max(0, int(number.max(initial=-1)) + 1 - seen.size)))
        new = ~seen[number]
        seen[number] = True
        for name, column in born.items():
            column.append(getattr(piece.opportunities, name)[new])
    every = Opportunities(*(np.concatenate(column) for column in born.values()))
    every = every.where(np.argsort(every.opportunity))
    return named(tables_of(scenario), replication, 1, _joined(deals), Rows.empty(), every, whole=False)


def _lean(rows: Rows) -> list[np.ndarray]:
    """The columns of rows; one that says the same in every row is held once."""
    return [
        np.broadcast_to(column[:1], column.shape) if column.size and (column == column[0]).all() else column
        for column in (getattr(rows, part.name) for part in fields(Rows))
    ]


def _joined(parts: list[list[np.ndarray]]) -> Rows:
    """The rows of all parts; each column of theirs goes as soon as it is copied."""
    made = []
    for at, dtype in enumerate(Rows.DTYPES):
        columns = [part[at] for part in parts]
        for part in parts:
            part[at] = np.empty(0, dtype)
        some = [column for column in columns if column.size]
        if some and all(column.strides == (0,) and column[0] == some[0][0] for column in some):
            made.append(np.broadcast_to(some[0][:1], sum(column.size for column in some)))
        else:
            made.append(np.concatenate([np.empty(0, dtype), *columns]))
    return Rows(*made)


def measure_deals(
    scenario: Scenario, seed: int, replication: int, engine: str = "auto"
) -> dict[str, np.ndarray]:
    """The metrics of one large replication that do not read task rows; says that the others are left out."""
    left_out = [name for name, one in METRICS.items() if one.of_work]
    warnings.warn(text("large.left_out", names=", ".join(left_out)), LargeRun, stacklevel=3)
    names = [name for name in METRICS if name not in left_out]
    log = deals_alone(scenario, seed, replication, engine)
    return measure(log, weights=weights_of(scenario), targets=scenario.targets, names=names)


def write_logs(
    scenario: Scenario,
    path: str | Path,
    replications: int,
    seed: int = 1,
    engine: str = "auto",
    progress: Progress | None = None,
) -> Path:
    """Simulate and write the log of all replications; to Parquet one replication, or a piece of it, at a time.

    The other formats hold the whole log: a spreadsheet is not for millions of rows.
    """
    path = check_target(path)
    if path.suffix.lower() != ".parquet":
        return write_log(simulate(scenario, seed, replications, engine=engine, progress=progress).log, path)
    tables = tables_of(scenario)
    nobody = Opportunities.join([])
    head = named(tables, 0, replications, Rows.empty(), Rows.empty(), nobody, whole=False)
    with atomic_write(path) as part, parquet_pieces(part, head) as file:
        for replication, piece in _told(scenario, seed, replications, engine):
            file.add(piece)
            if progress:
                progress(replication, replications)
    return path


def _told(scenario: Scenario, seed: int, replications: int, engine: str) -> Iterator[tuple[int, EventLog]]:
    for replication in range(replications):
        for piece in stream(scenario, seed, replication, engine):
            yield replication, piece
