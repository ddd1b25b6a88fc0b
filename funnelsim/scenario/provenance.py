"""Where every number of a scenario comes from: fitted, sourced or assumed.

Provenance is written for a path and counts for all below it; the longest path that covers a number
wins. A number that no path covers is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from funnelsim.errors import ScenarioError
from funnelsim.scenario.model import Provenance, Scenario
from funnelsim.scenario.part import Words
from funnelsim.scenario.paths import Step, fields_of, name_of, steps, values_at, written

_LEFT_OUT = {"provenance", "interventions"}


@dataclass(frozen=True)
class Entry:
    """One number of a scenario and its origin."""

    path: str
    """By id: `stages.design.rep_hours`."""
    value: float
    kind: str
    """`fitted`, `sourced` or `assumed`."""
    source: str = ""
    low: float | None = None
    high: float | None = None
    rows: int | None = None
    period: str | None = None


def ledger(scenario: Scenario) -> list[Entry]:
    """Every number of a scenario, defaults too, with where it comes from; in the order of the model."""
    origins = _origins(scenario)
    entries = []
    for places, path, value in _numbers(scenario, (), ()):
        origin = next((origins[places[:n]] for n in range(len(places), 0, -1) if places[:n] in origins), None)
        if origin is None:
            entries.append(Entry(path, value, "assumed"))
        else:
            facts = (origin.low, origin.high, origin.rows, origin.period)
            entries.append(Entry(path, value, origin.kind, origin.from_, *facts))
    return entries


def counts(entries: list[Entry]) -> dict[str, int]:
    """How many numbers are fitted, sourced and assumed."""
    return {kind: sum(entry.kind == kind for entry in entries) for kind in ("fitted", "sourced", "assumed")}


def _origins(scenario: Scenario) -> dict[tuple[Step, ...], Provenance]:
    """Place of a value -> its provenance; of two for the same place the more definite path wins."""
    found: dict[tuple[Step, ...], tuple[bool, Provenance]] = {}
    for path, origin in scenario.provenance.items():
        try:
            places = [place for place, _ in values_at(scenario, path)]
        except ScenarioError:
            continue
        broad = len(places) > 1
        for place in places:
            key = steps(place)
            if key not in found or found[key][0]:
                found[key] = (broad, origin)
    return {key: origin for key, (_, origin) in found.items()}


def _numbers(
    node: Any, places: tuple[Step, ...], names: tuple[Step, ...]
) -> Iterator[tuple[tuple[Step, ...], str, float]]:
    """Every number below a node: its steps by place, its path by id, its value."""
    if isinstance(node, Words | bool | str) or node is None:
        return
    if isinstance(node, int | float):
        yield places, written(names), node
        return
    if isinstance(node, BaseModel):
        for key, name in fields_of(type(node)).items():
            if places or key not in _LEFT_OUT:
                yield from _numbers(getattr(node, name), (*places, key), (*names, key))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _numbers(value, (*places, key), (*names, key))
    elif isinstance(node, tuple):
        for at, value in enumerate(node):
            known = None if isinstance(value, str) else name_of(value)
            yield from _numbers(value, (*places, at), (*names, known if known else at))
