"""Figures say their finding, carry units and intervals, and show what users typed as text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from funnelsim import labels
from funnelsim.scenario.files import load
from funnelsim.show import figures, tables
from funnelsim.show.figures import theme

NASTY = "<script>alert(1)</script> $x$ %{y}"
LANGUAGES = labels.LANGUAGES


def differences(*rows, metric="bookings", unit="currency", base="as is", higher=True):
    columns = ["scenario", "horizon", "mean", "low", "high", "relative", "p_better", "verdict"]
    return tables.Differences(metric, unit, base, "CNY", pd.DataFrame(rows, columns=columns), higher)


BETTER = ("weekly review", "first_year", 2.1e6, 0.4e6, 3.8e6, 0.06, 0.99, "better")
TIE = ("weekly review", "first_year", 0.1e6, -0.4e6, 0.6e6, 0.01, 0.6, "tie")
WORSE = ("weekly review", "first_year", -2.1e6, -3.8e6, -0.4e6, -0.06, 0.01, "worse")
LONG = ("weekly review", "long_run", 3e6, 2e6, 4e6, 0.08, 0.99, "better")


def title(fig):
    return fig.layout.title.text.replace("<br>", " ")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_title_of_a_difference_tells_better_worse_and_tie_apart(lang):
    titles = [title(figures.difference(differences(row), lang=lang)) for row in (BETTER, TIE, WORSE)]
    for said, verdict in zip(titles, ("better", "tie", "worse"), strict=True):
        assert labels.text(f"figure.verdict.{verdict}", lang) in said
    assert len(set(titles)) == 3


@pytest.mark.parametrize(("lang", "unit"), [("en", "million CNY"), ("zh", "万元")])
def test_a_difference_carries_its_unit_and_its_interval(lang, unit):
    fig = figures.difference(differences(BETTER, LONG), lang=lang)
    assert unit in fig.layout.xaxis.title.text
    drawn = [tuple(t.x) for t in fig.data if t.mode == "lines"]
    divisor = 1e6 if lang == "en" else 1e4
    assert drawn == [(0.4e6 / divisor, 3.8e6 / divisor), (2e6 / divisor, 4e6 / divisor)]
    assert figures.table_behind(fig).shape == (2, 8)
    assert unit in figures.alt_text(fig)


def test_a_tie_is_drawn_hollow_and_grey():
    fig = figures.difference(differences(TIE))
    assert next(t for t in fig.data if t.mode == "lines").line.color == theme.FAINT
    assert next(t for t in fig.data if "markers" in t.mode).marker.color == ("white",)


def test_less_can_be_better():
    row = ("faster", "first_year", -12.0, -15.0, -9.0, -0.05, 0.99, "better")
    said = title(figures.difference(differences(row, metric="cycle_won_days", unit="days", higher=False)))
    assert "12.0 days less" in said
    assert "better" in said


def test_many_scenarios_are_counted_in_the_title_and_keep_their_order():
    others = [(name, *row[1:]) for name, row in (("b", BETTER), ("t", TIE), ("w", WORSE))]
    fig = figures.difference(differences(*others))
    assert "1 better, 1 worse, 1 tie" in title(fig)
    assert list(fig.layout.yaxis.ticktext) == ["w", "t", "b"]


def flows():
    rng = np.random.default_rng(0)
    stages = {"visit": "Visit", "offer": NASTY}
    metrics = {}
    for scenario, more in (("as is", 0), (NASTY, 4)):
        told = {}
        for stage, n in (("visit", 40), ("offer", 25)):
            told |= {f"stage.{stage}.{k}": rng.poisson(m + more, 30) for k, m in
                     (("entered", n), ("advanced", n * 0.6), ("won", 0), ("lost", n * 0.2),
                      ("no_decision", n * 0.2), ("regressed", 0), ("open", 3))}  # fmt: skip
        metrics[scenario] = told
    return tables.flows(metrics, stages)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_funnel_has_bars_intervals_and_a_finding(lang):
    table = flows()
    fig = figures.funnel(table, lang)
    bars = [t for t in fig.data if t.type == "bar"]
    assert len(bars) == 4
    assert sum(sum(t.x) for t in bars) == pytest.approx(table["advanced"].sum() + table["left"].sum())
    marks = next(t for t in fig.data if t.error_x.array is not None)
    assert np.allclose(marks.error_x.array, (table["entered_high"] - table["entered"])[:2])
    assert "Visit" in title(fig)
    assert len(figures.table_behind(fig)) == 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_distribution_shows_every_year_and_its_quantiles(lang):
    values = {"as is": np.arange(1, 12) * 1e6, "more": np.arange(3, 14) * 1e6}
    fig = figures.outcome_distribution(values, "bookings", lang=lang, target=5e6)
    dots = [t for t in fig.data if t.mode == "markers"]
    assert [len(t.x) for t in dots] == [11, 11]
    quantiles = next(t for t in fig.data if t.mode == "markers+text")
    assert list(quantiles.x) == pytest.approx(np.array([2e6, 6e6, 10e6]) / (1e6 if lang == "en" else 1e4))
    assert len(fig.layout.shapes) == 1


def test_a_metric_that_is_never_defined_gives_a_figure_that_says_so():
    fig = figures.outcome_distribution({"as is": np.array([np.nan, np.nan])}, "win_rate")
    assert title(fig) == labels.text("figure.empty")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_process_picture_tells_every_stage(lang):
    scenario = load("industrial_8x8")
    fig, svg = figures.process_picture(scenario, lang), figures.process_svg(scenario, lang)
    assert len(figures.table_behind(fig)) == 8
    root = ElementTree.fromstring(svg)
    words = "".join(root.itertext())
    for stage in scenario.stages:
        assert stage.name.say(lang)[:2] in words
        assert stage.name.say(lang) in figures.alt_text(fig)
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_what_a_user_typed_is_shown_letter_by_letter():
    scenario = load("tiny")
    scenario = scenario.model_copy(update={"name": type(scenario.name)(en=NASTY, zh=NASTY)})
    made = [
        figures.difference(differences((NASTY, *BETTER[1:]), base=NASTY)),
        figures.funnel(flows()),
        figures.outcome_distribution({NASTY: np.arange(5.0)}),
        figures.process_picture(scenario),
    ]
    for fig in made:
        shown = fig.to_plotly_json()
        shown["layout"].pop("meta")
        assert "<script>" not in repr(shown)
        assert not re.search(r"\$x\$|%\{y\}", repr(shown))
        assert "script" in figures.alt_text(fig)
    assert "<script>" not in figures.process_svg(scenario)
    assert "<script>" not in tables.html(pd.DataFrame({NASTY: [NASTY]}), NASTY)


def test_safe_text_comes_back_as_it_was_typed():
    import html

    assert html.unescape(theme.safe(NASTY)) == NASTY


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stage_fit_shows_naive_beside_right(lang):
    day = np.arange(0, 100.0)
    parts = []
    for outcome, share in (("advance", 0.5), ("lost", 0.3)):
        seen, fitted = (share * -np.expm1(-day / mean) for mean in (30, 31))
        parts.append(pd.DataFrame({"outcome": outcome, "day": day, "observed": seen, "fitted": fitted}))
    curves = pd.concat(parts)
    shares = pd.DataFrame([("advance", 0.5, 0.45, 0.55, 0.58), ("lost", 0.3, 0.27, 0.33, 0.26)],
                          columns=["outcome", "share", "low", "high", "naive_share"])  # fmt: skip
    fig = figures.stage_fit(curves, shares, "Visit", lang)
    assert "58" in title(fig)
    assert "50" in title(fig)
    assert fig.layout.yaxis.title.text.endswith("%")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_utilisation_and_months_have_units(lang):
    desks = pd.DataFrame([("as is", "reps", 0.9, 0.88, 0.92), ("as is", "presales", 0.5, 0.4, 0.6)],
                         columns=["scenario", "desk", "mean", "low", "high"])  # fmt: skip
    fig = figures.utilisation(desks, lang)
    assert "%" in fig.layout.xaxis.title.text
    assert "reps" in title(fig)
    months = pd.DataFrame([("as is", f"2026-{m:02}", m * 1e6, m * 0.5e6, m * 2e6) for m in range(1, 13)],
                          columns=["scenario", "month", "mean", "p10", "p90"])  # fmt: skip
    fig = figures.bookings_by_month(months, lang)
    assert "2026-12" in title(fig)
    assert ("万元" if lang == "zh" else "million CNY") in fig.layout.yaxis.title.text


def test_a_scenario_keeps_its_colour_and_the_base_is_grey():
    both = theme.colours(["as is", "a", "b"], "as is")
    assert both["as is"] == theme.BASE
    assert theme.colours(["a", "b"])["b"] == both["b"]


def test_lines_break_between_words_and_between_characters():
    assert theme.lines("one two three", 7) == ["one two", "three"]
    assert theme.lines("一二三四五", 6) == ["一二三", "四五"]
    assert theme.lines("一二三，四", 6) == ["一二", "三，四"]
