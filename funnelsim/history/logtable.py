"""A table with the columns of the log (one row an event), cleaned of what no log may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.calendar import instant
from funnelsim.errors import HistoryError
from funnelsim.history.dates import BAD, read_dates
from funnelsim.history.dates import NONE as NOTHING
from funnelsim.history.deals import STAGE
from funnelsim.history.from_table import from_frame
from funnelsim.history.log import CODE, REPORT, EventLog, Rows
from funnelsim.history.money import read_money
from funnelsim.history.names import plain
from funnelsim.history.quality import Quality
from funnelsim.history.recognise import Layout
from funnelsim.history.record import MOST_NAMES, last_day
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.spelling import About, read_about

PEOPLE = (
    "task_queued",
    "task_started",
    "task_ended",
    "touched",
    "hired",
    "ramped",
    "noticed",
    "left",
    "coached",
    "not_coached",
    "condition_met",
)
"""Events that may stand without an opportunity: work and people."""
NAMED = ("stage", "owner", "source", "territory", "segment", "reason")


def read_log_table(
    sheet: Sheet, layout: Layout, quality: Quality, as_of: date | None, where: str
) -> tuple[EventLog, bool]:
    """The log of a table with its columns, and whether it knows dates only.

    Rows with an unknown event or no time, rows of the hidden truth, of a second replication, after
    `as_of`, and moves of a deal that has already ended are set aside and counted. A log that funnelsim has
    written tells its own end.
    """
    part = dict(layout.columns)
    about = _about(sheet, part)
    event_column, time_column = sheet[part["event"]], sheet[part["time"]]
    known = np.array([CODE.get(text.lower(), -1) for text in event_column.texts], np.int64)
    event = known[event_column.codes]
    [read] = read_dates([time_column], layout.dates)
    time, keep = read.times, np.ones(len(sheet), bool)

    def drop(reason: str, wrong: np.ndarray, examples: Column) -> None:
        wrong = wrong & keep
        quality.drop(reason, int(wrong.sum()), examples.cells(wrong))
        keep[wrong] = False

    drop("unknown_event", event < 0, event_column)
    drop("no_date", read.state == NOTHING, event_column)
    for state, reason in BAD.items():
        drop(reason, read.state == state, time_column)
    ids = sheet[part["opportunity"]]
    drop("no_opportunity", ids.blank & ~np.isin(event, [CODE[name] for name in PEOPLE]), event_column)
    aside = _aside(sheet, part)
    quality.note("other_replication_or_truth", int((aside & keep).sum()))
    keep &= ~aside
    twice = np.zeros(len(sheet), bool)
    twice[keep] = sheet.where(keep).twice([*part.values()])
    drop("duplicate_row", twice, ids)
    if layout.order:
        drop("unlisted_label", _unlisted(sheet, layout), sheet[part["stage"]])
    for reason, rows in (("mixed_date_order", read.mixed), ("unclear_date_order", read.unclear)):
        quality.note(reason, int((rows & keep).sum()), time_column.cells(rows & keep))
    quality.refuse_unusable(where, nothing_left=not keep.any())
    zone = about.time_zone if about else "UTC"
    last = last_day(_local(time[keep], zone), as_of, where)
    if as_of is None and about:
        last = max(last, about.start + timedelta(days=int(np.ceil(about.horizon)) - 1))
    late = keep & (time >= np.datetime64(instant(last + timedelta(days=1), zone).replace(tzinfo=None), "us"))
    quality.note("after_as_of", int(late.sum()))
    keep &= ~late
    whole_days = bool(np.all(time[keep] == time[keep].astype("datetime64[D]"))) and about is None
    log = _as_log(sheet.where(keep), part, time[keep], event_column.cells(keep), quality, last, about, where)
    order = layout.order or (about.stages if about else ())
    return without_afterlife(_staged(_in_order(log, order)), quality), whole_days


def _about(sheet: Sheet, part: dict[str, str]) -> About | None:
    """What a log written by funnelsim says of itself in one cell of its last column."""
    if "about" not in part:
        return None
    column = sheet[part.pop("about")]
    return next((found for text in column.texts if text and (found := read_about(text))), None)


def _local(moments: np.ndarray, zone: str) -> np.ndarray:
    """Moments in UTC as a clock in another zone shows them."""
    if zone == "UTC" or not moments.size:
        return moments
    shown = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return shown.to_numpy().astype("datetime64[us]")


def _aside(sheet: Sheet, part: dict[str, str]) -> np.ndarray:
    """Rows of the hidden truth and of further simulated years."""
    aside = np.zeros(len(sheet), bool)
    if "view" in part:
        view = sheet[part["view"]]
        aside |= np.array([text.lower() == "truth" for text in view.texts], bool)[view.codes]
    if "replication" in part and len(sheet):
        codes = sheet[part["replication"]].codes
        aside |= codes != codes[0]
    return aside


def _unlisted(sheet: Sheet, layout: Layout) -> np.ndarray:
    """Rows of a stage that the mapping's order does not name."""
    column = sheet[layout.columns["stage"]]
    listed = {plain(name) for name in layout.order}
    return np.array([bool(text) and plain(text) not in listed for text in column.texts], bool)[column.codes]


def _as_log(sheet: Sheet, part: dict[str, str], time: np.ndarray, event: np.ndarray, quality: Quality, last: date,
            about: About | None, where: str) -> EventLog:  # fmt: skip
    columns: dict[str, Any] = {
        "time": pd.DatetimeIndex(time).tz_localize("UTC"),
        "event": np.array([text.lower() for text in event], object),
        "opportunity": _as_names(sheet[part["opportunity"]]),
    }
    for name in NAMED:
        if name in part:
            columns[name] = _as_names(sheet[part[name]])
            if len(columns[name].categories) > MOST_NAMES:
                if name == "stage":
                    raise HistoryError.of(
                        where, "history_too_many_stages", stages=len(columns[name].categories), most=500
                    )
                del columns[name]
    if "amount" in part:
        column = sheet[part["amount"]]
        read = read_money(column)
        quality.note("unreadable_amount", int(read.unreadable.sum()), column.cells(read.unreadable))
        columns["amount"] = np.rint(np.nan_to_num(np.maximum(read.amounts, 0))).astype(np.int64)
    zone, currency = (about.time_zone, about.currency) if about else ("UTC", "CNY")
    start = _local(time, zone).min().astype("datetime64[D]").item()
    if about:  # rows before its first day were put into the file by somebody else
        start = min(start, about.start)
    horizon = float((last - start).days + 1)
    if about and last == about.start + timedelta(days=int(np.ceil(about.horizon)) - 1):
        horizon += about.horizon - np.ceil(about.horizon)
    return from_frame(
        pd.DataFrame(columns), start, horizon, None, zone, currency, replications=(0, 1), where=where
    )  # fmt: skip


def _as_names(column: Column) -> pd.Categorical:
    """A column of names, only those that stand there; empty cells are none."""
    used = np.flatnonzero((column.counts > 0) & np.array([bool(text) for text in column.texts], bool))
    code = np.full(len(column.values), -1, np.int64)
    code[used] = np.arange(used.size)
    return pd.Categorical.from_codes(
        code[column.codes], categories=pd.Index(column.texts[used], dtype=object)
    )


def _in_order(log: EventLog, order: tuple[str, ...]) -> EventLog:
    """The log with its stages in a given order; stages that it does not name follow."""
    if not order:
        return log
    named = {plain(name): name for name in log.names.stages}
    first = [named[plain(name)] for name in order if plain(name) in named]
    stages = tuple(dict.fromkeys([*first, *log.names.stages]))
    place = np.array([stages.index(name) for name in log.names.stages] + [-1], np.int16)
    deals, tasks = (replace(rows, stage=place[rows.stage]) for rows in (log.deals, log.tasks))
    return replace(log, names=replace(log.names, stages=stages), deals=deals, tasks=tasks)


def _staged(log: EventLog) -> EventLog:
    """A log without a single `entered` gets one stage, `pipeline`, entered at creation."""
    rows = log.deals
    if (rows.event == CODE["entered"]).any() or not (rows.event == CODE["created"]).any():
        return log
    born = rows.where(rows.event == CODE["created"])
    born = replace(born, event=np.full_like(born.event, CODE["entered"]), stage=np.zeros_like(born.stage))
    both = Rows.join([replace(rows, stage=np.zeros_like(rows.stage)), born])
    rank = np.where(both.event == CODE["created"], 0, np.where(both.event == CODE["entered"], 1, 2))
    both = both.where(np.lexsort((rank, both.opportunity, both.time)))
    return replace(log, deals=both, names=replace(log.names, stages=(STAGE,)))


def without_afterlife(log: EventLog, quality: Quality) -> EventLog:
    """The log without moves of deals that had ended and were not reopened."""
    rows = log.deals
    order = np.argsort(rows.opportunity, kind="stable")
    deal, event = rows.opportunity[order], rows.event[order]
    ends = np.isin(event, [CODE[e] for e in ("won", "lost", "no_decision")]) & (rows.view[order] != 1)
    opens = np.isin(event, [CODE["reopened"], CODE["created"]])
    # the last end or opening before each row, within its deal
    mark = np.where(ends | opens, np.arange(deal.size), -1)
    before = np.r_[-1, np.maximum.accumulate(mark)[:-1]] if deal.size else mark
    dead = (before >= 0) & ends[before] & (deal[before] == deal) & (deal >= 0)
    moves = np.isin(
        event, [CODE[e] for e in ("entered", "advanced", "regressed", "won", "lost", "no_decision")]
    )
    wrong = order[dead & moves]
    quality.drop("after_the_end", wrong.size, ())
    if not wrong.size:
        return log
    keep = np.ones(len(rows), bool)
    keep[wrong] = False
    return replace(log, deals=rows.where(keep))


def first_replication(log: EventLog, quality: Quality) -> EventLog:
    """One company's record out of a log of many simulated years."""
    if log.replications > 1:
        one = log.replication(log.first_replication)
        quality.note("other_replication_or_truth", len(log.deals) - len(one.deals))
        log = one
    return log.view(REPORT)
