"""Every figure of a log on a page, in both languages and three widths: no word is cut off, no legend covers a title."""

from __future__ import annotations

import json

import pytest
from plotly.offline import get_plotlyjs

from funnelsim import labels
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import applied, load
from funnelsim.show import figures
from funnelsim.show.page import chart
from funnelsim.study.boards import reveal_sums, stall_board
from funnelsim.study.dwell import dwell_by_age, dwell_by_quarter
from funnelsim.study.people import reps
from funnelsim.study.queues import queues
from funnelsim.study.weeks import bookings_by_month, pipeline_by_week, week_by_week

pytestmark = pytest.mark.browser
LONG = "a fifth more leads, two more consultants and a weekly review"
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
    base = load("industrial_8x8")
    more = applied(base, {"demand.units.*.weekly_deals": "=*1.2"})
    return base, {"as it is": simulate(base, 3, 4).log, LONG: simulate(more, 3, 4).log}


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_every_figure_can_be_read(logs, page, watch, tmp_path, lang):
    base, both = logs
    log = both["as it is"]
    stages = {stage.id: stage.name.say(lang) for stage in base.stages}
    pools = {pool.id: pool.name.say(lang) for pool in base.team.pools}
    drawn = [
        figures.pipeline_by_week(pipeline_by_week(log), lang=lang),
        figures.pipeline_by_week(pipeline_by_week(both), "deals", lang),
        figures.bookings_by_month(bookings_by_month(both), lang),
        figures.open_by_stage(week_by_week(log), lang, stages),
        figures.dwell(dwell_by_quarter(log), lang, stages),
        figures.dwell(dwell_by_age(log), lang, stages),
        figures.stall_board(stall_board(log), lang, stages),
        figures.stall_board(stall_board(log.replication(1)), lang, stages),
        figures.reveal(reveal_sums(log), lang, revealed=False),
        figures.reveal(reveal_sums(log), lang),
        figures.reps(reps(log), lang),
        figures.queues(queues(log), lang, names=pools),
        figures.queues(queues(both), lang, names=pools),
    ]
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
