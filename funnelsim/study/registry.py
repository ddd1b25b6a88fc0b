"""What a metric is, and the list of them all; `formulas` fills it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from funnelsim.study.columns import Columns
from funnelsim.study.intervals import POSITIVE, SHARE

HIGHER, LOWER, NEITHER = 1, -1, 0


@dataclass(frozen=True)
class Metric:
    """A metric: what it is called, its unit, and whether more is better (1), worse (-1) or neither (0)."""

    name: str
    unit: str
    better: int
    measure: Callable[[Columns], Any]
    reach: tuple[float, float] = POSITIVE
    """The least and the most that it can be."""
    of_work: bool = False
    """Whether it is read from the task rows too."""

    @property
    def formula(self) -> str:
        """How it is computed, in words."""
        return inspect.getdoc(self.measure) or ""


METRICS: dict[str, Metric] = {}
"""Every metric, by name; families by their pattern, with <stage>, <pool> or <reason> in it."""


def metric(
    name: str, unit: str, better: int, of_work: bool = False, reach: tuple[float, float] | None = None
) -> Callable[[Callable], Callable]:
    """Register a function as a metric; `of_work` when it reads task rows, `reach` where a share can be more than 1 or
    another number less than 0."""
    within = reach or (SHARE if unit == "share" else POSITIVE)

    def register(function: Callable) -> Callable:
        METRICS[name] = Metric(name, unit, better, function, within, of_work)
        return function

    return register
