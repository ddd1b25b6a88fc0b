"""Figures of people: reps beside each other, and the lines in front of roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe

MOST_POOLS = 6
MOST_REPS = 30


def reps(found: pd.DataFrame, lang: str | None = None, names: Mapping[str, str] | None = None) -> go.Figure:
    """Reps beside each other: share won with its 95 % interval, drawn towards the team; a verdict only where the chance
    is at least .9, all others hollow and grey. The cross is what closed deals alone would say.

    found   `study.people.reps(...)`; of more than 30 the 15 with the largest and smallest shares are drawn
    names   what people call them, by id
    """
    if not len(found) or found.attrs["verdict"] == "unknown":
        return theme.nothing(text("figure.reps.unknown", lang))
    drawn = (
        found if len(found) <= MOST_REPS else pd.concat([found[: MOST_REPS // 2], found[-(MOST_REPS // 2) :]])
    )
    called = [(names or {}).get(name, name) for name in drawn["name"]]
    y = np.arange(len(drawn))[::-1]
    colour = {"above": theme.BLUE, "below": theme.OCHRE, "no_difference": theme.FAINT}
    ink = [colour[verdict] for verdict in drawn["verdict"]]
    verdicts = [_verdict(row, lang) for row in tables.each(drawn)]
    fig = go.Figure()
    fig.add_scatter(
        x=100 * drawn["raw"], y=y, mode="markers", name=safe(text("figure.reps.raw", lang)), hoverinfo="skip",
        cliponaxis=False,
        marker={"symbol": "x-thin", "size": 10, "line": {"color": theme.FAINT, "width": 2}},
    )  # fmt: skip
    fig.add_scatter(
        x=[None], y=[None], mode="markers", name=safe(text("figure.reps.share", lang)),
        marker={"color": "white", "size": 11, "line": {"color": theme.INK, "width": 2.5}},
    )  # fmt: skip
    for at, row, paint in zip(y, tables.each(drawn), ink, strict=True):
        fig.add_scatter(
            x=[100 * row.low, 100 * row.high], y=[at, at], mode="lines", hoverinfo="skip", showlegend=False,
            line={"color": paint, "width": 4},
        )  # fmt: skip
    fig.add_scatter(
        x=100 * drawn["share"], y=y, mode="markers", showlegend=False, hoverinfo="text",
        marker={"color": ["white" if c == theme.FAINT else c for c in ink], "size": 12,
                "line": {"color": ink, "width": 2.5}},
        hovertext=[safe(f"{name} · {said}") for name, said in zip(called, verdicts, strict=True)],
    )  # fmt: skip
    fig.add_scatter(
        x=100 * drawn["high"], y=y, mode="text", textposition="middle right", showlegend=False, hoverinfo="skip",
        text=["  " + safe(said) for said in verdicts], cliponaxis=False,
        textfont={"size": 12, "color": theme.INK},
    )  # fmt: skip
    team = found.attrs["team"]
    fig.add_vline(x=100 * team, line={"color": theme.INK, "width": 1.5, "dash": "dot"})
    said = text("figure.reps.team", lang, share=write.percent(team, lang, 0))
    fig.add_annotation(
        x=100 * team, y=len(drawn) - 0.55, text=safe(said),
        showarrow=False, xanchor="left", xshift=4, yanchor="middle", font={"size": 12, "color": theme.FAINT},
    )  # fmt: skip
    most = 100 * float(np.nanmax(drawn[["high", "raw"]].to_numpy(float)))
    fig.update_xaxes(title_text=safe(text("figure.reps.axis", lang)), range=[0, 1.4 * most])
    theme.name_axis(fig, called, top=0.2)
    title = _reps_title(found, names, lang)
    height = 180 + 30 * len(drawn)
    return theme.finish(fig, title, title, _reps_table(found, names, lang), height=height, legend=True)


def _verdict(row: Any, lang: str | None) -> str:
    if row.verdict == "no_difference":
        return text("figure.reps.no_difference", lang)
    sure = row.p_above if row.verdict == "above" else row.p_below
    return text(f"figure.reps.{row.verdict}", lang, chance=write.chance(sure, lang))


def _reps_title(found: pd.DataFrame, names: Mapping[str, str] | None, lang: str | None) -> str:
    said = [
        text(f"figure.reps.one_{row.verdict}", lang, name=(names or {}).get(row.name, row.name),
             share=write.percent(row.share, lang, 0), low=write.number(100 * row.low, 0),
             high=write.number(100 * row.high, 0),
             chance=write.chance(row.p_above if row.verdict == "above" else row.p_below, lang))
        for row in tables.each(found) if row.verdict != "no_difference"
    ]  # fmt: skip
    if not said:
        team = write.percent(found.attrs["team"], lang, 0)
        return text("figure.reps.none", lang, n=write.count(len(found)), share=team)
    return "\n".join(said[:3])


def _reps_table(found: pd.DataFrame, names: Mapping[str, str] | None, lang: str | None) -> pd.DataFrame:
    rows = [
        ((names or {}).get(row.name, row.name), write.count(row.deals), write.count(row.closed), write.count(row.won),
         *(write.percent(v, lang) for v in (row.raw, row.share, row.low, row.high)),
         write.chance(row.p_above, lang), _verdict(row, lang))
        for row in tables.each(found)
    ]  # fmt: skip
    head = (
        "name",
        "deals",
        "closed",
        "won",
        "raw_column",
        "share_column",
        "low",
        "high",
        "p_above",
        "verdict",
    )
    return pd.DataFrame(rows, columns=[text(f"figure.reps.{c}", lang) for c in head])


def queues(
    found: pd.DataFrame,
    lang: str | None = None,
    base: str | None = None,
    names: Mapping[str, str] | None = None,
) -> go.Figure:
    """The lines in front of roles, month by month: days of waiting above, how busy the role is below; bands are
    the 95 % intervals of the means.

    found   `study.queues.queues(...)`; the six roles that tasks wait longest for are drawn, all are in the table
    names   what people call the roles, by id
    """
    whole = found[found["month"] == ""]
    if not (whole["wait"] > 0).any():
        return theme.nothing(text("figure.queues.none", lang))
    scenarios = list(dict.fromkeys(found["scenario"]))
    base = base if base is not None else (scenarios[0] if len(scenarios) > 1 else None)
    colour = theme.colours(scenarios, base)
    longest = whole.groupby("pool", sort=False)["wait"].max().sort_values(ascending=False, kind="stable")
    pools = list(longest.index[:MOST_POOLS])
    called = {pool: (names or {}).get(pool, pool) for pool in longest.index}
    fig = make_subplots(
        2, len(pools), shared_xaxes=True, shared_yaxes="rows", vertical_spacing=0.08, horizontal_spacing=0.015,
        column_titles=["<br>".join(safe(line) for line in theme.lines(theme.short(called[p], 30), 16)) for p in pools],
    )  # fmt: skip
    fig.update_annotations(font={"size": 13})
    for at, pool in enumerate(pools, start=1):
        for scenario in scenarios:
            part = found[(found["pool"] == pool) & (found["scenario"] == scenario) & (found["month"] != "")]
            for row, (what, times) in enumerate((("wait", 1.0), ("busy", 100.0)), start=1):
                _month_line(fig, part, what, times, colour[scenario], scenario, row, at, at * row == 1)
    months = list(dict.fromkeys(found.loc[found["month"] != "", "month"]))
    marks = months[:: max(1, (len(months) + 1) // 2)]
    fig.update_xaxes(
        type="category", tickvals=marks, tickangle=0, tickfont={"size": 11}, categoryarray=months
    )
    fig.update_yaxes(rangemode="tozero")
    top = found.loc[found["pool"].isin(pools), ["wait", "wait_high"]].to_numpy(float)
    fig.update_yaxes(range=[0, 1.08 * float(np.nanmax(top))], row=1)
    fig.update_yaxes(range=[0, 105], row=2)
    for row, what in enumerate(("wait", "busy"), start=1):
        fig.update_yaxes(title_text=safe(text(f"figure.queues.{what}", lang)), row=row, col=1)
        if what == "busy":
            fig.add_hline(y=100, line={"color": theme.INK, "width": 1, "dash": "dot"}, row=row, col="all")
    fig.update_layout(showlegend=len(scenarios) > 1, legend={"y": 1.14})
    sentences = [_queue_words(found, s, len(scenarios) > 1, called, lang) for s in scenarios]
    title = "\n".join(sentences) if len(scenarios) < 3 else sentences[-1]
    done = theme.finish(
        fig, title, " ".join(sentences), _queue_table(found, called, lang), height=480, legend=True
    )
    if len(scenarios) > 1:
        done.update_layout(margin={"t": done.layout.margin.t + 40}, height=done.layout.height + 40)
    return done


def _month_line(
    fig: go.Figure, part: pd.DataFrame, what: str, times: float, ink: str, scenario: str, row: int, col: int,
    legend: bool,
) -> None:  # fmt: skip
    part = part[np.isfinite(part[what])]
    months, middle = list(part["month"]), times * part[what]
    low, high = times * part[f"{what}_low"], times * part[f"{what}_high"]
    if np.isfinite(high).any():
        fig.add_scatter(
            x=months + months[::-1], y=[*high, *np.fmax(low, 0.0)[::-1]], fill="toself", mode="lines",
            line={"width": 0}, fillcolor=theme.clear(ink, 0.2), hoverinfo="skip", showlegend=False,
            row=row, col=col,
        )  # fmt: skip
    fig.add_scatter(
        x=months, y=middle, mode="lines+markers", line={"color": ink, "width": 2.5}, marker={"size": 5},
        name=safe(theme.short(scenario)), showlegend=legend, legendgroup=safe(scenario), hoverinfo="x+y",
        row=row, col=col,
    )  # fmt: skip


def _queue_words(
    found: pd.DataFrame, scenario: str, named: bool, called: Mapping[str, str], lang: str | None
) -> str:
    pool, other, (_, low, high) = found.attrs["first"][scenario]
    whole = found[(found["scenario"] == scenario) & (found["month"] == "")].set_index("pool")
    row: Any = whole.loc[pool]
    days = {
        key: write.number(row[c], 1)
        for key, c in (("wait", "wait"), ("low", "wait_low"), ("high", "wait_high"))
    }
    key = "single" if not np.isfinite(row["wait_low"]) else "tie" if other and low <= 0 <= high else "title"
    other_wait = write.number(float(whole.loc[other, "wait"]), 1) if other else "–"
    period = found.attrs.get("period", "year")
    return text(
        f"figure.queues.{key}", lang, period, name=f"{scenario}{text('figure.colon', lang)}" if named else "",
        pool=called[pool], other=called.get(other, other), other_wait=other_wait,
        busy=write.percent(row["busy"], lang, 0), **days,
    )  # fmt: skip


def _queue_table(found: pd.DataFrame, called: Mapping[str, str], lang: str | None) -> pd.DataFrame:
    def told(row: Any, what: str, say: Any) -> str:
        mean, low, high = (getattr(row, f"{what}{end}") for end in ("", "_low", "_high"))
        if not np.isfinite(low):
            return say(mean)
        return f"{say(mean)} {text('figure.between', lang, low=say(low), high=say(high))}"

    rows = [
        (row.scenario, called[row.pool], row.month or text("figure.queues.whole", lang),
         told(row, "wait", lambda v: write.number(v, 1)), told(row, "busy", lambda v: write.percent(v, lang, 0)))
        for row in tables.each(found)
    ]  # fmt: skip
    head = ("scenario", "pool", "month", "wait_column", "busy_column")
    table = pd.DataFrame(rows, columns=[text(f"figure.queues.{c}", lang) for c in head])
    return table if found["scenario"].nunique() > 1 else table.iloc[:, 1:]
