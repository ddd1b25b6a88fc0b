"""Figures of the open pipeline over time, as reported and as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables, words
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe

VIEWS = ("true", "shown")
DASH = {"true": "solid", "shown": "dot"}


def pipeline_by_week(
    weeks: pd.DataFrame, what: str = "amount", lang: str | None = None, base: str | None = None
) -> go.Figure:
    """What stands open week by week, as the report shows it (dotted) and as it was: means with their P10 to P90.

    weeks   `study.weeks.pipeline_by_week(...)`
    what    amount or deals
    """
    known, currency = weeks.attrs.get("known", True), weeks.attrs.get("currency", "CNY")
    mine = weeks[weeks["what"] == what]
    if mine.empty:
        return theme.nothing(text("figure.empty", lang))
    scenarios = list(dict.fromkeys(mine["scenario"]))
    base = base if base is not None else (scenarios[0] if len(scenarios) > 1 else None)
    colour = theme.colours(scenarios, base)
    unit = "currency" if what == "amount" else "deals"
    sizes = mine[[f"{v}{end}" for v in VIEWS for end in ("", "_p90")]].to_numpy(float)
    divisor, unit_words = words.scale(unit, float(np.nanmax(sizes, initial=0.0)), currency, lang)
    fig = go.Figure()
    views = VIEWS if known else VIEWS[1:]
    for scenario in scenarios:
        part = mine[mine["scenario"] == scenario]
        for view in views:
            named = scenario if len(scenarios) > 1 and view == views[0] else ""
            _line(fig, part, view, colour[scenario], divisor, named or text(f"figure.pipeline.{view}", lang))
            fig.data[-1].showlegend = bool(named) or len(scenarios) == 1
    for view in views if len(scenarios) > 1 else ():
        style = {"color": theme.INK, "width": 2.5, "dash": DASH[view]}
        fig.add_scatter(
            x=[None], y=[None], mode="lines", line=style, name=safe(text(f"figure.pipeline.{view}", lang))
        )
    if np.isfinite(mine["shown_p90"]).any():
        band = text("figure.pipeline.band", lang, weeks.attrs.get("period", "year"))
        fig.add_scatter(
            x=[None], y=[None], mode="markers", name=safe(band),
            marker={"symbol": "square", "size": 12, "color": theme.tint(theme.BASE, 0.35)},
        )  # fmt: skip
    label = text(f"figure.pipeline.{what}", lang)
    axis = text("figure.pipeline.axis", lang, what=label)
    fig.update_xaxes(type="date", title_text=safe(text("figure.pipeline.week", lang)), tickformat="%Y-%m-%d")
    fig.update_yaxes(title_text=safe(words.axis(axis, unit_words, lang)), rangemode="tozero")
    sentences = [
        _said(mine[mine["scenario"] == s], s, unit, len(scenarios) > 1, weeks.attrs, lang) for s in scenarios
    ]
    table = _readable(mine, unit, known, currency, lang)
    title = "\n".join(sentences) if len(scenarios) < 3 else sentences[-1]
    return theme.finish(fig, title, " ".join(sentences), table, height=420, legend=True)


def _line(fig: go.Figure, part: pd.DataFrame, view: str, ink: str, divisor: float, name: str) -> None:
    """The mean over the weeks, and the band around it where there is one."""
    low, high = part[f"{view}_p10"] / divisor, part[f"{view}_p90"] / divisor
    days = [str(day) for day in part["day"]]
    if np.isfinite(high).any():
        fig.add_scatter(
            x=days + days[::-1], y=[*high, *low[::-1]], fill="toself", mode="lines", hoverinfo="skip",
            line={"width": 0}, fillcolor=theme.clear(ink, 0.2 if view == "true" else 0.1), showlegend=False,
        )  # fmt: skip
    fig.add_scatter(
        x=days, y=part[view] / divisor, mode="lines" if len(days) > 1 else "markers", name=safe(theme.short(name)),
        line={"color": ink, "width": 3 if view == "true" else 2.5, "dash": DASH[view]},
        marker={"symbol": "circle" if view == "true" else "circle-open", "size": 11, "color": ink},
    )  # fmt: skip


def _said(part: pd.DataFrame, scenario: str, unit: str, named: bool, facts: Any, lang: str | None) -> str:
    last, currency = part.iloc[-1], facts.get("currency", "CNY")
    if not facts.get("known", True):
        key = "reported"
    elif not np.isfinite(last["gap_low"]):
        key = "single"
    elif last["gap_low"] == last["gap_high"] == 0:
        key = "same"
    elif last["gap_low"] <= 0 <= last["gap_high"]:
        key = "tie"
    else:
        key = "more" if last["gap"] > 0 else "less"
    shown, true, gap = (
        words.value(float(v), unit, currency, lang) for v in (last["shown"], last["true"], abs(last["gap"]))
    )
    ends = (last["gap_low"], last["gap_high"])
    span = words.span(*ends, unit, currency, lang) if np.isfinite(last["gap_low"]) else "–"
    name = f"{scenario}{text('figure.colon', lang)}" if named else ""
    told = {"name": name, "day": last["day"], "shown": shown, "true": true, "gap": gap, "span": span}
    return text(f"figure.pipeline.{key}", lang, facts.get("period", "year"), **told)


def _readable(part: pd.DataFrame, unit: str, known: bool, currency: str, lang: str | None) -> pd.DataFrame:
    """The weeks as people write them, P10 to P90 in brackets."""

    def told(row: Any, view: str, ends: tuple[str, str]) -> str:
        mean, low, high = (words.value(getattr(row, f"{view}{e}"), unit, currency, lang) for e in ("", *ends))
        return mean if low == "–" else f"{mean} {text('figure.between', lang, low=low, high=high)}"

    out = []
    for row in tables.each(part):
        cells = [told(row, "shown", ("_p10", "_p90"))]
        if known:
            cells += [told(row, "true", ("_p10", "_p90")), told(row, "gap", ("_low", "_high"))]
        out.append((row.scenario, row.day, *cells))
    head = ["scenario", "week", "shown", *(("true", "gap") if known else ())]
    table = pd.DataFrame(out, columns=[text(f"figure.pipeline.{c}", lang) for c in head])
    return table if part["scenario"].nunique() > 1 else table.iloc[:, 1:]


def open_by_stage(weeks: pd.DataFrame, lang: str | None = None, stages: Any = None) -> go.Figure:
    """Open deals by stage over the weeks of one replication, stacked: what `flow` shows where nothing moves.

    weeks    `study.weeks.week_by_week(...)`
    stages   what people call the stages, by id
    """
    order = list(weeks.attrs["stages"])
    if weeks.empty:
        return theme.nothing(text("figure.flow.empty", lang))
    called = {id: (stages or {}).get(id, id) for id in order}
    days = list(weeks.attrs["weeks"])
    counts = (
        weeks.groupby(["week", "place"]).size().unstack(fill_value=0).reindex(range(len(days)), fill_value=0)
    )
    fig = go.Figure()
    for at, id in enumerate(order):
        depth = at / max(len(order) - 1, 1)
        fig.add_scatter(
            x=days, y=counts.get(id, pd.Series(0, range(len(days)))), mode="lines", stackgroup="open",
            name="<br>".join(safe(line) for line in theme.lines(theme.short(called[id]), 26)),
            line={"width": 1, "color": "white"}, fillcolor=_shade(depth),
        )  # fmt: skip
    fig.update_layout(
        legend={"orientation": "v", "x": 1.01, "y": 1, "yanchor": "top", "traceorder": "reversed"}
    )
    fig.update_xaxes(type="date", title_text=safe(text("figure.flow.week", lang)), tickformat="%Y-%m-%d")
    unit = words.unit_name("deals", lang)
    fig.update_yaxes(
        title_text=safe(words.axis(text("figure.flow.axis", lang), unit, lang)), rangemode="tozero"
    )
    said = flow_words(weeks, lang)
    table = counts.reindex(columns=[*order, "won", "lost", "no_decision"], fill_value=0)
    table = table.rename(columns=called | {
        "won": text("figure.flow.won", lang), "lost": text("figure.fit.lost", lang),
        "no_decision": text("figure.fit.no_decision", lang),
    }).reset_index(drop=True)  # fmt: skip
    table.insert(0, text("figure.flow.week", lang), days)
    return theme.finish(fig, said, said, table, height=440)


def flow_words(weeks: pd.DataFrame, lang: str | None = None) -> str:
    """What flowed in all the weeks, in one sentence."""
    if weeks.empty:
        return text("figure.flow.empty", lang)
    last = len(weeks.attrs["weeks"]) - 1
    stands = weeks["place"].isin(weeks.attrs["stages"])
    first_open, last_open = (int((stands & (weeks["week"] == w)).sum()) for w in (0, last))
    won, gone = int((weeks["place"] == "won").sum()), int(weeks["place"].isin(["lost", "no_decision"]).sum())
    # what stood open and what came is what ended and what stands open still
    created = last_open + won + gone - first_open
    facts = {"created": created, "won": won, "gone": gone, "first": first_open, "last": last_open}
    return text("figure.flow.title", lang, **{key: write.count(n, lang) for key, n in facts.items()})


def _shade(depth: float) -> str:
    """From sky blue at the first stage to dark blue at the last: light to dark is told apart by every eye."""
    ends = ((0xC9, 0xE6, 0xF7), (0x06, 0x3A, 0x5E))
    mixed = (round(a + (b - a) * depth) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)
