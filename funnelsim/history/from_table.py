"""A table with the columns of a log back into an `EventLog`: all names collected, all rows in order."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from funnelsim.calendar import instant
from funnelsim.errors import HistoryError
from funnelsim.history.log import (
    CODE,
    EVENTS,
    NONE,
    TASK_EVENTS,
    WITH_HOURS,
    EventLog,
    Names,
    Opportunities,
    Rows,
)
from funnelsim.history.table import COLUMNS, DAY_US, NAMED, VIEWS


def from_frame(
    frame: pd.DataFrame,
    start: date | None = None,
    horizon: float | None = None,
    measured: tuple[float, float] | None = None,
    time_zone: str = "UTC",
    currency: str = "CNY",
    names: Names | None = None,
    replications: tuple[int, int] | None = None,
    where: str = "table",
) -> EventLog:
    """A table with the columns of a log as an `EventLog`; the inverse of `to_frame`.

    start      day 0; the local date of the first row where none is given
    horizon    days since start after which nothing is known; just after the last row where none is given
    measured   first and last moment of the measured period; the whole log where none is given
    names      names in their order, thirds of the stages included; otherwise they are collected here:
               stages in the order in which most deals pass them, all others as they come
    replications   number of the first one, and how many; those of the rows where none is given
    """
    frame = _checked(frame, where)
    moments = _microseconds(frame["time"], where)
    if start is None:
        earliest = pd.Timestamp(int(moments.min()) if moments.size else 0, unit="us", tz="UTC")
        start = earliest.tz_convert(ZoneInfo(time_zone)).date()
    zero = int(instant(start, time_zone).timestamp()) * 1_000_000
    replication = _whole(frame, "replication", 0).astype(np.int32)
    order = np.lexsort((moments, replication))
    if not np.array_equal(order, np.arange(order.size)):
        frame, moments, replication = frame.iloc[order], moments[order], replication[order]
    time = (moments - zero) / DAY_US
    event = _event_codes(frame["event"], where)
    given = names or Names((), ())
    codes: dict[str, Any] = {}
    levels: dict[str, Any] = {}
    for column, part in NAMED.items():
        codes[column], levels[part] = _codes(frame, column, getattr(given, part))

    ids = frame["opportunity"].astype(object)
    known = ids.notna().to_numpy()
    label, texts = pd.factorize(ids)
    number = _numbers(replication, label)
    opportunities, origins = _opportunities(
        frame, replication, number, label, np.asarray(texts, object), time, event, codes, given.origins
    )
    is_task = np.isin(event, TASK_EVENTS)
    view = (
        pd.Categorical(frame["view"], categories=VIEWS).codes.astype(np.int8).clip(0)
        if "view" in frame
        else np.zeros(len(frame), np.int8)
    )
    hours = np.zeros(len(frame))
    if "hours" in frame:
        hours = pd.to_numeric(frame["hours"], errors="coerce").to_numpy(float, na_value=np.nan)
    amount = _whole(frame, "amount", 0)
    value = np.where(
        np.isin(event, WITH_HOURS),
        np.nan_to_num(hours),
        np.where(event == CODE["amount_changed"], amount, 0.0),
    )
    rows = Rows(
        replication, number, time, event, codes["stage"], codes["owner"], codes["desk"], codes["reason"],
        codes["activity"], value, view,
    )  # fmt: skip
    thirds = given.thirds
    if names is None and not _is_ordered(frame):
        codes["stage"], levels["stages"] = _stage_order(rows, codes["stage"], levels["stages"], known)
        rows = Rows(*(codes["stage"] if p.name == "stage" else getattr(rows, p.name) for p in fields(Rows)))
    if horizon is None:
        horizon = float(np.nextafter(time.max(), np.inf)) if time.size else 0.0
    if replications is None:
        first = int(replication.min()) if replication.size else 0
        replications = first, int(replication.max()) - first + 1 if replication.size else 1
    return EventLog(
        names=replace(given, origins=origins, thirds=thirds, **levels),
        start=start,
        horizon=horizon,
        measured=measured or (0.0, horizon),
        deals=rows.where(~is_task),
        tasks=rows.where(is_task),
        opportunities=opportunities,
        replications=replications[1],
        time_zone=time_zone,
        currency=currency,
        first_replication=replications[0],
    )


def _checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    missing = [name for name in ("opportunity", "time", "event") if name not in frame]
    if missing:
        raise HistoryError.of(where, "log_columns", missing=", ".join(missing), known=", ".join(COLUMNS))
    return frame


def _microseconds(column: pd.Series, where: str) -> np.ndarray:
    """Times as microseconds since 1970, UTC."""
    try:
        times = pd.to_datetime(column, utc=True, format=None if column.dtype.kind == "M" else "ISO8601")
    except (ValueError, TypeError) as wrong:
        raise HistoryError.of(where, "log_time", "time", detail=str(wrong).splitlines()[0][:200]) from wrong
    if times.isna().any():
        row = int(np.flatnonzero(times.isna())[0]) + 1
        raise HistoryError.of(where, "log_time", f"time[{row}]", detail=str(column.iloc[row - 1]))
    return times.dt.as_unit("us").astype("int64").to_numpy()


def _event_codes(column: pd.Series, where: str) -> np.ndarray:
    codes = column.astype(object).map(CODE).fillna(NONE).to_numpy(int)
    if np.any(codes < 0):
        row = int(np.flatnonzero(codes < 0)[0])
        raise HistoryError.of(
            where, "log_event", f"event[{row + 1}]", found=column.iloc[row], known=", ".join(EVENTS)
        )
    return codes.astype(np.int8)


def _whole(frame: pd.DataFrame, column: str, missing: int) -> np.ndarray:
    """A column of whole numbers, `missing` where there is none."""
    if column not in frame:
        return np.full(len(frame), missing, np.int64)
    numbers = pd.to_numeric(frame[column], errors="coerce")
    if numbers.dtype.kind in "iu":
        return numbers.to_numpy(np.int64)
    return numbers.fillna(missing).round().to_numpy(np.int64)


def _codes(frame: pd.DataFrame, column: str, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Positions of a column's names, and the names: those given first, others as they come."""
    if column not in frame:
        return np.full(len(frame), NONE, np.int16), names
    values = frame[column]
    if not names and isinstance(values.dtype, pd.CategoricalDtype):
        names = tuple(str(name) for name in values.cat.categories)
    if isinstance(values.dtype, pd.CategoricalDtype) and names == tuple(values.cat.categories):
        return values.cat.codes.to_numpy(np.int16), names
    found = values.astype(object)
    new = [str(name) for name in pd.unique(found.dropna()) if str(name) not in set(names)]
    names = (*names, *new)
    present = found.notna()
    texts = found.where(~present, found[present].astype(str))
    return pd.Categorical(texts, categories=list(names)).codes.astype(np.int16), names


def _numbers(replication: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Opportunities of each replication numbered as they come, -1 where there is none."""
    number = np.full(label.size, NONE, np.int32)
    has = label >= 0
    pair = replication[has].astype(np.int64) * (int(label.max(initial=0)) + 1) + label[has]
    place, pairs = pd.factorize(pair)
    owner = np.asarray(pairs) // (int(label.max(initial=0)) + 1)
    first = np.zeros(owner.size, np.int64)
    if owner.size:
        begins = np.r_[True, np.diff(owner) != 0]
        first = np.maximum.accumulate(np.where(begins, np.arange(owner.size), 0))
    number[has] = (place - first[place]).astype(np.int32)
    return number


def _opportunities(frame, replication, number, label, texts, time, event, codes, origins):
    """The table of opportunities from the first row of each, its creation where the log tells it."""
    pair = replication.astype(np.int64) * (int(number.max(initial=0)) + 1) + number
    has = np.flatnonzero(number >= 0)
    _, first = np.unique(pair[has], return_index=True)
    at = has[first]
    created = time[at].copy()
    born = np.flatnonzero(event == CODE["created"])
    created[np.searchsorted(pair[at], pair[born])] = time[born]
    parts = [_split(str(text)) for text in texts]
    known = {name: code for code, name in enumerate(origins)}
    for first_part, _ in parts:
        known.setdefault(first_part, len(known))
    origin = np.array([known[part[0]] for part in parts], np.int32)
    ordinal = np.array([part[1] for part in parts], np.int64)
    return Opportunities(
        replication[at], number[at], origin[label[at]], ordinal[label[at]], created,
        _whole(frame, "amount", 0)[at], codes["source"][at], codes["territory"][at], codes["segment"][at],
    ), tuple(known)  # fmt: skip


def _is_ordered(frame: pd.DataFrame) -> bool:
    """Whether the stages carry their own order, as those of `to_frame` do."""
    kind = frame["stage"].dtype if "stage" in frame else None
    return isinstance(kind, pd.CategoricalDtype) and bool(kind.ordered)


_ORDINAL = re.compile(r"(.*)\.(0|[1-9][0-9]{0,17})", re.DOTALL)


def _split(text: str) -> tuple[str, int]:
    """An id as (origin, ordinal), so that it is spelled the same again."""
    found = _ORDINAL.fullmatch(text)
    return (found[1], int(found[2])) if found else (text, NONE)


def _stage_order(rows: Rows, stage: np.ndarray, names: tuple[str, ...], known: np.ndarray):
    """Stages in the order in which most deals first enter them; ties keep the order of appearance.

    Each stage scores one for every other stage that it precedes more often than it follows (Copeland).
    """
    seen = np.flatnonzero(known & (rows.event == CODE["entered"]) & (stage >= 0))
    if not seen.size or len(names) < 2:
        return stage, names
    deal = pd.factorize(rows.replication[seen].astype(np.int64) << 32 | rows.opportunity[seen])[0]
    first = np.full((int(deal.max()) + 1, len(names)), np.inf)
    first[deal[::-1], stage[seen[::-1]]] = seen[::-1]
    score = np.zeros(len(names))
    for a in range(len(names)):
        both = np.isfinite(first) & np.isfinite(first[:, [a]])
        before = np.sum(both & (first > first[:, [a]]), axis=0)
        after = np.sum(both & (first < first[:, [a]]), axis=0)
        score[a] = np.sum(before > after) + 0.5 * np.sum(before == after)
    order = np.argsort(-score, kind="stable")
    place = np.empty(len(names) + 1, np.int16)
    place[order], place[-1] = np.arange(len(names)), NONE
    return place[stage], tuple(names[k] for k in order)
