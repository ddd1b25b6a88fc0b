"""Wins that nobody had registered: who is paid, who is trusted.

The rule of the industrial-marketing article: the commission is paid in full, and who hides a large deal is
neither promoted nor trusted with a key role.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnelsim.engine.rules import commission
from funnelsim.history.log import EventLog
from funnelsim.history.table import opportunity_ids
from funnelsim.scenario.model import Scenario
from funnelsim.study.columns import CREATED, Columns


def never_registered(log: EventLog, commission_share: float) -> pd.DataFrame:
    """The wins of a whole log that the report first shows when they are won, in the order of the days.

    One row each: replication, id, rep, day (days since `start`), amount (currency units) and payout (cents):
    the commission of `engine.rules`, the same as for any other win.
    """
    report = Columns(log).report
    life, wins = report.life, _wins(report)
    shown = np.full(report.deals, -np.inf)
    births = life.event == CREATED
    shown[life.deal[births]] = life.time[births]
    at = np.flatnonzero((shown[wins.deal] == wins.time) & (log.opportunities.created[wins.deal] < wins.time))
    ids, owner = opportunity_ids(log), report.owners_at(np.inf)
    deal, amount = wins.deal[at], wins.amount[at].tolist()
    found = pd.DataFrame({
        "replication": log.opportunities.replication[deal], "id": [ids[k] for k in deal.tolist()],
        "rep": [log.names.people[k] for k in owner[deal].tolist()], "day": wins.time[at], "amount": amount,
        "payout": np.array([commission(money, commission_share) for money in amount], np.int64),
    })  # fmt: skip
    return found.sort_values(["replication", "day"], kind="stable", ignore_index=True)


def trust(log: EventLog, scenario: Scenario) -> pd.DataFrame:
    """What each rep won, is paid for it, and whether he may be promoted, over a whole log.

    One row a replication and rep: wins, surprises (wins nobody had registered), amount (currency units),
    payout (cents) and promotable: not after a surprise, where `policies.surprise.rule` is on.
    """
    share = scenario.policies.commission_share
    report = Columns(log).report
    wins, owner = _wins(report), report.owners_at(np.inf)
    reps = report.staff[0]
    who = owner[wins.deal].astype(np.int64) + wins.replication * reps
    paid = np.array([commission(money, share) for money in wins.amount.tolist()], np.int64)
    hidden = never_registered(log, share)
    size, names = log.replications * reps, log.names.people[:reps]
    surprised = np.zeros(size, np.int64)
    place = hidden["rep"].map({name: k for k, name in enumerate(names)}).to_numpy(np.int64)
    np.add.at(surprised, (hidden["replication"].to_numpy(np.int64) - log.first_replication) * reps + place, 1)
    amount, payout = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(amount, who, wins.amount)
    np.add.at(payout, who, paid)
    counts = scenario.policies.surprise.rule == "on"
    return pd.DataFrame({
        "replication": np.repeat(np.arange(log.replications) + log.first_replication, reps),
        "rep": np.tile(np.array(names, object), log.replications),
        "wins": np.bincount(who, minlength=size), "surprises": surprised, "amount": amount, "payout": payout,
        "promotable": (surprised == 0) | (not counts),
    })  # fmt: skip


def _wins(report: Columns):
    """All wins of a log, whatever period it measures."""
    whole = Columns(report.log, report.view, measured=(-np.inf, np.inf))
    return whole.wins
