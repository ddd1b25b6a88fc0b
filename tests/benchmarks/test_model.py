"""The plain program and the engines (which tell the same) simulate the same benchmark model, and it is the right one.

Both are read by the same rule: of opportunities, those born before LAST_BIRTH, so that every one had time to
finish (0 of 27,635 in 24 runs were still open); of hours, those worked from SETTLED to the horizon (the lines
of waiting tasks grow until about then).
"""

from pathlib import Path

import numpy as np
import pytest
from benchmarks import plain_simpy as plain

from funnelsim.engine.run import simulate
from funnelsim.history.log import CODE
from funnelsim.scenario.files import load

SETTLED, LAST_BIRTH = 1800.0, 2600.0
RUNS = 16
THEORY = {
    "visits": 1 + 0.70 + 0.455 + 0.273 + 0.1638,
    "won": 0.70 * 0.65 * 0.60 * 0.60 * 0.70,
    "rep_load": (4 + 7 * 0.70 + 10 * 0.455 + 12 * 0.273 + 8 * 0.1638) * 92.5 / 2080,
    "presales_load": (4 * 0.455 + 5 * 0.273) * 925 / 2 / 2080,
}


def plain_means(seed: int) -> dict[str, float]:
    seen = plain.run(seed, since=SETTLED)
    cohort = np.array(seen.born) < LAST_BIRTH
    hours = plain.HORIZON - SETTLED
    return {
        "visits": np.array(seen.visits)[cohort].mean(),
        "won": np.array(seen.won)[cohort].mean(),
        "rep_load": seen.rep_hours / hours / plain.REPS,
        "presales_load": seen.presales_hours / hours / plain.PRESALES,
    }


def engine_means(log) -> dict[str, float]:
    deals, tasks, born = log.deals, log.tasks, log.opportunities
    cohort = born.opportunity[born.created < LAST_BIRTH]

    def share(event: str) -> float:
        return np.isin(deals.opportunity[deals.event == CODE[event]], cohort).sum() / cohort.size

    begun = tasks.where(tasks.event == CODE["task_started"])
    worked = np.minimum(begun.time + begun.value, log.horizon) - np.maximum(begun.time, SETTLED)
    worked = np.clip(worked, 0, None)  # one hour of work is one day of this model
    of_presales = begun.desk >= plain.REPS
    hours = log.horizon - SETTLED
    return {
        "visits": share("entered"),
        "won": share("won"),
        "rep_load": worked[~of_presales].sum() / hours / plain.REPS,
        "presales_load": worked[of_presales].sum() / hours / plain.PRESALES,
    }


@pytest.fixture(scope="module")
def seen() -> dict[str, list[dict[str, float]]]:
    model = load(str(Path(__file__).with_name("benchmark_model.yaml")))
    return {
        "plain SimPy": [plain_means(seed) for seed in range(1, RUNS + 1)],
        "compiled engine": [engine_means(run.log) for run in simulate(model, 1, RUNS, engine="compiled")],
    }


@pytest.mark.parametrize("program", ["plain SimPy", "compiled engine"])
@pytest.mark.parametrize("what", list(THEORY))
def test_the_benchmark_model_agrees_with_theory(seen, program, what):
    """Visits 2.592, won .1147, load of reps .802 and of presales .708: sums of the model's own numbers."""
    values = np.array([means[what] for means in seen[program]])
    z = (values.mean() - THEORY[what]) / (values.std(ddof=1) / np.sqrt(values.size))
    assert abs(z) < 4, f"{what} of the {program}: {values.mean():.4f}, theory {THEORY[what]:.4f}, z = {z:.1f}"


@pytest.mark.parametrize("what", list(THEORY))
def test_both_programs_agree_with_each_other(seen, what):
    one, other = (np.array([means[what] for means in seen[name]]) for name in seen)
    z = (one.mean() - other.mean()) / np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / RUNS)
    assert abs(z) < 4, f"{what}: {one.mean():.4f} and {other.mean():.4f}, z = {z:.1f}"
