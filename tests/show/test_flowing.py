"""Deals flowing week by week: what the page is told, and the still figure where nobody can press play."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from funnelsim import labels
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.show import figures, panels
from funnelsim.show.figures import flowing
from funnelsim.study.weeks import standing, week_by_week

NASTY = "<script>alert(1)</script> and a name that goes on and on, longer than any column is wide"
both = pytest.mark.parametrize("lang", labels.LANGUAGES)


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 2, 1).log


@both
def test_every_deal_is_where_the_log_has_it_every_week(log, lang):
    weeks = week_by_week(log)
    told = flowing.story(weeks, lang)
    stages = weeks.attrs["stages"]
    open_ = standing(log)[0][:, 0]
    assert len(told["deals"]) == weeks["opportunity"].nunique()
    for week in range(len(told["weeks"])):
        at = [path[week] for path in told["deals"]]
        assert [at.count(k) for k in range(len(stages))] == open_[week].tolist()
        assert told["counts"][week][:8] == [str(int(n)) for n in open_[week]]
        assert f" {int(open_[week].sum())} " in told["said"][week].replace("：在手", "： 在手")
    won = (weeks["place"] == "won").sum()
    assert told["counts"][-1][8] == labels.text("figure.flow.total", lang, n=str(won))
    assert sum(path.count(8) for path in told["deals"]) == won
    assert json.loads(json.dumps(told)) == told


@both
def test_the_title_counts_and_the_sum_is_right(log, lang):
    weeks = week_by_week(log)
    title = flowing.story(weeks, lang)["words"]["title"]
    first, last = (int(n) for n in standing(log)[0][[0, -1], 0].sum(axis=1))
    ended = int(weeks["place"].isin(["won", "lost", "no_decision"]).sum())
    for n in (first, last, last + ended - first):
        assert str(n) in title


def test_long_and_hostile_names_are_lines_of_text(log):
    told = flowing.story(week_by_week(log), "en", {"planning": NASTY})
    assert 2 <= len(told["stages"][0]) <= 5
    assert told["stages"][0][0].startswith("<script>")
    assert "innerHTML" not in flowing._DRAW, "what is typed goes in as text"
    assert "http" not in flowing._DRAW.replace("http://www.w3.org/2000/svg", "")


@both
def test_where_nobody_looks_it_is_a_still_figure_and_elsewhere_a_widget(log, lang, monkeypatch):
    weeks = week_by_week(log)
    monkeypatch.setenv("FUNNELSIM_PANEL", "still")
    still = figures.flow(weeks, lang)
    assert isinstance(still, go.Figure)
    assert figures.alt_text(still)
    monkeypatch.setenv("FUNNELSIM_PANEL", "live")
    moving = figures.flow(weeks, lang)
    assert isinstance(moving, figures.Flow)
    assert figures.table_behind(moving.still).equals(figures.table_behind(still))
    moving.week = 900
    assert moving.week == len(weeks.attrs["weeks"]) - 1
    assert panels.has_front_end()
    nothing = weeks[:0]
    nothing.attrs |= weeks.attrs
    assert figures.flow(nothing, lang).layout.meta["title"] == labels.text("figure.flow.empty", lang)


def test_of_very_many_deals_the_largest_are_drawn_and_all_are_counted(log, monkeypatch):
    monkeypatch.setattr(flowing, "MOST_DOTS", 40)
    weeks = week_by_week(log)
    told = flowing.story(weeks, "en")
    assert len(told["deals"]) == 40
    assert "40 largest" in told["words"]["dots"]
    assert sum(int(n) for n in told["counts"][0][:8]) == standing(log)[0][0].sum()
    one = weeks[weeks["opportunity"] == weeks["opportunity"].iloc[0]]
    one.attrs |= weeks.attrs
    assert len(flowing.story(one, "zh")["deals"]) == 1
