"""Ways through the panels, by keyboard, in JupyterLab and in the app: explored, calibrated, designed, predicted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from panel_page import LEVERS, OUT_OF_TAB, Steps

from funnelsim.labels import text

Barriers = Callable[[Any, str], list[str]]
Look = Callable[[str], None]
"""Called after a step, by its name: what only one kind of page can be asked for."""
NAMES = """() => [...document.querySelectorAll('.fs-panel select, .fs-panel input:not([type=file], [type=checkbox])')]
    .filter(part => part.offsetParent).map(part => part.getAttribute('aria-label') || '')"""
TOLD = """pattern => [...document.querySelectorAll('.fs-panel .fs-chart')]
    .some(box => new RegExp(pattern).test(box.getAttribute('aria-label')))"""
CHINESE = "[\u4e00-\u9fff]"


def unseen(_step: str) -> None:
    """Nothing to look at after a step."""


def sound(panel: Steps, barriers: Barriers, part: str) -> None:
    """A part of the page is without barriers, every control has a name, and no fault is shown."""
    found = barriers(panel.page, part)
    assert found == [], "\n".join(found)
    names = panel.page.evaluate(NAMES)
    assert names
    assert all(names), f"whoever does not see the words beside a control hears them: {names}"


def calibrate(
    panel: Steps, barriers: Barriers, export: Path, part: str = ".fs-panel", look: Look = unseen
) -> None:
    """An export that nobody knows: uploaded, one of its words explained, fitted, checked, kept, in Chinese.

    The keyboard stands before the panel; `export` says `eingeschlafen` of deals without a decision.
    """
    page = panel.page
    page.on("filechooser", lambda _: None)  # from now on none opens on a screen that nobody sees
    panel.until_said("kpi", "460 deals")
    panel.tab_to("Upload an export (CSV, xlsx, Parquet, XES)")
    with page.expect_file_chooser() as asked:
        panel.press("Enter")
    asked.value.set_files(export)
    panel.until_said("kpi", f"deals in .* rows of {export.name}.*guessed")
    sound(panel, barriers, part)
    panel.tab_to("What 'eingeschlafen' means")
    page.keyboard.type("no d")  # chosen by its first letters, as in any list
    panel.until_said("kpi", "Read as the mapping")
    look("mapped")
    sound(panel, barriers, part)
    panel.tab_to("Fit", key="Shift+Tab")
    panel.press("Enter")
    panel.until_said("kpi", "are fitted")
    panel.until_drawn(1)
    assert "closed visits alone would say" in page.locator(".fs-panel .fs-caption").inner_text()
    panel.tab_to("Check on held-out part")
    panel.press("Enter")
    page.wait_for_selector(".fs-views button.mod-active:last-child", timeout=60_000)
    panel.until_drawn(1)
    look("checked")
    sound(panel, barriers, part)
    panel.tab_to("Name of the file to save", key="Shift+Tab")
    panel.type_over("二零二六", end="Tab")
    panel.press("Enter")
    panel.until_said("status", "二零二六.yaml")
    look("saved")
    panel.tab_to("中文", key="Shift+Tab")
    panel.press("Enter")
    panel.until_said("kpi", "笔商机")
    panel.until(TOLD, CHINESE)
    sound(panel, barriers, part)
    assert page.locator(".fs-error").count() == 0


def design(panel: Steps, barriers: Barriers, part: str = ".fs-panel", look: Look = unseen) -> None:
    """A process: a stage renamed, a fault made and undone, evidence wanted, tried, saved, in Chinese.

    The keyboard stands before the panel.
    """
    page = panel.page
    panel.tab_to("1 Buyer")
    panel.press("ArrowRight", "Enter")
    panel.tab_to("Name in English")
    panel.type_over("First call")
    panel.until("() => document.querySelector('.fs-growing').textContent.includes('First call')")
    panel.tab_to("Share that goes on")
    panel.type_over("80")
    assert "First call – Share that goes on" in panel.until_said("wrong", "One thing to mend")
    assert "Write 0.8 for 80 %" in page.locator(".fs-fault:visible").all_inner_texts()[0]
    sound(panel, barriers, part)
    panel.tab_to("Undo", key="Shift+Tab")
    panel.press("Enter")
    panel.until_said("wrong", "valid scenario")
    panel.tab_to("2 Stages")
    panel.press("ArrowRight", "Enter")
    panel.tab_to("Exit criteria: no deal leaves a stage without its evidence")
    panel.press("Space")
    panel.tab_to("+ Add")
    panel.press("Enter")
    panel.until("() => document.activeElement.getAttribute('aria-label') === 'Name in English, 2'")
    panel.type_over("The customer has replied")
    panel.until_said("wrong", "valid scenario")
    look("proven")
    look("gated")
    panel.tab_to("Try it: what would it bring?", key="Shift+Tab")
    panel.press("Enter")
    panel.until_said("kpi", "long run.*(better|worse|tie)")
    panel.until_drawn()
    page.wait_for_selector(".fs-panel .fs-table:visible", timeout=60_000)
    sound(panel, barriers, part)
    panel.tab_to("Name of the file to save")
    panel.type_over("我的流程", end="Tab")
    panel.press("Enter")
    panel.until_said("status", "我的流程.yaml")
    look("saved")
    panel.tab_to("中文", key="Shift+Tab")
    panel.press("Enter")
    panel.until_said("kpi", "长期.*(更好|更差|持平)")
    panel.until_said("wrong", "有效的方案")
    for step in ("proof", "templates"):
        panel.tab_to(text(f"design.step.{step}.title", "zh"))
        panel.press("ArrowRight", "Enter")
        sound(panel, barriers, part)
    panel.until("() => document.querySelector('.fs-growing').textContent.includes('准出标准')")
    assert page.locator(".fs-error").count() == 0


def predict(panel: Steps, barriers: Barriers, numbers: list[str], part: str = ".fs-panel") -> None:
    """The first prediction of a module: a name, every field, kept, the answer with its figures, in Chinese.

    numbers   what is typed where a number is wanted; lists are answered in their order
    """
    page, places = panel.page, 0
    reveal, store = page.locator(".fs-reveal").first, page.locator(".fs-store").first
    assert reveal.is_disabled(), "no answer before a prediction"
    panel.tab_to("Your name")
    page.keyboard.type("小梅")
    panel.press("Tab")
    while not store.evaluate("button => button === document.activeElement"):
        if page.evaluate("document.activeElement.tagName") == "SELECT":
            places += 1
            panel.press(*["ArrowDown"] * places)
        else:
            page.keyboard.type(numbers.pop(0))
        panel.press("Tab")
    assert numbers == []
    panel.press("Enter")
    panel.until_said("status", "Kept for 小梅")
    panel.press("Tab")
    assert reveal.evaluate("button => button === document.activeElement")
    charts = page.locator(".fs-chart").count()
    panel.press("Enter")
    panel.until("was => document.querySelectorAll('.fs-chart .main-svg').length > was", charts)
    panel.until_said("status", "prediction stays as it is")
    assert panel.words("kpi").strip()
    panel.until(TOLD, "Your .*: (inside|outside) the interval")
    panel.tab_to("中文", key="Shift+Tab")
    panel.press("Enter")
    panel.until_said("kpi", CHINESE)
    sound(panel, barriers, part)
    assert page.locator(".fs-error").count() == 0


def explore(panel: Steps, barriers: Barriers, part: str) -> None:
    """A trainer goes through all of the explorer: A pinned, deals turned, undone, saved, opened, in Chinese.

    part   the part of the page that axe-core looks at
    """
    page = panel.page
    panel.until_drawn()
    for tab in page.locator(".fs-panel .lm-TabBar-tab").all():
        tab.click()
        assert page.evaluate(OUT_OF_TAB) == [], tab.inner_text()
    page.locator(".fs-panel .lm-TabBar-tab").first.click()
    panel.move(1, 4)
    panel.until_said("kpi", "long run.*(better|worse|tie)")
    panel.until_said("command", re.escape("team.reps.*.weekly_hours=*1.2"))
    page.locator(".fs-pin").press("Enter")
    page.wait_for_timeout(1_000)  # what one hand moves within a moment is one step to undo
    panel.move(1, -6)
    panel.until_said("kpi", "B against A.*long run.*(better|worse|tie)")
    assert len(panel.charts()) == 2
    page.locator(".fs-deals").press("Enter")
    page.wait_for_selector(".fs-turned-table table", timeout=60_000)
    panel.until("document.querySelectorAll('.fs-chart .main-svg').length >= 3")
    found = barriers(page, part)
    assert found == [], "\n".join(found)
    page.locator(".fs-undo").press("Enter")
    panel.until("() => document.querySelectorAll('.fs-turned-table table').length === 0")
    page.locator(".fs-file-name input").fill("二零二六")
    page.locator(".fs-save").press("Enter")
    panel.until_said("status", "二零二六.yaml")
    before = panel.levers()
    page.locator(".fs-reset").press("Enter")
    panel.until(f"was => JSON.stringify(({LEVERS})()) !== JSON.stringify(was)", before)
    page.locator(".fs-file-list select").select_option("二零二六.yaml")
    page.locator(".fs-load").press("Enter")
    panel.until_said("status", re.escape("二零二六.yaml"))
    panel.until(f"was => JSON.stringify(({LEVERS})()) === JSON.stringify(was)", before)
    panel.switch()
    panel.until_said("kpi", "第一年")
    found = barriers(page, part)
    assert found == [], "\n".join(found)
    names = page.evaluate(
        "() => [...document.querySelectorAll('.fs-slider .noUi-handle, .fs-choice select, .fs-file-name input')]"
        ".map(part => part.getAttribute('aria-label'))"
    )
    assert len(names) >= 12
    assert all(names), "whoever does not see the words beside a control hears them"
    assert page.locator(".fs-error").count() == 0
