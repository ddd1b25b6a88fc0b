"""What a reader of a calibration does: choose, upload, map, fit, check, save, cancel, switch the language."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from funnelsim import labels
from funnelsim.errors import FunnelError, HistoryError
from funnelsim.labels import text
from funnelsim.show.front import for_others
from funnelsim.show.panels.calibrating import ENDINGS
from funnelsim.show.panels.calibration_controls import CalibrationControls
from funnelsim.show.panels.latest import Latest
from funnelsim.show.panels.mapping_editor import MappingEditor
from funnelsim.show.panels.panel import note
from funnelsim.show.panels.parts import soon
from funnelsim.show.panels.uploading import Upload

WHAT_IF = "planning/what_if.ipynb"
_NARROW = "display:block;max-width:296px;white-space:normal;word-break:break-all;line-height:1.5"


class CalibrationPage(CalibrationControls):
    """The part of `Calibration` that listens to its controls."""

    _worker: Latest
    _said: tuple[str, dict[str, str]] = ("", {})

    def open(self, path: str | Path = "", mapping: str | Path = "") -> None:
        raise NotImplementedError

    def learn(self) -> None:
        raise NotImplementedError

    def validate(self) -> None:
        raise NotImplementedError

    def complain(self, fault: Exception | None) -> None:
        raise NotImplementedError

    def forgive(self) -> None:
        raise NotImplementedError

    def _draw(self) -> None:
        raise NotImplementedError

    def _listen(self) -> None:
        """Have every control heard."""
        self.upload = Upload(
            self.work.folder, self._uploaded, self._refused, self._uploading, accept=",".join(ENDINGS)
        )
        self.upload.add_class("fs-upload")
        self.editor = MappingEditor(self._mapped, self.lang)
        self._label()
        heard = {
            self.file_list: self._chose, self.path: self._typed, self.mapping_list: self._chose_mapping,
            self.as_of: self._dated, self.base: self._based, self.language: self._spoke,
            self.views: lambda _: self._draw(), self.file_name: lambda _: self._can(),
        }  # fmt: skip
        for control, told in heard.items():
            control.observe(lambda change, told=told: told(change["new"]), "value")
        pressed = {
            "fit": self.learn,
            "card": self.validate,
            "save": lambda: soon(self._save),
            "mapping": self._save_mapping,
        }
        for name, does in pressed.items():
            self.buttons[name].on_click(lambda _, does=does: does())
        self.cancel.on_click(lambda _: self._cancelled())

    def _can(self) -> None:
        """Which buttons can do something, and what comes next."""
        work = self.work
        self.buttons["fit"].disabled = work.history is None
        self.buttons["card"].disabled = self.buttons["save"].disabled = work.found is None
        self.buttons["mapping"].disabled = work.mapping is None
        line = work.command_line(self.file_name.value) if work.history is not None else ""
        self.command.value = (
            f'<code class="fs-command" style="{_NARROW}">{escape(line)}</code>' if line else ""
        )
        self.copy.text, self.copy.layout.display = line, None if line else "none"
        self.next.value = self.copy_next.text = ""
        self.copy_next.layout.display = "none" if work.saved is None else None
        if work.saved is not None:
            where = work.where(WHAT_IF)
            said = text("calibration.next", self.lang, notebook=WHAT_IF, path=where)
            self.next.value = f'<div class="fs-next" style="line-height:1.4">{escape(said)}</div>'
            self.copy_next.text = f'scenario = "{where}"'
        self._name()

    # What the reader does

    def _chose(self, name: str) -> None:
        path = Path(name) if Path(name).is_absolute() else self.work.folder / name
        if name and not self._listing and path.resolve() != self.work.path.resolve():
            self.open(path)

    def _typed(self, name: str) -> None:
        if name.strip():
            path = Path(name.strip().strip("\"'")).expanduser()
            path = self.work.folder / path  # as it is, where it is absolute
            home = self.work.folder.resolve()
            if for_others() and not path.resolve().is_relative_to(home):
                self.complain(HistoryError.of(name.strip(), "path_outside"))
                return
            self.open(path)

    def _uploaded(self, path: Path) -> None:
        self.bar.layout.visibility = "hidden"
        self.open(path)

    def _refused(self, fault: Exception) -> None:
        self.bar.layout.visibility = self.cancel.layout.visibility = "hidden"
        self.complain(fault)

    def _uploading(self, done: int, total: int) -> None:
        self.bar.layout.visibility = self.cancel.layout.visibility = "visible"
        self.bar.max, self.bar.value = max(total, 1), done
        self.forgive()
        self._say("calibration.doing.upload")

    def _chose_mapping(self, name: str) -> None:
        if not self._listing and (Path(name) if name else None) != self.work.mapping_file:
            self.open(mapping=name)

    def _mapped(self) -> None:
        self._name()
        self._worker.submit(("read", self.editor.mapping))

    def _dated(self, day: Any) -> None:
        self.work.as_of = day
        if self.work.mapping is not None:
            self._worker.submit(("read", self.work.mapping))

    def _based(self, name: str) -> None:
        work = self.work
        if name != work.base and not self._listing:
            self._worker.cancel()
            work.base, work.found, work.card, work.saved = name, None, None, None
            self._draw()

    def _cancelled(self) -> None:
        self._worker.cancel()
        self.upload.stop()
        self.bar.layout.visibility = self.cancel.layout.visibility = "hidden"
        self._say("panel.cancelled")

    def _spoke(self, lang: str) -> None:
        self.lang = lang
        labels.use(self.lang)
        self._label()
        key, facts = self._said
        self._say(key, **facts)
        self._draw()

    def _say(self, key: str, **facts: str) -> None:
        """Say something in the small print, and say it again when the language changes."""
        self._said = key, facts
        self.status.value = note(text(key, self.lang, **facts)) if key else ""

    def _save(self) -> None:
        try:
            path = self.work.save(self.file_name.value)
        except (FunnelError, OSError) as fault:
            self.complain(fault)
            return
        self._kept(path)

    def _save_mapping(self) -> None:
        try:
            path = self.work.save_mapping()
        except (FunnelError, OSError) as fault:
            self.complain(fault)
            return
        self._kept(path)

    def _kept(self, path: Path) -> None:
        self._list_files()
        self.complain(None)
        self._say("panel.saved", path=str(path))
