"""Lag between the sale and the customer: by hand on a few deals, and in simulated companies."""

from __future__ import annotations

import numpy as np
import pytest
from logs import make_log
from worlds import company, stage

from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.study.alignment import aligned_share, alignment, gates


def test_f02_lag_by_hand():
    """Deal 0 is in step, deal 1 goes on without its customer, deal 2 falls back, deal 3 waits for us."""
    log = make_log(
        (100,) * 5,
        [
            (1, 0, "created", None), (1, 0, "entered", "design"),
            (2, 0, "ready", "design"), (3, 0, "advanced", "design"),
            (3, 0, "entered", "offer"), (4, 0, "lost", ("offer", "price")),
            (10, 1, "created", None), (10, 1, "entered", "design"),
            (11, 1, "advanced", "design"), (11, 1, "entered", "offer"),
            (12, 1, "advanced", "offer"), (12, 1, "entered", "contract"), (13, 1, "ready", "design"),
            (150, 1, "won", "contract"),
            (20, 2, "created", None), (20, 2, "entered", "design"),
            (21, 2, "ready", "design"), (21, 2, "advanced", "design"),
            (21, 2, "entered", "offer"), (22, 2, "ready", "offer"),
            (22, 2, "regressed", "offer"), (22, 2, "entered", "design"),
            (30, 3, "created", None), (30, 3, "entered", "design"),
            (31, 3, "ready", "design"), (32, 3, "ready", "offer"),
            (40, 3, "no_decision", ("design", "no_decision")),
            (50, 4, "created", None), (50, 4, "entered", "design"),
        ],
    )  # fmt: skip
    told = alignment(log)
    lags = {
        at: [(row.event, row.stage, row.buyer_stage, row.lag) for row in mine.itertuples()]
        for at, mine in enumerate(mine for _, mine in told.groupby("opportunity", sort=False))
    }
    assert lags[0] == [("entered", 0, 0, 0), ("ready", 0, 1, -1), ("entered", 1, 1, 0), ("lost", 1, 1, 0)]
    assert lags[1] == [
        ("entered", 0, 0, 0), ("entered", 1, 0, 1), ("entered", 2, 0, 2), ("ready", 0, 1, -1), ("won", 3, 1, 2),
    ]  # fmt: skip
    assert lags[2][-1] == ("entered", 0, 0, 0)
    assert lags[3][-1] == ("no_decision", 0, 2, -2)
    passed = gates(log)
    told = [(row.day, row.stage, row.outcome, row.passed, row.lag) for row in passed.itertuples()]
    assert told == [
        (3, 0, "advanced", True, 0), (4, 1, "lost", False, 1), (11, 0, "advanced", True, 1),
        (12, 1, "advanced", True, 2), (150, 2, "won", True, 2), (21, 0, "advanced", True, 0),
        (22, 1, "regressed", False, 0), (40, 0, "no_decision", False, -1),
    ]  # fmt: skip
    # of the one deal won in days 100 to 200: lags 1, 2 and 2
    assert aligned_share(log).tolist() == [pytest.approx(1 / 3)]


def test_f02_the_wins_of_the_default_company_are_in_step_at_nine_of_ten_gates_or_more():
    log = simulate(load("industrial_8x8"), 1, 10).log
    assert (aligned_share(log) >= 0.9).all()
    told = alignment(log)
    assert (
        len(told)
        == ((log.deals.stage >= 0) & (log.deals.view != 2)).sum()
        - np.isin(log.deals.event[log.deals.view != 2], [3, 4]).sum()
    )


def ahead(logit: float):
    quick = [stage(name, hours=0, days=20, advance=0.8) for name in "abcdef"]
    world = company(*quick, weekly_deals=40, days=300, policies={"wait_for_buyer": False},
                    behaviour={"ahead_logit": logit})  # fmt: skip
    return gates(simulate(world, 1, 3).log)


def test_f02_who_is_ahead_of_the_customer_by_two_or_more_passes_less():
    plain, punished = ahead(0.0), ahead(-0.4)
    for found, effect in ((plain, 0.0), (punished, -0.4)):
        for lag, mine in found.groupby("lag"):
            chance = 1 / (1 + np.exp(-(np.log(4) + effect * max(0, lag - 1))))
            n = len(mine)
            assert abs(mine["passed"].mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / n), (lag, effect)
    assert {2, 3, 4} <= set(punished["lag"])
    far = [found.loc[found["lag"] >= 2, "passed"].mean() for found in (plain, punished)]
    assert far[1] < far[0] - 0.1
