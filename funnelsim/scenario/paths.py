"""Addresses of single values in a scenario, and the change of a value there.

`stages.design.rep_hours` goes by id, `stages[4].rep_hours` by place (from 0), `stages[3:8].effect_logit`
is a range of places, `team.reps.*.weekly_hours` stands for all. Only what lies on the way to the value
is checked again by the model; what lies beside it is taken over as it is.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from funnelsim.errors import Fault, ScenarioError
from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.funnel import Delay

Step = str | int | slice
_NAME = re.compile(r"[^.\[\]]+")
_PLACE = re.compile(r"\[\s*(-?\d{1,6})?\s*(:)?\s*(-?\d{1,6})?\s*\]")


def steps(path: str, where: str = "path") -> tuple[Step, ...]:
    """The steps of a path, or a fault that shows how a path is written.

    >>> steps("stages[3:8].effect_logit")
    ('stages', slice(3, 8, None), 'effect_logit')
    """
    found: list[Step] = []
    at = 0
    while at < len(path):
        if path[at] == "[" and found:
            place = _PLACE.match(path, at)
            if not place or not (place[1] or place[2]) or (place[3] and not place[2]):
                raise ScenarioError.of(where, "path_syntax", path)
            first = int(place[1]) if place[1] else None
            found.append(slice(first, int(place[3]) if place[3] else None) if place[2] else int(place[1]))
            at = place.end()
            continue
        if found and path[at] == ".":
            at += 1
        elif found:
            raise ScenarioError.of(where, "path_syntax", path)
        name = _NAME.match(path, at)
        if not name:
            raise ScenarioError.of(where, "path_syntax", path)
        found.append(name[0])
        at = name.end()
    if not found:
        raise ScenarioError.of(where, "path_syntax", path)
    return tuple(found)


def written(taken: Iterable[Step]) -> str:
    """The path of some steps, written as in a message: `team.reps[4].territory`."""
    path = ""
    for step in taken:
        if isinstance(step, str):
            path += f".{step}" if path else step
        elif isinstance(step, slice):
            path += f"[{'' if step.start is None else step.start}:{'' if step.stop is None else step.stop}]"
        else:
            path += f"[{step}]"
    return path


def near(value: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like a value, where one does.

    >>> near("weekly_hour", ["hired", "weekly_hours"])
    'weekly_hours'
    """
    choice = list(known)
    lower = {word.lower(): word for word in reversed(choice)}
    found = difflib.get_close_matches(value.lower()[:100], lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else None


def unknown(path: str, code: str, value: str, known: Iterable[str], **facts: Any) -> Fault:
    """A fault that names the known words, and the nearest one where there is one (code `<code>_near`)."""
    words = list(dict.fromkeys(known))
    shown = words if len(words) <= 30 else difflib.get_close_matches(value[:100], words, n=6, cutoff=0.3)
    facts |= {"value": value, "known": ", ".join(shown[:12]) + (" …" if len(words) > 12 else "") or "-"}
    nearest = near(value, words)
    return Fault(path, f"{code}_near", {**facts, "near": nearest}) if nearest else Fault(path, code, facts)


@cache
def fields_of(part: type[BaseModel]) -> dict[str, str]:
    """Key as written in YAML -> name of the field."""
    return {info.alias or name: name for name, info in part.model_fields.items()}


@dataclass(frozen=True)
class Change:
    """A value that depends on the one it replaces: times a factor, or plus a step."""

    kind: str  # "factor" or "step"
    by: float

    def of(self, old: Any, path: str, where: str) -> Any:
        """The new value for an old one; a distribution changes in its size, not in its shape."""
        if isinstance(old, Delay):
            given = {name: part for name in Delay.model_fields if (part := getattr(old, name)) is not None}
            return {name: self.of(part, path, where) for name, part in given.items()}
        if isinstance(old, Distribution):
            return self._size(old, path, where)
        if isinstance(old, bool) or not isinstance(old, int | float):
            raise ScenarioError.of(where, "change_needs_number", path)
        new = old * self.by if self.kind == "factor" else old + self.by
        return int(new) if isinstance(old, int) and float(new).is_integer() else new

    def _size(self, old: Distribution, path: str, where: str) -> Any:
        words = {name: value for name, value in old.model_dump().items() if value is not None}
        if old.family == "gengamma":
            if self.kind == "step" or self.by <= 0:
                raise ScenarioError.of(where, "change_needs_factor", path)
            return words | {"mu": words["mu"] + math.log(self.by)}
        for word in ("value", "median", "mean", "scale"):
            if word in words:
                return words | {
                    word: words[word] * self.by if self.kind == "factor" else words[word] + self.by
                }
        return words | {
            "values": [v * self.by if self.kind == "factor" else v + self.by for v in words["values"]]
        }


def parse_change(text: Any) -> Any:
    """`=*1.2` a factor, `=+0.15` and `=-0.15` a step, `=7` or anything else the value itself.

    >>> parse_change("=*1.2"), parse_change("=7"), parse_change(7)
    (Change(kind='factor', by=1.2), 7, 7)
    """
    if isinstance(text, np.generic):  # a sweep's values often come from an array
        return text.item()
    if not (isinstance(text, str) and text.startswith("=")):
        return text
    from funnelsim.scenario.reading import scalar

    body = text[1:].strip()
    if body[:1] in {"*", "+", "-"}:
        number = scalar(body[1:].strip())
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise ScenarioError.of(text, "change_syntax")
        return Change(
            "factor" if body[0] == "*" else "step", -float(number) if body[0] == "-" else float(number)
        )
    return scalar(body)


def values_at(root: Any, path: str, where: str = "path") -> Iterator[tuple[str, Any]]:
    """Every (path by place, value) that a path stands for."""
    yield from _walk(root, steps(path, where), (), where)


def _walk(
    node: Any, ahead: tuple[Step, ...], taken: tuple[Step, ...], where: str
) -> Iterator[tuple[str, Any]]:
    if not ahead:
        yield written(taken), node
        return
    for key in _chosen(node, ahead, taken, where):
        yield from _walk(_child(node, key), ahead[1:], (*taken, key), where)


def _child(node: Any, key: Step) -> Any:
    if isinstance(node, BaseModel):
        inner = _inside(node, key)
        return getattr(inner, fields_of(type(inner))[str(key)])
    return node[key]


def _inside(node: BaseModel, key: Step) -> BaseModel:
    """A delay that is the same for all outcomes is written, and addressed, as its one distribution."""
    if isinstance(node, Delay) and isinstance(key, str) and key not in fields_of(Delay):
        return node.advance
    return node


def _chosen(node: Any, ahead: tuple[Step, ...], taken: tuple[Step, ...], where: str) -> list[Step]:
    """The keys of a node that the next step stands for."""
    step = ahead[0]
    path = written((*taken, step))
    if isinstance(node, BaseModel):
        known = fields_of(type(node))
        if isinstance(step, str) and (
            step in known or (isinstance(node, Delay) and step in fields_of(Distribution))
        ):
            return [step]
        raise ScenarioError(where, [unknown(path, "path_unknown", str(written([step])), known)])
    if isinstance(node, dict):
        if step == "*":
            return list(node)
        if step in node or (len(ahead) == 1 and isinstance(step, str)):
            return [step]
        raise ScenarioError(where, [unknown(path, "path_unknown", str(step), node)])
    if isinstance(node, tuple):
        return _places(node, step, path, where)
    raise ScenarioError.of(where, "path_ends", path)


def _places(node: tuple[Any, ...], step: Step, path: str, where: str) -> list[Step]:
    if isinstance(step, slice):
        found: list[Step] = [*range(len(node))[step]]
        if not found:
            raise ScenarioError.of(where, "path_no_place", path, count=len(node))
        return found
    if isinstance(step, int):
        if not -len(node) <= step < len(node):
            raise ScenarioError.of(where, "path_no_place", path, count=len(node))
        return [step % len(node)]
    if step == "*":
        return list(range(len(node)))
    for at, item in enumerate(node):
        if name_of(item) == step:
            return [at]
    raise ScenarioError(where, [unknown(path, "path_unknown", step, [n for i in node if (n := name_of(i))])])


def name_of(item: Any) -> str | None:
    """What an item of a list is called: its id, a specialist's pool, or itself where it is a text."""
    return item if isinstance(item, str) else getattr(item, "id", None) or getattr(item, "pool", None)


Doctor = Callable[[ValidationError, Any, type[BaseModel], tuple[Step, ...]], list[Fault]]


def changed(
    node: Any, ahead: tuple[Step, ...], value: Any, where: str, doctor: Doctor, taken: tuple[Step, ...] = ()
) -> Any:
    """A copy of `node` with another value at the end of the steps, checked by the model on the way."""
    path = written(taken)
    if not ahead:
        return value.of(node, path, where) if isinstance(value, Change) else value
    keys = _chosen(node, ahead, taken, where)
    if isinstance(node, BaseModel):
        inner = _inside(node, keys[0])
        known = fields_of(type(inner))
        words = {alias: old for alias, name in known.items() if (old := getattr(inner, name)) is not None}
        key = str(keys[0])
        words[key] = changed(getattr(inner, known[key]), ahead[1:], value, where, doctor, (*taken, key))
        try:
            new = type(inner).model_validate(words)
            return new if inner is node else type(node).model_validate(new)
        except ValidationError as error:
            raise ScenarioError(where, doctor(error, words, type(inner), taken)) from None
    new_items: Any = dict(node) if isinstance(node, dict) else list(node)
    for at in keys:
        old = node.get(at) if isinstance(node, dict) else node[at]
        new_items[at] = changed(old, ahead[1:], value, where, doctor, (*taken, at))
    return new_items if isinstance(node, dict) else tuple(new_items)
