"""Every metric on five deals, computed by hand. Measured are days 100 to 200; see tests/logs.py."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from logs import FIVE_AMOUNTS, FIVE_DEALS, five_deals, make_log

from funnelsim.history.log import REPORT
from funnelsim.study.metrics import METRICS, about, measure, summary, table, velocity_of

UNITS = (
    "currency", "currency/day", "currency/hour", "deals", "people", "weeks", "share", "ratio", "days", "hours", "count",
)  # fmt: skip


def value(name: str, log=None, **how):
    return measure(log or five_deals(), **how)[name][0]


def test_bookings_are_the_amounts_won_by_close_date_at_the_amount_of_the_win():
    assert value("bookings") == 1500 + 8000
    assert value("bookings", measured=(100.0, 160.0)) == 1500
    assert measure(five_deals())["bookings"].dtype == np.int64


def test_a_win_on_the_first_moment_counts_and_one_on_the_last_does_not():
    assert value("bookings", measured=(150.0, 175.0)) == 1500


def test_an_amount_changed_after_the_win_does_not_change_bookings():
    deals = [(0.0, 0, "created", None), (120.0, 0, "won", "design"), (130.0, 0, "amount_changed", 5)]
    assert value("bookings", make_log([100], deals)) == 100


def test_wins():
    assert value("wins") == 2


def test_created():
    assert value("created") == 2


def test_win_rate_is_that_of_a_creation_cohort():
    """Created on days 0 to 100: deals 0 (won), 1 (lost), 2 (no decision)."""
    assert value("win_rate") == pytest.approx(1 / 3)


def test_cycle_won_days_is_the_median():
    assert value("cycle_won_days") == ((150 - 10) + (175 - 130)) / 2


def test_deal_size():
    assert value("deal_size") == 9500 / 2


def test_velocity_is_deals_times_win_rate_times_size_over_cycle():
    assert velocity_of(40, 0.25, 25_000, 90) == pytest.approx(2777.78, abs=0.005)
    open_days = 50 + 80 + 45 + 30  # of deals 0, 2, 3 and 4 within days 100 to 200
    assert value("velocity") == pytest.approx(open_days / 100 * (1 / 3) * 4750 / 92.5)


def test_open_deals():
    assert value("open_deals") == 1


def test_open_amount():
    assert value("open_amount") == 16000
    assert value("open_amount", measured=(0.0, 145.0)) == 1500 + 4000 + 8000


def test_weighted_nominal_weighs_open_deals_by_their_third():
    assert value("weighted_nominal") == 0.5 * 16000
    assert value("weighted_nominal", weights=(0.1, 0.2, 0.3)) == pytest.approx(3200)
    assert value("weighted_nominal", measured=(0.0, 115.0)) == 0.75 * 1000 + 0.25 * 4000


def test_weighted_nominal_is_unknown_without_thirds():
    assert np.isnan(value("weighted_nominal", five_deals(thirds=())))


def test_stage_skips():
    """Deal 3 goes from design to contract."""
    assert value("stage_skips") == 1


@pytest.mark.parametrize(
    ("name", "design", "offer", "contract"),
    [
        ("entered", 3, 2, 2),
        ("advanced", 3, 1, 0),
        ("won", 0, 0, 2),
        ("lost", 0, 0, 0),
        ("no_decision", 1, 0, 0),
        ("regressed", 0, 1, 0),
        ("open", 0, 1, 0),
        ("conversion", 3 / 4, 1 / 2, 1),
        ("dwell_days", (20 + 35) / 2, (80 + 40) / 2, (40 + 10) / 2),
    ],
)
def test_stage_numbers(name, design, offer, contract):
    """Design: deals 2 (60 days), 3 (35), 2 again (20), 4 (20) end in the period; the middle is 27.5 days."""
    numbers = [value(f"stage.{stage}.{name}") for stage in ("design", "offer", "contract")]
    assert numbers == [design, offer, contract]


def test_a_lost_visit_is_counted_in_its_stage():
    assert value("stage.design.lost", measured=(0.0, 100.0)) == 1


def test_utilisation_counts_prospecting_and_work_that_runs_over_the_edges():
    """Anna works days 100-110 of 90-110 and from day 190 on; Bert prospects days 150-160."""
    assert value("utilisation") == pytest.approx((10 + 10 + 10) / 200)


def test_utilisation_of_a_pool():
    assert value("utilisation.presales") == pytest.approx(25 / 100)


def test_utilisation_is_unknown_without_hours():
    log = dataclasses.replace(five_deals(), hours_available=np.zeros((1, 3, 202)))
    assert np.isnan(value("utilisation", log))


def test_hours_of_a_day_are_spread_evenly():
    tasks = [(100.25, 0, "task_started", "design", "anna"), (100.75, 0, "task_ended", "design", "anna")]
    log = make_log(FIVE_AMOUNTS, FIVE_DEALS, tasks, reps=("anna",))
    assert value("utilisation", log) == pytest.approx(0.5 / 100)


def test_lost_by_reason():
    assert value("lost_by_no_decision") == 1
    assert value("lost_by_price") == 0
    assert value("lost_by_price", measured=(0.0, 100.0)) == 1


def test_what_is_not_defined_is_nan_and_never_zero():
    log = make_log([], [])
    of_stage = ("stage.offer.conversion", "stage.offer.dwell_days")
    for name in ("win_rate", "cycle_won_days", "deal_size", "velocity", *of_stage):
        assert np.isnan(value(name, log)), name
    assert value("bookings", log) == 0


def test_a_reopened_deal_counts_by_how_it_stands_last():
    deals = [
        (10.0, 0, "created", None), (10.0, 0, "entered", "design"), (20.0, 0, "lost", ("design", "price")),
        (120.0, 0, "reopened", "design"), (120.0, 0, "entered", "design"), (150.0, 0, "won", "design"),
    ]  # fmt: skip
    log = make_log([100], deals)
    assert value("win_rate", log) == 1
    assert value("open_deals", log, measured=(100.0, 130.0)) == 1
    assert value("velocity", log) == pytest.approx(30 / 100 * 1 * 100 / 140)


def test_each_view_is_measured_by_itself():
    deals = [
        (110.0, 0, "created", None), (110.0, 0, "entered", "design"),
        (120.0, 0, "amount_changed", 70, 0, "report"),
        (150.0, 0, "won", "design", 0, "truth"), (180.0, 0, "won", "design", 0, "report"),
    ]  # fmt: skip
    log = make_log([100], deals)
    assert value("bookings", log, measured=(100.0, 160.0)) == 100
    assert value("bookings", log, measured=(100.0, 160.0), view=REPORT) == 0
    assert value("bookings", log, view=REPORT) == 70


def test_an_imported_log_may_leave_the_advance_unsaid():
    deals = [(110.0, 0, "created", None), (110.0, 0, "entered", "design"), (130.0, 0, "entered", "offer"),
             (140.0, 0, "entered", "design")]  # fmt: skip
    log = make_log([100], deals)
    assert value("stage.design.advanced", log) == 1
    assert value("stage.offer.regressed", log) == 1


def test_replications_are_measured_apart_whatever_number_they_begin_with():
    deals = [(*row, r) for r in (3, 5) for row in FIVE_DEALS if r == 3 or row[1] != 0]
    log = make_log(FIVE_AMOUNTS, deals, replications=3, first=3)
    numbers = measure(log)
    assert numbers["bookings"].tolist() == [9500, 0, 8000]
    assert numbers["stage.design.entered"].tolist() == [3, 0, 3]
    alone = measure(log.replication(5))
    for name, values in numbers.items():
        np.testing.assert_array_equal(alone[name], values[2:], name)


def test_every_metric_has_a_formula_a_unit_and_a_direction():
    for name, metric in METRICS.items():
        assert len(metric.formula) > 30, name
        assert metric.unit in UNITS, name
        assert metric.better in (-1, 0, 1)
    for name in measure(five_deals()):
        assert about(name).name in METRICS
    with pytest.raises(KeyError):
        about("profit")


def test_a_summary_leaves_out_what_is_not_defined_and_says_how_many_are_in():
    rates = np.array([np.nan, 0.25, np.nan, np.nan])
    told = summary({"bookings": np.array([1, 2, 3, 4]), "win_rate": rates}, "EUR")
    half = 3.1824463 * np.std([1, 2, 3, 4], ddof=1) / 2
    assert told["bookings"]["mean"] == 2.5
    assert told["bookings"]["high"] == pytest.approx(2.5 + half)
    assert (told["win_rate"]["mean"], told["win_rate"]["n"]) == (0.25, 1)
    assert told["win_rate"]["low"] is None
    assert (told["bookings"]["unit"], told["bookings"]["currency"]) == ("currency", "EUR")


def test_a_table_of_numbers_is_readable_in_both_languages():
    told = summary(measure(five_deals()), "CNY")
    assert any(line.startswith("bookings") for line in table(told, "en"))
    assert not any("stage." in line for line in table(told, "zh"))
    assert any("offer：赢单" in line for line in table(told, "zh", stages=True))


@pytest.mark.parametrize("module", ["metrics", "formulas", "registry", "arrays"])
def test_the_examples_in_the_docstrings_hold(module):
    import doctest
    import importlib

    assert doctest.testmod(importlib.import_module(f"funnelsim.study.{module}")).failed == 0
