"""What comes of interactions: by hand on a few deals, and that it tells something of the win."""

from __future__ import annotations

import numpy as np
import pytest
from logs import make_log

from funnelsim.engine.run import simulate
from funnelsim.history.log import CODE, ENDS, REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.interactions import OUTCOMES, going_nowhere, interactions, progress_share


def by_hand():
    """Five deals. 0: advance, continuation, order. 1: four continuations, still open. 2: no sale, told late. 3: broken
    off, then none. 4: two moves after one call."""
    deals = [(1, n, "created", None) for n in range(5)] + [(1, n, "entered", "design") for n in range(5)] + [
        (110, 0, "advanced", "design"), (110, 0, "entered", "offer"), (140, 0, "won", "offer"),
        (150, 2, "died", None, 0, "truth"), (150, 2, "lost", ("design", "price"), 0, "truth"),
        (190, 2, "lost", ("design", "price"), 0, "report"),
        (160, 4, "advanced", "design"), (160, 4, "entered", "offer"), (170, 4, "lost", ("offer", "price")),
    ]  # fmt: skip
    deals.sort(key=lambda row: row[0])
    tasks = [
        *((day, 0, "task_ended", "design", "anna", 0, "design.call") for day in (110, 120, 130)),
        *((day, 1, "task_ended", "design", "bert", 0, "touch") for day in (105, 115, 125, 135)),
        (140, 2, "task_ended", "design", "anna", 0, "touch"), (170, 2, "task_ended", "design", "anna", 0, "touch"),
        (150, 3, "task_ended", "design", "bert", 0, "touch", "interrupted"), (155, 4, "task_ended", "design", "anna"),
        (156, None, "task_ended", None, "anna"),
    ]  # fmt: skip
    tasks.sort(key=lambda row: row[0])
    return make_log((100,) * 5, deals, tasks)


def told(log, view=TRUTH):
    found = {}
    for row in interactions(log, view).itertuples():
        found.setdefault(row.opportunity, []).append((row.day, row.outcome, row.in_a_row))
    return list(found.values())


def test_f06_outcomes_by_hand():
    log = by_hand()
    first, second, third, last = told(log)
    assert first == [(110, "advance", 0), (120, "continuation", 1), (130, "order", 0)]
    assert second == [(105 + 10 * k, "continuation", k + 1) for k in range(4)]
    assert third == [(140, "no_sale", 0), (170, "continuation", 1)]  # the dead are called on
    assert last == [(155, "no_sale", 0)]  # the last thing that came of it
    assert told(log, REPORT)[2] == [(140, "continuation", 1), (170, "no_sale", 0)]
    assert len(interactions(log)) == 10
    assert progress_share(log).tolist() == [pytest.approx(2 / 10)]
    flagged = going_nowhere(log)
    assert flagged["in_a_row"].tolist() == [4]
    assert going_nowhere(log, most=5).empty


def test_f06_outcomes_sum_to_the_interactions_and_go_with_the_win():
    log = simulate(load("industrial_8x8"), 1, 10).log
    found = interactions(log)
    tasks = log.tasks
    ended = (tasks.event == CODE["task_ended"]) & (tasks.opportunity >= 0) & (tasks.reason < 0)
    counts = found["outcome"].value_counts()
    assert set(counts.index) == set(OUTCOMES)
    assert counts.sum() == len(found) == ended.sum()
    # of deals that have ended: their advances an interaction, and whether they were won
    wins = log.deals.where((log.deals.event == CODE["won"]) & (log.deals.view != REPORT))
    over = log.deals.where(np.isin(log.deals.event, ENDS) & (log.deals.view != REPORT))
    assert len(over) > 2000
    each = found.assign(on=found["outcome"] == "advance").groupby(["replication", "opportunity"])["on"].mean()
    from funnelsim.history.table import opportunity_ids, opportunity_index

    ids = opportunity_ids(log)

    def keys(rows):
        return list(zip(rows.replication.tolist(), ids[opportunity_index(log, rows)].tolist(), strict=True))

    won = set(keys(wins))
    there = [key for key in keys(over) if key in each.index]
    assert len(there) > 2000
    rho = np.corrcoef(each.loc[there], [key in won for key in there])[0, 1]
    assert rho >= 0.2, rho
