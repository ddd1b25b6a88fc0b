"""The scenarios that come with funnelsim are what the articles and the reference table say."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from funnelsim.labels.marked import renewed
from funnelsim.scenario.checks import expected_deals, warnings
from funnelsim.scenario.extend import shipped_folder
from funnelsim.scenario.files import json_schema, load, shipped_names
from funnelsim.scenario.provenance import counts, ledger
from funnelsim.scenario.reading import read_tree, tree_of
from funnelsim.scenario.reference import MARKS, keys, table

COMPANY = load("industrial_8x8")
BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "benchmark_model.yaml"


@pytest.mark.parametrize("name", [*shipped_names(), BENCHMARK])
def test_every_shipped_scenario_loads_and_is_no_quick_sale(name):
    assert warnings(load(name)) == []


def test_f01_eight_stages_in_this_order_with_both_names():
    ids = ["planning", "visit", "proposal", "demo", "design", "evaluation", "negotiation", "signing"]
    assert [stage.id for stage in COMPANY.stages] == ids
    names = ["客户规划与电话邀约", "客户拜访与初步调研", "送出初步方案", "方案演示与技术交流"]
    names += ["需求分析与正式方案设计", "项目评估", "商务谈判", "签约成交并移交实施部门"]
    assert [stage.name.zh for stage in COMPANY.stages] == names
    assert all(stage.name.en for stage in COMPANY.stages)
    assert [stage.third for stage in COMPANY.stages] == ["upper"] * 3 + ["middle"] * 3 + ["lower"] * 2
    assert [stage.advance_rate for stage in COMPANY.stages] == [
        0.75,
        0.71,
        0.74,
        0.79,
        0.80,
        0.83,
        0.82,
        0.88,
    ]
    assert [stage.rep_hours.value for stage in COMPANY.stages] == [3, 5, 6, 8, 14, 8, 10, 4]
    medians = [stage.delay_days.advance.median for stage in COMPANY.stages]
    assert medians == [10.5, 10.5, 13, 16, 21, 16, 16, 8]


def test_f01_another_stage_list_loads_without_a_change_of_code():
    five = load("five_stage")
    assert [stage.advance_rate for stage in five.stages] == [0.60, 0.62, 0.58, 0.72, 0.90]
    assert [stage.third for stage in five.stages] == ["upper", "upper", "middle", "middle", "lower"]


@pytest.mark.parametrize("name", ["industrial_8x8", "five_stage"])
def test_f03_every_stage_has_a_milestone_evidence_and_key_activities(name):
    for stage in load(name).stages:
        assert stage.milestone
        assert len(stage.evidence) >= 1
        assert len(stage.activities) == 2
        assert stage.goal.en
        assert stage.goal.zh != stage.goal.en
    if name == "industrial_8x8":
        assert [stage.buyer_stage for stage in COMPANY.stages] == [buyer.id for buyer in COMPANY.buyer_stages]


def test_f11_adding_a_stage_needs_only_a_file(tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(
        "extends: industrial_8x8\nstages:\n"
        "  - { id: pilot, after: demo, name: { en: Pilot, zh: 试用 }, third: middle, rep_hours: 6,\n"
        "      delay_days: { median: 20, spread: 0.6 }, advance_rate: 0.9,\n"
        "      specialists: [{ pool: trainers, hours: 4 }] }\n"
        "team: { pools: [{ id: trainers, name: Trainers, people: 1, weekly_hours: 8 }] }\n",
        encoding="utf-8",
    )
    ours = load(path)
    assert [stage.id for stage in ours.stages][3:6] == ["demo", "pilot", "design"]


def test_the_default_company_is_the_one_that_is_spelled_out():
    assert len(COMPANY.demand.units) == 72
    assert {unit.weekly_deals for unit in COMPANY.demand.units} == {0.0244}
    assert all(len(territory.units) == 9 for territory in COMPANY.territories)
    pools = {pool.id: (pool.people, pool.weekly_hours) for pool in COMPANY.team.pools}
    assert pools == {
        "presales": (2, 10), "consultant": (2, 10), "executive": (1, 6),
        "commercial": (1, 8), "finance": (1, 6), "legal": (1, 6),
    }  # fmt: skip
    assert 500 < expected_deals(COMPANY) < 560


def test_a_ninth_rep_takes_one_unit_of_each_territory():
    nine = load("industrial_9_reps")
    assert nine.demand == COMPANY.demand
    assert [len(territory.units) for territory in nine.territories] == [8] * 9
    taken = set(nine.territories[-1].units)
    assert all(len(taken & set(territory.units)) == 1 for territory in COMPANY.territories)


def test_solo_selling_has_no_specialists_and_lower_odds_from_stage_4_on():
    solo = load("solo_selling")
    assert [stage.effect_logit for stage in solo.stages] == [0] * 3 + [-0.25] * 5
    assert not solo.team.pools
    assert not any(stage.specialists for stage in solo.stages)


def test_p19_the_claim_of_a_vendor_is_a_fifth_more_hours_and_says_that_nobody_has_verified_it():
    claim = load("vendor_claim")
    for lang, words in (("en", "Vendor claim, unverified"), ("zh", "厂商说法，未经验证")):
        assert getattr(claim.name, lang).startswith(words)
        assert getattr(claim.description, lang).startswith(words)
    assert "vendor claim, unverified" in claim.provenance["team.reps.*.weekly_hours"].from_
    more = {f"team.reps[{at}].weekly_hours": 14 * 1.2 for at in range(8)}
    assert claim.digest == COMPANY.replace_all(more).digest  # nothing else is different


def test_the_benchmark_has_925_arrivals_in_each_of_two_years_of_2080_hours():
    assert expected_deals(load(BENCHMARK)) == pytest.approx(1850)


def test_the_planted_truth_brings_about_2000_deals():
    assert expected_deals(load("observed_only")) == pytest.approx(2000, rel=0.02)


@pytest.mark.parametrize("name", shipped_names())
def test_what_people_read_is_there_in_both_languages(name):
    scenario = load(name)
    read = [scenario, *scenario.stages, *scenario.demand.sources, *scenario.team.pools, *scenario.team.reps]
    read += [item for stage in scenario.stages for item in (*stage.evidence, *stage.activities)]
    for item in read:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in item.name.zh), item.name
        assert item.name.en != item.name.zh


def test_the_ledger_has_every_number_and_knows_its_origin():
    entries = ledger(COMPANY)
    of = {entry.path: entry for entry in entries}
    assert of["weights.upper"].kind == "sourced"
    assert of["weights.upper"].source.startswith("industrial-marketing article")
    assert of["stages.design.rep_hours.value"].kind == "assumed"
    assert of["stages.design.otherwise.no_decision"].high == 0.6
    assert of["stages.design.otherwise.lost.price"].kind == "assumed"
    assert of["demand.season[0]"].source == ""
    assert len(of) == len(entries) == sum(counts(entries).values())
    numbers = {entry.path for entry in entries}
    fitted = COMPANY.replace(
        "provenance", {"stages": {"kind": "fitted"}, "stages.design": {"kind": "sourced"}}
    )
    kinds = {entry.path: entry.kind for entry in ledger(fitted)}
    assert kinds.keys() == numbers
    assert kinds["stages.demo.advance_rate"] == "fitted"
    assert kinds["stages.design.advance_rate"] == "sourced"
    assert kinds["weights.upper"] == "assumed"


def test_the_reference_names_every_key_with_its_meaning():
    page = (shipped_folder() / "README.md").read_text("utf-8")
    assert renewed(page, MARKS, table()) == page, (
        "run: python -m funnelsim.scenario.reference scenarios/README.md"
    )
    assert [path for path, _, _, meaning in keys() if not meaning] == []


def test_the_examples_of_the_reference_can_be_used(tmp_path):
    page = (shipped_folder() / "README.md").read_text("utf-8")
    first, second = re.findall(r"```yaml\n(.*?)```", page, re.S)
    path = tmp_path / "ours.yaml"
    path.write_text(first + second, encoding="utf-8")
    ours = load(path)
    assert [stage.id for stage in ours.stages][4] == "pilot"
    assert "signing" not in [stage.id for stage in ours.stages]
    assert {entry.kind for entry in ledger(ours) if entry.path.endswith("advance_rate")} == {"fitted"}
    for written in re.findall(r"\| `(\{ .*? \})` \|", page):
        assert COMPANY.replace("stages.design.rep_hours", tree_of(f"x: {written}", "x")["x"])


def test_the_json_schema_takes_what_a_file_may_hold():
    schema = json_schema()
    check = jsonschema.Draft202012Validator(schema)
    for path in [*shipped_folder().glob("*.yaml"), BENCHMARK]:
        assert [error.message for error in check.iter_errors(read_tree(path))] == [], path.name
    wrong = {"extends": "tiny", "weights": {"uper": 1}, "stages": [{"id": "close", "advance_rate": 35}]}
    assert len(list(check.iter_errors(wrong))) == 2
    assert "extends" in schema["properties"]
    assert schema["$defs"]["Stage"]["properties"]["advance_rate"]["maximum"] == 1
    assert {"type": "number", "minimum": 0} in schema["$defs"]["Distribution"]["anyOf"]
    assert {"type": "string"} in schema["$defs"]["Words"]["anyOf"]
    assert "from" in schema["$defs"]["Measure"]["properties"]
