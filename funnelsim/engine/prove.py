"""Both engines tell the same? Proven by bytes, on the scenario at hand and not on another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from funnelsim.engine import compiled, reference
from funnelsim.engine.choice import is_there
from funnelsim.engine.draws import draw
from funnelsim.engine.run import tables_of
from funnelsim.engine.told import as_log
from funnelsim.errors import RunError
from funnelsim.history.log import EVENTS, EventLog
from funnelsim.scenario.model import Scenario

TABLES = ("deals", "tasks", "opportunities")


@dataclass(frozen=True)
class Proof:
    """How much of a run was told by both engines, and was the same to the byte."""

    replications: int
    scenarios: int
    rows: int
    """Rows of the log compared, of deals and of tasks."""

    def json(self) -> dict[str, Any]:
        return asdict(self)


def prove(
    scenarios: Iterable[Scenario], replications: int = 3, seed: int = 1, first: int = 0
) -> Proof | None:
    """Tell some replications of each scenario on both engines; None where there is only one.

    RunError when they differ, with the first row in which they do: then neither should be believed.
    """
    if not is_there():
        return None
    rows, count = 0, 0
    for scenario in scenarios:
        count += 1
        for replication in range(first, first + replications):
            one, other = both(scenario, seed, replication)
            found = difference(one, other)
            if found:
                raise RunError.of("engine", "engines_differ", replication=replication, seed=seed, found=found)
            rows += len(one.deals) + len(one.tasks)
    return Proof(replications, count, rows)


def both(scenario: Scenario, seed: int = 1, replication: int = 0, other: Any = compiled) -> list[EventLog]:
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
        shorter = min(map(len, rows))
        at = next((k for k in range(shorter) if rows[0][k] != rows[1][k]), shorter)
        told = [_row(columns, own[at]) if at < len(own) else "no row" for own in rows]
        return f"{name}, row {at} of {len(rows[0])} and {len(rows[1])}: {told[0]} | {told[1]}"
    return ""


def _row(columns: list[str], values: tuple) -> str:
    return ", ".join(
        f"{name} {EVENTS[value] if name == 'event' else value}"
        for name, value in zip(columns, values, strict=True)
    )
