"""A history into the numbers of a scenario: `fit(history)`.

`durations` (families), `mixture` (competing outcomes), `incidence` (Aalen-Johansen), `goodness`,
`stages`, `arrivals`, `values`, and `propose`, which makes the scenario.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from funnelsim.fit.arrivals import ArrivalFit, fit_arrivals
from funnelsim.fit.propose import propose
from funnelsim.fit.stages import StageFit, fit_stages
from funnelsim.fit.values import ValueFit, fit_values
from funnelsim.history.log import EventLog
from funnelsim.history.reader import History
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.model import Scenario


@dataclass(frozen=True)
class Fit:
    """What was learned from a history, and the scenario made of it."""

    history: History
    stages: tuple[StageFit, ...]
    arrivals: ArrivalFit
    values: ValueFit | None
    scenario: Scenario

    def json(self) -> dict[str, Any]:
        """The fit as plain data, as `funnelsim fit --json` prints it (contract.md 1)."""
        history = self.history
        entry = history.entry_day
        return {
            **history.quality.json(),
            "opportunities": len(history.log.opportunities),
            "format": history.format,
            "as_of": history.as_of.isoformat(),
            "entry_day": entry.isoformat() if entry else None,
            "stages": [stage.as_dict() for stage in self.stages],
            "arrivals": self.arrivals.as_dict(),
            "values": self.values.as_dict() if self.values else None,
            "groups": {},
        }

    def lines(self) -> list[str]:
        """The fit in words: what was read, what each stage does, and what a record cannot tell."""
        history, said = self.history, []
        facts: dict[str, Any] = {
            "deals": write.count(len(history.log.opportunities)),
            "rows": write.count(history.quality.rows),
            "name": history.name,
            "as_of": history.as_of,
        }
        said.append(text("fit.read", **facts))
        said += history.quality.lines()
        for stage in self.stages:
            found = stage.as_dict()["outcomes"].get("advance")
            if found is None:
                continue
            said.append(
                text(
                    "fit.outcome",
                    stage=stage.name,
                    share=write.percent(found["share"]),
                    low=write.percent(found["low"]),
                    high=write.percent(found["high"]),
                    naive=write.percent(found["naive_share"]),
                    days=write.count(found["median_days"]),
                )
            )
        said.append(text("fit.cannot"))
        return said


def fit(history: History | EventLog, base: Scenario | None = None) -> Fit:
    """Everything a history can tell, as a scenario with the provenance of every number.

    base   a scenario with the same stages: hours, specialists, pools and policies come from it
    """
    if isinstance(history, EventLog):
        history = History.of(history)
    stages = fit_stages(history)
    arrivals, values = fit_arrivals(history), fit_values(history)
    return Fit(history, stages, arrivals, values, propose(history, stages, arrivals, values, base))


__all__ = ["ArrivalFit", "Fit", "StageFit", "ValueFit", "fit"]


class _Door(ModuleType):
    """Python puts a subpackage where the front door has the function: `fs.fit` is both."""

    def __call__(self, *given: Any, **named: Any) -> Fit:
        return fit(*given, **named)


sys.modules[__name__].__class__ = _Door
