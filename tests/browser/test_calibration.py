"""Calibration in a real JupyterLab, by keyboard: a table nobody knows is uploaded, mapped, fitted, kept and opened."""

from __future__ import annotations

import re
import time

import nbformat
import pytest
from lab import READY, TOKEN, PanelPage, jupyter_lab
from unknown_exports import deals

from funnelsim.engine import readiness
from funnelsim.scenario import files
from funnelsim.show.parameters import shipped_notebooks

pytestmark = pytest.mark.browser
WHERE = "() => document.activeElement.closest('[class*=\"fs-\"]')?.className || ''"


class Calibrating(PanelPage):
    """The calibration notebook on a page."""

    def __init__(self, page, address: str, notebook: str):
        self.page = page
        page.goto(f"{address}/doc/tree/{notebook}.ipynb?token={TOKEN}", wait_until="commit")
        page.wait_for_function(READY, timeout=90_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(".fs-panel .fs-views", timeout=90_000)

    def settled(self) -> None:
        assert self.ask("panel.worker_settled(120)") == "True"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("lab") / "lab"


@pytest.fixture(scope="module")
def lab(home):
    readiness.compile_once()
    with jupyter_lab(home, {"calibration": 0, "keys": 0}, source="calibration.ipynb") as address:
        yield address


def test_an_export_nobody_knows_becomes_a_company_in_the_explorer(lab, home, page, watch, tmp_path, barriers):
    seen = watch(page, lab)
    panel = Calibrating(page, lab, "calibration")
    panel.until_said("kpi", "460 deals")
    work = home / "work"
    assert barriers(page, ".fs-panel") == []

    (tmp_path / "empty.csv").write_text("", "utf-8")
    page.locator(".fs-upload-input").set_input_files(tmp_path / "empty.csv")
    panel.until_said("kpi", "the file is empty")
    head, *rows = deals(tmp_path / "deals.csv").read_text("utf-8").splitlines()
    large = tmp_path / "large.csv"  # a Jupyter server takes 10 MB at once
    large.write_text("\n".join([f"{head};Bemerkung", *(f"{row};{45_000 * 'x'}" for row in rows)]), "utf-8")
    page.locator(".fs-upload-input").set_input_files(large)
    panel.until_said("kpi", "300 deals in 300 rows of large.csv.*guessed")
    assert (work / "large.csv").stat().st_size == large.stat().st_size

    page.locator(".fs-upload-input").set_input_files(tmp_path / "deals.csv")
    panel.until_said("kpi", "300 deals in 300 rows of deals.csv.*guessed")
    assert "Verkäufer → Owner" in page.locator(".fs-first-rows").inner_text()
    labels = page.locator("[class*='fs-label-'] select")
    [at] = [n for n in range(labels.count()) if "eingeschlafen" in labels.nth(n).get_attribute("aria-label")]
    labels.nth(at).focus()
    page.keyboard.type("no d")  # chosen by its first letters, as in any list
    panel.until_said("kpi", "Read as the mapping")
    panel.settled()
    assert panel.ask("panel.work.mapping.now.means['eingeschlafen']") == "'no_decision'"
    assert barriers(page, ".fs-panel") == []
    page.locator(".fs-mapping-undo").press("Enter")
    panel.settled()
    assert panel.ask("panel.work.mapping.now.means['eingeschlafen']") == "'open'"
    page.locator(".fs-mapping").press("Enter")
    panel.until_said("status", "deals.mapping.yaml")

    page.locator(".fs-fit").press("Enter")
    panel.until_said("kpi", "are fitted")
    panel.until_drawn(1)
    assert "closed visits alone would say" in page.locator(".fs-panel .fs-caption").inner_text()
    with page.expect_download() as told:
        page.locator(".fs-panel .fs-picture").first.press("Enter")
    assert told.value.path().read_bytes().startswith(b"\x89PNG")
    page.locator(".fs-file-name input").fill("二零二六")
    page.locator(".fs-save").press("Enter")
    panel.until_said("status", "二零二六.yaml")
    assert (
        panel.ask("str(panel.work.found.scenario.digest)")[1:-1] == files.load(work / "二零二六.yaml").digest
    )
    page.locator(".fs-language button").nth(1).press("Enter")
    panel.until_said("kpi", "300 笔商机")
    assert barriers(page, ".fs-panel") == []
    names = page.evaluate(
        "() => [...document.querySelectorAll('.fs-panel select, .fs-panel input:not([type=file])')]"
        ".map(part => part.getAttribute('aria-label'))"
    )
    assert all(names), "whoever does not see the words above a control hears them"
    line = panel.ask("panel.copy_next.text")[1:-1]
    assert seen.outside == []
    assert seen.errors == []

    book = nbformat.read(shipped_notebooks() / "planning" / "what_if.ipynb", as_version=4)
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = re.sub('scenario = "[^"]*"', lambda _: line, cell.source)
            cell.source = cell.source.replace("replications = 50", "replications = 4")
    nbformat.write(book, work / "next.ipynb")
    explorer = PanelPage(page, lab, "next")
    explorer.until_drawn()
    assert explorer.ask("panel.scenario.digest")[1:-1] == files.load(work / "二零二六.yaml").digest
    assert page.locator(".fs-panel .fs-error").count() == 0


def test_the_keyboard_reaches_everything_and_a_fit_can_be_cancelled(lab, page, watch):
    seen = watch(page, lab)
    panel = Calibrating(page, lab, "keys")
    panel.until_said("kpi", "460 deals")
    page.locator(".fs-fit").focus()
    page.keyboard.press("Enter")
    cancel = page.locator("button.fs-cancel")
    cancel.wait_for(state="visible", timeout=20_000)
    cancel.press("Enter")
    panel.until_said("status", "Cancelled")
    panel.settled()
    assert panel.ask("panel.work.found") == "None"
    page.locator(".fs-views button").first.press("Enter")
    page.wait_for_selector(".fs-first-rows table")
    page.locator(".fs-language button").nth(1).focus()
    reached, began = "", time.monotonic()
    while "fs-first-rows" not in reached and time.monotonic() - began < 20:
        page.keyboard.press("Tab")
        reached += " " + page.evaluate(WHERE)
    for part in ("fs-upload-input", "fs-file-list", "fs-path", "fs-mapping-list", "fs-as-of", "fs-base", "fs-fit",
                 "fs-file-name", "fs-mapping", "fs-copy", "fs-views", "fs-first-rows"):  # fmt: skip
        assert part in reached, part
    page.locator(".fs-path input").fill("nothing.csv")
    page.keyboard.press("Enter")
    panel.until_said("kpi", "there is no such file")
    assert seen.outside == []
    assert seen.errors == []
