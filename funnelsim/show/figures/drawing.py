"""A figure as plain data, drawn with the few words of Plotly that a live panel needs.

A `go.Figure` checks every word it is told, and takes tens of milliseconds for two small charts; a hand on a
slider feels that. `Drawing.figure()` gives the checked one, for notebooks, reports and picture files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go


class Drawing:
    """Traces and layout, as Plotly takes them."""

    def __init__(self) -> None:
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {}

    @staticmethod
    def of(fig: go.Figure) -> Drawing:
        """What Plotly's own figure holds."""
        drawing, told = Drawing(), fig.to_plotly_json()
        drawing.data, drawing.layout = plain(list(told["data"])), plain(dict(told["layout"]))
        return drawing

    def add_scatter(self, **trace: Any) -> None:
        self.data.append(plain({"type": "scatter", **trace}))

    def add_vline(self, x: float, line: Mapping[str, Any], label: str = "") -> None:
        """A line from bottom to top at a value of the horizontal axis, with a label above it where given."""
        place = {"xref": "x", "yref": "y domain"}
        shape = {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line, **place}
        self.layout.setdefault("shapes", []).append(plain(shape))
        if label:
            words = {
                "text": label,
                "x": x,
                "y": 1,
                "xanchor": "center",
                "yanchor": "bottom",
                "showarrow": False,
            }
            self.layout.setdefault("annotations", []).append(plain(words | place))

    def update_layout(self, **parts: Any) -> Drawing:
        _merge(self.layout, plain(parts))
        return self

    def update_xaxes(self, **parts: Any) -> None:
        _merge(self.layout, {"xaxis": plain(parts)})

    def update_yaxes(self, **parts: Any) -> None:
        _merge(self.layout, {"yaxis": plain(parts)})

    def figure(self) -> go.Figure:
        """The same as Plotly's own figure."""
        return go.Figure(self.data, self.layout)


def plain(value: Any) -> Any:
    """A value as JSON can hold it: arrays and columns as lists, what is not a number as nothing."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # arrays, columns of tables and their single numbers
        return plain(np.asarray(value).tolist())
    return value


def _merge(whole: dict[str, Any], parts: Mapping[str, Any]) -> None:
    for key, value in parts.items():
        if isinstance(value, dict) and isinstance(whole.get(key), dict):
            _merge(whole[key], value)
        else:
            whole[key] = value
