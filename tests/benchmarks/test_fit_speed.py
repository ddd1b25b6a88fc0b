"""How long a fit takes: the likelihood alone, and from a record to the scenario. Rows of the table beside it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from exports import write_history
from records import one_stage, planted

from funnelsim.engine.run import simulate
from funnelsim.fit import fit
from funnelsim.fit.durations import EXPONENTIAL, LOGNORMAL, WEIBULL
from funnelsim.fit.mixture import fit_mixture
from funnelsim.fit.spells import Spells
from funnelsim.scenario.files import load

cpu = pytest.mark.benchmark(timer=time.process_time)
pytestmark = pytest.mark.benchmark
ROUNDS = 9


IN_A_PROCESS = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, capture_output=True)
took, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
cpu, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6
print(json.dumps({"wall": took, "cpu": cpu, "megabytes": megabytes}))
"""


def note(benchmark, what: str, goal: str) -> None:
    benchmark.extra_info.update(what=what, goal=goal, per=1, clock="CPU")


@cpu
def test_three_outcomes_at_day_resolution(benchmark):
    rng, n = np.random.default_rng(1), 128_570
    kind = rng.choice(3, n, p=[0.35, 0.45, 0.2])
    days = np.choose(kind, [40 * rng.weibull(1.4, n), rng.lognormal(3.6, 0.7, n), rng.exponential(130, n)])
    age = np.rint(rng.uniform(0, 400, n)) + 0.5
    days = np.maximum(np.rint(days), 0.5)
    spells = np.zeros(n), np.minimum(days, age), np.where(days <= age, kind, -1)

    def whole() -> None:
        fitted = fit_mixture(Spells.collapse(*spells), (WEIBULL, LOGNORMAL, EXPONENTIAL))
        assert fitted.shares == pytest.approx([0.35, 0.45, 0.2], abs=0.02)

    benchmark.pedantic(whole, rounds=ROUNDS, warmup_rounds=1)
    note(benchmark, "fit: mixture of three outcomes, 128,570 spells in whole days", "≤ 0.1 s")


@cpu
def test_a_million_ages_without_ties(benchmark):
    rng, n = np.random.default_rng(2), 10**6
    days, limit = 40 * rng.weibull(1.4, n), rng.uniform(0, 200, n)
    spells = np.zeros(n), np.minimum(days, limit), np.where(days <= limit, 0, -1)

    def whole() -> None:
        fitted = fit_mixture(Spells.collapse(*spells), (WEIBULL,))
        assert WEIBULL.parameters(fitted.thetas[0])["shape"] == pytest.approx(1.4, abs=0.01)

    benchmark.pedantic(whole, rounds=5, warmup_rounds=1)
    note(benchmark, "fit: one Weibull, 1,000,000 ages without ties", "≤ 1 s")


@cpu
@pytest.mark.parametrize("deals", [2_000, 250_000])
def test_a_record_becomes_a_scenario(benchmark, deals):
    """Families chosen, goodness, arrivals, values, groups: everything that `funnelsim fit` does after reading."""
    rng = np.random.default_rng(3)
    created, days, kind, _ = planted(rng, deals)
    owner = rng.choice([f"rep {number}" for number in range(30)], deals)
    history = one_stage(
        created, days, kind, 330.0, whole_days=False, amount=rng.lognormal(11, 0.7, deals), owner=owner
    )
    benchmark.pedantic(fit, (history,), rounds=3, warmup_rounds=1)
    note(benchmark, f"fit: a record of {deals:,} deals of one stage becomes a scenario", "")


@cpu
def test_the_default_company_becomes_a_scenario(benchmark):
    log = simulate(load("industrial_8x8"), 1, 1).log
    benchmark.pedantic(fit, (log,), rounds=3, warmup_rounds=1)
    note(benchmark, "fit: the record of a default year (8 stages, 460 deals) becomes a scenario", "")


def test_a_million_rows_of_csv_become_a_scenario(benchmark, tmp_path):
    """`funnelsim fit FILE -o SCENARIO` in a process of its own, from its start to its end."""
    path, made = tmp_path / "history.csv", tmp_path / "made.yaml"
    write_history(path, 1_000_000)
    call = [sys.executable, "-m", "funnelsim", "fit", str(path), "-o", str(made)]
    found: list[dict[str, float]] = []

    def whole() -> None:
        done = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS, *call], check=True, capture_output=True, text=True
        )
        found.append(json.loads(done.stdout))

    benchmark.pedantic(whole, rounds=3)
    rates = [stage.advance_rate for stage in load(made).stages]
    assert rates == pytest.approx([0.8] * 5, abs=0.01)
    middle = {key: float(np.median([one[key] for one in found])) for key in found[0]}
    benchmark.extra_info.update(part="import", **middle)
