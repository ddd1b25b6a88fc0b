"""Tables with a row a stage entered, or a row a changed field: the life of each deal, label by label."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from funnelsim.errors import HistoryError
from funnelsim.history.dates import BAD, GOOD, NONE, DateColumn, read_dates
from funnelsim.history.flow import UNLISTED, Labels, flow, read_labels, set_aside
from funnelsim.history.log import NONE as NONE_KIND
from funnelsim.history.quality import Quality
from funnelsim.history.recognise import Layout
from funnelsim.history.record import (
    DAY,
    NAT,
    Events,
    Record,
    far_ahead,
    last_day,
    read_amounts,
    read_groups,
    read_names,
)  # fmt: skip
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.sheets import shown
from funnelsim.history.words import header_word

STAGE_FIELDS = frozenset(["stage", "stagename", "dealstage", "salesstage", "阶段", "销售阶段", "商机阶段"])
CREATED_FIELDS = frozenset(["created", "创建", "已创建", "创建时间"])
TRUE = frozenset(["true", "yes", "y", "1", "是"])
DONE = frozenset(("complete", ""))


def read_moves(
    sheet: Sheet, layout: Layout, quality: Quality, as_of: date | None, where: str
) -> tuple[Record, date]:
    """The record of a stage history, and its last day.

    Rows without a deal, a date or a stage are set aside; rows of one moment keep the order of the file. A deal
    whose first move names the stage it came from was in it since its creation, where that is told.
    """
    sheet, birth = _rows_that_move(sheet, layout, quality, where)
    dates = [sheet[layout.columns["time"]]]
    if "created" in layout.columns:
        dates.append(sheet[layout.columns["created"]])
    read = read_dates(dates, layout.dates)
    keep = _usable(sheet, layout, read[0], quality)
    told, came = _labels(sheet, layout, keep & ~birth, quality)
    keep &= birth | (told.kind >= NONE_KIND)
    time = read[0].times
    far = keep & far_ahead(np.where(keep, time, NAT))
    quality.drop("date_far_ahead", int(far.sum()), dates[0].cells(far))
    keep &= ~far
    quality.refuse_unusable(where, nothing_left=not (keep & ~birth).any())
    last = last_day(time[keep], as_of, where)
    late = keep & (time >= np.datetime64(last) + DAY)
    quality.note("after_as_of", int(late.sum()))
    keep &= ~late

    used, deal = np.unique(sheet[layout.columns["id"]].codes, return_inverse=True)
    born = _births(used.size, deal, read, birth & keep)
    rows = np.flatnonzero(keep & ~birth)
    rows = rows[np.lexsort((rows if _rises(deal[rows], time[rows]) else -rows, time[rows], deal[rows]))]
    chain = _Chain(deal[rows], time[rows], told.kind[rows], told.stage[rows], rows)
    if came is not None:
        chain = chain.with_beginnings(came[rows], born, quality)
    if birth.any():
        chain = chain.with_unmoved(np.setdiff1d(np.unique(deal[birth & keep]), deal[rows]), born, quality)
    again = "amount_only" if layout.format.tells else "stage_again"
    labels = Labels(chain.kind, chain.stage, told.stages)
    events, stages = flow(chain.deal, chain.time, labels, chain.row, quality, bool(layout.order), again)
    whole_days = bool(np.all(time[keep] == time[keep].astype("datetime64[D]")))
    return _record(sheet, layout, quality, used, events, stages, born, deal, time, whole_days), last


class _Chain(NamedTuple):
    """Labels in order, each deal's together."""

    deal: np.ndarray
    time: np.ndarray
    kind: np.ndarray
    stage: np.ndarray
    row: np.ndarray

    def with_beginnings(self, came: np.ndarray, born: np.ndarray, quality: Quality) -> _Chain:
        """The chain with the stage that a deal's first move left, from its creation on."""
        first = np.r_[True, self.deal[1:] != self.deal[:-1]] if self.deal.size else np.zeros(0, bool)
        unseen = (
            ~first
            & (came >= 0)
            & np.r_[False, (self.stage[:-1] >= 0) & (self.stage[:-1] != came[1:])][: came.size]
        )
        quality.note("missing_move", int(unseen.sum()))
        begun = first & (came >= 0) & (came != self.stage)
        known = begun & (born[self.deal] <= self.time)
        quality.note("began_before", int((begun & ~known).sum()))
        at = np.flatnonzero(known)
        return self.joined(self.deal[at], born[self.deal[at]], came[at])

    def with_unmoved(self, deals: np.ndarray, born: np.ndarray, quality: Quality) -> _Chain:
        """The chain with deals that were created and never moved: they stand where most deals begin."""
        if not deals.size or not (self.stage >= 0).any():
            return self
        first = np.r_[True, self.deal[1:] != self.deal[:-1]] & (self.stage >= 0)
        usual = int(np.bincount(self.stage[first if first.any() else self.stage >= 0]).argmax())
        quality.note("first_stage_assumed", deals.size)
        return self.joined(deals, born[deals], np.full(deals.size, usual))

    def joined(self, deal: np.ndarray, time: np.ndarray, stage: np.ndarray) -> _Chain:
        """With visits that begin before all others of their deals."""
        both = _Chain(
            np.r_[deal, self.deal], np.r_[time, self.time], np.r_[np.full(deal.size, NONE_KIND), self.kind],
            np.r_[stage, self.stage], np.r_[np.full(deal.size, -1), self.row],
        )  # fmt: skip
        order = np.argsort(both.deal, kind="stable")
        return _Chain(*(part[order] for part in both))


def _rows_that_move(sheet: Sheet, layout: Layout, quality: Quality, where: str) -> tuple[Sheet, np.ndarray]:
    """The rows of stages and of creations, and which are the latter."""
    keep = np.ones(len(sheet), bool)
    if "deleted" in layout.columns:
        keep = ~_says(sheet[layout.columns["deleted"]], TRUE)
        quality.drop("deleted_row", int((~keep).sum()))
    if "lifecycle" in layout.columns:
        done = _says(sheet[layout.columns["lifecycle"]], DONE)
        if done.any():
            quality.note("other_lifecycle", int((keep & ~done).sum()))
            keep &= done
    birth = np.zeros(len(sheet), bool)
    if "field" in layout.columns:
        column = sheet[layout.columns["field"]]
        moved, birth = _says(column, STAGE_FIELDS), _says(column, CREATED_FIELDS)
        other = keep & ~moved & ~birth
        quality.note("other_field", int(other.sum()), np.unique(column.cells(other)))
        if not (keep & moved).any():
            raise HistoryError.of(
                where, "history_no_stage_field", fields=shown([str(t) for t in column.texts])
            )
        keep &= moved | birth
    return sheet.where(keep), birth[keep]


def _says(column: Column, words: frozenset[str]) -> np.ndarray:
    """Rows whose cell is one of these words."""
    return np.array([header_word(text) in words for text in column.texts], bool)[column.codes]


def _usable(sheet: Sheet, layout: Layout, read: DateColumn, quality: Quality) -> np.ndarray:
    """Which rows name a deal and a moment, and stand there for the first time; others are counted once."""
    ids, times = sheet[layout.columns["id"]], sheet[layout.columns["time"]]
    keep = np.ones(len(sheet), bool)

    def drop(reason: str, wrong: np.ndarray, column: Column) -> None:
        wrong = wrong & keep
        quality.drop(reason, int(wrong.sum()), column.cells(wrong))
        keep[wrong] = False

    drop("no_opportunity", ids.blank, times)
    drop("no_date", read.state == NONE, ids)
    for state, reason in BAD.items():
        drop(reason, read.state == state, times)
    twice = np.zeros(len(sheet), bool)
    twice[keep] = sheet.where(keep).twice()
    drop("duplicate_row", twice, ids)
    for reason, rows in (("mixed_date_order", read.mixed), ("unclear_date_order", read.unclear)):
        quality.note(reason, int((rows & keep).sum()), times.cells(rows & keep))
    return keep


def _labels(
    sheet: Sheet, layout: Layout, some: np.ndarray, quality: Quality
) -> tuple[Labels, np.ndarray | None]:
    """What the label of each row means, UNLISTED outside `some`, and the stage it came from where that is told."""
    label, rows = sheet[layout.columns["stage"]], np.flatnonzero(some)
    kind, stage = np.full(len(sheet), UNLISTED), np.full(len(sheet), NONE_KIND)
    if "from" not in layout.columns:
        told = read_labels(label.where(rows), layout, quality)
        kind[rows], stage[rows] = told.kind, told.stage
        came = None
    else:
        other = sheet[layout.columns["from"]]
        codes = np.concatenate([label.codes[rows], other.codes[rows] + np.int32(len(label.values))])
        told = read_labels(
            Column(codes, pa.concat_arrays([label.values, other.values])).merged(), layout, quality
        )
        kind[rows], stage[rows] = told.kind[: rows.size], told.stage[: rows.size]
        came = np.full(len(sheet), NONE_KIND)
        came[rows] = told.stage[rows.size :]
    set_aside(Labels(kind[rows], stage[rows], told.stages), label.where(rows), quality)
    return Labels(kind, stage, told.stages), came


def _rises(deal: np.ndarray, time: np.ndarray) -> bool:
    """Whether the file tells what came first first; some reports begin with the newest."""
    order = np.argsort(deal, kind="stable")
    step = np.diff(time[order])[deal[order][1:] == deal[order][:-1]]
    return int((step < np.timedelta64(0)).sum()) <= int((step > np.timedelta64(0)).sum())


def _births(count: int, deal: np.ndarray, read: list[DateColumn], birth: np.ndarray) -> np.ndarray:
    """When each deal was created, by a column or by rows of their own; NaT where nothing tells it."""
    born = np.full(count, NAT)
    told = birth | (read[1].state == GOOD) if len(read) > 1 else birth
    at = np.flatnonzero(told)[::-1]
    times = np.where(birth, read[0].times, read[1].times) if len(read) > 1 else read[0].times
    born[deal[at]] = times[at]
    return born


def _record(
    sheet, layout, quality, used, events: Events, stages, born, deal, times, whole_days: bool
) -> Record:
    """The deals that have a move, with what their rows tell of them."""
    first = np.r_[True, events.deal[1:] != events.deal[:-1]]
    begun = np.full(used.size, NAT)
    begun[events.deal[first]] = events.time[first]
    if whole_days:
        born = born.astype("datetime64[D]").astype("datetime64[us]")
    same_day = born.astype("datetime64[D]") == begun.astype("datetime64[D]")
    late = (born > begun) & ~same_day
    quality.repair("created_after_first_stage", int(late.sum()))
    created = np.where(np.isnat(born) | (born > begun), begun, born)
    here = np.flatnonzero(~np.isnat(begun))
    number = np.full(used.size, -1)
    number[here] = np.arange(here.size)
    row = np.full(used.size, -1)
    row[deal[::-1]] = np.arange(deal.size)[::-1]
    amounts = read_amounts(sheet, layout, quality) if "amount" in layout.columns else np.full(len(sheet), -1)
    amount = np.zeros(used.size, np.int64)
    told = np.flatnonzero(amounts >= 0)
    told = told[np.argsort(times[told], kind="stable")]
    amount[deal[told]] = amounts[told]  # the last one that is told counts
    return Record(
        sheet[layout.columns["id"]].texts[used[here]], created[here], row[here],
        Events(number[events.deal], events.time, events.event, events.stage, events.row), stages, whole_days,
        amount[here], read_names(sheet, layout, quality), read_groups(sheet, layout, quality),
    )  # fmt: skip
