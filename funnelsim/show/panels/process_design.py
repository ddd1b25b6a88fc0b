"""Process design for people who do not program: five steps, a picture that grows, a scenario file at the end."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML, display

from funnelsim import labels
from funnelsim.labels import text
from funnelsim.scenario.designing import Design, with_proof
from funnelsim.show import figures
from funnelsim.show.figures.growing import STEPS, growing
from funnelsim.show.front import has_front_end
from funnelsim.show.panels import designed
from funnelsim.show.panels.design_steps import Steps
from funnelsim.show.panels.drawing_board import DrawingBoard
from funnelsim.show.panels.panel import note
from funnelsim.show.valued import values_compared


class ProcessDesign(DrawingBoard):
    """A sales process designed in five steps, tried against the company it began with, and kept as a file.

    scenario       name, path or Scenario to begin with
    replications   simulated years of each answer
    seed           the same seed is the same customers
    lang           en or zh; the toggle changes it
    folder         where scenarios are saved and looked for; where the notebook runs unless told
    save_as        name of the file; without a front end it is written at once, with one what is proposed
    """

    # What is seen

    def _build(self) -> None:
        self._build_keeping()
        self.file_name.value = self.save_as or text("design.file_name", self.lang)
        self.file_name.observe(lambda _: self._refresh_command(), "value")
        self.try_button = widgets.Button(button_style="primary", layout=widgets.Layout(width="auto"))
        self.try_button.on_click(lambda _: self.try_it())
        self.try_button.add_class("fs-try")
        self.picture, self.wrong, self.numbers = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.wrong.add_class("fs-wrong")
        self.steps = Steps(self.edit, self._choose)
        self.tabs = widgets.Tab(children=self.steps.panes, selected_index=0)
        self.tabs.add_class("fs-steps")
        self.tabs.observe(lambda _: self._draw_picture(), "selected_index")
        super()._build()
        self.verdict.layout.min_height = "0"
        self._refresh()

    def view(self) -> widgets.Widget:
        top = widgets.HBox([self.head, self.language], layout=widgets.Layout(justify_content="space-between"))
        wrap = widgets.Layout(flex_flow="row wrap")
        does = [self.undo_button, self.redo_button, self.reset, self.try_button, self.cancel, self.bar]
        keeps = [self.file_name, self.save_button, self.file_list, self.load_button, self.upload]
        bars = widgets.HBox([widgets.HBox(does, layout=wrap), widgets.HBox(keeps, layout=wrap)], layout=wrap)
        whole = widgets.VBox([
            top, self.picture, bars, self.status, self.verdict, self.tabs, self.wrong,
            self.charts, self.numbers, widgets.HBox([self.command, self.copy], layout=wrap), self.spoken,
        ])  # fmt: skip
        whole.add_class("fs-panel")
        return whole

    def show(self) -> None:
        """Show the panel where somebody can use it, else the five steps and an example as they stand."""
        if has_front_end():
            display(self.view())
            return
        if not self.is_moved():
            self.edit(with_proof)
        self._tried = self.changed().digest
        self.answer = self.compute()
        for part in designed.steps(self.changed(), self.lang):
            display(part)
        display(figures.process_picture(self.changed(), self.lang))
        display(HTML(designed.example(self.changed(), self.lang)), HTML(self._says()))
        display(figures.difference(self.answer, lang=self.lang))
        display(figures.outcome_distribution(self._outcomes(), base=self.answer.base, lang=self.lang))
        display(values_compared(self.answer, self.lang))
        path = self.save(self.save_as) if self.save_as else None
        display(designed.file(self.changed(), path, self.lang))

    def _label(self) -> None:
        super()._label()
        title, lead = (escape(text(f"design.{part}", self.lang)) for part in ("title", "lead"))
        self.head.value = (
            f'<div style="line-height:1.4"><b style="font-size:18px">{title}</b><br>{lead}</div>'
        )
        self.try_button.description = text("design.try", self.lang)
        self.tabs.titles = [text(f"design.step.{step}.title", self.lang) for step in STEPS]
        self.status.value = note(text("design.hint", self.lang))

    def _more_names(self) -> dict[str, str]:
        told = super()._more_names()
        return told | self.steps.names(self.design, self.lang) if self.steps.buyer.path else told

    def _refresh(self) -> None:
        """Put the design on the screen."""
        if self.design.scenario is not None and "fs-error" in self.status.value:
            self.status.value = note(text("design.hint", self.lang))  # what had to be mended is
        self._good = self.design.scenario or self._good
        self.steps.show(self.design, self.at, self.lang)
        self.at = self.steps.at
        self._draw_picture()
        self._can()
        self.spoken.names = self.spoken.names | self._more_names()
        if self.answer is not None:
            self.verdict.value = self._says()
        else:
            self.numbers.value = ""
        self._refresh_command()

    def _refresh_command(self) -> None:
        self.command.value, self.copy.text = self._shown_command(), self.command_line()

    def _draw_picture(self) -> None:
        old = "" if self.design.scenario else note(text("design.picture_old", self.lang))
        self.picture.value = growing(self._good, STEPS[self.tabs.selected_index or 0], self.lang)
        self.wrong.value = designed.wrong(self.design, self.lang) + old

    # Trying

    def try_it(self) -> None:
        """Compare the design with the company it began with, where nothing has to be mended."""
        if self.design.scenario is None:
            self.complain(text("design.mend_first", self.lang))
            return
        if not self.is_moved():
            self.status.value = note(text("design.unchanged", self.lang))
            return
        self.status.value = note(text("design.trying", self.lang))
        self._tried = self.design.scenario.digest
        self._submit()

    def _says(self) -> str:
        said = super()._says()
        stale = self._good.digest != self._tried
        return note(text("design.stale", self.lang)) + said if stale else said

    def _findings(self) -> list[str]:
        assert self.answer is not None
        said = [] if self._is_early() else self._sentences(self.answer)
        for error in self.answer.why.values():
            other = [stage.id for stage in self._good.stages] != [stage.id for stage in self.scenario.stages]
            reason = str(error.faults[0])
            told = "design.stages_changed" if other else "design.no_first_year"
            said.append(text(told, self.lang, **({} if other else {"reason": reason})))
        return said

    def _draw(self) -> None:
        super()._draw()
        assert self.answer is not None
        whole = bool(self.answer.long_run.others)
        self.numbers.value = values_compared(self.answer, self.lang).data if whole else ""

    def _spoken(self, change: Any) -> None:
        self.lang = change["new"]
        labels.use(self.lang)
        self._label()
        self._refresh()
        if self._tried == self._good.digest:  # also where the answer is still being worked out
            self._submit()

    def _reset(self, _button: Any) -> None:
        self.edit(lambda _: Design.of(self.scenario))
