"""Which option is best: a tie is a tie, and the stated confidence is kept over many worlds of known truth."""

from __future__ import annotations

import numpy as np
import pytest
from rates import Rate
from scipy import special

from funnelsim.study.compare import difference
from funnelsim.study.ranking import BEHIND, BEST, TIE, UNDEFINED, ranked


def test_two_options_are_ranked_as_they_are_compared():
    rng = np.random.default_rng(1)
    for gap in (0.0, 0.3, 1.0):
        a = rng.standard_normal(12)
        b = a + gap + 0.5 * rng.standard_normal(12)
        told, d = ranked({"a": a, "b": b}, 1), difference(a, b)
        other, way = told.standings[1], np.sign(d.mean)
        assert (other.verdict == TIE) is (d.verdict == "tie")
        assert other.behind == pytest.approx(abs(d.mean))
        assert sorted((other.behind_low, other.behind_high)) == pytest.approx(
            sorted((way * d.low, way * d.high))
        )
        assert told.confidence == pytest.approx(abs(2 * d.p_better - 1), abs=1e-9)


def test_intervals_are_those_of_the_paired_t_at_the_bonferroni_level():
    """Three options by hand: differences to the best of 1, 2, 3 have the mean 2 and the error 1 / sqrt(3)."""
    best = np.array([10.0, 20.0, 30.0])
    told = ranked({"low": best - [1, 2, 3], "best": best, "same": best - 5}, 1)
    names = [one.name for one in told.standings]
    assert names == ["best", "low", "same"]
    _, low, same = told.standings
    half = special.stdtrit(2, 1 - 0.05 / 2 / 2) / np.sqrt(3)
    assert (low.behind, low.behind_low, low.behind_high) == pytest.approx((2, 2 - half, 2 + half))
    assert (same.behind, same.behind_low, same.behind_high) == (5, 5, 5)
    assert [one.verdict for one in told.standings] == [BEST, TIE, BEHIND]
    assert told.tied == ("best", "low")
    assert told.confidence == pytest.approx(1 - 2 * 2 * special.stdtr(2, -2 * np.sqrt(3)))


def test_nothing_ties_exactly_where_the_confidence_is_95_percent_or_more():
    rng = np.random.default_rng(2)
    for _ in range(300):
        worlds = rng.standard_normal((5, 20)) * 0.3 + rng.normal(0, 0.4, (5, 1)) + rng.standard_normal(20)
        told = ranked({str(k): row for k, row in enumerate(worlds)}, 1)
        assert (told.confidence >= 0.95) is (len(told.tied) == 1)


def test_less_is_better_where_it_is():
    values = {"fast": np.array([1.0, 2.0, 3.0]), "slow": np.array([5.0, 6.1, 7.0])}
    told = ranked(values, -1)
    assert (told.best, told.standings[1].verdict) == ("fast", BEHIND)
    assert told.standings[1].behind == pytest.approx(4.0333, abs=1e-3)
    assert ranked(values, 1).best == "slow"


def test_equal_options_tie_with_no_confidence_at_all():
    values = np.arange(10.0)
    told = ranked({"a": values, "b": values.copy(), "c": values - 3}, 1)
    assert (told.best, told.tied, told.confidence) == ("a", ("a", "b"), 0.0)


def test_years_in_which_one_option_has_no_value_do_not_count():
    a, b = np.array([1.0, 2.0, np.nan, 4.0]), np.array([0.0, 1.5, 9.0, 3.0])
    told = ranked({"a": a, "b": b, "never": np.full(4, np.nan)}, 1)
    assert told.n == 3
    assert [one.verdict for one in told.standings][-1] == UNDEFINED
    assert told.standings[1].behind == pytest.approx((1 + 0.5 + 1) / 3)


def test_too_little_says_nothing():
    assert ranked({"a": np.array([1.0]), "b": np.array([2.0])}, 1).confidence is None
    assert ranked({"a": np.array([1.0, 2.0])}, 1).confidence is None
    nothing = ranked({"a": np.array([np.nan, 1.0]), "b": np.array([1.0, np.nan])}, 1)
    assert (nothing.best, nothing.n) == (None, 0)


@pytest.mark.parametrize(
    ("options", "years", "gap"), [(2, 10, 0.5), (10, 20, 0.0), (10, 20, 0.5), (36, 40, 1.0)]
)
@pytest.mark.parametrize("skewed", [False, True])
def test_the_truly_best_is_among_the_ties_and_a_confident_pick_is_right(options, years, gap, skewed):
    """1,000 worlds with known means: the best is missing among the ties, or a pick with a confidence of 95 % or
    more is wrong, in at most 2.5 % of them, also where years are lognormal."""
    rng = np.random.default_rng(3)
    missing = wrong = 0
    for _ in range(1000):
        means = np.sort(rng.normal(0, gap, options)) if gap else np.zeros(options)
        luck = rng.standard_normal((options, years))
        years_of = means[:, None] + 2 * rng.standard_normal(years) + (np.exp(luck) if skewed else luck)
        told = ranked({str(k): row for k, row in enumerate(years_of)}, 1)
        missing += str(options - 1) not in told.tied
        wrong += told.confidence >= 0.95 and told.best != str(options - 1)
    for what, seen in (("missing", missing), ("wrong", wrong)):
        rate = Rate(what, seen, 1000, (0, 0.025))
        assert rate.met, rate
