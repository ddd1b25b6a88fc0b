"""Which deals stand too long in one place: the list that a manager asks about, the largest value at risk first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from funnelsim.history.log import NONE, REPORT, EventLog
from funnelsim.scenario.distributions import median
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import THIRDS
from funnelsim.study.columns import Columns
from funnelsim.study.snapshot import as_of

TOO_LONG = 2.0


def usual_days(source: EventLog | Scenario, day: float | None = None, view: int = REPORT) -> dict[str, float]:
    """Median days in each stage: of a scenario the customer's own for a deal that advances; of a log those of the
    visits that had ended by a day, nan of a stage without any."""
    if isinstance(source, Scenario):
        return {stage.id: median(stage.delay_days.advance) for stage in source.stages}
    v = Columns(source, view).visits
    ended = (v.outcome != NONE) & (v.left <= (source.horizon if day is None else day))
    days = v.left - v.entered
    return {
        name: float(np.median(days[mine])) if (mine := ended & (v.stage == at)).any() else np.nan
        for at, name in enumerate(source.names.stages)
    }


def stalled(
    log: EventLog,
    day: float | date | None = None,
    usual: Mapping[str, float] | None = None,
    factor: float = TOO_LONG,
    weights: tuple[float, float, float] = (0.25, 0.50, 0.75),
    view: int = REPORT,
) -> pd.DataFrame:
    """Every deal that has been in its stage for more than `factor` times what is usual, once, by weighted value.

    day      as in `as_of`; the end of the log where none is given
    usual    stage -> days, as of `usual_days`; of the log itself, up to that day, where none is given
    weights  of the upper, middle and lower third

    Columns: replication, opportunity, owner, stage, third, amount, weighted (amount x weight of the third), stage_days,
    limit_days (factor x usual). Sorted by weighted, largest first, then by opportunity.
    """
    moment: float | date = log.horizon if day is None else day
    until = float((moment - log.start).days + 1) if isinstance(moment, date) else moment
    usual = usual_days(log, until, view) if usual is None else usual
    table = as_of(log, moment, view)
    table = table[table["state"] == "open"]
    places = {name: at for at, name in enumerate(log.names.stages)}
    third = table["stage"].map(lambda name: log.names.thirds[places[name]] if log.names.thirds else 0)
    limit = table["stage"].map(usual).astype(float) * factor
    found = pd.DataFrame({
        "replication": table["replication"], "opportunity": table["opportunity"], "owner": table["owner"],
        "stage": table["stage"], "third": third.map(lambda at: THIRDS[at]), "amount": table["amount"],
        "weighted": table["amount"] * third.map(lambda at: weights[at]), "stage_days": table["stage_days"],
        "limit_days": limit,
    })  # fmt: skip
    found = found[found["stage_days"] > found["limit_days"]]
    return found.sort_values(
        ["weighted", "opportunity"], ascending=[False, True], kind="stable", ignore_index=True
    )
