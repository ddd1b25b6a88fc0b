"""Dates and days: which days are worked, which month a day lies in, what a day is called.

A run counts float calendar days since its start, 00:00 local time. Days are elapsed time: one
simulated day is 86,400 seconds also across a change of the clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12


def days_between(start: date, day: date) -> int:
    """Whole days from `start` to `day`, negative when it lies before."""
    return (day - start).days


def period(days: float) -> str:
    """What people call so many measured days: year, half, quarter, month, or period where no calendar has it.

    >>> [period(days) for days in (365, 181, 92, 31, 120)]
    ['year', 'half', 'quarter', 'month', 'period']
    """
    spans = {"year": (364, 366), "half": (181, 184), "quarter": (90, 92), "month": (28, 31)}
    return next((name for name, (least, most) in spans.items() if least <= round(days) <= most), "period")


def instant(start: date, zone: str) -> datetime:
    """The moment a run starts, in UTC."""
    return datetime.combine(start, time(), ZoneInfo(zone)).astimezone(UTC)


def worked(start: date, days: int, work_days: Sequence[str], holidays: str = "none") -> np.ndarray:
    """Whether each of the next `days` days is worked, shape (days,).

    holidays   `none`, or a country code of the `holidays` package whose public holidays are free
    """
    open_weekdays = np.isin(np.arange(7), [WEEKDAYS.index(day) for day in work_days])
    mask = open_weekdays[(np.arange(days) + start.weekday()) % 7]
    if holidays != "none":
        import holidays as public  # heavy, and wanted by few

        years = range(start.year, (start + timedelta(days=days)).year + 1)
        free = public.country_holidays(holidays, years=years)
        for day in free:
            number = days_between(start, day)
            if 0 <= number < days:
                mask[number] = False
    return mask


def months(start: date, days: int) -> np.ndarray:
    """Month of each of the next `days` days, 0 January to 11 December, shape (days,)."""
    dates = np.datetime64(start, "D") + np.arange(days)
    return dates.astype("datetime64[M]").astype(int) % 12
