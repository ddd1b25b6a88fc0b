"""The validation card: a held-out part compared with companies that the fit allows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from data import data
from records import one_stage

import funnelsim as fs
from funnelsim.errors import FitError
from funnelsim.history.reader import History
from funnelsim.study.checks import _distance, band
from funnelsim.study.heldout import part_of
from funnelsim.study.replay import replayed, weekly_counts
from funnelsim.study.validation import before, validate


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


LAST = 600.0
CUT = 451.0
"""First day that is held out of a record of so many days."""


def record(change: str = "", seed: int = 1) -> History:
    """900 deals, six in ten won after some 33 days, the others lost after 27; every seventh never resolves.

    change   what happens to deals that come after the cut: `slower`, `fewer`; `more` come all the time;
             `closed_only` leaves out those that are still going on when the record ends, and they take long
    """
    rng = np.random.default_rng(seed)
    n = 900
    created = LAST * (np.log1p(rng.random(n) * np.expm1(1.5)) / 1.5 if change == "more" else rng.random(n))
    kind = rng.choice(2, n, p=[0.6, 0.4])
    days = np.maximum(np.where(kind == 0, 42 * rng.weibull(1.5, n), rng.lognormal(3.3, 0.7, n)), 0.6)
    never = rng.random(n) < 1 / 7
    late = created >= CUT
    if change == "slower":
        days[late] *= 1.6
    kept = np.ones(n, bool)
    if change == "fewer":
        kept = ~late | (rng.random(n) < 0.5)
    if change == "closed_only":
        days *= 2.5
        kept = never | (created + days < LAST)
    days[never] = 1e5
    return one_stage(created[kept], days[kept], kind[kept], LAST, amount=rng.lognormal(8, 0.5, kept.sum()))


def failed(card) -> dict[str, str]:
    return {check.name: check.why for check in card.checks if not check.passed}


def test_what_never_resolves_stays_open_in_the_simulated_companies_too():
    """Closed at any age it would stand among the lost, the cycle times and no longer among the open."""
    card = validate(record())
    assert card.begin == card.fit.history.log.start + timedelta(days=CUT)
    assert card.fit.stages[0].unresolved == pytest.approx(1 / 7, abs=0.04)
    stage = card.fit.scenario.stages[0]
    assert stage.delay_days.no_decision.value > 365 * 50
    assert card.fit.scenario.measure.warmup_weeks < 30
    assert len(failed(card)) <= 1, failed(card)
    assert all(check.why == "" and check.earlier == () for check in card.checks if check.passed)
    assert card.passed_with_came is None


def test_with_half_the_deals_it_says_that_fewer_came_and_that_the_rest_follows():
    card = validate(record("fewer"))
    told = failed(card)
    assert told.pop("arrivals") == "fewer"
    told.pop("distance.arrival", None)
    assert {"open", "wins"} <= set(told)
    assert set(told.values()) == {"arrivals"}
    assert card.passed_with_came >= len(card.checks) - 1


def test_a_company_that_grows_fails_by_its_growth_alone():
    card = validate(record("more"))
    told = failed(card)
    assert told["arrivals"] == "more"
    assert list(told.values()).count("arrivals") >= len(told) - 2
    assert card.passed_with_came >= len(card.checks) - 1


def test_a_company_that_has_become_slower_fails_by_its_days_and_not_by_its_deals():
    told = failed(validate(record("slower")))
    assert told["stage_days"] == told["distance.cycle_time"] == "changed"
    assert not {"arrivals", "distance.arrival", "stage_share"} & set(told)


def test_a_record_without_its_open_deals_is_suspected():
    assert failed(validate(record("closed_only")))["arrivals"] == "closed_only"


@pytest.mark.slow
def test_the_sample_crm_is_said_to_lack_the_open_deals_of_its_last_quarter():
    """Third-party data: 283 and 121 deals in its last two months where 800 a month came, nearly all closed soon.

    What a fit can know, it has right: how many visits go on and how long those take that do."""
    tables = [data(f"maven_crm/{name}") for name in ("accounts.csv", "products.csv", "sales_teams.csv")]
    card = validate(fs.read_history(data("maven_crm/sales_pipeline.csv"), tables=tables))
    told = failed(card)
    assert told["arrivals"] == "closed_only"
    assert told["distance.arrival"] == "when"
    assert told["open"] == "arrivals"
    assert all(told.values())
    assert not {"cycle_won", "stage_days", "stage_share"} & set(told)


def test_a_replayed_company_gets_as_many_deals_a_week_as_came():
    """Whatever its own demand, season and market; where nothing is told, its own."""
    scenario = fs.load("tiny").replace("demand.market_cv", 0.5).replace("measure.warmup_weeks", 4)
    weeks = 10
    came = np.r_[np.nan, 0.0, np.full(weeks - 2, 40.0)]
    logs = [replayed(scenario, 1, number, came) for number in range(20)]
    found = np.array([weekly_counts(log.opportunities.created, 0.0, weeks + 2) for log in logs])
    assert (found[:, 1] == 0).all()
    total = found[:, 2:weeks].sum()
    assert abs(total - 20 * 40 * 8) < 4 * np.sqrt(20 * 40 * 8)
    plain = [fs.simulate(scenario, 1, 1, first=number).log for number in range(20)]
    same = np.array([weekly_counts(log.opportunities.created, 0.0, weeks + 2) for log in plain])
    assert (found[:, [0, weeks, weeks + 1]] == same[:, [0, weeks, weeks + 1]]).all()
