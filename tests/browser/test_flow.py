"""Deals flowing in a real JupyterLab: played, paused and stepped by keys alone, told in words, nothing outside."""

from __future__ import annotations

import nbformat
import pytest
from lab import READY, TOKEN, jupyter_lab

from funnelsim import labels
from funnelsim.engine import readiness
from funnelsim.labels import text

pytestmark = pytest.mark.browser
NASTY = "<img src=x onerror=\"document.title='hacked'\">"
CELL = """
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.show import figures
from funnelsim.study.weeks import week_by_week
weeks = week_by_week(simulate(load("industrial_8x8"), 2, 1).log)
flow = figures.flow(weeks, "{lang}", {{"planning": {name!r}}})
flow.beat = 150
flow
"""
CUT_OFF = """() => {
    const svg = document.querySelector('.fs-flow svg').getBoundingClientRect();
    const boxes = [...document.querySelectorAll('.fs-flow rect')].map(b => b.getBoundingClientRect());
    return [...document.querySelectorAll('.fs-flow text')].filter(t => {
        const b = t.getBoundingClientRect(), middle = (b.left + b.right) / 2;
        const box = boxes.find(one => one.left <= middle && middle <= one.right);
        return b.width && (!box || b.left < box.left - 4 || b.right > box.right + 4 || b.top < svg.top - 1);
    }).map(t => t.textContent);
}"""
OUTSIDE = """() => {
    const svg = document.querySelector('.fs-flow svg').getBoundingClientRect();
    return [...document.querySelectorAll('.fs-flow circle')].filter(dot => dot.style.opacity === '1').filter(dot => {
        const b = dot.getBoundingClientRect();
        return b.left < svg.left || b.right > svg.right || b.top < svg.top || b.bottom > svg.bottom;
    }).length;
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    readiness.compile_once()
    home = tmp_path_factory.mktemp("flow") / "lab"
    with jupyter_lab(home, {}) as address:
        for lang in labels.LANGUAGES:
            book = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(CELL.format(lang=lang, name=NASTY))],
                metadata={
                    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
                },
            )
            nbformat.write(book, home / "work" / f"flow_{lang}.ipynb")
        yield address


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_deals_flow_by_keys_alone(lab, page, watch, barriers, lang):
    seen = watch(page, lab)
    page.goto(f"{lab}/doc/tree/flow_{lang}.ipynb?token={TOKEN}", wait_until="commit")
    page.wait_for_function(READY, timeout=90_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".fs-flow circle", state="attached", timeout=90_000)
    figure, play = page.locator(".fs-flow svg"), page.locator(".fs-flow-play")
    slider, said = page.locator(".fs-flow input"), page.locator(".fs-flow-said")
    assert figure.get_attribute("role") == "img"
    first = said.inner_text()
    assert first in figure.get_attribute("aria-label")

    assert barriers(page, ".fs-flow") == []
    slider.focus()
    for key, week in (
        ("ArrowRight", "1"),
        ("ArrowRight", "2"),
        ("ArrowLeft", "1"),
        ("End", "52"),
        ("Home", "0"),
    ):
        page.keyboard.press(key)
        assert slider.input_value() == week
    assert said.inner_text() == first
    page.wait_for_timeout(900)
    assert page.evaluate(OUTSIDE) == 0
    assert page.evaluate(CUT_OFF) == []
    shown = page.evaluate("[...document.querySelectorAll('.fs-flow-number')].map(n => Number(n.textContent))")
    dots = page.evaluate(
        "[...document.querySelectorAll('.fs-flow .fs-open')].filter(d => d.style.opacity === '1').length"
    )
    assert sum(shown) == dots

    page.keyboard.press("Space")
    assert play.inner_text() == text("figure.flow.pause", lang)
    page.wait_for_function("Number(document.querySelector('.fs-flow input').value) >= 5")
    page.keyboard.press("Space")
    assert play.inner_text() == text("figure.flow.play", lang)
    held = slider.input_value()
    page.wait_for_timeout(500)
    assert slider.input_value() == held
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className") == "fs-flow-on"
    page.keyboard.press("Enter")
    assert int(slider.input_value()) == int(held) + 1
    assert said.inner_text() in figure.get_attribute("aria-label")
    assert slider.get_attribute("aria-valuetext") == said.inner_text()

    play.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.fs-flow input').value === '52'", timeout=30_000)
    page.wait_for_function(
        "words => document.querySelector('.fs-flow-play').textContent === words",
        arg=text("figure.flow.play", lang),
    )
    assert page.evaluate("document.title") != "hacked"
    assert page.locator(".jp-Cell").count() == 1, "no key has reached the notebook"
    assert seen.outside == []
    assert seen.errors == []
