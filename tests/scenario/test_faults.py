"""A file with many faults lists them all, each with its path, what is allowed and the mend."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim import labels
from funnelsim.errors import ScenarioError
from funnelsim.scenario.extend import path_of, resolved
from funnelsim.scenario.files import load, parse, plain

TWELVE = """
extends: tiny
measure: { to: 2026-13-01 }
calendar: { time_zone: Asia/Shanghia }
stages:
  - { id: qualify, advance_rate: 35, buyer_stage: nobody }
  - { id: close, third: lowest, rep_hours: { median: 3, mean: 4, cv: 0.5 }, otherwise: { no_decision: 0.9 } }
demand:
  units:
    - { id: north-all, weekly_deals: many }
    - { id: east-all, name: East, weekly_deals: 1 }
team:
  reps:
    - { id: anna, weekly_hour: 14, successor: anna }
    - { id: ben, territory: souht, skill_logit: .nan }
policies: { strict: maybe }
weights: []
provenance: { stages.closing.rep_hours: { kind: guessed } }
"""

EXPECTED = {
    ("measure.to", "bad_date"),
    ("calendar.time_zone", "unknown_zone_near"),
    ("stages[0].advance_rate", "share_in_percent"),
    ("stages[0].buyer_stage", "unknown_buyer_stage"),
    ("stages[1].third", "bad_choice_near"),
    ("stages[1].rep_hours", "distribution_words"),
    ("stages[1].otherwise", "endings_sum"),
    ("demand.units[0].weekly_deals", "not_number"),
    ("demand.units[2].id", "unit_homeless"),
    ("team.reps[0].weekly_hour", "unknown_key_near"),
    ("team.reps[0].successor", "successor_self"),
    ("team.reps[1].territory", "unknown_territory_near"),
    ("team.reps[1].skill_logit", "not_finite"),
    ("policies.strict", "not_switch"),
    ("weights", "not_mapping"),
    ("provenance.stages.closing.rep_hours.kind", "bad_choice"),
}


@pytest.fixture
def twelve(tmp_path) -> ScenarioError:
    path = tmp_path / "twelve.yaml"
    path.write_text(TWELVE, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return caught.value


def test_a_file_with_many_planted_faults_lists_all_of_them(twelve):
    found = {(fault.path, fault.code) for fault in twelve.faults}
    assert found >= EXPECTED, EXPECTED - found
    assert len(EXPECTED) >= 12
    # What only follows from another fault, such as a territory that lost its rep to a typing error, may come.
    assert {code for _, code in found - EXPECTED} <= {"territory_empty"}


@pytest.mark.parametrize("language", labels.LANGUAGES)
def test_every_fault_says_where_what_and_the_mend(twelve, language):
    before = labels.language()
    labels.use(language)
    try:
        text = str(twelve)
        assert "twelve.yaml" in text
        for fault in twelve.faults:
            assert fault.path in text
            assert fault.message
            assert fault.mend
            assert "{" not in fault.message.replace("{ id", "").replace("{ median", "")
            if language == "zh":
                assert re.search(r"[\u4e00-\u9fff]", fault.message), fault.message
    finally:
        labels.use(before)


def test_f11_a_schema_error_names_the_field_and_a_percent_is_mended(twelve):
    faults = {fault.path: fault for fault in twelve.faults}
    assert "0.35 for 35 %" in faults["stages[0].advance_rate"].mend
    assert "weekly_hours" in faults["team.reps[0].weekly_hour"].mend
    assert "south" in faults["team.reps[1].territory"].mend
    assert "Asia/Shanghai" in faults["calendar.time_zone"].mend


def paths_in(tree, taken=()):
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield (*taken, key)
            yield from paths_in(inner, (*taken, key))
    elif isinstance(tree, list):
        for at, inner in enumerate(tree):
            yield (*taken, at)
            yield from paths_in(inner, (*taken, at))


FULL = plain(load("tiny"), defaults=True)
PLACES = list(paths_in(FULL))
ODD = st.sampled_from(
    [None, True, -1, 0, 2, 35, 1e300, float("nan"), float("-inf"), "", "x", "2026-01-01", "no such", [], [1],
     ["a"], {}, {"id": 1}, {"median": 3}, {"advance": 3}, [[]], [{}], "a" * 3000, {"a": {"b": 1}}, 10**400]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=4), st.booleans())
def test_whatever_stands_where_it_should_not_ends_in_faults_with_texts(changes, extra_key):
    import copy

    tree = copy.deepcopy(FULL)
    for place, value in changes:
        node = tree
        try:
            for step in place[:-1]:
                node = node[step]
            if isinstance(node, dict | list):
                node[place[-1]] = copy.deepcopy(value)
                if extra_key and isinstance(node, dict):
                    node["something_else"] = value
        except (KeyError, IndexError, TypeError):
            continue
    try:
        parse(tree)
    except ScenarioError as error:
        refusal = error
    else:
        return
    assert all(fault.code != "invalid" for fault in refusal.faults), [f.facts for f in refusal.faults]
    assert str(refusal)
    assert all(labels.text(f"fault.{fault.code}.says", "zh", **fault.facts) for fault in refusal.faults)


def test_a_hundred_thousand_faults_are_not_listed_one_by_one():
    with pytest.raises(ScenarioError) as caught:
        parse({f"k{n}": 1 for n in range(100_000)})
    assert len(caught.value.faults) < 300
    assert "many_more" in {fault.code for fault in caught.value.faults}


def test_every_fault_is_written_down_in_both_languages():
    assert {key for key in labels.catalogue("en") if key.startswith("fault.")} == {
        key for key in labels.catalogue("zh") if key.startswith("fault.")
    }


def test_extends_merges_as_the_reference_says(tmp_path):
    path = tmp_path / "child.yaml"
    path.write_text(
        """
extends: tiny
stages:
  - { id: close, rep_hours: { median: 9 }, otherwise: { no_decision: 0.5, lost: { budget: 0.5 } } }
  - { id: pilot, after: qualify, name: Pilot, third: upper, rep_hours: 2, delay_days: 5, advance_rate: 0.9 }
team:
  reps:
    - { id: cleo, territory: south }
    - { id: ben, remove: true }
  pools:
    - { id: presales, people: 3 }
""",
        encoding="utf-8",
    )
    scenario = load(path)
    assert [stage.id for stage in scenario.stages] == ["qualify", "pilot", "close"]
    close = scenario.stages[2]
    assert (close.rep_hours.median, close.rep_hours.mean, close.rep_hours.cv) == (9, None, 0.5)
    assert close.otherwise.lost == {"budget": 0.5}
    assert [rep.id for rep in scenario.team.reps] == ["anna", "cleo"]
    assert (scenario.team.pools[0].people, scenario.team.pools[0].weekly_hours) == (3, 8)
    assert "extends" not in resolved(path_of(path))


def test_removing_what_is_not_there_is_a_fault(tmp_path):
    path = tmp_path / "child.yaml"
    path.write_text("extends: tiny\nteam: {reps: [{id: nobody, remove: true}]}\n")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert caught.value.faults[0].code == "remove_unknown"
