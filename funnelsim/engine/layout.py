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
    gate = [places.of(f"gate.{stage}", LOGIT) for stage in stages]
    delay = [
        [
            [places.of(f"delay.{stage}", part) for part in parts]
            for stage, parts in zip(stages, period, strict=True)
        ]
        for period in delays
    ]
    hours = [
        places.of(name, through, share)
        for name, through, share in zip(work.luck, work.hours, work.share.tolist(), strict=True)
    ]
    discovery = [places.of(f"discovery.{stage}", EXPONENTIAL) if dies_silently else -1 for stage in stages]
    revive = [[places.of(f"revive_days.{stage}", days) for stage in stages] for days in revive_days]
    return Layout(
        tuple(places.columns), np.array(gate), np.array(discovery), np.array(delay), np.array(hours, int),
        np.array(revive or [[-1] * len(stages)] * len(delays)),
    )  # fmt: skip
