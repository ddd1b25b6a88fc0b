"""Luck and ignorance told apart."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.errors import RunError
from funnelsim.scenario.files import load
from funnelsim.study.experiment import trial
from funnelsim.study.ignorance import apart, lines, split


def test_planted_variances_are_found_again():
    """ignorance 3, luck 2 for all scenarios and 1 for each: 400 tables of 12 by 15."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        table = 3 * rng.normal(size=(12, 1)) + 2 * rng.normal(size=(1, 15)) + rng.normal(size=(12, 15))
        spread = apart(100 + table)
        found.append((spread.ignorance_sd**2, spread.luck_sd**2, spread.total_sd**2))
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / 20
    assert np.abs(mean - [9, 5, 14]).max() < (4 * error).max()
    assert np.all(np.abs(mean - [9, 5, 14]) < 4 * error)


def test_one_company_many_times_is_luck_alone():
    tiny = load("tiny")
    found = split([tiny] * 4, replications=20)["bookings"]
    assert found.ignorance_sd == 0
    assert found.ignorance_share == 0
    years = trial({"tiny": tiny}, 20).metrics["tiny"]["bookings"]
    assert found.luck_sd == pytest.approx(years.std(ddof=1))


def test_companies_that_differ_much_are_ignorance_almost_alone():
    tiny = load("tiny")
    others = [tiny.replace("demand.units.*.weekly_deals", f"=*{factor}") for factor in (0.25, 1, 4)]
    found = split(others, replications=20, metrics=["created"])["created"]
    assert found.ignorance_share > 0.9
    assert found.total_sd**2 == pytest.approx(found.ignorance_sd**2 + found.luck_sd**2)
    assert (found.scenarios, found.replications) == (3, 20)


def test_years_without_a_value_are_left_out_for_all():
    table = np.array([[1.0, 3.0, np.nan], [5.0, 7.0, 2.0]])
    assert apart(table) == apart(table[:, :2])
    assert apart(np.array([[1.0, 2.0]])).json()["ignorance_sd"] is None


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_said_in_words(lang):
    from funnelsim import labels

    labels.use(lang)
    tiny = load("tiny")
    said = lines(split([tiny, tiny.replace("demand.units.*.weekly_deals", "=*2")], 5), tiny)
    assert len(said) >= 4
    assert not any("{" in line for line in said)


def test_one_scenario_says_nothing_of_ignorance():
    with pytest.raises(RunError):
        split([load("tiny")])
