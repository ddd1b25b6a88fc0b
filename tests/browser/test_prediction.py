"""A prediction in a real JupyterLab, by keyboard alone: kept, then the answer in words and figures, both languages."""

from __future__ import annotations

import json
import re

import pytest
from lab import PanelPage, jupyter_lab

from funnelsim.engine import readiness

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    readiness.compile_once()
    home = tmp_path_factory.mktemp("lab") / "lab"
    with jupyter_lab(home, {"money": 4}, source="workshop/06_bottleneck_money.ipynb") as address:
        yield address


def test_a_participant_predicts_and_sees_the_answer(lab, page, watch, barriers):
    seen = watch(page, lab)
    panel = PanelPage(page, lab, "money")
    first = ".fs-ask-06_bottleneck_money"
    panel.until("document.querySelectorAll('.fs-reveal').length === 2")
    reveal, store = page.locator(".fs-reveal").first, page.locator(".fs-store").first
    assert reveal.is_disabled()
    page.locator(f"{first}-name input").focus()
    page.keyboard.type("小梅")
    page.keyboard.press("Tab")
    for place in range(5):
        page.keyboard.press("ArrowDown")
        for _ in range(place):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
    page.keyboard.type("-5")
    page.keyboard.press("Tab")
    assert store.evaluate("button => button === document.activeElement"), "the next stop is the button"
    page.keyboard.press("Enter")
    panel.until_said("status", "Kept for 小梅")
    page.keyboard.press("Tab")
    assert reveal.evaluate("button => button === document.activeElement")
    charts = page.locator(".fs-chart").count()
    page.keyboard.press("Enter")
    panel.until("was => document.querySelectorAll('.fs-chart .main-svg').length > was", charts)
    panel.until_said("kpi", "selling hours")
    panel.until_said("status", "prediction stays as it is")
    words = [alt for _, alt in panel.charts()]
    assert any(re.search("Your −5.0 %: (inside|outside) the interval", alt) for alt in words)
    kept = json.loads(panel.ask("__import__('json').dumps(panel.own)").strip("'"))
    assert kept == {
        "order": ["leads", "hours", "early_skill", "late_skill", "templates"],
        "early_first": -5.0,
    }
    assert panel.ask("panel.room.of('小梅').is_sealed") == "True"
    assert not page.locator("details:has-text('For the trainer')").first.evaluate("notes => notes.open")
    page.locator(".fs-language button").nth(1).press("Enter")
    panel.until_said("kpi", "销售时间")
    names = page.evaluate(
        "() => [...document.querySelectorAll('.fs-answer-field select, .fs-answer-field input')]"
        ".map(part => part.getAttribute('aria-label'))"
    )
    assert len(names) == 11
    assert all(names)
    assert barriers(page, ".fs-panel") == []
    assert page.locator(".fs-error").count() == 0
    assert seen.outside == []
    assert seen.errors == []
