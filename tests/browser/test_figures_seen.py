"""Every figure of a log on a page, in both languages and three widths: no word is cut off, no legend covers a title."""

from __future__ import annotations

import json

import drawn as all_drawn
import pytest
from plotly.offline import get_plotlyjs

from funnelsim import labels
from funnelsim.show.page import chart

pytestmark = pytest.mark.browser
CUT_OFF = """() => [...document.querySelectorAll('.fs-chart')].flatMap(chart => {
    const box = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('text')].filter(t => {
        const b = t.getBoundingClientRect();
        return b.width && (b.left < box.left - 2 || b.right > box.right + 2 ||
                           b.top < box.top - 2 || b.bottom > box.bottom + 2);
    }).map(t => t.textContent);
})"""
COVERED = """() => [...document.querySelectorAll('.fs-chart')].flatMap(chart => {
    const parts = ['.gtitle', '.legend'].map(name => chart.querySelector(name)).filter(Boolean);
    const [title, legend] = parts.map(part => part.getBoundingClientRect());
    return legend && legend.left < title.right && legend.top < title.bottom - 1
        ? [chart.getAttribute('aria-label')] : [];
})"""


@pytest.fixture(scope="module")
def logs():
    return all_drawn.logs()


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_every_figure_can_be_read(logs, page, watch, tmp_path, lang):
    drawn = all_drawn.figures_of(logs, lang)
    parts = [chart(json.loads(fig.to_json()), f"chart-{at}", lang) for at, fig in enumerate(drawn)]
    path = tmp_path / "figures.html"
    path.write_text(
        f"<!doctype html><meta charset=utf-8><script>{get_plotlyjs()}</script>{''.join(parts)}", "utf-8"
    )
    seen = watch(page, path.as_uri())
    for wide, high in ((1020, 800), (1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": wide, "height": high})
        page.goto(path.as_uri())
        page.wait_for_function(
            "n => document.querySelectorAll('.fs-chart .main-svg').length >= n", arg=len(drawn)
        )
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate(COVERED) == []
    assert seen.outside == []
    assert seen.errors == []
