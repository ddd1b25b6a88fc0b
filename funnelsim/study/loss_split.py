"""What a leaver costs, and by what: the customers who go along, the slow months of who is new, the empty seat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.scenario.model import Scenario
from funnelsim.study.compare import Difference, difference
from funnelsim.study.experiment import trial
from funnelsim.study.registry import METRICS

PARTS = ("customers", "ramp", "vacancy", "hands")
_WITHOUT: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("customers", {"behaviour.handover_loss": {"upper": 0, "middle": 0, "lower": 0}}),
    ("ramp", {"team.attrition.ramp_weeks": 0}),
    ("vacancy", {"team.attrition.vacancy_weeks": 0}),
    ("hands", {"team.attrition.yearly_rate": 0}),
)


@dataclass(frozen=True)
class LossSplit:
    """What reps who leave by chance cost, replication by replication: worth without less worth with, of each part.

    `customers` that go along, the `ramp` of who is new, the `vacancy` between, and `hands`: what is left when nobody
    goes along and the seat is taken at once at full speed, that is the change of hands itself (broken-off work,
    another skill, hours of the protocol). Each is taken away after those before it, so they sum to the total
    exactly, and a part is what it costs beside those that come after it.
    """

    metric: str
    parts: dict[str, np.ndarray]
    total: np.ndarray
    without: np.ndarray
    """The metric where nobody leaves by chance."""

    def differences(self) -> dict[str, Difference]:
        """Each part and the total with a 95 % interval, as a change of the company in which nobody leaves."""
        better = METRICS[self.metric].better
        found = {**self.parts, "total": self.total}
        return {name: difference(self.without, self.without - lost, better) for name, lost in found.items()}


def loss_split(
    scenario: Scenario, replications: int = 200, seed: int = 1, metric: str = "bookings", **how: Any
) -> LossSplit:
    """Five companies under the same luck: as it is, then without one part of the loss after another.

    how   as for `trial`: engine, workers, store, …

    Who has drawn his notice leaves on the same day in all of them but for later occupants of a seat: where it is taken
    sooner, their time begins sooner. Changes on dates (`interventions`) of what is taken away stay as they are.
    """
    worlds, plan = {"as it is": scenario}, scenario
    for part, changes in _WITHOUT:
        plan = plan.replace_all(changes)
        worlds[part] = plan
    found = trial(worlds, replications, seed, **how).metrics
    values = [found[name][metric] for name in worlds]
    parts = {part: after - before for part, before, after in zip(PARTS, values, values[1:], strict=False)}
    return LossSplit(metric, parts, values[-1] - values[0], values[-1])
