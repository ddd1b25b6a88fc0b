"""How figures look: colours that colour-blind readers tell apart, fonts with Chinese, safe text.

A scenario keeps its colour through a whole notebook: the base is grey, the others take the colours of
PALETTE in the order they are named. Blue, vermillion, green and sky are Okabe & Ito's (2008); their other
colours are too light for lines on white and gave way to darker ones. tests/show/test_colours.py says what holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels.lines import broken, width
from funnelsim.show.figures.drawing import Drawing

Fig = TypeVar("Fig", go.Figure, Drawing)

BLUE, VERMILLION, GREEN, SKY = "#0072B2", "#D55E00", "#009E73", "#56B4E9"
OCHRE, PLUM, VIOLET, RUST, MAROON, NAVY = "#C7852A", "#4B0C6B", "#A974F7", "#B13E06", "#75170E", "#063A5E"
# Red comes late: a scenario's colour must not look like a verdict.
PALETTE = (BLUE, OCHRE, PLUM, VIOLET, RUST, MAROON)
BASE = "#5F6670"
INK, FAINT, GRID = "#20262E", "#6B7480", "#E3E7EC"

FONT = (
    '"Helvetica Neue", Arial, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", '
    '"WenQuanYi Micro Hei", sans-serif'
)

_AXIS = {
    "gridcolor": GRID,
    "zerolinecolor": FAINT,
    "zerolinewidth": 1,
    "linecolor": GRID,
    "ticks": "outside",
    "tickcolor": GRID,
    "automargin": True,
    "separatethousands": True,
    "exponentformat": "none",  # "10k" beside 万元 is nobody's number
    "title": {"standoff": 10, "font": {"size": 13, "color": FAINT}},
}

LOOK = {
    "layout": {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "colorway": list(PALETTE),
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "hoverlabel": {"align": "left", "font": {"family": FONT}},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        "title": {
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 17, "l": 2},
            "font": {"size": 17},
        },
        "margin": {"l": 16, "r": 24, "t": 64, "b": 16},
    }
}
"""What all figures have in common, as a template of Plotly."""
TEMPLATE = go.layout.Template(LOOK)


def colours(names: Iterable[str], base: str | None = None) -> dict[str, str]:
    """The colour of each scenario: grey for the base, the palette in the order of names for the rest."""
    others = [name for name in names if name != base]
    chosen = {name: PALETTE[at % len(PALETTE)] for at, name in enumerate(others)}
    return {**chosen, **({base: BASE} if base is not None else {})}


def tint(colour: str, share: float) -> str:
    """A colour mixed with white; `share` 1 is the colour itself."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02X}" for part in parts)


def clear(colour: str, share: float) -> str:
    """A colour one can look through; `share` 1 is the colour itself."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


def safe(text: Any) -> str:
    """A text as Plotly shows it letter by letter: no tag, no entity, no formula, no template of its own.

    Plotly reads a few tags in titles, labels and hovers, `$...$` as TeX and `%{...}` as a variable.
    """
    swaps = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "%{": "%&#123;", "\n": " "}
    clean = str(text)
    for found, put in swaps.items():
        clean = clean.replace(found, put)
    return clean


def captioned(fig: Drawing, height: int, caption: bool = True) -> Drawing:
    """The drawing without a title, for a page that writes it above the chart itself, or not at all."""
    said = fig.layout["meta"]["title"] if caption else ""
    head, top = (
        fig.layout["title"]["text"],
        fig.layout["margin"]["t"],
    )  # for a picture, which has no page around it
    meta = {"caption": said, "head": head, "top": top}
    return fig.update_layout(title={"text": ""}, height=height, margin={"t": 16}, meta=meta)


def short(text: str, columns: int = 44) -> str:
    """A name that fits a legend; what is too long ends in an ellipsis."""
    if width(text) <= columns:
        return text
    kept = text
    while width(kept) >= columns:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def lines(text: str, columns: int = 100) -> list[str]:
    """A text broken where English breaks between words and Chinese between characters, into even lines."""
    return list(_even(text, columns))


@lru_cache(256)
def _even(text: str, columns: int) -> tuple[str, ...]:
    told = broken(text, columns)
    while len(told) > 1 and columns > 8 and len(shorter := broken(text, columns - 2)) == len(told):
        told, columns = shorter, columns - 2
    return tuple(told)


def finish(
    fig: Fig,
    title: str,
    alt: str,
    table: pd.DataFrame | None,
    height: int = 380,
    columns: int = 100,
    legend: bool = False,
) -> Fig:
    """Give a figure its title (plain text), its words for those who do not see it, and the table behind it.

    legend   whether room for a legend is wanted between title and picture
    """
    head = [line for part in title.split("\n") for line in lines(part, columns)]
    fig.update_layout(
        template=LOOK if isinstance(fig, Drawing) else TEMPLATE,
        title={"text": "<br>".join(safe(line) for line in head)},
        height=height + 22 * (len(head) - 1),
        margin={"t": 28 + 22 * len(head) + (34 if legend else 8)},
        meta={"title": title, "alt": alt} | ({} if table is None else {"table": _plain(table)}),
    )
    return fig


def nothing(said: str, table: pd.DataFrame | None = None) -> go.Figure:
    """The place of a figure that has nothing to draw: it says why."""
    fig = go.Figure()
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    return finish(fig, said, said, table, height=84)


def name_axis(fig: go.Figure | Drawing, names: Sequence[str], top: float = 0.4) -> None:
    """A vertical axis of names, the first on top at len(names) - 1; `top` is what is cut off above it."""
    fig.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=["<br>".join(map(safe, lines(name, 26))) for name in names[::-1]],
        range=[-0.6, len(names) - top],
        showgrid=False,
        zeroline=False,
    )


def tall(names: Iterable[str]) -> int:
    """Pixels that the tallest name of such an axis takes."""
    return 8 + 16 * max(len(lines(name, 26)) for name in names)


def alt_text(fig: go.Figure) -> str:
    """What a figure shows, in words."""
    return dict(fig.layout.meta or {}).get("alt", "")


def table_behind(fig: go.Figure) -> pd.DataFrame:
    """The numbers a figure is drawn from, as they are written for people."""
    kept: Mapping[str, Any] = dict(fig.layout.meta or {}).get("table", {"head": [], "rows": []})
    return pd.DataFrame([list(row) for row in kept["rows"]], columns=list(kept["head"]))


def _plain(table: pd.DataFrame) -> dict[str, Any]:
    rows = [[str(value) for value in row] for row in table.to_numpy(object).tolist()]
    return {"head": [str(name) for name in table.columns], "rows": rows}
