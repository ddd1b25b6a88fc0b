"""How long things take. Run by its own command (README.md of this folder), never within the test suite.

CPU seconds where one process does the work, wall seconds where several do or a user waits. Programs that
are compared stand in the same run and take turns, so that a busy machine slows both alike.
"""

from __future__ import annotations

import gc
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks import plain_simpy

from funnelsim.engine import compiled, reference
from funnelsim.engine.at_hand import AT_HAND
from funnelsim.engine.compiled.memory import Memory
from funnelsim.engine.draws import draw
from funnelsim.engine.run import simulate
from funnelsim.engine.tables import Tables, compile_tables
from funnelsim.engine.told import as_log
from funnelsim.scenario.files import load
from funnelsim.scenario.model import Scenario
from funnelsim.study.effect_levers import LEVERS
from funnelsim.study.experiment import trial
from funnelsim.study.metrics import measure, weights_of

MODEL = str(Path(__file__).with_name("benchmark_model.yaml"))
INDUSTRIAL = "industrial_8x8"
ROUNDS = 9
IN_A_ROW = 5  # replications that one call of the compiled engine tells, as a block of a run does

cpu = pytest.mark.benchmark(timer=time.process_time)
wall = pytest.mark.benchmark(timer=time.perf_counter)
pytestmark = pytest.mark.benchmark


def note(benchmark, what: str, goal: str, *, per: int = 1, clock: str = "CPU", **more) -> None:
    """What the table says of this row; `per` replications are in one round."""
    benchmark.extra_info.update(what=what, goal=goal, per=per, clock=clock, **more)


def timed(seconds: dict[str, list[float]], name: str, call, *arguments):
    gc.collect()  # nobody cleans up after another
    start = time.process_time()
    found = call(*arguments)
    seconds.setdefault(name, []).append(time.process_time() - start)
    return found


def several(seconds: dict[str, list[float]], tables: Tables, number: int) -> float:
    """Some replications by the compiled engine, each step for all of them: adds what one took; moments of one."""
    AT_HAND.clear()
    numbers = range(number * IN_A_ROW, (number + 1) * IN_A_ROW)

    def prepared() -> list[Memory]:
        return [Memory(tables, draw(tables, 1, one)) for one in numbers]

    took: dict[str, list[float]] = {}
    memories = timed(took, "draws", prepared)
    told = timed(took, "compiled", lambda: [compiled.finish(memory) for memory in memories])
    runs = [(memory.draws, one) for memory, one in zip(memories, told, strict=True)]
    timed(took, "naming", as_log, tables, runs)
    timed(took, "draws again", prepared)
    for name, (each,) in took.items():
        seconds.setdefault(name, []).append(each / IN_A_ROW)
    return sum(one.moments for one in told) / IN_A_ROW


def medians(seconds: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(times) for name, times in seconds.items()}


@pytest.fixture
def plain_c(tmp_path) -> Path | None:
    """The benchmark model in C, compiled; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program, source = tmp_path / "plain", Path(__file__).with_name("plain.c")
    subprocess.run([compiler, "-O3", "-march=native", "-o", program, source, "-lm"], check=True)
    return program


def in_c(program: Path) -> tuple[float, list[float]]:
    """Median CPU seconds of a replication, by the program's own clock, and the events of twenty."""
    told = subprocess.run([program, "20"], check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [[float(cell) for cell in line.split()] for line in told]
    return statistics.median(row[0] for row in rows), [row[1] for row in rows]


@cpu
def test_plain_programs_and_both_engines(benchmark, plain_c):
    """All programs on the benchmark model, by turns: what each costs against the plain ones."""
    tables = compile_tables(load(MODEL))
    seconds: dict[str, list[float]] = {}
    events: dict[str, list[float]] = {"plain": [], "c": []}

    def by_turns(number: int) -> None:
        events["plain"].append(timed(seconds, "plain", plain_simpy.run, number).moments)
        timed(seconds, "reference", reference.run, tables, draw(tables, 1, number))
        several(seconds, tables, number)
        if plain_c:
            took, events["c"] = in_c(plain_c)
            seconds.setdefault("c", []).append(took)

    numbers = iter(range(1000))
    for _ in range(2):
        by_turns(next(numbers))
    for times in seconds.values():
        times.clear()
    benchmark.pedantic(by_turns, setup=lambda: ((next(numbers),), {}), rounds=ROUNDS)
    if plain_c:
        means, errors = zip(
            *((statistics.mean(seen), statistics.variance(seen) / len(seen)) for seen in events.values()),
            strict=True,
        )
        assert abs(means[0] - means[1]) < 4 * sum(errors) ** 0.5, "the C program simulates something else"
    note(
        benchmark,
        "",
        "",
        part="model",
        seconds=medians(seconds),
        moments=round(statistics.mean(events["plain"])),
    )


def with_every_lever() -> Scenario:
    """The default company with all levers of the table of effects at their doses, and what they need beside."""
    changes = [lever.variant | lever.changes for lever in LEVERS]
    return load(INDUSTRIAL).replace_all({path: value for one in changes for path, value in one.items()})


@cpu
@pytest.mark.parametrize("levers", ["off", "on"])
def test_one_replication_of_the_default_company(benchmark, levers):
    tables = compile_tables(with_every_lever() if levers == "on" else load(INDUSTRIAL))
    seconds: dict[str, list[float]] = {}
    moments: list[float] = []

    def by_turns(number: int) -> None:
        timed(seconds, "reference", reference.run, tables, draw(tables, 1, number))
        moments.append(several(seconds, tables, number))

    numbers = iter(range(1000))
    by_turns(next(numbers))
    for times in seconds.values():
        times.clear()
    benchmark.pedantic(by_turns, setup=lambda: ((next(numbers),), {}), rounds=ROUNDS)
    part = f"levers {levers}"
    note(benchmark, "", "", part=part, seconds=medians(seconds), moments=statistics.median(moments))


@cpu
@pytest.mark.parametrize("customers", [1_000, 10_000, 100_000, 1_000_000])
def test_growth(benchmark, customers):
    """The benchmark model with more of everything: what a moment costs, and how much memory the whole takes."""
    program = Path(__file__).with_name("growth.py")
    call = [sys.executable, str(program), str(customers)]
    found = [
        json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout) for _ in range(5)
    ]
    benchmark.pedantic(lambda: None, rounds=len(found))
    middle = {key: statistics.median(one[key] for one in found) for key in found[0]}
    note(benchmark, "", "", part="growth", **middle)


@cpu
def test_all_metrics_of_a_replication(benchmark):
    scenario = load(INDUSTRIAL)
    log = simulate(scenario, 1, 25).log
    benchmark.pedantic(measure, (log,), {"weights": weights_of(scenario)}, rounds=ROUNDS, warmup_rounds=1)
    note(benchmark, f"all metrics of a replication of `{INDUSTRIAL}` (25 at once)", "≤ 3 ms", per=25)


@wall
@pytest.mark.parametrize(("engine", "goal", "rounds"), [("compiled", "≤ 2 s", 5), ("reference", "≤ 40 s", 1)])
def test_two_hundred_paired_replications_on_two_workers(benchmark, engine, goal, rounds):
    base = load(INDUSTRIAL)
    plans = {"base": base, "leads +20 %": base.replace("demand.units.*.weekly_deals", "=*1.2")}
    trial(plans, 50, workers=2, engine=engine)
    benchmark.pedantic(trial, (plans, 200), {"workers": 2, "engine": engine}, rounds=rounds)
    what = f"200 paired replications of `{INDUSTRIAL}`, {engine}, two workers that are there already"
    note(benchmark, what, goal, clock="wall")


@wall
def test_two_workers_against_one(benchmark):
    """What a second worker brings, on work long enough for it: by turns, so that others slow both alike."""
    base = load(INDUSTRIAL)
    plans = {
        f"leads x {k}": base.replace("demand.units.*.weekly_deals", f"=*{k}") for k in (1, 1.1, 1.2, 1.3)
    }
    seconds: dict[str, list[float]] = {"1": [], "2": []}
    trial(plans, 50, workers=2)

    def by_turns() -> None:
        for workers, times in seconds.items():
            start = time.perf_counter()
            trial(plans, 200, workers=int(workers))
            times.append(time.perf_counter() - start)

    benchmark.pedantic(by_turns, rounds=5)
    note(benchmark, "", "", part="workers", clock="wall", seconds=medians(seconds))


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
