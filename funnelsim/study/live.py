"""The years behind a slider: some metrics of one scenario after another, under the same luck, in this process.

No process is started and no log is kept. What is overtaken stops between two replications, what was
answered stays at hand, and the numbers are those of `trial`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np

from funnelsim.engine.ahead import told_ahead
from funnelsim.engine.choice import at_once, chosen
from funnelsim.engine.run import Progress, check_numbers
from funnelsim.engine.tables import Tables, compile_tables
from funnelsim.engine.told import as_log
from funnelsim.scenario.model import Scenario
from funnelsim.study.compare import Comparison, differences
from funnelsim.study.experiment import Trial
from funnelsim.study.metrics import measure, weights_of

ONE = "one"
"""What a trial of a single scenario calls it."""
BLOCK = 2  # replications measured at a time: more would leave the processor's cache
MOST_KEPT = 200

Check = Callable[[], None]


class Live:
    """Answers for somebody with a hand on the slider.

    metrics        names of `METRICS`, families by their pattern; all where none are given. A few take less time
    replications   simulated years of each answer
    seed           the same seed is the same luck
    engine         `auto`: the compiled one, and until it is ready the reference engine; the numbers are the same

    RunError when seed, replications or engine cannot be.
    """

    def __init__(
        self,
        metrics: Collection[str] | None = None,
        replications: int = 50,
        seed: int = 1,
        engine: str = "auto",
    ):
        check_numbers(seed, replications)
        self.metrics = None if metrics is None else tuple(metrics)
        self.replications, self.seed, self.engine = replications, seed, engine
        self._kept: OrderedDict[str, Trial] = OrderedDict()
        self._lock = threading.Lock()

    def trial(
        self,
        scenario: Scenario,
        check: Check = lambda: None,
        progress: Progress = lambda done, total: None,
        name: str = ONE,
    ) -> Trial:
        """What `trial({name: scenario}, ...)` finds of these metrics; kept for the scenarios asked for last.

        check      called between two replications; what it raises ends the work
        progress   called with (runs done, runs in all)
        """
        digest = scenario.digest
        with self._lock:
            found = self._kept.pop(digest, None)
        if found is None:
            found = self._made(scenario, digest, check, progress)
        with self._lock:
            self._kept[digest] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found.only({name: ONE})

    def knows(self, scenario: Scenario) -> bool:
        """Whether the answer is at hand."""
        with self._lock:
            return scenario.digest in self._kept

    def _made(self, scenario: Scenario, digest: str, check: Check, progress: Progress) -> Trial:
        tables, engine = compile_tables(scenario), at_once(self.engine)
        if engine == "compiled":
            engine = chosen(self.engine, tables)
        parts, runs = [], []
        check()
        with closing(told_ahead(tables, self.seed, self.replications, engine)) as told:
            for done, run in enumerate(told, 1):
                runs.append(run)
                if len(runs) == BLOCK or done == self.replications:
                    parts.append(self._measured(tables, runs))
                    runs = []
                    progress(done, self.replications)
                check()
        return Trial(
            scenarios={ONE: scenario},
            metrics={ONE: {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}},
            seed=self.seed, first=0, replications=self.replications,
            engines={ONE: engine}, digests={ONE: digest},
        )  # fmt: skip

    def _measured(self, tables: Tables, runs: list) -> dict[str, np.ndarray]:
        plan = tables.scenario
        return measure(
            as_log(tables, runs), weights=weights_of(plan), targets=plan.targets, names=self.metrics
        )


def against(base_name: str, base: Trial, others: Mapping[str, Trial]) -> Comparison:
    """Trials of one scenario each as a comparison with the first, under these names."""
    one = base.only({base_name: ONE})
    parts: dict[str, Any] = {
        part: dict(getattr(one, part)) for part in ("scenarios", "metrics", "engines", "digests")
    }
    for name, other in others.items():
        named = other.only({name: ONE})
        for part, kept in parts.items():
            kept.update(getattr(named, part))
    return differences(replace(one, **parts), base_name)
