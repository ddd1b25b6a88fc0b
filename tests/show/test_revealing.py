"""The reveal hides the truth until it is asked for, says it in both languages and stands still in a report."""

from __future__ import annotations

import pytest

import funnelsim as fs
from funnelsim import labels
from funnelsim.show.panels.revealing import Reveal


@pytest.fixture(scope="module")
def sums():
    return fs.reveal_sums(fs.simulate(fs.load("industrial_8x8"), 1, 4).log)


def drawn(panel) -> list[str]:
    return [trace.get("name") or "" for drawing in panel.charts.drawings for trace in drawing["data"]]


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_truth_is_shown_when_it_is_asked_for_and_hidden_again(sums, lang):
    panel = Reveal(sums, lang)
    dead = labels.text("figure.reveal.dead", lang)
    assert dead not in drawn(panel)
    assert panel.behind.value == ""
    question, asked = panel.said.value, panel.button.description
    panel.button.click()
    assert dead in drawn(panel)
    assert "<table" in panel.behind.value
    assert panel.said.value != question
    panel.button.click()
    assert (panel.said.value, panel.button.description) == (question, asked)
    assert dead not in drawn(panel)


def test_the_language_changes_and_what_is_shown_stays(sums):
    panel = Reveal(sums, "en")
    panel.reveal()
    panel.language.value = "zh"
    assert labels.text("figure.reveal.dead", "zh") in drawn(panel)
    assert panel.button.description == labels.text("panel.reveal.hide", "zh")


def test_a_page_without_buttons_shows_the_question_and_the_answer(sums, monkeypatch):
    monkeypatch.setenv("FUNNELSIM_PANEL", "still")
    shown = []
    monkeypatch.setattr("funnelsim.show.panels.revealing.display", shown.append)
    Reveal(sums, "en").show()
    assert [len(fig.data) for fig in shown] == [
        len(fs.figures.reveal(sums, revealed=r).data) for r in (False, True)
    ]
