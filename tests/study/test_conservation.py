"""What comes into a stage goes out of it or is still there; planted breaches are found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import FIVE_AMOUNTS, FIVE_DEALS, FIVE_TASKS, STAGES, five_deals, make_log

from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.study.conservation import OUTFLOWS, flows, violations


@st.composite
def lives(draw):
    """Lives of a few deals that obey every law: (day, deal, event, ...) in order of days."""
    rows = []
    for deal in range(draw(st.integers(1, 5))):
        day, stage = float(draw(st.integers(0, 50))), 0
        rows += [(day, deal, "created", None), (day, deal, "entered", STAGES[0])]
        for _ in range(draw(st.integers(0, 8))):
            day += draw(st.integers(0, 30))
            event = draw(st.sampled_from(["advanced", "regressed", "lost", "no_decision", "won"]))
            if event == "advanced" and stage < 2:
                rows += [(day, deal, event, STAGES[stage]), (day, deal, "entered", STAGES[stage + 1])]
                stage += 1
            elif event == "regressed" and stage > 0:
                rows += [(day, deal, event, STAGES[stage]), (day, deal, "entered", STAGES[stage - 1])]
                stage -= 1
            elif event in ("lost", "no_decision"):
                rows.append((day, deal, event, (STAGES[stage], "price")))
                if draw(st.booleans()):
                    break
                rows += [(day + 5, deal, "reopened", None), (day + 5, deal, "entered", STAGES[stage])]
                day += 5
            elif event == "won":
                rows.append((day, deal, event, STAGES[stage]))
                break
    return sorted(rows, key=lambda row: row[0])


@settings(max_examples=200, deadline=None)
@given(lives())
def test_every_stage_gives_back_what_it_took(rows):
    log = make_log(FIVE_AMOUNTS, rows)
    table = flows(log)
    assert (table["entered"] == table[list(OUTFLOWS)].sum(axis=1)).all()
    assert violations(log) == []


def test_the_flows_of_five_deals():
    table = flows(five_deals()).set_index("stage")
    assert table.loc["design", ["entered", *OUTFLOWS]].tolist() == [6, 4, 0, 1, 1, 0, 0]
    assert table.loc["offer", ["entered", *OUTFLOWS]].tolist() == [3, 1, 0, 0, 0, 1, 1]
    assert table.loc["contract", ["entered", *OUTFLOWS]].tolist() == [2, 0, 2, 0, 0, 0, 0]


def test_a_passed_over_stage_is_a_breach_only_where_stages_are_strict():
    assert violations(five_deals(), strict=False) == []
    assert len(violations(five_deals())) == 1


@pytest.mark.parametrize(
    ("planted", "word"),
    [
        ((195.0, 4, "advanced", "design"), "design"),
        ((195.0, 4, "won", "contract"), "contract"),
        ((195.0, 1, "ready", "design"), "is closed"),
        ((195.0, 0, "entered", "offer"), "is closed"),
        ((50.0, 4, "ready", "offer"), "stands after"),
    ],
)
def test_a_planted_breach_is_found(planted, word):
    found = violations(make_log(FIVE_AMOUNTS, [*FIVE_DEALS, planted], FIVE_TASKS), strict=False)
    assert any(word in law for law in found)


@pytest.mark.parametrize(
    ("planted", "word"),
    [
        ([(195.0, 4, "task_started", "offer", "anna")], "more hours"),
        ([(195.0, 4, "task_ended", "offer", "bert")], "more hours"),
        (
            [(191.0, 4, "task_ended", "offer", "anna"), (192.0, 1, "task_queued", "design", "anna")],
            "is closed",
        ),
        ([(190.1, 4, "task_ended", "offer", "anna")], "more hours"),
    ],
)
def test_a_planted_breach_in_the_work_is_found(planted, word):
    found = violations(make_log(FIVE_AMOUNTS, FIVE_DEALS, [*FIVE_TASKS, *planted]), strict=False)
    assert any(word in law for law in found)


def test_a_task_may_end_after_its_deal_is_closed():
    ended = [(195.0, 4, "task_ended", "offer", "anna")]
    deals = [*FIVE_DEALS, (192.0, 4, "lost", ("offer", "price"))]
    assert violations(make_log(FIVE_AMOUNTS, deals, [*FIVE_TASKS, *ended]), strict=False) == []


@pytest.mark.parametrize("name", ["industrial_8x8", "five_stage"])
def test_the_engine_obeys_every_law(name):
    assert violations(simulate(load(name), seed=3, replications=2).log) == []
