"""What does not fit together is said, with the nearest known id."""

from __future__ import annotations

import pytest

from funnelsim.errors import ScenarioError
from funnelsim.scenario import checks
from funnelsim.scenario.files import load, parse, plain

TINY = load("tiny")


def codes(changes: dict) -> set[str]:
    with pytest.raises(ScenarioError) as caught:
        TINY.replace_all(changes)
    assert str(caught.value)
    return {fault.code for fault in caught.value.faults}


def from_february(changes: dict) -> dict:
    return {"interventions": [{"date": "2026-02-01", "set": changes}]}


ACTIVITIES = [{"id": "a", "name": "A", "hours_share": 0.5}, {"id": "b", "name": "B"}]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stages[1].id": "qualify"}, "id_twice"),
        ({"team.pools.presales.id": "anna"}, "id_twice"),
        ({"demand.units[1].id": "north-all"}, "id_twice"),
        ({"stages[0].third": "lower", "stages[1].third": "upper"}, "thirds_order"),
        ({"stages[0].buyer_stage": "nowhere"}, "unknown_buyer_stage"),
        ({"stages[1].specialists.presales.pool": "presale"}, "unknown_pool_near"),
        ({"team.pools.presales.people": 0}, "pool_empty"),
        ({"team.pools.presales.weekly_hours": 0}, "pool_empty"),
        ({"stages.close.otherwise.regress": 0.1}, "endings_sum"),
        ({"stages.close.activities": ACTIVITIES}, "hours_share_some"),
        ({"stages.close.activities": [ACTIVITIES[0]]}, "hours_share_sum"),
        ({"demand.sources.inbound.share": 0.9}, "source_shares_sum"),
        ({"demand.sources": []}, "source_missing"),
        ({"policies.prospecting.every_days": 24}, "prospecting_source"),
        ({"demand.season": [0] * 12}, "season_zero"),
        ({"territories.north.units": ["north-al"]}, "unknown_unit_near"),
        ({"territories.north.units": ["north-all", "south-all"]}, "unit_twice"),
        ({"territories.north.units": []}, "unit_homeless"),
        ({"team.reps.anna.territory": "south"}, "territory_empty"),
        ({"team.reps.anna.territory": "nord"}, "unknown_territory_near"),
        ({"team.reps.anna.territory": None}, "territory_missing"),
        (
            {"team.reps.anna.hired": "2026-02-01", "team.reps.anna.leaves": "2026-01-01"},
            "leaves_before_hired",
        ),
        ({"team.reps.anna.successor": "anna"}, "successor_self"),
        ({"policies.gates.stages": ["qualif"]}, "unknown_stage_near"),
        ({"stages[0].evidence": [], "policies.gates.stages": ["qualify"]}, "gate_without_evidence"),
        ({"stages[0].evidence": [{"id": "e", "name": "e", "activity": "zzz"}]}, "unknown_activity"),
        ({"policies.reminders": {"after": 2, "recipient": "manager"}, "team.managers": []}, "reminds_nobody"),
        ({"team.reps.anna.successor": "bem"}, "unknown_rep_near"),
        ({"measure.to": "2025-01-01"}, "to_before_from"),
        ({"measure.to": "2199-01-01"}, "period_too_long"),
        ({"calendar.time_zone": "Asia/Shanghia"}, "unknown_zone_near"),
        ({"calendar.time_zone": "../../etc/passwd"}, "unknown_zone"),
        ({"calendar.holidays": "chn9"}, "unknown_country_near"),
        ({"calendar.work_days": []}, "no_work_days"),
        ({"calendar.work_days": ["mon", "mon"]}, "work_day_twice"),
        ({"scope.cycle_months": [9, 3]}, "span_reversed"),
        ({"demand.units.*.weekly_deals": 1e7}, "too_many_deals"),
        ({"provenance": {"stages.quality": {"kind": "fitted"}}}, "path_unknown_near"),
        ({"provenance": {"weights": {"kind": "fitted", "low": 2, "high": 1}}}, "span_reversed"),
        ({"interventions": [{"date": "2030-01-01", "set": {}}]}, "intervention_date"),
        (
            from_february({"stages.clse.rep_hours": 3}),
            "path_unknown_near",
        ),
        (
            from_february({"stages.close.advance_rate": 3}),
            "share_in_percent",
        ),
        (
            from_february({"stages.close.otherwise.regress": 1}),
            "endings_sum",
        ),
        (
            from_february({"measure.to": "2026-04-01"}),
            "intervention_fixed",
        ),
        (
            from_february({"stages.close.id": "end"}),
            "intervention_stages",
        ),
    ],
)
def test_what_does_not_fit_together_is_a_fault(changes, code):
    assert code in codes(changes)


def test_changes_are_judged_together():
    swapped = TINY.replace_all({"team.reps.anna.territory": "south", "team.reps.ben.territory": "north"})
    assert [rep.territory for rep in swapped.team.reps] == ["south", "north"]


def test_interventions_are_made_in_the_order_of_their_dates():
    later, sooner = {"stages.close.otherwise.regress": 0.0}, {"stages.close.otherwise.regress": 0.0}
    scenario = TINY.replace(
        "interventions",
        [
            {"date": "2026-03-01", "set": {**later, "stages.close.rep_hours": "=*2"}},
            {"date": "2026-02-01", "set": {**sooner, "stages.close.rep_hours": 5}},
        ],
    )
    assert len(scenario.interventions) == 2


def test_random_routing_needs_no_territories():
    data = plain(TINY) | {"territories": [], "policies": {"routing": "random"}}
    data["team"]["reps"] = [{"id": "anna"}]
    assert parse(data).territories == ()


def test_f10_the_app_warns_when_the_median_cycle_is_under_a_month():
    assert checks.warnings(load("industrial_8x8")) == []
    quick = TINY.replace_all({"stages.*.delay_days": 4, "stages.*.rep_hours": 1})
    (warning,) = checks.warnings(quick)
    assert (warning.code, warning.path) == ("cycle_short", "stages")
    assert "0.3" in warning.message


def test_nobody_works_is_a_scenario_too():
    assert checks.warnings(TINY.replace("team.reps.*.weekly_hours", 0)) == []
