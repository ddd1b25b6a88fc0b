"""The picture of a sales process: a funnel on its side, stage after stage, as a figure and as SVG.

The height of the band is the share of deals that is still there; under each stage stand the share that
goes on, the rep's hours and the customer's days.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import language, lines, text
from funnelsim.labels import numbers as write
from funnelsim.scenario.distributions import median
from funnelsim.scenario.model import Scenario
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe, tint

_THIRDS = {"upper": theme.SKY, "middle": theme.BLUE, "lower": theme.NAVY}


@dataclass(frozen=True)
class Band:
    """One stage of the picture; x runs 0..stages, the band lies around y = 0 and is 1 high at the start."""

    name: str
    third: str
    share_in: float
    share_out: float
    advance_rate: float
    hours: float
    days: float


def bands(scenario: Scenario, lang: str | None = None) -> list[Band]:
    """The stages with what the picture says of them: shares, median rep hours, median customer days."""
    left, drawn = 1.0, []
    for stage in scenario.stages:
        out = left * stage.advance_rate
        drawn.append(
            Band(
                stage.name.say(lang or language()),
                stage.third,
                left,
                out,
                stage.advance_rate,
                median(stage.rep_hours),
                median(stage.delay_days.advance),
            )
        )
        left = out
    return drawn


def _title(scenario: Scenario, drawn: list[Band], lang: str | None) -> str:
    return text(
        "figure.process.title",
        lang,
        name=scenario.name.say(lang or language()),
        stages=len(drawn),
        won=write.percent(drawn[-1].share_out, lang, 0),
        hours=write.number(sum(b.hours * b.share_in for b in drawn), 0),
        days=write.number(sum(b.days for b in drawn), 0),
    )


def _facts(band: Band, lang: str | None) -> tuple[str, str, str]:
    return (
        text("figure.process.on", lang, share=write.percent(band.advance_rate, lang, 0)),
        text("figure.process.hours", lang, hours=f"{band.hours:.3g}"),
        text("figure.process.days", lang, days=f"{band.days:.3g}"),
    )


def _table(drawn: list[Band], lang: str | None) -> pd.DataFrame:
    head = [
        text(f"figure.process.{c}", lang)
        for c in ("stage", "third", "share", "rep_hours", "customer_days", "reach")
    ]
    rows = [
        (
            b.name,
            text(f"figure.third.{b.third}", lang),
            write.percent(b.advance_rate, lang, 0),
            f"{b.hours:.3g}",
            f"{b.days:.3g}",
            write.percent(b.share_in, lang, 0),
        )
        for b in drawn
    ]
    return pd.DataFrame(rows, columns=head)


def process_picture(scenario: Scenario, lang: str | None = None) -> go.Figure:
    """The stages of a scenario with share, hours and days, as a figure."""
    drawn = bands(scenario, lang)
    fig = go.Figure()
    columns = max(8, 104 // len(drawn) - 1)
    for at, band in enumerate(drawn):
        top, end = band.share_in / 2, band.share_out / 2
        facts = _facts(band, lang)
        fig.add_scatter(
            x=[at, at + 0.97, at + 0.97, at, at],
            y=[top, end, -end, -top, top],
            mode="lines",
            fill="toself",
            fillcolor=_THIRDS[band.third],
            line={"width": 0},
            hoveron="fills",
            hoverinfo="text",
            name=safe(band.name),
            text=safe(f"{band.name}: " + " · ".join(facts)),
            showlegend=False,
        )
        name = "<br>".join(safe(line) for line in theme.lines(band.name, columns))
        fig.add_annotation(
            x=at + 0.48,
            y=0.56,
            text=f"<b>{at + 1}</b><br>{name}",
            showarrow=False,
            yanchor="bottom",
            font_size=12,
        )
        fig.add_annotation(
            x=at + 0.48,
            y=-0.56,
            text="<br>".join(map(safe, facts)),
            showarrow=False,
            yanchor="top",
            font={"size": 12, "color": theme.INK},
        )
        fig.add_annotation(
            x=at + 0.05,
            y=0,
            text=write.percent(band.share_in, lang, 0),
            showarrow=False,
            xanchor="left",
            font={"size": 12, "color": theme.INK if band.third == "upper" else "white"},
        )
    for third, colour in _THIRDS.items():
        fig.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=text(f"figure.third.{third}", lang),
            marker={"size": 12, "symbol": "square", "color": colour},
        )
    fig.update_xaxes(visible=False, range=[-0.08, len(drawn) + 0.02])
    fig.update_yaxes(visible=False, range=[-1.02, 1.1])
    fig.update_layout(legend={"y": -0.02, "yanchor": "top"})
    alt = _title(scenario, drawn, lang)
    parts = "; ".join(f"{b.name}: {', '.join(_facts(b, lang))}" for b in drawn)
    return theme.finish(fig, alt, f"{alt} {parts}", _table(drawn, lang), height=390)


def process_svg(scenario: Scenario, lang: str | None = None) -> str:
    """The same picture as a self-contained SVG text: no script, no font file, readable by screen readers."""
    drawn = bands(scenario, lang)
    wide, middle, tall = 132, 196, 150
    width = wide * len(drawn) + 24
    title = _title(scenario, drawn, lang)
    head = theme.lines(title, width // 9)
    shift = 22 * (len(head) - 1)
    size = f'viewBox="0 {-shift} {width} {380 + shift}" width="{width}" height="{380 + shift}"'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" lang="{lang or language()}" '
        'aria-labelledby="t">',
        f'<title id="t">{escape(title)}</title>',
        f'<rect y="{-shift}" width="{width}" height="{380 + shift}" fill="white"/>',
        f"<g font-family='{theme.FONT}' font-size='13' fill='{theme.INK}'>",
    ]
    for row, line in enumerate(head):
        out.append(svg_text(12, 26 - shift + 22 * row, line, 'font-size="17" font-weight="bold"'))
    for at, band in enumerate(drawn):
        x, mid = 12 + at * wide, 12 + at * wide + wide * 0.48
        top, end = tall * band.share_in / 2, tall * band.share_out / 2
        colour, right = _THIRDS[band.third], x + wide - 4
        shape = (
            f"M{x} {middle - top:.1f}L{right} {middle - end:.1f}V{middle + end:.1f}L{x} {middle + top:.1f}Z"
        )
        out.append(f'<path d="{shape}" fill="{colour}" stroke="{tint(colour, 0.8)}"/>')
        named = theme.lines(band.name, 19)
        above = middle - tall / 2 - 10
        out.append(svg_text(mid, above - 17 * len(named), str(at + 1), _MIDDLE + ' font-weight="bold"'))
        for row, line in enumerate(reversed(named)):
            out.append(svg_text(mid, above - 17 * row, line, _MIDDLE))
        for row, line in enumerate(_facts(band, lang)):
            out.append(svg_text(mid, middle + tall / 2 + 24 + 19 * row, line, _MIDDLE))
        ink = theme.INK if band.third == "upper" else "white"
        out.append(svg_text(x + 7, middle + 5, write.percent(band.share_in, lang, 0), f'fill="{ink}"'))
    x = 12
    for third, colour in _THIRDS.items():
        label = text(f"figure.third.{third}", lang)
        out.append(f'<rect x="{x}" y="352" width="13" height="13" fill="{colour}"/>')
        out.append(svg_text(x + 19, 363, label))
        x += 40 + 8 * lines.width(label)
    return "\n".join([*out, "</g>", "</svg>", ""])


_MIDDLE = 'text-anchor="middle"'


def svg_text(x: float, y: float, said: str, more: str = "") -> str:
    """Words at a place of a picture, whatever signs are in them."""
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{escape(said)}</text>'
