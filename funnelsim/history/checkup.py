"""A look at a record as a whole: when it began and stopped, what it lacks, what cannot be learned from it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from funnelsim.history.log import CODE, EventLog
from funnelsim.history.quality import Quality
from funnelsim.history.visits import Visits

BUSY = 5
"""Events from which their lack says something: a month without any amid busy ones is a gap."""
QUIET_DAYS = 62
"""A record that goes on so much longer than its last creation or its last end has stopped telling them."""


def look_over(log: EventLog, visits: Visits, entry: float | None, quality: Quality) -> None:
    """Add to the report what is true of the record as a whole."""
    _count(log, quality)
    ended, created = _ended(log), log.opportunities.created
    if entry is not None:
        older = int((created < entry).sum())
        quality.remark("exits_begin", day=_date(log, entry), deals=older, days=int(entry))
    _one_sided(log, quality)
    _old_open(log, visits, quality)
    _stops(log, created, "creations_stop", quality)
    _stops(log, ended, "ends_stop", quality)
    _gaps(log, log.deals.time, quality)
    _values(log, quality)


def note_coming(log: EventLog, today: date, quality: Quality) -> None:
    """Count what an export dates after today: plans, as no CRM knows what has not happened. It only says so."""
    tomorrow = (today - log.start).days + 2  # it may be tomorrow already where the company is
    coming = log.deals.time >= tomorrow
    quality.note(
        "date_after_today",
        int(coming.sum()),
        sorted({_date(log, day) for day in log.deals.time[coming]})[-5:],
    )


def _count(log: EventLog, quality: Quality) -> None:
    """How many deals stand how, unless the table has told it already."""
    if any(remark.code == "ends" for remark in quality.remarks):
        return
    last = _last_event(log)
    won, lost, undecided = (int((last == CODE[name]).sum()) for name in ("won", "lost", "no_decision"))
    closed = won + lost + undecided
    if closed:
        quality.remark("ends", won=won, lost=lost, no_decision=undecided, open=len(log.opportunities) - closed,
                       naive_win_rate=won / closed)  # fmt: skip


def _last_event(log: EventLog) -> np.ndarray:
    """The end each deal of the log came to, -1 for open ones, in the order of their numbers."""
    rows = log.deals
    ends = np.isin(rows.event, [CODE[name] for name in ("won", "lost", "no_decision", "reopened")])
    last = np.full(int(rows.opportunity.max(initial=0)) + 1, -1)
    last[rows.opportunity[ends]] = rows.event[ends]
    return np.where(last == CODE["reopened"], -1, last)


def _ended(log: EventLog) -> np.ndarray:
    """Days on which deals ended."""
    return log.deals.time[np.isin(log.deals.event, [CODE[name] for name in ("won", "lost", "no_decision")])]


def _date(log: EventLog, day: float) -> str:
    return (log.start + timedelta(days=int(day))).isoformat()


def _one_sided(log: EventLog, quality: Quality) -> None:
    """A record without losses or without wins: what can be learned from it and what not."""
    events = log.deals.event
    won, lost = (int((events == CODE[name]).sum()) for name in ("won", "lost"))
    lost += int((events == CODE["no_decision"]).sum())
    if won and not lost:
        quality.remark("no_losses", won=won)
    elif lost and not won:
        quality.remark("no_wins", lost=lost)
    elif not won and not lost:
        quality.remark("no_ends", open=len(log.opportunities))


def _old_open(log: EventLog, visits: Visits, quality: Quality) -> None:
    """Open deals older than any that has ended."""
    if not len(log.opportunities):
        return
    number = log.opportunities.opportunity
    created = np.full(int(number.max()) + 1, np.nan)
    created[number] = log.opportunities.created
    last = np.full(created.size, -1)
    ends = _last_event(log)
    last[: ends.size] = ends[: created.size]
    rows = log.deals
    over = np.isin(rows.event, [CODE[name] for name in ("won", "lost", "no_decision")])
    days = rows.time[over] - created[rows.opportunity[over]]
    if not days.size:
        return
    longest = float(np.nanmax(days))
    # the record ends with its last day: an age counts days begun, as the difference of two dates does
    age = np.ceil(log.horizon) - 1 - np.floor(created)
    old = int(((last < 0) & (age > np.ceil(longest))).sum())
    if old:
        quality.remark("older_than_any_closed", deals=old, days=int(np.ceil(longest)))


def _stops(log: EventLog, days: np.ndarray, code: str, quality: Quality) -> None:
    """Whether creations or ends stop long before the record does, where several were to be expected."""
    if days.size < 12:
        return
    first, last = float(days.min()), float(days.max())
    quiet = log.horizon - last
    pace = days.size / max(last - first, 1.0)
    if quiet > QUIET_DAYS and quiet * pace > BUSY:
        quality.remark(code, day=_date(log, last), days=int(quiet))


def _gaps(log: EventLog, days: np.ndarray, quality: Quality) -> None:
    """Months inside the record in which nothing happened."""
    if days.size < 12:
        return
    start = np.datetime64(log.start)
    months = (start + np.floor(days).astype(np.int64)).astype("datetime64[M]").astype(np.int64)
    counts = np.bincount(months - months.min())
    if counts.size < 3 or np.median(counts) < BUSY:
        return
    empty = np.flatnonzero(counts == 0) + months.min()
    if empty.size:
        names = [str(np.datetime64(int(month), "M")) for month in empty[:12]]
        quality.remark("gap", months=", ".join(names) + (" …" if empty.size > 12 else ""), n=int(empty.size))


def _values(log: EventLog, quality: Quality) -> None:
    """Lost deals that all carry no amount, while won ones do: the amount is what was booked, not what was at stake."""
    number = log.opportunities.opportunity
    if not number.size:
        return
    amount = np.zeros(int(number.max()) + 1, np.int64)
    amount[number] = log.opportunities.amount
    ends = _last_event(log)
    size = min(ends.size, amount.size)
    lost = (ends[:size] == CODE["lost"]) | (ends[:size] == CODE["no_decision"])
    won = ends[:size] == CODE["won"]
    if lost.sum() >= BUSY and (amount[:size][won] > 0).any() and not (amount[:size][lost] > 0).any():
        quality.remark("lost_without_value", lost=int(lost.sum()))
