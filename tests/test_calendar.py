"""Days and dates: which are worked, which month they lie in, when a run starts."""

from datetime import UTC, date, datetime

import numpy as np

from funnelsim import calendar
from funnelsim.engine.tables import compile_tables
from funnelsim.scenario.files import load

WEEK = ("mon", "tue", "wed", "thu", "fri")


def test_weekdays_are_worked_and_weekends_not():
    mask = calendar.worked(date(2026, 1, 1), 7, WEEK)  # a Thursday
    assert mask.tolist() == [True, True, False, False, True, True, True]


def test_public_holidays_are_free():
    start = date(2026, 1, 1)
    free = calendar.worked(start, 365, WEEK) & ~calendar.worked(start, 365, WEEK, "CN")
    days = {(np.datetime64(start) + int(n)).astype(object) for n in np.flatnonzero(free)}
    assert date(2026, 1, 1) in days
    assert date(2026, 10, 1) in days
    assert 8 <= len(days) <= 30


def test_months_of_days():
    found = calendar.months(date(2026, 1, 30), 4)
    assert found.tolist() == [0, 0, 1, 1]


def test_a_run_starts_at_midnight_of_its_zone():
    assert calendar.instant(date(2026, 1, 1), "Asia/Shanghai") == datetime(2025, 12, 31, 16, tzinfo=UTC)


def test_holidays_take_hours_from_everybody():
    base = load("tiny")
    free = base.replace("calendar.holidays", "DE")
    hours = [compile_tables(s).hours[:, -1].sum() for s in (base, free)]
    assert 0.9 < hours[1] / hours[0] < 1


def test_weekly_hours_lie_evenly_over_the_working_days():
    tables = compile_tables(load("industrial_8x8"))
    paces = np.diff(tables.hours[0])
    assert set(np.round(paces, 9)) == {0.0, 2.8}
    assert abs(paces[:7].sum() - 14) < 1e-9
