"""Figures of people: reps with shrinkage, and the lines in front of roles."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import pytest

from funnelsim import labels
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.show import figures
from funnelsim.show.figures import theme
from funnelsim.study.people import reps
from funnelsim.study.queues import queues

NASTY = "<script>alert(1)</script> $x$ %{y}"
both = pytest.mark.parametrize("lang", labels.LANGUAGES)


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 2, 4).log


def title(fig):
    """The title as it was said; what is drawn is the same in lines."""
    said = dict(fig.layout.meta)["title"]
    assert "".join(html.unescape(fig.layout.title.text.replace("<br>", "")).split()) == "".join(said.split())
    return said


def table(*rows, verdict="differs"):
    head = ["name", "deals", "closed", "won", "raw", "share", "low", "high", "p_above", "p_below", "verdict"]
    found = pd.DataFrame(rows, columns=head)
    found.attrs |= {"team": 0.25, "p_value": 0.01, "verdict": verdict, "by": "owner"}
    return found


ABOVE = (NASTY, 60, 50, 25, 0.5, 0.42, 0.31, 0.55, 0.97, 0.03, "above")
EQUAL = ("li", 50, 40, 10, 0.25, 0.25, 0.16, 0.36, 0.5, 0.5, "no_difference")
BELOW = ("wang", 50, 40, 2, 0.05, 0.12, 0.06, 0.2, 0.04, 0.96, "below")


@both
def test_reps_are_named_with_share_interval_and_chance(lang):
    fig = figures.reps(table(ABOVE, EQUAL, BELOW), lang)
    said = title(fig)
    for words in (NASTY, "wang", "97", "96", "42", "31", "55"):
        assert words in said
    assert "li " not in said
    assert "%" in fig.layout.xaxis.title.text
    lines = [tuple(t.x) for t in fig.data if t.mode == "lines"]
    assert lines == [pytest.approx(ends) for ends in ((31, 55), (16, 36), (6, 20))]
    dots = next(t for t in fig.data if t.mode == "markers" and t.hovertext is not None)
    assert dots.marker.color == (theme.BLUE, "white", theme.OCHRE), "no difference is hollow"
    assert dots.marker.line.color[1] == theme.FAINT
    assert figures.table_behind(fig).shape == (3, 10)
    shown = fig.to_plotly_json()
    shown["layout"].pop("meta")
    assert "<script>" not in repr(shown)
    assert "$x$" not in repr(shown)


@both
def test_reps_who_cannot_be_told_apart_are_said_to_be_so_one_alone_and_none_too(lang):
    said = title(figures.reps(table(EQUAL, ("wu", *EQUAL[1:]), verdict="no_difference"), lang))
    assert ("No difference between 2 reps" if lang == "en" else "2 名销售之间没有") in said
    assert len(figures.reps(table(ABOVE), lang).layout.yaxis.ticktext) == 1
    unknown = labels.text("figure.reps.unknown", lang)
    assert title(figures.reps(table(verdict="unknown"), lang)) == unknown


def test_a_verdict_stands_on_a_chance_of_nine_in_ten_and_all_real_reps_are_drawn(log):
    found = reps(log, 1)
    fig = figures.reps(found)
    assert len(fig.layout.yaxis.ticktext) == 8
    named = found[found["verdict"] != "no_difference"]
    assert (named[["p_above", "p_below"]].max(axis=1) >= 0.9).all()


def test_of_very_many_reps_the_first_and_last_are_drawn_and_all_are_in_the_table():
    fig = figures.reps(table(*[(f"rep {k}", *EQUAL[1:]) for k in range(80)]))
    assert len(fig.layout.yaxis.ticktext) == 30
    assert len(figures.table_behind(fig)) == 80


@both
def test_lines_of_roles_show_waiting_over_use_with_intervals(log, lang):
    found = queues(log)
    pools = {"consultant": NASTY}
    fig = figures.queues(found, lang, names=pools)
    assert labels.text("figure.queues.wait", lang) in {axis.title.text for axis in fig.select_yaxes()}
    assert labels.text("figure.queues.busy", lang) in {axis.title.text for axis in fig.select_yaxes()}
    assert len([t for t in fig.data if t.fill is None]) == 12
    first = found.attrs["first"][""][0]
    line = next(t for t in fig.data if t.mode == "lines+markers")
    mine = found[(found["pool"] == first) & (found["month"] != "")]
    assert np.allclose(line.y, mine["wait"])
    band = next(t for t in fig.data if t.fill == "toself")
    assert np.allclose(band.y[:12], mine["wait_high"])
    assert (pools.get(first, first)) in title(fig)
    assert len(figures.table_behind(fig)) == len(found)
    shown = fig.to_plotly_json()
    shown["layout"].pop("meta")
    assert "<script>" not in repr(shown)


@both
def test_lines_that_are_as_long_are_a_tie_one_year_has_no_band_and_none_says_so(log, lang):
    found = queues(log)
    first, second, _ = found.attrs["first"][""]
    found.attrs["first"][""] = (first, second, (0.2, -0.3, 0.7))
    said = title(figures.queues(found, lang))
    assert ("a tie" if lang == "en" else "持平") in said
    assert second in said
    one = figures.queues(queues(log.replication(2)), lang)
    assert not [t for t in one.data if t.fill == "toself"]
    alone = simulate(load("solo_selling"), 1, 2).log
    assert title(figures.queues(queues(alone), lang)) == labels.text("figure.queues.none", lang)
    row = found[(found["pool"] == first) & found["month"].isin(["", "2026-03"])]
    row.attrs |= found.attrs
    row.attrs["first"] = {"": (first, "", (np.nan,) * 3)}
    assert len([t for t in figures.queues(row, lang).data if t.fill is None]) == 2


def test_scenarios_of_roles_keep_their_colours(log):
    fig = figures.queues(queues({"as is": log, "more": log}))
    wanted = theme.colours(["as is", "more"], "as is")
    assert {t.line.color for t in fig.data if t.mode == "lines+markers"} == set(wanted.values())
