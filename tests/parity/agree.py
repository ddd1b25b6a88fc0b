"""Whether two engines tell the same: every column of every row, to the byte."""

from __future__ import annotations

from dataclasses import fields
from types import ModuleType

from funnelsim.engine import compiled, reference
from funnelsim.engine.draws import draw
from funnelsim.engine.run import tables_of
from funnelsim.engine.told import as_log
from funnelsim.history.log import EVENTS, EventLog
from funnelsim.scenario.model import Scenario

TABLES = ("deals", "tasks", "opportunities")


def both(
    scenario: Scenario, seed: int = 1, replication: int = 0, other: ModuleType = compiled
) -> list[EventLog]:
    """The log of one replication as the reference tells it, and as another engine does."""
    tables = tables_of(scenario)
    logs = []
    for engine in (reference, other):
        draws = draw(tables, seed, replication)
        logs.append(as_log(tables, [(draws, engine.run(tables, draws))]))
    return logs


def difference(one: EventLog, other: EventLog) -> str:
    """The first place where two logs differ, in words; nothing where they are equal."""
    for name in TABLES:
        mine, theirs = getattr(one, name), getattr(other, name)
        columns = [part.name for part in fields(mine)]
        if all(getattr(mine, c).tobytes() == getattr(theirs, c).tobytes() for c in columns):
            continue
        rows = [
            list(zip(*(getattr(log, c).tolist() for c in columns), strict=True)) for log in (mine, theirs)
        ]
        at = next(
            (k for k, pair in enumerate(zip(*rows, strict=False)) if pair[0] != pair[1]), min(map(len, rows))
        )
        told = [_row(columns, own[at]) if at < len(own) else "no row" for own in rows]
        return f"{name}, row {at} of {len(rows[0])} and {len(rows[1])}: {told[0]} | {told[1]}"
    return ""


def _row(columns: list[str], values: tuple) -> str:
    return ", ".join(
        f"{name} {EVENTS[value] if name == 'event' else value}"
        for name, value in zip(columns, values, strict=True)
    )
