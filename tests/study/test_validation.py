"""The validation card: a held-out part compared with companies that the fit allows."""

from __future__ import annotations

import numpy as np
import pytest

import funnelsim as fs
from funnelsim.errors import FitError
from funnelsim.history.reader import History
from funnelsim.study.heldout import part_of
from funnelsim.study.validation import _distance, band, before, validate


@pytest.fixture(scope="module")
def history():
    scenario = fs.load("tiny").replace("measure.warmup_weeks", 0)
    return History.of(fs.simulate(scenario, seed=1, replications=1).log)


def test_a_band_holds_one_more_of_the_same_kind_with_95_percent():
    """39 simulated and a real one, all alike: by ranks alone 1 of 20 lies outside."""
    rng = np.random.default_rng(1)
    years = rng.lognormal(size=(40, 4000))
    low, high = band(years[1:])
    outside = ((years[0] < low) | (years[0] > high)).mean()
    assert abs(outside - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 4000)


def test_a_distribution_like_the_others_is_far_from_them_with_5_percent():
    rng = np.random.default_rng(2)
    failed = 0
    for _ in range(2000):
        points = rng.normal(size=40)
        failed += not _distance("cycle_time", np.abs(points[:, None] - points[None, :])).passed
    assert abs(failed / 2000 - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 2000)


def test_a_distribution_of_its_own_fails():
    points = np.r_[9.0, np.linspace(-1, 1, 39)]
    assert not _distance("cycle_time", np.abs(points[:, None] - points[None, :])).passed


def test_a_part_and_what_came_before_are_the_whole(history):
    """Deals, ends and amounts of a log lie before a day or after it."""
    end = history.log.horizon
    whole = part_of(history.log, 0.0, end, False)
    first, second = part_of(history.log, 0.0, 60.0, False), part_of(history.log, 60.0, end, False)
    assert first.arrivals.size + second.arrivals.size == whole.arrivals.size > 0
    assert first.closed.sum() + second.closed.sum() == whole.closed.sum() > 0
    assert len(first.visits) + len(second.visits) == len(whole.visits)
    assert len(second.traces) == second.closed.sum()
    assert (second.born <= second.visits.entered).all()
    won = whole.amount[whole.closed & whole.won].sum()
    assert first.bookings_so_far()[-1] + second.bookings_so_far()[-1] == won
    assert second.open_days()[-1] == np.isinf(whole.ended).sum()


def test_nothing_of_the_part_held_out_is_known_before_it(history):
    known = before(history, 60.0)
    assert known.log.deals.time.max() < 60
    assert known.log.opportunities.created.max() < 60
    assert known.as_of < history.as_of


def test_a_short_record_is_refused_with_what_it_lacks(history):
    with pytest.raises(FitError, match="at least 28 days"):
        validate(before(history, 60.0))


@pytest.mark.slow
def test_a_record_of_the_company_that_was_fitted_passes():
    """About 1 check in 20 may fail; checks of one record hang together."""
    card = validate(History.of(fs.simulate(fs.load("observed_only"), seed=1, replications=1).log))
    assert {"arrivals", "bookings", "open", "stage_days"} <= {check.name for check in card.checks}
    assert card.passed / len(card.checks) >= 0.8, f"{card.passed} of {len(card.checks)}"
