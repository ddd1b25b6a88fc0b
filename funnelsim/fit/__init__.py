"""A history into the numbers of a scenario: `fit(history)`.

`durations`, `gammas` (families), `mixture` (competing outcomes), `incidence` (Aalen-Johansen), `choose`,
`timers`, `goodness`, `jumps`, `outcomes` and `stages`; `paths`, `arrivals`, `values`, `groups`; `propose`,
which makes the scenario, and `uncertainty`, which draws others that the record allows as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from funnelsim.fit.arrivals import ArrivalFit, fit_arrivals
from funnelsim.fit.effects import Effect, effects_of
from funnelsim.fit.groups import Group, fit_groups
from funnelsim.fit.paths import Paths, fit_paths
from funnelsim.fit.propose import propose
from funnelsim.fit.stages import StageFit, check_ends, fit_stage
from funnelsim.fit.uncertainty import drawn
from funnelsim.fit.values import ValueFit, fit_values
from funnelsim.history.log import EventLog
from funnelsim.history.reader import History
from funnelsim.scenario.model import Scenario


@dataclass(frozen=True)
class Fit:
    """What was learned from a history, and the scenario made of it."""

    history: History
    stages: tuple[StageFit, ...]
    arrivals: ArrivalFit
    values: ValueFit | None
    scenario: Scenario
    paths: Paths = field(repr=False, kw_only=True)
    groups: dict[str, Group] = field(repr=False, kw_only=True)
    effects: dict[str, dict[str, Effect]] = field(repr=False, kw_only=True)
    base: Scenario | None = field(repr=False, kw_only=True, default=None)

    def draw(self, n: int, seed: int = 1) -> list[Scenario]:
        """n scenarios that the record allows as well, equally likely: what is not known of the parameters.

        `study.ignorance.split` simulates them and tells this ignorance from luck.
        """
        return drawn(self, n, seed)

    def json(self) -> dict[str, Any]:
        """The fit as plain data, as `funnelsim fit --json` prints it (contract.md 1)."""
        from funnelsim.fit.said import as_dict

        return as_dict(self)

    def lines(self) -> list[str]:
        """The fit in words: what was read, what each stage does, and what a record cannot tell."""
        from funnelsim.fit.said import lines

        return lines(self)


def fit(
    history: History | EventLog,
    base: Scenario | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fit:
    """Everything a history can tell, as a scenario with the provenance of every number.

    base       a scenario with the same stages: hours, specialists, pools and policies come from it
    progress   called with (parts learned, parts in all); what it raises ends the work
    """
    if isinstance(history, EventLog):
        history = History.of(history)
    check_ends(history)
    done, total = 0, len(history.log.names.stages) + 5

    def learned(part: Any) -> Any:
        nonlocal done
        done += 1
        progress(done, total)
        return part

    stages = tuple(learned(fit_stage(history, number)) for number in range(len(history.log.names.stages)))
    arrivals, values, paths = (learned(of(history)) for of in (fit_arrivals, fit_values, fit_paths))
    groups = learned(fit_groups(history))
    effects = effects_of(stages, groups)
    scenario = learned(propose(history, stages, arrivals, values, base, paths, effects))
    return Fit(
        history, stages, arrivals, values, scenario, paths=paths, groups=groups, effects=effects, base=base
    )


__all__ = ["ArrivalFit", "Fit", "Group", "StageFit", "ValueFit", "fit"]


class _Door(ModuleType):
    """Python puts a subpackage where the front door has the function: `fs.fit` is both."""

    def __call__(self, *given: Any, **named: Any) -> Fit:
        return fit(*given, **named)


sys.modules[__name__].__class__ = _Door
