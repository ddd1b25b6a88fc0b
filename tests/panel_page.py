"""A panel on a page, in JupyterLab or in the app: what somebody sees of it and does with it, by keyboard."""

from __future__ import annotations

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

HERE = """() => {
    const part = document.activeElement, label = part.labels && part.labels[0];
    if (part === document.body) return "";
    return (part.getAttribute('aria-label') || (label || part).textContent || '').trim();
}"""


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

    # The keyboard alone, from where it is

    def here(self) -> str:
        """What the control that has the keyboard is called."""
        return self.page.evaluate(HERE)

    def tab_to(self, name: str, most: int = 90, key: str = "Tab") -> None:
        """Press the tabulator until the control of this name has the keyboard."""
        passed = []
        for _ in range(most):
            self.page.keyboard.press(key)
            passed.append(self.here())
            if passed[-1] == name:
                return
        raise AssertionError(f"no way to '{name}' by keyboard, only to {passed}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type_over(self, said: str, end: str = "Enter") -> None:
        """Other words in the field that has the keyboard."""
        self.press("Control+A")
        self.page.keyboard.type(said)
        self.press(end)
