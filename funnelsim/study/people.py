"""Reps beside each other: who wins more or less than the team, drawn towards the team the more the fewer the deals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnelsim.fit.deals import OTHER, WON, deals_of, winning
from funnelsim.fit.groups import compare, members_of
from funnelsim.history.log import EventLog
from funnelsim.history.reader import History
from funnelsim.study.arrays import share


def reps(source: EventLog | History, replication: int | None = None, by: str = "owner") -> pd.DataFrame:
    """Share won of each rep's decided deals, with shrinkage: the model, prior and two locks of `fit.groups`, which see.

    source        a history, or a log: then the report of one replication, as if it were the record
    replication   its number; the first where none is given
    by            `owner`, or another way to divide the deals

    Columns: name, deals (open ones included), closed, won, raw (won / closed), share (posterior mean), low, high (95 %
    credible interval), p_above and p_below (posterior chance to lie above and below all the others together), verdict
    (`above`, `below`, `no_difference`); largest share first. `attrs`: team (the team's share), p_value (of such
    differences if there were none), verdict (`differs`, `no_difference`, `unknown`).
    """
    if isinstance(source, EventLog):
        source = History.of(
            source.replication(source.first_replication if replication is None else replication)
        )
    head = ["name", "deals", "closed", "won", "raw", "share", "low", "high", "p_above", "p_below", "verdict"]
    deals = deals_of(source)
    found, times = members_of(source, deals, by), winning(deals)
    if found is None or times is None:
        nobody = pd.DataFrame(columns=head)
        nobody.attrs |= {"team": np.nan, "p_value": 1.0, "verdict": "unknown", "by": by}
        return nobody
    codes, names = found
    group = compare(by, deals, times, codes, names)
    here = codes >= 0
    won, other = (
        np.bincount(codes[here & (deals.outcome == outcome)], minlength=len(names))
        for outcome in (WON, OTHER)
    )
    raw = share(won, won + other)
    rows = [
        (m.name, m.n, int(won[k] + other[k]), int(won[k]), float(raw[k]), m.share,
         m.low, m.high, 1 - m.p_below, m.p_below, m.verdict)
        for k, m in enumerate(group.members)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=head).sort_values(
        "share", ascending=False, kind="stable", ignore_index=True
    )
    table.attrs |= {"team": group.team, "p_value": group.p_value, "verdict": group.verdict, "by": by}
    return table
