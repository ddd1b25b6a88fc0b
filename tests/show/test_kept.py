"""An answer that is kept and loaded gives the same differences."""

from __future__ import annotations

import pytest

from funnelsim.errors import RunError
from funnelsim.scenario.files import load
from funnelsim.show import panels, sections
from funnelsim.study import kept
from funnelsim.study.compare import ask


@pytest.fixture(scope="module")
def answer():
    return ask(load("tiny"), {"demand.units.*.weekly_deals": "=*1.5"}, replications=4)


def test_a_kept_answer_comes_back(answer, tmp_path):
    kept.save(answer, tmp_path)
    again = kept.load(tmp_path)
    assert again.json() == answer.json()
    assert again.trial.scenarios == answer.trial.scenarios


def test_a_folder_without_an_answer_is_refused(tmp_path):
    with pytest.raises(RunError, match="no answer"):
        kept.load(tmp_path)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_is_told_for_the_first_year_and_the_long_run(answer, lang):
    told = sections.answer_words(answer, "bookings", lang)
    assert len(told) == 4
    assert ("第一个季度" if lang == "zh" else "first quarter") in told[0]  # which tiny measures
    assert ("长期" if lang == "zh" else "long run") in told[3]


def test_a_panel_answers_what_the_study_answers(answer):
    lever = panels.Lever("leads", "demand.units.*.weekly_deals", -50, 60)
    panel = panels.StartPanel("tiny", replications=4, levers=[lever])
    panel.sliders[0].unobserve_all()  # the panel's own worker would share the work
    panel.sliders[0].value = 50
    early, steps = [], []
    got = panel.compute(lambda done, total: steps.append((done, total)), early.append)
    for part in ("first_year", "long_run"):
        one, other = (next(iter(getattr(a, part).others.values()))["bookings"] for a in (got, answer))
        assert one == other
    assert steps[-1] == (12, 12)
    assert not early[0].long_run.others
    assert panel.worker_settled(60)


def test_a_panel_tells_an_error_in_words():
    lever = panels.Lever("leads", "demand.units.*.weekly_dealz", -50, 60)
    panel = panels.StartPanel("tiny", replications=2, levers=[lever])
    panel.sliders[0].value = 10
    assert panel.worker_settled(60)
    assert "weekly_deals" in panel.status.value
    assert "Traceback" not in panel.status.value
