"""From an export to a scenario, step by step, without a page: look, read, fit, check, keep."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from funnelsim.atomic import atomic_write
from funnelsim.errors import FunnelError, HistoryError
from funnelsim.fit import Fit
from funnelsim.fit import fit as learn
from funnelsim.history.guess import look, written
from funnelsim.history.mapping import read_mapping
from funnelsim.history.reader import History, read_history
from funnelsim.scenario import files
from funnelsim.scenario.extend import shipped_folder
from funnelsim.scenario.model import Scenario
from funnelsim.show.demo import EXAMPLE, EXAMPLE_BASE
from funnelsim.show.fit_report import card_of
from funnelsim.show.panels.keeping import own_file, scenarios
from funnelsim.show.panels.mapping_setting import Mapping
from funnelsim.study.validation import Card

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".xes")
"""Files that may be exports, by the end of their names."""
WANT_A_MAPPING = ("history_unrecognised", "history_needs", "history_unusable", "history_mapping_column")
"""Faults that a reader can mend by saying which column is which."""
NO_BASE = "-"
Progress = Callable[[int, int], None]


def nothing(_done: int, _total: int) -> None:
    """No progress to tell."""


class Calibrating:
    """An export on its way to a scenario.

    folder         where files are looked for and kept
    base           scenario whose hours, pools and policies are taken where its stages are those of the record; ''
                   looks among the shipped ones, `-` takes none
    replications   companies of the validation card
    """

    def __init__(self, folder: Path, base: str, replications: int, seed: int):
        self.folder, self.base, self.replications, self.seed = folder, base, replications, seed
        self.path = self.example()
        self.as_of: date | None = None
        self.mapping: Mapping | None = None
        self.mapping_file: Path | None = None
        self.history: History | None = None
        self.found: Fit | None = None
        self.card: Card | FunnelError | None = None
        self.saved: Path | None = None
        self._mine: set[Path] = set()

    @staticmethod
    def example() -> Path:
        """The export that comes with funnelsim, made by itself with planted truth."""
        return shipped_folder() / EXAMPLE

    def exports(self) -> list[str]:
        """Names of the files of the folder that may be exports."""
        there = (path for path in self.folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
        return sorted(path.name for path in there if not path.name.startswith("."))

    def mappings(self) -> list[str]:
        """Names of the files of the folder that are called mappings."""
        return sorted(path.name for path in self.folder.glob("*.mapping.y*ml") if path.is_file())

    def bases(self) -> list[str]:
        """Names of the scenarios that may be a base."""
        return [*files.shipped_names(), *scenarios(self.folder)]

    # Steps; each gives what it has made and leaves it to the caller to keep

    @staticmethod
    def looked(path: Path, mapping: Path | None = None) -> Mapping:
        """A first look at an export, with the mapping of a file where one is given."""
        return Mapping(look(path), read_mapping(mapping) if mapping is not None else None)

    def read(self, path: Path, mapping: Mapping) -> History | HistoryError:
        """The export read as the mapping says; or what is missing, where a mapping can mend it."""
        try:
            return read_history(path, self.as_of, mapping.told)
        except HistoryError as fault:
            if mapping.look.is_log or not any(one.code in WANT_A_MAPPING for one in fault.faults):
                raise
            return fault

    def base_source(self) -> str:
        """Name of a shipped scenario, or path of the base in the folder; '' where none is wanted."""
        name = {"": EXAMPLE_BASE, NO_BASE: ""}.get(self.base, self.base)
        own = self.folder / name
        return str(own) if name and name not in files.shipped_names() and own.is_file() else name

    def company(self, history: History) -> Scenario | None:
        """The base; None where it has other stages than the record."""
        if not (source := self.base_source()):
            return None
        known = files.load(source)
        return known if history.log.names.stages == tuple(stage.id for stage in known.stages) else None

    def fit(self, history: History, progress: Progress = nothing) -> Fit:
        """What the record tells, on the base."""
        return learn(history, self.company(history), progress)

    def check(self, found: Fit, progress: Progress = nothing) -> Card | FunnelError:
        """The validation card, or why there is none."""
        return card_of(found, self.replications, self.seed, progress)

    # Keeping

    def save(self, name: str) -> Path:
        """Write the scenario to `<name>.yaml` in the folder, and the mapping it was read with beside it.

        A file that was not written here is not written over: ScenarioError.
        """
        assert self.found is not None
        path = own_file(self.folder, name, self._mine)
        if self.mapping is not None and self.mapping.told is not None and self.mapping.can_undo:
            self.save_mapping()
        files.save(self.found.scenario, path)
        self._mine.add(path.resolve())
        self.saved = path
        return path

    def save_mapping(self) -> Path:
        """Write the mapping as it stands to `<export>.mapping.yaml` in the folder."""
        assert self.mapping is not None
        path = own_file(self.folder, self.path.stem, self._mine, ".mapping.yaml")
        text = written(self.mapping.look, self.mapping.whole(), path.name)
        with atomic_write(path) as part:
            part.write_text(text, "utf-8")
        self._mine.add(path.resolve())
        self.mapping_file = path
        return path

    def command_line(self, name: str) -> str:
        """The same for a terminal in the folder."""
        out = name.strip().removesuffix(".yaml") or "my_company"
        words = ["funnelsim", "fit", self._near(self.path), "-o", f"{out}.yaml"]
        if self.mapping is not None and self.mapping.told is not None:
            file = self.mapping_file or self.folder / f"{self.path.stem}.mapping.yaml"
            words += ["--mapping", self._near(file)]
        if self.as_of is not None:
            words += ["--as-of", self.as_of.isoformat()]
        if self.found is not None and self.found.base is not None:
            source = self.base_source()
            words += ["--base", source if source in files.shipped_names() else self._near(Path(source))]
        return shlex.join(words)

    def where(self, notebook: str) -> str:
        """The saved scenario as a notebook in another folder names it, so that the folder can be moved."""
        assert self.saved is not None
        beside = self.folder / notebook
        if beside.is_file():
            return Path(os.path.relpath(self.saved.resolve(), beside.resolve().parent)).as_posix()
        return str(self.saved.resolve())

    def _near(self, path: Path) -> str:
        """A path as a terminal in the folder may name it."""
        full, folder = path.resolve(), self.folder.resolve()
        return full.relative_to(folder).as_posix() if full.is_relative_to(folder) else str(full)

    def json(self) -> dict[str, Any]:
        """What was read and learned, as `funnelsim fit --json` prints it."""
        return self.found.json() if self.found is not None else {}
