"""What people call the time that one replication measures: a year, a quarter, a month."""

from __future__ import annotations

from funnelsim.calendar import period
from funnelsim.history.log import EventLog


def period_of(log: EventLog) -> str:
    """Of a log; `calendar.period` says which names there are."""
    begin, end = log.measured
    return period(end - begin)
