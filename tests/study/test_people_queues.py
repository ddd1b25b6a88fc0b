"""Reps beside each other, and the lines in front of roles."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.engine.run import simulate
from funnelsim.fit.groups import fit_groups
from funnelsim.history.reader import History
from funnelsim.scenario.files import applied, load
from funnelsim.study.metrics import measure
from funnelsim.study.people import reps
from funnelsim.study.queues import queues
from funnelsim.study.snapshot import as_of


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 2, 4).log


def test_raw_shares_are_those_of_the_report_and_all_are_drawn_towards_the_team(log):
    table = reps(log, 1)
    now = as_of(log.replication(1), log.horizon, 2)
    for row in table.itertuples():
        mine = now[now["owner"] == row.name]
        assert row.won == (mine["state"] == "won").sum()
        assert row.closed == (mine["state"] != "open").sum()
        assert row.low <= row.share <= row.high
        assert row.p_above == pytest.approx(1 - row.p_below)
    team = table.attrs["team"]
    raw, share = (np.abs(table[c] - team) for c in ("raw", "share"))
    assert share.sum() < raw.sum()
    assert table["share"].is_monotonic_decreasing


def test_the_verdicts_are_those_of_a_fit_where_only_reps_are_asked_about(log):
    history = History.of(log)
    whole = {m.name: m for m in fit_groups(history)["owner"].members}
    for row in reps(history).itertuples():
        assert row.share == whole[row.name].share
        assert row.verdict in ("above", "below", "no_difference")
        if row.verdict != "no_difference":
            assert max(row.p_above, row.p_below) >= 0.9


def test_a_rep_who_wins_far_more_is_named():
    many = {"demand.units.*.weekly_deals": "=*3", "team.reps.*.weekly_hours": "=*3"}
    better = applied(load("industrial_8x8"), many | {"team.reps.rep_jiangsu.skill_logit": "=1.5"})
    table = reps(simulate(better, 5, 1).log)
    assert table["name"].iloc[0] == "rep_jiangsu"
    assert table["verdict"].iloc[0] == "above"
    assert table["p_above"].iloc[0] >= 0.9
    assert table.attrs["verdict"] == "differs"


def test_nobody_is_compared_where_no_deal_has_been_won():
    early = simulate(applied(load("tiny"), {"stages.*.delay_days.advance": "=9000"}), 1, 1).log
    table = reps(early)
    assert not len(table)
    assert table.attrs["verdict"] == "unknown"


def test_the_whole_period_is_what_the_metrics_say(log):
    table = queues({"as is": log})
    told = measure(log, names=["pool_wait_days.<pool>", "utilisation.<pool>"])
    whole = table[table["month"] == ""].set_index("pool")
    for pool, row in whole.iterrows():
        assert row["wait"] == pytest.approx(np.nanmean(told[f"pool_wait_days.{pool}"]))
        assert row["busy"] == pytest.approx(told[f"utilisation.{pool}"].mean())
    assert sorted(set(table["month"])) == ["", *(f"2026-{m:02}" for m in range(1, 13))]
    first, second, lead = table.attrs["first"]["as is"]
    assert whole.loc[first, "wait"] == whole["wait"].max()
    assert lead[0] == pytest.approx(whole.loc[first, "wait"] - whole.loc[second, "wait"])


def test_a_company_without_roles_has_no_lines():
    table = queues(simulate(load("solo_selling"), 1, 2).log)
    assert not len(table)
    assert table.attrs["first"] == {}
