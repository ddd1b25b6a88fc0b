"""P18: a change takes a quarter to be half taken up, and half a year to nine tenths."""

from datetime import date, timedelta

import numpy as np
import pytest
from logs import log_of
from scipy import special
from worlds import START, company, stage

from funnelsim.engine.run import ENGINES, tables_of
from funnelsim.errors import ScenarioError
from funnelsim.history.log import CODE
from funnelsim.scenario.adoption import adopt, adopted
from funnelsim.scenario.files import load

COMPANY = load("industrial_8x8")
STRENGTH = "policies.process_strength"


def stairs(scenario, path=STRENGTH):
    """(weeks since the first step, value) of each step."""
    first = scenario.dated[0][0]
    return [((day - first).days / 7, change.set[path]) for day, change in scenario.dated]


@pytest.mark.parametrize(("half", "ninety"), [(13, 26), (4, 12), (20, 60)])
def test_p18_half_is_taken_up_by_then_and_nine_tenths_by_then(half, ninety):
    assert adopted(0, half, ninety) == 0
    assert adopted(half, half, ninety) == pytest.approx(0.5)
    assert adopted(ninety, half, ninety) == pytest.approx(0.9)
    curve = [adopted(week, half, ninety) for week in range(200)]
    assert np.diff(curve).min() >= 0


def test_p18_the_steps_follow_the_curve_and_end_with_the_whole_change():
    slow = adopt(COMPANY, {STRENGTH: 0.8}, "2026-01-01")
    steps = stairs(slow)
    assert max(value for weeks, value in steps if weeks <= 13) >= 0.5 * 0.8
    assert max(value for weeks, value in steps if weeks <= 26) >= 0.9 * 0.8
    assert all(
        value <= adopted(weeks + 4) * 0.8 for weeks, value in steps[:-1]
    )  # never ahead of its four weeks
    assert steps[-1][1] == 0.8
    assert [weeks for weeks, _ in steps] == [4 * n for n in range(len(steps))]


def test_p18_parts_mappings_and_times_come_in_alike():
    slow = adopt(
        COMPANY,
        {"policies.training": {"effect_logit": {"visit": 0.4}, "weekly_hours": 1}, "stages.design.rep_hours": "=*0.5",
         "policies.templates.hours_factor": {"demo": 0.6}, "stages[0:2].delay_days": "=*0.8"},
        "2026-01-01",
    )  # fmt: skip
    plan, share = COMPANY, adopted(14)
    for _, change in slow.dated[:4]:
        plan = plan.replace_all(change.set)
    assert plan.policies.training.weekly_hours == pytest.approx(share)
    assert plan.policies.training.effect_logit["visit"] == pytest.approx(0.4 * share)
    assert plan.policies.templates.hours_factor["demo"] == pytest.approx(1 - 0.4 * share)
    old, new = COMPANY.stages[4].rep_hours.value, plan.stages[4].rep_hours.value
    assert new == pytest.approx(old * (1 - 0.5 * share))
    for at in (0, 1):
        before, after = COMPANY.stages[at].delay_days.advance, plan.stages[at].delay_days.advance
        assert after.median == pytest.approx(before.median * (1 - 0.2 * share))
        assert after.spread == before.spread
    for _, change in slow.dated[4:]:
        plan = plan.replace_all(change.set)
    assert plan.stages[4].rep_hours.value == old * 0.5


def test_p18_other_changes_stay_and_what_stands_on_the_day_is_where_it_begins():
    base = COMPANY.replace("interventions", [{"date": "2025-12-01", "set": {STRENGTH: 0.4}}])
    slow = adopt(base, {STRENGTH: 1.0}, date(2026, 1, 1))
    assert slow.dated[0][1].set == {STRENGTH: 0.4}
    assert slow.dated[1][1].set[STRENGTH] == pytest.approx(0.4 + 0.6 * adopted(2))


@pytest.mark.parametrize(
    ("changes", "weeks", "code"),
    [({"policies.gates.on": True}, (13, 26), "adoption_number"), ({STRENGTH: 1}, (26, 13), "adoption_weeks"),
     ({STRENGTH: 1}, (0, 13), "adoption_weeks")],
)  # fmt: skip
def test_what_cannot_come_in_little_by_little_is_refused(changes, weeks, code):
    with pytest.raises(ScenarioError) as caught:
        adopt(COMPANY, changes, "2026-01-01", *weeks)
    assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "auto"])
def test_p18_the_effect_on_odds_is_half_there_after_a_quarter(engine):
    """A stage without any work: who enters it on a day passes it that day, or not."""
    base = company(stage("a", advance=0.2), weekly_deals=400, days=420)
    first = START + timedelta(days=28)
    slow = adopt(base, {"policies.templates.effect_logit": {"a": 3.0}}, first)
    log = log_of(slow, engine)
    rows = log.deals
    won, born = (rows.where(rows.event == CODE[name]) for name in ("won", "created"))
    passed = np.isin(born.opportunity, won.opportunity)
    for begin, weeks in ((0, None), (28 + 7 * 12, 14), (28 + 7 * 24, 26), (28 + 7 * 44, 99)):
        inside = (born.time >= begin) & (born.time < begin + 28)
        share = 0.0 if weeks is None else min(1.0, adopted(weeks) if weeks < 99 else 1.0)
        chance = special.expit(special.logit(0.2) + 3.0 * share)
        spread = np.sqrt(chance * (1 - chance) / inside.sum())
        assert abs(passed[inside].mean() - chance) < 4 * spread
    half = tables_of(slow).stage_logit[:, 0] - special.logit(0.2)
    assert half.max() == pytest.approx(3.0)
