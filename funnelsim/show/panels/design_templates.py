"""The fourth step of process design: which stages have a template, what it saves, and what it does to the odds."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from funnelsim.labels import text
from funnelsim.scenario.designing import Design
from funnelsim.show.panels.fields import Edit, Field


class TemplateSwitch(Field):
    """Whether a stage has a template."""

    stage = ""

    def _changed(self, change: Any) -> None:
        if self._shown:
            stage, on = self.stage, change["new"]
            self._told(lambda design: design.with_template(stage, on))

    def show_stage(self, design: Design, stage: str, named: str) -> None:
        """Show whether this stage has one."""
        self.stage, self._shown = stage, False
        self.control.value, self.control.description, self._shown = design.has_template(stage), named, True


class Templates:
    """A line for every stage: a switch and two numbers."""

    def __init__(self, told: Callable[[Edit], None]):
        self._told = told
        self.rows: list[tuple[TemplateSwitch, Field, Field]] = []
        self._lines: list[widgets.Widget] = []
        self._head, self._body = widgets.HTML(), widgets.VBox()
        self.box = widgets.VBox([self._head, self._body])

    def names(self, lang: str) -> dict[str, str]:
        """Class of every control -> what it is called, for those who do not see it."""
        told = {}
        for switch, *numbers in self.rows:
            for field in (switch, *numbers):
                told[field.name] = f"{switch.control.description}: {field.words(lang)}"
        return told

    def show(self, design: Design, lang: str) -> None:
        """Show which stages have one."""
        stages = design.data["stages"]
        while len(self.rows) < len(stages):
            switch = TemplateSwitch("switch", "design.field.has_template", self._told)
            numbers = [Field(kind, f"design.field.{key}", self._told, "150px")
                       for key, kind in (("hours_factor", "saved"), ("effect_logit", "effect"))]  # fmt: skip
            self.rows.append((switch, numbers[0], numbers[1]))
            left = widgets.HBox([switch.control], layout=widgets.Layout(width="360px", flex="0 0 auto"))
            self._lines.append(widgets.HBox([left, *(f.box(label=False) for f in numbers)]))
        head = [escape(text(f"design.field.{key}", lang)) for key in ("hours_factor", "effect_logit")]
        place = "display:inline-block;font-size:13px;width:"
        self._head.value = (
            f'<div><span style="{place}366px"></span><span style="{place}164px">{head[0]}</span>'
            f'<span style="{place}220px">{head[1]}</span></div>'
        )
        for at, stage in enumerate(stages):
            switch, saved, effect = self.rows[at]
            switch.show_stage(design, stage["id"], f"{at + 1} {design.said(f'stages[{at}].name', lang)}")
            policies = "policies.templates"
            saved.show(design, f"{policies}.hours_factor.{stage['id']}", lang)
            effect.show(design, f"{policies}.effect_logit.{stage['id']}", lang)
            saved.control.disabled = effect.control.disabled = not switch.control.value
        if len(self._body.children) != len(stages):
            self._body.children = self._lines[: len(stages)]
