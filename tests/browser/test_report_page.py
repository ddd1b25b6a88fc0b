"""A report is one file: opens without a network, draws its charts, runs nothing that was typed into it."""

from __future__ import annotations

import pytest

from funnelsim.scenario.files import load, save
from funnelsim.show.chromium import SHEET
from funnelsim.show.report import run_report

pytestmark = pytest.mark.browser
NASTY = "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"


@pytest.fixture(scope="module", params=["en", "zh"])
def report(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("report")
    scenario = load("tiny")
    words = type(scenario.name)(en=NASTY, zh=NASTY)
    stages = (scenario.stages[0].model_copy(update={"name": words}), *scenario.stages[1:])
    save(scenario.model_copy(update={"name": words, "stages": stages}), home / "nasty.yaml")
    told = {
        "scenario": home / "nasty.yaml",
        "replications": 4,
        "name": NASTY,
        "change": "demand.units.*.weekly_deals=*1.3",
    }
    return run_report("comparison", told, home / "out", request.param)


def test_the_report_opens_with_no_network(report, page, watch, barriers):
    seen = watch(page, report.html.as_uri())
    page.goto(report.html.as_uri())
    page.wait_for_function("document.querySelectorAll('.fs-chart .main-svg').length >= 4")
    assert seen.outside == []
    assert seen.errors == []
    charts = page.locator(".fs-chart")
    assert charts.count() >= 4
    for at in range(charts.count()):
        assert charts.nth(at).get_attribute("aria-label")
        box = charts.nth(at).bounding_box()
        assert box["width"] > 600
        assert box["height"] > 150
    assert page.locator(".fs-answer p").count() >= 3
    assert page.locator(".jp-CodeMirrorEditor").count() == 0, "code is hidden"
    assert barriers(page, "body") == []


def test_what_a_user_typed_stays_text(report, page, watch):
    watch(page, report.html.as_uri())
    page.goto(report.html.as_uri())
    page.wait_for_function("document.querySelectorAll('.fs-chart .main-svg').length >= 4")
    assert page.evaluate("document.title") != "hacked"
    assert page.locator("img[onerror], .fs-chart image[href^=x]").count() == 0
    assert "<script>document" in page.locator("h1").inner_text()


def test_titles_and_labels_are_not_cut_off(report, page):
    page.goto(report.html.as_uri())
    page.wait_for_function("document.querySelectorAll('.fs-chart .main-svg').length >= 4")
    cut = page.evaluate("""() => [...document.querySelectorAll('.fs-chart')].flatMap(chart => {
        const box = chart.getBoundingClientRect();
        return [...chart.querySelectorAll('.gtitle, .xtitle, .ytick text, .legendtext')].filter(t => {
            const b = t.getBoundingClientRect();
            return b.width && (b.left < box.left - 2 || b.right > box.right + 2 ||
                               b.top < box.top - 2 || b.bottom > box.bottom + 2);
        }).map(t => t.textContent);
    })""")
    assert cut == []


def test_a_report_is_printed_as_pdf(report, chromium, tmp_path):
    told = {"scenario": "tiny", "results": str(report.folder)}
    made = run_report("comparison", told, tmp_path, "zh", formats=("html", "pdf"))
    assert made.pdf.read_bytes().startswith(b"%PDF")
    assert made.pdf.stat().st_size > 20_000
    assert b"MediaBox [0 0 841" in made.pdf.read_bytes(), (
        "a sheet as wide as the charts, to be fitted to the paper"
    )


def test_the_printed_sheet_has_room_for_the_charts_as_they_are_drawn_for_it(report, page):
    """They are drawn when the page opens and not again when it prints: what is wider would be cut off."""
    wide, high = map(int, SHEET.partition("=")[2].split(","))
    page.set_viewport_size({"width": wide, "height": high})
    page.goto(report.html.as_uri())
    page.wait_for_function("document.querySelectorAll('.fs-chart .main-svg').length >= 4")
    drawn = page.evaluate(
        "() => [...document.querySelectorAll('.fs-chart .main-svg')].map(one => one.getBoundingClientRect().width)"
    )
    printable = (297 - 2 * 8) / 25.4 * 96  # pixels of a sheet of A3 between its margins
    assert 1000 < min(drawn) <= max(drawn) <= printable
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('h2')).breakAfter") == "avoid"
