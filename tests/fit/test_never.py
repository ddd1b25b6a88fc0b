"""Visits that never resolve: found where the record can show them, never where it is merely short."""

from __future__ import annotations

import numpy as np
import pytest
from records import one_stage

from funnelsim.fit.choose import chosen, watched_age
from funnelsim.fit.spells import Spells
from funnelsim.fit.stages import fit_stage


def record(seed: int, n: int, never: float, last: float) -> tuple[Spells, float]:
    """Two outcomes in 30 and 35 days, begun evenly until day `last`; a share never ends."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(2, n, p=[0.6, 0.4])
    days = np.where(kind == 0, 30 * rng.weibull(2.0, n), rng.lognormal(3.5, 0.8, n))
    age = np.rint(rng.uniform(0, last, n)) + 0.5
    days = np.where(rng.random(n) < never, 1e6, np.maximum(np.rint(days), 0.5))
    ended = days <= age
    return Spells.collapse(np.zeros(n), np.minimum(days, age), np.where(ended, kind, -1)), watched_age(age)


@pytest.mark.parametrize(("n", "last"), [(200, 60), (200, 400), (800, 90), (800, 1000)])
def test_heavy_censoring_alone_is_never_taken_for_it(n, last):
    for seed in range(3):
        spells, age = record(seed, n, 0.0, last)
        mixture, told = chosen(spells, 2, watched_to=age)
        assert told.verdict == "none"
        assert not mixture.never


@pytest.mark.parametrize(("n", "share"), [(200, 0.25), (1000, 0.1)])
def test_a_record_that_is_long_enough_shows_it(n, share):
    for seed in range(4):
        spells, age = record(seed, n, share, 1000.0)
        mixture, told = chosen(spells, 2, watched_to=age)
        assert told.verdict == "some"
        assert told.gain > 8
        low, high = mixture.share_interval(2)
        assert low < mixture.never_share < high
        assert mixture.never_share == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))


def test_a_short_record_does_not_put_a_number_on_it():
    """60 days of record, ends that take 30 and more: what is open may be late or lost for ever."""
    for seed in range(3):
        spells, age = record(seed, 300, 0.25, 60.0)
        assert chosen(spells, 2, watched_to=age)[1].verdict != "some"


def test_the_fit_counts_what_is_older_than_any_end():
    rng = np.random.default_rng(5)
    n = 600
    days = np.where(rng.random(n) < 0.2, 1e5, rng.uniform(3, 40, n))
    stage = fit_stage(one_stage(rng.uniform(0, 400, n), days, rng.choice(2, n), 400.0), 0)
    told = stage.as_dict()["unresolved"]
    assert told["verdict"] == "some"
    assert told["share"] == pytest.approx(0.2, abs=0.05)
    assert told["longest_end_days"] <= 41
    assert 0.15 * n * 0.85 < told["open_longer"] < 0.25 * n
