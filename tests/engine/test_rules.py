"""The rules, each as a small table."""

import doctest
import importlib
import pkgutil

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
    for part in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        assert doctest.testmod(importlib.import_module(part.name)).failed == 0


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


def test_the_place_in_a_line_goes_by_the_priority_then_by_points():
    def place(priority, stage=0, amount=0, worth=0.0, worked=0.0, score=0):
        return rules.place_in_line(priority, stage, amount, worth, worked, score)

    assert place(rules.LATE_FIRST, 5) < place(rules.LATE_FIRST, 2, score=3000)
    assert place(rules.EARLY_FIRST, 2) < place(rules.EARLY_FIRST, 5, score=3000)
    assert place(rules.FIRST_COME, 5, score=1) < place(rules.FIRST_COME, 2)
    assert place(rules.VALUE_PER_HOUR, 0, 900, 0.5) < place(rules.VALUE_PER_HOUR, 7, 400, 1.0, 0.0, 3000)
    assert place(rules.EQUAL, worked=3.5) < place(rules.EQUAL, worked=3.75, score=3000)
    ends = (place(rules.VALUE_PER_HOUR, 0, 10**15, 64.0, 0.0, 3000), place(rules.EQUAL, worked=40_000.0))
    assert rules.FIRST_IN_LINE < ends[0] < ends[1] < rules.LAST_IN_LINE


def test_a_tier_is_served_by_what_it_has_had_for_its_share():
    edges = [0.0, 100.0, float("inf")]
    assert [rules.tier_of(amount, edges) for amount in (1, 99, 100, 10**12)] == [0, 0, 1, 1]
    assert rules.least_served([3.0, 1.0, 2.0], [1, 1, 1]) == 1
    assert rules.least_served([3.0, 1.0, 2.0], [4, 0, 1]) == 2
    assert rules.least_served([2.0, 2.0], [1, 1]) == 0
    assert rules.least_served([], []) == rules.least_served([1.0], [0]) == -1
    assert rules.served(2.0, 3.0, 0.5) == 8.0
    assert (rules.caught_up(2.0, 5.0), rules.caught_up(6.0, 5.0)) == (5.0, 6.0)


def test_a_new_deal_goes_to_the_rep_whom_the_routing_names():
    everybody, some, nobody = [True] * 4, [True, False, True, False], [False] * 4
    assert [rules.next_in_turn(last, everybody) for last in (-1, 0, 3)] == [0, 1, 0]
    assert [rules.next_in_turn(last, some) for last in (-1, 0, 2)] == [0, 2, 0]
    assert rules.next_in_turn(1, nobody) == rules.most_skilled([1.0] * 4, [0] * 4, nobody) == -1
    skill = [0.1, 0.9, 0.9, -3.0]
    assert rules.most_skilled(skill, [0, 0, 0, 0], everybody) == 1
    assert rules.most_skilled(skill, [0, 3, 2, 2], everybody) == 0  # an average of 1.75
    assert rules.most_skilled(skill, [3, 3, 2, 0], everybody) == 2  # at the average
    assert rules.most_skilled(skill, [3, 0, 2, 9], some) == 2  # who is not there does not count
    assert rules.points(10, 5, 7) == 22


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


def test_a_condition_is_met_beyond_its_limit_and_not_at_it():
    assert [rules.is_met(value, 5.0, True) for value in (4.0, 5.0, 5.5)] == [False, False, True]
    assert [rules.is_met(value, 5.0, False) for value in (4.0, 5.0, 5.5)] == [True, False, False]


def test_the_least_loaded_rep_who_is_there():
    assert rules.least_loaded([3, 1, 1], [True, True, True]) == 1
    assert rules.least_loaded([3, 0, 1], [True, False, True]) == 2
    assert rules.least_loaded([3, 0], [False, False]) == -1


def test_p03_what_is_left_undone_lowers_the_limit():
    assert rules.advance_limit(1.0, 0.0, 0.0, 0.0, 0, -0.4, -0.3) == pytest.approx(0.7)
    assert [rules.is_skipped(u, 0.6) for u in (0.59, 0.6, 0.99)] == [False, True, True]
    assert not rules.is_skipped(1 - 2**-53, 1.0)


def test_p02_every_look_at_evidence_has_luck_of_its_own():
    looks = {rules.attempt_visit(visit, attempt) for visit in range(3) for attempt in range(rules.ATTEMPTS)}
    assert len(looks) == 3 * rules.ATTEMPTS
    assert [rules.is_missing(u, 0.1) for u in (0.05, 0.1)] == [True, False]


def test_p10_another_rep_is_never_the_same_and_may_be_any_other():
    for mine in range(4):
        assert [rules.another(u, 4, mine) for u in (0.1, 0.5, 0.9)] == [n for n in range(4) if n != mine]
    assert [rules.may_collide(*case) for case in ((False, False), (True, False), (True, True))] == [
        True,
        False,
        True,
    ]


def test_q06_a_rep_hides_by_his_nature_and_by_what_surprises_have_left_of_it():
    assert rules.is_hidden(0.2, 0.3, 0.1, 0.15, 1.0)
    assert not rules.is_hidden(0.4, 0.3, 0.1, 0.15, 1.0)
    assert not rules.is_hidden(0.2, 0.3, 0.1, 0.15, rules.deterred(rules.deterred(1.0, 0.3), 0.3))


def test_q06_the_commission_is_paid_in_full_to_the_cent():
    assert rules.commission(1_234_567, 0.02) == 2_469_134
    assert [rules.commission(amount, 0.005) for amount in (1, 2, 3)] == [
        0,
        1,
        2,
    ]  # half a cent to the even one
    assert rules.commission(10**15, 0.1) == 10**16


@pytest.mark.parametrize(
    ("alerts", "most", "chance"), [(1, 0, 0.8), (50, 0, 0.8), (3, 3, 0.8), (4, 3, 0.6), (8, 2, 0.2)]
)
def test_v07_beyond_the_most_a_rep_responds_to_as_many(alerts, most, chance):
    assert rules.response_chance(0.8, alerts, most) == pytest.approx(chance)


def test_p15_files_and_leavers_decide_by_their_share():
    assert [rules.is_on_file(u, 0.4) for u in (0.3, 0.4)] == [True, False]
    assert [rules.leaves_with_rep(u, 0.15) for u in (0.1, 0.15)] == [True, False]


def test_only_a_funnel_that_is_not_strict_jumps_a_stage():
    assert rules.next_stage(0, 5, True, 0.01, 0.1) == 1
    assert rules.next_stage(0, 5, False, 0.01, 0.1) == 2
    assert rules.next_stage(0, 5, False, 0.2, 0.1) == 1
    assert rules.next_stage(3, 5, False, 0.01, 0.1) == 4


def test_v01_a_check_opens_a_track_where_there_was_no_progress_since_the_last():
    assert not rules.opens_track(progress=3.0, checked=-1.0, every_deal=False)  # never checked: birth counts
    assert not rules.opens_track(progress=4.0, checked=4.0, every_deal=False)
    assert rules.opens_track(progress=3.9, checked=4.0, every_deal=False)
    assert rules.opens_track(progress=5.0, checked=4.0, every_deal=True)


def test_v01_a_verdict_drops_the_dead_and_the_living_by_their_shares():
    assert rules.is_dropped(0.74, True, False, 0.75, 0.06)
    assert not rules.is_dropped(0.76, True, False, 0.75, 0.06)
    assert not rules.is_dropped(0.5, False, False, 0.75, 0.06)
    assert rules.is_dropped(0.05, False, False, 0.75, 0.06)
    assert rules.is_dropped(0.99, False, True, 0.75, 0.06)  # no progress is out, taken at its word


def test_v08_a_list_is_due_by_its_cadence_and_fits_into_the_minutes():
    assert [week for week in range(6) if rules.list_is_due(week, 0, 14.0)] == [2, 3, 4, 5]
    assert rules.list_is_due(0, -1_000_000, 30.0)
    assert rules.fits(5.0, 5.0)
    assert not rules.fits(5.0, 4.9)


def test_what_is_entered_late_is_known_late():
    assert rules.is_known(10.0, 0.0, 10.0)
    assert not rules.is_known(10.0, 3.0, 12.9)
    assert rules.is_known(10.0, 3.0, 13.0)


def test_q05_an_audit_is_due_when_luck_exceeds_the_chance_of_none():
    none, weeks = 1.0, 0
    while not rules.audit_is_due(0.5, none):
        none, weeks = rules.not_audited(none, 0.2), weeks + 1
    assert weeks == 4  # 0.8 ** 4 is the first below a half
    assert rules.audit_is_due(1e-9, rules.not_audited(1.0, 1.0))


def test_v03_a_rep_keeps_away_who_has_not_called_for_four_weeks():
    assert rules.likely_cause(2, 1, True, 28.0, 28.0) == 1
    assert rules.likely_cause(2, 1, True, 27.9, 28.0) == 2
    assert rules.likely_cause(2, 1, False, 90.0, 28.0) == 2
    assert rules.is_plain(False, 0.0, 28.0, 0.0, 5.0)
    assert not rules.is_plain(True, 20.0, 28.0, 4.0, 5.0)
    assert rules.is_plain(True, 20.0, 28.0, 6.0, 5.0)
    assert rules.is_plain(True, 28.0, 28.0, 4.0, 5.0)


def test_v06_a_remedy_shortens_what_remains():
    assert rules.hastened(10.0, 30.0, 0.5) == 20.0
    assert rules.hastened(10.0, 30.0, 1.0) == 30.0
    assert rules.hastened(10.0, 10.0, 0.5) == 10.0


def test_v11_a_dose_is_the_share_of_full_hours_of_four_weeks():
    assert rules.dose(0.0, 240.0) == 0.0
    assert rules.dose(60.0, 240.0) == 0.25
    assert rules.dose(240.0, 240.0) == rules.dose(999.0, 240.0) == 1.0


def test_v11_a_rep_learns_up_to_his_dose_and_forgets_what_is_beyond_it():
    assert rules.learned(0.0, 1.0, 0.25, 0.5) == 0.25
    assert rules.learned(0.9, 1.0, 0.25, 0.5) == 1.0
    assert rules.learned(0.0, 0.5, 0.25, 0.5) == 0.125
    assert rules.learned(0.5, 0.5, 0.25, 0.5) == 0.5
    assert rules.learned(1.0, 0.5, 0.25, 0.5) == 0.75
    assert rules.learned(0.8, 0.0, 0.25, 0.5) == 0.4
    assert rules.coached_skill(1.0, 0.5, 0.5, 0.25, 2.0) == 1.75


def test_v11_what_a_rep_believes_orders_his_line_within_a_stage():
    assert rules.believed(2.0, -1.0, 1.0) == 2.0
    assert rules.believed(2.0, -1.0, 0.0) == -1.0
    assert rules.believed(1.0, 1.0, 0.6) == pytest.approx(1.4)
    keys = [rules.reading_key(-3, belief) for belief in (99.0, 1.0, 0.0, -1.0, -99.0)]
    assert keys == sorted(keys)
    assert rules.reading_key(-4, -99.0) < keys[0]
    assert keys[-1] < rules.reading_key(-2, 99.0)
    assert rules.reading_key(-62, 99.0) > rules.FIRST_IN_LINE
    assert rules.reading_key(62, -99.0) < rules.LAST_IN_LINE


def test_v11_a_dead_deal_is_found_out_at_the_faster_pace_while_it_lasts():
    assert rules.found_sooner(10.0, 17.0, 18.0, 1.0) == 14.0
    assert rules.found_sooner(10.0, 17.0, 24.0, 1.0) == 17.0
    assert rules.found_sooner(10.0, 17.0, 40.0, 1.0) == 33.0
    assert rules.found_sooner(10.0, 17.0, 40.0, 0.0) == 40.0


def test_h06_the_interim_owner_is_who_has_fewest_and_stays():
    assert rules.interim_owner([1, 3, 2], [True] * 3, [True, False, False], 0) == 2
    assert (
        rules.interim_owner([1, 3, 2], [True] * 3, [True, False, True], 0) == 1
    )  # who leaves too comes last
    assert rules.interim_owner([1, 3, 2], [True, False, True], [True, False, True], 0) == 2
    assert rules.interim_owner([1, 3, 2], [True, False, False], [False] * 3, 0) == -1
    assert rules.interim_owner([1, 2, 2], [True] * 3, [False] * 3, 0) == 1  # the first of equals


def test_h06_the_upper_third_waits_and_the_others_are_for_two():
    assert [rules.parts_of(third) for third in (rules.UPPER, rules.MIDDLE, rules.LOWER)] == [rules.LATE, 2, 2]
    assert [rules.finds_dead(0.7, dead, 0.75) for dead in (True, False)] == [True, False]
    assert not rules.finds_dead(0.75, True, 0.75)


def test_h03_the_rep_has_his_share_of_a_customer_who_knows_others():
    assert [rules.own_share(ties) for ties in (0.0, 1.0, 3.0)] == [1.0, 0.5, 0.25]
    assert rules.departure_chance(0.4, 0.1, False, 0.0) == 0.4
    assert rules.departure_chance(0.4, 0.1, True, 0.0) == 0.1
    assert rules.departure_chance(0.4, 0.1, False, 1.0) == 0.2


def test_what_a_manager_spends_ahead_comes_off_the_weeks_that_follow():
    assert (rules.left_of_week(600.0, 90.0), rules.still_owed(600.0, 90.0)) == (510.0, 0.0)
    assert (rules.left_of_week(600.0, 900.0), rules.still_owed(600.0, 900.0)) == (0.0, 300.0)
    assert rules.left_of_week(600.0, 0.0) == 600.0
