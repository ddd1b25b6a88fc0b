"""What a design does with plain data: values at places, names in two languages, numbers as people type them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from funnelsim.scenario.distributions import Distribution, median
from funnelsim.scenario.funnel import Delay
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import Step, steps, written

_NAMED = ("buyer_stages", "stages", "evidence", "activities")


def within(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def put(node: Any, ahead: tuple[Step, ...], value: Any) -> Any:
    """A copy of plain data with another value at the end of the steps."""
    if not ahead:
        return value
    step = ahead[0]
    if isinstance(node, list):
        assert isinstance(step, int)
        return [*node[:step], put(node[step], ahead[1:], value), *node[step + 1 :]]
    old = node or {}
    return {**old, step: put(old.get(step), ahead[1:], value)}


def by_id(data: Mapping[str, Any], path: str) -> str:
    """A path by place as one by id, as origins are written: `stages[1].rep_hours` is `stages.visit.rep_hours`."""
    node: Any = data
    said: list[Step] = []
    for step in steps(path):
        node = node[step] if isinstance(node, list) else node.get(step)  # type: ignore[index]
        said.append(node["id"] if isinstance(step, int) else step)
    return written(said)


def words(raw: Any) -> tuple[str, str]:
    """A text in both languages as its fields show it."""
    if isinstance(raw, dict):
        return raw.get("en", ""), raw.get("zh", "")
    return (raw or "", raw or "")


def names(data: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    """Every name that people read in the process, with its path."""
    for kind in _NAMED:
        for at, item in enumerate(data.get(kind) or []):
            path = f"{before}{kind}[{at}]"
            yield f"{path}.name", words(item["name"])
            yield from names(item, f"{path}.")


def filled(data: dict[str, Any]) -> dict[str, Any]:
    """The same where a name that stands in Chinese alone counts for both."""
    for path, (en, zh) in list(names(data)):
        if not en:
            data = put(data, steps(path), {"en": zh or "?", "zh": zh})
    return data


def number(said: str) -> float | None:
    """A number as people type it; 75 % is .75."""
    share = said.endswith("%")
    try:
        found = float(said.rstrip("% ").replace("−", "-"))
    except ValueError:
        return None
    if found != found or abs(found) == float("inf") or "_" in said:
        return None
    return (
        round(found / 100, 12)
        if share
        else int(found)
        if found.is_integer() and abs(found) < 2**53
        else found
    )


def part(raw: Any) -> Distribution | Delay:
    delay = Delay.model_validate(raw)
    return delay if isinstance(raw, dict) and raw.keys() & set(Delay.model_fields) else delay.advance


def middle(raw: Any) -> float:
    return median(Delay.model_validate(raw).advance)


def fresh(kind: str, items: list[Any]) -> str:
    """An id that no item of a list has."""
    stem = {"buyer_stages": "step", "stages": "stage", "activities": "activity"}.get(kind, kind)
    known, number = {item["id"] for item in items}, len(items) + 1
    while f"{stem}_{number}" in known:
        number += 1
    return f"{stem}_{number}"


def without_stage(node: Any, gone: str, path: tuple[Step, ...] = ()) -> Any:
    """Plain data in which no lever and no origin names a stage any more."""
    if isinstance(node, dict):
        named = path and path[-1] in ("hours_factor", "effect_logit", "deal_help_logit")
        origins = path == ("provenance",)
        return {
            key: without_stage(inner, gone, (*path, key))
            for key, inner in node.items()
            if not (named and key == gone) and not (origins and within(key, f"stages.{gone}"))
        }
    if isinstance(node, list) and path and path[-1] == "stages" and path != ("stages",):
        return [name for name in node if name != gone]
    return node


def without_buyers(scenario: Scenario, base: Scenario) -> Scenario:
    """A company with the buyer's steps of another, which no run reads: so both may differ in the rest alone."""
    buyers = {stage.id: stage.buyer_stage for stage in base.stages}
    stages = tuple(s.model_copy(update={"buyer_stage": buyers.get(s.id)}) for s in scenario.stages)
    return scenario.model_copy(update={"buyer_stages": base.buyer_stages, "stages": stages})
