"""What a deal is worth: its family, by group, and how it goes with the outcome."""

from __future__ import annotations

import numpy as np
import pytest
from records import one_stage, planted

from funnelsim.fit import fit
from funnelsim.fit.values import fit_values
from funnelsim.scenario.distributions import quantile


def record(seed: int, amount, n: int = 1200, **groups):
    created, days, kind, _ = planted(np.random.default_rng(1000 + seed), n)  # luck of its own
    return one_stage(created, days, kind, 330.0, amount=amount(kind), **groups)


@pytest.mark.parametrize(
    ("family", "draw"),
    [("lognormal", lambda rng, n: rng.lognormal(11, 0.8, n)), ("gamma", lambda rng, n: 30_000 * rng.gamma(3, 1, n)),
     ("weibull", lambda rng, n: 60_000 * rng.weibull(2.5, n))],
)  # fmt: skip
def test_the_family_of_values_is_found(family, draw):
    rng = np.random.default_rng(1)
    amounts = np.rint(draw(rng, 3000))
    told = fit_values(record(1, lambda kind: amounts, 3000))
    assert told.of == "all"
    assert told.family == family
    assert told.low < np.median(amounts) < told.high
    assert told.mean == pytest.approx(amounts.mean())
    assert told.relation.p_value > 0.001


def test_a_price_list_is_sampled_as_it_is():
    rng = np.random.default_rng(2)
    told = fit_values(
        record(2, lambda kind: rng.choice([990.0, 4990.0, 19990.0], kind.size, p=[0.6, 0.3, 0.1]))
    )
    assert told.family == "empirical"
    assert set(told.words["values"]) == {990.0, 4990.0, 19990.0}


def test_lost_deals_that_carry_nothing_are_said_and_left_out():
    rng = np.random.default_rng(3)
    history = record(3, lambda kind: np.where(kind == 0, rng.lognormal(10, 0.5, kind.size), 0.0))
    told = fit_values(history)
    assert (told.of, told.why) == ("won", "lost_carry_none")
    assert told.deals < 500
    codes = {warning["code"] for warning in fit(history).json()["warnings"]}
    assert "values_lost_carry_none" in codes


def test_where_large_deals_are_lost_the_values_are_those_of_won_ones():
    rng = np.random.default_rng(4)
    told = fit_values(record(4, lambda kind: rng.lognormal(np.where(kind == 0, 10.0, 11.0), 0.5)))
    assert (told.of, told.why) == ("won", "related")
    assert told.relation.won_median < 0.5 * told.relation.lost_median
    assert told.relation.odds_per_doubling < 0.6
    assert told.low < np.exp(10) < told.high


def test_values_that_have_nothing_to_do_with_the_outcome_are_not_related():
    for seed in range(10):
        amounts = np.random.default_rng(seed).lognormal(10, 0.7, 400)
        assert fit_values(record(seed, lambda kind, amounts=amounts: amounts, 400)).why == ""


def test_segments_that_differ_get_factors_and_the_rest_scatters_less():
    rng = np.random.default_rng(5)
    n = 1500
    segment = rng.choice(["large", "small"], n, p=[0.25, 0.75])
    amounts = rng.lognormal(np.where(segment == "large", 12.0, 10.0), 0.4)
    fitted = fit(record(5, lambda kind: amounts, n, segment=segment))
    group = fitted.values.groups["segment"]
    assert group.differs
    units = {unit.segment: unit for unit in fitted.scenario.demand.units}
    assert units["large"].amount_factor / units["small"].amount_factor == pytest.approx(np.exp(2), rel=0.1)
    assert fitted.scenario.demand.amount.spread == pytest.approx(0.4, abs=0.05)
    # what the scenario makes of it has the median of every segment
    middle = quantile(fitted.scenario.demand.amount, np.array([0.5]))[0]
    assert middle * units["large"].amount_factor == pytest.approx(np.exp(12), rel=0.12)
    assert units["large"].weekly_deals / units["small"].weekly_deals == pytest.approx(1 / 3, rel=0.15)


def test_segments_that_do_not_differ_have_no_factor():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        segment = rng.choice(list("abcde"), 500)
        told = fit_values(
            record(seed, lambda kind, rng=rng: rng.lognormal(10, 0.7, kind.size), 500, segment=segment)
        )
        assert not told.groups["segment"].differs
