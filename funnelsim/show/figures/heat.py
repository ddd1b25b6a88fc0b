"""Heat map of the days that deals stay in their stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe

SCALE = ((0.0, "#EEF5FA"), (0.5, "#6CB2DC"), (1.0, theme.NAVY))
"""Light to dark in one hue: told apart by every eye, and on paper."""


def dwell(table: pd.DataFrame, lang: str | None = None, stages: Mapping[str, str] | None = None) -> go.Figure:
    """Stage by quarter or by age: median days of visits, or open deals; the 95 % interval stands in each cell.

    table    `study.dwell.dwell_by_quarter(...)` or `dwell_by_age(...)`
    stages   what people call the stages, by id
    """
    by = table.attrs["by"]
    column = "days" if by == "quarter" else "deals"
    if not np.isfinite(table[column].to_numpy(float)).any() or not (table[column] > 0).any():
        return theme.nothing(text("figure.empty", lang))
    rows, heads = list(dict.fromkeys(table["stage"])), list(dict.fromkeys(table["when"]))
    called = {id: (stages or {}).get(id, id) for id in rows}
    shape = (len(rows), len(heads))
    value, low, high = (table[c].to_numpy(float).reshape(shape) for c in (column, "low", "high"))
    top = float(np.nanmax(value))
    fig = go.Figure()
    fig.add_heatmap(
        z=value[::-1], x=list(range(len(heads))), y=list(range(len(rows))), colorscale=SCALE, zmin=0, zmax=top,
        xgap=2, ygap=2, hoverinfo="skip",
        colorbar={
            "title": {"text": safe(text(f"figure.dwell.{column}", lang)), "side": "right", "font": {"size": 13}},
            "thickness": 14, "outlinewidth": 0, "ticks": "",
        },
    )  # fmt: skip
    y, x = (places.ravel() for places in np.indices(shape))
    cells = zip(value.ravel(), low.ravel(), high.ravel(), strict=True)
    fig.add_scatter(
        x=x, y=len(rows) - 1 - y, mode="text", hoverinfo="skip", showlegend=False,
        text=[_cell(v, lo, hi, lang) for v, lo, hi in cells],
        textfont={"size": 13, "color": [_ink(v / top) for v in np.nan_to_num(value.ravel())]},
    )  # fmt: skip
    names = [safe(head) for head in heads]
    fig.update_xaxes(
        tickvals=list(range(len(heads))), ticktext=names, showgrid=False, zeroline=False,
        title_text=safe(text(f"figure.dwell.{by}", lang)),
    )  # fmt: skip
    theme.name_axis(fig, list(called.values()), top=0.5)
    fig.update_yaxes(range=[-0.5, len(rows) - 0.5])
    title = _title(table, column, called, lang)
    return theme.finish(
        fig, title, title, _readable(table, column, called, lang), height=150 + 46 * len(rows)
    )


def _cell(value: float, low: float, high: float, lang: str | None) -> str:
    if not np.isfinite(value):
        return "–"
    said = write.number(value, 1)
    if not np.isfinite(low):
        return said
    between = text("figure.between", lang, low=write.number(low, 1), high=write.number(high, 1))
    return f"{said}<br><span style='font-size:11px'>{between}</span>"


def _ink(share: float) -> str:
    """Black or white, whichever is easier to read on the colour of a share of the scale (WCAG 2.2, contrast ratio)."""
    steps = [step for step, _ in SCALE]
    parts = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for _, colour in SCALE])
    colour = np.array([np.interp(share, steps, part) for part in parts.T])
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    light = float(linear @ (0.2126, 0.7152, 0.0722))
    return "#FFFFFF" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "#000000"


def _title(table: pd.DataFrame, column: str, called: Mapping[str, str], lang: str | None) -> str:
    """The last column that has a value: which stage has most, and whether it can be told from the next."""
    known = table[np.isfinite(table[column]) & (table[column] > 0)]
    when = [head for head in dict.fromkeys(table["when"]) if head in set(known["when"])][-1]
    last = known[known["when"] == when].sort_values(column, ascending=False, kind="stable")
    most: Any = last.iloc[0]
    key = "longest" if column == "days" else "oldest"
    facts = {
        "when": when, "stage": called[most["stage"]], "days": write.number(most[column], 1),
        "low": write.number(most["low"], 1), "high": write.number(most["high"], 1), "other": "", "other_days": "",
    }  # fmt: skip
    if not np.isfinite(most["low"]):
        return text(f"figure.dwell.{key}_single", lang, **facts)
    if len(last) > 1:
        other = last.iloc[1]
        if not np.isfinite(other["high"]) or other["high"] >= most["low"]:
            facts |= {"other": called[other["stage"]], "other_days": write.number(other[column], 1)}
            return text(f"figure.dwell.{key}_tie", lang, **facts)
    return text(f"figure.dwell.{key}", lang, **facts)


def _readable(table: pd.DataFrame, column: str, called: Mapping[str, str], lang: str | None) -> pd.DataFrame:
    visits = column == "days"
    rows = [
        (called[row.stage], row.when, *(write.number(v, 1) for v in (getattr(row, column), row.low, row.high)),
         *((write.number(row.visits, 1),) if visits else ()))
        for row in tables.each(table)
    ]  # fmt: skip
    head = ["stage", "when", column, "low", "high", *(("visits",) if visits else ())]
    return pd.DataFrame(rows, columns=[text(f"figure.dwell.{c}", lang) for c in head])
