"""The list of deals that stand too long in one place."""

from __future__ import annotations

from datetime import date

import pytest
from logs import make_log

from funnelsim.engine.run import simulate
from funnelsim.history.log import REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.snapshot import as_of
from funnelsim.study.stalled import stalled, usual_days

USUAL = {"design": 20.0, "offer": 10.0, "contract": 30.0}


def by_hand():
    """On day 100: deal 0 is 60 days in design, 1 is 21 in offer, 2 is 20 in offer, 3 is won, 4 is 90 in contract and
    shown in offer since day 10."""
    return make_log(
        (4000, 1000, 9000, 5000, 1500),
        [
            (5, 4, "created", None), (5, 4, "entered", "design"), (10, 4, "entered", "contract", 0, "truth"),
            (10, 4, "entered", "offer", 0, "report"), (20, 3, "created", None), (20, 3, "entered", "design"),
            (40, 0, "created", None), (40, 0, "entered", "design"),
            (50, 1, "created", None), (50, 1, "entered", "design"),
            (60, 2, "created", None), (60, 2, "entered", "design"),
            (79, 1, "advanced", "design"), (79, 1, "entered", "offer"),
            (80, 2, "advanced", "design"), (80, 2, "entered", "offer"), (90, 3, "won", "design"),
        ],
        measured=(50.0, 100.0),
    )  # fmt: skip


def test_v02_by_hand():
    found = stalled(by_hand(), 100.0, USUAL)
    told = found[["amount", "stage", "third", "weighted", "stage_days", "limit_days"]].values.tolist()
    assert told == [
        [4000, "design", "upper", 1000.0, 60.0, 40.0], [1500, "offer", "middle", 750.0, 90.0, 20.0],
        [1000, "offer", "middle", 500.0, 21.0, 20.0],
    ]  # fmt: skip
    truth = stalled(by_hand(), 100.0, USUAL, view=TRUTH)
    assert truth["weighted"].tolist() == [1125.0, 1000.0, 500.0]
    assert stalled(by_hand(), 100.0, USUAL, factor=5)["stage"].tolist() == ["offer"]
    assert stalled(by_hand(), date(2026, 3, 5), USUAL)["amount"].tolist() == [5000, 1500]


def test_v02_usual_days_are_the_medians_of_visits_that_have_ended():
    days = usual_days(by_hand(), 100.0)
    assert days["design"] == pytest.approx(24.5)  # of 5, 20, 29 and 70 days
    assert usual_days(load("industrial_8x8"))["design"] == 21.0


def test_v02_every_deal_past_its_limit_stands_there_once_by_weighted_value():
    scenario = load("industrial_8x8")
    log = simulate(scenario, 1, 3).log
    day, usual = 700.0, usual_days(scenario)
    found = stalled(log, day, usual)
    pipeline = as_of(log, day, REPORT)
    late = pipeline[
        (pipeline["state"] == "open") & (pipeline["stage_days"] > 2 * pipeline["stage"].map(usual))
    ]
    keys = list(zip(found["replication"], found["opportunity"], strict=True))
    assert len(set(keys)) == len(keys) > 30
    assert set(keys) == set(zip(late["replication"], late["opportunity"], strict=True))
    assert found["weighted"].is_monotonic_decreasing
    assert (found["stage_days"] > found["limit_days"]).all()
