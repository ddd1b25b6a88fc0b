"""The scenario explorer: staffing, process, people and market at hand, A pinned beside B, and the deals that turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from funnelsim.engine.choice import at_once
from funnelsim.engine.run import simulate
from funnelsim.labels import text
from funnelsim.scenario import files
from funnelsim.scenario.model import Scenario
from funnelsim.show import figures, sections, tables
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.panels.keeping import Keeping
from funnelsim.show.panels.levers import GROUPS, Lever, explorer_levers
from funnelsim.show.panels.panel import SHOWN, Setting, note
from funnelsim.show.panels.undoing import Undoing
from funnelsim.study.compare import Answer, Comparison, differences
from funnelsim.study.flips import Flips, flips
from funnelsim.study.live import Check

DEALS = "deals"
MOST_PAIRS = 10  # pairs of years whose deals are told one by one
ONE_MOVE = 0.8  # seconds within which moves of one hand are one step to undo
CHARTS = 2  # those of the answer; what turns comes after them


class Explorer(Keeping):
    """What if: levers in four groups on a scenario, A against B, which deals turn, files, undo.

    scenario       name, path or Scenario
    replications   simulated years of each answer
    seed           the same seed is the same customers
    lang           en or zh; the toggle changes it
    levers         others than `explorer_levers`
    folder         where scenarios are saved and looked for; where the notebook runs unless told
    """

    def __init__(
        self,
        scenario: str | Scenario = "industrial_8x8",
        replications: int = 50,
        seed: int = 1,
        lang: str | None = None,
        levers: Sequence[Lever] | None = None,
        folder: str | Path = ".",
    ):
        company = scenario if isinstance(scenario, Scenario) else files.load(scenario)
        self.source = scenario if isinstance(scenario, str) else ""
        self.folder = Path(folder)
        self.pinned: Setting | None = None
        self.deals: Flips | None = None
        self._undoing: Undoing[Setting] = Undoing({})
        self._moved_at = 0.0
        self._mine: set[Path] = set()
        self._numbers = ""
        self._guard = threading.RLock()
        super().__init__(company, replications, seed, lang, levers or explorer_levers(company))

    # Two worlds

    def worlds(self) -> dict[str, dict[str, Any]]:
        if self.pinned is None:
            return super().worlds()
        return {
            text("panel.a", self.lang): self.changes(self.pinned),
            text("panel.b", self.lang): self.changes(),
        }

    def pin(self, on: bool = True) -> None:
        """Keep the present setting as A; what is moved from now on is B. Off: B alone goes on."""
        self.pinned = self.setting if on else None
        self._moved_at = 0.0  # what is moved from now on is a step of its own
        self.pin_button.value = on
        self._label_pin()
        self._submit()

    def between(self) -> Answer | None:
        """B against A, where A is pinned."""
        if self.pinned is None or self.answer is None:
            return None
        a, b = self.worlds()

        def one(found: Comparison) -> Comparison:
            if b not in found.trial.metrics:
                return Comparison(a, found.trial, {})
            return differences(found.trial.only({a: a, b: b}), a)

        return replace(
            self.answer, base=a, first_year=one(self.answer.first_year), long_run=one(self.answer.long_run)
        )

    def _findings(self) -> list[str]:
        between = self.between()
        if between is None:
            return super()._findings()
        return [text("panel.between", self.lang), *self._sentences(between)]

    def _take_up(self, company: Scenario) -> None:
        """Another company as it is: its own levers, nothing moved, pinned or to undo."""
        self._worker.cancel()
        self._worker.settle(10)
        self.scenario, self.levers = company, explorer_levers(company)
        self._base, self.pinned, self._undoing = None, None, Undoing({})
        self._put_levers()
        self.pin_button.value = False
        self._label()
        self._submit()

    # The deals that turn

    def turned(self, check: Check = lambda: None) -> Flips:
        """The deals that make the difference in the first year, of some pairs of years: A against B, or the company
        as it is against the setting."""
        names = list(self.worlds())
        plans = [files.applied(self.scenario, changes) for changes in self.worlds().values()]
        if len(plans) == 1:
            plans, names = [self.scenario, *plans], [text("panel.base", self.lang), *names]
        starts, logs = self.scenario.measure.from_, []
        for plan in plans:
            check()
            told = plan if plan is self.scenario else files.as_intervention(self.scenario, plan, starts)
            pairs = min(MOST_PAIRS, self.replications)
            logs.append(simulate(told, self.seed, pairs, engine=at_once("auto"), workers=1).log)
        check()
        return flips(logs[0], logs[1], names=(names[0], names[1]))

    def _work(self, request: Any, check: Check) -> Any:
        if request[0] != DEALS:
            return super()._work(request, check)
        answer = super()._work(request, check)  # first, where it is not whole yet
        super()._arrived(request, answer)
        self.status.value = note(text("panel.working", self.lang))
        return self.turned(check)

    def _arrived(self, request: Any, answer: Any) -> None:
        if isinstance(answer, Flips):
            self.deals = answer
            self._draw_deals()
            pairs = min(MOST_PAIRS, self.replications)
            self.status.value = note(
                text("panel.deals_done", self.lang, self.scenario.measure.period, runs=pairs)
            )
            return
        super()._arrived(request, answer)

    def _draw(self) -> None:
        self.deals = None
        super()._draw()
        assert self.answer is not None
        self.turned_table.value = ""
        if self.answer.long_run.others:
            alone = not self.is_moved()
            told = sections.numbers(self.answer, self.lang, SHOWN, alone).data
            self._numbers = f'{tables.LEFT}<div class="fs-left">{told}</div>'
            self.numbers.value = self._numbers
        else:  # those of the setting before, until the new ones are whole
            self.numbers.value = f'<div style="opacity:.3" aria-hidden="true">{self._numbers}</div>'
        self.command.value, self.copy.text = self._shown_command(), self.command_line()

    def _draw_deals(self) -> None:
        assert self.deals is not None
        fig = figures.flips(self.deals, lang=self.lang)
        shown = self.charts.drawings[:CHARTS]
        height = 320 if len(self.deals.deals) else 24
        self.charts.drawings = [*shown, *self.charts.made(theme.captioned(Drawing.of(fig), height))]
        told = tables.html(theme.table_behind(fig).head(20))
        self.turned_table.value = (
            f'{tables.LEFT}<div class="jp-RenderedHTMLCommon fs-left" style="max-height:260px;overflow:auto" '
            f'tabindex="0">{told}</div>'
        )

    # Undo and redo

    def _go(self, way: int) -> None:
        with self._guard:
            if not self._undoing.go(way):
                return
            self._moved_at = 0.0
            setting = self._undoing.now
        self._put_quietly(setting)
        self._submit()

    def _moved(self, _change: Any) -> None:
        with self._guard:
            now, setting = time.monotonic(), self._off_neutral()
            moves, same_hand = self._undoing, now - self._moved_at < ONE_MOVE
            if same_hand and moves.can_undo and not moves.can_redo:
                moves.amend(setting)
            elif setting != moves.now:
                moves.add(setting)
            self._moved_at = now
        self._submit()

    def _off_neutral(self) -> Setting:
        return {
            lever.key: self.setting[lever.key]
            for lever in self.levers
            if self.setting[lever.key] != lever.neutral
        }

    def _submit(self) -> None:
        self._can()
        super()._submit()

    def _can(self) -> None:
        super()._can()
        self.deals_button.disabled = not self.is_moved()

    # What is seen

    def _build(self) -> None:
        self.pin_button = widgets.ToggleButton(layout=widgets.Layout(width="auto", min_width="120px"))
        self.pin_button.observe(self._pinned, "value")
        self.deals_button = widgets.Button(layout=widgets.Layout(width="auto", min_width="150px"))
        self.deals_button.on_click(lambda _: self._worker.submit((DEALS, self.setting)))
        self._build_keeping()
        self.turned_table, self.numbers = widgets.HTML(), widgets.HTML()
        for name in ("pin_button", "deals_button", "numbers", "turned_table"):
            getattr(self, name).add_class(f"fs-{name.removesuffix('_button').replace('_', '-')}")
        self.tabs = widgets.Tab()
        super()._build()
        self._can()

    def _put_levers(self) -> None:
        super()._put_levers()
        self.tabs.children = self._groups()

    def _groups(self) -> list[widgets.Widget]:
        pairs = list(zip(self.levers, self.names, self.sliders, strict=True))
        return [
            widgets.VBox([part for lever, *pair in pairs if lever.group == group for part in pair])
            for group in GROUPS
        ]

    def view(self) -> widgets.Widget:
        left = [
            self.tabs,
            widgets.HBox([self.undo_button, self.redo_button, self.reset]),
            widgets.HBox([self.pin_button, self.deals_button]),
            widgets.HBox([self.cancel, self.bar]),
            self.status,
            widgets.HBox([self.file_name, self.save_button]),
            widgets.HBox([self.file_list, self.load_button]),
            self.upload,
            self.command,
            self.copy,
        ]
        return self._laid_out(left, [self.verdict, self.charts, self.turned_table, self.numbers])

    def _label(self) -> None:
        super()._label()
        self.deals_button.description = text("panel.deals", self.lang)
        self._label_pin()
        self.tabs.titles = [text(f"panel.group.{group}", self.lang) for group in GROUPS]

    def _label_pin(self) -> None:
        self.pin_button.description = text(
            "panel.unpin" if self.pinned is not None else "panel.pin", self.lang
        )

    # What the user does

    def _seen(self, *said: Any) -> None:
        super()._seen(*said)
        for told in (self.numbers, self.turned_table, self.command, self.undo_button, self.deals_button):
            told.send_state()
        self.copy.send_state("text")

    def _pinned(self, change: Any) -> None:
        if change["new"] != (self.pinned is not None):
            self.pin(change["new"])
