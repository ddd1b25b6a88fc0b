"""The reveal counts every deal once, and its parts make up the report and the truth."""

from __future__ import annotations

from datetime import date

import pytest

from funnelsim.engine.run import simulate
from funnelsim.history.log import REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.reveal import KINDS, reveal
from funnelsim.study.snapshot import as_of

DAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def log():
    return simulate(load("industrial_8x8"), 3, 4).log


def opened(log, view):
    table = as_of(log, DAY, view)
    return table[table["state"] == "open"]


def test_the_parts_sum_to_what_is_reported_and_to_what_is_true(log):
    table = reveal(log, DAY)
    for view, left_out in ((REPORT, "hidden"), (TRUTH, "dead")):
        part, whole = table[table["kind"] != left_out], opened(log, view)
        assert part["deals"].sum() == len(whole)
        assert part["amount"].sum() == whole["amount"].sum()
        each = whole.groupby("replication")["amount"].sum()
        assert part.groupby("replication")["amount"].sum().to_dict() == each.to_dict()
    assert (table.groupby("kind")["deals"].sum() > 0).reindex(KINDS).to_dict() == {
        "as_shown": True, "too_far": True, "too_low": False, "dead": True, "hidden": True,
    }  # fmt: skip


def test_weighted_by_the_stage_that_is_shown_and_by_the_one_that_is_true(log):
    table, thirds = reveal(log, DAY), log.names.thirds
    weight = {stage: (0.25, 0.5, 0.75)[thirds[at]] for at, stage in enumerate(log.names.stages)}
    for view, column in ((REPORT, "shown"), (TRUTH, "true")):
        whole = opened(log, view)
        assert table[column].sum() == pytest.approx((whole["amount"] * whole["stage"].map(weight)).sum())
    assert (
        table["shown"][table["kind"] == "hidden"].sum() == table["true"][table["kind"] == "dead"].sum() == 0
    )


def test_an_honest_company_has_nothing_to_reveal():
    base = load("industrial_8x8").replace_all({
        "behaviour.silent": {"upper": 0, "middle": 0, "lower": 0},
        "behaviour.reporting": {},
    })  # fmt: skip
    table = reveal(simulate(base, 3, 2).log, DAY)
    assert table["deals"][table["kind"] != "as_shown"].sum() == 0
    assert table["deals"].sum() > 0
    assert table["shown"].tolist() == table["true"].tolist()
