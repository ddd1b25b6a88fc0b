"""A scenario that is saved is the one that is loaded, and what a person wrote around it stays."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim.errors import ScenarioError
from funnelsim.scenario.files import load, parse, plain, save, shipped_names

TINY, COMPANY = load("tiny"), load("industrial_8x8")


@pytest.mark.parametrize("name", shipped_names())
def test_loading_what_was_saved_gives_the_same(tmp_path, name):
    scenario = load(name)
    save(scenario, tmp_path / "a.yaml")
    again = load(tmp_path / "a.yaml")
    assert again == scenario
    assert again.digest == scenario.digest
    assert parse(plain(scenario)) == scenario


SIZE = st.floats(0.1, 1e4)
DISTRIBUTIONS = st.one_of(
    st.floats(0, 1e6),
    st.fixed_dictionaries({"median": st.floats(0.1, 1e4), "spread": st.floats(0.01, 5)}),
    st.fixed_dictionaries(
        {"family": st.just("weibull"), "scale": st.floats(0.1, 1e4), "shape": st.floats(0.1, 9)}
    ),
    st.fixed_dictionaries(
        {"family": st.just("empirical"), "values": st.lists(st.floats(0, 1e4), min_size=1, max_size=4)}
    ),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=30),
        "notes": st.text(max_size=80),
        "stages.close.name": st.fixed_dictionaries({"en": st.text(max_size=9), "zh": st.text(max_size=9)}),
        "stages.close.rep_hours": DISTRIBUTIONS,
        "stages.close.delay_days": st.one_of(
            DISTRIBUTIONS, st.fixed_dictionaries({"advance": DISTRIBUTIONS, "lost": DISTRIBUTIONS})
        ),
        "stages.qualify.advance_rate": st.floats(0, 1),
        "stages.qualify.otherwise": st.sampled_from(
            [{"no_decision": 1, "lost": {}}, {"no_decision": 0, "lost": {"en": 0.5, "zh": 0.5}}, {}]
        ),
        "team.reps.ben.leaves": st.dates(dt.date(2026, 1, 1), dt.date(2199, 12, 31)),
        "team.managers": st.sampled_from([[], [{"id": "m"}], [{"id": "m", "name": "1e5"}, {"id": "n"}]]),
        "measure.warmup_weeks": st.integers(0, 200),
        "behaviour.quality_sd": st.floats(0, 5),
        "policies.routing": st.sampled_from(["territory", "random"]),
        "targets.bookings": st.integers(0, 10**15),
    },
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(CHANGES, CHANGES)
def test_whatever_is_saved_over_whatever_is_loaded_again(tmp_path_factory, first, second):
    path = tmp_path_factory.mktemp("saved") / "mine.yaml"
    path.write_text("# mine\nextends: tiny\n", encoding="utf-8")
    for changes in (first, second, {}):
        scenario = TINY.replace_all(changes)
        save(scenario, path)
        assert load(path) == scenario
        assert load(path).digest == scenario.digest


def test_comments_and_the_base_of_a_file_survive(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "# our company\nextends: industrial_8x8 # the base\n"
        "stages:\n  # design is slow here\n  - { id: design, rep_hours: 20 } # hours of 2025\n"
        "weights: { upper: 0.2 }\n",
        encoding="utf-8",
    )
    changes = {"stages.design.rep_hours": 18, "team.pools.legal.people": 2, "behaviour.quality_sd": 0}
    changed = load(path).replace_all(changes)
    save(changed, path)
    text = path.read_text("utf-8")
    assert load(path) == changed
    for kept in (
        "# our company",
        "extends: industrial_8x8",
        "# the base",
        "# design is slow here",
        "# hours of 2025",
    ):
        assert kept in text
    assert "rep_hours: 18" in text
    assert "id: legal" in text
    assert "id: finance" not in text
    assert "jiangsu" not in text


def test_a_removed_stage_and_a_default_stay_removed_over_a_base(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("extends: tiny\n", encoding="utf-8")
    one = TINY.replace_all({"stages": TINY.stages[:1], "behaviour.skill_sd": 0, "measure.warmup_weeks": 78})
    save(one, path)
    assert load(path) == one
    assert "extends: tiny" in path.read_text("utf-8")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "mine.yaml"
    save(TINY, path)
    before = path.read_bytes()

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(ScenarioError) as caught:
        save(COMPANY, path)
    assert caught.value.faults[0].code == "file_unwritable"
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["mine.yaml"]


def test_a_folder_is_no_place_for_a_scenario(tmp_path):
    with pytest.raises(ScenarioError):
        save(TINY, tmp_path)


def test_a_broken_file_is_replaced_by_a_good_one(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("{{{", encoding="utf-8")
    save(TINY, path)
    assert load(path) == TINY


@pytest.mark.parametrize("text", ["?0", "? x", ":x", "- a", "&a", "!a", "a: b", "a #b", "%a", "@a"])
def test_a_text_that_looks_like_yaml_is_read_back(text, tmp_path):
    scenario = load("tiny").replace("stages[0].name", {"en": "x", "zh": text})
    save(scenario, tmp_path / "saved.yaml")
    assert load(tmp_path / "saved.yaml") == scenario
