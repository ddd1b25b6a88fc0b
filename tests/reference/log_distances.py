"""Values of log-distance-measures for `tests/study/test_validation.py`: makes log_distances.json anew.

pip install -e '.[oracles]' && python tests/reference/log_distances.py
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from log_distance_measures import (
    absolute_event_distribution,
    case_arrival_distribution,
    cycle_time_distribution,
    n_gram_distribution,
    relative_event_distribution,
    work_in_progress,
)
from log_distance_measures.config import EventLogIDs, discretize_to_day

HERE = Path(__file__).parent
BEGIN = pd.Timestamp("2026-01-01", tz="UTC")
IDS = EventLogIDs("case", "activity", "start", "end")


def log(seed: int, cases: int, pace: float) -> list[list[float]]:
    """Cases of 1 to 4 activities: (case, activity, first day, last day), all in quarters of a day."""
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = []
    for case in range(cases):
        at = round(float(rng.uniform(0, 120)) * 4) / 4 if case else 0.0
        for activity in rng.permutation(4)[: rng.integers(1, 5)] if case % 3 else range(rng.integers(1, 5)):
            end = at + max(round(float(rng.exponential(pace)) * 4), 1) / 4
            rows.append([case, int(activity) + 1, at, end])
            at = end
    return rows


def table(rows: list[list[float]]) -> pd.DataFrame:
    told = pd.DataFrame(rows, columns=["case", "activity", "start", "end"])
    for column in ("start", "end"):
        told[column] = BEGIN + pd.to_timedelta(told[column], unit="D")
    return told


def main() -> None:
    rows = log(1, 60, 5.0), log(2, 75, 7.0)
    logs = [part for one in rows for part in (table(one), IDS)]
    day, by_day = pd.Timedelta(days=1), {"discretize_event": discretize_to_day}
    found = {
        "cycle_time": cycle_time_distribution.cycle_time_distribution_distance(*logs, bin_size=day),
        "absolute_event": absolute_event_distribution.absolute_event_distribution_distance(*logs, **by_day),
        "relative_event": relative_event_distribution.relative_event_distribution_distance(*logs, **by_day),
        "arrival": case_arrival_distribution.case_arrival_distribution_distance(*logs, **by_day),
        "active_cases": work_in_progress.work_in_progress_distance(*logs, window_size=day, normalize=False),
        "n_gram_2": n_gram_distribution.n_gram_distribution_distance(*logs, n=2),
        "n_gram_3": n_gram_distribution.n_gram_distribution_distance(*logs, n=3),
    }  # fmt: skip
    made = {
        "command": "python tests/reference/log_distances.py", "python": platform.python_version(),
        **{name: version(name) for name in ("log-distance-measures", "numpy", "pandas", "scipy")},
    }  # fmt: skip
    told = {"made": made, "distances": {key: float(v) for key, v in found.items()}, "logs": rows}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in told.items()]
    (HERE / "log_distances.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
