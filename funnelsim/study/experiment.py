"""Several scenarios under the same luck: `trial({...}) -> Trial`, every metric of every replication.

Replication k of all scenarios has the same customers, so differences are paired. Work is cut into
blocks of replications that do not depend on the number of workers, so neither does the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.engine.choice import chosen
from funnelsim.engine.run import Progress, block_of, blocks, check_request, simulate, tables_of
from funnelsim.engine.spread import Parcel, spread
from funnelsim.errors import RunError
from funnelsim.history.log import EventLog, join
from funnelsim.scenario.model import Scenario
from funnelsim.study import large
from funnelsim.study.cluster import Cluster, opened
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
    found: int = 0
    """Runs that were kept from before and not made again."""

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

    @property
    def period(self) -> str:
        """What one replication measures, as `calendar.period` calls it."""
        return next(iter(self.scenarios.values())).measure.period

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
            found=self.found + more.found,
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
    cluster: Cluster | str | None = None,
) -> Trial:
    """Simulate every scenario so many times with the same luck, and measure each run where it was made.

    workers     processes to share the work; None for all cores. The result is the same for any number
    progress    called with (runs done, runs in all)
    keep_logs   keep the event logs too; they are large
    first       number of the first replication
    store       where finished blocks are kept and found again: True for the user's cache folder, or a
                folder. A run that was stopped goes on where it was; the result is the same
    cluster     address of a Dask scheduler that shares the work, or `local` to try that on this machine;
                then `workers` is the number of processes of the local cluster. The result is the same

    RunError when there is no scenario, or seed, replications or engine cannot be.
    """
    if not scenarios:
        raise RunError.of("trial", "trial_empty")
    check_request(seed, replications, engine)
    kept, digests = Store.open(store), {name: scenario.digest for name, scenario in scenarios.items()}
    cuts = blocks(first, replications, block_of(engine))
    found: dict[tuple[str, int], Any] = {}
    jobs, done, total = [], 0, replications * len(scenarios)
    for name, at, count in _in_turn(tuple(scenarios), cuts):
        there = kept.get(digests[name], seed, engine, at, count) if kept and not keep_logs else None
        if there is None:
            jobs.append((name, digests[name], at, count))
        else:
            found[name, at] = (*there, None)
            done += count
    if progress and done:
        progress(done, total)
    was_there, silent = done, True
    parcels = {name: Parcel(scenario) for name, scenario in scenarios.items()}
    with opened(cluster, workers) as crew:
        at_hand = None if crew else kept  # workers of a cluster may have no disk in common
        work = [(*job, parcels[job[0]], seed, engine, keep_logs, at_hand) for job in jobs]
        made = crew.spread(_block, work) if crew else spread(_block, work, workers, in_order=False)
        with closing(made):
            for name, at, count, result, fault in made:
                found[name, at] = result
                done += count
                if crew and kept:
                    fault = kept.put(digests[name], seed, engine, at, result[:2])
                if kept and fault and silent:
                    not_kept(kept.folder, fault)
                    silent = False
                if progress:
                    progress(done, total)
    parts = {name: [found[name, at] for at, _ in cuts] for name in scenarios}
    return Trial(
        scenarios=dict(scenarios),
        metrics={
            name: {metric: np.concatenate([part[0][metric] for part in own]) for metric in own[0][0]}
            for name, own in parts.items()
        },
        seed=seed,
        first=first,
        replications=replications,
        engines={name: own[0][1] for name, own in parts.items()},
        digests=digests,
        logs={name: join([part[2] for part in own]) for name, own in parts.items()} if keep_logs else {},
        found=was_there,
    )


AT_A_TIME = 16  # scenarios whose blocks are made in turn, so that their tables and their luck are at hand


def _in_turn(names: tuple[str, ...], cuts: list[tuple[int, int]]) -> Iterator[tuple[str, int, int]]:
    """(name, first, how many) of all blocks of all scenarios, in the order in which they are made."""
    for some in range(0, len(names), AT_A_TIME):
        for at, count in cuts:
            for name in names[some : some + AT_A_TIME]:
                yield name, at, count


def _block(
    name: str, digest: str, first: int, count: int, scenario: Scenario, seed: int, engine: str, keep_log: bool,
    store: Store | None,
) -> tuple[str, int, int, Any, OSError | None]:  # fmt: skip
    """Some replications of one scenario: (name, first, count, (metrics, engine, log or None), what kept
    them from being stored). Whoever makes a block keeps it at once: a caller that dies loses no other."""
    there = store.get(digest, seed, engine, first, count) if store and not keep_log else None
    if there is not None:  # another run has made it meanwhile
        return name, first, count, (*there, None), None
    if not keep_log and large.is_large(scenario):
        parts = [large.measure_deals(scenario, seed, at, engine) for at in range(first, first + count)]
        metrics = {metric: np.concatenate([part[metric] for part in parts]) for metric in parts[0]}
        block = (metrics, chosen(engine, tables_of(scenario)))
        fault = store.put(digest, seed, engine, first, block) if store else None
        return name, first, count, (*block, None), fault
    runs = simulate(scenario, seed, count, first=first, engine=engine)
    metrics = measure(runs.log, weights=weights_of(scenario), targets=scenario.targets)
    fault = store.put(digest, seed, engine, first, (metrics, runs.engine)) if store else None
    return name, first, count, (metrics, runs.engine, runs.log if keep_log else None), fault
