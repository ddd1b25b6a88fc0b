"""The metrics of deciding on five deals, by hand."""

import dataclasses

import numpy as np
import pytest
from logs import FIVE_AMOUNTS, FIVE_DEALS, five_deals, make_log

from funnelsim.history.log import Spending
from funnelsim.study.deciding import channels
from funnelsim.study.metrics import METRICS, measure

NAMES = ("rep_share.<third>", "incentive_cost", "channel_cost", "booking_cost.<source>")


def work(begin, end, deal, stage, person, activity):
    return [(begin, deal, "task_queued", stage, person, 0, activity),
            (begin, deal, "task_started", stage, person, 0, activity),
            (end, deal, "task_ended", stage, person, 0, activity)]  # fmt: skip


TASKS = sorted(
    [*work(98.0, 102.0, 2, "design", "bert", "design.call"), *work(110.0, 113.0, 0, "offer", "bert", "offer.visit"),
     *work(112.0, 113.0, 0, "offer", "presales-1", "offer.presales"),
     *work(120.0, 121.0, 2, "design", "anna", "touch")],
    key=lambda task: task[0],
)  # fmt: skip


def test_each_metric_is_there_with_its_formula():
    for name in NAMES:
        assert len(METRICS[name].formula) > 40


def test_who_does_the_work_of_a_third():
    """Two days of Bert in the upper third; three of his and one of presales in the middle; a touch is no stage's."""
    told = measure(make_log(FIVE_AMOUNTS, FIVE_DEALS, TASKS), names=["rep_share.<third>"])
    assert told["rep_share.upper"].tolist() == [1.0]
    assert told["rep_share.middle"].tolist() == [pytest.approx(0.75)]
    assert np.isnan(told["rep_share.lower"]).all()


def test_what_rewards_and_channels_cost():
    """From 100 to 200: deals 0, 2, 3 and 4 pass four stages by advancing and two by winning, 1,500 and 8,000; two of
    each kind after day 150. Created: 3 and 4, of the second source and of the first."""
    log = five_deals()
    free = measure(log, names=NAMES)
    assert free["incentive_cost"].tolist() == free["channel_cost"].tolist() == [0]
    log = dataclasses.replace(
        log,
        spending=(
            Spending(0.0, 10.0, 0.0, (("web", 100.0), ("fair", 200.0))),
            Spending(150.0, 1.0, 0.1, (("fair", 200.0), ("web", 7.0))),
        ),
    )  # fmt: skip
    told = measure(log, names=NAMES)
    early, late = 2, 4  # 110, 120; 150 (won), 165, 175 (won), 190
    assert told["incentive_cost"].tolist() == [10 * early + late + 150 + 800]
    assert told["channel_cost"].tolist() == [200 + 7]
    assert told["booking_cost.web"].tolist() == [pytest.approx(7 / 1500 * 10_000)]
    assert told["booking_cost.fair"].tolist() == [pytest.approx(200 / 8000 * 10_000)]
    table = channels(log)
    assert table["cost"].tolist() == [7, 200]
    assert table["bookings"].tolist() == [1500, 8000]
    assert table["dominated"].tolist() == [False, False]  # the cheaper one brings less with each deal
