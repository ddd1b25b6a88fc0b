"""A prediction in a real JupyterLab, by keyboard alone: kept, then the answer in words and figures, both languages."""

from __future__ import annotations

import json

import pytest
from lab import PanelPage, jupyter_lab
from walks import predict

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
    panel = PanelPage(page, lab, "money", ".fs-reveal")
    page.locator(".fs-language button").first.focus()
    predict(panel, barriers, ["-5"])
    kept = json.loads(panel.ask("__import__('json').dumps(panel.own)").strip("'"))
    assert kept == {
        "order": ["leads", "hours", "early_skill", "late_skill", "templates"],
        "early_first": -5.0,
    }
    assert panel.ask("panel.room.of('小梅').is_sealed") == "True"
    assert not page.locator("details:has-text('For the trainer')").first.evaluate("notes => notes.open")
    assert page.locator(".fs-answer-field :is(select, input)").count() == 11
    assert seen.outside == []
    assert seen.errors == []
