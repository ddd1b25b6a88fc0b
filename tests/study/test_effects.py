"""The table of effects: every lever of its list stands in it, and its numbers are those of a comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tree import ROOT

from funnelsim.labels.marked import renewed
from funnelsim.scenario.files import load
from funnelsim.study.compare import Difference, compare
from funnelsim.study.effect_levers import LEVERS, Lever
from funnelsim.study.effects import BASE, MARKS, Effect, effects, table

PAGE = ROOT / "scenarios" / "README.md"


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.row)
def test_every_lever_is_a_setting_of_the_company_and_stands_on_the_page(lever):
    base = load(BASE)
    base = base.replace_all(lever.variant) if lever.variant else base
    assert base.replace_all(lever.changes).digest != base.digest
    assert lever.kind in {"sourced", "assumed"}
    told = PAGE.read_text("utf-8").partition(MARKS[0])[2].partition(MARKS[1])[0]
    rows = [line for line in told.splitlines() if line.startswith(f"| {lever.row} |")]
    assert len(rows) == 1, "run python -m funnelsim.study.effects scenarios/README.md"
    assert lever.mechanism in rows[0]
    assert all(f"`{path}:" in rows[0] for path in lever.changes)


def test_no_two_levers_share_a_row():
    assert len({lever.row for lever in LEVERS}) == len(LEVERS)


def test_the_numbers_are_those_of_a_comparison_with_the_company_without_the_lever():
    price = next(lever for lever in LEVERS if lever.row == "V15 price")
    fuller = replace(price, row="fuller", variant={"policies.prospecting.every_days": 20})
    one, two = effects([price, fuller], replications=4)
    base = load(BASE)
    for effect, company in ((one, base), (two, base.replace_all(fuller.variant))):
        other = company.replace_all(price.changes)
        answer = compare(company, {"price": other}, replications=4, seed=1, engine="compiled")
        assert effect.first_year == answer.first_year.others["price"]["bookings"]
        assert effect.long_run == answer.long_run.others["price"]["bookings"]
        assert effect.also == answer.long_run.others["price"]["deal_size"]
    line = table([one, two]).splitlines()[2]
    assert f"{one.long_run.relative:+.1%}" in line
    assert "policies.price" in line
    assert "in a company with" in table([two])


def measured(relative: float, half: float) -> Difference:
    low, high = 100 * (relative - half), 100 * (relative + half)
    return Difference(100 * relative, low, high, relative, 0.5, "tie", 0.9, 200, 1.0, 100.0)


@pytest.mark.parametrize(
    ("guess", "relative", "half", "far"),
    [(0.04, 0.03, 0.001, False), (0.04, 0.015, 0.001, True), (0.04, 0.09, 0.01, True), (0.04, -0.01, 0.005, True),
     (0.04, 0.01, 0.04, False), (None, 0.5, 0.01, False), (0.04, 0.075, 0.01, False)],
)  # fmt: skip
def test_a_measurement_is_far_from_a_guess_by_sign_or_by_twice(guess, relative, half, far):
    lever = Lever("x", {}, "", guess=guess)
    difference = measured(relative, half)
    assert Effect(lever, difference, difference, None).is_far is far


def test_the_page_is_made_anew_between_its_marks_only():
    begin, end = MARKS
    assert renewed(f"a\n{begin}\nold\n{end}\nb", MARKS, "new") == f"a\n{begin}\nnew\n{end}\nb"
    for page in ("a", f"a {begin} old", f"old {end}"):
        with pytest.raises(ValueError, match="no part between"):
            renewed(page, MARKS, "new")
