"""Boards of a pipeline: the deals that stand too long, by third, and what of the report is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.part import THIRDS
from funnelsim.show import tables, words
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe, tint
from funnelsim.study.reveal import KINDS

INK = dict(zip(KINDS, (theme.BLUE, theme.OCHRE, theme.SKY, theme.BASE, theme.VIOLET), strict=True))


def stall_board(
    board: pd.DataFrame, lang: str | None = None, stages: Mapping[str, str] | None = None
) -> go.Figure:
    """The deals that stand too long, third by third: weighted amount at risk with its 95 % interval, and every deal of
    one pipeline as a dot.

    board    `study.boards.stall_board(...)`
    stages   what people call the stages, by id
    """
    facts: dict[str, Any] = {str(key): value for key, value in board.attrs.items()}
    sums = facts["thirds"]
    factor = write.number(facts["factor"], 0 if float(facts["factor"]).is_integer() else 1)
    if not any(part["deals"] for part in sums.values()):
        return theme.nothing(text("figure.stall.none", lang, day=facts["day"], factor=factor))
    single = not np.isfinite(facts["lead"][1])
    tie = not single and facts["lead"][1] <= 0 <= facts["lead"][2]
    ends = np.array([[sums[t][c] for c in ("weighted", "low", "high")] for t in THIRDS], float)
    divisor, unit = words.scale("currency", float(np.nanmax(ends)), facts["currency"], lang)
    y = {third: len(THIRDS) - 1 - at for at, third in enumerate(THIRDS)}
    fig = make_subplots(1, 2, shared_yaxes=True, column_widths=[0.4, 0.6], horizontal_spacing=0.03)
    fig.add_bar(
        x=ends[:, 0] / divisor, y=[y[t] for t in THIRDS], orientation="h", width=0.5, showlegend=False, row=1, col=1,
        marker={"color": "white" if tie else tint(theme.BLUE, 0.75),
                "line": {"color": theme.FAINT if tie else theme.BLUE, "width": 1.5}},
        hovertext=[safe(_lane(sums[t], facts["currency"], lang)) for t in THIRDS], hoverinfo="text",
        error_x=None if single else {
            "type": "data", "symmetric": False, "color": theme.INK, "thickness": 1.4, "width": 4,
            "array": (ends[:, 2] - ends[:, 0]) / divisor, "arrayminus": (ends[:, 0] - ends[:, 1]) / divisor},
    )  # fmt: skip
    _dots(fig, board, y, stages, lang)
    axis = "figure.stall.single_axis" if single else "figure.stall.axis"
    fig.update_xaxes(title_text=_lines(text(axis, lang, unit=unit)), rangemode="tozero", row=1, col=1)
    fig.update_xaxes(
        title_text=_lines(
            text(f"figure.stall.{'single_' if single else ''}deals_axis", lang, facts["period"])
        ),
        rangemode="tozero",
        row=1,
        col=2,
    )
    if board.empty:
        said = text("figure.stall.empty", lang, facts["period"])
        fig.add_annotation(x=0.5, y=1, xref="x2 domain", yref="paper", text=safe(said), showarrow=False)
        fig.update_xaxes(range=[0, 1], tickvals=[0], row=1, col=2)
    lanes = [f"{text(f'figure.third.{t}', lang)} · {_deals(sums[t]['deals'], lang)}" for t in THIRDS]
    theme.name_axis(fig, lanes, top=0.4)
    title = _stall_title(facts, single, tie, factor, lang)
    return theme.finish(fig, title, title, _stalled(board, stages, lang), height=400)


def _lines(said: str) -> str:
    return "<br>".join(safe(line) for line in said.splitlines())


def _deals(n: float, lang: str | None) -> str:
    whole = 0 if float(n).is_integer() or n >= 100 else 1 if n >= 0.1 else 2
    return text(f"figure.stall.{'one' if n == 1 else 'count'}", lang, n=write.number(n, whole))


def _lane(part: Mapping[str, float], currency: str, lang: str | None) -> str:
    return f"{_deals(part['deals'], lang)} · {words.value(part['weighted'], 'currency', currency, lang)}"


def _dots(
    fig: go.Figure,
    board: pd.DataFrame,
    y: Mapping[str, int],
    stages: Mapping[str, str] | None,
    lang: str | None,
) -> None:
    """Every deal of the board; beside each other by a low-discrepancy sequence, so the same board looks the same."""
    place = np.arange(len(board)) * 0.6180339887 % 1 - 0.5
    largest = float(board["weighted"].max()) if len(board) else 1.0
    currency = board.attrs["currency"]
    said = [
        " · ".join((row.opportunity, str(row.owner), (stages or {}).get(row.stage, row.stage),
                    words.value(row.amount, "currency", currency, lang),
                    words.value(row.stage_days, "days", lang=lang)))
        for row in tables.each(board)
    ]  # fmt: skip
    fig.add_scatter(
        x=board["stage_days"], y=[y[t] + 0.62 * s for t, s in zip(board["third"], place, strict=True)], mode="markers",
        marker={"size": 6 + 20 * np.sqrt(board["weighted"] / (largest or 1.0)), "color": tint(theme.BLUE, 0.55),
                "line": {"color": theme.BLUE, "width": 1}},
        hovertext=[safe(words_) for words_ in said], hoverinfo="text", showlegend=False, row=1, col=2,
    )  # fmt: skip


def _stall_title(facts: Mapping[str, Any], single: bool, tie: bool, factor: str, lang: str | None) -> str:
    part, currency = facts["thirds"][facts["first"]], facts["currency"]
    deals = sum(third["deals"] for third in facts["thirds"].values())
    key = "single" if single else "tie" if tie else "title"
    if not any(third["weighted"] for third in facts["thirds"].values()):
        key = "no_amounts"
    return text(
        f"figure.stall.{key}", lang,
        deals=write.count(deals, lang, 0 if float(deals).is_integer() else 1), open=write.count(facts["open"]),
        factor=factor, third=text(f"figure.third.{facts['first']}", lang),
        money=words.value(part["weighted"], "currency", currency, lang),
        span="–" if single else words.span(part["low"], part["high"], "currency", currency, lang, signed=False),
    )  # fmt: skip


def _stalled(board: pd.DataFrame, stages: Mapping[str, str] | None, lang: str | None) -> pd.DataFrame:
    currency = board.attrs["currency"]
    rows = [
        (row.opportunity, row.owner or "–", (stages or {}).get(row.stage, row.stage),
         text(f"figure.third.{row.third}", lang), words.value(row.amount, "currency", currency, lang),
         words.value(row.weighted, "currency", currency, lang), write.number(row.stage_days, 0),
         write.number(row.limit_days, 0))
        for row in tables.each(board)
    ]  # fmt: skip
    head = ("opportunity", "owner", "stage", "third", "amount", "weighted", "stage_days", "limit_days")
    return pd.DataFrame(rows, columns=[text(f"figure.stall.{c}", lang) for c in head])


def reveal(sums: pd.DataFrame, lang: str | None = None, revealed: bool = True) -> go.Figure:
    """What the report is worth against what is true of it, third by third; the 95 % interval of each mean.

    sums       `study.boards.reveal_sums(...)`
    revealed   False draws the report alone, on the same axis: the question before the answer
    """
    facts: dict[str, Any] = {str(key): value for key, value in sums.attrs.items()}
    total, currency = facts["total"], facts["currency"]
    revealed, asked = revealed and facts["known"], facts["known"]
    if not sums["deals"].any():
        return theme.nothing(text("figure.reveal.none", lang, day=facts["day"]))
    views = ("shown", "true") if revealed else ("shown",)
    ends = {v: np.array([total[t][v] for t in THIRDS], float) for v in ("shown", "true")}
    single = not np.isfinite(total["all"]["gap"][1])
    reach = float(np.nanmax(np.stack([ends["shown"], ends["true"]])))
    divisor, unit = words.scale("currency", reach, currency, lang)
    lanes = [
        text(f"figure.reveal.{v}", lang, third=text(f"figure.third.{t}", lang)) for t in THIRDS for v in views
    ]
    y = {(t, v): len(lanes) - 1 - at for at, (t, v) in enumerate((t, v) for t in THIRDS for v in views)}
    fig = go.Figure()
    if revealed:
        _kinds(fig, sums, y, divisor, currency, lang)
    else:
        fig.add_bar(
            x=ends["shown"][:, 0] / divisor, y=[y[t, "shown"] for t in THIRDS], orientation="h", width=0.72,
            marker_color=theme.BASE, name=safe(text("figure.reveal.reported", lang)), hoverinfo="skip",
        )  # fmt: skip
    for v in views:
        told = ends[v] / divisor
        fig.add_scatter(
            x=told[:, 0], y=[y[t, v] for t in THIRDS], mode="markers+text", showlegend=False, hoverinfo="skip",
            marker={"color": theme.INK, "size": 5}, cliponaxis=False,
            error_x=None if single else {
                "type": "data", "symmetric": False, "color": theme.INK, "thickness": 1.4, "width": 4,
                "array": told[:, 2] - told[:, 0], "arrayminus": told[:, 0] - told[:, 1]},
        )  # fmt: skip
        fig.add_scatter(
            x=np.fmax(told[:, 0], told[:, 2]), y=[y[t, v] for t in THIRDS], mode="text", showlegend=False,
            text=["  " + safe(words.value(m, "currency", currency, lang)) for m in ends[v][:, 0]],
            textposition="middle right", textfont={"size": 12}, hoverinfo="skip", cliponaxis=False,
        )  # fmt: skip
    fig.update_layout(barmode="overlay", legend={"traceorder": "normal"})
    axis = "figure.reveal.single_axis" if single else "figure.reveal.axis"
    fig.update_xaxes(title_text=safe(text(axis, lang, unit=unit)), range=[0, 1.18 * reach / divisor])
    theme.name_axis(fig, lanes, top=0.4)
    key = None if revealed else "ask" if asked else "unknown"
    title = _reveal_title(facts, key, single, lang)
    table = _revealed(sums, views, currency, lang)
    return theme.finish(fig, title, title, table, height=200 + 40 * len(lanes), legend=True)


def _kinds(
    fig: go.Figure,
    sums: pd.DataFrame,
    y: Mapping[tuple[str, str], int],
    divisor: float,
    currency: str,
    lang: str | None,
) -> None:
    """The parts of each bar; one that has nothing anywhere is left out."""
    start = dict.fromkeys(y, 0.0)
    for kind in KINDS:
        part = sums[sums["kind"] == kind].set_index("third")
        bars = [(t, v, float(value)) for t, v in y if (value := part[v].to_dict()[t])]
        if not bars:
            continue
        name = text(f"figure.reveal.{kind}", lang)
        fig.add_bar(
            x=[m / divisor for _, _, m in bars], base=[start[t, v] / divisor for t, v, _ in bars],
            y=[y[t, v] for t, v, _ in bars], orientation="h", width=0.72, name=safe(name),
            marker={"color": tint(INK[kind], 0.75), "pattern_shape": "/" if kind == "dead" else "",
                    "line": {"color": "white", "width": 1}},
            hovertext=[safe(f"{name} · {words.value(m, 'currency', currency, lang)}") for _, _, m in bars],
            hoverinfo="text",
        )  # fmt: skip
        for t, v, m in bars:
            start[t, v] += m


def _reveal_title(facts: Mapping[str, Any], key: str | None, single: bool, lang: str | None) -> str:
    total, currency = facts["total"]["all"], facts["currency"]
    gap, low, high = total["gap"]
    if key is None:
        key = "more" if gap > 0 else "less"
        if single or low <= 0 <= high:
            key = "single" if single else "same" if low == high == 0 else "tie"
    shown, true, size = (
        words.value(v, "currency", currency, lang) for v in (total["shown"][0], total["true"][0], abs(gap))
    )
    span = "–" if single else words.span(low, high, "currency", currency, lang)
    return text(f"figure.reveal.{key}", lang, day=facts["day"], shown=shown, true=true, gap=size, span=span)


def _revealed(sums: pd.DataFrame, views: tuple[str, ...], currency: str, lang: str | None) -> pd.DataFrame:
    if len(views) == 1:  # the table must not give the answer away
        shown = sums.attrs["total"]
        rows = [
            (text(f"figure.third.{t}", lang), words.value(shown[t]["shown"][0], "currency", currency, lang))
            for t in THIRDS
        ]
        return pd.DataFrame(
            rows, columns=[text(f"figure.reveal.{c}", lang) for c in ("third", "shown_column")]
        )
    told = []
    for row in tables.each(sums):
        cells = []
        for v in views:
            mean, low, high = (
                words.value(getattr(row, f"{v}{e}"), "currency", currency, lang)
                for e in ("", "_low", "_high")
            )
            cells.append(mean if low == "–" else f"{mean} {text('figure.between', lang, low=low, high=high)}")
        deals = write.count(row.deals, lang, 1)
        told.append(
            (text(f"figure.third.{row.third}", lang), text(f"figure.reveal.{row.kind}", lang), deals, *cells)
        )
    head = ("third", "kind", "deals", "shown_column", "true_column")
    return pd.DataFrame(told, columns=[text(f"figure.reveal.{c}", lang) for c in head])
