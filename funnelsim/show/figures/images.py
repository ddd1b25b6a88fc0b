"""A figure as a picture file: PNG and SVG as Plotly draws them in Chromium, PDF printed from the SVG's page.

It is the figure of the screen and of the report; nothing is drawn anew, and no network is asked.
"""

from __future__ import annotations

import base64
import re
import tempfile
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from funnelsim.atomic import atomic_write
from funnelsim.errors import RunError
from funnelsim.show import chromium
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.figures.flowing import Flow
from funnelsim.show.harmless import POLICY, script

FORMATS = ("png", "svg", "pdf")
_STILL = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""What a page may do that is only printed: nothing."""
MOST_PIXELS = 40_000_000
_MAKE = """
const { data, layout, format, scale } = FIGURE;
const box = document.getElementById("box");
Plotly.newPlot(box, data, layout, { staticPlot: true })
  .then(() => Plotly.toImage(box, { format, scale, width: layout.width, height: layout.height }))
  .then((made) => { document.getElementById("made").textContent = made; });
"""


def save(
    figure: go.Figure | Drawing | Flow,
    path: str | Path,
    width: int = 1000,
    height: int | None = None,
    scale: float = 2.0,
) -> Path:
    """Write a figure as PNG, SVG or PDF, told by the end of the name; gives the path. Of `flow` its still figure.

    width, height   in pixels of a screen; the figure's own height unless told
    scale           pixels of a PNG for each of them

    RunError for another ending, a size no picture has, and where there is no Chromium to draw it.
    """
    path = Path(path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise RunError.of(str(path), "image_ending", given=path.suffix or "-", known=", ".join(FORMATS))
    browser = chromium.found(kind)
    still = figure.still if isinstance(figure, Flow) else figure
    drawing = still if isinstance(still, Drawing) else Drawing.of(still)
    size = (width, height or int(drawing.layout.get("height") or 380))
    if min(*size, scale) <= 0 or size[0] * size[1] * scale**2 > MOST_PIXELS:
        raise RunError.of(str(path), "image_size", width=size[0], height=size[1], scale=scale)
    with tempfile.TemporaryDirectory() as folder:
        made = _made(drawing, size, "png" if kind == "png" else "svg", scale, Path(folder), browser)
        with atomic_write(path) as part:
            if kind == "pdf":
                _print(made, size, Path(folder), part, browser)
            else:
                part.write_bytes(made)
    return path


def _made(
    drawing: Drawing, size: tuple[int, int], kind: str, scale: float, folder: Path, browser: str
) -> bytes:
    """The picture that Plotly makes of a figure."""
    told = {
        "data": drawing.data, "format": kind, "scale": scale if kind == "png" else 1,
        "layout": {**drawing.layout, "width": size[0], "height": size[1], "autosize": False},
    }  # fmt: skip
    page = folder / "figure.html"
    page.write_text(
        _page(f"<script>{get_plotlyjs()}</script>", '<div id="box"></div><pre id="made"></pre>'
              f"<script>{_MAKE.replace('FIGURE', script(told))}</script>"), "utf-8",
    )  # fmt: skip
    found = re.search(r'<pre id="made">(data:image/[^<]+)</pre>', chromium.shown(page, browser))
    if found is None:
        raise RunError.of(kind, "no_chromium")
    head, _, body = unescape(found[1]).partition(",")
    return base64.b64decode(body) if head.endswith("base64") else unquote(body).encode("utf-8")


def _print(svg: bytes, size: tuple[int, int], folder: Path, target: Path, browser: str) -> None:
    """The picture on a page of its own size."""
    style = (
        f"@page {{ size: {size[0]}px {size[1]}px; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}"
    )
    page = folder / "print.html"
    page.write_text(_page(f"<style>{style}</style>", svg.decode("utf-8"), _STILL), "utf-8")
    chromium.print_page(page, target, browser)


def _page(head: str, body: str, policy: str = POLICY) -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{policy}">{head}</head><body>{body}</body></html>'
    )
