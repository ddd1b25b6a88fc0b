"""What pydantic has found -> faults in our words, with the path as the user has written it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from funnelsim.errors import Fault
from funnelsim.scenario.paths import Step, fields_of, unknown, written
from funnelsim.scenario.reading import shorten

_PLAIN = {
    "missing": "missing_key",
    "float_type": "not_number",
    "float_parsing": "not_number",
    "int_type": "not_whole",
    "int_parsing": "not_whole",
    "int_from_float": "not_whole",
    "int_parsing_size": "not_whole",
    "string_type": "not_text",
    "bool_type": "not_switch",
    "bool_parsing": "not_switch",
    "model_type": "not_mapping",
    "model_attributes_type": "not_mapping",
    "dict_type": "not_mapping",
    "tuple_type": "not_list",
    "finite_number": "not_finite",
    "bad_date": "bad_date",
    "date_type": "bad_date",
    "date_from_datetime_parsing": "bad_date",
    "distribution_values": "distribution_values",
}
_LIMITS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", "≥"),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "≤"),
}

MAX_FAULTS = 200
"""Beyond, a list helps nobody."""


def of_validation(
    error: ValidationError, raw: Any, model: type[BaseModel], before: tuple[Step, ...] = ()
) -> list[Fault]:
    """One fault for every one of pydantic's, its path shortened to what stands in `raw`."""
    faults: list[Fault] = []
    for found in error.errors(include_url=False):
        if len(faults) >= MAX_FAULTS:
            more = error.error_count() - len(faults)
            return [*_each_once(faults), Fault(written(before), "many_more", {"count": more})]
        if found["type"] == "too_short" and len(found["input"]) >= found["ctx"]["min_length"]:
            continue  # pydantic counts only the items that are without fault
        loc = _as_written(found["loc"], raw, keep_last=found["type"] in {"missing", "extra_forbidden"})
        faults.append(_fault(dict(found), (*before, *loc), model, found["loc"]))
    return _each_once(faults)


def _each_once(faults: list[Fault]) -> list[Fault]:
    return list({(fault.path, fault.code): fault for fault in faults}.values())


def _as_written(loc: tuple[int | str, ...], raw: Any, keep_last: bool) -> tuple[int | str, ...]:
    """The steps of a location that the user has written; short forms add steps that nobody wrote."""
    taken: list[int | str] = []
    node: Any = raw
    for at, step in enumerate(loc):
        in_list = isinstance(node, list | tuple) and isinstance(step, int) and step < len(node)
        if in_list or (isinstance(node, Mapping) and step in node):
            node = node[step]
        elif isinstance(node, BaseModel) and isinstance(step, str) and hasattr(node, step):
            node = getattr(node, step)
        elif not (keep_last and at == len(loc) - 1):
            continue
        taken.append(step)
    return tuple(taken)


def _fault(
    found: dict[str, Any], loc: tuple[Step, ...], model: type[BaseModel], full: tuple[Any, ...]
) -> Fault:
    path = written(loc)
    kind, value, ctx = found["type"], found["input"], found.get("ctx", {})
    if kind == "extra_forbidden":
        holder = _model_at(model, full[:-1])
        known = fields_of(holder) if holder else ()
        return unknown(path, "unknown_key", str(loc[-1]), known)
    if kind == "missing":
        return Fault(path, "missing_key", {"key": str(loc[-1])})
    if kind == "literal_error":
        holder = _model_at(model, full[:-1])
        choices = _choices(holder, str(full[-1])) if holder else ()
        return unknown(
            path, "bad_choice", shorten(value).strip("'\""), choices or [str(ctx.get("expected", ""))]
        )
    if kind in _LIMITS:
        key, sign = _LIMITS[kind]
        if kind == "less_than_equal" and ctx["le"] == 1 and 1 < value <= 100:
            return Fault(path, "share_in_percent", {"value": f"{value:g}", "share": f"{value / 100:g}"})
        huge = isinstance(value, int) and abs(value) > 1e15  # some have more digits than a float can hold
        said = shorten(str(value)[:40]).strip("'\"") if huge else f"{value:g}"
        return Fault(path, "out_of_range", {"value": said, "limit": f"{sign} {ctx[key]:g}"})
    if kind == "string_pattern_mismatch":
        code = "bad_currency" if loc[-1] == "currency" else "bad_id"
        return Fault(path, code, {"value": shorten(value)})
    if kind == "string_too_long":
        return Fault(path, "text_too_long", {"limit": ctx["max_length"]})
    if kind == "too_short":
        return Fault(path, "list_too_short", {"limit": ctx["min_length"], "count": ctx["actual_length"]})
    if kind == "too_long":
        return Fault(path, "list_too_long", {"limit": ctx["max_length"], "count": ctx["actual_length"]})
    if kind == "distribution_words":
        return Fault(path, "distribution_words", dict(ctx))
    if kind in _PLAIN:
        return Fault(path, _PLAIN[kind], {"value": shorten(value)})
    return Fault(path, "invalid", {"value": shorten(value), "problem": found["msg"]})


def _parts(annotation: Any) -> Iterable[type[BaseModel]]:
    """The parts of the model that an annotation can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


def _model_at(model: type[BaseModel], loc: tuple[Any, ...]) -> type[BaseModel] | None:
    """The part of the model at a location of pydantic's."""
    for step in loc:
        if not isinstance(step, str):
            continue
        name = fields_of(model).get(step)
        if name is None:
            continue
        inner = next(iter(_parts(model.model_fields[name].annotation)), None)
        if inner is not None:
            model = inner
    return model


def _choices(holder: type[BaseModel], key: str) -> tuple[str, ...]:
    name = fields_of(holder).get(key)
    return _words(holder.model_fields[name].annotation) if name else ()


def _words(annotation: Any) -> tuple[str, ...]:
    """The words of the `Literal`s in an annotation."""
    found: list[str] = []
    for inner in get_args(annotation):
        found += [inner] if isinstance(inner, str) else _words(inner)
    return tuple(found)
