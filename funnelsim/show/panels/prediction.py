"""First say what you expect, then see what comes out: questions, a kept prediction, and the answer beside it.

The panel is handed a module (`Lesson`), which asks one function of the study, and whoever keeps predictions
(`Keeper`, a `workshop.Room`). The answer cannot be asked for before a prediction is kept, and none can be
changed once it was shown. Without a front end the same cell shows questions, kept predictions and the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Protocol

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from funnelsim import labels
from funnelsim.engine import readiness
from funnelsim.errors import FunnelError, RunError
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show.figures import predicted, theme
from funnelsim.show.front import has_front_end
from funnelsim.show.lessons.lesson import Lesson, Number, Ranking, assumed
from funnelsim.show.panels.latest import Latest
from funnelsim.show.panels.panel import note
from funnelsim.show.panels.parts import laid_out, language_switch, paced, soon
from funnelsim.show.panels.predicted_still import fault_html, folded, numbers_of, said_html, still
from funnelsim.show.panels.screen import Charts, Spoken
from funnelsim.study.live import Check

_COMPILED = 120.0  # seconds that the fast engine is waited for; the other one gives the same numbers
_WIDE = widgets.Layout(width="330px")
_WIDER = widgets.Layout(width="430px")  # ideas are sentences
_MIDDLE = widgets.Layout(align_items="center")


class Keeper(Protocol):
    """Who keeps predictions; `workshop.Room` is one."""

    module: str

    def put(self, participant: str, answers: Mapping[str, float | Sequence[str]]) -> Any: ...

    def of(self, participant: str) -> Any: ...

    def seal(self, participant: str) -> None: ...

    def table(self) -> pd.DataFrame: ...


class Prediction:
    """Questions to one person, his kept answers, and what was measured.

    lesson        what is asked and how the answer is found
    room          who keeps predictions
    participant   name to begin with
    lang          en or zh; the toggle changes it
    """

    def __init__(self, lesson: Lesson, room: Keeper, participant: str = "", lang: str | None = None):
        self.lesson, self.room = lesson, room
        self.lang = lang or labels.language()
        self.own: dict[str, Any] = {}
        """What the person who was shown the answer had expected."""
        self.found: Any = None
        self._shown_to, self._here = "", list[str]()
        self._said: Callable[[], str] = lambda: ""
        self._build(participant)
        self._worker = Latest(self._work, self._arrived, self._failed, self._rest, wait=0)
        self._named()

    @property
    def questions(self) -> Sequence[Number | Ranking]:
        return self.lesson.questions

    # What the person says

    def typed(self) -> dict[str, Any]:
        """What stands in the fields, question -> answer; RunError in words where something is missing."""
        return {
            one.id: one.read([box.value for box in boxes], self.lang)
            if isinstance(one, Ranking)
            else one.read(boxes[0].value, self.lang)
            for one, boxes in zip(self.questions, self.fields, strict=True)
        }

    def store(self) -> None:
        """Keep what stands in the fields; FunnelError where it cannot be."""
        if self.found is not None:
            raise RunError.of(self.room.module, "prediction_shown")
        kept = self.room.put(self.name.value, self.typed())
        self._here.append(kept.participant)
        self._can()  # first: whoever hears that it is kept goes on to the button
        self._say("prediction.stored", name=kept.participant)

    def reveal(self) -> None:
        """Have the answer found; RunError where no prediction is kept."""
        if self._kept() is None:
            raise RunError.of(self.room.module, "prediction_missing", name=self.name.value.strip() or "–")
        self._worker.submit(self.name.value)

    def worker_settled(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being worked out; whether that was reached in time."""
        return self._worker.settle(timeout)

    def _kept(self) -> Any:
        try:
            return self.room.of(self.name.value)
        except (FunnelError, OSError):
            return None

    # The answer

    def _work(self, _name: Any, check: Check) -> Any:
        if readiness.begin():
            self._say("prediction.preparing")
            until = time.monotonic() + _COMPILED
            while not readiness.settle(0.2) and time.monotonic() < until:
                check()
                time.sleep(0.05)  # nothing to wait for where it has failed
        return self.lesson.find(self._told(), check)

    def _told(self) -> Callable[[int, int], None]:
        return paced(self.bar, lambda: self._say("panel.working"))

    def _arrived(self, name: Any, found: Any) -> None:
        try:
            for one in dict.fromkeys([name, *self._here]):  # everybody who has predicted at this page sees it
                self.room.seal(one)
            kept = self.room.of(name)
        except (FunnelError, OSError) as fault:
            self._complain(fault)
            return
        self.own, self._shown_to, self.found = dict(kept.answers), kept.participant, found
        self._say("prediction.shown", runs=self._runs, seed=found.seed, engine=found.engine)
        self._draw()
        self._can()

    def _failed(self, _name: Any, fault: Exception) -> None:
        self._complain(fault)

    def _rest(self) -> None:
        self.bar.layout.visibility = self.cancel.layout.visibility = "hidden"
        self.bar.value = 0
        self._can()

    # What is seen

    def _build(self, participant: str) -> None:
        self.spoken, self.charts = Spoken(), Charts()
        self.language = language_switch(self.lang)
        self.language.observe(self._spoken_to, "value")
        self.head, self.name_label, self.assumed = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.name = widgets.Text(value=participant, layout=_WIDE, continuous_update=False)
        self.name.add_class(self._class("name"))
        self.name.observe(lambda _: self._named(), "value")
        self.asks = [widgets.HTML(layout=_WIDE) for _ in self.questions]
        self.fields = [self._field(one) for one in self.questions]
        self.units = {one.id: widgets.HTML() for one in self.questions if isinstance(one, Number)}
        button = widgets.Layout(width="auto", min_width="150px")
        self.store_button, self.reveal_button = widgets.Button(layout=button), widgets.Button(layout=button)
        self.cancel = widgets.Button(layout=widgets.Layout(width="90px", visibility="hidden"))
        self.store_button.on_click(lambda _: soon(lambda: self._try(self.store)))
        self.reveal_button.on_click(lambda _: self._begin())
        self.cancel.on_click(self._cancelled)
        self.bar = widgets.IntProgress(layout=widgets.Layout(width="180px", visibility="hidden"))
        self.status = widgets.HTML(layout=_WIDE)
        self.verdict, self.behind = widgets.HTML(), widgets.HTML()
        for kind in ("store", "reveal"):
            getattr(self, f"{kind}_button").add_class(f"fs-{kind}")
        for part, kind in ((self.cancel, "cancel"), (self.bar, "bar"), (self.status, "status"),
                           (self.verdict, "kpi"), (self.behind, "behind")):  # fmt: skip
            part.add_class(f"fs-{kind}")
        self._label()

    def _class(self, part: str) -> str:
        return f"fs-ask-{self.room.module.replace('.', '-')}-{part}"

    def _field(self, question: Number | Ranking) -> list[widgets.Widget]:
        """One box for a number, one a place for a ranking."""
        if isinstance(question, Number):
            short = widgets.Layout(width="150px")
            boxes: list[widgets.Widget] = [widgets.Text(layout=short, continuous_update=False)]
        else:
            boxes = [widgets.Dropdown(layout=_WIDER) for _ in question.options]
        for at, box in enumerate(boxes):
            box.add_class("fs-answer-field")
            box.add_class(self._class(f"{question.id}-{at}"))
        return boxes

    def view(self) -> widgets.Widget:
        """The panel as a widget."""
        asked: list[widgets.Widget] = []
        for question, words, boxes in zip(self.questions, self.asks, self.fields, strict=True):
            if isinstance(question, Number):
                boxes = [widgets.HBox([*boxes, self.units[question.id]], layout=_MIDDLE)]
            asked += [words, *boxes]
        left = [
            self.name_label, self.name, *asked, widgets.HBox([self.store_button, self.reveal_button]),
            widgets.HBox([self.bar, self.cancel]), self.status,
        ]  # fmt: skip
        right = [self.verdict, self.charts, self.behind]
        wide = any(isinstance(question, Ranking) for question in self.questions)
        panel = laid_out([self.head, self.language], left, right, self.spoken, "450px" if wide else "350px")
        panel.children = (panel.children[0], self.assumed, *panel.children[1:])
        return panel

    def _label(self) -> None:
        self.head.value = (
            f'<div style="font-size:18px;line-height:1.4"><b>{_safe("prediction.title", self.lang)}</b></div>'
        )
        self.name_label.value = _asked(text("prediction.name", self.lang))
        told = assumed(self.lesson, self.lang)
        self.assumed.value = said_html(told) if told else ""
        names = {
            self._class("name"): text("prediction.name", self.lang),
            "fs-bar": text("panel.working", self.lang),
        }
        for question, words, boxes in zip(self.questions, self.asks, self.fields, strict=True):
            words.value = _asked(question.ask(self.lang))
            for at, box in enumerate(boxes):
                if isinstance(question, Ranking):
                    place = text("prediction.nth", self.lang, n=at + 1)
                    kept = box.value or ""
                    options: list[tuple[str, Any]] = [(text("prediction.choose", self.lang, place=place), "")]
                    options += [
                        (f"{at + 1}. {question.option(one, self.lang)}", one) for one in question.options
                    ]
                    box.options, box.value = options, kept
                    names[self._class(f"{question.id}-{at}")] = f"{question.name(self.lang)}: {place}"
                else:
                    names[self._class(f"{question.id}-{at}")] = question.ask(self.lang)
                    limits = text("prediction.limits", self.lang, unit=question.unit_name(self.lang),
                                  low=write.number(question.low, 0), high=write.number(question.high, 0))  # fmt: skip
                    self.units[question.id].value = note(limits)
        self.store_button.description = text("prediction.store", self.lang)
        self.reveal_button.description = text("prediction.reveal", self.lang)
        self.cancel.description = text("panel.cancel", self.lang)
        self.spoken.names = names
        self.status.value = self._said()

    def _can(self) -> None:
        """Which buttons can do something."""
        kept = self._kept()
        busy = not self._worker.settle(0) if hasattr(self, "_worker") else False
        self.reveal_button.disabled = kept is None or busy or self.found is not None
        self.store_button.disabled = busy

    def _draw(self) -> None:
        measured = self.lesson.measured(self.found)
        with_room = self.room.table()
        figures = predicted.drawn(self.questions, measured, self.own, with_room, self.lang, self._shown_to)
        more = self.lesson.drawings(self.found, self.lang)
        behind = [numbers_of(one) for one in (*figures, *more)] + [self.lesson.table(self.found, self.lang)]
        shown = [theme.captioned(one, int(one.layout["height"]) - 40) for one in (*figures, *more)]
        self.charts.draw(*shown)
        self.verdict.value = said_html(self.lesson.sentences(self.found, self.lang))
        self.behind.value = folded(text("report.numbers", self.lang), [one for one in behind if len(one)])

    def _runs(self, lang: str) -> str:
        return self.lesson.period.say("runs", lang, runs=write.count(self.found.replications))

    def _say(self, key: str, **facts: Any) -> None:
        """Say something in the small print, and say it again when the language changes."""

        def said() -> str:
            known = {name: fact(self.lang) if callable(fact) else fact for name, fact in facts.items()}
            return f'<div role="status" style="line-height:1.4">{note(text(key, self.lang, **known))}</div>'

        self._said = said
        self.status.value = self._said()

    def _complain(self, fault: Exception) -> None:
        """Say in words what went wrong."""
        self._said = lambda: fault_html(fault)
        self.status.value = self._said()

    def show(self) -> None:
        """Show the panel where somebody can use it, else questions, kept predictions and the answer as it stands."""
        if has_front_end():
            readiness.begin()  # while people think
            display(self.view())
            return
        self.found = still(self.lesson, self.room.table(), self.lang)

    # What the user does

    def _named(self) -> None:
        """Another name: what is kept under it stands in the fields."""
        kept = self._kept()
        if kept is not None:
            self._put(kept.answers)
        if self.found is None:
            if kept is None:
                self._say("prediction.hint")
            else:
                self._say(
                    "prediction.sealed" if kept.is_sealed else "prediction.known", name=kept.participant
                )
        self._can()

    def _put(self, answers: Mapping[str, Any]) -> None:
        for question, boxes in zip(self.questions, self.fields, strict=True):
            kept = answers.get(question.id)
            if isinstance(question, Ranking) and isinstance(kept, tuple):
                for box, one in zip(boxes, kept, strict=False):
                    box.value = one if one in question.options else ""
            elif isinstance(question, Number) and isinstance(kept, float):
                boxes[0].value = f"{kept:g}"

    def _try(self, does: Callable[[], None]) -> None:
        try:
            does()
        except (FunnelError, OSError) as fault:
            self._complain(fault)

    def _begin(self) -> None:
        self._try(self.reveal)
        if not self._worker.settle(0):
            self.reveal_button.disabled = self.store_button.disabled = True
            self.cancel.layout.visibility = "visible"

    def _cancelled(self, _button: Any) -> None:
        self._worker.cancel()
        self._say("panel.cancelled")

    def _spoken_to(self, change: Any) -> None:
        self.lang = change["new"]
        labels.use(self.lang)
        self._label()
        if self.found is not None:
            self._draw()


def _safe(key: str, lang: str) -> str:
    return escape(text(key, lang))


def _asked(words: str) -> str:
    return f'<div style="line-height:1.4;margin-top:10px">{escape(words)}</div>'
