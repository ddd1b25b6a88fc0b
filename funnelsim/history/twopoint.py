"""A two-point table: one row a deal, when it began, when it ended, how. Its only stage is `pipeline`."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from funnelsim.history.cells import dates, levels, money
from funnelsim.history.formats import Layout, header_word
from funnelsim.history.log import BOTH, CODE, NONE, EventLog, Names, Opportunities, Rows
from funnelsim.history.quality import Quality

STAGE = "pipeline"
DAY = np.timedelta64(1, "D")
LONE_GAP_DAYS = 366
ENDS = ("won", "lost", "no_decision")


def read_two_point(
    table: pd.DataFrame, layout: Layout, quality: Quality, as_of: date | None, where: str
) -> tuple[EventLog, date, bool]:
    """The log of a two-point table, its last day, and whether it knows dates only.

    The status decides whether a deal is closed; the closing date of an open deal is only a plan.
    A deal created after `as_of` is not known yet, one closed after it is still open.
    """
    table = _unique(table, layout, quality)
    created, closed, whole_days = _moments(table, layout, quality)
    end = _ends(table, layout)
    keep, last = _usable(table, layout, created, closed, end, quality, as_of)
    quality.refuse_unusable(where, nothing_left=not keep.any())
    table, created, closed, end = table[keep], created[keep], closed[keep], end[keep]
    later = (end != NONE) & (closed >= np.datetime64(last) + DAY)
    quality.note("closed_after_as_of", int(later.sum()))
    end = np.where(later, NONE, end)
    if whole_days:
        quality.note("zero_days", int(((end != NONE) & (created == closed)).sum()))
    if not (end == CODE["lost"]).any() and (end != NONE).any():
        quality.note("no_losses", int((end != NONE).sum()))
    return _log(table, layout, quality, created, closed, end, last), last, whole_days


def _unique(table: pd.DataFrame, layout: Layout, quality: Quality) -> pd.DataFrame:
    """The table without rows that stand there twice; of one id with different rows the first counts.

    Without ids equal rows are different deals.
    """
    key = layout.columns.get("id")
    if key is None:
        return table
    twice = (table.duplicated() & (table[key] != "")).to_numpy()
    quality.drop("duplicate_row", int(twice.sum()), table[key][twice])
    table = table[~twice]
    again = (table[key].duplicated() & (table[key] != "")).to_numpy()
    quality.drop("duplicate_id", int(again.sum()), table[key][again])
    return table[~again]


def _moments(table: pd.DataFrame, layout: Layout, quality: Quality) -> tuple[np.ndarray, np.ndarray, bool]:
    """Beginning and end of every deal; to the day where either column has days only."""
    parts = ("created", "closed")
    columns = [table[layout.columns[part]] for part in parts]
    read = dates(columns)
    for column, found in zip(columns, read, strict=True):
        quality.note("unreadable_date", int(found.unreadable.sum()), column[found.unreadable])
        quality.note("mixed_date_order", found.mixed)
        if found.order == "unclear":
            quality.note("unclear_date_order", int(found.times.notna().sum()), column[found.times.notna()])
    times = [found.times.to_numpy().astype("datetime64[us]") for found in read]
    days = [moments.astype("datetime64[D]") for moments in times]
    dated = [bool(np.all((m == d)[~np.isnat(m)])) for m, d in zip(times, days, strict=True)]
    whole_days = any(dated)
    created, closed = (day.astype("datetime64[us]") for day in days) if whole_days else times
    return created, closed, whole_days


def _ends(table: pd.DataFrame, layout: Layout) -> np.ndarray:
    """Event code of every deal's end; NONE for open ones, -2 for closed ones that do not say how."""
    codes, distinct = pd.factorize(table[layout.columns["status"]])
    told = np.full(len(distinct) + 1, NONE, np.int16)
    for i, status in enumerate(distinct):
        word = header_word(status)
        for name, words in layout.endings.items():
            if word in words:
                told[i] = CODE.get(name, -2)
    return told[codes]


def _usable(table, layout, created, closed, end, quality, as_of) -> tuple[np.ndarray, date]:
    """Which rows a deal can be read from, and the last day of the record."""
    shown = table[layout.columns.get("id", layout.columns["status"])].to_numpy(object)
    ended = end >= 0
    keep = np.ones(len(table), bool)

    def drop(reason: str, wrong: np.ndarray) -> None:
        wrong = wrong & keep
        quality.drop(reason, int(wrong.sum()), shown[wrong])
        keep[wrong] = False

    drop("closed_without_outcome", end == -2)
    drop("no_dates", np.isnat(created) & np.isnat(closed))
    drop("no_start_date", np.isnat(created))
    drop("closed_without_date", ended & np.isnat(closed))
    drop("closed_before_created", ended & (closed < created))
    far = _far_ahead(
        np.where(keep, created, np.datetime64("NaT")), np.where(keep & ended, closed, np.datetime64("NaT"))
    )
    drop("date_far_ahead", far)
    seen = np.concatenate([created[keep], closed[keep & ended]])
    last = as_of or (seen.max().astype("datetime64[D]").item() if seen.size else date.min)
    unborn = keep & (created >= np.datetime64(last) + DAY)
    quality.note("created_after_as_of", int(unborn.sum()))
    keep[unborn] = False
    return keep, last


def _far_ahead(created: np.ndarray, closed: np.ndarray) -> np.ndarray:
    """Rows with one of the few last dates that stand more than a year apart from all the others."""
    seen = np.concatenate([created, closed])
    ordered = np.sort(seen[~np.isnat(seen)])
    few = max(1, ordered.size // 200)
    if ordered.size < 20:
        return np.zeros(created.size, bool)
    gaps = np.flatnonzero(np.diff(ordered[-few - 1 :]) > np.timedelta64(LONE_GAP_DAYS, "D"))
    if not gaps.size:
        return np.zeros(created.size, bool)
    border = ordered[-few - 1 :][gaps[0]]
    return (created > border) | (closed > border)


def _log(table, layout, quality, created, closed, end, last: date) -> EventLog:
    """The deals as a log: created, entered, and won, lost or no_decision where they have ended."""
    count = len(table)
    codes, names = {}, {}
    for part in ("owner", "source", "territory", "segment", "reason"):
        codes[part], names[part] = _named(table, layout, quality, part)
    amount = np.zeros(count, np.int64)
    if "amount" in layout.columns:
        column = table[layout.columns["amount"]]
        values, unreadable = money(column)
        quality.note("unreadable_amount", int(unreadable.sum()), column[unreadable])
        negative = values < 0
        quality.note("negative_amount", int(negative.sum()), column[negative])
        amount = np.rint(np.where(np.isfinite(values) & ~negative, np.minimum(values, 9e15), 0)).astype(
            np.int64
        )
    start = created.min().astype("datetime64[D]")
    begun = (created - start.astype("datetime64[us]")) / DAY
    over = (closed - start.astype("datetime64[us]")) / DAY
    order = np.argsort(begun, kind="stable")
    number = np.empty(count, np.int32)
    number[order] = np.arange(count, dtype=np.int32)
    if "id" in layout.columns:
        ids = table[layout.columns["id"]].to_numpy(object)[order]
    else:
        ids = (table.index.to_numpy()[order] + 2).astype(str)  # the line of the file

    reason, reasons = codes["reason"], names["reason"]
    if (end == CODE["no_decision"]).any():
        reasons = (*reasons, "no_decision")
        reason = np.where((end == CODE["no_decision"]) & (reason < 0), len(reasons) - 1, reason)
    ended = np.flatnonzero(end >= 0)
    deal = np.concatenate([np.arange(count), np.arange(count), ended])
    time = np.concatenate([begun, begun, over[ended]])
    event = np.concatenate([np.full(count, CODE["created"]), np.full(count, CODE["entered"]), end[ended]])
    place = np.lexsort((event != CODE["created"], number[deal], time))
    deal, time, event = deal[place], time[place], event[place]
    has_end = np.isin(event, [CODE["lost"], CODE["no_decision"]])
    nothing = np.full(deal.size, NONE)
    columns = (
        np.zeros(deal.size), number[deal], time, event, np.where(event == CODE["created"], NONE, 0),
        codes["owner"][deal], nothing, np.where(has_end, reason[deal], NONE), nothing, np.zeros(deal.size),
        np.full(deal.size, BOTH),
    )  # fmt: skip
    first = begun[order]
    horizon = float((np.datetime64(last) - start) / DAY) + 1
    return EventLog(
        names=Names(
            stages=(layout.order[0] if layout.order else STAGE,), people=names["owner"], reasons=reasons,
            origins=tuple(map(str, ids)), sources=names["source"], territories=names["territory"],
            segments=names["segment"], thirds=(1,),
        ),
        start=start.item(), horizon=horizon, measured=(0.0, horizon),
        deals=Rows(*(np.asarray(c).astype(kind) for c, kind in zip(columns, Rows.DTYPES, strict=True))),
        opportunities=Opportunities(
            np.zeros(count, np.int32), np.arange(count, dtype=np.int32), np.arange(count, dtype=np.int32),
            np.full(count, NONE, np.int64), first, amount[order],
            *(codes[part][order].astype(np.int16) for part in ("source", "territory", "segment")),
        ),
    )  # fmt: skip


def _named(table, layout, quality, part: str) -> tuple[np.ndarray, tuple[str, ...]]:
    if part not in layout.columns:
        return np.full(len(table), NONE, np.int64), ()
    codes, names, joined = levels(table[layout.columns[part]])
    quality.note("two_spellings", len(joined), joined)
    if len(names) > np.iinfo(np.int16).max:  # an id, not a group
        return np.full(len(table), NONE, np.int64), ()
    return codes, names
