"""Draws: uniforms pushed through quantile functions, by name."""

import numpy as np
import pytest
from scipy import stats
from worlds import company, stage

from funnelsim.engine.draws import draw, market_factor, poisson_quantile
from funnelsim.engine.tables import compile_tables
from funnelsim.scenario.files import load


def gates(draws, stage, visit=0):
    return draws.luck(visit)[:, draws.tables.layout.gate[stage]]


def delays(draws, stage, visit=0):
    return draws.luck(visit)[:, draws.tables.layout.delay[0, stage, 0]]


@pytest.mark.parametrize("mean", [0.0, 0.0244, 1.0, 17.0, 29.9, 31.0, 250.0, 800.0])
def test_poisson_quantiles_are_scipys(mean):
    u = (np.arange(4000) + 0.5) / 4000
    assert np.array_equal(poisson_quantile(u, np.full(u.shape, mean)), stats.poisson.ppf(u, mean))


def test_the_market_factor_is_a_gamma_of_mean_one():
    u = (np.arange(20000) + 0.5) / 20000
    factor = market_factor(0.3, u)
    assert factor.mean() == pytest.approx(1, abs=1e-3)
    assert factor.std() == pytest.approx(0.3, abs=2e-3)
    assert (market_factor(0, u) == 1).all()


def test_a_slower_stage_has_the_same_slow_deals_slower():
    base = load("industrial_8x8")
    slow = base.replace("stages.demo.delay_days", "=*1.5")
    one, two = (delays(draw(compile_tables(s), 1, 0), 3) for s in (base, slow))
    assert np.allclose(two, 1.5 * one, atol=1e-5)


def test_a_fixed_time_is_the_same_whether_the_luck_beside_it_is_drawn_or_at_hand():
    days = {"advance": 2.4, "lost": {"median": 7.31, "spread": 0.6}}  # 2.4 does not lie on the grid of days
    tables = compile_tables(company(stage(days=days), weekly_deals=3))
    fresh, again = (draw(tables, 77, 0) for _ in range(2))
    assert (delays(fresh, 0) == 2.4).all()
    assert fresh.luck(0).tobytes() == again.luck(0).tobytes()


def test_times_lie_on_the_grid_of_days_and_logits_on_theirs():
    luck = draw(compile_tables(load("industrial_8x8")), 1, 0)
    for values, grid in ((delays(luck, 0), 2.0**20), (gates(luck, 0), 2.0**30)):
        assert np.array_equal(values * grid, np.rint(values * grid))


def test_adding_a_stage_a_rep_a_territory_or_demand_leaves_every_customers_luck():
    base = company(stage("a", days={"median": 5, "spread": 0.6}), weekly_deals=3, days=200)
    more = company(
        stage("new"), stage("a", days={"median": 5, "spread": 0.6}), weekly_deals=4, days=200, reps=2,
        policies={"prospecting": {"every_days": 24}},
    )  # fmt: skip
    one, two = (draw(compile_tables(s), 3, 1) for s in (base, more))
    at = {int(n): k for k, n in enumerate(two.ordinal) if np.isfinite(two.arrival[k])}
    both = [at[int(n)] for n in one.ordinal]
    assert np.array_equal(one.arrival, two.arrival[both])
    assert np.array_equal(gates(one, 0), gates(two, 1)[both])
    assert np.array_equal(delays(one, 0, visit=2), delays(two, 1, visit=2)[both])
    assert np.array_equal(one.amount[0], two.amount[0][both])


def test_the_season_moves_demand_between_months_and_keeps_its_sum():
    season = [0.5] * 6 + [1.5] * 6
    world = company(stage(), weekly_deals=40, days=365)
    seasonal = world.replace("demand.season", season)
    created = draw(compile_tables(seasonal), 1, 0).arrival
    first, second = (created < 181).sum(), (created >= 181).sum()
    assert 2.4 < second / first < 3.6
