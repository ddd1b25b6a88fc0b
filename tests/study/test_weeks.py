"""A log week by week: what stands open is what the metrics say, and no deal is lost between two weeks."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.engine.run import simulate
from funnelsim.history.log import REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.metrics import measure
from funnelsim.study.weeks import bookings_by_month, moments, pipeline_by_week, standing, week_by_week


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 2, 3).log


@pytest.mark.parametrize("view", [TRUTH, REPORT])
def test_what_stands_open_is_what_the_metrics_say(log, view):
    deals, amount = standing(log, view)
    for at in (0, 20, len(moments(log)) - 1):
        told = measure(log, view, measured=(0.0, moments(log)[at]), names=["open_deals", "open_amount"])
        assert deals[at].sum(axis=1).tolist() == told["open_deals"].tolist()
        assert amount[at].sum(axis=1).tolist() == told["open_amount"].tolist()


def test_the_pipeline_has_means_spread_and_the_paired_gap(log):
    table = pipeline_by_week(log)
    shown, true = standing(log, REPORT)[1].sum(axis=2), standing(log, TRUTH)[1].sum(axis=2)
    money = table[table["what"] == "amount"]
    assert np.allclose(money["shown"], shown.mean(axis=1))
    assert np.allclose(money["true_p90"], np.quantile(true, 0.9, axis=1))
    assert np.allclose(money["gap"], (shown - true).mean(axis=1))
    half = 4.302653 * (shown - true).std(axis=1, ddof=1) / np.sqrt(3)  # t of two degrees of freedom
    assert np.allclose(money["gap_high"] - money["gap"], half, rtol=1e-5)
    assert table.attrs["known"]
    single = pipeline_by_week(log.replication(1))
    assert single[["shown_p10", "gap_low"]].isna().all(axis=None)


def test_months_sum_to_the_bookings(log):
    table = bookings_by_month({"as is": log})
    assert table["month"].tolist() == [f"2026-{m:02}" for m in range(1, 13)]
    assert table["mean"].sum() == pytest.approx(measure(log, names=["bookings"])["bookings"].mean())


@pytest.mark.parametrize("view", [TRUTH, REPORT])
def test_a_deal_that_is_open_is_open_a_week_later_or_has_ended(log, view):
    table = week_by_week(log, 1, view)
    stages = table.attrs["stages"]
    open_ = {w: set(part.loc[part["place"].isin(stages), "opportunity"]) for w, part in table.groupby("week")}
    there = {w: set(part["opportunity"]) for w, part in table.groupby("week")}
    weeks = range(len(table.attrs["weeks"]))
    for week in weeks[1:]:
        assert open_[week - 1] <= there[week]
    deals = standing(log, view)[0][:, 1].sum(axis=1)
    assert [len(open_[week]) for week in weeks] == deals.tolist()
    assert not table.duplicated(["week", "opportunity"]).any()
    assert set(table["place"]) > set(stages)
