"""How long things take. Run by its own command (README.md of this folder), never within the test suite.

CPU seconds where one process does the work, wall seconds where several do or a user waits. Programs that
are compared stand in the same run and take turns, so that a busy machine slows both alike.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks import plain_simpy

from funnelsim.engine import reference
from funnelsim.engine.draws import draw
from funnelsim.engine.run import run_one, simulate
from funnelsim.engine.tables import compile_tables
from funnelsim.scenario.files import load
from funnelsim.study.experiment import trial
from funnelsim.study.metrics import measure, weights_of

MODEL = str(Path(__file__).with_name("benchmark_model.yaml"))
INDUSTRIAL = "industrial_8x8"
ROUNDS = 9

cpu = pytest.mark.benchmark(timer=time.process_time)
wall = pytest.mark.benchmark(timer=time.perf_counter)
pytestmark = pytest.mark.benchmark


def note(benchmark, what: str, goal: str, *, per: int = 1, clock: str = "CPU", **more) -> None:
    """What the table says of this row; `per` replications are in one round."""
    benchmark.extra_info.update(what=what, goal=goal, per=per, clock=clock, **more)


@cpu
def test_plain_simpy_and_the_reference_engine(benchmark):
    """Both programs on the benchmark model, by turns: how many times the plain one the engine costs."""
    tables = compile_tables(load(MODEL))
    seconds: dict[str, list[float]] = {"plain": [], "engine": [], "whole": []}

    def timed(name: str, call, *arguments) -> None:
        gc.collect()  # nobody cleans up after another
        start = time.process_time()
        call(*arguments)
        seconds[name].append(time.process_time() - start)

    def by_turns(number: int) -> None:
        timed("plain", plain_simpy.run, number)
        timed("engine", reference.run, tables, draw(tables, 1, number))
        timed("whole", run_one, tables, 1, number)

    numbers = iter(range(1000))
    by_turns(next(numbers))
    for times in seconds.values():
        times.clear()
    benchmark.pedantic(by_turns, setup=lambda: ((next(numbers),), {}), rounds=ROUNDS)
    plain, engine, whole = (statistics.median(seconds[name]) for name in seconds)
    note(
        benchmark,
        "benchmark model, all three by turns",
        "",
        part="ratio",
        plain=plain,
        engine=engine,
        whole=whole,
    )
    benchmark.extra_info["moments"] = plain_simpy.run(0).moments


@cpu
def test_one_replication_of_the_default_company(benchmark):
    tables = compile_tables(load(INDUSTRIAL))
    run_one(tables, 1, 0)
    numbers = iter(range(1, 1000))
    benchmark.pedantic(lambda k: run_one(tables, 1, k), setup=lambda: ((next(numbers),), {}), rounds=ROUNDS)
    note(benchmark, f"one replication of `{INDUSTRIAL}`, reference engine, draws and log included", "")


@cpu
def test_all_metrics_of_a_replication(benchmark):
    scenario = load(INDUSTRIAL)
    log = simulate(scenario, 1, 20).log
    benchmark.pedantic(measure, (log,), {"weights": weights_of(scenario)}, rounds=ROUNDS, warmup_rounds=1)
    note(benchmark, f"all metrics of a replication of `{INDUSTRIAL}` (20 at once)", "≤ 3 ms", per=20)


@wall
def test_two_hundred_paired_replications_on_two_workers(benchmark):
    base = load(INDUSTRIAL)
    plans = {"base": base, "leads +20 %": base.replace("demand.units.*.weekly_deals", "=*1.2")}
    trial(plans, 2, workers=2)
    benchmark.pedantic(trial, (plans, 200), {"workers": 2}, rounds=1)
    note(benchmark, f"200 paired replications of `{INDUSTRIAL}`, two workers", "≤ 40 s", clock="wall")


@wall
@pytest.mark.parametrize(
    ("what", "command", "goal"),
    [
        ("`import funnelsim`, a new process", ["-c", "import funnelsim"], "≤ 1.0 s"),
        ("`funnelsim --help`, a new process", ["-m", "funnelsim", "--help"], "≤ 0.6 s"),
    ],
)
def test_start(benchmark, what, command, goal):
    call = [sys.executable, *command]
    benchmark.pedantic(
        subprocess.run, (call,), {"check": True, "capture_output": True}, rounds=5, warmup_rounds=1
    )
    note(benchmark, what, goal, clock="wall")


@cpu
@pytest.mark.parametrize("path", ["stages.design.rep_hours", "demand.units.*.weekly_deals"])
def test_replace(benchmark, path):
    scenario = load(INDUSTRIAL)
    values = iter([7 + n / 100 for n in range(1000)])
    benchmark.pedantic(
        lambda value: scenario.replace(path, value),
        setup=lambda: ((next(values),), {}),
        rounds=20,
        warmup_rounds=1,
    )
    note(benchmark, f'`scenario.replace("{path}", value)` of `{INDUSTRIAL}`', "")
