"""What every notebook is run with: a small setting, and two more that go other ways through it.

A notebook that is not in this table fails `test_notebooks.py`: whoever adds one says here what it has to bear.
"""

from __future__ import annotations

from typing import Any

from funnelsim.scenario.extend import shipped_folder

SMALL: dict[str, Any] = {"scenario": "tiny", "replications": 3}
EXAMPLE = str(shipped_folder() / "example" / "crm_export.csv")
OTHER = {"scenario": "five_stage", "replications": 2, "seed": 7}
PEOPLE = {"scenario": "industrial_leavers", "replications": 2, "seed": 2**40}
"""Another process, and a company in which people come and go."""

SETS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "00_start": (SMALL, OTHER, PEOPLE),
    "calibration": (
        SMALL,
        {"history": EXAMPLE, "scenario": "industrial_8x8", "as_of": "2026-06-30", "seed": 7},
        {"history": EXAMPLE, "replications": 39},
    ),
    "planning/what_if": (SMALL, OTHER, PEOPLE),
    "planning/process_design": (
        SMALL | {"save_as": "mine"},
        OTHER | {"save_as": "流程.yaml"},
        PEOPLE | {"save_as": ""},
    ),
    **dict.fromkeys(
        ("workshop/01_funnel_machine", "workshop/04_one_fifteen_thirty", "workshop/06_bottleneck_money"),
        (SMALL, OTHER | {"participant": "Ada"}, PEOPLE | {"predictions": "room"}),
    ),
    "reports/comparison": (
        SMALL,
        OTHER | {"change": "policies.gates.on=true; team.reps.*.weekly_hours=*1.1", "name": "A & <b>"},
        {"history": EXAMPLE, "replications": 2, "change": "demand.units.*.weekly_deals=*1.1"},
    ),
}
"""Path of a notebook without its ending -> the three settings."""
