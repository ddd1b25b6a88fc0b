"""A change that people take up little by little: a staircase of dated changes along a curve of adoption."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from math import log
from typing import Any

from pydantic import BaseModel

from funnelsim.errors import ScenarioError
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import values_at

STEP_WEEKS = 4
ALL_OF_IT = 0.99
"""From this share on a change counts as taken up."""
_NEUTRAL = {"hours_factor": 1.0}
"""What a number that is not written stands for, where that is not 0."""


def adopted(weeks: float, half_weeks: float = 13.0, ninety_weeks: float = 26.0) -> float:
    """Share of a change that people have taken up so many weeks after it was announced: 1 - 2^-(t / half)^k.

    half_weeks     when half of it is taken up
    ninety_weeks   when nine tenths are; says k

    A Weibull curve: nothing on the first day, slow at first, and never quite all of it.

    >>> [round(adopted(weeks), 2) for weeks in (0, 4, 13, 26, 52)]
    [0.0, 0.09, 0.5, 0.9, 1.0]
    """
    if not 0 < half_weeks < ninety_weeks:
        raise ScenarioError.of("adopt", "adoption_weeks", half=half_weeks, ninety=ninety_weeks)
    shape = log(log(10) / log(2)) / log(ninety_weeks / half_weeks)
    return 1 - 0.5 ** ((max(weeks, 0.0) / half_weeks) ** shape)


def adopt(
    scenario: Scenario, changes: Mapping[str, Any], date: dt.date | str, half_weeks: float = 13.0,
    ninety_weeks: float = 26.0,
) -> Scenario:  # fmt: skip
    """The company that changes from a date on, little by little: every four weeks another step of the way.

    changes   path -> value, or a change such as "=*1.2": numbers, or parts and mappings of numbers
    date      first day of the first step
    half_weeks, ninety_weeks   when people have taken up half and nine tenths of it

    A step has the share that the curve has in its middle. The steps are `interventions` like any others, each with the
    values that then hold, so a change of the same numbers on a later date stands until the next step.

    >>> from funnelsim.scenario.files import load
    >>> slow = adopt(load("tiny"), {"policies.process_strength": 1}, "2026-01-01")
    >>> [round(step.set["policies.process_strength"], 2) for _, step in slow.dated]
    [0.03, 0.17, 0.36, 0.55]
    """
    from funnelsim.scenario.files import applied, as_of_day, plain

    first = dt.date.fromisoformat(date) if isinstance(date, str) else date
    before = as_of_day(scenario, first)
    after = applied(before, dict(changes))
    ways = {
        path: (_plain(old), _plain(new))
        for key in changes
        for (path, old), (_, new) in zip(values_at(before, key), values_at(after, key), strict=True)
    }
    steps = [plain(one) for one in scenario.interventions]
    for day, share in _stairs(first, scenario.measure.to, half_weeks, ninety_weeks):
        found = {path: _between(old, new, share, path) for path, (old, new) in ways.items()}
        steps.append({"date": day.isoformat(), "set": found})
    return scenario.replace("interventions", steps)


def _stairs(
    first: dt.date, last: dt.date, half_weeks: float, ninety_weeks: float
) -> Iterator[tuple[dt.date, float]]:
    """Days and shares of the steps, up to the last day or the whole change."""
    weeks, share = 0, 0.0
    while share < 1.0 and first + dt.timedelta(weeks=weeks) <= last:
        share = adopted(weeks + STEP_WEEKS / 2, half_weeks, ninety_weeks)
        share = share if share < ALL_OF_IT else 1.0
        yield first + dt.timedelta(weeks=weeks), share
        weeks += STEP_WEEKS


def _plain(value: Any) -> Any:
    from funnelsim.scenario.files import plain

    return plain(value, defaults=True) if isinstance(value, BaseModel) else value


def _between(old: Any, new: Any, share: float, path: str) -> Any:
    """A share of the way from one value to another."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        mine, other = ({**dict.fromkeys(b, _unwritten(path)), **a} for a, b in ((old, new), (new, old)))
        return {key: _between(mine[key], other[key], share, f"{path}.{key}") for key in mine}
    if share == 1.0 or old == new:
        return new
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in (old, new)):
        raise ScenarioError.of("adopt", "adoption_number", path, old=old, new=new)
    return old + (new - old) * share


def _unwritten(path: str) -> float:
    return _NEUTRAL.get(path.rpartition(".")[2], 0.0)
