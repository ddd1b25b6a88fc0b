"""Two lessons with two sides: specialists who are too few, and reps who look for customers too often."""

from __future__ import annotations

from funnelsim.scenario.files import load
from funnelsim.scenario.model import Scenario
from funnelsim.study.compare import Difference, differences
from funnelsim.study.experiment import trial

ENGINEERS = (1, 2, 3)
EVERY_DAYS = (14, 24, 35)
HOURS, LEADS = {"team.reps.*.weekly_hours": "=*1.2"}, {"demand.units.*.weekly_deals": "=*1.2"}


def team(engineers: int, weekly_hours: float = 10) -> Scenario:
    """The default company with so many presales engineers."""
    pool = {"team.pools.presales.people": engineers, "team.pools.presales.weekly_hours": weekly_hours}
    return load("industrial_8x8").replace_all(pool)


def team_selling(replications: int, weekly_hours: float = 10) -> dict[int, dict[str, Difference]]:
    """By number of presales engineers: what team selling changes, against reps who sell alone."""
    plans = {"alone": load("solo_selling")} | {str(n): team(n, weekly_hours) for n in ENGINEERS}
    found = differences(trial(plans, replications, 1, engine="compiled"), "alone").others
    return {n: found[str(n)] for n in ENGINEERS}


def prospecting(replications: int) -> dict[int, dict[str, dict[str, Difference]]]:
    """By days between two blocks of prospecting: what a fifth more hours change, and a fifth more leads."""
    told = {}
    for days in EVERY_DAYS:
        base = load("industrial_8x8").replace("policies.prospecting.every_days", days)
        plans = {"base": base, "hours": base.replace_all(HOURS), "leads": base.replace_all(LEADS)}
        told[days] = differences(trial(plans, replications, 1, engine="compiled"), "base").others
    return told
