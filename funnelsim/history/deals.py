"""Tables with a row a deal: when it began, when it ended, how; in wide ones also when it entered each stage.

Without stages the only one is `pipeline`. The status decides whether a deal is closed; the closing date of an
open deal is only a plan.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np

from funnelsim.history.dates import BAD, GOOD, DateColumn, read_dates
from funnelsim.history.flow import END_CODES, VAGUE, Labels, flow
from funnelsim.history.log import CODE, NONE
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
from funnelsim.history.words import ending_of, header_word, squeezed

STAGE = "pipeline"
ENDS = ("won", "lost", "no_decision")


def read_deals(
    sheet: Sheet, layout: Layout, quality: Quality, as_of: date | None, where: str
) -> tuple[Record, date]:
    """The record of a table with a row a deal, and its last day.

    A deal created after `as_of` is not known yet, one closed after it is still open.
    """
    sheet = _unique(sheet, layout, quality)
    end = _ends(sheet, layout)
    read = _dates(sheet, layout)
    created, closed, bad = _moments(sheet, layout, read, end, quality)
    entered = _entered(sheet, layout)
    created, closed, entered, whole_days = _to_the_day(created, np.where(end == NONE, NAT, closed), entered)
    if entered:
        created, closed, end = _from_stages(created, closed, end, entered, quality)
    _count_ends(created, closed, end, as_of, quality)
    keep = _usable(sheet, layout, created, closed, end, bad, entered, as_of, quality)
    quality.refuse_unusable(where, nothing_left=not keep.any())
    # a date of a stage tells how long the record went on, unless it stands after the end of its deal
    stayed = [times[keep & ((end < 0) | (times <= closed))] for times in entered.values()]
    seen = np.concatenate([created[keep], closed[keep & (end >= 0)], *stayed])
    last = last_day(seen[~np.isnat(seen)], as_of, where)
    unborn = keep & (created >= np.datetime64(last) + DAY)
    quality.note("created_after_as_of", int(unborn.sum()))
    keep &= ~unborn
    quality.refuse_unusable(where, nothing_left=not keep.any())
    later = keep & (end >= 0) & (closed >= np.datetime64(last) + DAY)
    quality.note("closed_after_as_of", int(later.sum()))
    end = np.where(later, NONE, end)
    _count_dirty(read, keep, end, quality)
    rows = np.flatnonzero(keep)
    if entered:
        events, stages = _stage_events(rows, created, closed, end, entered, layout, last, quality)
    else:
        events, stages = (
            _two_events(rows, created, closed, end),
            (layout.order[0] if layout.order else STAGE,),
        )
    if whole_days:
        quality.note("zero_days", int(((end[rows] >= 0) & (created[rows] == closed[rows])).sum()))
    amounts = read_amounts(sheet, layout, quality)
    ids = sheet[layout.columns["id"]].cells(rows) if "id" in layout.columns else sheet.lines[rows].astype(str)
    record = Record(
        _each_once(ids), created[rows], rows, events, stages, whole_days, np.maximum(amounts[rows], 0),
        read_names(sheet, layout, quality), read_groups(sheet, layout, quality),
    )  # fmt: skip
    return record, last


def _unique(sheet: Sheet, layout: Layout, quality: Quality) -> Sheet:
    """The sheet without rows that stand there twice; of one id with different rows the first counts.

    Without ids equal rows are different deals.
    """
    if "deleted" in layout.columns:
        column = sheet[layout.columns["deleted"]]
        gone = np.array(
            [header_word(text) in ("true", "yes", "y", "1", "是") for text in column.texts], bool
        )[column.codes]
        quality.drop("deleted_row", int(gone.sum()))
        sheet = sheet.where(~gone)
    if "id" not in layout.columns:
        return sheet
    column = sheet[layout.columns["id"]]
    twice = sheet.twice() & ~column.blank
    quality.drop("duplicate_row", int(twice.sum()), column.cells(twice))
    sheet = sheet.where(~twice)
    column = sheet[layout.columns["id"]]
    again = sheet.twice([layout.columns["id"]]) & ~column.blank
    if squeezed(layout.columns["id"]).endswith(("name", "title", "topic", "名称")):
        quality.note("same_name", int(again.sum()), column.cells(again))
        return sheet
    quality.drop("duplicate_id", int(again.sum()), column.cells(again))
    return sheet.where(~again)


def _ends(sheet: Sheet, layout: Layout) -> np.ndarray:
    """Event code of every deal's end; NONE for open ones, VAGUE for closed ones that do not say how."""
    if "status" not in layout.columns:
        return np.full(len(sheet), NONE)
    column = sheet[layout.columns["status"]]
    told = np.array(
        [END_CODES.get(ending_of(text, layout.endings) or "", NONE) for text in column.texts], np.int64
    )
    end = told[column.codes] if len(sheet) else np.zeros(0, np.int64)
    if layout.format.tells and layout.format.undecided and "reason" in layout.columns:
        reason = sheet[layout.columns["reason"]]
        word = header_word(layout.format.undecided)
        undecided = np.array([header_word(text) == word for text in reason.texts], bool)[reason.codes]
        end = np.where(undecided & (end == CODE["lost"]), CODE["no_decision"], end)
    return end


def _dates(sheet: Sheet, layout: Layout) -> dict[str, DateColumn]:
    parts = [
        p for p in ("created", "closed", "won_time", "lost_time", "ended", "changed") if p in layout.columns
    ]
    read = read_dates([sheet[layout.columns[part]] for part in parts], layout.dates)
    return dict(zip(parts, read, strict=True))


def _moments(
    sheet, layout, read: dict[str, DateColumn], end, quality
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Beginning and end of every deal, and the first bad date that stands for one of them (0 for none)."""
    count = len(sheet)
    empty = DateColumn(
        np.full(count, NAT), np.ones(count, np.int8), "iso", np.zeros(count, bool), np.zeros(count, bool)
    )
    created_read, closed_read = read.get("created", empty), read.get("closed", empty)
    closed = closed_read.times.copy()
    for part, code in (("won_time", CODE["won"]), ("lost_time", CODE["lost"])):
        if part in read:
            told = (read[part].state == GOOD) & ((end == code) | (end == CODE["no_decision"]))
            closed[told] = read[part].times[told]
    if "ended" in read:  # what the system has dated counts more than a date that was planned
        told = (read["ended"].state == GOOD) & (end >= 0)
        closed[told] = read["ended"].times[told]
    if "changed" in read:
        missing = np.isnat(closed) & (end >= 0)
        closed[missing] = read["changed"].times[missing]
    created = created_read.times.copy()
    if "cycle" in layout.columns:
        created = _back_from(sheet[layout.columns["cycle"]], created, closed, end, read, quality)
    bad = np.where(np.isnat(created), created_read.state, 0)
    bad = np.where(~np.isin(bad, list(BAD)) & (end >= 0) & np.isnat(closed), closed_read.state, bad)
    return created, closed, np.where(np.isin(bad, list(BAD)), bad, 0)


def _back_from(column: Column, created, closed, end, read, quality: Quality) -> np.ndarray:
    """When deals began that tell their length in days: of an open one, until the last day of the record."""
    from funnelsim.history.money import read_money

    days = read_money(column).amounts
    seen = [part.times[part.state == GOOD] for name, part in read.items() if name != "closed"]
    seen.append(closed[(end >= 0) & ~np.isnat(closed)])
    known = np.concatenate(seen)
    latest = known.max().astype("datetime64[D]").astype("datetime64[us]") if known.size else NAT
    until = np.where(end >= 0, closed, latest)
    told = np.isnat(created) & (days >= 0) & (days < 36_525) & ~np.isnat(until)
    quality.note("created_by_length", int(told.sum()))
    made = created.copy()
    made[told] = until[told].astype("datetime64[D]") - np.rint(days[told]).astype("timedelta64[D]")
    return made


def _entered(sheet: Sheet, layout: Layout) -> dict[str, np.ndarray]:
    """When every deal entered each stage, stages and ends in the order of the columns."""
    if not layout.entered:
        return {}
    read = read_dates([sheet[column] for column in layout.entered.values()], layout.dates)
    return {stage: one.times for stage, one in zip(layout.entered, read, strict=True)}


def _from_stages(created, closed, end, entered: dict[str, np.ndarray], quality: Quality):
    """Beginning and end as the dates of stages and ends tell them, where nothing else does."""
    times = list(entered.values())
    ends = {stage: code for stage in entered if (code := END_CODES.get(ending_of(stage) or "", NONE)) >= 0}
    first = np.fmin.reduce(np.stack(times), axis=0) if times else created
    late = ~np.isnat(created) & (first.astype("datetime64[D]") < created.astype("datetime64[D]"))
    quality.repair("created_after_first_stage", int(late.sum()))
    created = np.where(np.isnat(created) | (first < created), first, created)
    for stage, code in ends.items():
        told = ~np.isnat(entered[stage]) & (end == code)
        closed = np.where(told, entered[stage], closed)
        # a deal without a status that has entered an end, and nothing after it, has ended so
    if not (end >= 0).any() and ends:
        for stage, code in ends.items():
            told = ~np.isnat(entered[stage]) & (np.isnat(closed) | (end < 0) | (entered[stage] > closed))
            end = np.where(told, code, end)
            closed = np.where(told, entered[stage], closed)
    return created, closed, end


def _count_ends(created, closed, end, as_of: date | None, quality: Quality) -> None:
    """How many deals stood how on the last day, as the table has it, those that cannot be used included: the naive
    win rate is won of won, lost and undecided."""
    if as_of is not None:
        after = np.datetime64(as_of) + DAY
        end = np.where((end >= 0) & (closed >= after), NONE, end)[~(created >= after)]
    counted = Counter(end.tolist())
    won, lost, undecided = (counted.get(CODE[name], 0) for name in ENDS)
    if won + lost + undecided:
        quality.remark("ends", won=won, lost=lost, no_decision=undecided, open=counted.get(NONE, 0),
                       naive_win_rate=won / (won + lost + undecided))  # fmt: skip


def _usable(sheet, layout, created, closed, end, bad, entered, as_of, quality) -> np.ndarray:
    """Which rows a deal can be read from; each of the others is counted once."""
    shown = sheet[layout.columns["id"]] if "id" in layout.columns else Column.of(sheet.lines.astype(str))
    ended = end >= 0
    keep = np.ones(len(sheet), bool)

    def drop(reason: str, wrong: np.ndarray) -> None:
        wrong = wrong & keep
        quality.drop(reason, int(wrong.sum()), shown.cells(wrong))
        keep[wrong] = False

    drop("closed_without_outcome", end == VAGUE)
    for state, reason in BAD.items():
        drop(reason, np.asarray(bad == state))
    drop("no_dates", np.isnat(created) & np.isnat(closed))
    drop("no_start_date", np.isnat(created))
    lost = keep & (end == CODE["lost"])
    undated = int((lost & np.isnat(closed)).sum())
    if undated and undated == int(lost.sum()):
        quality.remark("losses_without_dates", lost=undated)
    drop("closed_without_date", ended & np.isnat(closed))
    drop("closed_before_created", ended & (closed < created))
    moments = [created, np.where(ended, closed, NAT), *entered.values()]
    far = far_ahead(np.concatenate([np.where(keep, times, NAT) for times in moments]))
    drop("date_far_ahead", np.logical_or.reduce(far.reshape(len(moments), -1)))
    if as_of is None:
        drop("closed_in_future", _planned(np.where(keep, created, NAT), np.where(keep & ended, closed, NAT)))
    return keep


def _planned(created: np.ndarray, closed: np.ndarray) -> np.ndarray:
    """Deals that are said to have closed long after the last one was created, where hardly any others are.

    An export ends about when its last deal was created: who creates 20 deals in the time between, or a month,
    would have created one. Where more than one end in fifty lies there, the export holds older deals only.
    """
    born, over = np.sort(created[~np.isnat(created)]), closed[~np.isnat(closed)]
    if born.size < 2 or not over.size:
        return np.zeros(created.size, bool)
    quiet = np.maximum(
        (born[-1] - born[0]) / (born.size - 1) * 20, np.timedelta64(31, "D").astype("timedelta64[us]")
    )
    late = closed > born[-1] + quiet
    return late if int(late.sum()) * 50 <= over.size else np.zeros(created.size, bool)


def _count_dirty(read: dict[str, DateColumn], keep: np.ndarray, end: np.ndarray, quality: Quality) -> None:
    """Dates read under a rule, among those that count."""
    for part, one in read.items():
        used = keep if part == "created" else keep & (end >= 0)
        quality.note("mixed_date_order", int((one.mixed & used).sum()))
        quality.note("unclear_date_order", int((one.unclear & used).sum()))


def _to_the_day(created: np.ndarray, closed: np.ndarray, entered: dict[str, np.ndarray]):
    """All moments, to the day where one of the columns knows days only, and whether that is so."""
    known = [column[~np.isnat(column)] for column in (created, closed, *entered.values())]
    if not any(one.size and bool(np.all(one == one.astype("datetime64[D]"))) for one in known):
        return created, closed, entered, False
    floored = [
        c.astype("datetime64[D]").astype("datetime64[us]") for c in (created, closed, *entered.values())
    ]
    return floored[0], floored[1], dict(zip(entered, floored[2:], strict=True)), True


def _each_once(ids: np.ndarray) -> np.ndarray:
    """Ids with a number added where one occurs again: two deals may have one name, or none."""
    seen: Counter[str] = Counter()
    found = []
    for name in ids.tolist():
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return np.array(found, object)


def _two_events(rows: np.ndarray, created, closed, end) -> Events:
    """Entered at the beginning, and the end where there is one."""
    ended = np.flatnonzero(end[rows] >= 0)
    deal = np.concatenate([np.arange(rows.size), ended])
    time = np.concatenate([created[rows], closed[rows][ended]])
    event = np.concatenate([np.full(rows.size, CODE["entered"]), end[rows][ended]])
    order = np.argsort(deal, kind="stable")
    deal = deal[order]
    return Events(deal, time[order], event[order], np.zeros(deal.size, np.int64), rows[deal])


def _stage_events(rows, created, closed, end, entered, layout: Layout, last: date, quality: Quality):
    """The moves that the dates of the stages tell, in time and within a day in the order of the columns."""
    stages = [stage for stage in entered if ending_of(stage, layout.endings) is None]
    if layout.order:
        stages = [*(s for s in layout.order if s in stages), *(s for s in stages if s not in layout.order)]
    deals, times, places = [], [], []
    limit, late = np.datetime64(last) + DAY, 0
    for place, stage in enumerate(stages):
        moment = entered[stage][rows]
        late += int(((moment >= limit) & (end[rows] < 0)).sum())
        at = np.flatnonzero(~np.isnat(moment) & ((moment < limit) | (end[rows] >= 0)))
        deals.append(at)
        times.append(moment[at])
        places.append(np.full(at.size, place))
    quality.note("after_as_of", late)
    ended = np.flatnonzero(end[rows] >= 0)
    deal, time = np.concatenate([*deals, ended]), np.concatenate([*times, closed[rows][ended]])
    stage = np.concatenate([*places, np.full(ended.size, NONE)])
    kind = np.where(
        stage >= 0, NONE, np.concatenate([np.full(deal.size - ended.size, NONE), end[rows][ended]])
    )
    # an end stands after the stages of its day; what stands after it was entered by mistake or dated anew
    order = np.lexsort((np.where(stage < 0, len(stages), stage), time, deal))
    deal, time, stage, kind = deal[order], time[order], stage[order], kind[order]
    over = np.full(rows.size, np.datetime64("9999-01-01", "us"))
    over[ended] = closed[rows][ended]
    after = (stage >= 0) & (time > over[deal])
    quality.repair("stage_after_end", int(after.sum()))
    quality.note("no_stage_date", rows.size - np.unique(deal[stage >= 0]).size)
    backwards = np.r_[False, (deal[1:] == deal[:-1]) & (stage[1:] >= 0) & (stage[1:] < stage[:-1])][
        : deal.size
    ]
    quality.note("stage_dates_against_order", int(np.unique(deal[backwards]).size))
    keep = ~after
    labels = Labels(kind[keep], stage[keep], tuple(stages))
    return flow(deal[keep], time[keep], labels, rows[deal[keep]], quality, True)
