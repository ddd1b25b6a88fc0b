"""A process that is written down, and coaching: what each does, what it costs, what it leaves alone."""

import numpy as np
import pytest
from logs import log_of, rows_of
from scipy import special
from worlds import company, stage

from funnelsim.engine.cures import leaving_factor
from funnelsim.engine.draws import draw
from funnelsim.engine.run import ENGINES, tables_of
from funnelsim.scenario.files import load


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def is_same(one, two):
    """Whether two logs are the same to the byte."""
    return all(
        mine.tobytes() == other.tobytes()
        for table in ("deals", "tasks", "opportunities")
        for mine, other in zip(vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True)
    )  # fmt: skip


# -- a process that is written down -----------------------------------------------------------------------


def plain(**more):
    """Two stages, four reps of known skill, one of them new, and one who leaves."""
    base = company(
        stage("a", hours=2, days=3, advance=0.5), stage("b", hours=2, days=3, advance=0.5, third="middle"),
        weekly_deals=12, days=360, reps=4, hours=70, behaviour={"handover_loss": {"upper": 0.5, "middle": 0.5}},
    )  # fmt: skip
    skills = {f"team.reps[{n}].skill_logit": skill for n, skill in enumerate((-1.0, -0.4, 0.4, 1.0))}
    return base.replace_all({**skills, **more})


STRONG = {"policies.process_strength": 1.0}


def test_a_process_of_no_strength_changes_no_byte(engine):
    off = {
        f"behaviour.process.{key}": 0.9
        for key in ("skill_narrowed", "ramp_shorter", "leaving_rarer", "loss_smaller")
    }
    assert is_same(log_of(plain(), engine), log_of(plain(**off), engine))


def chances_of_an_order(scenario, seed=3, replications=40):
    """P(win) of each rep's average deal, (replications, reps)."""
    tables = tables_of(scenario)
    skills = np.stack([draw(tables, seed, r).skill[0] for r in range(replications)])
    return special.expit(tables.stage_logit[0] + skills[:, :, None]).prod(axis=2)


def test_p08_a_process_halves_how_far_reps_differ():
    base = load("industrial_8x8").replace("behaviour.skill_sd", 0.3)
    apart = [chances_of_an_order(base.replace("policies.process_strength", s)) for s in (0, 0.5, 1)]
    spread = [p.std(axis=1, ddof=1).mean() for p in apart]
    assert spread[2] <= 0.5 * spread[0]
    assert 0.5 * spread[0] < spread[1] < spread[0]
    assert (apart[2].min(axis=1) >= apart[0].min(axis=1)).mean() > 0.9  # the floor rises


def test_p08_the_weak_win_more_and_the_strong_win_less_by_feel(engine):
    rates = []
    for scenario in (plain(), plain(**STRONG)):
        log = log_of(scenario, engine)
        won, born = (np.bincount(rows_of(log, event).person, minlength=4) for event in ("won", "created"))
        rates.append(won / born)
    assert rates[1].std() < 0.7 * rates[0].std()
    assert rates[1][0] > rates[0][0]


def test_p09_new_reps_are_at_full_speed_in_half_the_time():
    base = plain(**{"team.reps[3].hired": "2026-01-01", "team.ramp.weeks": 26})
    for strength, weeks in ((0, 26), (0.5, 19.5), (1, 13)):
        hours = np.diff(tables_of(base.replace("policies.process_strength", strength)).hours[3])
        full = np.flatnonzero(hours == hours[-1])[0]
        assert full == np.ceil(7 * weeks)
        assert hours[0] == pytest.approx(0.3 * hours[-1])


def test_h09_leaving_is_rarer_and_costs_less_the_stronger_the_process(engine):
    steps = [plain(**{"policies.process_strength": s}) for s in (0, 0.25, 0.5, 0.75, 1)]
    factors = [leaving_factor(plan) for plan in steps]
    chances = [tables_of(plan).standards.left_chance.max() for plan in steps]
    assert factors == sorted(factors, reverse=True)
    assert (factors[0], factors[-1]) == (1, pytest.approx(0.7))
    assert chances == sorted(chances, reverse=True)
    assert (chances[0], chances[-1]) == (0.5, pytest.approx(0.35))


def test_h09_deals_that_a_process_keeps_are_among_those_that_would_have_gone(engine):
    """The same luck decides: who stays without a process stays with one."""
    gone = []
    for strength in (0, 1):
        more = {"policies.process_strength": strength, "team.reps[0].leaves": "2026-07-01",
                "behaviour.process.skill_narrowed": 0}  # fmt: skip
        log = log_of(plain(**more), engine)
        with_rep = log.names.reasons.index("left_with_rep")
        rows = rows_of(log, "lost")
        gone.append(set(rows.opportunity[rows.reason == with_rep].tolist()))
    assert gone[1] < gone[0]
