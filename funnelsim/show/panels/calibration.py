"""Calibration: a company's own CRM export becomes a scenario, without code."""

from __future__ import annotations

import threading
from html import escape
from pathlib import Path
from typing import Any

from IPython.display import HTML, display

from funnelsim import labels
from funnelsim.errors import FunnelError, HistoryError
from funnelsim.fit import Fit
from funnelsim.history.reader import History, day_of
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.provenance import counts, ledger
from funnelsim.show import validated
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.front import has_front_end
from funnelsim.show.panels.calibrating import NO_BASE, Calibrating
from funnelsim.show.panels.calibration_page import CalibrationPage
from funnelsim.show.panels.calibration_pages import VIEWS, Pages
from funnelsim.show.panels.latest import Latest
from funnelsim.show.panels.parts import paced
from funnelsim.study.validation import Card

FEWEST = 39  # simulated companies below which no card can be drawn


class Calibration(CalibrationPage):
    """Upload, map, look at the quality, fit, check, save.

    history        path of a CRM export; '' is the example that comes with funnelsim
    mapping        path of a mapping file; '' for none
    as_of          last day to know of, as 2026-03-31; '' is the last of the record
    base           scenario whose hours, pools and policies are taken; '' looks for one with the same stages
    replications   companies simulated for the validation card; fewer than 39 leave it out of a still page
    seed           the same seed is the same luck
    lang           en or zh; the toggle changes it
    folder         where files are looked for and kept; where the notebook runs unless told
    """

    def __init__(
        self,
        history: str | Path = "",
        mapping: str | Path = "",
        as_of: str = "",
        base: str = "",
        replications: int = FEWEST,
        seed: int = 1,
        lang: str | None = None,
        folder: str | Path = ".",
    ):
        self.lang = lang or labels.language()
        self.still_card = replications >= FEWEST
        self.work = Calibrating(Path(folder), base, max(replications, FEWEST), seed)
        self.work.path = Path(history) if history else self.work.path
        self.work.mapping_file = Path(mapping) if mapping else None
        self.work.as_of = day_of(as_of, "as_of") if as_of else None
        self.fault: Exception | None = None
        self._guard = threading.RLock()
        self._build()
        self._listen()
        self._worker = Latest(self._do, self._arrived, self._failed, self._rest)

    def worker_settled(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being worked on; whether that was reached in time."""
        return self._worker.settle(timeout)

    # Work, in the worker's thread

    def open(self, path: str | Path = "", mapping: str | Path = "") -> None:
        """Take up another export, the present one unless told."""
        self._worker.submit(
            ("file", Path(path) if path else self.work.path, Path(mapping) if mapping else None)
        )

    def learn(self) -> None:
        """Fit the record that is open."""
        if self.work.history is not None:
            self._worker.submit(("fit", self.work.history))

    def validate(self) -> None:
        """Have the validation card made."""
        if self.work.found is not None:
            self._worker.submit(("card", self.work.found))

    def _do(self, request: tuple, check: Any) -> Any:
        kind, *given = request
        progress = self._told(kind, check)
        if kind == "file":
            mapping = self.work.looked(*given)
            check()
            return mapping, self.work.read(given[0], mapping)
        if kind == "read":
            return given[0], self.work.read(self.work.path, given[0])
        if kind == "fit":
            return self.work.fit(given[0], progress)
        return self.work.check(given[0], progress)

    def _told(self, kind: str, check: Any) -> Any:
        """Progress of one piece of work; a request that is overtaken ends at its next step."""
        moved = paced(self.bar)
        self._say(f"calibration.doing.{kind}")
        self.cancel.layout.visibility = "visible"
        if kind == "file":
            self.forgive()

        def progress(done: int, total: int) -> None:
            check()
            moved(done, total)

        return progress

    def _arrived(self, request: tuple, made: Any) -> None:
        with self._guard:
            self.fault, work = None, self.work
            if request[0] in ("file", "read"):
                mapping, read = made
                work.history = read if isinstance(read, History) else None
                self.fault = read if isinstance(read, HistoryError) else None
                work.found = work.card = work.saved = None
                if request[0] == "file":
                    work.path, work.mapping, work.mapping_file = request[1], mapping, request[2]
                    self.editor.take(mapping)
                    self.views.value = "columns" if mapping.is_guess or not work.history else "quality"
            elif request[0] == "fit":
                work.found, work.card, work.saved = made, None, None
                self.views.value = "stages"
            else:
                work.card = made
                self.views.value = "card"
            self._say("")
            self._list_files()
            self._draw()

    def _failed(self, request: tuple, fault: Exception) -> None:
        with self._guard:
            if request[0] == "file":
                work = self.work
                work.path, work.mapping, work.mapping_file = request[1], None, request[2]
                work.history = work.found = work.card = work.saved = None
                self.editor.clear()
                self._list_files()
            self.complain(fault)

    def _rest(self) -> None:
        self.bar.layout.visibility = self.cancel.layout.visibility = "hidden"
        self.bar.value = 0

    # What is said

    def complain(self, fault: Exception | None) -> None:
        """Say in words what went wrong, or no longer."""
        self.fault = fault
        self._say("")
        self._draw()

    def forgive(self) -> None:
        """What was wrong with another file is not said of this one."""
        if self.fault is not None:
            self.fault = None
            self.verdict.value = self.says()

    def says(self) -> str:
        """Where it stands, in a sentence or two; or what went wrong."""
        work, lang = self.work, self.lang
        if self.fault is not None:
            look = "color:#B00020;line-height:1.5;white-space:pre-line"
            return f'<div class="fs-error" role="alert" style="{look}">{escape(self._fault_words())}</div>'
        said = [text("calibration.hint", lang)]
        if (history := work.history) is not None:
            facts: dict[str, Any] = {
                "deals": write.count(len(history.log.opportunities)), "rows": write.count(history.quality.rows),
                "name": history.name, "format": history.format, "as_of": history.as_of,
            }  # fmt: skip
            said = [text("quality_head.read", lang, **facts), text(f"calibration.kinds.{self._kind()}", lang)]
        if (found := work.found) is not None:
            said = [said[0], self._learned(found)]
        if isinstance(work.card, Card) and self.views.value != "card":  # there the figure says it
            said.append(validated.card_title(work.card, lang))
        return "".join(f'<div style="line-height:1.5">{escape(one)}</div>' for one in said)

    def _kind(self) -> str:
        mapping = self.work.mapping
        assert mapping is not None
        if mapping.told is None:
            return "known"
        return "guessed" if mapping.is_guess else "mapped"

    def _learned(self, found: Fit) -> str:
        of = {kind: write.count(n) for kind, n in counts(ledger(found.scenario)).items()}
        said = text("report.ledger.said", self.lang, **of)
        if found.base is not None:
            return f"{said} {text('calibration.base_taken', self.lang, base=found.base.name.say(self.lang))}"
        key = "base_none" if self.work.base in ("", NO_BASE) else "base_unfit"
        return f"{said} {text(f'calibration.{key}', self.lang, base=self.work.base)}"

    def _fault_words(self) -> str:
        fault = self.fault
        if not isinstance(fault, FunnelError):
            return f"{type(fault).__name__}: {fault}"
        if fault.faults[0].code in ("history_unrecognised", "history_needs"):
            needed = str(fault.faults[0].facts["needed"]).split(", ")
            said = [
                text(f"calibration.part.{part}", self.lang)
                if labels.has(f"calibration.part.{part}")
                else part
                for part in needed
            ]
            return text("calibration.unknown", self.lang, needed=", ".join(said))
        whole = "\n".join(f"{one.message} {one.mend}".strip() for one in fault.faults)
        return (
            f"{Path(fault.where).name}: {whole}" if isinstance(fault, HistoryError) and fault.where else whole
        )

    # Where nobody can press a button

    def show(self) -> None:
        """Show the panel where somebody can use it, else what it comes to with its parameters."""
        if has_front_end():
            display(self.view())
            self.open(mapping=self.work.mapping_file or "")
            return
        work = self.work
        work.mapping = work.looked(work.path, work.mapping_file)
        read = work.read(work.path, work.mapping)
        if not isinstance(read, History):
            raise read
        work.history, work.found = read, work.fit(read)
        work.card = work.check(work.found) if self.still_card else None
        pages = Pages(self.lang)
        display(HTML(f'<div class="fs-answer">{self.says()}</div>'))
        for name in VIEWS[1:] if self.still_card else VIEWS[1:-1]:
            shown = pages.view(name, work)
            for part in (HTML(shown.above), *shown.figures, HTML(shown.below)):
                display(part)

    def _draw(self) -> None:
        """The present view, and what can be done now."""
        with self._guard:
            shown = Pages(self.lang).view(self.views.value, self.work)
            drawn = [Drawing.of(fig) for fig in shown.figures]
            self.charts.draw(*(theme.captioned(one, int(one.layout.get("height") or 380)) for one in drawn))
            self.above.value, self.below.value, self.verdict.value = shown.above, shown.below, self.says()
            self.editor.view.layout.display = None if self.views.value == "columns" else "none"
            self._can()
