"""The eight modules of a CRM as one picture: an activity is a point, a process the line, performance the plane.

The other five stand around the plane, each with an arrow that says what it gives or takes. SVG: nothing in it is alive,
nothing comes from outside, and it fits the width it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from funnelsim.labels import language, text
from funnelsim.show.figures import theme
from funnelsim.show.figures.picture import svg_text

_WIDE, _TALL = 1000, 528
_PLANE = ((290.0, 128.0), (800.0, 128.0), (720.0, 388.0), (210.0, 388.0))
_LINES = (206.0, 292.0, 374.0)
"""Heights at which deals run over the plane; that in the middle is the one that is spoken of."""
_BOXES = {
    "bi": (290, 6, 420, 76), "lead_capture": (4, 212, 196, 128), "quote_order": (800, 212, 196, 128),
    "customer": (110, 446, 380, 76), "sfa": (510, 446, 380, 76),
}  # fmt: skip
"""Module -> left, top, width, height."""
_ARROWS = {
    "lead_capture": ((202, 300), (236, 300)), "quote_order": ((750, 300), (797, 300)),
    "customer": ((300, 444), (318, 392)), "sfa": ((690, 444), (672, 392)), "bi": ((500, 126), (500, 86)),
}  # fmt: skip
_POINTS = 6


def crm_svg(lang: str | None = None) -> str:
    """How the eight modules belong together."""
    lang = lang or language()
    out = [
        f'<svg class="fs-crm" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_TALL}" width="100%" role="img" '
        f'lang="{lang}" style="max-width:1000px;display:block" aria-label="{escape(alt(lang))}">',
        f'<defs><marker id="fs-crm-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{theme.FAINT}"/></marker></defs>',
        f'<g font-family="{escape(theme.FONT)}" font-size="14" fill="{theme.INK}">',
        f'<path d="{_path(_PLANE)}Z" fill="{theme.tint(theme.BLUE, 0.12)}" stroke="{theme.BLUE}" stroke-width="1.5"/>',
        *_deals(),
        *_said("performance", 300, 148, 66, lang, theme.BLUE),
        *_said("process", 276, 230, 66, lang, theme.NAVY),
        *_said("activity", 258, 318, 66, lang, "#8A4B00"),
    ]
    for module, (left, top, wide, high) in _BOXES.items():
        out.append(
            f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" rx="6" fill="white" stroke="{theme.FAINT}"/>'
        )
        out += _said(module, left + 10, top + 22, int((wide - 18) / 7), lang)
    for module, ((x, y), (to_x, to_y)) in _ARROWS.items():
        dash = ' stroke-dasharray="5 4"' if module == "bi" else ""
        out.append(
            f'<path d="M{x} {y}L{to_x} {to_y}" stroke="{theme.FAINT}" stroke-width="2"{dash} fill="none" '
            'marker-end="url(#fs-crm-tip)"/>'
        )
    arrows = {"bi": (512, 108), "customer": (320, 424), "sfa": (696, 424)}
    for module, (x, y) in arrows.items():
        out.append(
            svg_text(x, y, text(f"design.crm.arrow.{module}", lang), f'fill="{theme.FAINT}" font-size="13"')
        )
    return "\n".join([*out, "</g>", "</svg>"])


def alt(lang: str) -> str:
    """The picture in words."""
    around = [
        text(f"design.crm.{module}.name", lang)
        + text("figure.colon", lang)
        + text(f"design.crm.arrow.{module}", lang)
        for module in _ARROWS
    ]
    return " ".join(
        [text("design.crm.shapes", lang), *(f"{one}." if lang == "en" else f"{one}。" for one in around)]
    )


def _deals() -> list[str]:
    """Deals that run from the left edge of the plane to the right, activities as points on them."""
    out = []
    (left, top), (right, _), _, (left_down, down) = _PLANE
    slope, wide = (left_down - left) / (down - top), right - left
    for at, y in enumerate(_LINES):
        begin, spoken = left + slope * (y - top), at == 1
        ink = theme.NAVY if spoken else theme.tint(theme.NAVY, 0.35)
        out.append(
            f'<path d="M{begin:.0f} {y}H{begin + wide:.0f}" stroke="{ink}" stroke-width="{3 if spoken else 2}"/>'
        )
        for n in range(_POINTS):
            x = begin + wide * (n + 0.5 + 0.12 * (at - 1)) / _POINTS
            fill = theme.OCHRE if spoken else theme.tint(theme.OCHRE, 0.5)
            out.append(
                f'<circle cx="{x:.0f}" cy="{y}" r="{7 if spoken else 4.5}" fill="{fill}" stroke="white"/>'
            )
    return out


def _said(module: str, x: float, y: float, columns: int, lang: str, ink: str = theme.INK) -> list[str]:
    """A module's name, for three of them with its shape, and below it what represents it."""
    name = text(f"design.crm.{module}.name", lang)
    shape = {"activity": "point", "process": "line", "performance": "plane"}.get(module)
    if shape:
        name = text(f"design.crm.named.{shape}", lang, module=name)
    out = [svg_text(x, y, name, f'font-size="16" font-weight="bold" fill="{ink}"')]
    for n, line in enumerate(theme.lines(text(f"design.crm.{module}.represented", lang), columns)):
        out.append(svg_text(x, y + 20 + 17 * n, line))
    return out


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)
