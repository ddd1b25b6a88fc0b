"""The CRM of a fictitious hardware maker (third-party data): what a fit must find in it by itself."""

from __future__ import annotations

import pytest
from data import data

from funnelsim.fit import fit
from funnelsim.history.reader import read_history
from funnelsim.scenario.checks import faults

TABLES = ("accounts.csv", "products.csv", "sales_teams.csv")


@pytest.fixture(scope="module")
def maven():
    tables = [data(f"maven_crm/{name}") for name in TABLES]
    return fit(read_history(data("maven_crm/sales_pipeline.csv"), tables=tables))


@pytest.mark.parametrize(
    ("age", "untruncated", "right"),
    [(30, (0.219, 0.162, 0.619), (0.247, 0.184, 0.569)), (90, (0.397, 0.252, 0.351), (0.420, 0.271, 0.310)),
     (138, (0.519, 0.302, 0.179), (0.529, 0.315, 0.156))],
)  # fmt: skip
def test_shares_by_competing_risks_with_and_without_its_late_begin(maven, age, untruncated, right):
    rows = {row["days"]: row for row in maven.json()["stages"][0]["side_by_side"]}
    for key, expected in (("untruncated", untruncated), ("right", right)):
        found = rows[age][key]
        assert [found["advance"], found["lost"], found["open"]] == pytest.approx(expected, abs=0.005)
    if age == 138:
        assert rows[age]["naive"]["advance"] == pytest.approx(0.632, abs=0.001)


def test_it_is_two_humped_and_sampled_from_what_was_seen(maven):
    stage = maven.stages[0]
    assert stage.sampler == "empirical"
    assert stage.max_gap == pytest.approx(0.08, abs=0.01)
    assert stage.p_value < 0.05
    assert "sampled" in {warning["code"] for warning in maven.json()["warnings"]}
    assert stage.outcomes["advance"].share == pytest.approx(0.529, abs=0.005)
    assert stage.outcomes["advance"].naive_share == pytest.approx(0.632, abs=0.001)
    assert stage.timers == ()


def test_its_oldest_deals_never_resolve(maven):
    told = maven.json()["stages"][0]["unresolved"]
    assert told["verdict"] == "some"
    assert told["share"] == pytest.approx(0.156, abs=0.005)
    assert told["open_longer"] == 1291
    assert told["longest_end_days"] == 138
    assert maven.json()["entry_day"] == "2017-03-01"


@pytest.mark.parametrize(
    ("by", "members", "p"),
    [("owner", 30, 0.26), ("product", 7, 0.37), ("manager", 6, 0.79), ("region", 3, 0.60), ("sector", 10, 0.97)],
)  # fmt: skip
def test_no_group_differs(maven, by, members, p):
    """p as a chi-square test of the closed deals has it; ours counts the open ones too."""
    groups = maven.json()["groups"]
    names = {"region": ("region", "regional_office", "territory"), "product": ("product", "segment"),
             "sector": ("sector", "segment")}  # fmt: skip
    found = next(
        groups[name] for name in names.get(by, (by,)) if name in groups and _is(groups[name], members)
    )
    assert found["verdict"] == "no_difference"
    assert found["p_value"] == pytest.approx(p, abs=0.1)
    assert {member["verdict"] for member in found["members"]} == {"no_difference"}


def _is(group: dict, members: int) -> bool:
    return abs(len(group["members"]) - members) <= 1


def test_nothing_in_the_answer_calls_noise_a_difference(maven):
    assert {group["verdict"] for group in maven.json()["groups"].values()} == {"no_difference"}
    assert maven.effects == {}
    assert {source.effect_logit for source in maven.scenario.demand.sources} == {0}


def test_lost_deals_carry_nothing_and_prices_are_those_of_products(maven):
    values = maven.values
    assert (values.of, values.why) == ("won", "lost_carry_none")
    prices = next(group for group in values.groups.values() if "GTK 500" in group.factors)
    assert prices.differs
    assert prices.factors["GTK 500"] / prices.factors["MG Special"] == pytest.approx(26768 / 55, rel=0.1)


def test_the_scenario_is_whole(maven):
    assert faults(maven.scenario) == []
    assert len(maven.scenario.team.reps) == 30
    assert sum(unit.weekly_deals for unit in maven.scenario.demand.units) == pytest.approx(
        maven.arrivals.weekly, rel=1e-4
    )
