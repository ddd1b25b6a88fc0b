"""Common luck: a lever meets the same customers as the base, so a pair differs by the lever."""

import numpy as np
import pytest
from levers import standard_levers

from funnelsim.study.compare import differences
from funnelsim.study.experiment import trial


def correlations(replications: int) -> dict[str, float]:
    found = differences(trial(standard_levers(), replications, seed=1, workers=None), "base")
    return {name: other["bookings"].correlation for name, other in found.others.items()}


@pytest.mark.slow
def test_the_ten_standard_levers_correlate_with_the_base():
    found = correlations(100)
    for name, correlation in found.items():
        print(f"{name:26s} {correlation:.3f}")
    assert np.median(list(found.values())) >= 0.8, found
    assert min(found.values()) >= 0.5, found


def test_the_ten_standard_levers_correlate_with_the_base_at_a_tenth():
    found = correlations(10)
    assert len(found) == 10
    assert np.median(list(found.values())) >= 0.6, found  # ten pairs: the rule of 100 with their scatter
