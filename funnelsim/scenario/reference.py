"""The reference of the scenario format, read off the model: every key, its kind, default and meaning."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from funnelsim.labels.marked import renew
from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.funnel import Delay
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import Words
from funnelsim.scenario.paths import fields_of


def keys(part: type[BaseModel] = Scenario, before: str = "") -> Iterator[tuple[str, str, str, str]]:
    """(path, what is written there, default, meaning) of every key, in the order of the model."""
    for key, name in fields_of(part).items():
        info = part.model_fields[name]
        path = f"{before}.{key}" if before else key
        yield path, _kind(info.annotation, info), _default(info), (info.description or "").replace("\n", " ")
        inner, many = _inner(info.annotation)
        if inner is not None and inner not in (Words, Distribution, Delay):
            yield from keys(inner, f"{path}.*" if many else path)


def table() -> str:
    """The reference as a table in Markdown."""
    rows = ["| key | what | default | meaning |", "|---|---|---|---|"]
    rows += [f"| `{path}` | {kind} | {default} | {meaning} |" for path, kind, default, meaning in keys()]
    return "\n".join(rows)


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The part that an annotation holds, and whether it holds many."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    many = get_origin(annotation) in (tuple, dict)
    for argument in get_args(annotation):
        part, deeper = _inner(argument)
        if part is not None:
            return part, many or deeper
    return None, False


def _kind(annotation: Any, info: FieldInfo | None = None) -> str:
    """What is written at a key, in few words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0]) + _limits(arguments[1:])
    limits = _limits(info.metadata) if info else ""
    if origin in (Union, types.UnionType):
        return _kind(next(a for a in arguments if a is not type(None))) + limits
    if origin is Literal:
        return " / ".join(f"`{word}`" for word in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return f"mapping to {_kind(arguments[1])}"
    known = {
        float: "number", int: "whole number", bool: "true / false", str: "text", Words: "text, or { en, zh }",
        Distribution: "distribution", Delay: "distribution, or one per outcome",
    }  # fmt: skip
    if annotation in known:
        return known[annotation] + limits
    if getattr(annotation, "__name__", "") == "date":
        return "date"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "part"
    return "value"


def _limits(metadata: Any) -> str:
    found: list[str] = []

    def look(facts: Any) -> None:
        for fact in facts:
            for sign, name in ((">", "gt"), ("≥", "ge"), ("<", "lt"), ("≤", "le")):
                limit = getattr(fact, name, None)
                if limit is not None and abs(limit) < 1e15:
                    found.append(f"{sign} {limit:g}")
            look(getattr(fact, "metadata", ()))

    look(metadata)
    return f" {', '.join(dict.fromkeys(found))}" if found else ""


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**needed**"
    value = info.default
    if isinstance(value, BaseModel) or value in ((), {}):
        return ""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"[{', '.join(f'{v:g}' if isinstance(v, float) else str(v) for v in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {inner:g}" for key, inner in value.items()) + " }"
    return f"{value:g}" if isinstance(value, float) else str(value) if value != "" else ""


MARKS = ("<!-- keys: made from the model -->", "<!-- end of keys -->")


if __name__ == "__main__":
    import sys

    renew(sys.argv[1], MARKS, table())
