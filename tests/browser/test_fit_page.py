"""The page of a fit: opens without a network, speaks both languages, draws every chart where it can be read."""

from __future__ import annotations

import pytest

import funnelsim as fs
from funnelsim.errors import FunnelError
from funnelsim.fit import fit
from funnelsim.history.reader import History
from funnelsim.labels import LANGUAGES, text
from funnelsim.show.fit_report import card_of, fit_report

pytestmark = pytest.mark.browser
NASTY = "<img src=x onerror=\"document.title='hacked'\">.csv"
CUT_OFF = """lang => [...document.querySelectorAll(`main[data-lang=${lang}] .fs-chart`)].flatMap(chart => {
    const box = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('text')].filter(t => {
        const b = t.getBoundingClientRect();
        return b.width && (b.left < box.left - 2 || b.right > box.right + 2 ||
                           b.top < box.top - 2 || b.bottom > box.bottom + 2);
    }).map(t => t.textContent);
})"""
UNDER_A_LEGEND = """lang => [...document.querySelectorAll(`main[data-lang=${lang}] .fs-chart`)].filter(chart => {
    const legend = chart.querySelector('.legend'), drawn = chart.querySelector('.js-plotly-plot');
    const top = chart.getBoundingClientRect().top + drawn._fullLayout._size.t;
    return legend && legend.getBoundingClientRect().bottom > top + 1;
}).map(chart => chart.getAttribute('aria-label'))"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """The page as a file, and how many charts it has in each language."""
    scenario = fs.load("observed_only").replace("demand.units.*.weekly_deals", "=*0.3")
    found = fit(History.of(fs.simulate(scenario, seed=1, replications=1).log, NASTY))
    card = card_of(found)
    assert not isinstance(card, FunnelError)
    path = tmp_path_factory.mktemp("fit") / "fit.html"
    path.write_text(fit_report(found, card), "utf-8")
    stages = sum(stage.mixture is not None for stage in found.stages)
    groups = sum(group.verdict != "unknown" for group in found.groups.values())
    return path, stages + groups + 4  # new deals, values, the card and its curves


def test_it_speaks_both_languages_with_every_chart_drawn_and_nothing_asked_outside(
    opened, page, watch, barriers
):
    path, charts = opened
    seen = watch(page, path.as_uri())
    page.goto(path.as_uri())
    for lang in LANGUAGES:
        if lang != "en":
            page.click(f'main:not([hidden]) button[data-show="{lang}"]')
        page.wait_for_function(
            "([lang, n]) => document.querySelectorAll(`main[data-lang=${lang}] .fs-chart .main-svg`).length >= n",
            arg=[lang, charts],
        )
        here = page.locator(f'main[data-lang="{lang}"]')
        assert here.is_visible()
        assert page.locator("main:visible").count() == 1
        assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[lang]
        assert page.title() == text("fit_report.title", lang, name=NASTY)
        shown = here.locator(".fs-chart")
        assert shown.count() == charts
        page.wait_for_timeout(500)  # a chart that was hidden is drawn anew when it is shown
        for at in range(charts):
            box = shown.nth(at).bounding_box()
            assert box["width"] > 900
            assert box["height"] > 150
            assert shown.nth(at).locator(".scatterlayer .trace").count() >= 1
            assert shown.nth(at).get_attribute("aria-label")
        assert page.evaluate(CUT_OFF, lang) == []
        assert page.evaluate(UNDER_A_LEGEND, lang) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        assert barriers(page, "body") == []
    assert seen.outside == []
    assert seen.errors == []
    assert page.locator("img").count() == 0


def test_chinese_stands_in_the_chinese_half_alone(opened, page):
    path, _ = opened
    page.goto(path.as_uri())
    told = page.locator('main[data-lang="en"]').inner_text()
    assert [letter for letter in told.replace("中文", "") if "\u4e00" <= letter <= "\u9fff"] == []
    page.click('main:not([hidden]) button[data-show="zh"]')
    heads = page.locator('main[data-lang="zh"] h2').all_inner_texts()
    assert len(heads) == 7
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in head) for head in heads)
