"""Figures of what came out: differences, the spread of simulated years, months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables, theme, words
from funnelsim.show.theme import safe, tint


def difference(
    source: Any, metric: str = "bookings", base: str | None = None, lang: str | None = None
) -> go.Figure:
    """What each scenario brings against the base: paired difference with its 95 % interval.

    First year filled, long run hollow beside it; a tie is grey and says so.

    source   a Comparison, what `funnelsim compare --json` prints, or `tables.differences(...)`
    """
    found = tables.differences(source, metric, base, lang)
    rows = found.rows
    names = list(dict.fromkeys(rows["scenario"]))
    colour = theme.colours(names, found.base)
    size = float(np.nanmax(np.abs(rows[["mean", "low", "high"]].to_numpy(float)), initial=0.0))
    divisor, unit = words.scale(found.unit, size, found.currency, lang)
    horizons = [h for h in tables.HORIZONS if h in set(rows["horizon"])]
    fig = go.Figure()
    for horizon in horizons:
        part = rows[rows["horizon"] == horizon]
        shift = 0.0 if len(horizons) == 1 else (0.16 if horizon == "first_year" else -0.16)
        at = [len(names) - 1 - names.index(name) + shift for name in part["scenario"]]
        paint = [
            theme.FAINT if verdict == "tie" else colour[name]
            for name, verdict in zip(part["scenario"], part["verdict"], strict=True)
        ]
        for y, row, ink in zip(at, tables.each(part), paint, strict=True):
            fig.add_scatter(
                x=[row.low / divisor, row.high / divisor],
                y=[y, y],
                mode="lines",
                line={"color": ink, "width": 5 if horizon == "first_year" else 2.5},
                hoverinfo="skip",
                showlegend=False,
            )
        filled = [
            "white" if horizon == "long_run" or verdict == "tie" else ink
            for ink, verdict in zip(paint, part["verdict"], strict=True)
        ]
        says = [
            _verdict_label(row, found, horizon if len(horizons) > 1 else None, lang)
            for row in tables.each(part)
        ]
        fig.add_scatter(
            x=part["mean"] / divisor,
            y=at,
            mode="markers+text",
            name=text(f"figure.horizon.{horizon}", lang),
            marker={"color": filled, "size": 12, "line": {"color": paint, "width": 2.5}},
            showlegend=False,
            text=[safe(s) for s in says],
            textposition="top center",
            textfont={"color": theme.INK, "size": 13},
            hovertext=[
                safe(words.finding(row, metric, found.unit, found.base, found.currency, lang))
                for row in tables.each(part)
            ],
            hoverinfo="text",
            cliponaxis=False,
        )
    fig.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    low, high = rows["low"].min() / divisor, rows["high"].max() / divisor
    low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low or 1.0) * 0.16
    fig.update_xaxes(
        title_text=safe(
            text("figure.difference.axis", lang, metric=words.metric_name(metric, lang), base=found.base)
        )
        + f", {safe(unit)}",
        range=[low - room, high + room],
    )
    theme.name_axis(fig, names, top=0.25)
    sentences = [
        words.finding(row, metric, found.unit, found.base, found.currency, lang) for row in tables.each(rows)
    ]
    return theme.finish(
        fig,
        _difference_title(found, sentences, lang),
        " ".join(sentences),
        found.readable(lang),
        height=170 + len(names) * (58 * len(horizons) + 12),
    )


def _verdict_label(row: Any, found: tables.Differences, horizon: str | None, lang: str | None) -> str:
    amount = words.value(row.mean, found.unit, found.currency, lang, signed=True)
    parts = [text(f"figure.horizon.{horizon}", lang)] if horizon else []
    return text("figure.colon", lang).join([*parts, f"{amount} · {words.verdict(row.verdict, lang)}"])


def _difference_title(found: tables.Differences, sentences: Sequence[str], lang: str | None) -> str:
    first = found.rows[found.rows["horizon"] == found.rows["horizon"].iloc[0]]
    if len(first) == 1:
        return sentences[0]
    facts = {v: int((first["verdict"] == v).sum()) for v in ("better", "worse", "tie")}
    best = max(tables.each(first), key=lambda row: row.mean if found.higher_is_better else -row.mean)
    lead = words.finding(best, found.metric, found.unit, found.base, found.currency, lang)
    return lead + text("figure.difference.several", lang, **facts)


def outcome_distribution(
    outcomes: Mapping[str, Sequence[float]] | Any,
    metric: str = "bookings",
    base: str | None = None,
    lang: str | None = None,
    target: float | None = None,
) -> go.Figure:
    """What the year can bring: every simulated year a dot, the middle and the 80 % between P10 and P90.

    outcomes   scenario -> values of the metric, one a replication; or a Trial
    target     a value to mark, in the metric's own unit
    """
    unit, currency, values = tables.outcomes(outcomes, metric)
    names = list(values)
    base = base if base is not None else (names[0] if len(names) > 1 else None)
    colour = theme.colours(names, base)
    largest = max((float(np.nanmax(np.abs(v))) for v in values.values() if np.isfinite(v).any()), default=0.0)
    divisor, unit_words = words.scale(unit, largest, currency, lang)
    fig = go.Figure()
    rows = []
    for at, name in enumerate(names):
        known = values[name][np.isfinite(values[name])]
        if not known.size:
            continue
        y = len(names) - 1 - at
        p10, p50, p90 = np.percentile(known, [10, 50, 90])
        # A low-discrepancy sequence instead of luck: the same numbers always give the same picture.
        jitter = ((np.arange(known.size) * 0.6180339887) % 1 - 0.5) * 0.34
        fig.add_scatter(
            x=np.sort(known) / divisor,
            y=y - 0.24 + jitter * 0.8,
            mode="markers",
            showlegend=False,
            marker={"color": tint(colour[name], 0.55), "size": 6},
            hovertext=[safe(words.value(v, unit, currency, lang)) for v in np.sort(known)],
            hoverinfo="text",
        )
        fig.add_scatter(
            x=[p10 / divisor, p90 / divisor],
            y=[y + 0.12] * 2,
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            line={"color": colour[name], "width": 7},
        )
        marks = [write.number(p / divisor, _digits(p90 / divisor)) for p in (p10, p50, p90)]
        fig.add_scatter(
            x=[p10 / divisor, p50 / divisor, p90 / divisor],
            y=[y + 0.12] * 3,
            mode="markers+text",
            showlegend=False,
            marker={
                "color": [colour[name], "white", colour[name]],
                "size": [7, 13, 7],
                "opacity": 1,
                "line": {"color": colour[name], "width": 3},
            },
            text=[f"{tag} {mark}" for tag, mark in zip(("P10", "P50", "P90"), marks, strict=True)],
            textposition=["top left", "top center", "top right"],
            textfont={"size": 12},
            hoverinfo="skip",
            cliponaxis=False,
        )
        rows.append((name, *(words.value(p, unit, currency, lang) for p in (p10, p50, p90)), str(known.size)))
    if target is not None:
        fig.add_vline(
            x=target / divisor,
            line={"color": theme.INK, "width": 1.5, "dash": "dash"},
            annotation_text=safe(
                text("figure.outcome.target", lang, target=words.value(target, unit, currency, lang))
            ),
            annotation_position="top",
        )
    label = words.metric_name(metric, lang)
    fig.update_xaxes(
        title_text=f"{safe(text('figure.outcome.axis', lang, metric=label))}, {safe(unit_words)}"
    )
    theme.name_axis(fig, names, top=0.4)
    head = [text("figure.outcome.scenario", lang), "P10", "P50", "P90", text("figure.outcome.runs", lang)]
    sentences = [
        text("figure.outcome.title", lang, name=row[0], metric=label, low=row[1], middle=row[2], high=row[3])
        for row in rows
    ]
    title = sentences[-1] if sentences else text("figure.empty", lang)
    return theme.finish(
        fig,
        title,
        " ".join(sentences) or title,
        pd.DataFrame(rows, columns=head),
        height=150 + 105 * len(names),
    )


def bookings_by_month(months: pd.DataFrame, lang: str | None = None, base: str | None = None) -> go.Figure:
    """Bookings of each month, mean and the 80 % of simulated years between P10 and P90.

    months   scenario, month (text such as 2026-01), mean, p10, p90 in currency units; attrs["currency"]
    """
    scenarios = list(dict.fromkeys(months["scenario"]))
    base = base if base is not None else (scenarios[0] if len(scenarios) > 1 else None)
    colour = theme.colours(scenarios, base)
    currency = months.attrs.get("currency", "CNY")
    divisor, unit = words.scale("currency", float(months["p90"].max()), currency, lang)
    fig = go.Figure()
    for scenario in scenarios:
        part = months[months["scenario"] == scenario]
        fig.add_bar(
            x=part["month"],
            y=part["mean"] / divisor,
            name=safe(theme.short(scenario)),
            marker_color=colour[scenario],
            error_y={
                "type": "data",
                "symmetric": False,
                "thickness": 1.2,
                "width": 3,
                "color": theme.INK,
                "array": (part["p90"] - part["mean"]) / divisor,
                "arrayminus": (part["mean"] - part["p10"]) / divisor,
            },
        )
    fig.update_layout(barmode="group", bargap=0.25)
    fig.update_xaxes(title_text=text("figure.month.axis", lang), type="category")
    fig.update_yaxes(
        title_text=f"{safe(words.metric_name('bookings', lang))}, {safe(unit)}", rangemode="tozero"
    )
    last = months[months["scenario"] == scenarios[-1]]
    best = last.loc[last["mean"].idxmax()]
    title = text(
        "figure.month.title",
        lang,
        month=best["month"],
        amount=words.value(best["mean"], "currency", currency, lang),
    )
    table = months.assign(
        **{c: [words.value(v, "currency", currency, lang) for v in months[c]] for c in ("mean", "p10", "p90")}
    )
    return theme.finish(fig, title, title, table, height=360, legend=len(scenarios) > 1)


def _digits(size: float) -> int:
    return 0 if abs(size) >= 100 else 1 if abs(size) >= 10 else 2
