"""Reminders to customers, counted by hand on the five deals of tests/logs.py. Measured are days 100 to 200."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from logs import living_deals, make_log

from funnelsim.history.log import REPORT
from funnelsim.study.metrics import measure


def sent(log, **how):
    numbers = measure(log, names=["care_reminders", "care_cost"], **how)
    return int(numbers["care_reminders"][0]), int(numbers["care_cost"][0])


def world(care):
    """Five deals: open from 0 on, 80 to 170, 90 to 120 and again from 150, hidden 60 to 190, surprise on 110."""
    log = make_log(
        (100,) * 5,
        [
            (0, 0, "created", None), (60, 3, "created", None, 0, "truth"), (80, 1, "created", None),
            (90, 2, "created", None), (110, 4, "created", None, 0, "report"), (110, 4, "won", "contract", 0, "report"),
            (120, 2, "lost", ("offer", "price")), (150, 2, "reopened", None), (170, 1, "won", "contract"),
            (190, 3, "lost", ("offer", "price"), 0, "truth"),
        ],
    )  # fmt: skip
    return replace(log, care=care)


def test_p14_reminders_are_counted_by_hand():
    # deal 0: days 120, 160 (and 40, 80 before); 1: 120, 160; 2: none by 120, then 190; 3 is hidden; 4 is a surprise
    assert sent(world(((0.0, 40.0, 5.0),))) == (5, 25)
    assert sent(world(((0.0, 40.0, 5.0),)), view=REPORT) == (5, 25)
    # on the last day of an open stretch none is sent: deal 1 is won on 170
    assert sent(world(((0.0, 90.0, 5.0),))) == (1, 5)


def test_p14_a_policy_from_a_date_on_counts_from_there():
    # until day 130 every 40: 0 and 1 on day 120; then every 20 at 7 each: 0 on 150, 170, 190; 1 on 150; 2 on 170, 190
    assert sent(world(((0.0, 40.0, 5.0), (130.0, 20.0, 7.0)))) == (8, 2 * 5 + 6 * 7)
    assert sent(world(((0.0, 40.0, 5.0), (130.0, np.inf, 7.0)))) == (2, 10)


def test_p14_where_nobody_cares_nothing_is_sent():
    assert sent(living_deals()) == (0, 0)
