"""What a visit's luck is made of: one column for each number that is pushed through a quantile function.

Gates, days and hours of a customer lie side by side, so an engine finds all that belongs to an
opportunity in one place, and every engine reads the same numbers. What is only compared with a share
(does it stall, for which reason is it lost) stays a uniform, looked up by name when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import numpy as np

from funnelsim.engine.arrays import Work
from funnelsim.scenario.distributions import Distribution

LOGIT, EXPONENTIAL = "logit", "exponential"


@dataclass(frozen=True)
class Column:
    """One number of luck a customer and visit: the uniform of a name, pushed through, times a factor."""

    luck: str
    through: Distribution | str
    factor: float = 1.0


@dataclass(frozen=True)
class Layout:
    """Where in a row of luck each number stands. P periods, S stages."""

    columns: tuple[Column, ...]
    gate: np.ndarray  # (S,) logits: the deal advances when they lie below its effects
    discovery: np.ndarray  # (S,) unit exponentials; -1 where no end stays unnoticed
    delay: np.ndarray  # (P, S, 4) days, by what the visit ends in
    hours: np.ndarray  # by position in Tables.work
    revive: np.ndarray  # (P, S) days; -1 where nothing comes back

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """A number for each column, the same wherever the same column stands."""
        return tuple(_IDS.setdefault(column, next(_NEXT)) for column in self.columns)


_IDS: dict[Column, int] = {}
_NEXT = count()


@dataclass
class _Places:
    columns: dict[Column, int] = field(default_factory=dict)

    def of(self, luck: str, through: Distribution | str, factor: float = 1.0) -> int:
        column = Column(luck, through, factor)
        return self.columns.setdefault(column, len(self.columns))


def layout_of(stages, delays, work: Work, dies_silently: bool, revive_days) -> Layout:
    """The columns of a company.

    delays        distribution by [period][stage][outcome]
    revive_days   distribution by period; empty where nothing comes back
    """
    places = _Places()
    hours = np.full(work.pool.size, -1)
    gate, discovery, delay, revive = [], [], [], []
    for at, stage in enumerate(stages):  # what a visit asks for stands together
        gate.append(places.of(f"gate.{stage}", LOGIT))
        delay.append([[places.of(f"delay.{stage}", part) for part in period[at]] for period in delays])
        for first in work.first:
            for task in range(first[at], first[at + 1]):
                hours[task] = places.of(work.luck[task], work.hours[task], float(work.share[task]))
        discovery.append(places.of(f"discovery.{stage}", EXPONENTIAL) if dies_silently else -1)
        revive.append([places.of(f"revive_days.{stage}", days) for days in revive_days] or [-1] * len(delays))
    return Layout(
        tuple(places.columns), np.array(gate), np.array(discovery),
        np.ascontiguousarray(np.swapaxes(np.array(delay), 0, 1)), hours, np.array(revive).T.copy(),
    )  # fmt: skip
