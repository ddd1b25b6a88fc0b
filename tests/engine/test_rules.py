"""The rules, each as a small table."""

import doctest

import numpy as np
import pytest

from funnelsim.engine import rules
from funnelsim.engine.told import priced


def test_q01_weighted_quota_counts_25_50_75():
    assert rules.weighted_quota([(100, "upper")]) == 25.0
    assert rules.weighted_quota([(100, "upper"), (200, "middle"), (80, "lower")]) == 185.0


def test_q01_the_sum_over_reps_is_the_total():
    reps = {
        "A": [(400_000, "upper"), (300_000, "middle"), (200_000, "lower")],
        "B": [(1_200_000, "upper"), (200_000, "middle"), (80_000, "lower")],
        "C": [(300_000, "upper"), (500_000, "middle"), (400_000, "lower")],
    }
    single = {rep: rules.weighted_quota(pipeline) for rep, pipeline in reps.items()}
    assert single == {"A": 400_000.0, "B": 460_000.0, "C": 625_000.0}
    whole = rules.weighted_quota([deal for pipeline in reps.values() for deal in pipeline])
    assert abs(sum(single.values()) - whole) < 1e-9


def test_the_docstrings_examples_hold():
    assert doctest.testmod(rules).failed == 0


def test_moments_of_one_instant_are_ordered_by_kind_then_deal_then_person():
    ranks = [
        rules.tie_rank(rules.INTERVENTION, -1, 3),
        rules.tie_rank(rules.TASK_END, 4, 0),
        rules.tie_rank(rules.TASK_END, 4, 1),
        rules.tie_rank(rules.TASK_END, 5, 0),
        rules.tie_rank(rules.GATE, 0, -1),
        rules.tie_rank(rules.TASK_START, -1, 0),
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert rules.tie_rank(rules.TASK_START, 2**40 - 3, 2**16 - 3) < 2**63


@pytest.mark.parametrize(
    ("now", "hours", "end"),
    [(0.0, 1.0, 0.5), (0.5, 1.0, 1.0), (0.5, 2.0, 3.5), (2.25, 1.0, 3.5), (0.0, 0.0, 0.0), (3.0, 3.0, -1.0)],
)
def test_work_goes_on_only_in_hours_that_are_worked(now, hours, end):
    cumulative = [0.0, 2.0, 2.0, 2.0, 4.0]  # two hours on the first and on the fourth day
    assert rules.work_end(cumulative, now, hours) == end


def test_an_ending_is_picked_by_its_share():
    edges = [0.1, 0.5, 0.9, 1.0]
    assert [rules.which(u, edges) for u in (0.05, 0.1, 0.3, 0.5, 0.95, 0.9999)] == [0, 1, 1, 2, 3, 3]


def test_a_deal_falls_back_neither_from_the_first_stage_nor_to_one_seen_three_times():
    assert not rules.may_regress(0, 0)
    assert rules.may_regress(1, 2)
    assert not rules.may_regress(1, 3)


def test_late_stages_come_first_and_prospecting_last():
    assert rules.line_key(rules.LATE_FIRST, 5) < rules.line_key(rules.LATE_FIRST, 2) < rules.LAST_IN_LINE
    assert rules.line_key(rules.EARLY_FIRST, 2) < rules.line_key(rules.EARLY_FIRST, 5) < rules.LAST_IN_LINE
    assert rules.line_key(rules.FIRST_COME, 5) == rules.line_key(rules.FIRST_COME, 2)


def test_being_ahead_of_the_buyer_by_two_or_more_lowers_the_odds():
    limits = [rules.advance_limit(1.0, 0.0, 0.0, 0.0, ahead, -0.4) for ahead in range(4)]
    assert limits == pytest.approx([1.0, 1.0, 0.6, 0.2])


def test_a_price_is_rounded_half_to_even_once_and_is_never_nothing():
    given = [
        (100, 0.95, 95),
        (50, 0.95, 48),
        (30, 0.95, 28),
        (10, 0.95, 10),
        (90, 0.95, 86),
        (1, 0.1, 1),
        (7, 1.0, 7),
    ]
    for listed, kept, asked in given:
        assert rules.priced(listed, kept) == asked == max(1, round(listed * kept))
    rng = np.random.default_rng(1)
    many = rng.integers(1, 10**9, 20_000)
    for kept in (0.5, 0.75, 0.95, 0.931):
        assert priced(many, np.float64(kept)).tolist() == [rules.priced(a, kept) for a in many.tolist()]


def test_the_least_loaded_rep_who_is_there():
    assert rules.least_loaded([3, 1, 1], [True, True, True]) == 1
    assert rules.least_loaded([3, 0, 1], [True, False, True]) == 2
    assert rules.least_loaded([3, 0], [False, False]) == -1


def test_only_a_funnel_that_is_not_strict_jumps_a_stage():
    assert rules.next_stage(0, 5, True, 0.01, 0.1) == 1
    assert rules.next_stage(0, 5, False, 0.01, 0.1) == 2
    assert rules.next_stage(0, 5, False, 0.2, 0.1) == 1
    assert rules.next_stage(3, 5, False, 0.01, 0.1) == 4
