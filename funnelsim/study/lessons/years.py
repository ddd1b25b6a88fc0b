"""Simulated years of several companies under the same luck, read as soon as they are told; what is stopped stops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.engine.choice import at_once
from funnelsim.engine.run import Progress, check_numbers, simulate
from funnelsim.history.log import EventLog
from funnelsim.scenario.model import Scenario
from funnelsim.study.live import Check

BLOCK = 5
"""Years told at a time; between two blocks the work can be stopped."""

Numbers = dict[str, np.ndarray]


def silent(done: int, total: int) -> None:
    """Progress for whoever does not look."""


def unhurried() -> None:
    """A check that nobody stops."""


@dataclass(frozen=True)
class Years:
    """Numbers of every company, one a year, in the same years."""

    numbers: dict[str, Numbers]
    """Company -> name -> (replications,)."""
    engine: str
    replications: int
    seed: int

    def __getitem__(self, company: str) -> Numbers:
        return self.numbers[company]


def years(
    companies: Mapping[str, Scenario],
    read: Callable[[EventLog, Scenario], Mapping[str, Any]],
    replications: int,
    seed: int = 1,
    progress: Progress = silent,
    check: Check = unhurried,
) -> Years:
    """Tell so many years of each company and read each block of them: name -> one number a year.

    Equal companies are told once. progress is called with (years told, years in all); what check raises ends it.
    """
    check_numbers(seed, replications)
    engine = "auto" if at_once() == "compiled" else "reference"  # nobody waits for the fast one
    engines: set[str] = set()
    numbers: dict[str, Numbers] = {}
    known: dict[str, str] = {}
    total, done = len({one.digest for one in companies.values()}) * replications, 0
    for name, company in companies.items():
        if (digest := company.digest) in known:
            numbers[name] = numbers[known[digest]]
            continue
        known[digest], parts = name, []
        for first in range(0, replications, BLOCK):
            check()
            count = min(BLOCK, replications - first)
            runs = simulate(company, seed, count, first=first, engine=engine, workers=1)
            engines.add(runs.engine)
            parts.append({key: np.asarray(value) for key, value in read(runs.log, company).items()})
            done += count
            progress(done, total)
        numbers[name] = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    check()
    return Years(numbers, ", ".join(sorted(engines)), replications, seed)
