"""Behind a slider: the numbers of a trial, few of them, at once, kept, and given up when nobody waits any more."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from funnelsim.engine import ahead, choice
from funnelsim.errors import RunError
from funnelsim.scenario.files import as_intervention, load
from funnelsim.study import live
from funnelsim.study.experiment import trial
from funnelsim.study.live import Live

FEW = ("bookings", "wins", "win_rate", "cycle_won_days", "utilisation")
HOURS = "team.reps.*.weekly_hours"


class Enough(Exception):
    """Somebody has asked for something else."""


def refuse() -> None:
    raise Enough


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and one[name].tobytes() == other[name].tobytes() for name in one
    )


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("company", ["tiny", "five_stage"])
def test_the_numbers_are_those_of_a_trial_to_the_bit(company, engine):
    plan = load(company)
    found = Live(None, 7, seed=3, engine=engine).trial(plan, name="as it is")
    usual = trial({"as it is": plan}, 7, seed=3)
    assert same(found.metrics["as it is"], usual.metrics["as it is"])
    assert (found.digests, found.seed, found.replications) == (usual.digests, 3, 7)
    assert found.scenarios == usual.scenarios


def test_a_few_metrics_of_a_changed_company_are_those_of_a_trial():
    base = load("industrial_8x8")
    changed = base.replace(HOURS, "=*1.2")
    first_year = as_intervention(base, changed, base.measure.from_)
    asked = Live([*FEW, "utilisation.<pool>"], 6)
    for plan in (base, changed, first_year, base):
        found, usual = (made.metrics["one"] for made in (asked.trial(plan), trial({"one": plan}, 6)))
        assert {*FEW, "utilisation.legal"} <= found.keys()
        assert same(found, {name: usual[name] for name in found})


@pytest.mark.parametrize("cores", [1, 2, 8])
def test_the_numbers_do_not_depend_on_the_cores(monkeypatch, cores):
    plan = load("tiny")
    monkeypatch.setattr(ahead, "cores", lambda: cores)
    ahead.helpers.cache_clear()
    try:
        found = Live(FEW, 9).trial(plan).metrics["one"]
    finally:
        ahead.helpers.cache_clear()
    usual = trial({"one": plan}, 9).metrics["one"]
    assert same(found, {name: usual[name] for name in FEW})


def test_what_was_answered_is_not_worked_out_again():
    base, asked = load("tiny"), Live(FEW, 4)
    first = asked.trial(base)
    assert asked.knows(base)
    assert asked.trial(base, check=refuse, name="again").metrics["again"] is first.metrics["one"]
    with pytest.raises(Enough):
        asked.trial(base.replace(HOURS, "=*1.5"), check=refuse)


def test_what_is_asked_for_again_and_again_stays_at_hand(monkeypatch):
    monkeypatch.setattr(live, "MOST_KEPT", 3)
    base, asked = load("tiny"), Live(FEW, 2)
    plans = [base.replace(HOURS, f"=*{1 + step / 10}") for step in range(1, 7)]
    for plan in plans:
        asked.trial(base)
        asked.trial(plan)
    assert [asked.knows(plan) for plan in (base, *plans)] == [True, *[False] * 4, True, True]


def test_work_that_nobody_waits_for_stops_between_two_replications():
    looks, steps = [], []

    def look() -> None:
        looks.append(steps[-1] if steps else 0)
        if len(looks) > 20:
            raise Enough

    asked = Live(FEW, 1000)
    with pytest.raises(Enough):
        asked.trial(load("tiny"), check=look, progress=lambda done, total: steps.append(done))
    assert np.diff(looks).max() <= live.BLOCK, "nothing is simulated between two looks but a block"
    assert steps[-1] <= 20
    assert not asked.knows(load("tiny"))
    asked.replications = 5
    usual = trial({"one": load("tiny")}, 5).metrics["one"]
    assert same(asked.trial(load("tiny")).metrics["one"], {name: usual[name] for name in FEW})


def test_two_may_ask_at_once():
    base, asked, found = load("tiny"), Live(FEW, 6), {}
    plans = {step: base.replace(HOURS, f"=*{1 + step / 10}") for step in range(4)}
    threads = [
        threading.Thread(target=lambda step=step, plan=plan: found.update({step: asked.trial(plan)}))
        for step, plan in plans.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for step, plan in plans.items():
        usual = trial({"one": plan}, 6).metrics["one"]
        assert same(found[step].metrics["one"], {name: usual[name] for name in FEW})


def test_progress_comes_to_its_end():
    steps = []
    Live(FEW, 5).trial(load("tiny"), progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1] == (5, 5)


def test_until_the_fast_engine_is_ready_the_other_one_answers(monkeypatch):
    begun = []
    monkeypatch.setattr(choice.readiness, "is_ready", lambda: False)
    monkeypatch.setattr(choice.readiness, "begin", lambda: begun.append(True) or True)
    plan = load("tiny")
    found = Live(FEW, 3).trial(plan)
    assert found.engine == "reference"
    assert begun
    usual = trial({"one": plan}, 3).metrics["one"]
    assert same(found.metrics["one"], {name: usual[name] for name in FEW})


def test_what_cannot_be_is_refused_before_any_work():
    with pytest.raises(RunError, match="replications"):
        Live(FEW, 0)
    with pytest.raises(RunError, match="seed"):
        Live(FEW, 5, seed=-1)
