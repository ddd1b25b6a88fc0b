"""Several scenarios under the same luck: `trial({...}) -> Trial`, every metric of every replication.

Replication k of all scenarios has the same customers, so differences are paired. Work is cut into
blocks of replications that do not depend on the number of workers, so neither does the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.engine.run import BLOCK, Progress, check_request, simulate
from funnelsim.engine.spread import spread
from funnelsim.errors import RunError
from funnelsim.history.log import EventLog, join
from funnelsim.scenario.model import Scenario
from funnelsim.study.metrics import measure, weights_of
from funnelsim.study.store import Store, not_kept


@dataclass(frozen=True)
class Trial:
    """What came out of several scenarios, replication by replication."""

    scenarios: dict[str, Scenario]
    metrics: dict[str, dict[str, np.ndarray]]
    """Name of the scenario -> name of the metric -> one number a replication."""
    seed: int
    first: int
    """Number of the first replication."""
    replications: int
    engines: dict[str, str]
    digests: dict[str, str]
    logs: dict[str, EventLog] = field(default_factory=dict)
    """Logs of all replications, where they were asked for."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.scenarios)

    @property
    def engine(self) -> str:
        """The engine that ran; several names where scenarios needed different ones."""
        return ", ".join(sorted(set(self.engines.values())))

    @property
    def currency(self) -> str:
        return next(iter(self.scenarios.values())).currency

    def only(self, names: Mapping[str, str]) -> Trial:
        """Some of the scenarios under other names: new name -> name here."""
        return replace(
            self,
            scenarios={new: self.scenarios[old] for new, old in names.items()},
            metrics={new: self.metrics[old] for new, old in names.items()},
            engines={new: self.engines[old] for new, old in names.items()},
            digests={new: self.digests[old] for new, old in names.items()},
            logs={new: self.logs[old] for new, old in names.items() if old in self.logs},
        )

    def followed_by(self, more: Trial) -> Trial:
        """This trial and the replications that come next, as one."""
        return replace(
            self,
            metrics={
                name: {
                    metric: np.concatenate([values, more.metrics[name][metric]])
                    for metric, values in own.items()
                }
                for name, own in self.metrics.items()
            },
            replications=self.replications + more.replications,
            logs={name: join([log, more.logs[name]]) for name, log in self.logs.items()},
        )


def trial(
    scenarios: Mapping[str, Scenario],
    replications: int = 40,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = 1,
    progress: Progress | None = None,
    keep_logs: bool = False,
    first: int = 0,
    store: Store | bool | str | Path | None = None,
) -> Trial:
    """Simulate every scenario so many times with the same luck, and measure each run where it was made.

    workers     processes to share the work; None for all cores. The result is the same for any number
    progress    called with (runs done, runs in all)
    keep_logs   keep the event logs too; they are large
    first       number of the first replication
    store       where finished blocks are kept and found again: True for the user's cache folder, or a
                folder. A run that was stopped goes on where it was; the result is the same

    RunError when there is no scenario, or seed, replications or engine cannot be.
    """
    if not scenarios:
        raise RunError.of("trial", "trial_empty")
    check_request(seed, replications, engine)
    ends = first + replications
    kept = Store.open(store)
    found: dict[tuple[str, int], Any] = {}
    jobs, done = [], 0
    for at in range(first, ends, BLOCK):
        count = min(BLOCK, ends - at)
        for name, scenario in scenarios.items():
            there = kept.get(scenario, seed, engine, at, count) if kept and not keep_logs else None
            if there is None:
                jobs.append((name, scenario, seed, at, count, engine, keep_logs, kept))
            else:
                found[name, at] = (*there, None)
                done += count
    if progress and done:
        progress(done, replications * len(scenarios))
    told = False
    for name, at, count, result, fault in spread(_block, jobs, workers):
        found[name, at] = result
        done += count
        if kept and fault and not told:
            not_kept(kept.folder, fault)
            told = True
        if progress:
            progress(done, replications * len(scenarios))
    parts = {name: [found[name, at] for at in range(first, ends, BLOCK)] for name in scenarios}
    return Trial(
        scenarios=dict(scenarios),
        metrics={
            name: {metric: np.concatenate([block[0][metric] for block in blocks]) for metric in blocks[0][0]}
            for name, blocks in parts.items()
        },
        seed=seed,
        first=first,
        replications=replications,
        engines={name: blocks[0][1] for name, blocks in parts.items()},
        digests={name: scenario.digest for name, scenario in scenarios.items()},
        logs={name: join([block[2] for block in blocks]) for name, blocks in parts.items()}
        if keep_logs
        else {},
    )


def _block(
    name: str, scenario: Scenario, seed: int, first: int, count: int, engine: str, keep_log: bool,
    store: Store | None,
) -> tuple[str, int, int, Any, OSError | None]:  # fmt: skip
    """Some replications of one scenario: (name, first, count, (metrics, engine, log or None), what kept
    them from being stored). Whoever makes a block keeps it at once: a caller that dies loses no other."""
    runs = simulate(scenario, seed, count, first=first, engine=engine)
    metrics = measure(runs.log, weights=weights_of(scenario), targets=scenario.targets)
    fault = store.put(scenario, seed, engine, first, (metrics, runs.engine)) if store else None
    return name, first, count, (metrics, runs.engine, runs.log if keep_log else None), fault
