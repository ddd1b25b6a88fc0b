"""What a panel keeps: the steps of the work, to be undone; scenarios as files; the same question as a command line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Collection
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from funnelsim.atomic import atomic_write
from funnelsim.errors import FunnelError, ScenarioError
from funnelsim.labels import text
from funnelsim.scenario import files
from funnelsim.scenario.model import Scenario
from funnelsim.show.lab import START
from funnelsim.show.panels.levers import setting_of
from funnelsim.show.panels.panel import Panel, note
from funnelsim.show.panels.parts import soon
from funnelsim.show.panels.screen import CopyButton
from funnelsim.show.panels.undoing import Undoing

_LONGEST = 200  # bytes of a file's name before its ending; disks take 255 with it


class Keeping(Panel):
    """The part of a panel that can be undone, and that reads and writes scenarios."""

    _undoing: Undoing
    """The steps of the work."""
    source: str
    """Name or path of the company as it is; empty where it has none."""
    folder: Path
    _mine: set[Path]
    """What this panel has written."""

    def changed(self) -> Scenario:
        """The company as the levers stand."""
        return files.applied(self.scenario, self.changes())

    def _build_keeping(self) -> None:
        """The buttons and fields of all this."""
        self.undo_button, self.redo_button = _button("undo", self.undo), _button("redo", self.redo)
        self.save_button, self.load_button = (
            _button("save", lambda: soon(self._save)),
            _button("load", self._load),
        )
        self.file_name = widgets.Text(value="my_company", layout=widgets.Layout(width="180px"))
        self.file_list = widgets.Dropdown(options=self._files(), layout=widgets.Layout(width="180px"))
        self.upload = widgets.FileUpload(
            accept=".yaml,.yml", multiple=False, layout=widgets.Layout(width="180px")
        )
        self.upload.observe(self._uploaded, "value")
        for css, field in self._fields().items():
            field.add_class(css)
        self.copy, self.command = CopyButton(), widgets.HTML()

    def _fields(self) -> dict[str, widgets.Widget]:
        return {"fs-file-name": self.file_name, "fs-file-list": self.file_list, "fs-upload": self.upload}

    def _label(self) -> None:
        super()._label()
        for name in ("undo", "redo", "save", "load"):
            getattr(self, f"{name}_button").description = text(f"panel.{name}", self.lang)
        self.upload.description = text("panel.upload", self.lang)
        self.copy.words, self.copy.done = text("panel.copy", self.lang), text("panel.copied", self.lang)

    def _more_names(self) -> dict[str, str]:
        return {css: text(f"panel.{css[3:].replace('-', '_')}", self.lang) for css in self._fields()}

    def undo(self) -> None:
        """Back to how it was before the last step."""
        self._go(-1)

    def redo(self) -> None:
        """Forward again."""
        self._go(1)

    def _go(self, way: int) -> None:
        """A step of the work back or forward, where there is one."""
        raise NotImplementedError

    def _can(self) -> None:
        """Which buttons can do something."""
        self.undo_button.disabled = not self._undoing.can_undo
        self.redo_button.disabled = not self._undoing.can_redo

    def save(self, name: str) -> Path:
        """Write the company as the levers stand to `<name>.yaml` in the folder; ScenarioError when that cannot be.

        A file that this panel has not written is not written over.
        """
        path = own_file(self.folder, name, self._mine)
        changed = self.changed()
        if not path.exists():
            self._begin(path)
        files.save(changed, path)
        self._mine.add(path.resolve())
        return path

    def _begin(self, path: Path) -> None:
        """What stands in a new file before the differences are worked in: whose the rest is."""
        if self.source in files.shipped_names():
            with atomic_write(path) as part:
                part.write_text(f"extends: {self.source}\n", "utf-8")

    def open(self, name: str | Path) -> bool:
        """Take a scenario up: as a setting where these levers lead there (True), else as the company (False)."""
        source, found = self._loaded(str(name))
        setting = setting_of(self.levers, self.scenario, found)
        if setting is not None:
            self.put(setting)
            return True
        self.source = source
        self._take_up(found)
        return False

    def _loaded(self, name: str) -> tuple[str, Scenario]:
        """A scenario by the name it has in the list: its name or path, and what it says."""
        if name in files.shipped_names():
            return name, files.load(name)
        path = self.folder / (name if name in self._above() else Path(name).name)
        return str(path), files.load(path)

    def _above(self) -> list[str]:
        """Scenarios beside the start notebook, where this panel stands in a folder below it: what was calibrated."""
        above = self.folder.resolve().parent
        return [f"../{name}" for name in scenarios(above)] if (above / START).is_file() else []

    def _take_up(self, company: Scenario) -> None:
        """Another company as it is."""
        raise NotImplementedError

    def command_line(self) -> str:
        """The same question for a terminal."""
        changes = self.changes()
        words = ["funnelsim", "compare", self.source or "company.yaml"]
        if any(isinstance(value, list | dict) for value in changes.values()):
            words.append(f"{self.file_name.value.strip().removesuffix('.yaml')}.yaml")
        else:
            for path, value in changes.items():
                told = value if isinstance(value, str) and value.startswith("=") else f"={_scalar(value)}"
                words += ["--set", f"{path}{told}"]
        return shlex.join([*words, "-n", str(self.replications), "--seed", str(self.seed)])

    def _shown_command(self) -> str:
        words = [
            f'<span style="white-space:nowrap">{escape(word)}</span>' if len(word) < 24 else escape(word)
            for word in self.command_line().split(" ")
        ]  # a browser would break "--seed" after its hyphens
        return f'<code class="fs-command" style="overflow-wrap:anywhere">{" ".join(words)}</code>'

    # What the user does

    def _files(self) -> list[str]:
        return [*files.shipped_names(), *scenarios(self.folder), *self._above()]

    def _save(self) -> None:
        try:
            path = self.save(self.file_name.value)
        except (FunnelError, OSError) as fault:
            self.complain(str(fault))
            return
        kept = self.file_list.value
        self.file_list.options = self._files()
        self.file_list.value = path.name if path.name in self.file_list.options else kept
        self.status.value = note(text("panel.saved", self.lang, path=str(path)))

    def _load(self) -> None:
        try:
            as_setting = self.open(self.file_list.value)
        except FunnelError as fault:
            self.complain(str(fault))
            return
        said = "panel.loaded" if as_setting else "panel.taken_up"
        self.status.value = note(text(said, self.lang, name=self.file_list.value))

    def _uploaded(self, change: Any) -> None:
        for file in change["new"]:
            target = self.folder / Path(file["name"]).name
            if target.exists():
                self.complain(str(ScenarioError.of(str(target), "panel_file_there")))
                return
            try:
                with atomic_write(target) as part:
                    part.write_bytes(bytes(file["content"]))
                files.load(target)
            except (FunnelError, OSError) as fault:
                target.unlink(missing_ok=True)
                self.complain(str(fault))
                return
            self._mine.add(target.resolve())
            self.file_list.options = self._files()
            self.file_list.value = target.name
            self._load()


def _button(name: str, does: Callable[[], None]) -> widgets.Button:
    button = widgets.Button(layout=widgets.Layout(width="auto", min_width="70px"))
    button.on_click(lambda _: does())
    return button.add_class(f"fs-{name}")


def scenarios(folder: Path) -> list[str]:
    """Names of the files of a folder that may be scenarios."""
    return sorted(
        path.name for path in folder.glob("[!.]*.y*ml") if path.is_file() and ".mapping." not in path.name
    )


def own_file(folder: Path, name: str, mine: Collection[Path], suffix: str = ".yaml") -> Path:
    """The file of this name in the folder; ScenarioError for a name that leads elsewhere, or that of somebody
    else's file: one that is there and not among `mine`."""
    stem = name.strip().removesuffix(suffix)
    path = folder / f"{stem}{suffix}"
    wrong = not stem or len(stem.encode()) > _LONGEST or stem.startswith(".")
    if wrong or any(sign in stem for sign in '/\\:*?"<>|\0'):
        raise ScenarioError.of(stem[:60] or "–", "panel_file_name")
    if path.exists() and path.resolve() not in mine:
        raise ScenarioError.of(str(path), "panel_file_there")
    return path


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
