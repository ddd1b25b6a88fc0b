"""Figures of what a fit has learned beside what was seen: new deals by month, values of deals, who wins."""

from __future__ import annotations

from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import has, text
from funnelsim.labels import numbers as write
from funnelsim.show import tables, words
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing, plain
from funnelsim.show.figures.theme import safe

MOST = 30
"""Members of a division that are drawn; of more the half with the largest and the half with the smallest shares."""
_TICKS = 12


def new_deals(found: pd.DataFrame, lang: str | None = None) -> go.Figure:
    """New deals a week, month by month, with the interval that chance gives each, and the rate that was fitted to them.

    found   `show.learned.new_deals(fit)`
    """
    fig, n = Drawing(), len(found)
    for counted, ink, key in ((True, theme.SKY, "seen"), (False, theme.GRID, "uncounted")):
        part = found["counted"] == counted
        if not part.any():
            continue
        told = found[part]
        bar = {
            "type": "bar", "x": np.flatnonzero(part), "y": told["weekly"], "name": text(f"figure.new.{key}", lang),
            "marker": {"color": ink, "line": {"color": theme.FAINT, "width": 0 if counted else 1}},
            "error_y": {
                "type": "data", "symmetric": False, "array": told["high"] - told["weekly"],
                "arrayminus": told["weekly"] - told["low"], "color": theme.FAINT, "thickness": 1, "width": 0,
            },
            "hovertext": [safe(f"{row.month}: {write.number(row.weekly, 1)}") for row in tables.each(told)],
            "hoverinfo": "text",
        }  # fmt: skip
        fig.data.append(plain(bar))
    fig.add_scatter(x=np.arange(n), y=found["fitted"], mode="lines", name=text("figure.new.fitted", lang),
                    hoverinfo="skip", line={"color": theme.NAVY, "width": 2.5, "shape": "hvh"})  # fmt: skip
    own: dict[str, Any] = {str(key): value for key, value in found.attrs.items()}
    fig.add_scatter(
        x=[n + 0.3], y=[own["now"]], mode="markers", name=text("figure.new.now", lang), hoverinfo="skip",
        marker={"color": theme.VERMILLION, "size": 11},
        error_y={"type": "data", "symmetric": False, "array": [own["high"] - own["now"]],
                 "arrayminus": [own["now"] - own["low"]], "color": theme.VERMILLION, "thickness": 2},
    )  # fmt: skip
    at = list(range(0, n, max(1, -(-n // _TICKS))))
    fig.update_xaxes(tickvals=at, ticktext=[found["month"].iloc[k] for k in at], range=[-0.7, n + 0.9],
                     showgrid=False)  # fmt: skip
    fig.update_yaxes(title={"text": safe(text("figure.new.axis", lang))}, rangemode="tozero")
    title = _new_title(own, lang)
    head = [
        text(f"figure.new.column.{c}", lang) for c in ("month", "deals", "weekly", "low", "high", "fitted")
    ]
    rows = [
        (r.month, write.count(r.deals), *(write.number(v, 1) for v in (r.weekly, r.low, r.high)),
         write.number(r.fitted, 1) if r.counted else text("figure.new.uncounted", lang))
        for r in tables.each(found)
    ]  # fmt: skip
    return theme.finish(fig, title, title, pd.DataFrame(rows, columns=head), height=340, legend=True).figure()


def _new_title(told: dict[str, Any], lang: str | None) -> str:
    facts = {key: write.number(told[key], 1) for key in ("now", "low", "high")}
    said = [text("figure.new.title", lang, **facts)]
    season = told["season"]
    if season is not None:
        best, worst = int(np.argmax(season)), int(np.argmin(season))
        facts = {"best": f"{best + 1:02d}", "worst": f"{worst + 1:02d}"}
        facts |= {"more": f"{season[best]:.2f}", "less": f"{season[worst]:.2f}"}
        said.append(text("figure.new.season", lang, **facts))
    else:
        said.append(text("figure.new.short" if told["is_short"] else "figure.new.no_season", lang))
    if told["trend"] is not None:
        change, low, high = (write.percent(v - 1, lang, 0, signed=True) for v in told["trend"])
        said.append(text("figure.new.trend", lang, change=change, low=low, high=high))
    return ("" if lang == "zh" else " ").join(said)


def deal_values(found: pd.DataFrame, lang: str | None = None) -> go.Figure:
    """How many deals are worth how much, the distribution that was fitted, and the median with its interval.

    found   `show.learned.deal_values(fit)`
    """
    told, fig = found.attrs, Drawing()
    currency = told["currency"]
    low, high = np.log10(found["low"].to_numpy(float)), np.log10(found["high"].to_numpy(float))
    middle = (low + high) / 2
    bar = {
        "type": "bar", "x": middle, "y": found["deals"], "width": 0.92 * (high - low), "hoverinfo": "text",
        "name": text("figure.value.seen", lang), "marker": {"color": theme.SKY},
        "hovertext": [
            safe(f"{words.span(r.low, r.high, 'currency', currency, lang, signed=False)}: {write.count(r.deals)}")
            for r in tables.each(found)
        ],
    }  # fmt: skip
    fig.data.append(plain(bar))
    family = words.family(str(told["family"]), lang)
    by = words.listed([_called(one, lang) for one in told["apart"]], lang)
    said = text("figure.value.fitted_apart" if by else "figure.value.fitted", lang, family=family, by=by)
    fig.add_scatter(x=middle, y=found["fitted"], mode="lines+markers", hoverinfo="skip", marker={"size": 6},
                    name=safe(said),
                    line={"color": theme.NAVY, "width": 2.5})  # fmt: skip
    most = 1.18 * float(max(found["deals"].max(), found["fitted"].max(), 1))
    ends = np.log10([told["low"], told["high"]])
    fig.add_scatter(
        x=[*ends, *ends[::-1]], y=[0, 0, most, most], fill="toself", mode="lines", hoverinfo="skip",
        fillcolor=theme.clear(theme.VERMILLION, 0.25), line={"width": 0}, name=text("figure.value.median", lang),
    )  # fmt: skip
    fig.add_vline(x=float(np.log10(told["median"])), line={"color": theme.VERMILLION, "width": 2})
    divisor, unit = words.scale("currency", float(told["median"]), currency, lang)
    at = _round_values(float(found["low"].iloc[0]), float(found["high"].iloc[-1]))
    fig.update_xaxes(
        title={"text": safe(text("figure.value.axis", lang, unit=unit))}, tickvals=[log10(v) for v in at],
        ticktext=[f"{v / divisor:,.6g}" for v in at], range=[low[0] - 0.05, high[-1] + 0.05],
    )  # fmt: skip
    fig.update_yaxes(title={"text": safe(text("figure.value.deals", lang))}, range=[0, most])
    facts = {key: write.money(told[key], currency, lang) for key in ("median", "low", "high", "mean")}
    title = text(f"figure.value.title_{told['of']}", lang, deals=write.count(told["deals"]), **facts)
    head = [text(f"figure.value.column.{c}", lang) for c in ("low", "high", "deals", "fitted")]
    rows = [
        (write.money(r.low, currency, lang), write.money(r.high, currency, lang), write.count(r.deals),
         write.number(r.fitted, 1)) for r in tables.each(found)
    ]  # fmt: skip
    return theme.finish(fig, title, title, pd.DataFrame(rows, columns=head), height=340, legend=True).figure()


def _round_values(least: float, most: float) -> list[float]:
    """Round values between two, even to the eye on a logarithmic axis."""
    decades = range(floor(log10(least)), floor(log10(most)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [step * 10.0**k for k in decades for step in steps if least <= step * 10.0**k <= most]
        if 3 <= len(found) <= _TICKS:
            return found
    if len(found) > _TICKS:
        return found[:: -(-len(found) // _TICKS)]
    even = np.geomspace(least, most, 6)
    return [float(f"{value:.3g}") for value in even]


def who_wins(found: pd.DataFrame, lang: str | None = None) -> go.Figure:
    """Owners, sources, segments beside each other: share won with its interval, and the team's.

    A member has a colour only where the division differs at all and its own chance to lie there is .9 or more.

    found   `show.learned.who_wins(group)`
    """
    told = found.attrs
    by = _called(str(told["by"]), lang)
    if told["verdict"] == "unknown" or not len(found):
        return theme.nothing(text("figure.wins.unknown", lang, by=by))
    drawn = found if len(found) <= MOST else pd.concat([found[: MOST // 2], found[-(MOST // 2) :]])
    fig, n = Drawing(), len(drawn)
    colour = {"above": theme.BLUE, "below": theme.OCHRE, "no_difference": theme.FAINT}
    for at, row in enumerate(tables.each(drawn)):
        y, ink = n - 1 - at, colour[row.verdict]
        fig.add_scatter(x=[100 * row.low, 100 * row.high], y=[y, y], mode="lines", hoverinfo="skip", showlegend=False,
                        line={"color": ink, "width": 4})  # fmt: skip
        fig.add_scatter(
            x=[100 * row.share], y=[y], mode="markers", showlegend=False, hoverinfo="text",
            hovertext=[safe(f"{row.name}: {write.percent(row.share, lang)}")],
            marker={"size": 11, "color": "white" if row.verdict == "no_difference" else ink,
                    "line": {"color": ink, "width": 2.5}},
        )  # fmt: skip
        said = f"  {_about(row, lang)}"
        fig.add_scatter(x=[100 * row.high], y=[y], mode="text", text=[safe(said)], textposition="middle right",
                        hoverinfo="skip", showlegend=False, cliponaxis=False,
                        textfont={"size": 12, "color": theme.INK})  # fmt: skip
    team = 100 * told["team"]
    share = write.percent(told["team"], lang, 0)
    fig.add_vline(
        team, {"color": theme.INK, "width": 1.5, "dash": "dot"}, text("figure.wins.team", lang, share=share)
    )
    least, most = 100 * float(np.nanmin(drawn["low"])), 100 * float(np.nanmax(drawn["high"]))
    wide = max(most - least, 1.0)
    ends = [
        max(0.0, least - 0.1 * wide),
        most + (0.35 if (drawn["verdict"] == "no_difference").all() else 0.9) * wide,
    ]
    fig.update_xaxes(title={"text": safe(text("figure.wins.axis", lang))}, range=ends)
    theme.name_axis(fig, list(drawn["name"]), top=0.4)
    title = _wins_title(found, by, share, lang)
    if n < len(found):
        title += "\n" + text("figure.wins.part", lang, n=n, of=len(found))
    head = [
        text(f"figure.wins.column.{c}", lang) for c in ("name", "deals", "share", "low", "high", "verdict")
    ]
    rows = [
        (r.name, write.count(r.deals), *(write.percent(v, lang) for v in (r.share, r.low, r.high)), _verdict(r, lang))
        for r in tables.each(found)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=head)
    return theme.finish(fig, title, title, table, height=130 + 28 * n).figure()


def _called(by: str, lang: str | None) -> str:
    """What a division is called; a column of the export as it stands there."""
    return text(f"fit.by.{by}", lang) if has(f"fit.by.{by}") else by


def _about(row: Any, lang: str | None) -> str:
    deals = text("figure.wins.deals", lang, n=write.count(row.deals))
    return deals if row.verdict == "no_difference" else f"{deals} · {_verdict(row, lang)}"


def _verdict(row: Any, lang: str | None) -> str:
    return text(f"figure.wins.{row.verdict}", lang, chance=write.chance(row.chance, lang))


def _wins_title(found: pd.DataFrame, by: str, share: str, lang: str | None) -> str:
    told = found.attrs
    if told["verdict"] != "differs":
        return text("figure.wins.none", lang, by=by, n=write.count(len(found)), share=share)
    named = [
        text(f"figure.wins.one_{row.verdict}", lang, name=row.name, share=write.percent(row.share, lang, 0),
             low=write.number(100 * row.low, 0), high=write.number(100 * row.high, 0),
             chance=write.chance(row.chance, lang))
        for row in tables.each(found) if row.verdict != "no_difference"
    ]  # fmt: skip
    if not named:
        return text("figure.wins.differs", lang, by=by)
    more = len(named) - 3
    lines = [text("figure.wins.differs", lang, by=by), *named[:3]]
    return "\n".join([*lines, text("figure.wins.more", lang, n=more)] if more > 0 else lines)
