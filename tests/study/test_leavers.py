"""What is counted of reps who leave, and what their leaving costs, part by part."""

from dataclasses import replace

import numpy as np
import pytest
from logs import FIVE_AMOUNTS, make_log, rows
from logs import five_deals as five_deals_log

from funnelsim.history.log import BOTH, CODE, NONE, Rows
from funnelsim.scenario.files import load
from funnelsim.study.loss_split import PARTS, loss_split
from funnelsim.study.metrics import measure


def with_people(log, *story):
    """The log with (day, event, rep) rows of people, in order."""
    more = rows(
        [(0, NONE, day, CODE[event], NONE, rep, NONE, NONE, NONE, 0.0, BOTH) for day, event, rep in story]
    )
    deals = Rows.join([log.deals, more])
    return replace(log, deals=deals.where(np.argsort(deals.time, kind="stable")))


def test_leavers_and_empty_seats_by_hand():
    """Measured are days 100-200. Anna leaves on 93 and is followed on 107; Bert leaves on 172 and by nobody."""
    log = with_people(five_deals_log(), (93.0, "left", 0), (107.0, "hired", 0), (172.0, "left", 1))
    found = measure(log, names=["leavers", "vacant_weeks"])
    assert found["leavers"].tolist() == [1]
    assert found["vacant_weeks"].tolist() == [(7 + 28) / 7]
    again = with_people(
        five_deals_log(), (110.0, "left", 1), (110.0, "hired", 1), (120.0, "left", 1), (127.0, "hired", 1)
    )
    found = measure(again, names=["leavers", "vacant_weeks"])
    assert (found["leavers"].tolist(), found["vacant_weeks"].tolist()) == ([2], [1.0])
    nobody = measure(
        five_deals_log(), names=["leavers", "vacant_weeks", "handover_hours", "weighted_lost_with_rep"]
    )
    assert all(values.tolist() == [0] for values in nobody.values())


def test_the_weighted_pipeline_that_goes_with_reps_by_hand():
    """2,000 in the upper third and 8,000 in the middle one; what went before the period does not count."""
    deals = [
        (10.0, 0, "created", None), (10.0, 0, "entered", "design"), (90.0, 0, "lost", ("design", "handover")),
        (20.0, 1, "created", None), (20.0, 1, "entered", "design"), (120.0, 1, "lost", ("design", "handover")),
        (30.0, 3, "created", None), (30.0, 3, "entered", "design"), (40.0, 3, "advanced", "design"),
        (40.0, 3, "entered", "offer"), (130.0, 3, "lost", ("offer", "handover")),
        (50.0, 4, "created", None), (50.0, 4, "entered", "design"), (140.0, 4, "lost", ("design", "price")),
    ]  # fmt: skip
    log = make_log(FIVE_AMOUNTS, sorted(deals, key=lambda row: row[0]))
    reasons = tuple("left_with_rep" if name == "handover" else name for name in log.names.reasons)
    log = replace(log, names=replace(log.names, reasons=reasons))
    found = measure(log, names=["weighted_lost_with_rep", "handover_loss"])
    assert found["weighted_lost_with_rep"].tolist() == [0.25 * 2000 + 0.5 * 8000]
    assert found["handover_loss"].tolist() == [10_000]


@pytest.fixture(scope="module")
def split():
    return loss_split(load("industrial_leavers"), 12, 3, engine="compiled")


def test_the_parts_of_a_loss_are_the_loss(split):
    assert tuple(split.parts) == PARTS
    assert np.array_equal(sum(split.parts.values()), split.total)
    assert split.total.mean() > 0
    found = split.differences()
    assert list(found) == [*PARTS, "total"]
    assert found["total"].mean == pytest.approx(-split.total.mean())
    assert found["total"].base_mean == pytest.approx(split.without.mean())


def test_what_cannot_be_lost_costs_nothing():
    """Nobody goes along, the seat is taken at once and at full speed: the parts that are left."""
    plan = load("industrial_leavers").replace_all({
        "behaviour.handover_loss": {"upper": 0, "middle": 0, "lower": 0}, "team.attrition.ramp_weeks": 0,
    })  # fmt: skip
    found = loss_split(plan, 6, 3, engine="compiled")
    assert not found.parts["customers"].any()
    assert not found.parts["ramp"].any()
    assert found.parts["vacancy"].any()
    stay = loss_split(plan.replace("team.attrition.yearly_rate", 0), 2, 3, engine="compiled")
    assert not stay.total.any()
