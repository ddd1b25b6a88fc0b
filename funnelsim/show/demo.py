"""The main job in one go: a CRM export in, a fitted company, a question answered, a page with charts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funnelsim.engine import readiness
from funnelsim.engine.choice import at_once
from funnelsim.fit import Fit, fit
from funnelsim.history.reader import read_history
from funnelsim.labels import text
from funnelsim.scenario.checks import expected_deals
from funnelsim.scenario.extend import shipped_folder
from funnelsim.scenario.files import load, plain, replace_all
from funnelsim.scenario.model import Scenario
from funnelsim.show.report import ReportRun, run_report
from funnelsim.study import kept
from funnelsim.study.compare import Answer, compare
from funnelsim.study.sentences import sentences

EXAMPLE = "example/crm_export.csv"
EXAMPLE_BASE = "industrial_8x8"
MORE_HOURS = "team.reps.*.weekly_hours=*1.2"
MORE_LEADS = "demand.units.*.weekly_deals=*1.2"
DEALS_AT_EASE = 1000  # a company with more of them needs fewer simulated years for the same certainty
FEWEST_YEARS = 10


@dataclass(frozen=True)
class Tour:
    """What the demo did."""

    fit: Fit
    answer: Answer
    report: ReportRun

    def json(self) -> dict[str, Any]:
        return {
            "report": str(self.report.html),
            "scenario": plain(self.fit.scenario),
            "comparison": self.answer.json(),
            "fit": self.fit.json(),
        }

    def lines(self) -> list[str]:
        """Where the page is, and the answer in the last three lines."""
        return [text("demo.report", path=self.report.html), "", *sentences(self.answer)]


def tour(
    history: Path | None,
    out: Path,
    *,
    seed: int,
    replications: int | None,
    workers: int | None,
    engine: str,
    progress: Callable[[str], AbstractContextManager],
    tell: Callable[[str], None],
) -> Tour:
    """Import, fit, compare, report.

    history        a CRM export; the shipped example where none is given
    replications   simulated years; fewer for companies with very many deals where none are given
    progress       makes a bar of a title, tell says a line
    """
    awaited = engine == "auto" and not readiness.is_ready()
    engine = "reference" if awaited else at_once(engine)  # a first look does not wait for the compiler
    path = history or shipped_folder() / EXAMPLE
    tell(text("demo.reading", name=path.name) if history else text("demo.example"))
    record = read_history(path)
    known = load(EXAMPLE_BASE)
    has_base = record.log.names.stages == tuple(stage.id for stage in known.stages)
    learned = fit(record, base=known if has_base else None)
    for line in learned.lines():
        tell(line)
    change, name = (MORE_HOURS, "demo.more_hours") if has_base else (MORE_LEADS, "demo.more_leads")
    tell(text("demo.question", change=text(name)))
    if not has_base:
        stages = len(learned.scenario.stages)
        tell(text("demo.only_this" if stages == 1 else "demo.no_hours"))
    years = replications or _years(learned.scenario)
    with progress(text("cli.running")) as bar:
        changed = replace_all(learned.scenario, dict([_parted(change)]))
        answer = compare(
            learned.scenario, {text(name): changed}, None, years, seed, engine, workers, bar,
            base=text("panel.base"),
        )  # fmt: skip
    if awaited:
        readiness.begin()  # now that the years do not need every core
    with tempfile.TemporaryDirectory() as folder:
        kept.save(answer, folder)
        report = run_report(
            "comparison",
            {"history": str(path), "change": change, "results": folder, "seed": seed, "replications": years},
            out,
            digest=learned.scenario.digest,
            waits=False,
        )
    return Tour(learned, answer, report)


def _years(scenario: Scenario) -> int:
    """How many simulated years a demo takes: 40, fewer where deals are so many that luck evens out."""
    crowd = expected_deals(scenario) / DEALS_AT_EASE
    return max(FEWEST_YEARS, min(40, round(40 / crowd))) if crowd > 1 else 40


def _parted(change: str) -> tuple[str, str]:
    path, _, value = change.partition("=")
    return path, f"={value}"
