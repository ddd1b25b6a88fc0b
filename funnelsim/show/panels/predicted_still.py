"""Predictions and answer as they stand: what a page shows on which nobody can press a button, and pieces of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
from IPython.display import HTML, display

from funnelsim.errors import FunnelError
from funnelsim.labels import text
from funnelsim.show import tables
from funnelsim.show.figures import predicted
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.lessons.lesson import Lesson, Number, Ranking, assumed


def still(lesson: Lesson, room: pd.DataFrame, lang: str) -> Any:
    """Show questions, kept predictions (`workshop.Room.table()`) and the answer; what was found."""
    if told := assumed(lesson, lang):
        display(HTML(said_html(told)))
    display(
        _block("<ul>" + "".join(f"<li>{escape(one.ask(lang))}</li>" for one in lesson.questions) + "</ul>")
    )
    if len(room):
        said = escape(text("prediction.kept", lang))
        display(_block(f"<p>{said}</p>{tables.html(readable(lesson.questions, room, lang))}"))
    found = lesson.find(lambda done, total: None, lambda: None)
    measured = lesson.measured(found)
    told = [*predicted.said(lesson.questions, measured, {}, lang), *lesson.sentences(found, lang)]
    display(HTML(said_html(told)))
    for one in (*predicted.drawn(lesson.questions, measured, {}, room, lang), *lesson.drawings(found, lang)):
        display(one.figure())
    display(_block(tables.html(lesson.table(found, lang))))
    return found


def readable(questions: Sequence[Number | Ranking], room: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Kept predictions as people write them, a row a person."""
    head = [text("prediction.who", lang), *(one.name(lang) for one in questions)]
    known = {(r.participant, r.question): r for r in tables.each(room)}
    people = list(dict.fromkeys(room["participant"]))
    rows = [(name, *(_told(one, known.get((name, one.id)), lang) for one in questions)) for name in people]
    return pd.DataFrame(rows, columns=head)


def _told(question: Number | Ranking, kept: Any, lang: str) -> str:
    if kept is None or bool(kept.ranking) != isinstance(question, Ranking):
        return "–"
    if isinstance(question, Ranking):
        return " › ".join(question.option(one, lang) for one in kept.ranking if one in question.options)
    return question.say(kept.number, lang)


def _block(body: str) -> HTML:
    return HTML(f'<div class="jp-RenderedHTMLCommon fs-block">{body}</div>')


def said_html(said: Sequence[str]) -> str:
    """Sentences, set apart."""
    told = "".join(f'<p style="margin:0 0 6px;line-height:1.45">{escape(one)}</p>' for one in said)
    return f'<div class="fs-answer" role="status">{told}</div>'


def fault_html(fault: Exception) -> str:
    """A fault in words of the language spoken now: what is wrong with what, and the mend."""
    if isinstance(fault, FunnelError):
        said = " ".join(f"{one.message} {one.mend}" for one in fault.faults)
    else:
        said = f"{type(fault).__name__}: {fault}"
    return f'<div class="fs-error" role="alert" style="color:#B00020;line-height:1.4">{escape(said)}</div>'


def numbers_of(drawing: Drawing) -> pd.DataFrame:
    """The numbers a drawing is made from."""
    kept = drawing.layout["meta"].get("table", {"head": [], "rows": []})
    return pd.DataFrame([list(row) for row in kept["rows"]], columns=list(kept["head"]))


def folded(summary: str, behind: Sequence[pd.DataFrame]) -> str:
    body = "".join(f'<div style="overflow:auto">{tables.html(one)}</div>' for one in behind)
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"
