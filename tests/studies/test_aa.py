"""A/A: a company against itself. The same seed gives nothing, other seeds a false alarm now and then."""

from __future__ import annotations

import numpy as np
import pytest
from rates import Rate, write_table

from funnelsim.engine.spread import spread
from funnelsim.scenario.files import load
from funnelsim.study.compare import difference, differences
from funnelsim.study.experiment import trial
from funnelsim.study.metrics import about

PAIRS = 20
BAND = (0.03, 0.07)
READ = ("bookings", "wins", "created", "win_rate", "cycle_won_days")
COMMAND = "python -m pytest tests/studies/test_aa.py -m study -s"


def made(seed: int) -> dict[str, np.ndarray]:
    """The numbers of twenty replications of the tiny company."""
    found = trial({"a": load("tiny")}, PAIRS, seed).metrics["a"]
    return {name: found[name] for name in READ}


def false_alarms(trials: int, workers: int | None) -> list[Rate]:
    """How often the 95 % interval of a difference misses 0, though there is none.

    Trial i sets the replications of seed i against those of seed trials + i.
    """
    runs = list(spread(made, [(seed,) for seed in range(1, 2 * trials + 1)], workers))
    return [
        Rate(
            f"{name}: interval misses 0",
            sum(
                difference(a[name], b[name], about(name).better).verdict != "tie"
                for a, b in zip(runs[:trials], runs[trials:], strict=True)
            ),
            trials,
            BAND,
        )
        for name in READ
    ]


def test_the_same_seed_is_exactly_the_same():
    tiny = load("tiny")
    found = differences(trial({"a": tiny, "b": tiny}, PAIRS, seed=1)).others["b"]
    for name, d in found.items():
        assert d.n == 0 or d.mean == d.low == d.high == 0, name
        assert d.verdict == "tie", name


@pytest.mark.slow
def test_other_seeds_seldom_differ_at_a_tenth_of_the_size():
    for rate in false_alarms(100, workers=None):
        assert rate.met, str(rate)


@pytest.mark.study
def test_other_seeds_seldom_differ():
    rates = false_alarms(1000, workers=None)
    print("", *rates, sep="\n")
    write_table(
        "aa",
        "A/A: the same company with other luck",
        COMMAND,
        rates,
        f"Scenario `tiny`, {PAIRS} pairs a trial; trial i sets seed i against seed 1,000 + i. A paired "
        "95 % Student-t interval should miss 0 in 3 to 7 % of trials. The same seed gives exactly 0.",
    )
    assert all(rate.met for rate in rates), [str(rate) for rate in rates if not rate.met]
