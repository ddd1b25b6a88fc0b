"""The start notebook in a real JupyterLab: a moved slider changes the answer, a burst of moves is worked on twice at
most, Cancel cancels, and while the fast engine is compiled the panel says so.
"""

from __future__ import annotations

import re

import pytest
from lab import PanelPage, jupyter_lab

from funnelsim import labels
from funnelsim.engine import readiness
from funnelsim.labels import text

pytestmark = pytest.mark.browser
LONG = 60_000  # simulated years that no test waits for


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    readiness.compile_once()
    with jupyter_lab(
        tmp_path_factory.mktemp("lab") / "lab", {"start": 6, "usual": 50, "long": LONG}
    ) as address:
        yield address


@pytest.fixture
def opened(page, watch):
    """Opens a notebook of a lab: gives its panel, and what the page asked for and complained about."""

    def opens(address: str, notebook: str):
        seen = watch(page, address)
        return PanelPage(page, address, notebook), seen

    return opens


def test_a_moved_slider_changes_the_answer_and_the_language_switches(lab, opened, barriers):
    panel, seen = opened(lab, "start")
    panel.until_drawn()
    assert panel.page.locator(".fs-panel .fs-slider").count() == 3
    at_rest = panel.charts()
    panel.move(1, 4)
    said = panel.until_said("kpi", "long run")
    assert re.search("better|worse|tie", said)
    panel.until(
        "was => ![...document.querySelectorAll('.fs-panel .fs-chart')]"
        ".some(box => was.includes(box.getAttribute('aria-label')))",
        [words for _, words in at_rest],
    )
    moved = panel.charts()
    assert len(moved) == 2
    assert all(now[0] != then[0] for now, then in zip(moved, at_rest, strict=True))
    drawn = panel.page.locator(".fs-panel .fs-chart .main-svg").all_text_contents()
    assert any("first year" in words for words in drawn)
    assert "first year" in moved[0][1], "a chart is told in words to those who do not see it"
    assert barriers(panel.page, ".jp-OutputArea-output") == []
    panel.page.locator(".fs-panel .fs-language button").nth(1).click()
    panel.until_said("kpi", "第一年")
    assert barriers(panel.page, ".jp-OutputArea-output") == []
    assert "销售" in panel.page.locator(".fs-panel .fs-lever").nth(1).inner_text()
    assert panel.page.locator(".fs-panel .fs-error").count() == 0
    assert seen.outside == []
    assert seen.errors == []


def test_fifteen_quick_moves_are_worked_on_twice_at_most(lab, opened):
    panel, seen = opened(lab, "usual")
    panel.until_drawn()
    assert panel.ask("panel.worker_settled(60)") == "True"
    before = int(panel.ask("panel._worker.started"))
    panel.move(0, 12)
    panel.move(0, -3)
    panel.until_said("kpi", "long run")
    assert panel.ask("panel.worker_settled(60)") == "True"
    assert panel.ask("panel.setting['leads']") == "45"
    assert int(panel.ask("panel._worker.started")) - before <= 2
    worth = panel.ask("panel.answer.long_run.others['changed']['bookings'].mean")
    assert worth == panel.ask("panel.compute().long_run.others['changed']['bookings'].mean")
    assert seen.errors == []


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_cancel_really_cancels_and_the_panel_lives_on(lab, opened, lang):
    panel, seen = opened(lab, "long")
    cancel = panel.page.locator(".fs-panel button.fs-cancel")
    if lang == "zh":
        panel.page.locator(".fs-panel .fs-language button").nth(1).click()
    for slider in (None, 2):
        if slider is not None:
            panel.move(slider, 1)
        cancel.wait_for(state="visible", timeout=60_000)
        panel.until_said("status", re.escape(text("panel.working", lang)))
        cancel.click()
        panel.until_said("status", re.escape(text("panel.cancelled", lang)), seconds=10)
        assert panel.ask("panel.worker_settled(5)") == "True", "nothing is simulated any more"
        cancel.wait_for(state="hidden", timeout=10_000)
        assert panel.ask("panel.answer") == "None"
    assert seen.errors == []


def test_while_the_fast_engine_is_compiled_the_panel_answers_and_says_so(opened, tmp_path):
    with jupyter_lab(tmp_path / "lab", {"start": 2}, compiled=tmp_path / "compiled") as address:
        panel, seen = opened(address, "start")
        panel.until_drawn()
        panel.until_said("status", re.escape(text("panel.preparing", "en")))
        assert panel.ask("panel.answer.engine") == "'reference'"
        panel.page.locator(".fs-panel .fs-language button").nth(1).click()
        panel.until_said("status", re.escape(text("panel.preparing", "zh")))
        panel.until_said("status", re.escape(text("panel.ready", "zh")), seconds=600)
        panel.move(1, 1)
        panel.until_said("kpi", "长期.*(更好|更差|持平)")
        assert panel.ask("panel.worker_settled(60)") == "True"
        assert panel.ask("panel.answer.long_run.trial.engines['改变后']") == "'compiled'"
        assert seen.errors == []
