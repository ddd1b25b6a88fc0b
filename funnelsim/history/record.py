"""A record on its way to a log: deals with what is told of them, and events in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np

from funnelsim.errors import HistoryError
from funnelsim.history.log import BOTH, CODE, NONE, EventLog, Names, Opportunities, Rows
from funnelsim.history.money import read_money
from funnelsim.history.names import levels, suspects
from funnelsim.history.quality import Quality
from funnelsim.history.recognise import Layout
from funnelsim.history.sheet import Column, Sheet

DAY = np.timedelta64(1, "D")
NAT = np.datetime64("NaT", "us")
LONE_GAP_DAYS = 366
LEVELS = ("owner", "source", "territory", "segment", "reason")
MOST_NAMES = 30_000
"""Names of a column beyond which it holds ids; a log counts them in 16 bits."""


class Group(NamedTuple):
    """A further column by which deals can be told apart: a product, a manager, a sector."""

    codes: np.ndarray  # int64, (opportunities of the log,), -1 where the cell was empty
    names: tuple[str, ...]


@dataclass
class Events:
    """What happened to the deals of a record, each deal's rows together and in their order."""

    deal: np.ndarray  # position among the deals
    time: np.ndarray  # datetime64[us]
    event: np.ndarray  # code of the log
    stage: np.ndarray
    row: np.ndarray  # row of the sheet it was told by, -1 for none

    def where(self, mask: np.ndarray) -> Events:
        return Events(*(getattr(self, name)[mask] for name in ("deal", "time", "event", "stage", "row")))


@dataclass
class Record:
    """A record read: deals in any order, one entry each, and their events."""

    ids: np.ndarray  # object, (deals,)
    created: np.ndarray  # datetime64[us], (deals,)
    row: np.ndarray  # row of the sheet in which a deal's owner, source and so on stand, (deals,)
    events: Events
    stages: tuple[str, ...]
    whole_days: bool
    amount: np.ndarray  # int64, (deals,)
    named: dict[str, tuple[np.ndarray, tuple[str, ...]]] = field(default_factory=dict)
    """Owner, source, territory, segment, reason: code of each row of the sheet, and the names."""
    groups: dict[str, Group] = field(default_factory=dict)
    """Further columns, coded by the rows of the sheet."""


def as_log(record: Record, last: date, where: str) -> tuple[EventLog, dict[str, Group]]:
    """The record as a log that ends with its last day, opportunities numbered as they were created."""
    count = record.ids.size
    order = np.argsort(record.created, kind="stable")
    number = np.empty(count, np.int32)
    number[order] = np.arange(count, dtype=np.int32)
    start = record.created.min().astype("datetime64[D]")
    zero = start.astype("datetime64[us]")
    told = record.events
    deal = np.concatenate([np.arange(count), told.deal])
    moment = np.concatenate([record.created, told.time])
    event = np.concatenate([np.full(count, CODE["created"]), told.event])
    stage = np.concatenate([np.full(count, NONE), told.stage])
    row = np.concatenate([record.row, np.where(told.row >= 0, told.row, record.row[told.deal])])
    rank = np.concatenate([np.full(count, -1), np.arange(told.deal.size)])
    place = np.lexsort((rank, number[deal], moment))
    deal, moment, event, stage, row = deal[place], moment[place], event[place], stage[place], row[place]

    owner, people = _codes(record, "owner", row)
    reason, reasons = _codes(record, "reason", row)
    undecided = event == CODE["no_decision"]
    if undecided.any():
        if "no_decision" not in reasons:
            reasons = (*reasons, "no_decision")
        reason = np.where(undecided & (reason < 0), reasons.index("no_decision"), reason)
    reason = np.where(undecided | (event == CODE["lost"]), reason, NONE)
    nothing = np.full(deal.size, NONE)
    columns = (
        np.zeros(deal.size), number[deal], (moment - zero) / DAY, event, stage, owner, nothing, reason, nothing,
        np.zeros(deal.size), np.full(deal.size, BOTH),
    )  # fmt: skip
    horizon = float((np.datetime64(last) - start) / DAY) + 1
    kept = record.row[order]
    parts = {part: _codes(record, part, kept) for part in ("source", "territory", "segment")}
    log = EventLog(
        names=Names(
            stages=record.stages, people=people, reasons=reasons, origins=tuple(map(str, record.ids[order])),
            sources=parts["source"][1], territories=parts["territory"][1], segments=parts["segment"][1],
            thirds=thirds(len(record.stages)),
        ),
        start=start.item(), horizon=horizon, measured=(0.0, horizon),
        deals=Rows(*(np.asarray(c).astype(kind) for c, kind in zip(columns, Rows.DTYPES, strict=True))),
        opportunities=Opportunities(
            np.zeros(count, np.int32), np.arange(count, dtype=np.int32), np.arange(count, dtype=np.int32),
            np.full(count, NONE, np.int64), (record.created[order] - zero) / DAY, record.amount[order],
            *(codes.astype(np.int16) for codes, _ in parts.values()),
        ),
    )  # fmt: skip
    groups = {name: Group(group.codes[kept], group.names) for name, group in record.groups.items()}
    return log, groups


def thirds(stages: int) -> tuple[int, ...]:
    """Third of the funnel of each stage: upper, middle, lower; of a single stage the middle."""
    return (1,) if stages == 1 else tuple(3 * n // stages for n in range(stages))


def _codes(record: Record, part: str, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    if part not in record.named:
        return np.full(rows.size, NONE, np.int64), ()
    codes, names = record.named[part]
    return np.where(rows >= 0, codes[rows], NONE), names


def read_names(
    sheet: Sheet, layout: Layout, quality: Quality
) -> dict[str, tuple[np.ndarray, tuple[str, ...]]]:
    """Owner, source, territory, segment and reason of every row of the sheet."""
    found = {}
    for part in LEVELS:
        if part in layout.columns:
            told = name_column(sheet[layout.columns[part]], quality, compared=part not in ("owner", "reason"))
            if told is not None:
                found[part] = told
    return found


def read_groups(sheet: Sheet, layout: Layout, quality: Quality) -> dict[str, Group]:
    """Further columns of the sheet by which deals can be told apart."""
    found = {}
    known = set(layout.columns.values())
    for name, column in layout.groups.items():
        told = name_column(sheet[column], None if column in known else quality)
        if told is not None and len(told[1]) > 1:
            found[name] = Group(*told)
            if column not in known:
                blank = int(sheet[column].blank.sum())
                quality.note("blank_group", blank, [f"{column}: {blank}"])
    return found


def name_column(column: Column, quality: Quality | None, compared: bool = True):
    """Codes and names of a column, spellings joined; None where it holds ids."""
    told = levels(column)
    if len(told.names) > MOST_NAMES:
        return None
    if quality is not None:
        quality.repair("two_spellings", int(told.respelled.sum()), told.spellings)
        quality.note("unknown_level", int(np.isin(told.codes, [told.names.index(n) for n in told.unknown]).sum()),
                     told.unknown)  # fmt: skip
        if compared:
            near = suspects(told.names)
            rows = _rows_of(told.codes, told.names, near)
            quality.note("suspected_spelling", rows, near)
    return told.codes, told.names


def _rows_of(codes: np.ndarray, names: tuple[str, ...], pairs: list[str]) -> int:
    """Rows with the first name of any pair."""
    first = [names.index(pair.split(" / ")[0]) for pair in pairs]
    return int(np.isin(codes, first).sum())


def read_amounts(sheet: Sheet, layout: Layout, quality: Quality) -> np.ndarray:
    """The amount of every row, whole currency units; -1 where there is none."""
    found = np.full(len(sheet), -1, np.int64)
    for part in ("amount_else", "amount"):
        if part not in layout.columns:
            continue
        column = sheet[layout.columns[part]]
        read = read_money(column)
        quality.note("unreadable_amount", int(read.unreadable.sum()), column.cells(read.unreadable))
        quality.note("unclear_amount", int(read.unclear.sum()), column.cells(read.unclear))
        negative = read.amounts < 0
        quality.note("negative_amount", int(negative.sum()), column.cells(negative))
        good = np.isfinite(read.amounts) & ~negative
        if part == "amount" and "amount_else" in layout.columns:
            good &= (read.amounts > 0) | (found < 0)
        found[good] = np.rint(read.amounts[good]).astype(np.int64)
    return found


def far_ahead(moments: np.ndarray) -> np.ndarray:
    """Which moments are of the few last ones that stand more than a year apart from all the others."""
    ordered = np.sort(moments[~np.isnat(moments)])
    few = max(1, ordered.size // 200)
    if ordered.size < 20:
        return np.zeros(moments.size, bool)
    gaps = np.flatnonzero(np.diff(ordered[-few - 1 :]) > np.timedelta64(LONE_GAP_DAYS, "D"))
    return moments > ordered[-few - 1 :][gaps[0]] if gaps.size else np.zeros(moments.size, bool)


def last_day(moments: np.ndarray, as_of: date | None, where: str) -> date:
    """The last day of the record: the one given, which must not lie before its first, or the latest date in it."""
    if not moments.size:
        return as_of or date.min
    first, latest = (moment.astype("datetime64[D]").item() for moment in (moments.min(), moments.max()))
    if as_of is not None and as_of < first:
        raise HistoryError.of(where, "history_as_of_early", given=as_of, first=first, last=latest)
    return as_of or latest
