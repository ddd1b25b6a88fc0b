"""A mapping as dropdowns, with the first rows of the file below."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import ipywidgets as widgets
import pandas as pd

from funnelsim.history.guess import Look
from funnelsim.history.quality import harmless
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import tables
from funnelsim.show.panels.mapping_setting import DEAL_KINDS, LONG_KINDS, PARTS, Mapping

MOST_COLUMNS = 40
ROWS = 8
_FIELD = widgets.Layout(width="176px")


class MappingEditor:
    """Dropdowns for columns and labels, a list for the order of stages, undo.

    changed   called when the reader has changed something
    """

    def __init__(self, changed: Callable[[], None], lang: str):
        self._changed, self.lang = changed, lang
        self.mapping: Mapping | None = None
        self.fields: dict[str, widgets.Dropdown] = {}
        """Part -> which column plays it."""
        self.label_fields: dict[str, widgets.Dropdown] = {}
        """Label -> what it means."""
        self._quiet = False
        wide = widgets.Layout(flex_flow="row wrap")
        self.columns, self.labels = widgets.HBox(layout=wide), widgets.HBox(layout=wide)
        self.stages = widgets.Select(rows=8, layout=widgets.Layout(width="260px"))
        button = widgets.Layout(width="auto", min_width="70px", align_self="flex-start")
        self.up, self.down, self.undo = (widgets.Button(layout=button) for _ in range(3))
        self.up.on_click(lambda _: self._shift(-1))
        self.down.on_click(lambda _: self._shift(1))
        self.undo.on_click(lambda _: self._undo())
        for name in ("stages", "up", "down", "undo"):
            getattr(self, name).add_class(f"fs-mapping-{name}")
        self.head, self.words_head, self.order_head, self.rows = (widgets.HTML() for _ in range(4))
        moving = widgets.HBox([self.stages, widgets.VBox([self.up, self.down])])
        self.ordering = widgets.VBox([self.order_head, moving])
        parts = [self.head, self.columns, self.words_head, self.labels, self.ordering, self.undo, self.rows]
        self.view = widgets.VBox(parts)

    def take(self, mapping: Mapping) -> None:
        """Stand for the mapping of another file."""
        self.mapping = mapping
        self.speak(self.lang)

    def clear(self) -> None:
        """No file is open."""
        self.mapping, self.fields, self.label_fields = None, {}, {}
        for box in (self.columns, self.labels):
            box.children = ()
        self.stages.options = ()
        self.head.value = self.words_head.value = self.rows.value = ""
        self.ordering.layout.display = "none"

    def speak(self, lang: str) -> None:
        """Say everything in this language."""
        self.lang, self.fields, self.label_fields = lang, {}, {}
        for button in ("up", "down", "undo"):
            getattr(self, button).description = text(f"calibration.{button}", lang)
        self.order_head.value = _bold(text("calibration.order", lang))
        self._put()

    def names(self) -> dict[str, str]:
        """Names of the controls for those who do not see what stands above them: class -> words."""
        told = {f"fs-part-{part}": text(f"calibration.part.{part}", self.lang) for part in self.fields}
        for n, label in enumerate(self.label_fields):
            told[f"fs-label-{n}"] = text("calibration.means", self.lang, label=harmless(label))
        return told | {"fs-mapping-stages": text("calibration.order", self.lang)}

    # What the reader does

    def _set_part(self, part: str, column: str) -> None:
        if self.mapping is not None and not self._quiet:
            self.mapping.set_part(part, column)
            self._done()

    def _set_label(self, label: str, kind: str) -> None:
        if self.mapping is not None and not self._quiet:
            self.mapping.set_label(label, kind)
            self._done()

    def _shift(self, way: int) -> None:
        if self.mapping is not None and self.mapping.shift(self.stages.value, way):
            self._done()

    def _undo(self) -> None:
        if self.mapping is not None and self.mapping.undo():
            self._done()

    def _done(self) -> None:
        self._put()
        self._changed()

    # What is seen

    def _put(self) -> None:
        """The controls as the mapping stands; those that are there already stay, so that the keyboard stays there."""
        if self.mapping is None:
            return
        self._quiet = True
        try:
            self._put_head(self.mapping)
            if not self.mapping.look.is_log:
                self._put_columns(self.mapping)
            else:
                self.columns.children = ()
            self._put_labels(self.mapping)
            chosen = self.stages.value
            self.stages.options = [(harmless(label), label) for label in self.mapping.now.order]
            if chosen in self.mapping.now.order:
                self.stages.value = chosen
            self.rows.value = _first_rows(self.mapping.look, self.mapping.now.parts, self.lang)
        finally:
            self._quiet = False

    def _put_head(self, mapping: Mapping) -> None:
        now = mapping.now
        kind = "log" if mapping.look.is_log else "long" if now.is_long else "deals"
        self.head.value = _small(text(f"calibration.columns_{kind}", self.lang))
        self.undo.disabled = not mapping.can_undo
        self.undo.layout.display = "none" if mapping.look.is_log else None
        self.ordering.layout.display = None if now.order else "none"
        more = len(mapping.counts()) - len(now.means) if now.means else 0
        said = _bold(text("calibration.words", self.lang, column=harmless(now.label_column)))
        said += _small(text("calibration.more_words", self.lang, n=more)) if more > 0 else ""
        self.words_head.value = said if now.means else ""

    def _put_columns(self, mapping: Mapping) -> None:
        if not self.fields:
            names = [("–", ""), *((harmless(name), name) for name in mapping.look.sheet.columns if name)]
            boxes = []
            for part in PARTS:
                box, self.fields[part] = _field(
                    text(f"calibration.part.{part}", self.lang), names, mapping.now.parts[part], f"fs-part-{part}",
                    partial(self._set_part, part),
                )  # fmt: skip
                boxes.append(box)
            self.columns.children = boxes
        for part, choice in self.fields.items():
            choice.value = mapping.now.parts[part]

    def _put_labels(self, mapping: Mapping) -> None:
        now = mapping.now
        kinds = LONG_KINDS if now.is_long else DEAL_KINDS
        if list(self.label_fields) != list(now.means) or any(
            set(kinds) != {value for _, value in choice.options} for choice in self.label_fields.values()
        ):
            said = [(text(f"calibration.kind.{kind}", self.lang), kind) for kind in kinds]
            counts, boxes = mapping.counts(), []
            self.label_fields = {}
            for n, (label, means) in enumerate(now.means.items()):
                box, self.label_fields[label] = _field(
                    f"{harmless(label)} ({write.count(counts.get(label, 0))})", said, means, f"fs-label-{n}",
                    partial(self._set_label, label),
                )  # fmt: skip
                boxes.append(box)
            self.labels.children = boxes
        for label, choice in self.label_fields.items():
            choice.value = now.means[label]


def _field(
    name: str, options: list[tuple[str, str]], value: str, kind: str, told: Callable[[str], None]
) -> tuple[widgets.Widget, widgets.Dropdown]:
    """A dropdown under its name."""
    known = any(value == option for _, option in options)
    choice = widgets.Dropdown(
        options=options if known else [*options, (harmless(value), value)], value=value, layout=_FIELD
    )
    choice.add_class(kind)
    choice.observe(lambda change: told(change["new"]), "value")
    box = widgets.VBox([widgets.HTML(_small(name), layout=_FIELD), choice])
    box.layout.margin = "0 8px 2px 0"
    return box, choice


def _first_rows(look: Look, parts: dict[str, str], lang: str) -> str:
    """The first rows of an export as a table, the columns that play a part first."""
    plays = {} if look.is_log else {column: part for part, column in parts.items() if column}
    names = [name for name in look.sheet.columns if name]
    names = sorted(names, key=lambda name: name not in plays)[:MOST_COLUMNS]
    heads = [
        harmless(name) + (f" → {text(f'calibration.part.{plays[name]}', lang)}" if name in plays else "")
        for name in names
    ]
    rows = pd.DataFrame(
        {
            n: [harmless(cell) for cell in look.sheet[name].cells(slice(0, ROWS))]
            for n, name in enumerate(names)
        }
    )
    rows.columns = pd.Index(heads)
    said = _bold(text("calibration.first_rows", lang, n=len(rows), name=harmless(look.name)))
    return (
        f'{said}<div class="fs-first-rows jp-RenderedHTMLCommon" tabindex="0" '
        f'style="overflow:auto;max-height:280px;white-space:nowrap">{tables.html(rows)}</div>'
    )


def _small(said: str) -> str:
    return f'<div style="line-height:1.35;color:#4A525C">{escape(said)}</div>'


def _bold(said: str) -> str:
    return f'<div style="line-height:1.5;margin-top:6px"><b>{escape(said)}</b></div>'
