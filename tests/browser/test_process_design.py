"""A process is designed in a real JupyterLab, by keyboard alone: renamed, proven, faulty, undone, tried and saved."""

from __future__ import annotations

import pytest
from lab import PanelPage, jupyter_lab
from walks import design

from funnelsim.engine import readiness

pytestmark = pytest.mark.browser
KNOWN = {
    "proven": ("panel.changed().stages[0].evidence[1].name.en", "'The customer has replied'"),
    "gated": ("panel.changed().policies.gates.on", "True"),
    "saved": ("fs.load('我的流程.yaml') == panel.changed()", "True"),
}
"""Step -> what the kernel knows after it."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    readiness.compile_once()
    home = tmp_path_factory.mktemp("lab") / "lab"
    with jupyter_lab(home, {"process_design": 6}, source="planning/process_design.ipynb") as address:
        yield address


def test_a_process_is_designed_by_keyboard_tried_and_saved(lab, page, watch, barriers):
    seen = watch(page, lab)
    panel = PanelPage(page, lab, "process_design", ".fs-growing")
    page.locator(".fs-language button").first.focus()
    steps = []

    def look(step: str) -> None:
        asked, known = KNOWN[step]
        assert panel.ask(asked) == known
        steps.append(step)

    design(panel, barriers, look=look)
    assert set(steps) == set(KNOWN)
    assert seen.outside == []
    assert seen.errors == []
