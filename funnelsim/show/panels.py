"""Panels: a few sliders, one question, one answer that moves. Made of ipywidgets and Plotly.

A panel asks the study for runs in a worker thread and always works on the latest setting; the sliders
stay free meanwhile. Executed without a front end (papermill, nbconvert, tests) the same cell shows the
same answer as a still figure, because a widget in a saved page is blank.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML, display

from funnelsim import labels
from funnelsim.engine import readiness
from funnelsim.errors import FunnelError
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario import files
from funnelsim.scenario.model import Scenario
from funnelsim.show import figures, outcomes, sections, tables, theme, words
from funnelsim.show.latest import Latest
from funnelsim.show.levers import Lever, start_levers
from funnelsim.show.screen import Charts
from funnelsim.study.compare import Answer, Comparison, differences
from funnelsim.study.experiment import Trial
from funnelsim.study.live import Check, Live

__all__ = ["Lever", "StartPanel", "has_front_end", "start_levers"]

_ONE = "one"
_SHOWN = ("bookings", "wins", "win_rate", "cycle_won_days", "utilisation")
_PATIENCE = 0.25  # seconds of work before the panel says that it works
_PROGRESS = 0.1  # seconds between two steps of the bar


def has_front_end() -> bool:
    """Whether somebody can move a slider: JupyterLab, Notebook, Voila or an editor, not papermill.

    `FUNNELSIM_PANEL=live` or `still` decides it by hand.
    """
    chosen = os.environ.get("FUNNELSIM_PANEL", "")
    if chosen in ("live", "still"):
        return chosen == "live"
    return bool(
        os.environ.get("JPY_SESSION_NAME")
        or os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
        or os.environ.get("VSCODE_PID")
    )


class StartPanel:
    """Three sliders on a scenario, and what their setting brings against the company as it is.

    scenario       name, path or Scenario
    replications   simulated years of each answer
    seed           the same seed is the same customers
    lang           en or zh; the toggle changes it
    levers         other sliders than `start_levers`
    """

    def __init__(
        self,
        scenario: str | Scenario = "industrial_8x8",
        replications: int = 50,
        seed: int = 1,
        lang: str | None = None,
        levers: Sequence[Lever] | None = None,
    ):
        self.scenario = scenario if isinstance(scenario, Scenario) else files.load(scenario)
        self.replications, self.seed = replications, seed
        self.lang = lang or labels.language()
        self.levers = tuple(levers or start_levers(self.scenario))
        self.answer: Answer | None = None
        self._waits = False
        self._live = Live(_SHOWN, replications, seed)
        self._base: Trial | None = None
        self._build()
        self._worker = Latest(self._work, self._arrived, self._failed, self._rest)

    # What the sliders say

    @property
    def setting(self) -> dict[str, int]:
        """Change of each lever in percent."""
        return {lever.id: slider.value for lever, slider in zip(self.levers, self.sliders, strict=True)}

    def changes(self) -> dict[str, str]:
        """The setting as changes of the scenario, path -> factor; what is not moved is left out."""
        return {
            lever.path: f"=*{1 + slider.value / 100:.4g}"
            for lever, slider in zip(self.levers, self.sliders, strict=True)
            if slider.value
        }

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
        names = text("panel.base", self.lang), text("panel.changed", self.lang)
        changed, starts = files.applied(self.scenario, self.changes()), self.scenario.measure.from_
        parts = 2 if self._base else 3
        done, total = 0, parts * self.replications

        def years(scenario: Scenario) -> Trial:
            nonlocal done
            found = self._live.trial(scenario, check, lambda step, _: progress(done + step, total))
            done += self.replications
            progress(done, total)
            return found

        self._base = base = self._base or years(self.scenario)
        first = years(files.as_intervention(self.scenario, changed, starts))
        nothing = Comparison(names[0], base.only({names[0]: _ONE}), {})
        answer = Answer(names[0], starts, _against(names, base, first), nothing, {})
        if not self._live.knows(changed):
            early(answer)
        return replace(answer, long_run=_against(names, base, years(changed)))

    def _work(self, _setting: Any, check: Check) -> Answer:
        began, told = time.monotonic(), 0.0

        def progress(done: int, total: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - began > _PATIENCE and now - told > _PROGRESS:
                if not told:
                    self.bar.layout.visibility = self.cancel.layout.visibility = "visible"
                    self.status.value = _note(text("panel.working", self.lang))
                self.bar.max, self.bar.value, told = total, done, now

        def early(answer: Answer) -> None:
            check()
            self.answer = answer
            self._draw()

        return self.compute(progress, early, check)

    def _arrived(self, _setting: Any, answer: Answer) -> None:
        self.answer = answer
        self._draw()
        self.status.value = _note(self._made_of(answer))

    def _made_of(self, answer: Answer) -> str:
        """How an answer was made, and what is being made ready meanwhile."""
        facts = {"runs": write.count(self.replications), "seed": self.seed, "engine": answer.engine}
        said = text("panel.done", self.lang, **facts)
        if answer.engine == "reference" and readiness.begin():
            said += " " + text("panel.preparing", self.lang)
            if not self._waits:
                self._waits = True
                threading.Thread(target=self._tell_when_ready, name="funnelsim-tell", daemon=True).start()
        return said

    def _tell_when_ready(self) -> None:
        if readiness.settle():
            self.status.value = _note(text("panel.ready", self.lang))
        self._waits = False

    def _failed(self, _setting: Any, fault: Exception) -> None:
        said = str(fault) if isinstance(fault, FunnelError) else f"{type(fault).__name__}: {fault}"
        self.status.value = f'<div class="fs-error" style="color:#B00020">{escape(said)}</div>'

    def _rest(self) -> None:
        self.bar.layout.visibility = self.cancel.layout.visibility = "hidden"
        self.bar.value = 0

    # What is seen

    def _build(self) -> None:
        self.sliders = [
            widgets.IntSlider(
                value=0,
                min=lever.low,
                max=lever.high,
                step=lever.step,
                readout_format="+d",
                layout=widgets.Layout(width="300px"),
            )
            for lever in self.levers
        ]
        self.names = [widgets.HTML(layout=widgets.Layout(width="310px")) for _ in self.levers]
        for slider in self.sliders:
            slider.add_class("fs-slider")
            slider.observe(self._moved, "value")
        self.language = widgets.ToggleButtons(
            options=[("English", "en"), ("中文", "zh")], value=self.lang, style={"button_width": "76px"}
        )
        self.language.add_class("fs-language")
        self.language.observe(self._spoken, "value")
        self.bar = widgets.IntProgress(layout=widgets.Layout(width="180px", visibility="hidden"))
        self.cancel = widgets.Button(layout=widgets.Layout(width="90px", visibility="hidden"))
        self.cancel.add_class("fs-cancel")
        self.cancel.on_click(self._cancelled)
        self.reset = widgets.Button(layout=widgets.Layout(width="150px"))
        self.reset.on_click(self._reset)
        self.head, self.status = widgets.HTML(), widgets.HTML()
        self.verdict = widgets.HTML(layout=widgets.Layout(min_height="62px"))  # room for two sentences
        self.verdict.add_class("fs-kpi")
        self.status.add_class("fs-status")
        self.charts = Charts()
        self._label()

    def view(self) -> widgets.Widget:
        """The panel as a widget."""
        rows = [widgets.VBox(pair) for pair in zip(self.names, self.sliders, strict=True)]
        buttons = widgets.HBox([self.reset, self.cancel])
        controls = widgets.VBox([*rows, buttons, self.bar, self.status], layout=widgets.Layout(width="330px"))
        top = widgets.HBox([self.head, self.language], layout=widgets.Layout(justify_content="space-between"))
        right = widgets.VBox(
            [self.verdict, self.charts],
            layout=widgets.Layout(flex="1 1 420px", min_width="380px", overflow="hidden"),
        )
        return widgets.VBox(
            [top, widgets.HBox([controls, right], layout=widgets.Layout(flex_flow="row wrap"))]
        )

    def show(self) -> None:
        """Show the panel where somebody can use it, else the answer to its present setting as it stands."""
        if has_front_end():
            display(self.view())
            self._worker.submit(self.setting)
            return
        if not self.changes():
            self.sliders[1].unobserve(self._moved, "value")
            self.sliders[1].value = 20
        self.answer = self.compute()
        display(HTML(self._says()))
        display(figures.difference(self.answer, lang=self.lang))
        display(figures.outcome_distribution(self._outcomes(), base=self.answer.base, lang=self.lang))
        display(sections.numbers(self.answer, self.lang, _SHOWN))

    def _label(self) -> None:
        title = escape(text("panel.title", self.lang))
        self.head.value = f'<div style="font-size:18px;line-height:1.4"><b>{title}</b></div>'
        for lever, name in zip(self.levers, self.names, strict=True):
            label = escape(lever.label(self.scenario, self.lang))
            name.value = f'<div style="line-height:1.35;margin-top:6px">{label}</div>'
            name.add_class("fs-lever")
        self.cancel.description = text("panel.cancel", self.lang)
        self.reset.description = text("panel.reset", self.lang)
        self.status.value = _note(text("panel.hint", self.lang))

    def _says(self) -> str:
        assert self.answer is not None
        if not self.changes():
            return f'<div class="fs-answer">{escape(text("panel.unchanged", self.lang))}</div>'
        found = tables.differences(self.answer, "bookings")
        said = [
            words.finding(row, "bookings", found.unit, found.base, found.currency, self.lang)
            for row in tables.each(found.rows)
        ]
        said += [text("panel.awaited", self.lang)] if self._is_early() else []
        return '<div class="fs-answer">' + "".join(f"<div>{escape(s)}</div>" for s in said) + "</div>"

    def _is_early(self) -> bool:
        """Whether the long run is still being worked out."""
        return self.answer is not None and not self.answer.long_run.others

    def _outcomes(self) -> Any:
        """What the outcomes are drawn of: both, or the company as it is where nothing is changed."""
        assert self.answer is not None
        if self.changes():
            return self.answer
        return self.answer.long_run.trial.only({self.answer.base: self.answer.base})

    def _draw(self) -> None:
        assert self.answer is not None
        base = self.answer.base
        difference = (
            outcomes.difference_drawn(self.answer, lang=self.lang, live=True)
            if self.changes()
            else outcomes.nothing_drawn("bookings", base, self.lang)
        )
        years = outcomes.outcomes_drawn(self._outcomes(), base=base, lang=self.lang, live=True)
        self.charts.draw(theme.captioned(difference, 220, caption=False), theme.captioned(years, 260))
        self.verdict.value = self._says()

    # What the user does

    def _moved(self, _change: Any) -> None:
        self._worker.submit(self.setting)

    def _spoken(self, change: Any) -> None:
        self.lang = change["new"]
        labels.use(self.lang)
        self._label()
        self._worker.submit(self.setting)

    def _cancelled(self, _button: Any) -> None:
        self._worker.cancel()
        self.status.value = _note(text("panel.cancelled", self.lang))

    def _reset(self, _button: Any) -> None:
        for slider in self.sliders:
            slider.value = 0


def _note(said: str) -> str:
    return f'<div style="color:#6B7480">{escape(said)}</div>'


def _against(names: tuple[str, str], base: Trial, other: Trial) -> Comparison:
    """Two trials of one scenario each as a comparison, under these names."""
    one, two = base.only({names[0]: _ONE}), other.only({names[1]: _ONE})
    both: dict[str, Any] = {
        part: {**getattr(one, part), **getattr(two, part)}
        for part in ("scenarios", "metrics", "engines", "digests")
    }
    return differences(replace(one, **both), names[0])
