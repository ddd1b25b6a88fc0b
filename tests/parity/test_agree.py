"""Both engines tell the same log, to the byte: shipped companies, generated ones, and edges."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from levers import standard_levers
from strategies import scenarios
from worlds import company, exponential, stage

from funnelsim.engine import compiled
from funnelsim.engine.compiled import memory
from funnelsim.engine.draws import draw
from funnelsim.engine.prove import both, difference
from funnelsim.engine.run import tables_of
from funnelsim.engine.told import as_log
from funnelsim.scenario.files import load, shipped_names

BENCHMARK = str(Path(__file__).parents[1] / "benchmarks" / "benchmark_model.yaml")
generated = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize("name", [*shipped_names(), BENCHMARK])
@pytest.mark.parametrize("seed", [1, 2**64 - 1])
def test_shipped_companies(name, seed):
    assert difference(*both(load(name), seed, 3)) == ""


@pytest.mark.parametrize("lever", sorted(standard_levers()))
def test_standard_levers(lever):
    assert difference(*both(standard_levers()[lever], 7)) == ""


@settings(generated, max_examples=150)
@given(scenarios(), st.integers(0, 2**64 - 1))
def test_generated_companies(scenario, seed):
    assert difference(*both(scenario, seed)) == ""


@pytest.mark.slow
@settings(generated, max_examples=4000)
@given(scenarios(), st.integers(0, 2**64 - 1))
def test_many_generated_companies(scenario, seed):
    assert difference(*both(scenario, seed)) == ""


whole_days = stage(
    "one", hours=1, days=2, advance=0.5, otherwise={"regress": 0.5, "no_decision": 0, "lost": {"lost": 0.5}}
)
EDGES = {
    "nobody comes": company(stage(hours=1), weekly_deals=0),
    "nothing takes any time": company(stage("a"), stage("b", advance=0.5), weekly_deals=20),
    "everything at once on whole days": company(
        stage("zero"), whole_days, weekly_deals=40, reps=3, policies={"prospecting": {"every_days": 1, "hours": 1}},
    ),
    "a moment on the horizon": company(stage(days=7), stage("b", hours=7, days=7), weekly_deals=30, days=14),
    "one day": company(stage(hours=1, days=1), weekly_deals=200, days=1),
    "one rep without an hour": company(stage(hours=1), weekly_deals=5, hours=0),
    "many more tasks than hours": company(stage(hours=exponential(9)), weekly_deals=60, reps=2),
    "a pool of many, the lowest number first": company(
        stage(hours=0, specialists=[{"pool": "p", "hours": exponential(20)}]), weekly_deals=40,
        pools=({"id": "p", "name": "p", "people": 40, "weekly_hours": 7},),
    ),
    "revived again and again": company(
        stage(days=1, advance=0.1, otherwise={"lost": {"lost": 1}, "no_decision": 0}), weekly_deals=3,
        behaviour={"revive": {"share": 1, "days": 3},
                   "touches": {"every_days": 2, "hours": 0.1, "neglect_after_days": 1, "neglect_weekly_rate": 1}},
    ),
    "back and forth as often as allowed": company(
        stage("a", days=1), stage("b", days=1, advance=0.3, otherwise={"regress": 1, "no_decision": 0, "lost": {}}),
        stage("c", days=1, advance=0.3, otherwise={"regress": 1, "no_decision": 0, "lost": {}}), weekly_deals=9,
    ),
    "many are gone before it begins": company(stage(hours=1, days=2), days=20).replace(
        "team.reps",
        [{"id": f"r{n}", "leaves": "2025-12-01"} for n in range(200)] + [{"id": "last", "weekly_hours": 7}],
    ),
    "one rep gives notice every other week, and nobody else is there": company(
        stage(hours=2, days=9), weekly_deals=10, days=120, policies={"handover": {"rule": "protocol"}},
    ).replace("team.attrition", {"yearly_rate": 20, "notice_days": 0, "vacancy_weeks": 0, "ramp_weeks": 0}),
    "all give notice all the time": company(
        stage("a", hours=1, days=9), stage("b", days=9, third="middle"), stage("c", days=9, third="lower"),
        weekly_deals=20, days=200, reps=3, hours=20, policies={"handover": {"rule": "protocol"}},
        behaviour={"handover_loss": {"upper": 0.1, "middle": 0.1, "lower": 0.1}, "revive": {"share": 1, "days": 5}},
    ).replace("team.attrition", {"yearly_rate": 20, "notice_days": 3, "vacancy_weeks": 1, "ramp_weeks": 1}),
    "a deal goes back to a seat whose new rep is leaving before the one it came from has left": company(
        stage("a", hours=0.5, days=60), stage("b", days=30, third="middle"), stage("c", days=30, third="lower"),
        weekly_deals=3, days=300, reps=3, policies={"handover": {"rule": "protocol"}},
        behaviour={"handover_loss": {"upper": 0.1, "middle": 0.1, "lower": 0.1}},
    ).replace("team.attrition", {"yearly_rate": 12, "notice_days": 20, "vacancy_weeks": 1, "ramp_weeks": 0}),
    "everybody leaves": company(
        stage(hours=5, days=9), weekly_deals=20,
    ).replace("team.reps", [{"id": f"r{n}", "weekly_hours": 7, "leaves": f"2026-0{n}-11"} for n in (2, 3, 4)]),
}  # fmt: skip


@pytest.mark.parametrize("edge", list(EDGES))
def test_edges(edge):
    for seed in (1, 2, 3):
        assert difference(*both(EDGES[edge], seed)) == ""


@settings(generated, max_examples=40)
@given(scenarios(), st.integers(0, 2**32))
def test_a_run_that_stops_for_room_at_every_turn_tells_the_same(scenario, seed):
    """Tables begin almost empty and grow little by little, luck of later visits is drawn for two deals at a time."""
    tables = tables_of(scenario)
    usual, (one, _) = memory.BLOCK, both(scenario, seed)
    grow = memory.Memory.grow
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory.Memory, "grow", lambda self, events: grow(self, min(events, 80)))
        draws = draw(tables, seed, 0)
        cramped = memory.Memory(tables, draws, rows=(1, 1))
        other = as_log(tables, [(draws, compiled.finish(cramped))])
    assert usual == memory.BLOCK
    assert difference(one, other) == ""


@pytest.mark.slow
def test_no_array_is_read_or_written_outside_of_its_bounds(tmp_path):
    """The same companies with the compiler's own bounds checks on, in a process of its own."""
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from hypothesis import given, settings
from hypothesis import strategies as st
import parity.test_agree as parity
from funnelsim.engine.prove import both, difference
from funnelsim.scenario.files import load
for name in ("industrial_8x8", "five_stage", "solo_selling", "tiny", parity.BENCHMARK):
    assert difference(*both(load(name))) == "", name
for name, scenario in parity.EDGES.items():
    assert difference(*both(scenario)) == "", name
@settings(parity.generated, max_examples=300, derandomize=True, database=None)
@given(parity.scenarios(), st.integers(0, 2**32))
def agree(scenario, seed):
    assert difference(*both(scenario, seed)) == ""
agree()
print("checked")
"""
    here = Path(__file__).parent
    made = subprocess.run(
        [sys.executable, "-c", program, str(here.parent)], capture_output=True, text=True, check=False,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "FUNNELSIM_COMPILED": str(tmp_path)},
    )  # fmt: skip
    assert made.stdout.endswith("checked\n"), made.stderr[-3000:]
