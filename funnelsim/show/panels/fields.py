"""Things to fill in while a process is designed: a control, its words, and beside it what is wrong with it.

A field shows what a design says at its path and tells what somebody has put there; rows are the fields of a list,
with what can be done to each of its items. Widgets are made once and used again, so the keyboard keeps its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from itertools import count
from typing import Any

import ipywidgets as widgets

from funnelsim.errors import Fault
from funnelsim.labels import LANGUAGES, text
from funnelsim.scenario.designing import Design

Edit = Callable[[Design], Design]
Options = Callable[[Design, str], list[tuple[str, Any]]]
"""What can be chosen, (words, value) each, of a design in a language."""

_NUMBER = count(1)
_RED = "color:#B00020;line-height:1.35;font-size:13px"


class Field:
    """One thing to fill in.

    kind      as in `Design.shown`
    label     key of its words; a name in one language has the language's own words
    told      called with what turns the design into the next one
    options   for a choice
    """

    def __init__(
        self, kind: str, label: str, told: Callable[[Edit], None], width: str = "110px",
        options: Options | None = None,
    ):  # fmt: skip
        self.kind, self.label_key, self.options, self.path = kind, label, options, ""
        self._told, self._shown = told, True
        layout = widgets.Layout(width=width, flex="0 0 auto")
        if kind == "choice":
            self.control = widgets.Dropdown(options=[("", "")], value="", layout=layout)
        elif kind == "switch":
            self.control = widgets.Checkbox(indent=False, layout=widgets.Layout(width="auto"))
        else:
            self.control = widgets.Text(continuous_update=False, layout=layout)
        self.name = f"fs-field-{next(_NUMBER)}"
        self.control.add_class(self.name)
        self.control.add_class("fs-field")
        self.label, self.fault = widgets.HTML(), widgets.HTML()
        self.label.layout.margin = self.fault.layout.margin = "0 4px"
        self.fault.add_class("fs-fault")
        self.control.observe(self._changed, "value")

    def _changed(self, change: Any) -> None:
        if self._shown:
            path, kind, value = self.path, self.kind, change["new"]
            self._told(lambda design: design.told(path, kind, value))

    def box(self, label: bool = True) -> widgets.Widget:
        """Its words above, what is wrong below."""
        inner = [self.label, self.control] if label and self.kind != "switch" else [self.control]
        return widgets.VBox([*inner, self.fault], layout=widgets.Layout(margin="0 10px 4px 0"))

    def words(self, lang: str) -> str:
        """What it is called."""
        return words(self.kind, self.label_key, lang)

    def show(self, design: Design, path: str, lang: str) -> None:
        """Show what the design says at a path; who is showing is told nothing."""
        self.path, self._shown = path, False
        try:
            value = design.shown(path, self.kind)
            if isinstance(self.control, widgets.Dropdown) and self.options:
                choice = self.options(design, lang)
                if value not in [one for _, one in choice]:
                    choice = [*choice, (str(value), value)]
                if list(self.control.options) != choice:
                    self.control.options = choice
            self.control.value = value
        finally:
            self._shown = True
        said = escape(self.words(lang))
        if self.kind == "switch":
            self.control.description = self.words(lang)
        else:
            self.label.value = f'<div style="line-height:1.3;font-size:13px">{said}</div>'
        self.fault.value = faults_said(design, path, lang)


class Rows:
    """A list of the design: a row of fields for each item, ways to move and remove it, and one more.

    columns   (key of the value in an item, kind, key of its words, width, options) of every field
    moves     whether the order means something
    """

    def __init__(
        self, key: str, columns: Sequence[tuple[str, str, str, str, Options | None]],
        told: Callable[[Edit], None], moves: bool = False,
    ):  # fmt: skip
        self.key, self.columns, self.moves, self.path = key, tuple(columns), moves, ""
        self._told = told
        self.fields: list[list[Field]] = []
        self.buttons: list[dict[str, widgets.Button]] = []
        self._lines: list[widgets.Widget] = []
        self._faults: list[widgets.HTML] = []
        self.title, self.fault = widgets.HTML(), widgets.HTML()
        self.fault.add_class("fs-fault")
        self.add = self._button("add", "auto", lambda: self._add())
        self.body = widgets.VBox()
        self.heads = [
            widgets.HTML(layout=widgets.Layout(width=width, flex="0 0 auto")) for *_, width, _ in self.columns
        ]
        self.head = widgets.HBox([_spacer(), *self.heads])
        self.numbers: list[widgets.HTML] = []

    def box(self) -> widgets.Widget:
        return widgets.VBox([self.title, self.head, self.body, self.fault, self.add])

    def show(self, design: Design, path: str, lang: str) -> None:
        """Show the items of a list."""
        self.path = path
        items = design.value(path) or []
        while len(self._lines) < len(items):
            self._more()
        for at in range(len(items)):
            for field, (key, *_) in zip(self.fields[at], self.columns, strict=True):
                field.show(design, f"{path}[{at}].{key}", lang)
            for name, button in self.buttons[at].items():
                what = text(f"design.{name}", lang)
                button.tooltip = text("design.of", lang, what=what, n=at + 1)
                button.disabled = (name, at) in {("up", 0), ("down", len(items) - 1)}
            self._faults[at].value = faults_said(design, f"{path}[{at}]", lang)
        if len(self.body.children) != len(items):
            self.body.children = self._lines[: len(items)]
        said = escape(text(f"design.list.{self.key}", lang))
        self.title.value = f'<div style="font-size:13px;margin-top:6px"><b>{said}</b></div>'
        for head, (_, kind, label, *_) in zip(self.heads, self.columns, strict=True):
            said = escape(words(kind, label, lang))
            head.value = f'<div style="font-size:12.5px;line-height:1.3;color:#4A525C">{said}</div>'
        self.head.layout.display = "" if items else "none"
        self.add.description = f"+ {text('design.add', lang)}"
        own = [f for f in design.faults_at(path) if f.path == path]
        self.fault.value = said_of(own, lang)

    def names(self, lang: str, count: int) -> dict[str, str]:
        """Class of every control -> what it is called, for those who do not see it."""
        told: dict[str, str] = {}
        for at, fields in enumerate(self.fields[:count]):
            told |= {f.name: text("design.of", lang, what=f.words(lang), n=at + 1) for f in fields}
            told |= {
                f"fs-{self.key}-{name}-{at}": button.tooltip or ""
                for name, button in self.buttons[at].items()
            }
        return told

    def _more(self) -> None:
        at = len(self._lines)
        fields = [
            Field(kind, label, self._told, width, options) for _, kind, label, width, options in self.columns
        ]
        ways = {"up": ("↑", -1), "down": ("↓", 1)} if self.moves else {}
        buttons = {
            name: self._button(name, "36px", partial(self._move, at, by), sign, at)
            for name, (sign, by) in ways.items()
        }
        buttons["remove"] = self._button("remove", "36px", lambda: self._remove(at), "✕", at)
        number, fault = _spacer(str(at + 1)), widgets.HTML()
        fault.add_class("fs-fault")
        line = widgets.HBox([number, *(field.control for field in fields), *buttons.values()])
        self.fields.append(fields)
        self.buttons.append(buttons)
        self._faults.append(fault)
        self._lines.append(widgets.VBox([line, fault]))

    def _button(
        self, name: str, width: str, does: Callable[[], None], sign: str = "", at: int | None = None
    ) -> widgets.Button:
        layout = widgets.Layout(width=width, min_width="36px", align_self="flex-start", flex="0 0 auto")
        button = widgets.Button(description=sign, layout=layout)
        button.add_class(f"fs-{self.key}-{name}" + ("" if at is None else f"-{at}"))
        button.on_click(lambda _: does())
        return button

    def _add(self) -> None:
        path, before = self.path, len(self.body.children)
        self._told(lambda design: design.added(path))
        if len(self.body.children) > before:
            self.fields[before][0].control.focus()

    def _remove(self, at: int) -> None:
        path = self.path
        self._told(lambda design: design.removed(path, at))
        left = len(self.body.children)
        (self.buttons[min(at, left - 1)]["remove"] if left else self.add).focus()

    def _move(self, at: int, by: int) -> None:
        path, there = self.path, at + by
        self._told(lambda design: design.moved(path, at, by))
        name = "up" if by < 0 else "down"
        button = self.buttons[there][name]
        (self.buttons[there]["down" if name == "up" else "up"] if button.disabled else button).focus()


def words(kind: str, label: str, lang: str) -> str:
    """What a field is called; a name also says in which language."""
    if kind not in LANGUAGES:
        return text(label, lang)
    if label == "design.field.name":
        return text(f"design.{'english' if kind == 'en' else 'chinese'}", lang)
    return f"{text(label, lang)} ({'English' if kind == 'en' else '中文'})"


def _spacer(said: str = "") -> widgets.HTML:
    return widgets.HTML(
        f'<div style="text-align:right;color:#4A525C">{said}</div>',
        layout=widgets.Layout(width="22px", flex="0 0 auto"),
    )


def faults_said(design: Design, path: str, lang: str) -> str:
    """What is wrong at a path, in red."""
    return said_of(design.faults_at(path), lang)


def said_of(faults: Sequence[Fault], lang: str) -> str:
    """Faults in red: what is wrong and how to mend it."""
    said = [
        " ".join(text(f"fault.{fault.code}.{part}", lang, **fault.facts) for part in ("says", "mend"))
        for fault in faults
    ]
    return "".join(f'<div role="alert" style="{_RED}">{escape(one)}</div>' for one in said)
