"""Trials: the same luck for every scenario, the same result for any number of workers."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.engine.run import simulate
from funnelsim.errors import RunError
from funnelsim.scenario.files import load
from funnelsim.study import experiment
from funnelsim.study.experiment import trial
from funnelsim.study.metrics import measure


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


def equal(a, b):
    assert a.metrics.keys() == b.metrics.keys()
    for name, metrics in a.metrics.items():
        assert metrics.keys() == b.metrics[name].keys()
        for metric, values in metrics.items():
            assert values.tobytes() == b.metrics[name][metric].tobytes(), (name, metric)


@pytest.fixture(scope="module")
def made(tiny):
    return trial({"as is": tiny, "more": tiny.replace("demand.units.*.weekly_deals", "=*1.2")}, 12, seed=7)


def test_a_trial_measures_what_a_run_would(tiny, made):
    alone = measure(simulate(tiny, 7, 12).log)
    for metric, values in made.metrics["as is"].items():
        np.testing.assert_array_equal(values, alone[metric])
    assert made.names == ("as is", "more")
    assert made.digests["as is"] == tiny.digest
    assert made.engine
    assert made.currency == tiny.currency


def test_the_result_is_the_same_for_any_number_of_workers(made):
    equal(trial(made.scenarios, 12, seed=7, workers=2), made)


def test_replications_that_come_next_give_the_longer_trial(made):
    first = trial(made.scenarios, 5, seed=7)
    equal(first.followed_by(trial(made.scenarios, 7, seed=7, first=5)), made)


def test_another_seed_is_other_luck(tiny, made):
    other = trial({"as is": tiny}, 12, seed=8)
    assert (other.metrics["as is"]["bookings"] != made.metrics["as is"]["bookings"]).any()


def test_progress_counts_runs(tiny):
    seen = []
    trial({"a": tiny, "b": tiny}, 7, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (14, 14)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_logs_are_kept_when_asked_for(tiny):
    kept = trial({"a": tiny}, 6, keep_logs=True)
    assert kept.logs["a"].replications == 6
    np.testing.assert_array_equal(measure(kept.logs["a"])["bookings"], kept.metrics["a"]["bookings"])
    assert trial({"a": tiny}, 1).logs == {}


def test_an_interrupt_ends_the_trial(tiny, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "simulate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        trial({"a": tiny}, 10)


@pytest.mark.slow
def test_an_interrupt_ends_the_workers(tiny):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial({"a": tiny, "b": tiny}, 40, workers=2, progress=interrupt)
    assert trial({"a": tiny}, 10, workers=2).replications == 10


@pytest.mark.parametrize("wrong", [{"scenarios": {}}, {"replications": 0}, {"seed": -1}, {"engine": "steam"}])
def test_what_cannot_be_tried_is_refused(tiny, wrong):
    with pytest.raises(RunError):
        trial(**({"scenarios": {"a": tiny}} | wrong))
