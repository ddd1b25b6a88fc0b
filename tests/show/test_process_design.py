"""Somebody who does not program designs a process: every edit is judged, said in words, undone, tried and kept."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from click.testing import CliRunner

import funnelsim as fs
from funnelsim import labels
from funnelsim.cli import main
from funnelsim.errors import ScenarioError
from funnelsim.scenario import files
from funnelsim.scenario.designing import Design, with_proof
from funnelsim.scenario.provenance import ledger
from funnelsim.show.figures.growing import STEPS, growing
from funnelsim.show.panels import ProcessDesign


@pytest.fixture
def panel(tmp_path):
    made = ProcessDesign("industrial_8x8", replications=4, folder=tmp_path, lang="en")
    yield made
    made._worker.cancel()


def typed(panel: ProcessDesign, field, value) -> None:
    """What arrives when somebody has typed into a control and left it."""
    field.control.value = value


# -- the design itself -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", files.shipped_names())
def test_a_design_begins_as_its_company_and_exit_criteria_fit_all(name):
    company = files.load(name)
    assert Design.of(company).scenario == company
    proven = with_proof(Design.of(company))
    assert proven.faults == ()
    assert all(stage.evidence for stage in proven.scenario.stages)
    assert proven.scenario.policies.gates.on


@pytest.mark.parametrize(
    ("path", "kind", "said", "code"),
    [
        ("stages[1].advance_rate", "share", "80", "share_in_percent"),
        ("stages[1].advance_rate", "share", "-1", "out_of_range"),
        ("stages[1].advance_rate", "share", "a lot", "not_number"),
        ("stages[1].advance_rate", "share", "", "not_number"),
        ("stages[1].advance_rate", "share", "nan", "not_number"),
        ("stages[1].delay_days", "middle", "0", "out_of_range"),
        ("stages[1].delay_days", "middle", "two", "not_number"),
        ("stages[1].rep_hours", "middle", "-3", "out_of_range"),
        ("stages[1].activities[0].hours_share", "portion", "50 %", "hours_share_some"),
        ("stages[3].third", "choice", "upper", None),
        ("stages[4].third", "choice", "upper", "thirds_order"),
        ("policies.templates.hours_factor.visit", "saved", "30", "share_in_percent"),
        ("policies.registration.hours", "number", "-1", "out_of_range"),
        ("policies.reminders.after", "maybe", "0", "out_of_range"),
    ],
)
def test_a_fault_is_said_where_it_was_typed_and_what_was_typed_stays(path, kind, said, code):
    before = Design.of(files.load("industrial_8x8"))
    after = before.told(path, kind, said)
    assert [fault.code for fault in after.faults] == ([code] if code else [])
    if code:
        assert after.scenario is None
        where = path if code != "hours_share_some" else "stages[1].activities"
        assert after.faults_at(where) == list(after.faults)
        assert after.shown(path, kind) == said
        assert (
            after.told(path, kind, before.shown(path, kind) or "30 %").faults == ()
            or code == "hours_share_some"
        )


def test_a_name_may_miss_in_one_language_but_not_in_both():
    design = Design.of(files.load("industrial_8x8")).told("stages[1].name", "en", "")
    assert design.scenario.stages[1].name.en == design.scenario.stages[1].name.zh
    design = design.told("stages[1].name", "zh", " ")
    assert [fault.code for fault in design.faults] == ["design_no_name"]


def test_percent_is_understood_and_a_distribution_keeps_its_shape():
    design = Design.of(files.load("industrial_8x8"))
    assert design.told("stages[1].advance_rate", "share", "80 %").scenario.stages[1].advance_rate == 0.8
    assert design.told("stages[1].advance_rate", "share", "８０％").scenario.stages[1].advance_rate == 0.8
    slower = design.told("stages[1].delay_days", "middle", "21").scenario.stages[1].delay_days.advance
    assert (slower.median, slower.spread) == (21, 0.6)


def test_what_is_removed_is_named_nowhere_any_more():
    base = files.load("industrial_8x8").replace_all({
        "policies.training.effect_logit": {"visit": 0.1}, "policies.gates": {"on": True, "stages": ["visit"]},
        "policies.attacks.relations": {"stages": ["visit", "demo"], "strength": 0.1},
        "provenance": {"stages.visit.rep_hours": {"kind": "fitted", "rows": 12}},
    })  # fmt: skip
    design = Design.of(base).with_template("visit", True).removed("stages", 1)
    assert design.faults == ()
    assert '"visit"' not in json.dumps(files.plain(design.scenario))
    assert Design.of(base).removed("buyer_stages", 0).scenario.stages[0].buyer_stage is None
    evidence = "stages[1].evidence[0].activity"
    brought = Design.of(base).told(evidence, "choice", "deep_interview")
    assert brought.removed("stages[1].activities", 0).scenario.stages[1].evidence[0].activity is None


def test_a_number_set_by_hand_is_nobodys_measurement_any_more():
    base = files.load("industrial_8x8").replace(
        "provenance", {"stages.*.advance_rate": {"kind": "fitted", "rows": 800}}
    )
    designed = Design.of(base).told("stages[1].advance_rate", "share", "0.5").scenario
    kinds = {entry.path: entry.kind for entry in ledger(designed)}
    assert kinds["stages.visit.advance_rate"] == "assumed"
    assert kinds["stages.planning.advance_rate"] == "fitted"


# -- the panel ---------------------------------------------------------------------------------------


def test_the_buyers_steps_are_renamed_moved_added_and_removed(panel):
    rows = panel.steps.buyer
    typed(panel, rows.fields[0][1], "发现痛点")
    rows.buttons[0]["down"].click()
    rows.add.click()
    assert [step.id for step in panel.changed().buyer_stages][:2] == ["feasibility", "problem"]
    assert panel.changed().buyer_stages[1].name.zh == "发现痛点"
    assert len(rows.body.children) == 9
    rows.buttons[8]["remove"].click()
    assert len(panel.changed().buyer_stages) == 8
    assert rows.buttons[0]["up"].disabled
    assert rows.buttons[7]["down"].disabled


def test_a_stage_gets_activities_evidence_and_its_buyers_step(panel):
    steps = panel.steps
    steps.stage_buttons["add"].click()
    assert steps.at == 8
    typed(panel, steps.stage["name", "en"], "Pilot")
    typed(panel, steps.stage["buyer_stage", "choice"], "contract")
    typed(panel, steps.stage["rep_hours", "middle"], "9")
    steps.activities.add.click()
    typed(panel, steps.activities.fields[0][0], "Run the pilot")
    steps.evidence.add.click()
    typed(panel, steps.evidence.fields[0][2], "minutes")
    typed(panel, steps.evidence.fields[0][3], "activity_1")
    steps.stage_buttons["up"].click()
    made = panel.changed().stages[7]
    assert (made.name.en, made.buyer_stage, made.rep_hours.value) == ("Pilot", "contract", 9)
    assert made.activities[0].name.en == "Run the pilot"
    assert (made.evidence[0].kind, made.evidence[0].activity) == ("minutes", "activity_1")
    assert steps.stage_list.value == 7


def test_a_fault_is_shown_beside_the_field_and_named_with_its_place(panel):
    panel._choose(1)
    field = panel.steps.stage["advance_rate", "share"]
    typed(panel, field, "80")
    assert "Write 0.8 for 80 %" in field.fault.value
    assert "Visit and first survey – Share that goes on" in panel.wrong.value
    assert "(!)" in panel.steps.stage_list.options[1][0]
    assert "last design without faults" in panel.wrong.value
    panel.language.value = "zh"
    assert "请" in field.fault.value or "写" in field.fault.value
    assert not re.search("[A-Za-z]{4}", re.sub("<[^>]*>", "", field.fault.value))
    panel.try_it()
    assert "fs-error" in panel.status.value
    panel._save()
    assert "fs-error" in panel.status.value
    assert panel.designed == files.load("industrial_8x8")
    typed(panel, field, "80 %")
    assert field.fault.value == ""
    assert "fs-error" not in panel.status.value, "what was mended is not complained of any more"
    assert panel.designed.stages[1].advance_rate == 0.8


def test_undo_goes_back_redo_forward_and_reset_to_the_beginning(panel):
    typed(panel, panel.steps.gates, True)
    typed(panel, panel.steps.system[3][0][1], "1")
    panel.undo()
    assert panel.changed().policies.files_hours == 0
    assert panel.changed().policies.gates.on
    panel.undo()
    assert panel.changed() == panel.scenario
    assert panel.undo_button.disabled
    panel.redo()
    panel.redo()
    assert panel.changed().policies.files_hours == 1
    assert panel.redo_button.disabled
    panel.reset.click()
    assert panel.changed() == panel.scenario
    panel.undo()
    assert panel.changed().policies.files_hours == 1


def test_templates_and_the_system_reach_the_scenario(panel):
    switch, saved, effect = panel.steps.templates.rows[4]
    assert saved.control.disabled
    typed(panel, switch, True)
    assert saved.control.value == "30 %"
    typed(panel, saved, "40 %")
    typed(panel, effect, "0.2")
    fields = {path: field for line in panel.steps.system for path, field in line}
    for path, value in {
        "registration.required": True, "registration.approval_days": "2", "review.rule": "weekly",
        "review.cadence_days": "14", "reminders.after": "2", "reminders.recipient": "manager",
    }.items():  # fmt: skip
        typed(panel, fields[path], value)
    policies = panel.changed().policies
    assert policies.templates.hours_factor == {"design": 0.6}
    assert policies.templates.effect_logit == {"design": 0.2}
    assert (policies.review.rule, policies.review.cadence_days) == ("weekly", 14)
    assert (policies.registration.required, policies.reminders.recipient) == (True, "manager")
    said = growing(panel.changed(), "system", "en")
    assert re.search(r"40\s%", said)
    assert "every week" in said


def test_what_is_saved_is_valid_opens_as_the_design_and_keeps_its_comments(panel, tmp_path):
    panel.edit(with_proof)
    path = panel.save("mine")
    assert CliRunner().invoke(main, ["check", str(path)]).exit_code == 0
    assert files.load(path) == panel.changed()
    path.write_text("# ours\n" + path.read_text("utf-8"), "utf-8")
    fresh = ProcessDesign("industrial_8x8", replications=4, folder=tmp_path, lang="en")
    assert fresh.open("mine.yaml")
    assert fresh.changed() == panel.changed()
    fresh.edit(lambda d: d.told("stages[0].name", "en", "First call"))
    fresh.save("mine")
    assert path.read_text("utf-8").startswith("# ours\n")
    assert files.load(path).stages[0].name.en == "First call"
    assert fresh.scenario == files.load("industrial_8x8"), "it is compared with what it began with"
    fresh.undo()
    fresh.undo()
    assert fresh.changed() == fresh.scenario, "opening a design is a step that can be undone"


def test_a_design_that_begins_with_a_file_of_ours_keeps_its_comments_under_a_new_name(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("# how we sell\nextends: five_stage\n", "utf-8")
    made = ProcessDesign(str(own), replications=2, folder=tmp_path)
    made.edit(with_proof)
    path = made.save("next")
    assert path.read_text("utf-8").startswith("# how we sell\n")
    assert files.load(path) == made.changed()
    assert own.read_text("utf-8") == "# how we sell\nextends: five_stage\n"


def test_another_company_is_taken_up_and_nobody_elses_file_is_written_over(panel, tmp_path):
    assert not panel.open("five_stage")
    assert panel.scenario == panel.changed() == files.load("five_stage")
    assert panel.undo_button.disabled
    (tmp_path / "theirs.yaml").write_text("hello: world\n", "utf-8")
    with pytest.raises(ScenarioError):
        panel.save("theirs")
    with pytest.raises(ScenarioError):
        panel.save("../up")


def test_trying_is_the_paired_comparison_that_the_command_line_repeats(panel, tmp_path, monkeypatch):
    panel.try_it()
    assert "Nothing is changed yet" in panel.status.value
    panel.edit(with_proof)
    panel.edit(lambda d: d.added("buyer_stages"))
    panel.try_it()
    assert panel.worker_settled(120)
    found = panel.answer
    assert found.first_year.others, "the buyer's steps keep no first year from being told"
    assert "exit criteria" not in panel.status.value
    assert "A common language" in panel.numbers.value
    path = panel.save("tried")
    panel.file_name.value = "tried"
    monkeypatch.chdir(tmp_path)
    said = shlex.split(panel.command_line())
    done = CliRunner().invoke(main, [*said[1:], "--json", "--workers", "1"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["others"][0]["long_run"]["bookings"]["mean"]
    assert told == pytest.approx(found.long_run.others["as designed"]["bookings"].mean)
    assert path.name in said
    panel.edit(lambda d: d.told("stages[0].rep_hours", "middle", "1"))
    assert "before the last change" in panel.verdict.value


def test_other_stages_have_no_first_year_and_the_panel_says_why(panel):
    panel.edit(lambda d: d.removed("stages", 2))
    panel.try_it()
    assert panel.worker_settled(120)
    assert not panel.answer.first_year.others
    assert "first year cannot be told" in panel.verdict.value
    assert panel.answer.long_run.others["as designed"]["bookings"].mean != 0


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_it_speaks_both_languages_and_names_every_control(panel, lang):
    panel.language.value = lang
    texts = [panel.head.value, panel.wrong.value, panel.try_button.description, *panel.tabs.titles,
             *(intro.value for intro in panel.steps.intros.values()), panel.steps.crm.value]  # fmt: skip
    for said in texts:
        assert bool(re.search("[\u4e00-\u9fff]", said)) == (lang == "zh"), said
    shown = {
        name
        for pane in panel.tabs.children
        for control in controls(pane)
        for name in control._dom_classes
        if name.startswith("fs-")
    }
    assert len(shown) > 60
    told = panel.spoken.names
    unnamed = {name for name in shown if name not in told} - {"fs-field", "fs-fault"}
    assert not {name for name in unnamed if not name.endswith("-add")}


def controls(widget):
    """Everything in a widget that can be moved to."""
    if type(widget).__name__ in ("Text", "Dropdown", "Select", "Checkbox", "Button"):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from controls(child)


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_picture_grows_and_holds_no_tags_of_a_user(lang):
    company = fs.load("industrial_8x8").replace("stages.visit.name", "<script>alert(1)</script>")
    sizes = [len(growing(company, step, lang)) for step in STEPS]
    assert sizes == sorted(sizes)
    for step in STEPS:
        assert "<script>" not in growing(company, step, lang)


def test_without_a_front_end_it_shows_the_steps_an_example_and_writes_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("FUNNELSIM_PANEL", "still")
    shown = []
    monkeypatch.setattr("funnelsim.show.panels.process_design.display", lambda *parts: shown.extend(parts))
    made = ProcessDesign("tiny", replications=3, folder=tmp_path, lang="en", save_as="mine.yaml")
    made.show()
    assert files.load(tmp_path / "mine.yaml") == made.changed()
    assert made.changed().policies.gates.on
    page = " ".join(
        getattr(part, "data", "") if isinstance(getattr(part, "data", ""), str) else "" for part in shown
    )
    assert "exit criteria are turned on" in page
    assert "extends: tiny" in page
    assert sum(type(part).__name__ == "Figure" for part in shown) == 3
