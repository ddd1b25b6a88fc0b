"""What people call the time that a company measures: a year, a quarter, a month, or so many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from funnelsim.labels import text
from funnelsim.scenario.model import Scenario

MONTH = 365.25 / 12  # days
_NEAR = 0.05
"""Months by which a number of days may miss a whole number of them and still be called so."""


@dataclass(frozen=True)
class Period:
    """A length of time as people name it.

    kind   `year`, `half`, `quarter`, `month`, or where there is no word for it `years`, `months`, `days`
    n      how many
    """

    kind: str
    n: int = 1

    @classmethod
    def of(cls, scenario: Scenario) -> Period:
        """The time that a scenario measures.

        >>> from funnelsim.scenario import files
        >>> Period.of(files.load("tiny")), Period.of(files.load("observed_only"))
        (Period(kind='quarter', n=1), Period(kind='years', n=3))
        """
        if (kind := scenario.measure.period) != "period":
            return cls(kind)
        days = (scenario.measure.to - scenario.measure.from_).days + 1
        months = round(days / MONTH)
        if not months or abs(days / MONTH - months) > max(_NEAR * months, _NEAR * 2):
            return cls("days", days)
        return cls("months", months) if months % 12 else cls("years", months // 12)

    def say(self, part: str, lang: str, **facts: Any) -> str:
        """`one` a year, `first` first year, `end` the end of the year, `runs` so many simulated years."""
        return text(f"module.period.{self.kind}.{part}", lang, n=self.n, **facts)

    def facts(self) -> dict[str, Any]:
        """`one`, `first` and `end` for the words of a question: name -> function of the language."""
        return {part: lambda lang, part=part: self.say(part, lang) for part in ("one", "first", "end")}
