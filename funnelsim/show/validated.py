"""The validation card as charts: every check in its band, and four curves of the part that was held out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import words
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe, tint
from funnelsim.show.records import stage_names
from funnelsim.study.validation import Card, Check

FAR = 0.55
"""How far beyond its band a value is drawn at most, in widths of the band."""


def card_title(card: Card, lang: str | None = None) -> str:
    """How many checks passed, and how many chance alone would let fail."""
    facts = {"passed": card.passed, "n": len(card.checks), "chance": f"{0.05 * len(card.checks):.1f}"}
    return text("validation.title", lang, **facts)


def check_name(check: Check, lang: str | None = None, card: Card | None = None) -> str:
    """What a check compares, as people say it; with its card stages have the names of the scenario that was fitted."""
    names = stage_names(card.fit, lang) if card is not None else {}
    return text(f"validation.check.{check.name}", lang, stage=names.get(check.stage, check.stage))


def checks_table(card: Card, lang: str | None = None) -> pd.DataFrame:
    """Every check: the real value, the simulated middle and band, pass or fail."""
    currency = card.fit.scenario.currency
    rows = [
        (
            check_name(check, lang, card),
            *(_value(v, check, currency, lang) for v in (check.real, check.middle, check.low, check.high)),
            text(f"validation.{'pass' if check.passed else 'fail'}", lang),
        )
        for check in card.checks
    ]
    head = ("what", "real", "middle", "low", "high", "verdict")
    return pd.DataFrame(rows, columns=[text(f"validation.{c}", lang) for c in head])


def reasons(card: Card, lang: str | None = None) -> list[str]:
    """Why the checks that failed did so, those of one reason together; empty where all passed."""
    currency = card.fit.scenario.currency
    groups: dict[str, list[str]] = {}
    for check in card.checks:
        if check.passed:
            continue
        name = check_name(check, lang, card)
        if check.why in ("varies", "changed"):
            values = words.listed([_value(v, check, currency, lang) for v in check.earlier], lang)
            name = text("validation.why.earlier", lang, name=name, values=values)
        groups.setdefault(check.why, []).append(name)
    told = [
        text("validation.why.of", lang, names=text("validation.why.join", lang).join(names),
             why=text(f"validation.why.{why}", lang))
        for why, names in groups.items()
    ]  # fmt: skip
    if card.passed_with_came is not None:
        facts = {"passed": card.passed_with_came, "n": len(card.checks)}
        told.append(text("validation.why.given", lang, **facts))
    return told


def checks_figure(card: Card, lang: str | None = None) -> go.Figure:
    """Every check on one scale: its band of 95 % from 0 to 1, and where the real value lies."""
    checks, count = card.checks, len(card.checks)
    currency = card.fit.scenario.currency
    fig = go.Figure()
    fig.add_vrect(x0=0, x1=1, fillcolor=tint(theme.BLUE, 0.12), line_width=0, layer="below")
    for passed in (True, False):
        some = [(n, check) for n, check in enumerate(checks) if check.passed is passed]
        says = [
            text(
                "validation.beside", lang, real=_value(c.real, c, currency, lang),
                low=_value(c.low, c, currency, lang), high=_value(c.high, c, currency, lang),
            )
            for _, c in some
        ]  # fmt: skip
        ink = theme.BLUE if passed else theme.VERMILLION
        fig.add_scatter(
            x=[_place(c) for _, c in some], y=[count - 1 - n for n, _ in some], mode="markers",
            name=safe(text(f"validation.{'pass' if passed else 'fail'}", lang)),
            marker={"color": ink, "size": 11, "symbol": "circle" if passed else "x"},
            hovertext=[safe(s) for s in says], hoverinfo="text", cliponaxis=False,
        )  # fmt: skip
        for (n, _), said in zip(some, says, strict=True):
            fig.add_annotation(
                x=1.02, xref="paper", y=count - 1 - n, xanchor="left", showarrow=False, text=safe(said),
                font={"size": 12, "color": theme.INK if passed else ink}, align="left",
            )  # fmt: skip
    ends = [text(f"validation.axis.{c}", lang) for c in ("low", "high")]
    fig.update_xaxes(
        title_text=safe(text("validation.axis.title", lang)), range=[-FAR - 0.1, 1 + FAR + 0.1],
        tickvals=[0, 1], ticktext=ends, zeroline=False,
    )  # fmt: skip
    theme.name_axis(fig, [check_name(check, lang, card) for check in checks], top=0.4)
    fig.update_yaxes(ticktext=[safe(check_name(check, lang, card)) for check in checks[::-1]])
    title = card_title(card, lang)
    failed = [check_name(check, lang, card) for check in checks if not check.passed]
    alt = title + (" " + text("validation.failed", lang, names=words.listed(failed, lang)) if failed else "")
    theme.finish(fig, title, alt, checks_table(card, lang), height=130 + 25 * count, legend=True)
    widest = max((_width(a.text) for a in fig.layout.annotations), default=0)
    return fig.update_layout(margin_r=min(24 + widest, 440))


def curves_figure(card: Card, lang: str | None = None) -> go.Figure:
    """Arrivals, open deals, bookings and ages at the end: real line, simulated band of 95 %."""
    names = [name for name in ("arrivals", "open", "bookings", "cycle") if name in card.curves]
    currency = card.fit.scenario.currency
    largest = float(max(card.curves["bookings"].high.max(), card.curves["bookings"].real.max(), 1.0))
    divisor, money = write.money_unit(largest, currency, lang)
    heads = [safe(text(f"validation.curve.{name}", lang, unit=money)) for name in names]
    fig = make_subplots(rows=2, cols=2, subplot_titles=heads, vertical_spacing=0.2, horizontal_spacing=0.09)
    rows = []
    for n, name in enumerate(names):
        found, by = card.curves[name], {"bookings": divisor, "cycle": 0.01}.get(name, 1.0)
        place = {"row": n // 2 + 1, "col": n % 2 + 1}
        fig.add_scatter(
            x=np.r_[found.at, found.at[::-1]], y=np.r_[found.high, found.low[::-1]] / by, fill="toself",
            mode="lines", line_width=0, fillcolor=tint(theme.BLUE, 0.2), hoverinfo="skip",
            name=safe(text("validation.band", lang)), showlegend=not n, **place,
        )  # fmt: skip
        fig.add_scatter(
            x=found.at, y=found.middle / by, mode="lines", line={"color": theme.BLUE, "width": 1.5},
            name=safe(text("validation.middle", lang)), showlegend=not n, **place,
        )  # fmt: skip
        fig.add_scatter(
            x=found.at, y=found.real / by, mode="lines", line={"color": theme.INK, "width": 2.5},
            name=safe(text("validation.real", lang)), showlegend=not n, **place,
        )  # fmt: skip
        x = text(f"validation.curve.{'age' if name == 'cycle' else 'day'}", lang)
        fig.update_xaxes(title_text=safe(x), **place)
        fig.update_yaxes(rangemode="tozero", **place)
        outside = float(((found.real < found.low) | (found.real > found.high)).mean())
        last = [write.number(float(v[-1]) / by, 1) for v in (found.real, found.low, found.high)]
        rows.append((text(f"validation.curve.{name}", lang, unit=money), *last, write.percent(outside, lang)))
    head = ("what", "real", "low", "high", "outside")
    table = pd.DataFrame(rows, columns=[text(f"validation.{c}", lang) for c in head])
    title = text("validation.curves", lang, begin=card.begin, end=card.end)
    theme.finish(fig, title, " ".join([title, card_title(card, lang)]), table, height=600, legend=True)
    fig.update_annotations(font_size=13, xanchor="center")
    return fig.update_layout(margin_t=100, legend_y=1.06)


def _place(check: Check) -> float:
    """Where the real value lies in its band, 0 the lower and 1 the upper end; far ones are drawn near."""
    width = check.high - check.low
    if width <= 0:
        return 0.5 if check.passed else math.copysign(FAR, check.real - check.low) + (check.real > check.low)
    return float(np.clip((check.real - check.low) / width, -FAR, 1 + FAR))


def _width(said: str) -> int:
    """Pixels that a line of 12 takes at most; Chinese characters are twice as wide."""
    return sum(12 if ord(letter) > 0x2E80 else 7 for letter in said)


def _value(value: float, check: Check, currency: str, lang: str | None) -> str:
    unit = "share" if check.unit == "share" else check.unit
    if unit == "deals":
        return write.count(value, lang)
    return words.value(value, unit, currency, lang)
