"""The explorer: every lever does something, A stays beside B, what is saved opens again, and a move can be undone."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest
from click.testing import CliRunner

from funnelsim import labels
from funnelsim.cli import main
from funnelsim.errors import ScenarioError
from funnelsim.scenario import files
from funnelsim.show.panels import Explorer
from funnelsim.show.panels.levers import GROUPS, changes_of, explorer_levers, setting_of

MOVED = {"hours": 20, "more_reps": 1, "review": "review.weekly"}


@pytest.fixture
def panel(tmp_path):
    made = Explorer("industrial_8x8", replications=4, folder=tmp_path, lang="en")
    yield made
    made._worker.cancel()


def settled(panel: Explorer) -> Explorer:
    assert panel.worker_settled(120)
    return panel


@pytest.mark.parametrize("name", files.shipped_names())
def test_every_lever_of_every_company_changes_it_and_has_a_name(name):
    company = files.load(name)
    levers = explorer_levers(company)
    assert len({lever.key for lever in levers}) == len(levers)
    for lever in levers:
        assert lever.group in GROUPS
        for lang in labels.LANGUAGES:
            assert lever.label(company, lang)
        for value in (lever.values()[0], lever.values()[-1]):
            if value == lever.neutral:
                continue
            changed = files.applied(company, changes_of(levers, company, {lever.key: value}))
            assert changed.digest != company.digest, (lever.key, value)
            assert files.parse(files.plain(changed)).digest == changed.digest, (
                "the changed company is a whole one"
            )
            assert setting_of(levers, company, changed) is not None
    assert changes_of(levers, company, {lever.key: lever.neutral for lever in levers}) == {}


def test_more_reps_share_the_fullest_territories_and_work_the_hours_of_all():
    company = files.load("industrial_8x8")
    levers = explorer_levers(company)
    changed = files.applied(company, changes_of(levers, company, {"more_reps": 2, "hours": 20}))
    new = changed.team.reps[8:]
    assert [rep.territory for rep in new] == ["jiangsu", "zhejiang"], "one more where most deals are for one"
    assert {rep.weekly_hours for rep in changed.team.reps} == {14 * 1.2}


def test_b_against_a_is_their_comparison(panel):
    panel.put(MOVED)
    panel.pin()
    panel.put({"skill": 3})
    answer = settled(panel).answer
    a, b = files.applied(panel.scenario, panel.changes(MOVED)), panel.changed()
    between = panel.between()
    for found, step in ((between.first_year, "2026-01-01"), (between.long_run, None)):
        one, two = (files.as_intervention(panel.scenario, x, step) if step else x for x in (a, b))
        own = [panel._live.trial(x).metrics["one"]["bookings"] for x in (one, two)]
        assert found.others["B"]["bookings"].mean == pytest.approx(np.mean(own[1] - own[0]))
    assert set(answer.long_run.others) == {"A", "B"}
    assert "B against A" in panel.verdict.value
    panel.pin(False)
    assert set(settled(panel).answer.long_run.others) == {"changed"}


def test_the_deals_that_turn_make_the_difference(panel):
    panel.put({"hours": 20})
    settled(panel)
    found = panel.turned()
    worth = panel.answer.first_year.trial.metrics
    assert np.array_equal(found.difference, worth["changed"]["bookings"] - worth["as it is"]["bookings"])
    panel._worker.submit(("deals", panel.setting))
    settled(panel)
    assert len(panel.charts.drawings) == 3
    assert "<table" in panel.turned_table.value
    panel.put({"hours": 10})
    settled(panel)
    assert len(panel.charts.drawings) == 2, "they were those of another setting"
    assert panel.turned_table.value == ""


def test_undo_goes_back_and_redo_forward(panel):
    assert panel.undo_button.disabled
    panel.put({"hours": 20})
    panel._moved_at = 0.0
    panel.put({"hours": 20, "gates": "on"})
    panel.undo()
    assert panel.changes() == {"team.reps.*.weekly_hours": "=*1.2"}
    panel.undo()
    assert panel.changes() == {}
    assert panel.undo_button.disabled
    panel.undo()
    panel.redo()
    panel.redo()
    assert panel.setting["gates"] == "on"
    assert panel.redo_button.disabled
    panel.undo()
    panel._moved_at = 0.0
    panel.put({"leads": 10})
    assert panel.redo_button.disabled, "a new move begins a new way forward"


def test_what_is_saved_opens_again_as_the_same_setting(panel, tmp_path):
    panel.put(MOVED)
    path = panel.save("机会 一")
    assert path.read_text("utf-8").startswith("extends: industrial_8x8\n")
    assert files.load(path).digest == panel.changed().digest
    panel.put({})
    assert panel.open(path.name)
    assert {key: panel.setting[key] for key in MOVED} == MOVED
    panel.put({"leads": 10})
    panel.save("机会 一")  # its own file may be written again
    assert files.load(path).digest == panel.changed().digest


def test_another_company_is_taken_up_with_levers_of_its_own(panel):
    panel.put(MOVED)
    panel.pin()
    assert not panel.open("five_stage")
    assert settled(panel).scenario.digest == files.load("five_stage").digest
    assert panel.pinned is None
    assert panel.changes() == {}
    assert len(panel.tabs.children) == len(GROUPS)
    panel.put({"hours": 10})
    assert settled(panel).answer.long_run.others["changed"]["bookings"].mean != 0


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", ".hidden", "x\\y", "c:d"])
def test_names_that_lead_elsewhere_are_refused(panel, tmp_path, name):
    with pytest.raises(ScenarioError):
        panel.save(name)
    assert list(tmp_path.iterdir()) == []


def test_nobody_elses_file_is_written_over_and_faults_are_said_in_words(panel, tmp_path):
    (tmp_path / "mine.yaml").write_text("hello: world\n", "utf-8")
    panel.file_name.value = "mine"
    panel._save()
    assert "fs-error" in panel.status.value
    assert (tmp_path / "mine.yaml").read_text("utf-8") == "hello: world\n"
    panel.file_list.options = panel._files()
    panel.file_list.value = "mine.yaml"
    panel._load()
    assert "fs-error" in panel.status.value
    assert "hello" in panel.status.value
    assert panel.source == "industrial_8x8"


def test_an_uploaded_file_is_opened_and_a_broken_one_leaves_nothing(panel, tmp_path):
    text = b"extends: industrial_8x8\npolicies: { priority: early_first }\n"
    panel._uploaded({"new": ({"name": "../own.yaml", "content": memoryview(text)},)})
    assert panel.setting["priority"] == "priority.early_first"
    assert (tmp_path / "own.yaml").read_bytes() == text
    panel._uploaded({"new": ({"name": "bad.yaml", "content": memoryview(b"stages: 7")},)})
    assert not (tmp_path / "bad.yaml").exists()
    assert "fs-error" in panel.status.value


def test_the_command_line_gives_the_same_answer(panel):
    panel.put({"hours": 20, "gates": "on", "pool.presales": -1, "skill": 2})
    worth = settled(panel).answer.long_run.others["changed"]["bookings"].mean
    words = shlex.split(panel.command_line())
    assert words[0] == "funnelsim"
    done = CliRunner().invoke(main, [*words[1:], "--json", "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["others"][0]["long_run"]["bookings"]["mean"] == pytest.approx(worth)


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_it_speaks_both_languages(panel, lang):
    panel.put({"hours": 20})
    panel.language.value = lang
    settled(panel)
    said = " ".join(
        [panel.verdict.value, panel.status.value, panel.pin_button.description, panel.undo_button.description,
         *panel.tabs.titles, *(name.value for name in panel.names), *panel.spoken.names.values()]
    )  # fmt: skip
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in said)
    assert chinese == (lang == "zh")
    labels.use("en")


def test_at_rest_the_table_shows_the_company_alone(panel):
    panel._submit()
    assert settled(panel).numbers.value.count("<th ") == 2
    panel.put({"hours": 20})
    assert settled(panel).numbers.value.count("<th ") == 4


def test_a_move_after_pinning_is_a_step_of_its_own(panel):
    panel.put({"hours": 20})
    panel.pin()
    panel.put({"hours": 10})
    panel.undo()
    assert panel._off_neutral() == {"hours": 20}
    panel.redo()
    assert panel._off_neutral() == {"hours": 10}
