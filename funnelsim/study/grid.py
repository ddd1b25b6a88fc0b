"""A full grid of variations of a company: every value of every path with every value of all others.

All that is wrong with a grid is said at once, and before anything is simulated.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from funnelsim.errors import Fault, FunnelError, ScenarioError
from funnelsim.scenario import checks
from funnelsim.scenario.files import applied, values_at
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import Change, parse_change

MOST_OPTIONS, MOST_RUNS = 5_000, 1_000_000
MOST_FAULTS = 20
LEAP_DAYS = 2  # periods this close are compared as equally long

Given = Mapping[str, Iterable[Any]] | Iterable[tuple[str, Iterable[Any]]]
"""Path -> values as users write them."""
Vary = dict[str, tuple[Any, ...]]
"""Path -> its values: plain ones, or changes as text, such as "=*1.2"."""


@dataclass(frozen=True)
class Option:
    """One point of a grid."""

    name: str
    values: dict[str, Any]
    """Path -> value, as in `Vary`."""
    scenario: Scenario


def read(vary: Given) -> tuple[Vary, list[Fault]]:
    """A grid in its one form, and what is wrong with it so far. A text is read as on the command line: `*1.2`
    is a factor, `+0.15` and `-0.15` are steps, anything else is the value; what is no text is the value.

    >>> read({"team.reps.*.weekly_hours": [14, "*1.20", "=-0.5"]})
    ({'team.reps.*.weekly_hours': (14, '=*1.2', '=-0.5')}, [])
    """
    faults: list[Fault] = []
    found: Vary = {}
    for path, given in vary.items() if isinstance(vary, Mapping) else vary:
        values = [given] if isinstance(given, str) or not isinstance(given, Iterable) else [*given]
        kept: list[Any] = []
        for value in values:
            try:
                one = _normal(value)
            except FunnelError as error:
                faults += [Fault(f"{path}={value}", fault.code, fault.facts) for fault in error.faults]
                continue
            if any(one == other and type(one) is type(other) for other in kept):
                faults.append(Fault(path, "sweep_twice", {"value": written(one)}))
            kept.append(one)
        if not values:
            faults.append(Fault(path, "sweep_empty"))
        if path in found:
            faults.append(Fault(path, "sweep_path_twice"))
        found[path] = (*found.get(path, ()), *kept)
    if not found:
        faults.append(Fault("", "sweep_nothing"))
    return found, faults


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        if not value.strip(" ="):
            raise ScenarioError.of("sweep", "sweep_empty")
        value = value if value.startswith("=") else f"={value.strip()}"
    one = parse_change(value)
    if isinstance(one, Change):
        return f"=*{one.by:.12g}" if one.kind == "factor" else f"={one.by:+.12g}"
    return int(one) if isinstance(one, float) and one.is_integer() and abs(one) < 2**53 else one


def written(value: Any) -> str:
    """A value of a grid as a user writes it.

    >>> written("=*1.2"), written(14)
    ('*1.2', '14')
    """
    return value.removeprefix("=") if isinstance(value, str) else str(value)


def options(
    scenario: Scenario, vary: Vary, replications: int = 1, faults: Sequence[Fault] = ()
) -> list[Option]:
    """All points of a grid, the last path turning fastest.

    faults   what was found to be wrong with it before

    ScenarioError with all that is wrong with it: too large, paths that are not there, values that cannot be,
    combinations that do not fit together, periods that cannot be compared.
    """
    count = math.prod(len(values) for values in vary.values())
    if count > MOST_OPTIONS or count * replications > MOST_RUNS:
        facts: dict[str, Any] = {
            "count": count,
            "runs": count * replications,
            "most": MOST_OPTIONS,
            "most_runs": MOST_RUNS,
        }
        raise ScenarioError.of("sweep", "sweep_too_large", **facts)
    faults = [*faults] + [
        Fault(f"{path}={written(value)}", fault.code, fault.facts)
        for path, values in vary.items()
        for value in values
        for fault in _faults_of(scenario, {path: value})
    ]
    if faults:
        raise ScenarioError("sweep", _few(faults))
    found = [
        _option(scenario, dict(zip(vary, values, strict=True)), faults)
        for values in itertools.product(*vary.values())
    ]
    if faults:
        raise ScenarioError("sweep", _few(faults))
    return found


def _faults_of(scenario: Scenario, values: dict[str, Any]) -> Sequence[Fault]:
    """What is wrong with a value where it shall stand; how it fits the others is looked at later."""
    try:
        applied(scenario, values)
    except ScenarioError as error:
        return error.faults
    return ()


def _option(base: Scenario, values: dict[str, Any], faults: list[Fault]) -> Option:
    name = ", ".join(f"{path}={written(value)}" for path, value in values.items())
    try:
        scenario = applied(base, values)
        wrong = checks.faults(scenario)
        days, base_days = ((one.measure.to - one.measure.from_).days + 1 for one in (scenario, base))
        if not wrong and abs(days - base_days) > LEAP_DAYS:
            wrong = [Fault("measure", "periods_differ", {"days": days, "base_days": base_days})]
        if not wrong and scenario.currency != base.currency:
            wrong = [
                Fault("currency", "currency_differs", {"given": scenario.currency, "base": base.currency})
            ]
    except ScenarioError as error:
        scenario, wrong = base, [*error.faults]
    faults += [Fault(f"{name}: {fault.path}", fault.code, fault.facts) for fault in wrong]
    return Option(name, values, scenario)


def _few(faults: list[Fault]) -> list[Fault]:
    """Each fault once, and not more than a person reads."""
    once = list(
        {(fault.path.partition("=")[0], fault.message): fault for fault in reversed(faults)}.values()
    )[::-1]
    more = len(once) - MOST_FAULTS
    return [*once[:MOST_FAULTS], Fault("", "many_more", {"count": more})] if more > 0 else once


def column(found: Sequence[Option], path: str) -> list[Any]:
    """What stands at a varied path in each option: the number, where it is one number in every option, else
    the value as it was written."""
    there = [[value for _, value in values_at(option.scenario, path)] for option in found]
    if all(_is_number(values) and len(set(values)) == 1 for values in there):
        return [values[0] for values in there]
    return [written(option.values[path]) for option in found]


def _is_number(values: list[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
