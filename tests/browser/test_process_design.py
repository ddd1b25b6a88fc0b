"""A process is designed in a real JupyterLab, by keyboard alone: renamed, proven, faulty, undone, tried and saved."""

from __future__ import annotations

import re

import pytest
from lab import READY, TOKEN, PanelPage, jupyter_lab

from funnelsim.engine import readiness

pytestmark = pytest.mark.browser
PART = ".fs-panel"
NAMED = """() => [...document.querySelectorAll('.fs-steps input:not([type=checkbox]), .fs-steps select')]
    .filter(part => part.offsetParent).map(part => part.getAttribute('aria-label') || '')"""


class DesignPage(PanelPage):
    """The panel of process design on a page."""

    def __init__(self, page, address: str):
        self.page = page
        page.goto(f"{address}/doc/tree/process_design.ipynb?token={TOKEN}", wait_until="commit")
        page.wait_for_function(READY, timeout=90_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(".fs-growing", timeout=90_000)

    def step_on(self) -> None:
        """From the tab that is open to the next one."""
        self.page.locator(".fs-steps .lm-TabBar-tab.lm-mod-current").focus()
        self.page.keyboard.press("ArrowRight")
        self.page.keyboard.press("Enter")

    def tab_to(self, label: str, most: int = 60) -> None:
        """Press the tabulator until a control of this name has the keyboard."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            name = self.page.evaluate("() => document.activeElement.getAttribute('aria-label') || ''")
            if name == label:
                return
        raise AssertionError(f"no way to '{label}' by keyboard")

    def type_over(self, said: str) -> None:
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(said)
        self.page.keyboard.press("Enter")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    readiness.compile_once()
    home = tmp_path_factory.mktemp("lab") / "lab"
    with jupyter_lab(home, {"process_design": 6}, source="planning/process_design.ipynb") as address:
        yield address


def test_a_process_is_designed_by_keyboard_tried_and_saved(lab, page, watch, barriers):
    seen = watch(page, lab)
    panel = DesignPage(page, lab)
    panel.step_on()
    panel.tab_to("Name in English")
    panel.type_over("First call")
    panel.until("() => document.querySelector('.fs-growing').textContent.includes('First call')")
    names = page.evaluate(NAMED)
    assert len(names) > 10
    assert all(names), "whoever does not see the words beside a control hears them"
    panel.tab_to("Share that goes on")
    panel.type_over("80")
    said = panel.until_said("wrong", "One thing to mend")
    assert "First call – Share that goes on" in said
    assert "Write 0.8 for 80 %" in page.locator(".fs-fault:visible").all_inner_texts()[0]
    assert barriers(page, PART) == []
    page.locator(".fs-undo").press("Enter")
    panel.until_said("wrong", "valid scenario")
    panel.step_on()
    page.locator(".fs-evidence-add").press("Enter")
    focused = "() => document.activeElement.getAttribute('aria-label') === 'Name in English, 2'"
    panel.until(focused)
    panel.type_over("The customer has replied")
    page.locator(".fs-steps input[type=checkbox]:visible").first.press("Space")
    assert panel.ask("panel.changed().stages[0].evidence[1].name.en") == "'The customer has replied'"
    assert panel.ask("panel.changed().policies.gates.on") == "True"
    page.locator(".fs-try").press("Enter")
    panel.until_said("kpi", "long run.*(better|worse|tie)")
    panel.until_drawn()
    page.wait_for_selector(f"{PART} .fs-table:visible", timeout=60_000)
    assert barriers(page, PART) == []
    page.locator(".fs-file-name input").fill("我的流程")
    page.locator(".fs-save").press("Enter")
    panel.until_said("status", re.escape("我的流程.yaml"))
    assert panel.ask("fs.load('我的流程.yaml') == panel.changed()") == "True"
    page.locator(".fs-language button").nth(1).press("Enter")
    panel.until_said("wrong", "有效的方案")
    for _ in range(2):
        panel.step_on()
        assert barriers(page, PART) == []
    panel.until("() => document.querySelector('.fs-growing').textContent.includes('准出标准')")
    assert page.locator(".fs-error").count() == 0
    assert seen.outside == []
    assert seen.errors == []
