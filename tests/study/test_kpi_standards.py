"""The metrics of standards and seeing on five deals, by hand, and who is paid and trusted."""

import dataclasses

import numpy as np
import pytest
from logs import FIVE_AMOUNTS, living_deals, make_log
from worlds import company, stage

from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.study.metrics import METRICS, measure
from funnelsim.study.trust import never_registered, trust

NAMES = ("stage_error_share", "evidence_missing", "late_activities", "collisions", "collision_hours",
         "filing_hours", "reminders")  # fmt: skip

DEALS = [
    *((10.0 + n, n, "created", None, 0, "truth" if n == 2 else "both") for n in range(5)),
    (20.0, 0, "entered", "design", 0, "truth"), (20.0, 0, "entered", "offer", 0, "report"),
    (20.0, 1, "entered", "design"), (20.0, 2, "entered", "design", 0, "truth"), (20.0, 3, "entered", "design"),
    (20.0, 4, "entered", "contract", 0, "truth"), (20.0, 4, "entered", "offer", 0, "report"),
    (90.0, 1, "evidence_missing", ("design", "price")), (95.0, 0, "reminded", "design"),
    (110.0, 1, "evidence_missing", ("design", "price")), (117.0, 1, "evidence_missing", ("design", "price")),
    (120.0, 2, "collided", "design", 0, "truth"), (130.0, 0, "reminded", "design", 0, "truth"),
    (130.0, 0, "reminded", "offer", 0, "report"),
    (150.0, 3, "died", "design", 0, "truth"), (150.0, 3, "lost", ("design", "price"), 0, "truth"),
]  # fmt: skip
"""0 is shown too far, 4 too low, 1 where it is; 2 is hidden; 3 is dead and looks alive."""


def work(begin, end, deal, person, activity):
    return [(begin, deal, "task_queued", "design", person, 0, activity),
            (begin, deal, "task_started", "design", person, 0, activity),
            (end, deal, "task_ended", "design", person, 0, activity)]  # fmt: skip


TASKS = sorted(
    [*work(98.0, 102.0, 2, "bert", "collision"), *work(110.0, 111.0, 1, "bert", "registration"),
     *work(112.0, 114.0, 1, "anna", "files"), *work(115.0, 118.0, 1, "anna", "design.call")],
    key=lambda row: row[0],
)  # fmt: skip


def found(name, **how):
    return measure(make_log(FIVE_AMOUNTS, DEALS, TASKS), names=[name], **how)[name][0]


@pytest.mark.parametrize("name", NAMES)
def test_each_has_formula_unit_and_direction(name):
    assert len(METRICS[name].formula) > 30
    assert METRICS[name].better in (-1, 0, 1)


def test_kpi_stage_error_share():
    """Open in both views are 0, 1 and 4; 0 and 4 are shown elsewhere."""
    assert found("stage_error_share") == pytest.approx(2 / 3)


def test_kpi_evidence_missing_and_reminders_and_collisions():
    assert found("evidence_missing") == 2
    assert found("reminders") == 1
    assert found("collisions") == 1


def test_kpi_collision_and_filing_hours():
    """Eight hours a day: two days of the collision lie in the period, and three days of paper."""
    assert found("collision_hours") == 16
    assert found("filing_hours") == 24


def test_kpi_selling_share_counts_neither():
    """Anna and Bert have 1,600 hours; the call took three days."""
    assert found("selling_share") == pytest.approx(24 / 1600)


def test_kpi_late_activities():
    """Calls on deal 3 end 66 days after it entered design, and 3 and 5 days after it came back; due are 4."""
    log = living_deals()
    assert np.isnan(measure(log, names=["late_activities"])["late_activities"][0])
    due = tuple(4.0 if name == "design.call" else np.inf for name in log.names.activities)
    log = dataclasses.replace(log, names=dataclasses.replace(log.names, due_days=due))
    assert measure(log, names=["late_activities"])["late_activities"][0] == pytest.approx(2 / 3)


def test_p03_due_dates_of_a_scenario_are_measured():
    acts = [{"id": "call", "name": "call", "due_days": 3}]
    plan = company(stage("a", hours=2, days=9, activities=acts), weekly_deals=1, days=300, hours=7)
    quick, slow = (
        measure(simulate(p, 1, 1).log, names=["late_activities"])["late_activities"][0]
        for p in (plan, plan.replace("team.reps[0].weekly_hours", 3.5))
    )
    assert quick < 0.5 < slow == 1


def test_q06_a_surprise_is_paid_in_full_and_costs_the_trust():
    """Deal 2 of Anna comes as a surprise: 4,000 at 2 % are 80.00; she has 1,000 more, Bert 8,000."""
    log, plan = living_deals(), load("tiny")
    listed = never_registered(log, 0.02)
    assert listed[["rep", "day", "amount", "payout"]].to_numpy().tolist() == [["anna", 140.0, 4000, 8000]]
    for rule, promotable in (("on", [False, True]), ("off", [True, True])):
        table = trust(log, plan.replace("policies.surprise.rule", rule))
        assert table["rep"].tolist() == ["anna", "bert"]
        assert table["payout"].tolist() == [10_000, 16_000]
        assert table["surprises"].tolist() == [1, 0]
        assert table["promotable"].tolist() == promotable


def test_q06_payout_is_that_of_the_plan_for_every_win_of_a_company_that_hides():
    plan = load("industrial_8x8").replace("policies.surprise.rule", "on")
    runs = simulate(plan, 1, 3).log
    table, listed = trust(runs, plan), never_registered(runs, plan.policies.commission_share)
    assert (table["payout"] == 2 * table["amount"]).all()  # 2 % in cents
    assert (listed["payout"] == 2 * listed["amount"]).all()
    assert len(listed) == table["surprises"].sum() > 0
    assert ((table["surprises"] > 0) == ~table["promotable"]).all()
    bookings = measure(runs, measured=(0.0, runs.horizon), names=["bookings"])["bookings"]
    assert table.groupby("replication")["amount"].sum().tolist() == bookings.tolist()
