"""Boards say what the lists say: sums by third with the intervals of their means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funnelsim.engine.run import simulate
from funnelsim.history.log import REPORT, Rows
from funnelsim.scenario.files import load
from funnelsim.scenario.part import THIRDS
from funnelsim.study.boards import reveal_sums, stall_board
from funnelsim.study.intervals import POSITIVE, interval
from funnelsim.study.reveal import reveal
from funnelsim.study.stalled import stalled
from funnelsim.study.weeks import pipeline_by_week


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 2, 4).log


def test_the_board_of_one_year_and_the_sums_of_all(log):
    board, whole = stall_board(log, replication=2), stalled(log)
    assert board["opportunity"].tolist() == whole.loc[whole["replication"] == 2, "opportunity"].tolist()
    sums = {}
    for third in THIRDS:
        part = whole[whole["third"] == third].groupby("replication")["weighted"].sum()
        sums[third] = part.reindex(range(4), fill_value=0.0).to_numpy()
        said = board.attrs["thirds"][third]
        assert (said["weighted"], said["low"], said["high"]) == pytest.approx(interval(sums[third], POSITIVE))
        assert said["deals"] == (whole["third"] == third).sum() / 4
    order = sorted(THIRDS, key=lambda third: -sums[third].mean())
    assert board.attrs["first"] == order[0]
    assert board.attrs["lead"] == pytest.approx(interval(sums[order[0]] - sums[order[1]]))
    assert board.attrs["day"] == "2026-12-31"


def test_one_log_has_no_interval_and_a_patient_manager_no_list(log):
    one = stall_board(log.replication(3))
    assert np.isnan(one.attrs["lead"][1])
    assert len(one)
    assert not len(stall_board(log, factor=1e6))


def test_the_reveal_sums_to_report_and_truth(log):
    sums, each = reveal_sums(log), reveal(log)
    total = sums.attrs["total"]
    for view in ("shown", "true"):
        per = each.groupby("replication")[view].sum().to_numpy()
        assert total["all"][view] == pytest.approx(interval(per))
        assert sums[view].sum() == pytest.approx(per.mean())
        assert sum(total[t][view][0] for t in THIRDS) == pytest.approx(per.mean())
    gap = each.groupby("replication")["shown"].sum() - each.groupby("replication")["true"].sum()
    assert total["all"]["gap"] == pytest.approx(interval(gap.to_numpy()))
    assert sums.attrs["known"]


def test_of_an_imported_record_nobody_knows_the_truth(log):
    deals = log.replication(0).view(REPORT).deals
    record = replace(
        log.replication(0), deals=replace(deals, view=np.zeros_like(deals.view)), tasks=Rows.empty(),
        hours_available=np.zeros((1, 0, 1)),
    )  # fmt: skip
    assert not reveal_sums(record).attrs["known"]
    assert not pipeline_by_week(record).attrs["known"]
