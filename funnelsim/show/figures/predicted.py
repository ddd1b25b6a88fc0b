"""Predictions beside what was measured: a figure a question, and whether a prediction lies inside the interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.figures.theme import safe
from funnelsim.show.lessons.lesson import Number, Ranking
from funnelsim.study.lessons.measured import Measured, Order

_MARK = {"symbol": "diamond", "size": 15, "color": theme.VERMILLION, "line": {"color": "white", "width": 1.5}}
FEW = 3
"""Pairs that can be told apart, up to which each is named."""
_ROOM = {"symbol": "circle-open", "size": 9, "color": theme.FAINT, "line": {"width": 1.5}}


def verdict(question: Number, found: Measured, own: float | None, lang: str) -> str:
    """A number that was measured beside the one that was expected, in a sentence or two."""
    facts = {"name": question.name(lang), "measured": interval(question, found, lang)}
    said = text("prediction.said.measured", lang, **facts)
    if question.is_change and found.is_tie:
        said += _gap(lang) + text("prediction.said.tie", lang)
    if own is None:
        return said
    inside = found.covers(own)
    how = "alone" if inside is None else "inside" if inside else "outside"
    away = question.apart(own, found.mean, lang)
    return said + _gap(lang) + text(f"prediction.said.{how}", lang, own=question.say(own, lang), away=away)


def interval(question: Number, found: Measured, lang: str) -> str:
    """A measured number with its interval."""
    mean = question.say(found.mean, lang)
    if not math.isfinite(found.low):
        return mean
    low, high = (write.number(end, question.digits, question.is_change) for end in (found.low, found.high))
    return text("prediction.said.interval", lang, mean=mean, low=low, high=high)


def ranking_verdict(question: Ranking, found: Order, own: Sequence[str] | None, lang: str) -> str:
    """What the measured order is, and how much of it was expected."""
    name = question.name(lang)
    if found.is_tie:
        said = text("prediction.said.all_tie", lang, name=name)
    elif len(found.apart) <= FEW:
        pairs = [
            text(
                "prediction.said.pair",
                lang,
                better=question.option(one, lang),
                worse=question.option(other, lang),
            )
            for one, other in sorted(found.apart, key=lambda pair: tuple(map(found.options.index, pair)))
        ]
        said = text(
            "prediction.said.few", lang, name=name, pairs=text("prediction.semicolon", lang).join(pairs)
        )
    else:
        comma = text("prediction.comma", lang)
        ends = [
            comma.join(question.option(one, lang) for one in found.options if found.places(one)[at] == place)
            for at, place in ((0, 1), (1, len(found.options)))
        ]
        said = text("prediction.said.order", lang, name=name, first=ends[0], last=ends[1])
    if own is None or found.is_tie:
        return said
    place = {one: at for at, one in enumerate(own)}
    right = sum(place.get(better, len(place)) < place.get(worse, len(place)) for better, worse in found.apart)
    if len(found.apart) == 1:
        return said + _gap(lang) + text(f"prediction.said.{'right' if right else 'wrong'}", lang)
    return said + _gap(lang) + text("prediction.said.pairs", lang, right=right, pairs=len(found.apart))


def _gap(lang: str) -> str:
    """What stands between two sentences."""
    return "" if lang == "zh" else " "


def _place(places: tuple[int, int], lang: str) -> str:
    first, last = places
    key = "place" if first == last else "places"
    return text(f"prediction.said.{key}", lang, first=first, last=last)


def number_drawn(
    question: Number, found: Measured, own: float | None, room: Mapping[str, float], lang: str
) -> Drawing:
    """A measured number with its interval, above it what was expected, by this person and by the room."""
    others = {name: value for name, value in room.items() if math.isfinite(value)}
    rows = [text("prediction.measured", lang)]
    rows += [text("prediction.own", lang)] if own is not None else []
    rows += [text("prediction.room", lang)] if others else []
    fig = Drawing()
    y = {name: len(rows) - 1 - at for at, name in enumerate(rows)}
    top = y[rows[0]]
    known = math.isfinite(found.low)
    if known:
        ends = [found.low, found.high]
        fig.add_scatter(
            x=[*ends, *ends[::-1]], y=[-0.5, -0.5, top + 0.4, top + 0.4], fill="toself", mode="lines",
            fillcolor=theme.tint(theme.BLUE, 0.15), line={"width": 0}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        fig.add_scatter(x=ends, y=[top, top], mode="lines", line={"color": theme.BLUE, "width": 5},
                        hoverinfo="skip", showlegend=False)  # fmt: skip
    marks = [(found.mean, top, {"size": 12, "color": theme.BLUE}, interval(question, found, lang))]
    if own is not None:
        marks.append((own, y[text("prediction.own", lang)], _MARK, question.say(own, lang)))
    for x, at, mark, said in marks:
        fig.add_scatter(x=[x], y=[at], mode="markers+text", marker=mark, text=[safe(said)], textposition="top center",
                        hoverinfo="skip", showlegend=False, cliponaxis=False)  # fmt: skip
    if others:
        at = y[text("prediction.room", lang)]
        hover = [safe(f"{name}: {question.say(value, lang)}") for name, value in others.items()]
        fig.add_scatter(x=list(others.values()), y=[at] * len(others), mode="markers", marker=_ROOM, hovertext=hover,
                        hoverinfo="text", showlegend=False)  # fmt: skip
    all_x = [
        x
        for x in (found.mean, found.low, found.high, own, *others.values())
        if x is not None and math.isfinite(x)
    ]
    if question.is_change:
        all_x.append(0.0)
        fig.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    wide = (max(all_x) - min(all_x)) or abs(all_x[0]) or 1.0
    ends = [min(all_x) - 0.3 * wide, max(all_x) + 0.3 * wide]
    if question.low >= 0:
        ends[0] = max(ends[0], -0.03 * wide)  # no axis below what the number can be
    for trace in fig.data:
        if trace.get("mode") == "markers+text":  # words at the edge go inwards
            at = (trace["x"][0] - ends[0]) / (ends[1] - ends[0])
            trace["textposition"] = "top right" if at < 0.2 else "top left" if at > 0.8 else "top center"
    fig.update_xaxes(
        title={"text": safe(text("prediction.axis", lang, unit=question.unit_name(lang)))}, range=ends
    )
    theme.name_axis(fig, rows, top=0.3)
    said = verdict(question, found, own, lang)
    table = _numbers_table(question, found, own, others, lang)
    return theme.finish(fig, said, said, table, height=110 + 52 * len(rows))


def _numbers_table(
    question: Number, found: Measured, own: float | None, others: Mapping[str, float], lang: str
) -> pd.DataFrame:
    head = [text(f"prediction.{key}", lang) for key in ("who", "number", "away", "where")]
    rows = [(text("prediction.measured", lang), interval(question, found, lang), "", "")]
    said = ([(text("prediction.own", lang), own)] if own is not None else []) + list(others.items())
    for name, value in said:
        inside = found.covers(value)
        where = "–" if inside is None else text(f"prediction.{'inside' if inside else 'outside'}", lang)
        away = question.apart(value, found.mean, lang)
        rows.append((name, question.say(value, lang), away, where))
    return pd.DataFrame(rows, columns=head)


def ranking_drawn(
    question: Ranking, found: Order, own: Sequence[str] | None, room: Mapping[str, Sequence[str]], lang: str
) -> Drawing:
    """The places each option may have as it was measured, and the place it was given."""
    n, fig = len(found.options), Drawing()
    for at, one in enumerate(found.options):
        y, (first, last) = n - 1 - at, found.places(one)
        ink = theme.FAINT if (first, last) == (1, n) else theme.BLUE
        fig.add_scatter(
            x=[first - 0.18, last + 0.18], y=[y, y], mode="lines", hoverinfo="skip", showlegend=False,
            line={"color": theme.tint(ink, 0.55), "width": 16},
        )  # fmt: skip
        given = [list(order).index(one) + 1 for order in room.values() if one in order]
        if given:
            fig.add_scatter(
                x=given,
                y=[y - 0.24] * len(given),
                mode="markers",
                marker=_ROOM,
                hoverinfo="skip",
                showlegend=False,
            )
        if own is not None and one in own:
            fig.add_scatter(
                x=[list(own).index(one) + 1],
                y=[y],
                mode="markers",
                marker=_MARK,
                hoverinfo="skip",
                showlegend=False,
            )
    ticks = list(range(1, n + 1))
    fig.update_xaxes(title={"text": safe(text("prediction.place_axis", lang))}, range=[0.5, n + 0.5], tickvals=ticks,
                     ticktext=[str(one) for one in ticks])  # fmt: skip
    theme.name_axis(fig, [question.option(one, lang) for one in found.options])
    said = ranking_verdict(question, found, own, lang)
    head = [text(f"prediction.{key}", lang) for key in ("option", "measured_place", "own_place")]
    rows: list[tuple[str, ...]] = [
        (question.option(one, lang), _place(found.places(one), lang), _given(own or (), one))
        for one in found.options
    ]
    for name, order in room.items():
        head.append(name)
        rows = [(*row, _given(order, one)) for row, one in zip(rows, found.options, strict=True)]
    return theme.finish(fig, said, said, pd.DataFrame(rows, columns=head), height=110 + 48 * n)


def _given(order: Sequence[str], option: str) -> str:
    return str(list(order).index(option) + 1) if option in order else "–"


def drawn(
    questions: Sequence[Number | Ranking], measured: Mapping[str, Any], own: Mapping[str, Any],
    room: pd.DataFrame, lang: str, without: str = "",
) -> list[Drawing]:  # fmt: skip
    """A figure for every question.

    own      question -> what this person expects; may be empty
    room     what all expect (`workshop.Room.table()`); `without` is this person, who has a mark of his own
    """
    found = []
    for question in questions:
        rows = (
            room[(room["question"] == question.id) & (room["participant"] != without)] if len(room) else room
        )
        if isinstance(question, Ranking):
            others = {r.participant: r.ranking for r in tables.each(rows) if r.ranking}
            found.append(ranking_drawn(question, measured[question.id], own.get(question.id), others, lang))
        else:
            others = {r.participant: r.number for r in tables.each(rows) if not r.ranking}
            found.append(number_drawn(question, measured[question.id], own.get(question.id), others, lang))
    return found


def said(
    questions: Sequence[Number | Ranking], measured: Mapping[str, Any], own: Mapping[str, Any], lang: str
) -> list[str]:  # fmt: skip
    """A sentence for every question."""
    return [
        ranking_verdict(one, measured[one.id], own.get(one.id), lang)
        if isinstance(one, Ranking)
        else verdict(one, measured[one.id], own.get(one.id), lang)
        for one in questions
    ]
