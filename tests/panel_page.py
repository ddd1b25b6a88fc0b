"""A panel on a page, in JupyterLab or in the app: what somebody sees of it and does with it, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

LEVERS = """() => [...document.querySelectorAll('.fs-slider .noUi-handle, .fs-choice select')]
    .map(part => part.getAttribute('aria-valuenow') ?? part.value)"""

OUT_OF_TAB = """() => {
    const room = document.querySelector('.fs-panel .widget-tab-contents, .fs-panel .jupyter-widget-tab-contents');
    const edge = room.getBoundingClientRect().right - parseFloat(getComputedStyle(room).paddingRight) + 1;
    return [...room.querySelectorAll('select, .fs-lever, .noUi-base')]
        .filter(part => part.getBoundingClientRect().right > edge).map(part => part.className);
}"""
"""Controls of the open tab that are cut off at its right edge."""


class Steps:
    """A panel, wherever it is shown: what is asked and pressed lies within `fs-panel`."""

    def __init__(self, page: Any):
        self.page = page

    def until_drawn(self, charts: int = 2) -> None:
        """Wait for the charts."""
        self.until(f"document.querySelectorAll('.fs-panel .fs-chart .main-svg').length >= {charts}")

    def until(self, condition: str, argument: Any = None, seconds: float = 90) -> None:
        """Wait until a condition of the page holds."""
        self.page.wait_for_function(condition, arg=argument, timeout=seconds * 1000)

    def move(self, slider: int, steps: int) -> None:
        """Press an arrow key on the handle of a slider so many times: to the right, or to the left if negative."""
        self.page.locator(".fs-panel .fs-slider .noUi-handle").nth(slider).focus()
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")

    def words(self, kind: str) -> str:
        """What a part says: `kpi` the finding, `status` the small print."""
        return " ".join(self.page.locator(f".fs-panel .fs-{kind}").all_inner_texts())

    def until_said(self, kind: str, pattern: str, seconds: float = 90) -> str:
        """Wait until a part says something, and give all that it says."""
        says = """([kind, pattern]) =>
            new RegExp(pattern).test(document.querySelector('.fs-panel .fs-' + kind).textContent)"""
        self.until(says, [kind, pattern], seconds)
        return self.words(kind)

    def charts(self) -> list[Any]:
        """What is drawn: the data of each chart, and the words that stand for it."""
        return self.page.evaluate(
            "() => [...document.querySelectorAll('.fs-panel .fs-chart.js-plotly-plot')].map("
            "box => [JSON.stringify(box.data.map(trace => [trace.x, trace.y])), box.getAttribute('aria-label')])"
        )

    def levers(self) -> list[str]:
        """How the levers stand: the value of each slider, the choice of each list."""
        return self.page.evaluate(LEVERS)

    def switch(self) -> None:
        """Speak Chinese from now on."""
        self.page.locator(".fs-panel .fs-language button").nth(1).press("Enter")


def explore(panel: Steps, barriers: Callable[[Any, str], list[str]], part: str) -> None:
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
