"""Panels: a few sliders, one question, one answer that moves. Made of ipywidgets and Plotly.

A panel asks the study for runs in a worker thread and always works on the latest setting; the sliders
stay free meanwhile. Executed without a front end (papermill, nbconvert, tests) the same cell shows the
same answer as a still figure, because a widget in a saved page is blank.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import ipywidgets as widgets
import plotly.graph_objects as go
from IPython.display import HTML, display

from funnelsim import labels
from funnelsim.errors import FunnelError
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario import files
from funnelsim.scenario.distributions import median
from funnelsim.scenario.model import Scenario
from funnelsim.show import figures, sections, tables, theme, words
from funnelsim.show.latest import Latest
from funnelsim.study.compare import Answer, Comparison, differences
from funnelsim.study.experiment import Trial, trial

_ONE, _KEPT = "one", 16
_SHOWN = ("bookings", "wins", "win_rate", "cycle_won_days", "utilisation")


@dataclass(frozen=True)
class Lever:
    """One slider: a path of the scenario that it multiplies, from `low` to `high` percent of change."""

    id: str
    path: str
    low: int = -50
    high: int = 50
    step: int = 5
    stage: str = ""
    """Id of the stage that the label names, where the lever belongs to one."""

    def label(self, scenario: Scenario, lang: str) -> str:
        named = {s.id: s.name.say(lang) for s in scenario.stages}
        return text(f"panel.lever.{self.id}", lang, stage=named.get(self.stage, ""))


def start_levers(scenario: Scenario) -> tuple[Lever, ...]:
    """The three sliders to start with: deals, selling hours, hours of the stage that takes most of them."""
    longest = max(scenario.stages, key=lambda stage: median(stage.rep_hours))
    return (
        Lever("leads", "demand.units.*.weekly_deals", -40, 60),
        Lever("hours", "team.reps.*.weekly_hours", -30, 40),
        Lever("stage_hours", f"stages.{longest.id}.rep_hours", -50, 50, stage=longest.id),
    )


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
        replications: int = 20,
        seed: int = 1,
        lang: str | None = None,
        levers: Sequence[Lever] | None = None,
    ):
        self.scenario = scenario if isinstance(scenario, Scenario) else files.load(scenario)
        self.replications, self.seed = replications, seed
        self.lang = lang or labels.language()
        self.levers = tuple(levers or start_levers(self.scenario))
        self.answer: Answer | None = None
        self._known: dict[str, Trial] = {}
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
        progress: Callable[[int, int], None] | None = None,
        early: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """The answer to the present setting, worked out here and now: the first year, then the long run.

        progress   called with (years simulated, years in all)
        early      called with the answer that has its first year only
        """
        changed = files.applied(self.scenario, self.changes())
        starts = self.scenario.measure.from_
        first_of = files.as_intervention(self.scenario, changed, starts)
        wanted = [plan for plan in (self.scenario, first_of, changed) if plan.digest not in self._known]
        total, done = self.replications * len(wanted), 0

        def told(step: int, _steps: int) -> None:
            if progress:
                progress(done + step, total)

        base = self._years(self.scenario, told)
        done += self.replications * (self.scenario in wanted)
        first = self._years(first_of, told)
        done += self.replications * (first_of in wanted)
        name = text("panel.base", self.lang)
        nothing = Comparison(name, base.only({name: _ONE}), {})
        answer = Answer(name, starts, self._against(base, first), nothing, {})
        if early and changed in wanted:
            early(answer)
        return replace(answer, long_run=self._against(base, self._years(changed, told)))

    def _years(self, scenario: Scenario, progress: Callable[[int, int], None]) -> Trial:
        """The simulated years of a scenario, kept for the scenarios used last."""
        kept = self._known.get(scenario.digest)
        if kept is None:
            kept = trial({_ONE: scenario}, self.replications, self.seed, progress=progress)
            while len(self._known) >= _KEPT:
                self._known.pop(next(k for k in self._known if k != self.scenario.digest))
            self._known[scenario.digest] = kept
        return kept

    def _against(self, base: Trial, other: Trial) -> Comparison:
        names = text("panel.base", self.lang), text("panel.changed", self.lang)
        one, two = base.only({names[0]: _ONE}), other.only({names[1]: _ONE})
        both: dict[str, Any] = {
            part: {**getattr(one, part), **getattr(two, part)}
            for part in ("scenarios", "metrics", "engines", "digests")
        }
        return differences(replace(one, **both), names[0])

    def _work(self, _setting: Any, check: Callable[[], None]) -> Answer:
        def progress(done: int, total: int) -> None:
            check()
            self.bar.max, self.bar.value = total, done

        def early(answer: Answer) -> None:
            check()
            self._arrived(None, answer)
            self.status.value = _note(text("panel.working", self.lang))

        self.status.value = _note(text("panel.working", self.lang))
        self.bar.layout.visibility = self.cancel.layout.visibility = "visible"
        return self.compute(progress, early)

    def _arrived(self, _setting: Any, answer: Answer) -> None:
        self.answer = answer
        self._draw()

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
        self.cancel.on_click(self._cancelled)
        self.reset = widgets.Button(layout=widgets.Layout(width="150px"))
        self.reset.on_click(self._reset)
        self.head, self.status, self.verdict = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.verdict.add_class("fs-kpi")
        self.status.add_class("fs-status")
        self.difference, self.outcomes = go.FigureWidget(), go.FigureWidget()
        for shown in (self.difference, self.outcomes):
            shown._config = {"displayModeBar": False, "responsive": True}
        self._label()

    def view(self) -> widgets.Widget:
        """The panel as a widget."""
        rows = [widgets.VBox(pair) for pair in zip(self.names, self.sliders, strict=True)]
        buttons = widgets.HBox([self.reset, self.cancel])
        controls = widgets.VBox([*rows, buttons, self.bar, self.status], layout=widgets.Layout(width="330px"))
        top = widgets.HBox([self.head, self.language], layout=widgets.Layout(justify_content="space-between"))
        right = widgets.VBox(
            [self.verdict, self.difference, self.outcomes],
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
        display(self._figures()[0], self._figures()[1])
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
        return '<div class="fs-answer">' + "".join(f"<div>{escape(s)}</div>" for s in said) + "</div>"

    def _figures(self) -> tuple[go.Figure, go.Figure]:
        assert self.answer is not None
        answer: Any = self.answer
        if not self.changes():
            answer = answer.long_run.trial.only({answer.base: answer.base})
        return (
            figures.difference(self.answer, "bookings", lang=self.lang),
            figures.outcome_distribution(answer, "bookings", base=self.answer.base, lang=self.lang),
        )

    def _draw(self) -> None:
        difference, outcomes = self._figures()
        _become(self.difference, theme.narrow(difference, 0, 220))
        _become(self.outcomes, theme.narrow(outcomes, 78, 290))
        self.verdict.value = self._says()
        self.status.value = _note(
            text(
                "panel.done",
                self.lang,
                runs=write.count(self.replications),
                seed=self.seed,
                engine=self.answer.engine,
            )
            if self.answer
            else ""
        )

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


def _become(shown: go.FigureWidget, new: go.Figure) -> None:
    """Turn a figure on the screen into another one, trace by trace where the traces are alike."""
    alike = [t.type for t in shown.data] == [t.type for t in new.data]
    with shown.batch_update():
        if alike:
            for old, trace in zip(shown.data, new.data, strict=True):
                old.update(trace.to_plotly_json(), overwrite=False)
        else:
            shown.data = []
            shown.add_traces(new.data)
        shown.layout = new.layout
        shown.layout.autosize = True
