"""Every other notebook under `funnelsim app`, by keyboard alone: calibrated, designed, predicted, in both languages."""

from __future__ import annotations

import pytest
from lab import shorter
from served import AppPage, app
from unknown_exports import simulated
from walks import calibrate, design, predict

from funnelsim.engine import readiness
from funnelsim.scenario import files

pytestmark = pytest.mark.browser
ROOM = "funnelsim-notebooks"
YEARS = {
    "calibration": 0, "planning/process_design": 6, "workshop/01_funnel_machine": 4,
    "workshop/04_one_fifteen_thirty": 4, "workshop/06_bottleneck_money": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("app") / "work" / ROOM


@pytest.fixture(scope="module")
def room(folder):
    """The notebooks on one server, with few simulated years."""
    readiness.compile_once()
    for name, years in YEARS.items():
        shorter(f"{name}.ipynb", years, folder / f"{name}.ipynb")
    with app(folder.parent.parent, "--all") as served:
        yield served


@pytest.fixture
def opens(room, page, watch):
    """Opens a page of the room; at the end nothing was asked of other places, and nothing complained."""
    seen = watch(page, room.address)

    def opened(name: str, shows: str, lang: str = "") -> AppPage:
        path = f"/voila/render/{name}.ipynb" + (f"?lang={lang}" if lang else "")
        return AppPage(page, room.address, path, shows)

    yield opened
    assert seen.outside == []
    assert seen.errors == []


def test_an_export_nobody_knows_becomes_a_company(opens, folder, barriers, tmp_path):
    calibrate(opens("calibration", ".fs-views"), barriers, simulated(tmp_path / "deals.csv"), "body")
    kept = files.load(folder / "二零二六.yaml")
    assert len(kept.stages) == 1


def test_a_process_is_designed_tried_and_saved(opens, folder, barriers):
    design(opens("planning/process_design", ".fs-growing"), barriers, "body")
    kept = files.load(folder / "planning" / "我的流程.yaml")
    assert kept.stages[0].name.en == "First call"
    assert kept.stages[0].evidence[1].name.en == "The customer has replied"


@pytest.mark.parametrize(
    ("module", "numbers"),
    [
        ("01_funnel_machine", ["300", "9"]),
        ("04_one_fifteen_thirty", ["30", "-20", "5"]),
        ("06_bottleneck_money", ["-5"]),
    ],
)
def test_a_participant_predicts_and_sees_the_answer(opens, barriers, module, numbers):
    predict(opens(f"workshop/{module}", ".fs-reveal"), barriers, numbers, "body")


def test_wrong_files_a_cancel_two_tabs_and_a_page_loaded_anew_end_in_words(
    opens, room, page, watch, tmp_path
):
    panel = opens("calibration", ".fs-views")
    field, kpi = page.locator(".fs-upload-input"), page.locator(".fs-kpi")
    panel.until_said("kpi", "460 deals")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (tmp_path / "empty.csv").write_text("", "utf-8")
    for name, said in (("picture.png", "no table"), ("empty.csv", "the file is empty")):
        field.set_input_files(tmp_path / name)
        assert "Traceback" not in panel.until_said("kpi", f"{name}: .*{said}")
    row = "A-1;2025-01-01;2025-03-01;gewonnen\n"
    large = "Vorgang;Beginn;Ende;Ergebnis\n" + row * (30_000_000 // len(row))
    (tmp_path / "large.csv").write_text(large, "utf-8")
    field.set_input_files(tmp_path / "large.csv")
    page.locator("button.fs-cancel").wait_for(state="visible", timeout=20_000)
    page.locator("button.fs-cancel").press("Enter")
    panel.until_said("status", "Cancelled")
    assert "fs-error" not in kpi.inner_html(), "another file is not to blame"
    panel.switch()
    panel.until_said("status", "已取消")
    other = page.context.new_page()
    seen = watch(other, room.address)
    second = AppPage(other, room.address, "/voila/render/calibration.ipynb?lang=zh", ".fs-views")
    for one in (panel, second):
        one.page.locator("button.fs-save").wait_for(timeout=20_000)
        one.page.locator("[class*='fs-file-list'] select").select_option(index=0)
    second.until_said("kpi", "460 笔商机")
    assert seen.errors == []
    page.reload(wait_until="commit")
    page.wait_for_selector(".fs-views", timeout=90_000)
    panel.until_said("kpi", "460 笔商机")
    assert page.evaluate("document.documentElement.lang") == "zh-CN", "a page loaded anew speaks as it did"
