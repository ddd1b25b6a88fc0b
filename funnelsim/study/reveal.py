"""The reveal: what the report shows open, and what of it is true; every deal and every unit of money counted once."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from funnelsim.history.log import REPORT, TRUTH, EventLog
from funnelsim.scenario.part import THIRDS
from funnelsim.study.snapshot import as_of

KINDS = ("as_shown", "too_far", "too_low", "dead", "hidden")
"""Alive where the report shows it; alive but not as far; alive and further; gone; alive and not in the report."""


def reveal(
    log: EventLog, day: float | date | None = None, weights: tuple[float, float, float] = (0.25, 0.50, 0.75)
) -> pd.DataFrame:
    """Deals that are open in the report, in truth, or in both on a day, by what the report gets wrong of them.

    day      as in `as_of`; the end of the log where none is given
    weights  of the upper, middle and lower third

    One row a replication, third and kind (`KINDS`); the third is that of the stage the report shows, for hidden
    deals that of the stage they are in. Columns: replication, third, kind, deals, amount, shown (weighted amount as
    the report has it) and true (weighted amount as it is). Without `hidden` the deals and amounts sum to the
    report's open ones; without `dead` to those that are open in truth.
    """
    moment: float | date = log.horizon if day is None else day
    key = ["replication", "opportunity"]
    views = [as_of(log, moment, view)[[*key, "state", "stage", "amount"]] for view in (REPORT, TRUTH)]
    open_ = [view[view["state"] == "open"].drop(columns="state") for view in views]
    both = open_[0].merge(open_[1], "outer", key, suffixes=("_shown", "_true"))
    places = {name: at for at, name in enumerate(log.names.stages)}
    shown, true = (
        both[f"stage_{view}"].map(places).fillna(-1).astype(int).to_numpy() for view in ("shown", "true")
    )
    thirds = np.array([*(log.names.thirds or (0,) * len(places)), -1])
    weight = np.array([*weights, 0.0])
    amount = [both[f"amount_{view}"].fillna(0).astype(np.int64).to_numpy() for view in ("shown", "true")]
    kind = np.select([true < 0, shown < 0, shown > true, shown < true], [3, 4, 1, 2], 0)  # positions in KINDS
    third = thirds[np.where(shown >= 0, shown, true)]
    table = pd.DataFrame({
        "replication": both["replication"].to_numpy(),
        "third": third,
        "kind": kind,
        "deals": 1,
        "amount": np.where(shown >= 0, amount[0], amount[1]),
        "shown": amount[0] * weight[thirds[shown]],
        "true": amount[1] * weight[thirds[true]],
    })  # fmt: skip
    runs = range(log.first_replication, log.first_replication + log.replications)
    every = pd.MultiIndex.from_product(
        [runs, range(3), range(len(KINDS))], names=["replication", "third", "kind"]
    )
    sums = table.groupby(["replication", "third", "kind"]).sum().reindex(every, fill_value=0).reset_index()
    sums["third"] = np.array(THIRDS, dtype=object)[sums["third"]]
    sums["kind"] = np.array(KINDS, dtype=object)[sums["kind"]]
    return sums
