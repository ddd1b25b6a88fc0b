"""Distances between logs: what log-distance-measures gives, to the last digits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from funnelsim.study import distances as between

STORED = json.loads((Path(__file__).parents[1] / "reference" / "log_distances.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def logs():
    return [np.array(rows) for rows in STORED["logs"]]


def begins(log):
    return np.array([log[log[:, 0] == case, 2].min() for case in np.unique(log[:, 0])])


def ends(log):
    return np.array([log[log[:, 0] == case, 3].max() for case in np.unique(log[:, 0])])


def moments(log):
    return np.r_[log[:, 2], log[:, 3]]


def ages(log):
    return moments(log) - np.tile(begins(log)[log[:, 0].astype(int)], 2)


def traces(log):
    return [[int(a) for a in log[log[:, 0] == case, 1]] for case in np.unique(log[:, 0])]


def test_each_distance_is_that_of_the_field(logs):
    a, b = logs
    until = float(np.ceil(max(a[:, 3].max(), b[:, 3].max())))
    found = {
        "cycle_time": between.cycle_time_distance([ends(log) - begins(log) for log in logs]),
        "absolute_event": between.absolute_event_distance([moments(log) for log in logs]),
        "relative_event": between.relative_event_distance([ages(log) for log in logs]),
        "arrival": between.arrival_distance([begins(log) for log in logs]),
        "active_cases": between.active_cases_distance(
            [begins(log) for log in logs], [ends(log) for log in logs], until
        ),
        "n_gram_2": between.n_gram_distance([traces(log) for log in logs], 2),
        "n_gram_3": between.n_gram_distance([traces(log) for log in logs], 3),
    }
    assert found.keys() == STORED["distances"].keys()
    for name, table in found.items():
        assert table[0, 1] == pytest.approx(STORED["distances"][name], rel=1e-9), name
        assert table[0, 0] == 0
        assert table[1, 0] == table[0, 1]


def test_a_log_without_cases_has_no_distance():
    some, none = np.array([1.0, 2.0]), np.zeros(0)
    assert np.isnan(between.cycle_time_distance([some, none])[0, 1])
    assert np.isnan(between.n_gram_distance([[], []])[0, 1])
    assert np.isnan(between.active_cases_distance([some, none], [some + 3, none], 9.0)[0, 1])


def test_work_in_progress_counts_the_part_of_a_case_that_lies_inside():
    """One case from day -2 to 1, one from 3 on: half of the area lies in the first day, half in the fourth."""
    first = (np.array([-2.0]), np.array([1.0]))
    second = (np.array([3.0]), np.array([9.0]))
    found = between.active_cases_distance([first[0], second[0]], [first[1], second[1]], 4.0)
    assert found[0, 1] == 3.0
