"""The explorer in a real JupyterLab, by keyboard: A pinned, deals turned, undone, saved and opened, both languages."""

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
    with jupyter_lab(home, {"what_if": 6, "keys": 6}, source="planning/what_if.ipynb") as address:
        yield address


def test_a_trainer_goes_through_everything(lab, page, watch, barriers):
    seen = watch(page, lab)
    panel = PanelPage(page, lab, "what_if")
    panel.until_drawn()
    panel.move(1, 4)
    panel.until_said("kpi", "long run.*(better|worse|tie)")
    assert "team.reps.*.weekly_hours=*1.2" in page.locator(".fs-command").inner_text()
    page.locator(".fs-pin").press("Enter")
    panel.move(1, -6)
    panel.until_said("kpi", "B against A.*long run.*(better|worse|tie)")
    assert len(panel.charts()) == 2
    page.locator(".fs-deals").press("Enter")
    page.wait_for_selector(".fs-turned-table table", timeout=60_000)
    panel.until("document.querySelectorAll('.fs-chart .main-svg').length >= 3")
    assert barriers(page, ".jp-OutputArea-output") == []
    page.locator(".fs-undo").press("Enter")
    panel.until("() => document.querySelectorAll('.fs-turned-table table').length === 0")
    page.locator(".fs-file-name input").fill("二零二六")
    page.locator(".fs-save").press("Enter")
    panel.until_said("status", "二零二六.yaml")
    before = panel.ask("panel._off_neutral()")
    page.locator(".fs-reset").press("Enter")
    assert panel.ask("panel.worker_settled(60)") == "True"
    page.locator(".fs-file-list select").select_option("二零二六.yaml")
    page.locator(".fs-load").press("Enter")
    panel.until_said("status", re.escape("二零二六.yaml"))
    assert panel.ask("panel._off_neutral()") == before
    page.locator(".fs-language button").nth(1).press("Enter")
    panel.until_said("kpi", "第一年")
    assert barriers(page, ".jp-OutputArea-output") == []
    names = page.evaluate(
        "() => [...document.querySelectorAll('.fs-slider .noUi-handle, .fs-choice select, .fs-file-name input')]"
        ".map(part => part.getAttribute('aria-label'))"
    )
    assert len(names) >= 12
    assert all(names), "whoever does not see the words beside a control hears them"
    assert page.locator(".fs-error").count() == 0
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
