"""Eight modules that a CRM has, and what stands for each in the simulation: settings, events, metrics, where to look.

A map of what is there, not a claim to be a CRM. A test looks every name up.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd
from IPython.display import HTML

from funnelsim.labels import text
from funnelsim.labels.marked import renew
from funnelsim.show import tables, words
from funnelsim.show.figures.modules import crm_svg
from funnelsim.study.metrics import spoken


@dataclass(frozen=True)
class Module:
    """One module: its id in the catalogue, and what represents it."""

    id: str
    settings: tuple[str, ...]
    """Keys of the scenario format."""
    events: tuple[str, ...]
    """Events of the log."""
    metrics: tuple[str, ...]
    """Of the registry, families by their pattern."""
    seen: tuple[str, ...]
    """Figures, notebooks and commands."""
    shape: str = ""
    """`point`, `line` or `plane`, for the three that are one picture."""


MODULES = (
    Module(
        "lead_capture",
        (
            "demand.sources",
            "policies.prospecting",
            "policies.registration",
            "policies.score",
            "policies.routing",
        ),
        ("created", "registered"),
        ("created", "channel_cost", "booking_cost.<source>"),
        ("figures.funnel", "planning/what_if"),
    ),
    Module(
        "customer",
        ("demand.units", "policies.tiers", "policies.files_hours", "behaviour.files_completeness"),
        ("created", "touched", "paid"),
        ("filing_hours", "tier_bookings.<tier>", "repeat_bookings"),
        ("funnelsim run", "reports/comparison"),
    ),
    Module(
        "sfa",
        ("team.reps", "territories", "policies.priority", "policies.reminders"),
        ("owner_changed", "task_queued", "reminded"),
        ("open_deals", "utilisation", "reminders"),
        ("figures.reps", "figures.utilisation", "planning/what_if"),
    ),
    Module(
        "activity",
        ("stages.*.activities", "policies.activities", "behaviour.touches"),
        ("task_started", "task_ended", "touched"),
        ("ksa_compliance", "late_activities", "selling_share"),
        ("figures.flow", "planning/process_design"),
        "point",
    ),
    Module(
        "process",
        ("stages", "stages.*.evidence", "policies.gates"),
        ("entered", "advanced", "regressed", "evidence_missing"),
        ("advance_rate", "stage.<stage>.conversion", "stage.<stage>.dwell_days"),
        ("figures.process_picture", "figures.dwell", "planning/process_design"),
        "line",
    ),
    Module(
        "performance",
        ("targets", "policies.review", "policies.coaching", "policies.incentives"),
        ("won", "lost", "reviewed", "coached"),
        ("bookings", "attainment", "p_target"),
        ("figures.difference", "figures.outcome_distribution", "reports/comparison"),
        "plane",
    ),
    Module(
        "quote_order",
        ("demand.amount", "policies.price", "stages.*.specialists", "policies.cash"),
        ("amount_changed", "won", "paid"),
        ("deal_size", "cash", "cash_days"),
        ("figures.bookings_by_month", "figures.queues"),
    ),
    Module(
        "bi",
        ("behaviour.reporting", "weights", "provenance"),
        ("inflated", "discovered", "audited"),
        ("forecast_bias", "weighted_nominal", "stage_error_share"),
        ("figures.reveal", "figures.stall_board", "reports/comparison", "funnelsim report"),
    ),
)
"""The eight, in the order of the articles; activity, process and performance are point, line and plane."""


def crm_modules(lang: str | None = None) -> pd.DataFrame:
    """The map for people: module, shape, what represents it, and where to see it."""
    head = ("module", "form", "represented", "metrics", "seen")
    rows = [
        (
            text(f"design.crm.{module.id}.name", lang),
            text(f"design.crm.shape.{module.shape}", lang) if module.shape else "",
            text(f"design.crm.{module.id}.represented", lang),
            words.listed([spoken(name, lang) for name in module.metrics if "<" not in name], lang),
            words.listed([text(f"design.seen.{name}", lang) for name in module.seen], lang),
        )
        for module in MODULES
    ]
    return pd.DataFrame(rows, columns=[text(f"design.crm.{name}", lang) for name in head])


def picture(lang: str | None = None) -> HTML:
    """How the eight belong together: point, line and plane, and the five around them; the table folded below."""
    said, behind = (escape(text(f"design.crm.{key}", lang)) for key in ("shapes", "numbers"))
    return HTML(
        f'<div class="jp-RenderedHTMLCommon fs-block fs-left"><p><b>{said}</b></p>{crm_svg(lang)}'
        f"<details><summary>{behind}</summary>{tables.LEFT}{tables.html(crm_modules(lang))}</details></div>"
    )


def page() -> str:
    """The map with every name, as a table in Markdown for scenarios/README.md."""
    rows = [
        "| module | 模块 | 点线面 | represented by | in the scenario | in the log | metrics | where to see it |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for module in MODULES:
        names = [text(f"design.crm.{module.id}.name", lang) for lang in ("en", "zh")]
        both = (
            (text(f"design.crm.shape.{module.shape}", lang) for lang in ("en", "zh")) if module.shape else ()
        )
        told = [", ".join(f"`{name}`" for name in part) for part in _parts(module)]
        said = text(f"design.crm.{module.id}.represented", "en")
        rows.append(f"| {' | '.join([*names, ' '.join(both), said, *told])} |")
    return "\n".join(rows)


def _parts(module: Module) -> tuple[tuple[str, ...], ...]:
    return module.settings, module.events, module.metrics, module.seen


MARKS = ("<!-- modules: made from funnelsim.show.crm -->", "<!-- end of modules -->")


if __name__ == "__main__":
    import sys

    renew(sys.argv[1], MARKS, page())
