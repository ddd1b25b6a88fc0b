"""`funnelsim app` as a room sees it: real servers, real kernels, a panel by keyboard, nothing from outside, no code."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from lab import shorter
from served import AppPage, app, kernel_of
from walks import explore

from funnelsim import labels
from funnelsim.engine import readiness
from funnelsim.labels import text

pytestmark = pytest.mark.browser
LONG = 60_000  # simulated years that no test waits for
ROOM = "funnelsim-notebooks"
SPEAKS = """() => {  // every panel of the page speaks as one
    const second = [...document.querySelectorAll('.fs-language')].map(box => box.querySelectorAll('button')[1]);
    return second.length > 1 && second.every(button => button.classList.contains('mod-active'));
}"""
KERNEL = "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
END = """kernel => fetch('/voila/api/shutdown/' + kernel,
    { method: 'POST', headers: { 'X-XSRFToken': document.cookie.match('_xsrf=([^;]*)')[1] } })"""


def book(folder: Path, name: str, *sources: str) -> None:
    """A notebook of somebody's own."""
    cells = [nbformat.v4.new_markdown_cell("# Mine · 我的"), *map(nbformat.v4.new_code_cell, sources)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    own = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(own, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Every notebook on one server, with few simulated years; two of the trainer's own."""
    readiness.compile_once()
    home = tmp_path_factory.mktemp("app")
    folder = home / "work" / ROOM
    for source, years, target in (
        ("00_start.ipynb", 6, "00_start.ipynb"), ("planning/what_if.ipynb", 6, "planning/what_if.ipynb"),
        ("00_start.ipynb", LONG, "long.ipynb"),
    ):  # fmt: skip
        shorter(source, years, folder / target)
    book(
        folder, "broken", "import warnings\nwarnings.warn('never seen')\nprint('seen')",
        "import funnelsim as fs\nfs.load('industrial_8x9')", "print('never reached')",
    )  # fmt: skip
    with app(home, "--all") as served:
        yield served


def render(name: str, lang: str = "") -> str:
    return f"/voila/render/{name}.ipynb" + (f"?lang={lang}" if lang else "")


def test_the_start_page_answers_a_slider_in_both_languages(room, page, watch, barriers):
    seen = watch(page, room.address)
    page.goto(room.address)
    assert page.locator("a").count() >= 4
    page.locator("a[href$='/00_start.ipynb']").click(no_wait_after=True)
    page.wait_for_selector("#loading", timeout=60_000)
    assert page.locator("#loading").inner_text().strip() == text("app.starting")
    panel = AppPage(page, room.address, render("00_start"))
    panel.until_drawn()
    panel.until_said("kpi", re.escape(text("panel.unchanged")))
    assert page.title() == "Start here: a tour in five minutes – funnelsim"
    body = page.locator("body").inner_text()
    assert "import funnelsim" not in body
    assert "Run All Cells" not in body, "what is for readers of the notebook is not on the page"
    assert not re.search("[\u4e00-\u9fff]", body.replace("中文", "")), "one language at a time"
    page.wait_for_selector(".fs-still .main-svg")
    at_rest = panel.charts()
    panel.move(1, 4)
    assert re.search("better|worse|tie", panel.until_said("kpi", "long run"))
    moved = panel.charts()
    assert len(moved) == 2
    assert all(now[0] != then[0] for now, then in zip(moved, at_rest, strict=True))
    assert barriers(page, "body") == []
    panel.switch()
    panel.until_said("kpi", "第一年")
    assert page.title() == "从这里开始：五分钟导览 – funnelsim"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.locator("h2").first.inner_text().startswith("1. 流程")
    panel.until(SPEAKS)
    assert barriers(page, "body") == []
    assert seen.outside == []
    assert seen.errors == []


def test_a_trainer_goes_through_everything(room, page, watch, barriers):
    seen = watch(page, room.address)
    explore(AppPage(page, room.address, render("planning/what_if")), barriers, "body")
    assert seen.outside == []
    assert seen.errors == []


def test_cancel_really_cancels_the_panel_lives_on_and_says_when_it_does_not(room, page, watch):
    seen = watch(page, room.address)
    panel = AppPage(page, room.address, render("long", "zh"))
    assert page.title() == "从这里开始：五分钟导览 – funnelsim", "a page can be asked for in a language"
    cancel = page.locator("button.fs-cancel")
    for moves in (0, 1):
        panel.move(2, moves)
        cancel.wait_for(state="visible", timeout=60_000)
        panel.until_said("status", re.escape(text("panel.working", "zh")))
        cancel.press("Enter")
        panel.until_said("status", re.escape(text("panel.cancelled", "zh")), seconds=10)
        cancel.wait_for(state="hidden", timeout=10_000)
    assert seen.errors == []
    kernel = page.evaluate(KERNEL)
    page.evaluate("kernel => fsApp.look(kernel)", kernel)
    assert page.locator("#fs-lost").is_hidden()
    page.evaluate(END, kernel)
    for _ in range(2):
        page.evaluate("kernel => fsApp.look(kernel)", kernel)
    assert text("app.lost", "zh") in page.locator("#fs-lost").inner_text()


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_a_cell_that_fails_says_so_in_words(room, page, watch, lang):
    seen = watch(page, room.address)
    AppPage(page, room.address, render("broken", lang), shows="")
    said = page.locator(".fs-error").inner_text()
    assert text("app.failed", lang) in said
    assert "industrial_8x8" in said, "the mend"
    body = page.locator("body").inner_text()
    assert "seen" in body
    for hidden in ("Traceback", "never seen", "never reached", "File ", "fs.load"):
        assert hidden not in body
    assert "Traceback" not in page.content()
    assert seen.outside == []
    assert seen.errors == []


def test_a_closed_page_takes_its_kernel_along_and_a_silent_one_after_a_while(tmp_path, page):
    book(tmp_path, "mine", "import ipywidgets\nipywidgets.IntSlider().add_class('fs-slider')")
    with app(tmp_path, str(tmp_path / "mine.ipynb"), "--keep", "0.25") as served:
        AppPage(page, served.address)
        kernel = page.evaluate(KERNEL)
        status, html = served.get()
        assert status == 200
        silent = kernel_of(html)
        assert served.has(silent)
        served.until_kernels(1)  # whoever asked has never come for it
        assert served.has(kernel), "an open page keeps its kernel, however long nobody moves anything"
        page.goto("about:blank")
        served.until_kernels(0)
        served.until_forgotten(kernel)
        served.until_forgotten(silent)


def test_who_asks_by_another_name_is_refused(room):
    assert room.get(Host="evil.example")[0] == 403
    status, said = room.get("/voila/files/planning/what_if.ipynb")
    assert status in (403, 404)
    assert "nbformat" not in said
