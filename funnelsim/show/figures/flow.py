"""Figures of how deals flow: the funnel, a fitted stage, how busy people are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables
from funnelsim.show.figures import theme
from funnelsim.show.figures.theme import safe, tint


def funnel(flows: pd.DataFrame, lang: str | None = None, base: str | None = None) -> go.Figure:
    """Stage by stage: how many visits end by advancing and how many leak; the mark is how many begin.

    flows   `tables.flows(...)`: scenario, stage, name, and for each of entered, advanced, left, open
            its mean with `_low` and `_high`, the 95 % interval of the mean
    """
    scenarios = list(dict.fromkeys(flows["scenario"]))
    called = dict(zip(flows["stage"], flows["name"], strict=True))
    stages = list(called)
    base = base if base is not None else (scenarios[0] if len(scenarios) > 1 else None)
    colour = theme.colours(scenarios, base)
    fig = go.Figure()
    bar = 0.76 / len(scenarios)
    for at, scenario in enumerate(scenarios):
        part = flows[flows["scenario"] == scenario]
        middle = [
            len(stages) - 1 - stages.index(id) + bar * ((len(scenarios) - 1) / 2 - at) for id in part["stage"]
        ]
        prefix = f"{theme.short(scenario, 30)}{text('figure.colon', lang)}" if len(scenarios) > 1 else ""
        start = np.zeros(len(part))
        for kind, strength in (("advanced", 1.0), ("left", 0.28)):
            label = text(f"figure.funnel.{kind}", lang)
            fig.add_bar(
                x=part[kind],
                base=start.copy(),
                y=middle,
                width=bar * 0.92,
                orientation="h",
                name=safe(prefix + label if kind == "advanced" else label),
                showlegend=kind == "advanced" or at == 0,
                marker={"color": tint(colour[scenario], strength), "line_width": 0},
                hovertext=[
                    safe(
                        f"{prefix}{name} · {label} {write.count(m, lang, 1)} "
                        + text(
                            "figure.between",
                            lang,
                            low=write.count(lo, lang, 1),
                            high=write.count(hi, lang, 1),
                        )
                    )
                    for name, m, lo, hi in zip(
                        part["name"], part[kind], part[f"{kind}_low"], part[f"{kind}_high"], strict=True
                    )
                ],
                hoverinfo="text",
            )
            start += part[kind].to_numpy(float)
        fig.add_scatter(
            x=part["entered"],
            y=middle,
            mode="markers",
            hoverinfo="skip",
            showlegend=at == 0,
            name=safe(text("figure.funnel.entered", lang)),
            marker={"size": 7, "color": theme.INK, "symbol": "diamond"},
            error_x={
                "type": "data",
                "symmetric": False,
                "color": theme.INK,
                "thickness": 1.4,
                "width": 4,
                "array": part["entered_high"] - part["entered"],
                "arrayminus": part["entered"] - part["entered_low"],
            },
        )
        fig.add_scatter(
            x=np.fmax(part[["entered", "entered_high"]].max(axis=1), start),
            y=middle,
            mode="text",
            text=["  " + write.percent(rate, lang, 0) for rate in tables.advance_rates(part)],
            textposition="middle right",
            textfont={"size": 12, "color": theme.FAINT},
            showlegend=False,
            hoverinfo="skip",
            cliponaxis=False,
        )
    fig.update_layout(barmode="overlay", bargap=0.2, legend={"traceorder": "normal", "font": {"size": 12}})
    fig.update_xaxes(title_text=safe(text("figure.funnel.axis", lang)), rangemode="tozero")
    theme.name_axis(fig, list(called.values()), top=0.4)
    sentences = [_funnel_words(flows[flows["scenario"] == s], s, len(scenarios) > 1, lang) for s in scenarios]
    return theme.finish(
        fig,
        "\n".join(sentences) if len(scenarios) < 3 else sentences[-1],
        " ".join(sentences),
        tables.flows_readable(flows, lang),
        height=170 + len(stages) * max(34, 22 * len(scenarios), theme.tall(called.values())),
        legend=True,
    )


def _funnel_words(part: pd.DataFrame, scenario: str, named: bool, lang: str | None) -> str:
    at = int(part["left"].to_numpy(float).argmax())
    worst, won = part.iloc[at], float(part["advanced"].iloc[-1])
    said = text(
        "figure.funnel.title",
        lang,
        entered=write.count(part["entered"].iloc[0], lang),
        won=write.count(won, lang, 1 if 0 < won < 100 else 0),
        stage=worst["name"],
        left=write.count(worst["left"], lang),
        share=write.percent(1 - float(tables.advance_rates(part)[at]), lang, 0),
    )
    return f"{scenario}{text('figure.colon', lang)}{said}" if named else said


def stage_fit(curves: pd.DataFrame, shares: pd.DataFrame, name: str, lang: str | None = None) -> go.Figure:
    """One stage of a history: what was seen (steps) against what was fitted (lines), by outcome.

    curves   outcome, day, observed (Aalen-Johansen: share of visits that have ended so by the day), fitted
    shares   outcome, share, low, high, naive_share (share among closed visits only)
    """
    fig = go.Figure()
    order = [o for o in ("advance", "lost", "no_decision", "regress") if o in set(shares["outcome"])]
    ink = dict(
        zip(
            ("advance", "lost", "no_decision", "regress"),
            (theme.BLUE, theme.VERMILLION, theme.VIOLET, theme.PLUM),
            strict=True,
        )
    )
    end = float(curves["day"].max()) if len(curves) else 1.0
    for outcome in order:
        part, label = curves[curves["outcome"] == outcome], text(f"figure.fit.{outcome}", lang)
        share = shares[shares["outcome"] == outcome].iloc[0]
        fig.add_scatter(
            x=part["day"],
            y=100 * part["observed"],
            mode="lines",
            name=safe(f"{label}, {text('figure.fit.seen', lang)}"),
            line={"shape": "hv", "width": 1.5, "color": tint(ink[outcome], 0.6)},
            legendgroup=outcome,
        )
        fig.add_scatter(
            x=part["day"],
            y=100 * part["fitted"],
            mode="lines",
            name=safe(f"{label}, {text('figure.fit.fitted', lang)}"),
            line={"width": 3, "color": ink[outcome]},
            legendgroup=outcome,
        )
        fig.add_scatter(
            x=[end * 1.04],
            y=[100 * share["share"]],
            mode="markers",
            name=safe(text("figure.fit.marked", lang)),
            showlegend=outcome == order[0],
            marker={"color": ink[outcome], "size": 10},
            hovertext=safe(f"{label}: {write.percent(share['share'], lang)}"),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [100 * (share["high"] - share["share"])],
                "arrayminus": [100 * (share["share"] - share["low"])],
                "thickness": 1.8,
            },
            hoverinfo="text",
        )
        fig.add_scatter(
            x=[end * 1.08],
            y=[100 * share["naive_share"]],
            mode="markers",
            name=safe(text("figure.fit.naive_share", lang)),
            showlegend=outcome == order[0],
            hoverinfo="text",
            marker={
                "color": "white",
                "size": 10,
                "symbol": "x-thin",
                "line": {"color": ink[outcome], "width": 2.5},
            },
            hovertext=safe(text("figure.fit.naive", lang, share=write.percent(share["naive_share"], lang))),
        )
    fig.update_xaxes(title_text=text("figure.fit.x", lang), range=[0, end * 1.12])
    fig.update_yaxes(title_text=text("figure.fit.y", lang), rangemode="tozero")
    first = shares[shares["outcome"] == order[0]].iloc[0]
    title = text(
        "figure.fit.title",
        lang,
        stage=name,
        share=write.percent(first["share"], lang, 0),
        naive=write.percent(first["naive_share"], lang, 0),
    )
    table = pd.DataFrame(
        [
            (
                text(f"figure.fit.{o}", lang),
                *(write.percent(float(row[c]), lang) for c in ("share", "low", "high", "naive_share")),
            )
            for o in order
            for _, row in shares[shares["outcome"] == o].iterrows()
        ],
        columns=[text(f"figure.fit.{c}", lang) for c in ("outcome", "share", "low", "high", "naive_share")],
    )
    return theme.finish(fig, title, title, table, height=400, legend=True)


def utilisation(desks: pd.DataFrame, lang: str | None = None, base: str | None = None) -> go.Figure:
    """How busy people are: hours of all tasks over hours available, with the 95 % interval of the mean.

    desks   scenario, desk (its name), mean, low, high as shares
    """
    scenarios = list(dict.fromkeys(desks["scenario"]))
    names = list(dict.fromkeys(desks["desk"]))
    base = base if base is not None else (scenarios[0] if len(scenarios) > 1 else None)
    colour = theme.colours(scenarios, base)
    fig = go.Figure()
    for scenario in scenarios:
        part = desks[desks["scenario"] == scenario]
        fig.add_bar(
            y=[len(names) - 1 - names.index(d) for d in part["desk"]],
            x=100 * part["mean"],
            orientation="h",
            name=safe(theme.short(scenario)),
            marker_color=colour[scenario],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": 100 * (part["high"] - part["mean"]),
                "arrayminus": 100 * (part["mean"] - part["low"]),
                "thickness": 1.4,
                "width": 3,
                "color": theme.INK,
            },
        )
    fig.add_vline(x=100, line={"color": theme.INK, "width": 1, "dash": "dot"})
    bars = fig.data[::-1]  # the last is drawn on top, and is read first
    fig.data = []
    fig.add_traces(bars)
    fig.update_layout(
        barmode="group", bargap=0.3, showlegend=len(scenarios) > 1, legend_traceorder="reversed"
    )
    fig.update_xaxes(title_text=text("figure.utilisation.axis", lang), range=[0, 108])
    theme.name_axis(fig, names, top=0.4)
    last = desks[desks["scenario"] == scenarios[-1]]
    busiest = last.loc[last["mean"].idxmax()]
    title = text(
        "figure.utilisation.title",
        lang,
        name=f"{scenarios[-1]}{text('figure.colon', lang)}" if len(scenarios) > 1 else "",
        desk=busiest["desk"],
        share=write.percent(busiest["mean"], lang, 0),
    )
    table = desks.assign(**{c: [write.percent(v, lang) for v in desks[c]] for c in ("mean", "low", "high")})
    return theme.finish(
        fig,
        title,
        title,
        table,
        height=150 + len(names) * max(32, 22 * len(scenarios)),
        legend=len(scenarios) > 1,
    )
