"""Any two levers together: both engines tell the same, every law holds, and the deals that turn add up.

The levers and their doses are those of the table of effects, so a lever that is measured is also tried here.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from funnelsim.engine.prove import both, difference
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import load
from funnelsim.scenario.model import Scenario
from funnelsim.study.conservation import violations
from funnelsim.study.effect_levers import LEVERS, Lever
from funnelsim.study.flips import flips
from funnelsim.study.metrics import measure

PAIRS = list(combinations(LEVERS, 2))
WARM_UP = {"measure.warmup_weeks": 26}
"""A shorter run than the usual one: half a year until the funnel is about as full as it gets."""


def name_of(levers: tuple[Lever, ...]) -> str:
    return " + ".join(lever.row for lever in levers)


def set_to(*levers: Lever) -> Scenario:
    """The default company with these levers at their doses, in a company that has what any of them needs."""
    changes = WARM_UP | {
        path: value for lever in levers for path, value in {**lever.variant, **lever.changes}.items()
    }
    return load("industrial_8x8").replace_all(changes)


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.row)
def test_each_lever_is_told_alike_by_both_engines(lever):
    assert difference(*both(set_to(lever), 11)) == ""


@pytest.mark.parametrize("pair", PAIRS[::3], ids=name_of)
def test_two_levers_together_keep_every_law(pair):
    log = simulate(set_to(*pair), PAIRS.index(pair), 1, engine="compiled").log
    assert violations(log) == []


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
def test_two_levers_together_keep_every_law_and_are_told_alike_by_both_engines(pair):
    company, seed = set_to(*pair), PAIRS.index(pair)
    assert violations(simulate(company, seed, 1, engine="compiled").log) == []
    assert difference(*both(company, seed)) == ""


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.row)
def test_the_deals_that_a_lever_turns_make_the_whole_difference(lever):
    base = load("industrial_8x8").replace_all({**WARM_UP, **lever.variant})
    logs = [simulate(plan, 3, 4, engine="compiled").log for plan in (base, set_to(lever))]
    found = flips(*logs)
    without, with_it = (measure(log, names=["bookings"])["bookings"] for log in logs)
    assert np.array_equal(found.difference, with_it - without)
    assert found.groups()["money"].sum() == (with_it - without).sum()
    assert set(found.deals["parts"]) <= {"event", "time", "end", "amount", "world"}


def test_all_levers_together():
    everything = set_to(*LEVERS)
    assert difference(*both(everything, 5, 2)) == ""
    assert violations(simulate(everything, 5, 2, engine="compiled").log) == []
