"""Calibration in a real JupyterLab, by keyboard: a table nobody knows is uploaded, mapped, fitted, kept and opened."""

from __future__ import annotations

import re
import time

import nbformat
import pytest
from lab import PanelPage, jupyter_lab
from unknown_exports import deals
from walks import calibrate

from funnelsim.engine import readiness
from funnelsim.scenario import files
from funnelsim.show.parameters import shipped_notebooks

pytestmark = pytest.mark.browser
WHERE = "() => document.activeElement.closest('[class*=\"fs-\"]')?.className || ''"


def settled(panel: PanelPage) -> None:
    assert panel.ask("panel.worker_settled(120)") == "True"


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
    panel = PanelPage(page, lab, "calibration", ".fs-views")
    work = home / "work"
    export = deals(tmp_path / "deals.csv")
    told = "panel.work.mapping.now.means['eingeschlafen']"
    downloads = []

    def look(step: str) -> None:
        if step == "mapped":
            settled(panel)
            assert panel.ask(told) == "'no_decision'"
            assert "Verkäufer → Owner" in page.locator(".fs-first-rows").inner_text()
            page.locator(".fs-mapping-undo").press("Enter")
            settled(panel)
            assert panel.ask(told) == "'open'"
            page.locator(".fs-mapping").press("Enter")
            panel.until_said("status", "deals.mapping.yaml")
        elif step == "checked":
            with page.expect_download() as told_of:
                page.locator(".fs-panel .fs-picture").first.press("Enter")
            downloads.append(told_of.value.path().read_bytes())
        else:
            digest = panel.ask("str(panel.work.found.scenario.digest)")[1:-1]
            assert digest == files.load(work / "二零二六.yaml").digest

    page.locator(".fs-language button").first.focus()
    calibrate(panel, barriers, export, look=look)
    assert downloads[0].startswith(b"\x89PNG")
    line = panel.ask("panel.copy_next.text")[1:-1]

    head, *rows = export.read_text("utf-8").splitlines()
    large = tmp_path / "large.csv"  # a Jupyter server takes 10 MB at once
    large.write_text("\n".join([f"{head};Bemerkung", *(f"{row};{45_000 * 'x'}" for row in rows)]), "utf-8")
    page.locator(".fs-upload-input").set_input_files(large)
    panel.until_said("kpi", "large.csv.*300")
    assert (work / "large.csv").stat().st_size == large.stat().st_size
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
    panel = PanelPage(page, lab, "keys", ".fs-views")
    panel.until_said("kpi", "460 deals")
    page.locator(".fs-fit").focus()
    page.keyboard.press("Enter")
    cancel = page.locator("button.fs-cancel")
    cancel.wait_for(state="visible", timeout=20_000)
    cancel.press("Enter")
    panel.until_said("status", "Cancelled")
    settled(panel)
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
