"""Rows of the domain that many runs show: losses that come back, how long an order takes."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import company, stage

from funnelsim.engine.run import simulate
from funnelsim.history.log import CODE, ENDS, REPORT
from funnelsim.scenario.files import load
from funnelsim.study.columns import Columns
from funnelsim.study.metrics import measure

MONTH = 365.25 / 12


def nurtured(share):
    endings = {"no_decision": 0.5, "lost": {"price": 0.5}}
    stages = (stage(name, advance=0.5, days=2, otherwise=endings) for name in ("one", "two"))
    behaviour = {"revive": {"share": share, "days": 10}}
    return simulate(
        company(*stages, weekly_deals=5, days=364, behaviour=behaviour), seed=1, replications=10
    ).log


def test_f05_nothing_comes_back_where_nobody_is_nurtured():
    numbers = measure(nurtured(0.0))
    assert numbers["reopened"].sum() == 0
    assert (numbers["revived_win_share"] == 0).all()


def test_f05_three_of_ten_failed_deals_come_back():
    """Within the binomial 95 % interval of 0.30; those closed in the last ten days could not yet."""
    log = nurtured(0.3)
    deals = log.deals
    failed = np.isin(deals.event, ENDS) & (deals.event != CODE["won"]) & (deals.time < log.horizon - 10)
    n = failed.sum()
    back = (deals.event == CODE["reopened"]).sum()
    assert n > 1000
    assert abs(back / n - 0.30) < 1.96 * np.sqrt(0.30 * 0.70 / n), f"{back} of {n}"
    numbers = measure(log)
    assert numbers["reopened"].sum() == back
    assert 0.05 < numbers["revived_win_share"].mean() < 0.5


@pytest.fixture(scope="module")
def industrial():
    return simulate(load("industrial_8x8"), seed=1, replications=40, workers=2).log


@pytest.mark.slow
def test_f09_an_order_takes_three_months_to_two_years(industrial):
    p5, median, p95, p99 = np.percentile(Columns(industrial).wins.days, (5, 50, 95, 99)) / MONTH
    assert p5 >= 3
    assert 6 <= median <= 10
    assert p95 <= 18
    assert p99 <= 24


@pytest.mark.slow
def test_f09_the_reps_are_busy_and_later_stages_win_more(industrial):
    utilisation = measure(industrial)["utilisation"].mean()
    assert 0.85 <= utilisation <= 0.95
    visits = Columns(industrial).visits
    state = Columns(industrial).state_at(industrial.horizon)
    rates = []
    for number in range(len(industrial.names.stages)):
        ended = state[np.unique(visits.deal[visits.stage == number])]
        rates.append(np.mean(ended[ended >= 0] == CODE["won"]))
    assert (np.diff(rates) > 0).all(), np.round(rates, 2)


@pytest.mark.slow
def test_q02_the_nominal_forecast_of_the_undisciplined_default_is_too_hopeful(industrial):
    """Won within the year of what the report shows open: about 14, 40 and 66 %, not 25, 50 and 75; all
    forecasts together are about 1.35 times what they brought."""
    numbers = measure(industrial, REPORT)
    shares = [np.nanmean(numbers[f"realised.{third}"]) for third in ("upper", "middle", "lower")]
    np.testing.assert_allclose(shares, (0.14, 0.40, 0.66), atol=0.06)
    report = Columns(industrial, REPORT)
    weight = np.array(report.weights)[np.array(industrial.names.thirds)[report.at_begin.stage]]
    brought = np.isin(report.wins.deal, report.at_begin.deal) @ report.wins.amount
    assert 1.2 < weight @ report.at_begin.amount / brought < 1.5
