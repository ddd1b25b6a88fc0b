"""An answer in a folder: `metrics.parquet` has every number of every simulated year, `answer.json` the rest.

What is loaded gives the same differences, so an answer can be worked out in one place and shown in another.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.atomic import atomic_write
from funnelsim.errors import RunError
from funnelsim.scenario.files import parse, plain
from funnelsim.scenario.model import Scenario
from funnelsim.study.compare import Answer, differences
from funnelsim.study.experiment import Trial

SCHEMA = 1
PARTS = ("first_year", "long_run")


def save(answer: Answer, folder: str | Path) -> None:
    """Write an answer into a folder; each of its two files is there whole or not at all."""
    home = Path(folder)
    rows, about = [], {}
    for part in PARTS:
        trial: Trial = getattr(answer, part).trial
        about[part] = {
            name: {
                "scenario": plain(scenario),
                "engine": trial.engines[name],
                "digest": trial.digests[name],
                "metrics": list(trial.metrics[name]),
            }
            for name, scenario in trial.scenarios.items()
        }
        for name, metrics in trial.metrics.items():
            numbers = pd.DataFrame(metrics)
            numbers.insert(0, "replication", np.arange(trial.first, trial.first + trial.replications))
            numbers.insert(0, "part", part)
            numbers.insert(0, "scenario", name)
            rows.append(numbers)
    facts = {
        "schema": SCHEMA,
        "base": answer.base,
        "start_date": answer.start_date.isoformat(),
        "seed": answer.seed,
        "first": answer.trial.first,
        "replications": answer.replications,
        "parts": about,
        "why": {name: str(error.faults[0]) for name, error in answer.why.items()},
    }
    with atomic_write(home / "metrics.parquet") as made:
        pd.concat(rows, ignore_index=True).to_parquet(made, index=False)
    with atomic_write(home / "answer.json") as made:
        made.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")


def load(folder: str | Path) -> Answer:
    """The answer that a folder holds; RunError when it holds none."""
    home = Path(folder)
    try:
        facts: dict[str, Any] = json.loads((home / "answer.json").read_text("utf-8"))
        numbers = pd.read_parquet(home / "metrics.parquet")
    except (OSError, ValueError) as fault:
        raise RunError.of(str(folder), "no_answer", reason=str(fault).splitlines()[0]) from fault
    if facts.get("schema") != SCHEMA:
        raise RunError.of(str(folder), "no_answer", reason=f"schema {facts.get('schema')}")
    parts = {part: differences(_trial(facts, numbers, part), facts["base"]) for part in PARTS}
    return Answer(
        facts["base"], date.fromisoformat(facts["start_date"]), parts["first_year"], parts["long_run"], {}
    )


def _trial(facts: dict[str, Any], numbers: pd.DataFrame, part: str) -> Trial:
    told = facts["parts"][part]
    scenarios: dict[str, Scenario] = {name: parse(one["scenario"], name) for name, one in told.items()}
    metrics = {}
    for name in scenarios:
        rows = numbers[(numbers["part"] == part) & (numbers["scenario"] == name)].sort_values("replication")
        metrics[name] = {metric: rows[metric].to_numpy() for metric in told[name]["metrics"]}
    return Trial(
        scenarios,
        metrics,
        facts["seed"],
        facts["first"],
        facts["replications"],
        {name: one["engine"] for name, one in told.items()},
        {name: one["digest"] for name, one in told.items()},
    )
