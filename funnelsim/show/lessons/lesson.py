"""What a panel of predictions asks, and what a module must tell it: `Number`, `Ranking`, `Lesson`."""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from funnelsim.errors import RunError
from funnelsim.labels import has, text
from funnelsim.labels import numbers as write
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.lessons.period import Period
from funnelsim.show.tables import HORIZONS, Differences
from funnelsim.study.compare import Difference
from funnelsim.study.lessons.measured import Measured, Order
from funnelsim.study.live import Check

_PLAIN = re.compile(r"[+-]?(\d{1,3}([, ]\d{3})+|\d+)?(\.\d+)?(?<=\d) ?%?", re.ASCII)
"""A number as people write it: thousands may be grouped; 1,5 and 1 2 could mean anything."""


@dataclass(frozen=True)
class Question:
    """One question of a module; its words stand in the catalogue under `module.<module>.<id>`."""

    module: str
    id: str
    facts: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """What fills the places of its words; functions are called with the language."""

    def _said(self, part: str, lang: str, **more: Any) -> str:
        facts = {name: fact(lang) if callable(fact) else fact for name, fact in self.facts.items()}
        return text(f"module.{self.module}.{self.id}.{part}", lang, **facts, **more)

    def ask(self, lang: str) -> str:
        """The question."""
        return self._said("ask", lang)

    def name(self, lang: str) -> str:
        """What is asked for, in a few words."""
        return self._said("name", lang)


@dataclass(frozen=True)
class Number(Question):
    """A number within limits that nobody sensible leaves, in a unit of `prediction.unit`."""

    low: float
    high: float
    unit: str = "deals"
    digits: int = 0
    is_change: bool = field(default=False, kw_only=True)
    """Whether 0 means that nothing changes, so that an interval with 0 in it is a tie."""

    def say(self, value: float, lang: str) -> str:
        """A value with its unit."""
        return text(
            f"prediction.unit.{self.unit}", lang, value=write.number(value, self.digits, self.is_change)
        )

    def apart(self, one: float, other: float, lang: str) -> str:
        """How far two values lie apart; percents in points."""
        unit = "points" if self.unit == "percent" else self.unit
        return text(f"prediction.unit.{unit}", lang, value=write.number(abs(one - other), self.digits))

    def unit_name(self, lang: str) -> str:
        """The unit alone."""
        if has(known := f"prediction.unit_name.{self.unit}"):
            return text(known, lang)
        return text(f"prediction.unit.{self.unit}", lang, value="").strip()

    def read(self, typed: str, lang: str) -> float:
        """What was typed as a number; RunError in words when it is none, or beyond the limits."""
        if not typed.strip():
            ends = {"low": write.number(self.low, 0), "high": write.number(self.high, 0)}
            raise RunError.of(self.name(lang), "prediction_empty", name=self.name(lang), **ends)
        plain = unicodedata.normalize("NFKC", typed).replace("−", "-").strip()
        value = float(re.sub("[ ,%]", "", plain)) if _PLAIN.fullmatch(plain) else math.nan
        if not self.low <= value <= self.high:
            facts = {
                "name": self.name(lang),
                "given": typed.strip(),
                "low": write.number(self.low, 0),
                "high": write.number(self.high, 0),
            }
            raise RunError.of(self.name(lang), "prediction_number", **facts)
        return value


@dataclass(frozen=True)
class Ranking(Question):
    """Options to be put in order, the best first."""

    options: tuple[str, ...]

    def option(self, id: str, lang: str) -> str:
        """What people call an option."""
        return self._said(f"option.{id}", lang)

    def read(self, chosen: Sequence[str | None], lang: str) -> tuple[str, ...]:
        """The chosen places as a ranking; RunError in words where one is empty or an option stands twice."""
        if any(not one for one in chosen):
            raise RunError.of(self.name(lang), "prediction_places", count=len(self.options))
        twice = [one for one in self.options if list(chosen).count(one) > 1]
        if twice:
            raise RunError.of(self.name(lang), "prediction_twice", option=self.option(twice[0], lang))
        return tuple(str(one) for one in chosen)


class Lesson(Protocol):
    """What a module brings to its panel."""

    period: Period

    @property
    def questions(self) -> Sequence[Number | Ranking]: ...

    def find(self, progress: Callable[[int, int], None], check: Check) -> Any:
        """Measure: one function of the study; the same again is at hand."""

    def measured(self, found: Any) -> Mapping[str, Measured | Order]:
        """Question -> what was measured."""

    def sentences(self, found: Any, lang: str) -> list[str]:
        """What was found, chosen by what was measured."""

    def drawings(self, found: Any, lang: str) -> list[Drawing]:
        """Figures beside those of the predictions."""

    def table(self, found: Any, lang: str) -> pd.DataFrame:
        """The numbers."""


def assumed(lesson: Lesson, lang: str) -> list[str]:
    """What a module assumes of a company that lacks what it is about; to be known before anybody predicts."""
    before: Callable[[str], list[str]] = getattr(lesson, "before", lambda lang: [])
    return before(lang)


class Once:
    """Something that is measured once, whoever asks for it, and is at hand from then on."""

    def __init__(self, study: Callable[[Callable[[int, int], None], Check], Any]):
        self._study, self._kept, self._alone = study, None, threading.Lock()

    def __call__(self, progress: Callable[[int, int], None], check: Check) -> Any:
        with self._alone:
            if self._kept is None:
                self._kept = self._study(progress, check)
            return self._kept


def differences(
    rows: Mapping[str, tuple[Difference, Difference]], base: str, currency: str, period: str = "year"
) -> Differences:
    """Effects on bookings as `figures.difference` takes them: name -> (first year, long run)."""
    columns = ("mean", "low", "high", "relative", "p_better", "verdict")
    told = [
        (name, horizon, *(getattr(one, column) for column in columns))
        for name, both in rows.items()
        for horizon, one in zip(HORIZONS, both, strict=True)
    ]
    table = pd.DataFrame(told, columns=["scenario", "horizon", *columns])
    return Differences("bookings", "currency", base, currency, table, period=period)


def share(found: Measured, lang: str) -> str:
    """A share with its interval, in percent."""
    return number(Measured(*(100 * end for end in (found.mean, found.low, found.high))), "percent", 1, lang)


def number(found: Measured, unit: str, digits: int, lang: str) -> str:
    """A measured number of a unit of `prediction.unit`, with its interval."""
    mean = text(f"prediction.unit.{unit}", lang, value=write.number(found.mean, digits))
    if not math.isfinite(found.low):
        return mean
    low, high = (write.number(end, digits) for end in (found.low, found.high))
    return text("prediction.said.interval", lang, mean=mean, low=low, high=high)
