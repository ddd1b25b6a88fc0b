"""The drawing board of process design: a design, the steps back and forward, and the files it is kept in."""

from __future__ import annotations

import shlex
import shutil
import threading
from pathlib import Path
from typing import Any

from funnelsim.atomic import atomic_write
from funnelsim.errors import FunnelError, ScenarioError
from funnelsim.labels import text
from funnelsim.scenario import files
from funnelsim.scenario.designing import Design
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.penned import without_buyers
from funnelsim.show.panels.fields import Edit
from funnelsim.show.panels.keeping import Keeping
from funnelsim.show.panels.panel import SHOWN, note
from funnelsim.show.panels.undoing import Undoing
from funnelsim.study.values import METRICS_OF_VALUES

_PROCESS = ("buyer_stages", "stages", "policies", "name", "description", "notes", "provenance")
"""What a design changes; two companies that differ in nothing else are the same company."""


class DrawingBoard(Keeping):
    """A design with its history and its files; `ProcessDesign` puts it on a screen.

    scenario       name, path or Scenario to begin with
    replications   simulated years of each answer
    seed           the same seed is the same customers
    lang           en or zh; the toggle changes it
    folder         where scenarios are saved and looked for; where the notebook runs unless told
    save_as        name of the file; without a front end it is written at once, with one what is proposed
    """

    shown = tuple(dict.fromkeys((*SHOWN, *METRICS_OF_VALUES)))

    def __init__(
        self,
        scenario: str | Scenario = "industrial_8x8",
        replications: int = 50,
        seed: int = 1,
        lang: str | None = None,
        folder: str | Path = ".",
        save_as: str = "",
    ):
        company = scenario if isinstance(scenario, Scenario) else files.load(scenario)
        self.source = scenario if isinstance(scenario, str) else ""
        wanted = Path(save_as)
        self.folder = Path(folder) / wanted.parent
        self.save_as = wanted.name
        self._mine: set[Path] = set()
        self._guard = threading.RLock()
        self._begin_with(company)
        super().__init__(company, replications, seed, lang, ())

    def _begin_with(self, company: Scenario) -> None:
        self.design, self.at = Design.of(company), 0
        self._undoing = Undoing((self.design, self.at))
        self._good, self._tried = company, ""

    # The design

    def changed(self) -> Scenario:
        """The company as designed; ScenarioError where something has to be mended first."""
        if self.design.scenario is None:
            raise ScenarioError(text("design.title", self.lang), self.design.faults)
        return self.design.scenario

    @property
    def designed(self) -> Scenario:
        """The last design without faults."""
        return self._good

    def others(self) -> dict[str, Scenario]:
        """The company as designed, as it runs: no run depends on what the buyer's steps are called."""
        return {text("design.changed", self.lang): without_buyers(self.changed(), self.scenario)}

    def worlds(self) -> dict[str, dict[str, Any]]:
        return {name: {} for name in (text("design.changed", self.lang),)}

    def is_moved(self) -> bool:
        """Whether the design runs otherwise than the company it began with."""
        return self._good.digest != self.scenario.digest

    def edit(self, edit: Edit) -> None:
        """The next design; what was undone is gone from then on."""
        with self._guard:
            new = edit(self.design)
            if new != self.design:
                self.design = new
                self._undoing.add((new, self.at))
            self._refresh()

    def _go(self, way: int) -> None:
        with self._guard:
            if self._undoing.go(way):
                self.design, self.at = self._undoing.now
                self._refresh()

    def _choose(self, at: int) -> None:
        with self._guard:
            self.at = at
            self._refresh()

    # Files

    def _begin(self, path: Path) -> None:
        """A new file begins with the one the design began with: its comments stay."""
        own = Path(self.source)
        if self.source and self.source not in files.shipped_names() and own.is_file():
            with atomic_write(path) as part:
                shutil.copyfile(own, part)
            return
        super()._begin(path)

    def open(self, name: str | Path) -> bool:
        """Take a scenario up: as a design of this company where it is one (True), else as another company (False)."""
        source, found = self._loaded(str(name))
        known = source in files.shipped_names()
        if not known:
            self._mine.add(Path(source).resolve())  # who has opened a file may save it again
        beside = {key for key in Scenario.model_fields if key not in _PROCESS}
        if not known and all(getattr(found, key) == getattr(self.scenario, key) for key in beside):
            self.edit(lambda _: Design.of(found))
            return True
        self.source = source
        self._take_up(found)
        return False

    def _take_up(self, company: Scenario) -> None:
        self._worker.cancel()
        self._worker.settle(10)
        self.scenario, self._base, self.answer = company, None, None
        self._begin_with(company)
        self.charts.drawings, self.verdict.value = [], ""
        self._refresh()

    def command_line(self) -> str:
        """The same question for a terminal, once the design is saved."""
        name = f"{self.file_name.value.strip().removesuffix('.yaml')}.yaml"
        runs = ["-n", str(self.replications), "--seed", str(self.seed)]
        return shlex.join(["funnelsim", "compare", self.source or "company.yaml", name, *runs])

    def _save(self) -> None:
        super()._save()
        name = self.file_name.value.strip().removesuffix(".yaml")
        if "fs-error" not in self.status.value:
            path = self.folder / f"{name}.yaml"
            self.status.value = note(text("design.saved", self.lang, path=str(path)))
            self._refresh()

    def _load(self) -> None:
        try:
            as_design = self.open(self.file_list.value)
        except FunnelError as fault:
            self.complain(str(fault))
            return
        said = "design.loaded" if as_design else "panel.taken_up"
        self.status.value = note(text(said, self.lang, name=self.file_list.value))
        if self.file_list.value not in files.shipped_names():
            self.file_name.value = self.file_list.value.removesuffix(".yaml")

    def _refresh(self) -> None:
        """Put the design on the screen."""
        raise NotImplementedError
