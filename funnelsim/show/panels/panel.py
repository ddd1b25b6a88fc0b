"""What every panel has: levers, one worker that works on the latest setting, an answer, charts, two languages.

A panel asks the study for runs in a worker thread and always works on the latest setting; the controls stay
free meanwhile. Executed without a front end (papermill, nbconvert, tests) the same cell shows the same answer
as a still figure, because a widget in a saved page is blank.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML, display

from funnelsim import labels
from funnelsim.engine import readiness
from funnelsim.errors import FunnelError, ScenarioError
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario import files
from funnelsim.scenario.model import Scenario
from funnelsim.show import figures, sections, tables, words
from funnelsim.show.figures import outcomes, theme
from funnelsim.show.front import has_front_end
from funnelsim.show.panels.latest import Latest
from funnelsim.show.panels.levers import Choice, Lever, changes_of
from funnelsim.show.panels.parts import laid_out, language_switch, paced
from funnelsim.show.panels.screen import Charts, Spoken
from funnelsim.study.compare import Answer, Comparison
from funnelsim.study.experiment import Trial
from funnelsim.study.live import ONE, Check, Live, against

SHOWN = ("bookings", "wins", "win_rate", "cycle_won_days", "utilisation")

Setting = dict[str, Any]


class Panel:
    """Levers on a scenario, and what their setting brings against the company as it is.

    scenario       name, path or Scenario
    replications   simulated years of each answer
    seed           the same seed is the same customers
    lang           en or zh; the toggle changes it
    """

    shown: tuple[str, ...] = SHOWN
    """Metrics of an answer."""

    def __init__(
        self,
        scenario: str | Scenario,
        replications: int,
        seed: int,
        lang: str | None,
        levers: Sequence[Lever],
    ):
        self.scenario = scenario if isinstance(scenario, Scenario) else files.load(scenario)
        self.replications, self.seed = replications, seed
        self.lang = lang or labels.language()
        self.levers = tuple(levers)
        self.answer: Answer | None = None
        self._waits = False
        self._live = Live(self.shown, replications, seed)
        self._base: Trial | None = None
        self._build()
        self._worker = Latest(self._work, self._arrived, self._failed, self._rest)

    # What the levers say

    @property
    def setting(self) -> Setting:
        """Value of each lever: percent or notches of a slider, name of the chosen way."""
        return {lever.key: control.value for lever, control in zip(self.levers, self.sliders, strict=True)}

    def changes(self, setting: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A setting, the present one unless told, as changes of the scenario; what is not moved is left out."""
        return changes_of(self.levers, self.scenario, self.setting if setting is None else setting)

    def worlds(self) -> dict[str, dict[str, Any]]:
        """What is compared with the company as it is: name -> changes."""
        return {text("panel.changed", self.lang): self.changes()}

    def others(self) -> dict[str, Scenario]:
        """The companies of `worlds`."""
        return {name: files.applied(self.scenario, changes) for name, changes in self.worlds().items()}

    def is_moved(self) -> bool:
        """Whether anything is compared with the company as it is."""
        return any(self.worlds().values())

    def worker_settled(self, timeout: float | None = None) -> bool:
        """Wait until no answer is being worked out; whether that was reached in time."""
        return self._worker.settle(timeout)

    # The answer

    def compute(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        early: Callable[[Answer], None] = lambda answer: None,
        check: Check = lambda: None,
    ) -> Answer:
        """The answer to the present setting, worked out here and now: the first year, then the long run.

        progress   called with (years simulated, years in all)
        early      called with the answer that has its first year only
        check      called every few milliseconds; what it raises ends the work
        """
        base_name, others = text("panel.base", self.lang), self.others()
        starts = self.scenario.measure.from_
        done, total = 0, ((0 if self._base else 1) + 2 * len(others)) * self.replications

        def years(scenario: Scenario) -> Trial:
            nonlocal done
            found = self._live.trial(scenario, check, lambda step, _: progress(done + step, total))
            done += self.replications
            progress(done, total)
            return found

        self._base = base = self._base or years(self.scenario)
        first: dict[str, Trial] = {}
        why: dict[str, ScenarioError] = {}
        for name, other in others.items():
            try:
                change = files.as_intervention(self.scenario, other, starts)
            except (
                ScenarioError
            ) as error:  # say, other stages: a running company does not change those on a day
                why[name] = error
            else:
                first[name] = years(change)
        nothing = Comparison(base_name, base.only({base_name: ONE}), {})
        answer = Answer(base_name, starts, against(base_name, base, first), nothing, why)
        if first and not all(self._live.knows(other) for other in others.values()):
            early(answer)
        long_run = {name: years(other) for name, other in others.items()}
        return replace(answer, long_run=against(base_name, base, long_run))

    def _work(self, _request: Any, check: Check) -> Answer:
        def early(answer: Answer) -> None:
            check()
            self.answer = answer
            self._draw()

        return self.compute(self._told(), early, check)

    def _told(self) -> Callable[[int, int], None]:
        """Progress of one piece of work: the bar and the way to cancel come when it takes a while."""

        def first() -> None:
            self.cancel.layout.visibility = "visible"
            self.status.value = note(text("panel.working", self.lang))

        return paced(self.bar, first)

    def _arrived(self, _request: Any, answer: Any) -> None:
        self.answer = answer
        self._draw()
        self.status.value = note(self._made_of(answer))

    def _made_of(self, answer: Answer) -> str:
        """How an answer was made, and what is being made ready meanwhile."""
        facts = {"runs": write.count(self.replications), "seed": self.seed, "engine": answer.engine}
        said = text("panel.done", self.lang, self.scenario.measure.period, **facts)
        if answer.engine == "reference" and readiness.begin():
            said += " " + text("panel.preparing", self.lang)
            if not self._waits:
                self._waits = True
                threading.Thread(target=self._tell_when_ready, name="funnelsim-tell", daemon=True).start()
        return said

    def _tell_when_ready(self) -> None:
        if readiness.settle():
            self.status.value = note(text("panel.ready", self.lang))
        self._waits = False

    def _failed(self, _request: Any, fault: Exception) -> None:
        said = str(fault) if isinstance(fault, FunnelError) else f"{type(fault).__name__}: {fault}"
        self.complain(said)

    def complain(self, said: str) -> None:
        """Say in words what went wrong."""
        self.status.value = f'<div class="fs-error" role="alert" style="color:#B00020">{escape(said)}</div>'

    def _rest(self) -> None:
        self.bar.layout.visibility = self.cancel.layout.visibility = "hidden"
        self.bar.value = 0
        if self._is_early():
            self._draw()  # which says what was not worked out

    # What is seen

    def _build(self) -> None:
        self.spoken = Spoken()
        self.spoken.on_msg(self._seen)
        self.language = language_switch(self.lang)
        self.language.observe(self._spoken, "value")
        self.bar = widgets.IntProgress(layout=widgets.Layout(width="180px", visibility="hidden"))
        self.bar.add_class("fs-bar")
        self.cancel = widgets.Button(layout=widgets.Layout(width="90px", visibility="hidden"))
        self.cancel.add_class("fs-cancel")
        self.cancel.on_click(self._cancelled)
        self.reset = widgets.Button(layout=widgets.Layout(width="150px"))
        self.reset.add_class("fs-reset")
        self.reset.on_click(self._reset)
        self.head, self.status = widgets.HTML(), widgets.HTML()
        self.verdict = widgets.HTML(layout=widgets.Layout(min_height="62px"))  # room for two sentences
        self.verdict.add_class("fs-kpi")
        self.status.add_class("fs-status")
        self.charts = Charts()
        self._put_levers()
        self._label()

    def _put_levers(self) -> None:
        """A control and its name for every lever."""
        self.sliders = [lever.control(self.scenario, self.lang, "300px") for lever in self.levers]
        self.names = [
            widgets.HTML(layout=widgets.Layout(width="98%", max_width="310px")) for _ in self.levers
        ]
        for lever, slider, name in zip(self.levers, self.sliders, self.names, strict=True):
            slider.add_class("fs-choice" if isinstance(lever, Choice) else "fs-slider")
            slider.add_class(self._class_of(lever))
            name.add_class("fs-lever")
            slider.observe(self._moved, "value")

    @staticmethod
    def _class_of(lever: Lever) -> str:
        return f"fs-of-{lever.key.replace('.', '-')}"

    def view(self) -> widgets.Widget:
        """The panel as a widget."""
        rows = [widgets.VBox(pair) for pair in zip(self.names, self.sliders, strict=True)]
        buttons = widgets.HBox([self.reset, self.cancel])
        return self._laid_out([*rows, buttons, self.bar, self.status], [self.verdict, self.charts])

    def _laid_out(self, left: list[widgets.Widget], right: list[widgets.Widget]) -> widgets.Widget:
        return laid_out([self.head, self.language], left, right, self.spoken)

    def show(self) -> None:
        """Show the panel where somebody can use it, else the answer to its present setting as it stands."""
        if has_front_end():
            display(self.view())
            self._submit()
            return
        if not self.is_moved():
            self._example()
        self.answer = self.compute()
        display(HTML(self._says()))
        display(figures.difference(self.answer, lang=self.lang))
        display(figures.outcome_distribution(self._outcomes(), base=self.answer.base, lang=self.lang))
        display(sections.numbers(self.answer, self.lang, SHOWN))

    def _example(self) -> None:
        """A setting for a page on which nobody can make one: the hours of reps, a fifth more."""
        self._put_quietly({lever.key: 20 for lever in self.levers if lever.id == "hours"})

    def _label(self) -> None:
        title = escape(text("panel.title", self.lang))
        self.head.value = f'<div style="font-size:18px;line-height:1.4"><b>{title}</b></div>'
        told = {}
        for lever, name, control in zip(self.levers, self.names, self.sliders, strict=True):
            label = lever.label(self.scenario, self.lang)
            name.value = f'<div style="line-height:1.35;margin-top:6px">{escape(label)}</div>'
            told[self._class_of(lever)] = label
            if isinstance(lever, Choice):
                kept = control.value
                control.unobserve(self._moved, "value")
                control.options = lever.options(self.lang)
                control.value = kept
                control.observe(self._moved, "value")
        self.cancel.description = text("panel.cancel", self.lang)
        self.reset.description = text("panel.reset", self.lang)
        self.charts.save = text("panel.save_picture", self.lang)
        self.status.value = note(text("panel.hint", self.lang))
        told["fs-bar"] = text("panel.working", self.lang)
        self.spoken.names = told | self._more_names()

    def _more_names(self) -> dict[str, str]:
        """Names of further controls for those who do not see them: class -> words."""
        return {}

    def _says(self) -> str:
        assert self.answer is not None
        if not self.is_moved():
            return f'<div class="fs-answer">{escape(text("panel.unchanged", self.lang))}</div>'
        said = self._findings()
        said += [text("panel.awaited", self.lang)] if self._is_early() else []
        return '<div class="fs-answer">' + "".join(f"<div>{escape(s)}</div>" for s in said) + "</div>"

    def _findings(self) -> list[str]:
        """What the answer says, a sentence each."""
        return self._sentences(self.answer)

    def _sentences(self, answer: Answer | None) -> list[str]:
        assert answer is not None
        found = tables.differences(answer, "bookings")
        return [
            words.finding(row, "bookings", found.unit, found.base, found.currency, self.lang, found.period)
            for row in tables.each(found.rows)
        ]

    def _is_early(self) -> bool:
        """Whether the long run is still being worked out."""
        return self.answer is not None and not self.answer.long_run.others

    def _outcomes(self) -> Any:
        """What the outcomes are drawn of: both, or the company as it is where nothing is changed."""
        assert self.answer is not None
        if self.is_moved():
            return self.answer
        return self.answer.long_run.trial.only({self.answer.base: self.answer.base})

    def _draw(self) -> None:
        assert self.answer is not None
        base = self.answer.base
        difference = (
            outcomes.difference_drawn(
                self.answer, lang=self.lang, live=not self.answer.why, working=self._worker.is_busy
            )
            if self.is_moved()
            else outcomes.nothing_drawn("bookings", base, self.lang)
        )
        years = outcomes.outcomes_drawn(self._outcomes(), base=base, lang=self.lang, live=True)
        self.charts.draw(
            theme.captioned(difference, 150 + 70 * len(self.worlds()), caption=False),
            theme.captioned(years, 150 + 55 * max(2, len(self.worlds()) + 1)),
        )
        self.verdict.value = self._says()

    # What the user does

    def _seen(self, _spoken: Any, _message: Any, _buffers: Any) -> None:
        """The panel is on a page: what is told there is told once more."""
        for told in (self.verdict, self.status, self.bar, self.bar.layout, self.cancel.layout):
            told.send_state()
        self.charts.send_state("drawings")

    def _submit(self) -> None:
        """Have the present setting worked out."""
        self._worker.submit(("answer", self.setting))

    def _moved(self, _change: Any) -> None:
        self._submit()

    def _spoken(self, change: Any) -> None:
        self.lang = change["new"]
        labels.use(self.lang)
        self._label()
        self._submit()

    def _cancelled(self, _button: Any) -> None:
        self._worker.cancel()
        self.status.value = note(text("panel.cancelled", self.lang))

    def _reset(self, _button: Any) -> None:
        self.put({})

    def put(self, setting: Mapping[str, Any]) -> None:
        """Set every lever: to its value here, to neutral where it has none. One answer is worked out for all."""
        self._put_quietly(setting)
        self._moved(None)

    def _put_quietly(self, setting: Mapping[str, Any]) -> None:
        for lever, slider in zip(self.levers, self.sliders, strict=True):
            slider.unobserve(self._moved, "value")
            slider.value = setting.get(lever.key, lever.neutral)
            slider.observe(self._moved, "value")


def note(said: str) -> str:
    """Small print."""
    return f'<div style="color:#5A6370">{escape(said)}</div>'
