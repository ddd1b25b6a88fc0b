"""The five steps of process design as forms: the buyer, the stages, their results, templates, the system."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, get_args

import ipywidgets as widgets

from funnelsim.labels import text
from funnelsim.scenario.designing import Design
from funnelsim.scenario.funnel import Evidence
from funnelsim.scenario.part import THIRDS
from funnelsim.scenario.reviewing import ReviewRule
from funnelsim.show.crm import picture
from funnelsim.show.figures.growing import STEPS
from funnelsim.show.panels.design_templates import Templates
from funnelsim.show.panels.fields import Edit, Field, Rows

_NAME = (
    ("name", "en", "design.field.name", "300px", None),
    ("name", "zh", "design.field.name", "240px", None),
)
_SYSTEM = (
    (
        ("registration.required", "switch"),
        ("registration.hours", "number"),
        ("registration.approval_days", "number"),
    ),
    (("review.rule", "choice"), ("review.cadence_days", "number")),
    (("reminders.after", "maybe"), ("reminders.recipient", "choice"), ("reminders.most_weekly", "maybe")),
    (("files_hours", "number"),),
)
"""Settings of the system, a line each."""


def choices(key: str, values: Any) -> Callable[[Design, str], list[tuple[str, Any]]]:
    """What can be chosen where the model names the values."""
    return lambda _, lang: [(text(f"design.choice.{key}.{value}", lang), value) for value in values]


_KINDS = choices("kind", get_args(Evidence.model_fields["kind"].annotation))
_CHOICES = {
    "rule": choices("rule", get_args(ReviewRule)),
    "recipient": choices("recipient", ("rep", "manager")),
}


class Steps:
    """The forms of the five steps. `show` puts a design into them; what somebody does comes back through `told`."""

    def __init__(self, told: Callable[[Edit], None], chosen: Callable[[int], None]):
        self._told, self._chosen, self.at, self._quiet = told, chosen, 0, False
        self.buyer = Rows("buyer_stages", _NAME, told, moves=True)
        self.stage_list = widgets.Select(rows=9, layout=widgets.Layout(width="250px"))
        self.stage_list.add_class("fs-stage-list")
        self.stage_list.observe(self._picked, "value")
        self.stage_buttons = {name: self._stage_button(name) for name in ("up", "down", "remove", "add")}
        self.stage = {
            ("name", "en"): Field("en", "design.field.name", told, "300px"),
            ("name", "zh"): Field("zh", "design.field.name", told, "240px"),
            ("buyer_stage", "choice"): Field("choice", "design.field.buyer_stage", told, "300px", _buyers),
            ("third", "choice"): Field(
                "choice", "design.field.third", told, "110px", choices("third", THIRDS)
            ),
            ("rep_hours", "middle"): Field("middle", "design.field.rep_hours", told, "150px"),
            ("delay_days", "middle"): Field("middle", "design.field.delay_days", told, "170px"),
            ("advance_rate", "share"): Field("share", "design.field.advance_rate", told, "130px"),
        }
        share = ("hours_share", "portion", "design.field.hours_share", "120px", None)
        self.activities = Rows("activities", (*_NAME, share), told)
        self.gates = Field("switch", "design.field.on", told)
        self.milestone = [Field(lang, "design.field.milestone", told, "330px") for lang in ("en", "zh")]
        shown = ("kind", "choice", "design.field.kind", "150px", _KINDS)
        brings = ("activity", "choice", "design.field.activity", "170px", self._activities)
        names = ((*_NAME[0][:3], "220px", None), (*_NAME[1][:3], "170px", None))
        self.evidence = Rows("evidence", (*names, shown, brings), told)
        self.templates = Templates(told)
        self.system = [
            [(path, Field(kind, f"design.field.{_last(path)}", told, "250px" if kind == "choice" else "200px",
                          _CHOICES.get(_last(path)))) for path, kind in line]
            for line in _SYSTEM
        ]  # fmt: skip
        self.crm = widgets.HTML()
        self.intros = {step: widgets.HTML() for step in STEPS}
        self.panes = self._panes()

    def _panes(self) -> list[widgets.Widget]:
        order = widgets.HBox(list(self.stage_buttons.values()))
        picker = widgets.VBox([self.stage_list, order], layout=widgets.Layout(margin="0 16px 0 0"))
        first = [self.stage[key].box() for key in list(self.stage)[:4]]
        second = [self.stage[key].box() for key in list(self.stage)[4:]]
        wrap = widgets.Layout(flex_flow="row wrap")
        form = widgets.VBox(
            [widgets.HBox(first, layout=wrap), widgets.HBox(second, layout=wrap), self.activities.box()],
            layout=widgets.Layout(flex="1 1 480px"),
        )
        proof = widgets.VBox(
            [widgets.HBox([f.box() for f in self.milestone], layout=wrap), self.evidence.box()],
            layout=widgets.Layout(flex="1 1 480px"),
        )
        rows = widgets.Layout(flex_flow="row wrap")
        bodies = {
            "buyer": [self.buyer.box()],
            "stages": [widgets.HBox([picker, form], layout=rows)],
            "proof": [self.gates.box(), widgets.HBox([picker, proof], layout=rows)],
            "templates": [self.templates.box],
            "system": [
                *(widgets.HBox([f.box() for _, f in line], layout=wrap) for line in self.system), self.crm,
            ],
        }  # fmt: skip
        return [widgets.VBox([self.intros[step], *bodies[step]]) for step in STEPS]

    def show(self, design: Design, at: int, lang: str) -> None:
        """Show a design, with the stage at this place at work."""
        stages = design.data["stages"]
        self.at = at = max(0, min(at, len(stages) - 1))
        for step, intro in self.intros.items():
            head, said = (escape(text(f"design.step.{step}.{part}", lang)) for part in ("name", "says"))
            intro.value = f'<div style="line-height:1.4"><b>{head}.</b> {said}</div>'
        self.buyer.show(design, "buyer_stages", lang)
        self._quiet = True
        self.stage_list.options = [(self._named(design, n, lang), n) for n in range(len(stages))]
        self.stage_list.value, self._quiet = at, False
        path = f"stages[{at}]"
        for (key, _), field in self.stage.items():
            field.show(design, f"{path}.{key}", lang)
        self.activities.show(design, f"{path}.activities", lang)
        self.gates.show(design, "policies.gates.on", lang)
        for field in self.milestone:
            field.show(design, f"{path}.milestone", lang)
        self.evidence.show(design, f"{path}.evidence", lang)
        self.templates.show(design, lang)
        for path, field in (pair for line in self.system for pair in line):
            field.show(design, f"policies.{path}", lang)
        self._show_buttons(design, lang)
        said = escape(text("design.crm.title", lang))
        self.crm.value = f"<details><summary>{said}</summary>{picture(lang).data}</details>"

    def names(self, design: Design, lang: str) -> dict[str, str]:
        """Class of every control -> what it is called, for those who do not see it."""
        fields = [
            *self.stage.values(),
            *self.milestone,
            self.gates,
            *(f for line in self.system for _, f in line),
        ]
        told = {field.name: field.words(lang) for field in fields}
        for rows in (self.buyer, self.activities, self.evidence):
            told |= rows.names(lang, len(design.value(rows.path) or []))
        told |= self.templates.names(lang)
        told |= {f"fs-stage-{name}": b.tooltip or "" for name, b in self.stage_buttons.items()}
        return told | {"fs-stage-list": text("design.chosen_stage", lang)}

    def _named(self, design: Design, at: int, lang: str) -> str:
        wrong = " (!)" if design.faults_at(f"stages[{at}]") else ""
        return f"{at + 1} {design.said(f'stages[{at}].name', lang)}{wrong}"

    def _show_buttons(self, design: Design, lang: str) -> None:
        count = len(design.data["stages"])
        for name, button in self.stage_buttons.items():
            button.tooltip = f"{text(f'design.{name}', lang)}: {text('design.list.stages', lang)}"
        self.stage_buttons["up"].disabled = self.at == 0
        self.stage_buttons["down"].disabled = self.at == count - 1
        self.stage_buttons["remove"].disabled = count < 2

    def _stage_button(self, name: str) -> widgets.Button:
        sign = {"up": "↑", "down": "↓", "remove": "✕", "add": "+"}[name]
        button = widgets.Button(description=sign, layout=widgets.Layout(width="44px"))
        button.add_class(f"fs-stage-{name}")
        button.on_click(lambda _: self._do(name))
        return button

    def _do(self, name: str) -> None:
        at = self.at
        if name == "add":
            self._told(lambda design: design.added("stages"))
            self._chosen(10**6)
            self.stage["name", "en"].control.focus()
        elif name == "remove":
            self._told(lambda design: design.removed("stages", at))
        else:
            by = -1 if name == "up" else 1
            self._told(lambda design: design.moved("stages", at, by))
            self._chosen(at + by)

    def _picked(self, change: Any) -> None:
        if not self._quiet and change["new"] is not None:
            self._chosen(change["new"])

    def _activities(self, design: Design, lang: str) -> list[tuple[str, Any]]:
        path = f"stages[{self.at}].activities"
        named = [
            (design.said(f"{path}[{n}].name", lang) or item["id"], item["id"])
            for n, item in enumerate(design.value(path) or [])
        ]
        return [(text("design.last_activity", lang), ""), *named]


def _buyers(design: Design, lang: str) -> list[tuple[str, Any]]:
    steps = design.data["buyer_stages"]
    named = [
        (design.said(f"buyer_stages[{n}].name", lang) or step["id"], step["id"])
        for n, step in enumerate(steps)
    ]
    return [(text("design.none", lang), ""), *named]


def _last(path: str) -> str:
    return path.rpartition(".")[2]
