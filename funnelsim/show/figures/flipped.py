"""Figures of deals that end differently: what they add up to, and one deal in two worlds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import has, text
from funnelsim.labels import numbers as write
from funnelsim.show import tables, words
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe, tint
from funnelsim.study.flip_sentences import group_table
from funnelsim.study.flips import Flips
from funnelsim.study.intervals import interval
from funnelsim.study.partings import WORLDS

ENDS = ("won", "lost", "no_decision")
SYMBOL = {"won": "star", "lost": "x", "no_decision": "circle-x-open", "open": "triangle-right"}


def flips(found: Flips, lang: str | None = None) -> go.Figure:
    """What the difference of bookings is made of, group by group, with the 95 % interval of each mean.

    The last bar is the sum, which is the difference itself; it is hollow where it is a tie.
    """
    if not len(found.deals):
        return theme.nothing(_flips_title(found, True, (0.0, 0.0, 0.0), lang), group_table(found, lang))
    base = found.names[0]
    groups = found.groups()
    total, low, high = interval(found.difference)
    tie = bool(low <= 0.0 <= high) if np.isfinite(low) else True
    names = [text(f"flips.group.{g}", lang, found.period) for g in groups["group"]] + [
        text("figure.flips.total", lang)
    ]
    each = [*groups["deals_each"], len(found.deals) / found.replications]
    mean = np.array([*groups["mean"], total])
    lows, highs = np.array([*groups["low"], low]), np.array([*groups["high"], high])
    reach = np.nan_to_num(np.r_[mean, lows, highs])
    divisor, unit = words.scale("currency", float(np.abs(reach).max()), found.currency, lang)
    y = np.arange(len(names))[::-1]
    ink = [theme.BLUE if m >= 0 else theme.OCHRE for m in mean[:-1]]
    says = [_deals(found, m, n, lang) for m, n in zip(mean, each, strict=True)]
    fig = go.Figure()
    fig.add_bar(
        x=mean / divisor, y=y, orientation="h", width=0.55, showlegend=False,
        marker={"color": [*(tint(c, 0.75) for c in ink), "white" if tie else theme.BASE],
                "line": {"color": [*ink, theme.FAINT if tie else theme.BASE], "width": 1.5}},
        hovertext=[safe(f"{name} · {s}") for name, s in zip(names, says, strict=True)], hoverinfo="text",
        error_x={"type": "data", "symmetric": False, "color": theme.INK, "thickness": 1.4, "width": 4,
                 "array": np.nan_to_num(highs - mean) / divisor,
                 "arrayminus": np.nan_to_num(mean - lows) / divisor},
    )  # fmt: skip
    fig.add_scatter(
        x=np.fmax(0.0, np.fmax(mean, np.nan_to_num(highs))) / divisor, y=y, mode="text", showlegend=False,
        text=["  " + safe(said) for said in says], textposition="middle right", hoverinfo="skip",
        textfont={"size": 12, "color": theme.FAINT}, cliponaxis=False,
    )  # fmt: skip
    fig.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    fig.add_hline(y=0.5, line={"color": theme.GRID, "width": 1})
    left, right = min(0.0, float(reach.min())) / divisor, max(0.0, float(reach.max())) / divisor
    room = right - left or 1.0
    axis = text("figure.flips.axis", lang, found.period, base=base)
    fig.update_xaxes(
        title_text=safe(words.axis(axis, unit, lang)), range=[left - 0.03 * room, right + 0.45 * room]
    )
    theme.name_axis(fig, names, top=0.4)
    title = _flips_title(found, tie, (total, low, high), lang)
    return theme.finish(fig, title, title, group_table(found, lang), height=150 + 46 * len(names))


def _deals(found: Flips, mean: float, each: float, lang: str | None) -> str:
    deals = text("figure.flips.deals", lang, found.period, n=write.count(each, lang, 1))
    return f"{words.value(mean, 'currency', found.currency, lang, signed=True)} · {deals}"


def _flips_title(found: Flips, tie: bool, total: tuple[float, float, float], lang: str | None) -> str:
    base, other = found.names
    if not len(found.deals):
        return text("figure.flips.none", lang, base=base, other=other)
    sign = found.deals["difference"].to_numpy()
    up, down = sign[sign > 0], sign[sign < 0]
    n = found.replications
    mean, low, high = total
    span = words.span(low, high, "currency", found.currency, lang) if np.isfinite(low) else "–"
    facts = {
        "gains": write.count(up.size / n, lang, 1), "losses": write.count(down.size / n, lang, 1),
        "up": words.value(up.sum() / n, "currency", found.currency, lang),
        "down": words.value(-down.sum() / n, "currency", found.currency, lang),
        "total": words.value(mean, "currency", found.currency, lang, signed=True),
    }  # fmt: skip
    key = "title" if not tie else "tie" if np.isfinite(low) else "alone"
    return text(f"figure.flips.{key}", lang, found.period, base=base, other=other, span=span, **facts)


def two_worlds(
    lives: pd.DataFrame, lang: str | None = None, stages: Mapping[str, str] | None = None
) -> go.Figure:
    """One deal in two worlds: stage over date, stalls and touches, and where the lives part.

    lives    `study.two_worlds.two_worlds(...)`
    stages   what people call the stages, by id
    """
    facts: dict[str, Any] = {str(key): value for key, value in lives.attrs.items()}
    called = {id: (stages or {}).get(id, id) for id in facts["stages"]}
    height = {id: len(called) - 1 - at for at, id in enumerate(called)}
    colour = {"base": theme.BASE, "other": theme.PALETTE[0]}
    fig = go.Figure()
    for at, world in enumerate(WORLDS):
        mine = lives[lives[f"day_{world}"].notna()].sort_values(f"day_{world}", kind="stable")
        _life(fig, mine, world, at, height, colour[world], facts, lang)
    for kind, mark in (("stalled", {"symbol": "square", "size": 11, "color": tint(theme.VERMILLION, 0.35)}),
                       ("touched", {"symbol": "line-ns-open", "size": 9, "color": theme.FAINT})):  # fmt: skip
        if (lives["event"] == kind).any():
            fig.add_scatter(x=[None], y=[None], mode="markers", marker=mark,
                            name=text(f"figure.worlds.{kind}", lang))  # fmt: skip
    fork = lives[lives["parts"]]
    if len(fork) and "absent" not in facts["end"]:
        _mark_fork(fig, next(tables.each(fork)), height, facts, lang)
    first, last = facts["measured"]
    drawn = lives["event"].isin(["created", "entered", "touched", *ENDS])
    known = lives.loc[drawn, ["day_base", "day_other"]].to_numpy(float)
    begin, end = np.nanmin(known), min(facts["horizon"], np.nanmax(known) + 1)
    if any(name == "open" for name in facts["end"]):
        end = facts["horizon"]
    room = 0.04 * (end - begin + 1)
    for edge, side in ((first, "left"), (last, "right")):
        if begin - room < edge <= end + room:
            fig.add_vline(x=_moment(facts, edge), line={"color": theme.FAINT, "width": 1, "dash": "dot"})
            fig.add_annotation(
                x=_moment(facts, edge), y=0, yref="paper", yanchor="bottom", xanchor=side, showarrow=False,
                text=safe(text("figure.worlds.period", lang)), font={"size": 11, "color": theme.FAINT},
            )  # fmt: skip
    around = [_moment(facts, begin - room), _moment(facts, end + 1.5 * room)]
    fig.update_xaxes(type="date", range=around, tickformat="%Y-%m-%d")
    theme.name_axis(fig, list(called.values()), top=-0.3)
    title = _worlds_title(lives, called, lang)
    table = _readable(lives, called, lang)
    return theme.finish(fig, title, title, table, height=220 + 42 * len(called), legend=True)


def _moment(facts: Mapping[str, Any], day: float) -> datetime:
    return datetime.combine(facts["start"], datetime.min.time()) + timedelta(days=float(day))


def _life(
    fig: go.Figure, mine: pd.DataFrame, world: str, at: int, height: Mapping[str, int], ink: str,
    facts: Mapping[str, Any], lang: str | None,
) -> None:  # fmt: skip
    """One world's line with its stalls, touches and end."""
    shift = 0.13 - 0.26 * at
    name, end = facts["names"][at], facts["end"][at]
    label = safe(f"{theme.short(name, 30)}{text('figure.colon', lang)}{text(f'figure.worlds.{end}', lang)}")
    if mine.empty:
        fig.add_scatter(x=[None], y=[None], mode="lines", line={"color": ink, "width": 3}, name=label)
        return
    steps, stall, open_stall = [], [], None
    stage = None
    for row in tables.each(mine):
        day = getattr(row, f"day_{world}")
        if row.event == "entered":
            steps.append((day, height[row.stage] + shift))
            stage = row.stage
        elif row.event == "stalled":
            open_stall = (day, height[row.stage] + shift)
        elif open_stall and row.event in ("stall_ended", "advanced", "regressed", *ENDS):
            stall.append((*open_stall, day))
            open_stall = None
    closing = mine[mine["event"].isin(ENDS)] if end in ENDS else mine.iloc[:0]
    stop = float(closing[f"day_{world}"].iloc[-1]) if len(closing) else facts["horizon"]
    level = height[stage] + shift if stage is not None else 0.0
    if open_stall:
        stall.append((*open_stall, stop))
    for day, y, until in stall:
        fig.add_scatter(
            x=[_moment(facts, day), _moment(facts, until)], y=[y, y], mode="lines", showlegend=False,
            line={"color": tint(theme.VERMILLION, 0.35), "width": 11}, hoverinfo="skip",
        )  # fmt: skip
    fig.add_scatter(
        x=[_moment(facts, day) for day, _ in [*steps, (stop, level)]],
        y=[y for _, y in [*steps, (stop, level)]], mode="lines", name=label, hoverinfo="skip",
        line={"color": ink, "width": 3, "shape": "hv"},
    )  # fmt: skip
    touched = mine[mine["event"] == "touched"]
    days = touched[f"day_{world}"].to_numpy(float)
    place = np.searchsorted([day for day, _ in steps], days, side="right") - 1
    fig.add_scatter(
        x=[_moment(facts, day) for day in days], y=[steps[max(k, 0)][1] for k in place] if steps else [],
        mode="markers", marker={"symbol": "line-ns-open", "size": 11, "color": ink, "line_width": 1.5},
        showlegend=False, hoverinfo="text",
        hovertext=[safe(f"{text('figure.worlds.touched', lang)} · {_date(facts, day)}") for day in days],
    )  # fmt: skip
    seen = mine[mine["event"].isin(["entered", *ENDS])]
    fig.add_scatter(
        x=[_moment(facts, day) for day in seen[f"day_{world}"]], y=[height[s] + shift for s in seen["stage"]],
        mode="markers", marker={"color": ink, "size": 6}, showlegend=False, hoverinfo="text",
        hovertext=[safe(_hover(row, world, name, facts, lang)) for row in tables.each(seen)],
    )  # fmt: skip
    fig.add_scatter(
        x=[_moment(facts, stop)], y=[level], mode="markers", showlegend=False, cliponaxis=False,
        marker={"symbol": SYMBOL[end], "size": 16 if end == "won" else 12, "color": ink,
                "line": {"color": "white" if end == "won" else ink, "width": 1}},
        hovertext=[label], hoverinfo="text",
    )  # fmt: skip


def _hover(row: Any, world: str, name: str, facts: Mapping[str, Any], lang: str | None) -> str:
    parts = [name, text(f"event.{row.event}", lang), row.stage, _date(facts, getattr(row, f"day_{world}"))]
    parts += [getattr(row, f"owner_{world}")]
    for what in ("waiting", "working"):
        if np.isfinite(days := getattr(row, f"{what}_{world}")):
            parts.append(text(f"figure.worlds.{what}", lang, name=write.number(days, 1)))
    return " · ".join(str(part) for part in parts if part)


def _mark_fork(
    fig: go.Figure, row: Any, height: Mapping[str, int], facts: Mapping[str, Any], lang: str | None
) -> None:
    """A ring where the lives part, at the earlier of the two days."""
    day = np.nanmin([row.day_base, row.day_other])
    y = height.get(row.stage, len(height) - 1)
    fig.add_scatter(
        x=[_moment(facts, day)], y=[y], mode="markers", showlegend=False, hoverinfo="skip", cliponaxis=False,
        marker={"symbol": "circle-open", "size": 30, "color": theme.VERMILLION, "line_width": 2.5},
    )  # fmt: skip
    fig.add_annotation(
        x=_moment(facts, day), y=y, text=safe(text("figure.worlds.part", lang)), showarrow=True, arrowhead=0,
        ax=0, ay=-36, yshift=14, font={"color": theme.VERMILLION}, arrowcolor=theme.VERMILLION,
        bgcolor="rgba(255,255,255,0.8)", yanchor="bottom",
    )  # fmt: skip


def _worlds_title(lives: pd.DataFrame, called: Mapping[str, str], lang: str | None) -> str:
    facts: dict[str, Any] = {str(key): value for key, value in lives.attrs.items()}
    says = [text(f"figure.worlds.{end}", lang) for end in facts["end"]]
    title = text("figure.worlds.title", lang, id=facts["id"], base=says[0], other=says[1],
                 base_name=facts["names"][0], other_name=facts["names"][1])  # fmt: skip
    fork = lives[lives["parts"] & lives["stage"].ne("")]
    if not len(fork):
        return title
    row = next(tables.each(fork))
    day = _date(facts, float(np.nanmin([row.day_base, row.day_other])))
    return text("figure.worlds.parted", lang, title=title, day=day, stage=called[row.stage])


def _readable(lives: pd.DataFrame, called: Mapping[str, str], lang: str | None) -> pd.DataFrame:
    """Both lives as people write them."""
    facts: dict[str, Any] = {str(key): value for key, value in lives.attrs.items()}

    def number(days: float) -> str:
        return write.number(days, 1) if np.isfinite(days) else ""

    event = [text(f"event.{e}", lang) if has(f"event.{e}") else e for e in lives["event"]]
    told: dict[str, list[str]] = {
        text("figure.worlds.event", lang): event,
        text("figure.worlds.stage", lang): [called.get(s, s) for s in lives["stage"]],
    }
    for world, name in zip(WORLDS, facts["names"], strict=True):
        days = [_date(facts, d) if np.isfinite(d) else "" for d in lives[f"day_{world}"]]
        told[text("figure.worlds.day", lang, name=name)] = days
        for column in ("owner", "reason"):
            values = lives[f"{column}_{world}"].fillna("").tolist()
            told[text(f"figure.worlds.{column}", lang, name=name)] = values
        for column in ("waiting", "working", "touches"):
            values = [number(v) for v in lives[f"{column}_{world}"]]
            told[text(f"figure.worlds.{column}", lang, name=name)] = values
    later = [write.number(v, 1, signed=True) if np.isfinite(v) else "" for v in lives["later"]]
    told[text("figure.worlds.later", lang, name=facts["names"][1])] = later
    return pd.DataFrame(told)


def _date(facts: Mapping[str, Any], day: float) -> str:
    return _moment(facts, day).date().isoformat()
