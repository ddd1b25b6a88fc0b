"""Intervals of means stay within what a number can be, and hold the true mean as often as the plain ones."""

from __future__ import annotations

import numpy as np
import pytest
import worlds

from funnelsim.engine.run import simulate
from funnelsim.study.boards import reveal_sums, stall_board
from funnelsim.study.dwell import dwell_by_age, dwell_by_quarter
from funnelsim.study.experiment import trial
from funnelsim.study.intervals import ANY, POSITIVE, SHARE, interval
from funnelsim.study.metrics import METRICS, about, summary
from funnelsim.study.queues import queues


@pytest.fixture(scope="module")
def small():
    """Few deals and a desk that is seldom busy, three times: plain intervals reach below 0."""
    pool = ({"id": "desk", "name": "desk", "people": 1, "weekly_hours": 7.0},)
    stage = worlds.stage(hours=2, days=40, advance=0.5, specialists=[{"pool": "desk", "hours": 3}])
    return worlds.company(stage, weekly_deals=0.1, days=182, pools=pool)


def test_the_cut_loses_no_true_mean():
    rng = np.random.default_rng(1)
    hits = [0, 0]
    for _ in range(2000):
        values = rng.exponential(1.0, 3)
        for at, reach in enumerate((ANY, POSITIVE)):
            _, low, high = interval(values, reach)
            hits[at] += low <= 1.0 <= high
    assert hits[0] == hits[1] > 1700


def test_an_end_is_never_cut_below_what_was_seen():
    _, low, high = interval(np.array([-1.0, 1.2]), SHARE)
    assert low == -1.0
    assert high == 1.2
    mean, low, high = interval(np.array([0.9, 1.0, 1.0]), SHARE)
    assert low < mean < high == 1.0


def test_no_metric_has_an_interval_beyond_what_it_can_be(small):
    found = summary(trial({"small": small}, 3, 1).metrics["small"])
    cut = 0
    for name, told in found.items():
        if told["low"] is not None:
            least, most = about(name).reach
            assert least <= told["low"] <= told["mean"] <= told["high"] <= most, name
            cut += told["low"] == least and told["mean"] > least
    assert cut > 3, "nothing here would have gone below 0"


def test_what_can_be_negative_or_more_than_all_is_named():
    wide = {
        name for name, one in METRICS.items() if one.reach != (SHARE if one.unit == "share" else POSITIVE)
    }
    assert wide == {"gap", "territory_cv", "wape", "attainment"}


def test_tables_of_logs_have_none_below_zero(small):
    log = simulate(small, 1, 3).log
    lines, ages, quarters = queues(log), dwell_by_age(log), dwell_by_quarter(log)
    ends = [lines["wait_low"], lines["busy_low"], ages["low"], quarters["low"]]
    ends += [reveal_sums(log)[f"{c}_low"] for c in ("deals", "shown", "true")]
    ends += [
        np.array([part[c] for part in stall_board(log).attrs["thirds"].values()])
        for c in ("low", "deals_low")
    ]
    for column in ends:
        assert not (np.asarray(column, float) < 0).any()
    assert (lines["busy_high"].dropna() <= 1).all()
