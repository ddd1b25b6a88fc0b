"""Days in stages: medians with intervals that cover, and open deals by age that are all of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from funnelsim.engine.run import simulate
from funnelsim.history.log import REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.columns import Columns
from funnelsim.study.dwell import _quarters, dwell_by_age, dwell_by_quarter, median_interval
from funnelsim.study.metrics import measure


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 2, 3).log


def test_the_interval_of_a_median_covers_in_95_of_100():
    rng = np.random.default_rng(1)
    for n in (6, 15, 60):
        told = [median_interval(rng.exponential(1.0, n)) for _ in range(4000)]
        covered = np.mean([low <= np.log(2) <= high for _, low, high in told])
        assert covered > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 4000)
        assert covered < 0.985
    assert np.isnan(median_interval(np.arange(5.0))[1])
    assert np.isnan(median_interval(np.zeros(0))[0])


def test_quarters_are_those_of_the_calendar_cut_to_the_period():
    found = _quarters(date(2025, 11, 15), 10.0, 120.0)
    assert [name for name, _, _ in found] == ["2025-Q4", "2026-Q1"]
    assert found[0][1:] == (10.0, 47.0)
    assert found[1][1:] == (47.0, 120.0)
    assert len(_quarters(date(2020, 1, 1), 0.0, 3000.0)) == 8


def test_a_cell_is_the_median_of_the_visits_that_ended_in_the_quarter(log):
    table = dwell_by_quarter(log).set_index(["stage", "when"])
    v = Columns(log, TRUTH).visits
    begin = log.measured[0]
    mine = (v.stage == 2) & (v.left >= begin + 90) & (v.left < begin + 181)
    medians = [np.median((v.left - v.entered)[mine & (v.replication == k)]) for k in range(3)]
    cell = table.loc[("proposal", "2026-Q2")]
    assert cell["days"] == pytest.approx(np.mean(medians))
    assert cell["visits"] == pytest.approx(mine.sum() / 3)
    one = dwell_by_quarter(log.replication(1)).set_index(["stage", "when"]).loc[("proposal", "2026-Q2")]
    assert one["days"] == pytest.approx(medians[1])
    assert one["low"] <= one["days"] <= one["high"]


@pytest.mark.parametrize("view", [TRUTH, REPORT])
def test_ages_hold_every_open_deal_once(log, view):
    table = dwell_by_age(log, view=view)
    told = measure(log, view, names=["open_deals"])["open_deals"].mean()
    assert table["deals"].sum() == pytest.approx(told)
    assert len(table) == 8 * 5
