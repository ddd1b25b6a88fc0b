"""Make `crm_export.csv` anew: one company's CRM, simulated from a scenario whose numbers are known.

python scenarios/example/make.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from funnelsim.atomic import atomic_write
from funnelsim.engine.run import simulate
from funnelsim.history.exchange import to_frame
from funnelsim.history.log import REPORT
from funnelsim.scenario.files import load

SCENARIO, SEED = "industrial_8x8", 2026
EVENTS = ("created", "entered", "won", "lost", "no_decision", "owner_changed", "reopened")
COLUMNS = (
    "opportunity", "time", "event", "stage", "owner", "amount", "source", "territory", "segment", "reason",
)  # fmt: skip
HERE = Path(__file__).parent


def export() -> pd.DataFrame:
    """What the company's CRM would give: events a CRM holds, with dates, nothing of the hidden truth."""
    scenario = load(SCENARIO)
    table = to_frame(simulate(scenario, SEED, 1).log, view=REPORT)
    table = table[table["event"].isin(EVENTS) & table["opportunity"].notna()]
    local = table["time"].dt.tz_convert(scenario.calendar.time_zone)
    return table.assign(time=local.dt.strftime("%Y-%m-%d"))[list(COLUMNS)]


def main(path: Path = HERE / "crm_export.csv") -> None:
    with atomic_write(path) as part:
        export().to_csv(part, index=False, lineterminator="\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
