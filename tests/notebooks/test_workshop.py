"""Modules of the workshop on other companies, with predictions kept before: they stand beside what was measured."""

from __future__ import annotations

import re

import nbformat
import pytest

from funnelsim.show.parameters import check_parameters, shipped_notebooks
from funnelsim.show.report import run_report
from funnelsim.workshop import Room

FOLDER = shipped_notebooks() / "workshop"
IDEAS = ["hours", "late_skill", "early_skill", "templates", "leads"]
KEPT = {
    "01_funnel_machine": ({"starts": 333, "months": 4}, {"wins_wanted": 20}),
    "04_one_fifteen_thirty": ({"alive": 33, "shrinks": -3, "bookings": 33}, {}),
    "06_bottleneck_money": ({"order": IDEAS, "early_first": -33}, {}),
}


@pytest.mark.slow
@pytest.mark.parametrize(("company", "lang"), [("five_stage", "en"), ("industrial_8x8", "zh")])
@pytest.mark.parametrize("module", KEPT)
def test_a_module_runs_on_another_company_and_shows_what_was_expected(module, company, lang, tmp_path):
    answers, more = KEPT[module]
    Room(tmp_path / "room", module).put("Mei <b>", answers)
    told = {"scenario": company, "replications": 3, "seed": 2, "predictions": str(tmp_path / "room"), **more}
    run = run_report(FOLDER / f"{module}.ipynb", {**told, "lang": lang}, tmp_path / "reports", lang)
    words = re.sub(r"<script.*?</script>", "", run.html.read_text("utf-8"), flags=re.S)
    assert "Mei &lt;b&gt;" in words
    assert "<details><summary>" in words, "the trainer's notes are folded"
    assert "Traceback" not in words
    assert not Room(tmp_path / "room", module).of("Mei <b>").is_sealed


@pytest.mark.parametrize("module", KEPT)
def test_a_module_has_notes_for_the_trainer_and_a_panel_of_predictions(module):
    cells = nbformat.read(FOLDER / f"{module}.ipynb", as_version=4).cells
    notes = [c.source for c in cells if c.cell_type == "markdown" and c.source.startswith("<details>")]
    assert len(notes) == 1
    assert "Time:" in notes[0]
    assert "ounter-case" in notes[0]
    asks = [c.source for c in cells if "fs.panels.Prediction(" in c.source]
    assert len(asks) == 2, "the question, and the case in which the lesson fails"
    assert check_parameters(FOLDER / f"{module}.ipynb", {"participant": "Mei"})
