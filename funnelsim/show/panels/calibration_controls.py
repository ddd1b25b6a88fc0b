"""The controls of a calibration as they look: fields, buttons, their words in the language of the reader."""

from __future__ import annotations

from html import escape
from pathlib import Path

import ipywidgets as widgets

from funnelsim.labels import text
from funnelsim.show.panels.calibrating import NO_BASE, Calibrating
from funnelsim.show.panels.calibration_pages import VIEWS
from funnelsim.show.panels.mapping_editor import MappingEditor
from funnelsim.show.panels.parts import laid_out, language_switch
from funnelsim.show.panels.screen import Charts, CopyButton, Spoken
from funnelsim.show.panels.uploading import Upload

_WIDE = widgets.Layout(width="300px")
BUTTONS = ("fit", "card", "save", "mapping")
_NAMED = ("as_of", "base", "file_list", "path", "mapping_list")


class CalibrationControls:
    """What a reader of a calibration sees."""

    lang: str
    work: Calibrating
    upload: Upload
    editor: MappingEditor
    _listing = False

    def _build(self) -> None:
        self.spoken, self.charts, self.copy, self.copy_next = Spoken(), Charts(), CopyButton(), CopyButton()
        self.language = language_switch(self.lang)
        self.views = widgets.ToggleButtons(
            options=list(VIEWS), value="quality", style={"button_width": "auto"}
        )
        self.head, self.status, self.verdict, self.above, self.below = (widgets.HTML() for _ in range(5))
        self.command, self.next = widgets.HTML(), widgets.HTML()
        self.heads = {name: widgets.HTML() for name in ("file", "learn", "keep")}
        self.names = {name: widgets.HTML() for name in _NAMED}
        self.bar = widgets.IntProgress(layout=widgets.Layout(width="180px", visibility="hidden"))
        self.cancel = widgets.Button(layout=widgets.Layout(width="90px", visibility="hidden"))
        self.file_list, self.mapping_list, self.base = (widgets.Dropdown(layout=_WIDE) for _ in range(3))
        self.path = widgets.Text(continuous_update=False, layout=_WIDE)
        self.as_of = widgets.DatePicker(value=self.work.as_of, layout=widgets.Layout(width="160px"))
        self.file_name = widgets.Text(value="my_company", layout=widgets.Layout(width="180px"))
        button = widgets.Layout(width="auto", min_width="90px", align_self="flex-start")
        self.buttons = {name: widgets.Button(layout=button) for name in BUTTONS}
        self.buttons["fit"].button_style = "primary"
        self.verdict.add_class("fs-kpi")
        for name in ("views", "status", "below", "bar", "cancel", "file_list", "mapping_list", "base",
                     "path", "as_of", "file_name"):  # fmt: skip
            getattr(self, name).add_class(f"fs-{name.replace('_', '-')}")
        for name, one in self.buttons.items():
            one.add_class(f"fs-{name}")

    def view(self) -> widgets.Widget:
        """The panel as a widget."""
        left = [
            self.heads["file"], self.upload, self.names["file_list"], self.file_list, self.names["path"], self.path,
            self.names["mapping_list"], self.mapping_list,
            self.names["as_of"], self.as_of, self.heads["learn"], self.names["base"], self.base,
            widgets.HBox([self.buttons["fit"], self.buttons["card"]]), widgets.HBox([self.cancel, self.bar]),
            self.status,
            self.heads["keep"], widgets.HBox([self.file_name, self.buttons["save"]]), self.buttons["mapping"],
            self.next, self.copy_next, self.command, self.copy,
        ]  # fmt: skip
        right = [self.verdict, self.views, self.above, self.editor.view, self.charts, self.below]
        return laid_out([self.head, self.language], left, right, self.spoken, "320px")

    # Words

    def _label(self) -> None:
        def say(key: str) -> str:
            return text(f"calibration.{key}", self.lang)

        self.head.value = f'<div style="font-size:18px;line-height:1.4"><b>{escape(say("title"))}</b></div>'
        for name, head in self.heads.items():
            head.value = f'<div style="margin-top:8px"><b>{escape(say(f"step.{name}"))}</b></div>'
        for name, widget in self.names.items():
            widget.value = f'<div style="line-height:1.35;color:#4A525C">{escape(say(name))}</div>'
        for name in BUTTONS:
            self.buttons[name].description = say(f"do.{name}")
        self.cancel.description = text("panel.cancel", self.lang)
        self.upload.words = say("upload")
        self.charts.save = text("panel.save_picture", self.lang)
        for button in (self.copy, self.copy_next):
            button.done = text("panel.copied", self.lang)
        self.copy.words, self.copy_next.words = text("panel.copy", self.lang), say("copy_next")
        kept = self.views.value
        self.views.options = [(say(f"view.{name}"), name) for name in VIEWS]
        self.views.value = kept
        self._list_files()
        self.editor.speak(self.lang)
        self._name()

    def _name(self) -> None:
        """Names for those who do not see what stands above a control."""
        told = {f"fs-{name.replace('_', '-')}": text(f"calibration.{name}", self.lang) for name in self.names}
        told |= {
            "fs-file-name": text("panel.file_name", self.lang),
            "fs-bar": text("calibration.doing.fit", self.lang),
        }
        self.spoken.names = told | self.editor.names()

    def _list_files(self) -> None:
        """What can be chosen: files of the folder, mappings, bases; the choice stays as it is."""
        self._listing = True
        try:
            self._list()
        finally:
            self._listing = False

    def _list(self) -> None:
        work = self.work
        own = work.exports()
        near = work.path.name if work.path.parent.resolve() == work.folder.resolve() else str(work.path)
        example = Calibrating.example()
        shown = [(text("calibration.example", self.lang), str(example)), *((name, name) for name in own)]
        if work.path != example and near not in own:
            shown.append((near, near))
        self.file_list.options = shown
        self.file_list.value = str(example) if work.path == example else near
        mapping = str(work.mapping_file) if work.mapping_file is not None else ""
        maps = [
            (text("calibration.no_mapping", self.lang), ""),
            *((m, str(work.folder / m)) for m in work.mappings()),
        ]
        if mapping and mapping not in [value for _, value in maps]:
            maps.append((Path(mapping).name, mapping))
        self.mapping_list.options = maps
        self.mapping_list.value = mapping
        first = [
            (text("calibration.base_auto", self.lang), ""),
            (text("calibration.base_no", self.lang), NO_BASE),
        ]
        bases = [*first, *((name, name) for name in work.bases())]
        if work.base not in [value for _, value in bases]:
            bases.append((work.base, work.base))
        self.base.options = bases
        self.base.value = work.base
