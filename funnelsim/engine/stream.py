"""One replication in pieces of time, for a run so large that its log should not be held whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from funnelsim.engine.choice import chosen, prepare, tell
from funnelsim.engine.draws import Draws, draw
from funnelsim.engine.managers import with_hours
from funnelsim.engine.run import tables_of
from funnelsim.engine.tables import Tables
from funnelsim.engine.told import Told, as_log, named, opportunities_of, periods_of, rows_of, write_prices
from funnelsim.history.log import EventLog, Rows
from funnelsim.scenario.model import Scenario

ROWS = 200_000


def stream(
    scenario: Scenario, seed: int = 1, replication: int = 0, engine: str = "auto", rows: int | None = None
) -> Iterator[EventLog]:
    """The log of one replication, piece after piece; put together they are the log that `simulate` gives.

    rows   about so many rows of each table a piece holds; `ROWS` where not said

    A piece holds the opportunities that its rows speak of, and never ends within a moment. A company
    whose reports are entered late is one piece: what is entered when is known at the end only.
    """
    prepare(engine)
    tables = tables_of(scenario)
    name = chosen(engine, tables)
    draws = draw(tables, seed, replication)
    if name == "reference" or tables.entry_delay.any():
        yield as_log(tables, [(draws, tell(tables, draws, name))])
        return
    from funnelsim.engine import compiled

    birth = np.full(len(draws), -1)  # place of each opportunity among the births
    known, held = 0, [Rows.empty(), Rows.empty()]
    told = None
    for told in compiled.pieces(tables, draws, rows or ROWS):
        birth[told.number[known:]] = np.arange(known, told.number.size)
        known = told.number.size
        new = (rows_of([(replication, part)]) for part in (told.deals, told.tasks))
        parts = [Rows.join(list(pair)) for pair in zip(held, new, strict=True)]
        last = max((part.time[-1] for part in parts if len(part)), default=0.0)
        ends = [int(np.searchsorted(part.time, last)) for part in parts]
        held = [part.where(np.arange(end, len(part))) for part, end in zip(parts, ends, strict=True)]
        whole = [part.where(np.arange(end)) for part, end in zip(parts, ends, strict=True)]
        yield _piece(tables, draws, told, birth, *whole)
    assert told is not None
    yield _piece(tables, draws, told, birth, *held)


def _piece(tables: Tables, draws: Draws, told: Told, birth: np.ndarray, deals: Rows, tasks: Rows) -> EventLog:
    """Rows with the opportunities that they speak of."""
    write_prices(tables, draws, told, deals)
    numbers = np.unique(np.concatenate([deals.opportunity, tasks.opportunity]))
    at = birth[numbers[numbers >= 0]]
    deals = with_hours(tables.managers, tables.leaving, periods_of(tables, [(draws, told)]), deals)
    some = Told({}, {}, told.number[at], told.created[at], told.owner[at], told.amount[at], met=told.met)
    born = opportunities_of(tables, draws, some)
    return named(tables, draws.replication, 1, deals, tasks, born, whole=False)
