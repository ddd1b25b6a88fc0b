"""Figures of time, stages and boards: finding in the title, units, intervals, ties, one row, none, hostile names."""

from __future__ import annotations

import html
import json

import numpy as np
import pandas as pd
import pytest

from funnelsim import labels
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.scenario.part import THIRDS
from funnelsim.show import figures
from funnelsim.show.figures import theme
from funnelsim.study.boards import reveal_sums, stall_board
from funnelsim.study.dwell import dwell_by_age, dwell_by_quarter
from funnelsim.study.weeks import bookings_by_month, pipeline_by_week, week_by_week

NASTY = "<script>alert(1)</script> $x$ %{y}"
MONEY = {"en": "million CNY", "zh": "万元"}
both = pytest.mark.parametrize("lang", labels.LANGUAGES)


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 2, 4).log


def title(fig):
    """The title as it was said; what is drawn is the same in lines."""
    said = dict(fig.layout.meta)["title"]
    assert "".join(html.unescape(fig.layout.title.text.replace("<br>", "")).split()) == "".join(said.split())
    return said


def axes(fig):
    return " ".join(axis.title.text or "" for axis in (*fig.select_xaxes(), *fig.select_yaxes()))


def harmless(fig):
    """Nothing that was typed is anything but text, and it is there in words."""
    told = fig.to_plotly_json()
    told["layout"].pop("meta")
    shown = json.dumps(told, default=lambda v: np.asarray(v).tolist() if hasattr(v, "tolist") else str(v))
    assert "<script>" not in shown
    assert "$x$" not in shown
    assert "%{y}" not in shown


# -- the pipeline week by week ----------------------------------------------------------------------


@both
def test_the_pipeline_tells_report_from_truth_with_bands(log, lang):
    table = pipeline_by_week(log)
    fig = figures.pipeline_by_week(table, lang=lang)
    money = table[table["what"] == "amount"]
    assert MONEY[lang] in axes(fig)
    assert MONEY[lang] in title(fig)
    assert ("too much on average" if lang == "en" else "平均多报") in title(fig)
    divisor = 1e6 if lang == "en" else 1e4
    lines = [t for t in fig.data if t.mode == "lines" and t.fill is None]
    assert [tuple(np.round(t.y, 6)) for t in lines] == [
        tuple(np.round(money[view] / divisor, 6)) for view in ("true", "shown")
    ]
    bands = [t for t in fig.data if t.fill == "toself"]
    n = len(money)
    assert np.allclose(bands[0].y[:n], money["true_p90"] / divisor)
    assert np.allclose(bands[0].y[n:][::-1], money["true_p10"] / divisor)
    assert len(figures.table_behind(fig)) == n
    assert figures.alt_text(fig)


@both
def test_a_report_that_tells_the_truth_is_a_tie(log, lang):
    table = pipeline_by_week(log)
    table["shown"], table["gap"], table["gap_low"], table["gap_high"] = table["true"], 0.0, -1e6, 1e6
    said = title(figures.pipeline_by_week(table, "deals", lang))
    assert ("a tie" if lang == "en" else "持平") in said


@both
def test_one_year_one_week_and_nothing_of_a_pipeline(log, lang):
    one = pipeline_by_week(log.replication(0))
    fig = figures.pipeline_by_week(one, lang=lang)
    assert not [t for t in fig.data if t.fill == "toself"]
    assert ("in the one year" if lang == "en" else "只模拟了一年") in title(fig)
    week = one[one["day"] == one["day"].iloc[0]]
    week.attrs |= one.attrs
    assert {t.mode for t in figures.pipeline_by_week(week, lang=lang).data} == {"markers"}
    assert title(figures.pipeline_by_week(one[:0], lang=lang)) == labels.text("figure.empty", lang)
    one.attrs["known"] = False
    unknown = figures.pipeline_by_week(one, lang=lang)
    assert len([t for t in unknown.data if t.fill is None]) == 1
    assert "true" not in " ".join(figures.table_behind(unknown).columns)


def test_scenarios_of_a_pipeline_keep_their_colours_and_hostile_names_are_text(log):
    table = pipeline_by_week({"as is": log, NASTY: log})
    fig = figures.pipeline_by_week(table)
    wanted = theme.colours(["as is", NASTY], "as is")
    drawn = [t.line.color for t in fig.data if t.mode == "lines" and t.fill is None and t.x != (None,)]
    assert drawn == [wanted["as is"]] * 2 + [wanted[NASTY]] * 2
    harmless(fig)
    assert NASTY in figures.alt_text(fig)


@both
def test_months_of_one_year_have_no_interval_and_still_a_unit(log, lang):
    fig = figures.bookings_by_month(bookings_by_month(log.replication(0)), lang)
    assert MONEY[lang] in axes(fig)
    assert len(fig.data[0].x) == 12


# -- where deals are, where they stay ---------------------------------------------------------------


@both
def test_open_deals_by_stage_are_stacked_and_counted_in_the_title(log, lang):
    weeks = week_by_week(log)
    called = {stage: f"{NASTY} {at}" for at, stage in enumerate(weeks.attrs["stages"])}
    fig = figures.open_by_stage(weeks, lang, called)
    assert len(fig.data) == 8
    tops = sum(np.asarray(trace.y) for trace in fig.data)
    stands = weeks[weeks["place"].isin(weeks.attrs["stages"])]
    assert tops.tolist() == stands.groupby("week").size().tolist()
    won = int((weeks["place"] == "won").sum())
    assert f" {won} " in title(fig)
    assert labels.text("figure.unit.deals", lang) in axes(fig)
    harmless(fig)
    table = figures.table_behind(fig)
    assert len(table) == len(weeks.attrs["weeks"])
    nothing = weeks[:0]
    nothing.attrs |= weeks.attrs
    assert title(figures.open_by_stage(nothing, lang)) == labels.text("figure.flow.empty", lang)


@both
def test_a_heat_map_writes_days_and_intervals_into_its_cells(log, lang):
    table = dwell_by_quarter(log)
    fig = figures.dwell(table, lang, {"planning": NASTY})
    heat, cells = fig.data
    assert np.allclose(np.asarray(heat.z)[::-1].ravel(), table["days"])
    first = table.iloc[0]
    assert cells.text[0].startswith(f"{first['days']:.1f}<br>")
    assert f"{first['low']:.1f}" in cells.text[0]
    assert heat.colorbar.title.text == labels.text("figure.dwell.days", lang)
    assert "2026-Q4" in title(fig)
    assert figures.table_behind(fig).shape == (32, 6)
    harmless(fig)


@both
def test_stages_whose_intervals_overlap_are_a_tie_and_others_are_not(lang):
    def told(high):
        rows = [("a", "2026-Q1", 9.0, 30.0, 28.0, 32.0), (NASTY, "2026-Q1", 9.0, 25.0, 22.0, high)]
        table = pd.DataFrame(rows, columns=["stage", "when", "visits", "days", "low", "high"])
        table.attrs["by"] = "quarter"
        return title(figures.dwell(table, lang))

    tie = "a tie" if lang == "en" else "持平"
    assert tie in told(29.0)
    assert tie not in told(27.0)
    assert "28.0" in told(27.0)
    assert tie in told(np.nan), "who has no interval cannot be told apart"


@both
def test_open_deals_by_age_and_a_heat_map_of_one_and_of_nothing(log, lang):
    fig = figures.dwell(dwell_by_age(log), lang)
    assert "112" in title(fig)
    assert labels.text("figure.dwell.age", lang) in axes(fig)
    one = dwell_by_quarter(log)[:1]
    one.attrs["by"] = "quarter"
    assert "planning" in title(figures.dwell(one, lang))
    assert title(figures.dwell(one.assign(days=np.nan), lang)) == labels.text("figure.empty", lang)


def test_words_on_a_heat_map_can_be_read():
    """WCAG 2.2: 4.5 to 1 on every colour of the scale."""
    from funnelsim.show.figures import heat

    def light(colour):
        parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
        return float(
            np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
            @ (0.2126, 0.7152, 0.0722)
        )

    for share, colour in heat.SCALE:
        pair = sorted((light(colour), light(heat._ink(share))))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5
    assert {heat._ink(0.0), heat._ink(1.0)} == {"#000000", "#FFFFFF"}


# -- boards -----------------------------------------------------------------------------------------


@both
def test_the_stall_board_has_a_dot_a_deal_and_an_interval_a_third(log, lang):
    board = stall_board(log, replication=1)
    fig = figures.stall_board(board, lang, {"planning": NASTY})
    bars, dots = fig.data
    divisor = 1e6 if lang == "en" else 1e4
    said = [board.attrs["thirds"][t] for t in THIRDS]
    assert np.allclose(bars.x, [part["weighted"] / divisor for part in said])
    assert np.allclose(bars.error_x.array, [(part["high"] - part["weighted"]) / divisor for part in said])
    assert sorted(dots.x) == sorted(board["stage_days"])
    assert MONEY[lang] in axes(fig)
    assert len(figures.table_behind(fig)) == len(board)
    assert labels.text(f"figure.third.{board.attrs['first']}", lang) in title(fig)
    harmless(fig)


@both
def test_a_board_whose_thirds_tie_is_hollow_one_year_has_no_interval_and_none_says_so(log, lang):
    board = stall_board(log)
    for lead, colour in (((1.0, -2.0, 4.0), "white"), ((9.0, 2.0, 14.0), theme.tint(theme.BLUE, 0.75))):
        board.attrs["lead"] = lead
        fig = figures.stall_board(board, lang)
        assert fig.data[0].marker.color == colour
        assert (("cannot be told from luck" if lang == "en" else "与运气无法区分") in title(fig)) == (
            colour == "white"
        )
    one = stall_board(log.replication(0))
    assert figures.stall_board(one, lang).data[0].error_x.array is None
    row = one[:1]
    row.attrs |= one.attrs
    assert len(figures.stall_board(row, lang).data[1].x) == 1
    for part in one.attrs["thirds"].values():
        part["weighted"] = 0.0
    assert ("no amount" if lang == "en" else "金额未知") in title(figures.stall_board(one, lang))
    none = figures.stall_board(stall_board(log, factor=1e6), lang)
    assert "2026-12-31" in title(none)


@both
def test_the_reveal_asks_first_and_answers_on_the_same_axis(log, lang):
    sums = reveal_sums(log)
    asked, told = (figures.reveal(sums, lang, revealed) for revealed in (False, True))
    assert asked.layout.xaxis.range == told.layout.xaxis.range
    assert len(asked.layout.yaxis.tickvals) == 3
    assert len(told.layout.yaxis.tickvals) == 6
    total = sums.attrs["total"]
    bars = [t for t in told.data if t.type == "bar"]
    divisor = 1e6 if lang == "en" else 1e4
    both_views = total["all"]["shown"][0] + total["all"]["true"][0]
    assert sum(sum(t.x) for t in bars) == pytest.approx(both_views / divisor)
    assert {t.name for t in bars} <= {labels.text(f"figure.reveal.{k}", lang) for k in sums["kind"]}
    assert MONEY[lang] in axes(told)
    whiskers = [t for t in told.data if t.error_x.array is not None]
    assert np.allclose(
        whiskers[0].error_x.array, [(total[t]["shown"][2] - total[t]["shown"][0]) / divisor for t in THIRDS]
    )
    answer = labels.text("figure.reveal.true_column", lang)
    assert answer in figures.table_behind(told).columns
    assert answer not in figures.table_behind(asked).columns, "the question must not hold its answer"
    assert title(asked).endswith(("?", "？"))


@both
def test_a_reveal_of_a_tie_of_one_year_of_a_record_and_of_nothing(log, lang):
    sums = reveal_sums(log)
    sums.attrs["total"]["all"]["gap"] = (1e5, -2e6, 2.2e6)
    assert ("a tie" if lang == "en" else "持平") in title(figures.reveal(sums, lang))
    one = figures.reveal(reveal_sums(log.replication(0)), lang)
    assert all(t.error_x.array is None for t in one.data)
    sums.attrs["known"] = False
    record = figures.reveal(sums, lang)
    assert len(record.layout.yaxis.tickvals) == 3
    assert title(record) != title(figures.reveal(reveal_sums(log), lang, revealed=False))
    sums["deals"] = 0.0
    assert sums.attrs["day"] in title(figures.reveal(sums, lang))
