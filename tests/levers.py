"""The ten standard levers of the experiments: all plain settings of industrial_8x8."""

from __future__ import annotations

from funnelsim.scenario.files import load
from funnelsim.scenario.model import Scenario

CHANGES = {
    "stage-5 hours -30 %": {"stages[4].rep_hours": "=*0.7"},
    "odds +.15 at stages 4-8": {"stages[3:8].effect_logit": "=+0.15"},
    "odds +.15 everywhere": {"stages.*.effect_logit": "=+0.15"},
    "odds +.25 at stages 4-8": {"stages[3:8].effect_logit": "=+0.25"},
    "leads +20 %": {"demand.units.*.weekly_deals": "=*1.2"},
    "hours +20 %": {"team.reps.*.weekly_hours": "=*1.2"},
    "stage-2 odds +.4": {"stages[1].effect_logit": "=+0.4"},
    "stage-7 odds +.4": {"stages[6].effect_logit": "=+0.4"},
    "early first": {"policies.priority": "early_first"},
}


def standard_levers() -> dict[str, Scenario]:
    """The base and the company under each lever."""
    base = load("industrial_8x8")
    levers = {name: base.replace_all(changes) for name, changes in CHANGES.items()}
    return {"base": base, **levers, "one more rep": load("industrial_9_reps")}
