"""Scenarios as files and as values: load, save, vary, fingerprint.

A shipped scenario has a name, another one a path. Whatever is wrong with a file comes in one
`ScenarioError` that lists all faults with their paths and mends.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from funnelsim.errors import Fault, ScenarioError
from funnelsim.scenario import checks
from funnelsim.scenario.extend import path_of, resolved, shipped_names
from funnelsim.scenario.faults import of_validation
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import Words
from funnelsim.scenario.paths import changed, parse_change, steps, values_at
from funnelsim.scenario.salvage import salvaged

__all__ = [
    "as_intervention", "digest", "json_schema", "load", "parse", "parse_change", "plain", "replace",
    "replace_all", "save", "shipped_names", "values_at",
]  # fmt: skip


def load(name_or_path: str | Path) -> Scenario:
    """The scenario of a shipped name or a file.

    >>> len(load("industrial_8x8").stages)
    8
    """
    path = path_of(name_or_path)
    return parse(resolved(path), str(name_or_path))


def parse(data: Mapping[str, Any], where: str = "scenario") -> Scenario:
    """The scenario that plain data describe. All faults of all parts in one error."""
    faults: list[Fault] = []
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        faults = of_validation(error, data, Scenario)
        whole = salvaged(data, Scenario)
        if whole is not None:
            faults += checks.unrelated(checks.faults(whole), faults)
    except RecursionError:
        raise ScenarioError.of(where, "invalid", value="…", problem="recursion") from None
    else:
        faults = checks.faults(scenario)
    if faults:
        raise ScenarioError(where, faults)
    return scenario


def replace(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The scenario with another value at a path; `=*1.2` and `=+0.15` change the value that is there."""
    return replace_all(scenario, {path: value})


def replace_all(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with several values replaced, in order; what they make together is checked once."""
    new = applied(scenario, changes)
    faults = checks.faults(new)
    if faults:
        raise ScenarioError(_where(changes), faults)
    return new


def applied(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with several values replaced, cross-checks left to the caller."""
    where = _where(changes)
    for path, value in changes.items():
        scenario = changed(scenario, steps(path, where), parse_change(value), where, of_validation)
    return scenario


def _where(changes: Mapping[str, Any]) -> str:
    return ", ".join(changes) if len(changes) <= 3 else f"{next(iter(changes))} … ({len(changes)})"


def plain(scenario: BaseModel, defaults: bool = False) -> Any:
    """A scenario, or a part of one, as the shortest plain data that give it back; or with its defaults."""
    return _short(scenario.model_dump(mode="json", by_alias=True, exclude_defaults=not defaults))


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"en", "zh"} and isinstance(value["en"], str) and value["en"] == value["zh"]:
            return value["en"]
        return {key: _short(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def digest(scenario: Scenario) -> str:
    """sha256 of all that a run depends on, 64 hex digits.

    Defaults count as if they were written, 7 and 7.0 are one number; names, goals, notes and
    provenance are left out. The order of reasons and causes counts: luck is read along it.
    """
    text = json.dumps(_canonical(scenario), separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    match value:
        case BaseModel():
            return {
                name: _canonical(inner)
                for name in type(value).model_fields
                if name not in {"notes", "provenance"}
                and not isinstance(inner := getattr(value, name), Words)
            }
        case dict():
            return {str(key): _canonical(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_canonical(inner) for inner in value]
        case float():
            return int(value) if value.is_integer() and abs(value) < 2**53 else value
        case dt.date():
            return value.isoformat()
    return value


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file: editors complete and check with it.

    Nothing is required, as a file that extends another may leave everything out; `load` says what is missing.
    """
    schema = Scenario.model_json_schema(by_alias=True)
    parts = schema["$defs"]
    for part in (schema, *parts.values()):
        part.pop("required", None)
        if "id" in part.get("properties", {}):
            part["properties"]["remove"] = {"const": True, "description": "Remove the item of the base."}
            part["properties"]["after"] = {"type": "string", "description": "Id of the item it comes after."}
    for name in ("Distribution", "Words"):
        for choice in parts[name]["anyOf"]:
            choice.pop("required", None)
    parts["Delay"] = {"anyOf": [{"$ref": "#/$defs/Distribution"}, parts["Delay"]]}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "A shipped scenario, or a path relative to this file, that this one builds on.",
    }
    return schema


def save(scenario: Scenario, path: str | Path) -> None:
    """Write a scenario, whole or not at all; comments and `extends:` of a file that is there stay."""
    from funnelsim.scenario.writing import write

    write(scenario, Path(path))


def as_intervention(base: Scenario, other: Scenario, date: dt.date | str) -> Scenario:
    """The company that runs as `base` until a date and as `other` from then on; the stages are the same."""
    day = dt.date.fromisoformat(date) if isinstance(date, str) else date
    if _canonical(tuple(base.conditional)) != _canonical(tuple(other.conditional)):
        raise ScenarioError.of(other.name.en, "condition_from_date", "interventions")
    before = {date: change for date, change in base.dated if date < day}
    then, there = as_of_day(base, day), as_of_day(other, day, including=True)
    sections: dict[str, Any] = {}
    for name in Scenario.model_fields:
        if name in {"interventions", "name", "description", "notes", "provenance", "scope"}:
            continue
        old, new = getattr(then, name), getattr(there, name)
        if _canonical(old) != _canonical(new):
            sections[name] = _dumped(new)
    steps_ = [*_dumped(tuple(before.values()))]
    if sections:
        steps_.append({"date": day.isoformat(), "set": sections})
    steps_ += _dumped(tuple(change for date, change in other.dated if date > day))
    steps_ += _dumped(tuple(other.conditional))
    return replace(base, "interventions", steps_)


def _dumped(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_dumped(inner) for inner in value]
    return plain(value) if isinstance(value, BaseModel) else value


def as_of_day(scenario: Scenario, day: dt.date, including: bool = False) -> Scenario:
    """What the scenario has become by a date, its interventions made."""
    for date, change in scenario.dated:
        if date < day or (including and date == day):
            scenario = applied(scenario, change.set)
    return scenario
