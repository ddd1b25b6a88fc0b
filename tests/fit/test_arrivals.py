"""How many deals come: season, trend and scatter are found where they are, and only there."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from rates import Rate
from records import one_stage

from funnelsim.fit.arrivals import ArrivalFit, fit_arrivals
from funnelsim.fit.propose import propose
from funnelsim.fit.stages import fit_stages
from funnelsim.history.reader import History


def created(
    rng: np.random.Generator,
    weekly: float,
    weeks: int,
    cv: float = 0.0,
    season: float = 0.0,
    a_year: float = 1.0,
) -> np.ndarray:
    """Days of creation: `weekly` at the record's end, season a cosine with its top at the end of January."""
    day = np.arange(weeks) * 7 + 3.5
    rate = (
        weekly
        * np.exp(season * np.cos(2 * np.pi * (day - 30) / 365.25))
        * a_year ** ((day - day[-1]) / 365.25)
    )
    if cv:
        rate = rate * rng.gamma(cv**-2, cv**2, weeks)
    return 7 * np.repeat(np.arange(weeks), rng.poisson(rate)) + 7 * rng.random(1)


def record(days: np.ndarray, last: float) -> History:
    return one_stage(days, np.full(days.size, 5.0), np.arange(days.size) % 2, last)


def arrivals(seed: int, weekly: float, weeks: int, **more: float) -> ArrivalFit:
    rng = np.random.default_rng(seed)
    return fit_arrivals(record(created(rng, weekly, weeks, **more), 7.0 * weeks - 1))


@pytest.mark.parametrize("cv", [0.0, 0.3])
def test_the_interval_of_the_rate_covers_it_though_weeks_scatter(cv):
    """A fifth of the study; plain Poisson intervals cover 75 % where the market scatters by .3."""
    hits = 0
    for seed in range(40):
        told = arrivals(seed, 12.0, 104, cv=cv)
        hits += told.low < 12 < told.high
    rate = Rate("95 % interval covers the rate", hits, 40, (0.92, 0.98))
    assert rate.met, str(rate)


def test_the_scatter_of_weeks_becomes_the_market_factor():
    found = [arrivals(seed, 20.0, 156, cv=0.3).market_cv for seed in range(8)]
    assert np.mean(found) == pytest.approx(0.3, abs=0.04)
    assert np.mean([arrivals(seed, 20.0, 156).market_cv for seed in range(8)]) < 0.07


def test_a_season_is_found_and_put_into_the_scenario():
    rng = np.random.default_rng(1)
    history = record(created(rng, 20.0, 208, cv=0.2, season=0.4), 7.0 * 208 - 1)
    told = fit_arrivals(history)
    assert told.season is not None
    assert told.trend is None
    planted = np.exp(0.4 * np.cos(2 * np.pi * (np.arange(365) - 30) / 365.25))
    month = [date.fromordinal(date(2023, 1, 1).toordinal() + day).month for day in range(365)]
    monthly = np.array([planted[np.array(month) == m].mean() for m in range(1, 13)])
    assert np.array(told.season) == pytest.approx(monthly / monthly.mean(), abs=0.1)
    scenario = propose(history, fit_stages(history), told, None, None)
    assert scenario.demand.season == told.season
    assert scenario.provenance["demand.season"].kind == "fitted"


def test_neither_season_nor_trend_is_seen_in_chance():
    for seed in range(12):
        told = arrivals(seed, 8.0, 156, cv=0.3)
        assert told.season is None
        assert told.trend is None


def test_a_trend_is_found_and_the_rate_is_that_of_the_end():
    told = arrivals(2, 20.0, 156, cv=0.2, a_year=1.5)
    assert told.trend is not None
    a_year, low, high = told.trend
    assert low < 1.5 < high
    assert a_year == pytest.approx(1.5, abs=0.2)
    assert told.low < 20 < told.high
    assert told.deals / told.weeks < 0.75 * told.weekly, "the mean of the record is far below"


def test_a_year_of_record_cannot_tell_a_trend_from_a_season():
    for more in ({"season": 0.5}, {"a_year": 2.5}):
        told = arrivals(3, 25.0, 52, **more)
        assert told.trend is None
        assert told.season is None
    assert told.unclear, "it grew by two and a half"


def test_months_in_which_the_record_began_or_stopped_are_not_counted():
    rng = np.random.default_rng(4)
    days = np.sort(rng.uniform(0, 730, 1500))
    thin = days < 31  # the first month: the CRM fills slowly
    days = np.r_[days[thin][::6], days[~thin]]
    told = fit_arrivals(record(days, 800.0))  # nothing came in the last seventy days
    assert told.first == "2024-02-01"
    assert "2024-01" in told.excluded
    assert {"2026-02", "2026-03"} <= set(told.excluded)
    assert told.low < 1500 / 730 * 7 < told.high


def test_rare_deals_are_no_late_begin():
    told = fit_arrivals(record(np.array([12.0, 80, 130, 200, 260, 300, 340]), 365.0))
    assert told.excluded == ()
    assert told.deals == 7
    assert told.low < 7 / 52 < told.high
