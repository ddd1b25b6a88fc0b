"""What can still be read of data with faults: placeholders where something is missing or wrong.

Only for looking further: a scenario made here is cross-checked, so that one error lists the faults
between parts beside those within them, and is then thrown away.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from funnelsim.scenario.model import Scenario

_ROUNDS = 8
_PLACEHOLDERS: dict[str, Any] = {
    "name": "?", "third": "upper", "rep_hours": 1, "delay_days": 1, "advance_rate": 0.5, "hours": 1,
    "weekly_deals": 0, "amount": 1, "people": 1, "weekly_hours": 1, "advance": 1, "units": [], "sources": [],
    "kind": "assumed", "en": "?", "set": {}, "demand": {"sources": [], "units": [], "amount": 1},
    "team": {"reps": [{"id": "_"}]}, "reps": [{"id": "_"}],
    "stages": [
        {"id": "_", "name": "?", "third": "upper", "rep_hours": 1, "delay_days": 1, "advance_rate": 0.5}
    ],
}  # fmt: skip


def salvaged(data: Any, model: type[Scenario]) -> Scenario | None:
    """The data as a scenario, each faulty value replaced by a harmless one; None where too little is left."""
    if not isinstance(data, Mapping):
        return None
    tree = copy.deepcopy(dict(data))
    for _ in range(_ROUNDS):
        try:
            return model.model_validate(tree)
        except ValidationError as error:
            for found in error.errors(include_url=False, include_context=False):
                if not _mend(tree, found["loc"], found["type"]):
                    return None
        except RecursionError:
            return None
    return None


def _mend(tree: Any, loc: tuple[int | str, ...], kind: str) -> bool:
    """Replace the value at a location of pydantic's, or what holds it; False where that cannot be."""
    node: Any = tree
    holder: Any = None
    key: Any = None
    for at, step in enumerate(loc):
        inside = isinstance(node, dict) and step in node
        if inside or (isinstance(node, list) and isinstance(step, int) and step < len(node)):
            holder, key, node = node, step, node[step]
        elif at == len(loc) - 1 and kind == "missing" and isinstance(node, dict):
            node[str(step)] = _placeholder(str(step), loc)
            return True
    if holder is None:
        return False
    if kind == "too_short":  # pydantic counts only the items that are without fault
        if not node:
            holder[key] = _placeholder(str(key), loc)
        return True
    if isinstance(holder, list):
        holder[key] = {} if isinstance(node, dict | list) or len(loc) < 5 else "_"
        if loc[-2:-1] and loc[-2] in {"season", "values", "weights", "cycle_months", "deal_size"}:
            holder[key] = 1.0
        return True
    if kind.startswith("distribution") and key in _PLACEHOLDERS:
        holder[key] = _PLACEHOLDERS[str(key)]
    else:
        del holder[key]
    return True


def _placeholder(key: str, loc: tuple[int | str, ...]) -> Any:
    if key in {"id", "pool"}:
        return "_" + "_".join(str(step) for step in loc if isinstance(step, int))
    if key == "date":
        return "2026-01-01"
    return copy.deepcopy(_PLACEHOLDERS.get(key, "?"))
