"""How long it takes to measure a log: the whole list, a replication. Prints it and asserts no time."""

from __future__ import annotations

import time

import pytest

from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.study.metrics import measure


@pytest.mark.benchmark
def test_all_metrics_of_fifty_replications(capsys):
    log = simulate(load("industrial_8x8"), seed=1, replications=50, workers=2).log
    clocks = []
    for _ in range(15):
        began, worked = time.perf_counter(), time.process_time()
        found = measure(log)
        clocks.append((time.perf_counter() - began, time.process_time() - worked))
    wall, cpu = (min(clock) / 50 * 1000 for clock in zip(*clocks, strict=True))
    with capsys.disabled():
        print(f"\n{len(found)} numbers: {wall:.2f} ms a replication, {cpu:.2f} ms of processor time")
    assert len(found) > 100
