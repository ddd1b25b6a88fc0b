"""The pipeline of a past day is the fold of the log up to it, exactly."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import FIVE_AMOUNTS, FIVE_DEALS, five_deals, living_deals, make_log
from strategies import scenarios

from funnelsim.engine.run import simulate
from funnelsim.history.log import EVENTS, OF_OTHERS, REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.snapshot import as_of

MOVES = ("created", "entered", "advanced", "regressed", "won", "lost", "no_decision", "reopened")


def fold(log, day, view=TRUTH):
    """The same by reading the log aloud, row by row."""
    deals, names, rows = {}, log.names, log.view(view).deals
    found = log.opportunities
    keys = zip(found.replication.tolist(), found.opportunity.tolist(), strict=True)
    born = {key: k for k, key in enumerate(keys)}
    for k in range(len(rows)):
        if rows.time[k] > day or rows.opportunity[k] < 0:
            continue
        key = int(rows.replication[k]), int(rows.opportunity[k])
        o = born[key]
        deal = deals.setdefault(o, {
            "state": "open", "reason": None, "stage": None, "amount": int(log.opportunities.amount[o]),
            "owner": None, "ended": None, "entered": np.nan, "replication": key[0], "created": rows.time[k],
        })  # fmt: skip
        event = EVENTS[rows.event[k]]
        if event in MOVES and rows.stage[k] >= 0:
            deal["stage"] = names.stages[rows.stage[k]]
        if rows.person[k] >= 0 and rows.event[k] not in OF_OTHERS:
            deal["owner"] = names.people[rows.person[k]]
        if event == "entered":
            deal["entered"] = rows.time[k]
        if event == "amount_changed":
            deal["amount"] = int(rows.value[k])
        if event in ("won", "lost", "no_decision"):
            reason = names.reasons[rows.reason[k]] if rows.reason[k] >= 0 else None
            deal |= {"state": event, "reason": reason, "ended": rows.time[k]}
        if event in ("created", "reopened"):
            deal |= {"state": "open", "reason": None, "ended": None}
    table = []
    for _, deal in sorted(deals.items()):
        created = deal["created"]
        until = day if deal["ended"] is None else deal["ended"]
        in_stage = day - deal["entered"] if deal["ended"] is None else np.nan
        table.append((deal["replication"], deal["state"], deal["reason"], deal["stage"], deal["owner"],
                      deal["amount"], until - created, in_stage))  # fmt: skip
    return table


def told(table):
    columns = ["replication", "state", "reason", "stage", "owner", "amount", "age_days", "stage_days"]
    rows = (
        table[columns].astype(object).where(table[columns].notna(), None).itertuples(index=False, name=None)
    )
    return [tuple(row) for row in rows]


def same(a, b):
    return [[None if x != x else x for x in row] for row in a] == [
        [None if x != x else x for x in row] for row in b
    ]


@pytest.mark.parametrize("day", [0.0, 10.0, 39.9, 40.0, 125.0, 180.0, 199.0])
def test_a_snapshot_of_five_deals_is_the_fold_of_their_log(day):
    assert same(told(as_of(five_deals(), day)), fold(five_deals(), day))


@pytest.mark.parametrize("day", [3.0, 250.0, 546.0, 900.0])
def test_a_snapshot_of_a_simulated_company_is_the_fold_of_its_log(day):
    log = simulate(load("five_stage"), seed=2, replications=2).log
    assert same(told(as_of(log, day)), fold(log, day))


@pytest.mark.parametrize("view", [TRUTH, REPORT])
def test_each_view_has_its_own_snapshot(view):
    deals = [
        *FIVE_DEALS,
        (195.0, 4, "won", "contract", 0, "truth"),
        (196.0, 4, "amount_changed", 7, 0, "report"),
    ]
    log = make_log(FIVE_AMOUNTS, deals)
    assert same(told(as_of(log, 199.0, view)), fold(log, 199.0, view))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(scenarios(), st.integers(0, 2**32 - 1), st.floats(0, 1), st.sampled_from([TRUTH, REPORT]))
def test_v13_any_past_day_of_any_company_is_the_fold_of_its_log(scenario, seed, share, view):
    log = simulate(scenario, seed, 2).log
    day = round(share * log.horizon * 4) / 4
    assert same(told(as_of(log, day, view)), fold(log, day, view))


@pytest.mark.parametrize("view", [TRUTH, REPORT])
@pytest.mark.parametrize("day", [39.0, 80.0, 100.0, 125.0, 140.0, 199.0])
def test_v13_truth_and_report_of_five_deals_are_folds_of_their_own(day, view):
    assert same(told(as_of(living_deals(), day, view)), fold(living_deals(), day, view))


def test_the_report_of_a_past_day_shows_the_dead_and_not_the_hidden():
    truth, report = (as_of(living_deals(), 100.0, view).set_index("opportunity") for view in (TRUTH, REPORT))
    dead, hidden = "south.fair.0", "北方.web.1"
    assert (truth.loc[dead, "state"], report.loc[dead, "state"]) == ("lost", "open")
    assert hidden in truth.index
    assert hidden not in report.index
    assert as_of(living_deals(), 150.0, REPORT).set_index("opportunity").loc[hidden, "age_days"] == 0


def test_a_date_counts_whole():
    """Day 10 is 11 January; deal 0 is born that day."""
    assert len(as_of(five_deals(), date(2026, 1, 10))) == 0
    table = as_of(five_deals(), date(2026, 1, 11))
    assert table["opportunity"].tolist() == ["北方.web.0"]
    assert table["age_days"].tolist() == [1.0]
