"""The explorer in a real JupyterLab, by keyboard: A pinned, deals turned, undone, saved and opened, both languages."""

from __future__ import annotations

import json

import pytest
from lab import PanelPage, jupyter_lab
from walks import explore

from funnelsim.engine import readiness

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    readiness.compile_once()
    home = tmp_path_factory.mktemp("lab") / "lab"
    with jupyter_lab(home, {"what_if": 6, "keys": 6}, source="planning/what_if.ipynb") as address:
        yield address


def test_a_trainer_goes_through_everything(lab, page, watch, barriers):
    seen = watch(page, lab)
    explore(PanelPage(page, lab, "what_if"), barriers, ".jp-OutputArea-output")
    assert seen.outside == []
    assert seen.errors == []


WHERE = "() => document.activeElement.closest('.fs-copy, .widget-slider, .jupyter-widgets')?.className || ''"
OPEN = """() => [...document.querySelectorAll('.fs-slider, .fs-choice')]
    .filter(part => part.offsetParent).map(part => part.className)"""


def test_the_tabulator_and_the_arrows_reach_everything(lab, page):
    panel = PanelPage(page, lab, "keys")
    panel.until_drawn()
    page.locator(".fs-language button").nth(1).focus()
    page.keyboard.press("Tab")  # the name of the first group of levers
    groups = [page.evaluate(OPEN)]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.wait_for_function(
            f"was => JSON.stringify(({OPEN})()) !== was", arg=json.dumps(groups[-1], separators=(",", ":"))
        )
        groups.append(page.evaluate(OPEN))
    seen = [kind for group in groups for kind in group]
    assert len(seen) == len(set(seen)) == int(panel.ask("len(panel.levers)")), (
        "each group shows levers of its own"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert panel.ask("panel.is_moved()") == "True"
    reached = ""
    for _ in range(len(groups[-1]) * 2 + 9):
        page.keyboard.press("Tab")
        reached += " " + page.evaluate(WHERE)
    for part in ("fs-undo", "fs-reset", "fs-pin", "fs-deals", "fs-file-name", "fs-save", "fs-file-list", "fs-load",
                 "fs-upload", "fs-copy"):  # fmt: skip
        assert part in reached, part
