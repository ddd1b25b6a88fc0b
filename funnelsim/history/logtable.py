"""A table with the columns of the log (one row an event), cleaned of what no log may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from funnelsim.errors import HistoryError
from funnelsim.history.cells import dates, money
from funnelsim.history.exchange import from_frame
from funnelsim.history.formats import Layout
from funnelsim.history.log import CODE, REPORT, EventLog, Rows
from funnelsim.history.quality import Quality
from funnelsim.history.twopoint import STAGE

DAY = np.timedelta64(1, "D")


def read_log_table(
    table: pd.DataFrame, layout: Layout, quality: Quality, as_of: date | None, where: str
) -> tuple[EventLog, date, bool]:
    """The log of a table with its columns, its last day, and whether it knows dates only.

    Rows with an unknown event or no time, rows of the hidden truth, of a second replication, after
    `as_of`, and moves of a deal that has already ended are set aside and counted.
    """
    table = table.rename(columns={name: part for part, name in layout.columns.items()})
    table = table[list(layout.columns)]
    event = table["event"].str.lower()
    [read] = dates([table["time"]])
    if read.order == "unclear":
        quality.note("unclear_date_order", int(read.times.notna().sum()), table["time"])
    time = read.times.to_numpy().astype("datetime64[us]")
    keep = np.ones(len(table), bool)

    def drop(reason: str, wrong: np.ndarray, examples: pd.Series) -> None:
        wrong = wrong & keep
        quality.drop(reason, int(wrong.sum()), examples[wrong])
        keep[wrong] = False

    drop("unknown_event", ~event.isin(CODE).to_numpy(), table["event"])
    drop("unreadable_date", np.isnat(time), table["time"])
    drop("no_opportunity", (table["opportunity"] == "").to_numpy() & ~_of_people(event), table["event"])
    aside = np.zeros(len(table), bool)
    if "view" in table:
        aside |= (table["view"].str.lower() == "truth").to_numpy()
    if "replication" in table:
        first = table["replication"].iloc[0]
        aside |= (table["replication"] != first).to_numpy()
    quality.note("other_replication_or_truth", int((aside & keep).sum()))
    keep &= ~aside
    drop("duplicate_row", table.duplicated().to_numpy(), table["opportunity"])
    last = as_of or (time[keep].max().astype("datetime64[D]").item() if keep.any() else date.min)
    late = keep & (time >= np.datetime64(last) + DAY)
    quality.note("after_as_of", int(late.sum()))
    keep &= ~late
    quality.refuse_unusable(where, nothing_left=not keep.any())
    whole_days = bool(np.all(time[keep] == time[keep].astype("datetime64[D]")))
    log = _as_log(table[keep].assign(event=event[keep]), time[keep], quality, last, where)
    return without_afterlife(_staged(_in_order(log, layout, where)), quality), last, whole_days


def _of_people(event: pd.Series) -> np.ndarray:
    """Rows that may stand without an opportunity: work and people."""
    kinds = (
        "task_queued",
        "task_started",
        "task_ended",
        "touched",
        "hired",
        "ramped",
        "noticed",
        "left",
        "coached",
    )
    return event.isin(kinds).to_numpy()


def _as_log(table: pd.DataFrame, time: np.ndarray, quality: Quality, last: date, where: str) -> EventLog:
    columns: dict[str, object] = {"time": pd.DatetimeIndex(time).tz_localize("UTC")}
    for part in table.columns.drop(["time", "replication", "view", "schema"], errors="ignore"):
        if part == "amount":
            values, unreadable = money(table[part])
            quality.note("unreadable_amount", int(unreadable.sum()), table[part][unreadable])
            columns[part] = np.rint(np.nan_to_num(np.maximum(values, 0))).astype(np.int64)
        else:
            # a cell that a spreadsheet must not take for a formula is written with a quote before it
            texts = table[part].str.replace(r"^'(?=[=+\-@\t\r'])", "", regex=True).astype(object)
            columns[part] = texts.where(texts != "", None).to_numpy()
    frame = pd.DataFrame(columns)
    start = time.min().astype("datetime64[D]")
    horizon = float((np.datetime64(last) - start) / DAY) + 1
    return from_frame(frame, start=start.item(), horizon=horizon, replications=(0, 1), where=where)


def _in_order(log: EventLog, layout: Layout, where: str) -> EventLog:
    """The log with its stages in the order that the mapping gives, where it gives one."""
    if not layout.order:
        return log
    if set(layout.order) != set(log.names.stages):
        raise HistoryError.of(
            where, "history_order", given=", ".join(layout.order), stages=", ".join(log.names.stages)
        )
    place = np.array([layout.order.index(name) for name in log.names.stages] + [-1], np.int16)
    deals, tasks = (replace(rows, stage=place[rows.stage]) for rows in (log.deals, log.tasks))
    return replace(log, names=replace(log.names, stages=layout.order), deals=deals, tasks=tasks)


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
