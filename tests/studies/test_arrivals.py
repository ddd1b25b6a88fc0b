"""Arrivals: how often the interval of the weekly rate covers it, where the market scatters and where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from rates import Rate, write_table
from records import one_stage

from funnelsim.engine.spread import spread
from funnelsim.fit.arrivals import fit_arrivals

COMMAND = "python -m pytest tests/studies/test_arrivals.py -m study -s"
WEEKLY, WEEKS = 12, 104


def covers(seed: int, cv: float) -> tuple[bool, bool]:
    """Whether our 95 % interval holds the rate, and whether that of a plain Poisson count would."""
    rng = np.random.default_rng(seed)
    weekly = rng.poisson(WEEKLY * (rng.gamma(cv**-2, cv**2, WEEKS) if cv else np.ones(WEEKS)))
    days = 7 * np.repeat(np.arange(WEEKS), weekly) + 7 * rng.random(weekly.sum())
    told = fit_arrivals(one_stage(days, np.full(days.size, 5.0), np.arange(days.size) % 2, 7.0 * WEEKS - 1))
    plain = abs(np.log(weekly.mean() / WEEKLY)) < 1.96 / np.sqrt(weekly.sum())
    return bool(told.low < WEEKLY < told.high), bool(plain)


@pytest.mark.study
def test_arrivals():
    n, rates, told = 200, [], []
    for cv in (0.0, 0.3, 0.5):
        ours, plain = np.array(list(spread(covers, [(seed, cv) for seed in range(1, n + 1)], None))).sum(
            axis=0
        )
        rates.append(Rate(f"95 % interval covers, market scatters by {cv:g}", int(ours), n, (0.92, 0.98)))
        told.append(f"by {cv:g}: {plain / n:.1%}")
    note = (
        f"Seeds 1 to {n}; {WEEKS} weeks, {WEEKLY} deals a week. An interval that takes the weeks for plain Poisson "
        f"counts covers, where the market scatters {', '.join(told)}."
    )
    print("", *rates, note, sep="\n")
    write_table("arrivals", "How many deals come", COMMAND, rates, note)
    assert all(rate.met for rate in rates), [str(rate) for rate in rates if not rate.met]
