"""Figures of what came out: differences, the spread of simulated years, months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables, words
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.figures.theme import safe, tint

FEW = 10
"""Fewer replications have no tenth: their range is told instead of P10 to P90."""


def difference(
    source: Any, metric: str = "bookings", base: str | None = None, lang: str | None = None
) -> go.Figure:
    """What each scenario brings against the base: paired difference with its 95 % interval.

    First year filled, long run hollow beside it; a tie is grey and says so.

    source   a Comparison, what `funnelsim compare --json` prints, or `tables.differences(...)`
    """
    return difference_drawn(source, metric, base, lang).figure()


def difference_drawn(
    source: Any,
    metric: str = "bookings",
    base: str | None = None,
    lang: str | None = None,
    live: bool = False,
    working: bool = True,
) -> Drawing:
    """The same as plain data; `live`: first year and long run have their places, whichever is still being
    worked out (`working`) or was given up, and no table stands behind."""
    found = tables.differences(source, metric, base, lang)
    rows = [*tables.each(found.rows)]
    names = list(dict.fromkeys(row.scenario for row in rows))
    colour = theme.colours(names, found.base)
    ends = np.array([[row.low, row.mean, row.high] for row in rows], float)
    size = float(np.nanmax(np.abs(ends), initial=0.0))
    divisor, unit = words.scale(found.unit, size, found.currency, lang, change=True)
    low, high = np.nanmin(ends, initial=0.0) / divisor, np.nanmax(ends, initial=0.0) / divisor
    room = (high - low) * 0.16 or 1.0
    seen = {row.horizon for row in rows}
    horizons = [h for h in tables.HORIZONS if h in seen or live]
    fig = Drawing()
    for horizon in horizons:
        part = [row for row in rows if row.horizon == horizon]
        shift = 0.0 if len(horizons) == 1 else (0.16 if horizon == "first_year" else -0.16)
        if not part:
            said = text("panel.working" if working else "panel.given_up", lang)
            _awaited(fig, text(f"figure.horizon.{horizon}", lang, found.period), shift, said, lang)
        at = [len(names) - 1 - names.index(row.scenario) + shift for row in part]
        paint = [theme.FAINT if row.verdict == "tie" else colour[row.scenario] for row in part]
        for y, row, ink in zip(at, part, paint, strict=True):
            fig.add_scatter(
                x=[row.low / divisor, row.high / divisor],
                y=[y, y],
                mode="lines",
                line={"color": ink, "width": 5 if horizon == "first_year" else 2.5},
                hoverinfo="skip",
                showlegend=False,
            )
        filled = [
            "white" if horizon == "long_run" or row.verdict == "tie" else ink
            for ink, row in zip(paint, part, strict=True)
        ]
        says = [_verdict_label(row, found, horizon if len(horizons) > 1 else None, lang) for row in part]
        fig.add_scatter(
            x=[row.mean / divisor for row in part],
            y=at,
            mode="markers+text",
            name=text(f"figure.horizon.{horizon}", lang, found.period),
            marker={"color": filled, "size": 12, "line": {"color": paint, "width": 2.5}},
            showlegend=False,
            text=[safe(s) for s in says],
            textposition=[_beside_zero(row.mean / divisor, high - low + 2 * room) for row in part],
            textfont={"color": theme.INK, "size": 13},
            hovertext=[safe(_finding(row, found, lang)) for row in part],
            hoverinfo="text",
            cliponaxis=False,
        )
    fig.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    axis = text("figure.difference.axis", lang, metric=words.metric_name(metric, lang), base=found.base)
    fig.update_xaxes(title={"text": safe(words.axis(axis, unit, lang))}, range=[low - room, high + room])
    if high == low:
        fig.update_xaxes(tickvals=[0])
    theme.name_axis(fig, names, top=0.25)
    sentences = [_finding(row, found, lang) for row in rows]
    return theme.finish(
        fig,
        _difference_title(found, rows, sentences, lang),
        " ".join(sentences),
        None if live else found.readable(lang),
        height=170 + len(names) * (58 * len(horizons) + 12),
    )


def nothing_drawn(metric: str, base: str, lang: str | None = None) -> Drawing:
    """The place of a difference before anything is changed."""
    fig = Drawing()
    fig.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    axis = text("figure.difference.axis", lang, metric=words.metric_name(metric, lang), base=base)
    fig.update_xaxes(title={"text": safe(axis)}, range=[-1, 1], tickvals=[0])
    fig.update_yaxes(range=[0, 1], visible=False)
    fig.add_scatter(x=[], y=[])  # Plotly draws no axis without a trace
    said = text("panel.unchanged", lang)
    return theme.finish(fig, said, said, None)


def _beside_zero(mean: float, reach: float) -> str:
    """Where the words of a difference stand: above it, or beside the line of zero where they would cross it."""
    near = abs(mean) < 0.13 * reach
    return f"top {'left' if mean < 0 else 'right'}" if near else "top center"


def _awaited(fig: Drawing, horizon: str, y: float, said: str, lang: str | None) -> None:
    """In the place of a horizon why it has no value."""
    fig.add_scatter(
        x=[0.0], y=[y], mode="text", textposition="top right",
        text=[safe(f"{horizon}{text('figure.colon', lang)}{said}")],
        textfont={"color": theme.FAINT, "size": 13}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _verdict_label(row: Any, found: tables.Differences, horizon: str | None, lang: str | None) -> str:
    amount = words.value(row.mean, found.unit, found.currency, lang, signed=True, change=True)
    parts = [text(f"figure.horizon.{horizon}", lang, found.period)] if horizon else []
    return text("figure.colon", lang).join([*parts, f"{amount} · {words.verdict(row.verdict, lang)}"])


def _finding(row: Any, found: tables.Differences, lang: str | None) -> str:
    return words.finding(row, found.metric, found.unit, found.base, found.currency, lang, found.period)


def _difference_title(
    found: tables.Differences, rows: Sequence[Any], sentences: Sequence[str], lang: str | None
) -> str:
    first = [row for row in rows if row.horizon == rows[0].horizon]
    if len(first) == 1:
        return sentences[0]
    facts = {v: sum(row.verdict == v for row in first) for v in ("better", "worse", "tie")}
    best = max(first, key=lambda row: row.mean if found.higher_is_better else -row.mean)
    lead = _finding(best, found, lang)
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
    return outcomes_drawn(outcomes, metric, base, lang, target).figure()


def outcomes_drawn(
    outcomes: Mapping[str, Sequence[float]] | Any,
    metric: str = "bookings",
    base: str | None = None,
    lang: str | None = None,
    target: float | None = None,
    live: bool = False,
) -> Drawing:
    """The same as plain data; `live`: no table stands behind."""
    unit, currency, values = tables.outcomes(outcomes, metric)
    names = list(values)
    period = "year" if isinstance(outcomes, Mapping) else tables.period_of(outcomes)
    base = base if base is not None else (names[0] if len(names) > 1 else None)
    colour = theme.colours(names, base)
    largest = max((float(np.nanmax(np.abs(v))) for v in values.values() if np.isfinite(v).any()), default=0.0)
    divisor, unit_words = words.scale(unit, largest, currency, lang)
    fig = Drawing()
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
            textposition=["bottom left", "top center", "bottom right"],
            textfont={"size": 12},
            hoverinfo="skip",
            cliponaxis=False,
        )
        rows.append((name, *(words.value(p, unit, currency, lang) for p in (p10, p50, p90)), str(known.size)))
    if target is not None:
        fig.add_vline(
            x=target / divisor,
            line={"color": theme.INK, "width": 1.5, "dash": "dash"},
            label=safe(text("figure.outcome.target", lang, target=words.value(target, unit, currency, lang))),
        )
    label = words.metric_name(metric, lang)
    axis = text("figure.outcome.axis", lang, period, metric=label)
    fig.update_xaxes(title={"text": safe(words.axis(axis, unit_words, lang))})
    if rows and largest == 0.0 and not target:
        fig.update_xaxes(range=[-0.2, 1], tickvals=[0])
    theme.name_axis(fig, names, top=0.4)
    head = [
        text("figure.outcome.scenario", lang),
        "P10",
        "P50",
        "P90",
        text("figure.outcome.runs", lang, period),
    ]
    sentences = [_outcome_words(row, values[row[0]], label, (unit, currency), period, lang) for row in rows]
    title = sentences[-1] if sentences else text("figure.empty", lang)
    return theme.finish(
        fig,
        title,
        " ".join(sentences) or title,
        None if live else pd.DataFrame(rows, columns=head),
        height=150 + 105 * len(names),
    )


def _outcome_words(
    row: Sequence[str], values: np.ndarray, metric: str, unit: tuple[str, str], period: str, lang: str | None
) -> str:
    """One sentence on the outcomes of a scenario: P10 to P90 where they differ."""
    facts = {"name": row[0], "metric": metric, "low": row[1], "middle": row[2], "high": row[3], "n": row[4]}
    known = values[np.isfinite(values)]
    key = "alone" if known.size == 1 else "same" if np.ptp(known) == 0 else "title"
    if key == "title" and known.size < FEW:
        key, least, most = "few", float(known.min()), float(known.max())
        facts |= {"low": words.value(least, *unit, lang), "high": words.value(most, *unit, lang)}
    return text(f"figure.outcome.{key}", lang, period, **facts)


def bookings_by_month(months: pd.DataFrame, lang: str | None = None, base: str | None = None) -> go.Figure:
    """Bookings of each month, mean and the 80 % of simulated years between P10 and P90.

    months   scenario, month (text such as 2026-01), mean, p10, p90 in currency units; attrs["currency"]
    """
    scenarios = list(dict.fromkeys(months["scenario"]))
    base = base if base is not None else (scenarios[0] if len(scenarios) > 1 else None)
    colour = theme.colours(scenarios, base)
    currency = months.attrs.get("currency", "CNY")
    most = float(np.nanmax(months[["mean", "p90"]], initial=0.0))
    if not most:
        return theme.nothing(text("figure.month.none", lang))
    divisor, unit = words.scale("currency", most, currency, lang)
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
    months_said = text("figure.month.axis", lang)
    if np.isfinite(months["p90"]).any():
        period = months.attrs.get("period", "year")
        months_said = text("figure.month.spread", lang, period, label=months_said)
    fig.update_xaxes(title_text=safe(months_said), type="category")
    label = words.axis(words.metric_name("bookings", lang), unit, lang)
    fig.update_yaxes(title_text=safe(label), rangemode="tozero")
    last = months[months["scenario"] == scenarios[-1]]
    best = last.loc[last["mean"].idxmax()]
    title = text(
        "figure.month.title",
        lang,
        name=f"{scenarios[-1]}{text('figure.colon', lang)}" if len(scenarios) > 1 else "",
        month=best["month"],
        amount=words.value(best["mean"], "currency", currency, lang),
    )
    table = months.assign(
        **{c: [words.value(v, "currency", currency, lang) for v in months[c]] for c in ("mean", "p10", "p90")}
    )
    return theme.finish(fig, title, title, table, height=360, legend=len(scenarios) > 1)


def _digits(size: float) -> int:
    return 0 if abs(size) >= 100 or size == 0 else 1 if abs(size) >= 10 else 2
