"""Columns of dates as moments (UTC): what a text means is decided from its column.

Every text is taken apart by linear-time expressions into a date and a time of day; of each there are few
different ones even in a million rows. Whether 3/4 is in March or April is told by the other dates of its
column, then by the other columns; where nothing tells it, that is counted and said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelsim.history.sheet import Column

YEARS = (1990, 2100)
GOOD, NONE, UNREADABLE, IMPOSSIBLE, FUTURE = range(5)
"""What a cell holds: a date, nothing, no date, a date that cannot be (31 February, 1900), one after 2100."""
BAD = {UNREADABLE: "unreadable_date", IMPOSSIBLE: "impossible_date", FUTURE: "future_date"}
NAT = np.datetime64("NaT", "us")

_MONTH_NAMES = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
)
_MONTHS = {name: n for names in _MONTH_NAMES for n, name in enumerate(names.split(), 1)}
_CLOCK = (
    r"^(?P<before>上午|下午|[AaPp]\.?[Mm]\.?)?\s*(?P<h>\d{1,2})[:.时](?P<m>\d{2})(?:[:.分](?P<s>\d{2}(?:[.,]\d{1,9})?))?秒?"
    r"\s*(?P<after>[AaPp]\.?[Mm]\.?)?\s*(?:\(?(?P<z>Z|UTC|GMT)\)?|(?P<sign>[+\-])(?P<zh>\d{2}):?(?P<zm>\d{2}))?$"
)
_SPLIT = r"^(?P<d>.*?\d.*?)(?:[T\s,]\s*|日\s*)(?P<t>(?:上午|下午|[AaPp]\.?[Mm]\.?)?\s*\d{1,2}[:时]\d{2}.*)$"
_YEAR_FIRST = r"^(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?$"
_YEAR_LAST = r"^(?P<a>\d{1,2})\s*(?P<mark>[-/.])\s*(?P<b>\d{1,2})\s*[-/.]\s*(?P<y>\d{4}|\d{2})$"
_NAMED = (
    r"^(?:\p{L}+\.?,\s*)?(?P<d>\d{1,2})(?:st|nd|rd|th|\.)?[-\s]*(?:de\s+)?(?P<m>\p{L}{3,})\.?[-\s,]*(?:de\s+)?(?P<y>\d{4}|\d{2})$",
    r"^(?:\p{L}+\.?,?\s+)?(?P<m>\p{L}{3,})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})$",
    r"^(?P<y>\d{4})[-\s](?P<m>\p{L}{3,})[-\s](?P<d>\d{1,2})$",
)  # fmt: skip
_NUMBER = r"^\d{5}(\.\d+)?$|^\d{8}$|^\d{10}$|^\d{13}$|^\d{14}$"


class DateColumn(NamedTuple):
    """A column read as moments: NaT where there is none, with what its cells hold."""

    times: np.ndarray  # datetime64[us], (rows,)
    state: np.ndarray  # int8, GOOD to FUTURE, (rows,)
    order: str
    """`iso` where every date says itself what is what, `dayfirst`, `monthfirst`, or `unclear`."""
    mixed: np.ndarray  # bool, (rows,): dates that fit only the other order than the rest of their column
    unclear: np.ndarray  # bool, (rows,): dates that could be read either way and nothing tells which

    @property
    def whole_days(self) -> bool:
        """Whether no moment has a time of day."""
        good = self.times[self.state == GOOD]
        return bool(np.all(good == good.astype("datetime64[D]")))


class _Told(NamedTuple):
    """The distinct texts of a column taken apart."""

    day: np.ndarray  # datetime64[D], NaT where not (yet) known, (values,)
    state: np.ndarray
    clock: np.ndarray  # int64 microseconds to add, (values,)
    first: np.ndarray  # int, the two numbers of a date whose order is open, 0 where it is not
    second: np.ndarray
    year: np.ndarray
    dotted: np.ndarray


def read_dates(columns: Sequence[Column], order: str | None = None) -> list[DateColumn]:
    """Columns of one file as moments.

    order   `dayfirst` or `monthfirst` where the user says so; else each column tells it, and one that does
            not goes by the others of its file
    """
    told = [_taken_apart(column) for column in columns]
    votes = [_evidence(one) for one in told]
    total = sum(votes)
    found = []
    for column, one, vote in zip(columns, told, votes, strict=True):
        open_order = one.first > 0
        if order is not None:
            day_first, decided = order == "dayfirst", True
        elif vote or total:
            day_first, decided = (vote or total) > 0, True
        else:
            day_first, decided = bool(one.dotted[open_order].any()), False
        found.append(_decided(column, one, open_order, day_first, decided))
    return found


def _evidence(told: _Told) -> int:
    """Dates that can only be day first, less those that can only be month first."""
    can = told.first > 0
    day_first = can & (told.first > 12) & (told.first <= 31) & (told.second <= 12)
    month_first = can & (told.second > 12) & (told.second <= 31) & (told.first <= 12)
    return int(day_first.sum()) - int(month_first.sum())


def _decided(
    column: Column, told: _Told, open_order: np.ndarray, day_first: bool, decided: bool
) -> DateColumn:
    day, state = told.day.copy(), told.state.copy()
    a, b = told.first, told.second
    month, of_month = (b, a) if day_first else (a, b)
    forced = open_order & (month > 12) & (of_month <= 12)
    month, of_month = np.where(forced, of_month, month), np.where(forced, month, of_month)
    either = open_order & (a <= 12) & (b <= 12) & (a != b)
    made, fine = _civil(told.year, month, of_month)
    day[open_order] = made[open_order]
    state[open_order] = np.where(fine, GOOD, IMPOSSIBLE)[open_order]
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    state[(state == GOOD) & (year < YEARS[0])] = IMPOSSIBLE
    state[(state == GOOD) & (year > YEARS[1])] = FUTURE
    times = np.where(state == GOOD, day.astype("datetime64[us]") + told.clock.astype("timedelta64[us]"), NAT)
    kind = (
        "iso"
        if not open_order.any()
        else "unclear"
        if not decided
        else "dayfirst"
        if day_first
        else "monthfirst"
    )
    # in a column of both orders a date that fits both is anybody's guess
    doubtful = either & (not decided or bool(forced[open_order].mean() > 0.02) if open_order.any() else False)
    rows = column.codes
    return DateColumn(times[rows], state[rows], kind, forced[rows] & (state == GOOD)[rows], doubtful[rows])


def _taken_apart(column: Column) -> _Told:
    values = column.values
    parts = pc.extract_regex(values, _SPLIT)
    date_text = pc.utf8_trim_whitespace(pc.coalesce(_part(parts, "d"), values))
    clock_text = pc.coalesce(_part(parts, "t"), pa.scalar(""))
    dates, times = date_text.dictionary_encode(), clock_text.dictionary_encode()
    found = _days(dates.dictionary)
    clock, clocked = _clocks(times.dictionary)
    at = dates.indices.to_numpy(zero_copy_only=False)
    hour = times.indices.to_numpy(zero_copy_only=False)
    day, state, extra = found[0][at], found[1][at], found[2][at]
    state = np.where(clocked[hour], state, np.where(state == GOOD, UNREADABLE, state)).astype(np.int8)
    state[column.nothing] = NONE
    first = np.where(clocked[hour], found[3][at], 0)
    return _Told(day, state, clock[hour] + extra, first, found[4][at], found[5][at], found[6][at])


def _clocks(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds since midnight UTC of distinct times of day, and which could be read."""
    parts = pc.extract_regex(values, _CLOCK)
    hours, minutes = _int(_part(parts, "h")), _int(_part(parts, "m"))
    text = pc.replace_substring(pc.coalesce(_part(parts, "s"), pa.scalar("")), ",", ".")
    seconds = pc.cast(pc.if_else(pc.equal(text, ""), "0", text), pa.float64()).to_numpy(zero_copy_only=False)
    mark = pc.utf8_lower(
        pc.coalesce(_some(_part(parts, "before")), _some(_part(parts, "after")), pa.scalar(""))
    )
    pm = pc.match_substring_regex(mark, "^(p|下午)").to_numpy(zero_copy_only=False)
    am = pc.match_substring_regex(mark, "^(a|上午)").to_numpy(zero_copy_only=False)
    hours = np.where(pm & (hours < 12), hours + 12, np.where(am & (hours == 12), 0, hours))
    zone = 60 * _int(_part(parts, "zh")) + _int(_part(parts, "zm"))
    zone = np.where(pc.equal(_part(parts, "sign"), "-").fill_null(False).to_numpy(False), -zone, zone)
    empty = pc.equal(values, "").to_numpy(zero_copy_only=False)
    read = parts.is_valid().to_numpy(zero_copy_only=False) & (hours <= 24) & (minutes < 60) & (seconds < 61)
    us = (hours * 60 + minutes - zone) * 60_000_000 + np.rint(seconds * 1e6).astype(np.int64)
    return np.where(read, us, 0), read | empty


def _days(values: pa.Array):
    """What distinct dates say: day, state, extra microseconds, two numbers in open order, year, dotted."""
    size = len(values)
    day = np.full(size, np.datetime64("NaT"), "datetime64[D]")
    state = np.full(size, UNREADABLE, np.int8)
    extra, first, second, years = (np.zeros(size, np.int64) for _ in range(4))
    dotted = np.zeros(size, bool)

    parts = pc.extract_regex(values, _YEAR_FIRST)
    _fill(day, state, parts, _int(_part(parts, "y")), _int(_part(parts, "m")), _int(_part(parts, "d")))
    parts = pc.extract_regex(values, _YEAR_LAST)
    here = parts.is_valid().to_numpy(zero_copy_only=False)
    if here.any():
        first[here], second[here] = _int(_part(parts, "a"))[here], _int(_part(parts, "b"))[here]
        years[here] = _full(_int(_part(parts, "y")))[here]
        # 0 is no day and no month; 1 keeps the two in open order, and 0 makes the date impossible later
        impossible = here & ((first == 0) | (second == 0))
        state[impossible] = IMPOSSIBLE
        first[impossible] = 0
        dotted[here] = (
            ~pc.equal(_part(parts, "mark"), "/").fill_null(True).to_numpy(zero_copy_only=False)[here]
        )
    for pattern in _NAMED:
        left = np.flatnonzero((state == UNREADABLE) & (first == 0))
        if not left.size:
            break
        parts = pc.extract_regex(values.take(pa.array(left)), pattern)
        month = np.array([_month(name) for name in _part(parts, "m").to_pylist()], np.int64)
        made, told = day[left], state[left]
        _fill(made, told, parts, _full(_int(_part(parts, "y"))), month, _int(_part(parts, "d")), month > 0)
        day[left], state[left] = made, told
    _serial(values, day, state, extra)
    return day, state, extra, first, second, years, dotted


def _fill(day, state, parts, years, months, days, which=True) -> None:
    here = parts.is_valid().to_numpy(zero_copy_only=False) & (state == UNREADABLE) & which
    if here.any():
        made, fine = _civil(years, months, days)
        day[here] = made[here]
        state[here] = np.where(fine, GOOD, IMPOSSIBLE)[here]


def _civil(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days of the calendar, and which of them are in it."""
    fine = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year > 0)
    months = (np.where(fine, year, 1970) - 1970) * 12 + np.where(fine, month, 1) - 1
    starts = months.astype("datetime64[M]")
    made = starts.astype("datetime64[D]") + (np.where(fine, day, 1) - 1)
    fine &= made.astype("datetime64[M]") == starts
    return np.where(fine, made, np.datetime64("NaT")), fine


def _serial(values: pa.Array, day: np.ndarray, state: np.ndarray, extra: np.ndarray) -> None:
    """Days of a spreadsheet (42795), 20170301, 20170301093000, or seconds and milliseconds since 1970."""
    here = pc.match_substring_regex(values, _NUMBER).to_numpy(zero_copy_only=False) & (state == UNREADABLE)
    if not here.any():
        return
    at = np.flatnonzero(here)
    numbers = pc.cast(values.take(pa.array(at)), pa.float64()).to_numpy(zero_copy_only=False)
    for low, high, us in ((2e4, 8e4, 86_400_000_000), (6e8, 5e9, 1_000_000), (6e11, 5e12, 1000)):
        some = (numbers >= low) & (numbers < high)
        moments = np.rint(numbers[some] * us).astype(np.int64)
        origin = np.datetime64("1899-12-30" if low == 2e4 else "1970-01-01", "D")
        day[at[some]] = origin + moments // 86_400_000_000
        extra[at[some]] = moments % 86_400_000_000
        state[at[some]] = GOOD
    written = (numbers >= 1e7) & (numbers < 1e8) | (numbers >= 1e13) & (numbers < 1e14)
    whole = numbers[written].astype(np.int64)
    date, clock = (
        np.where(whole >= 10**13, whole // 10**6, whole),
        np.where(whole >= 10**13, whole % 10**6, 0),
    )
    made, fine = _civil(date // 10000, date // 100 % 100, date % 100)
    day[at[written]], state[at[written]] = made, np.where(fine, GOOD, IMPOSSIBLE)
    extra[at[written]] = ((clock // 10000 * 60 + clock // 100 % 100) * 60 + clock % 100) * 1_000_000


def _part(parts: pa.Array, name: str) -> pa.Array:
    """A group of an expression, null where it did not match."""
    return pc.struct_field(parts, name)


def _int(part: pa.Array) -> np.ndarray:
    """Digits as whole numbers, 0 where there are none."""
    text = pc.if_else(pc.equal(part, ""), None, part)
    return pc.cast(text, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)


def _some(part: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(part, ""), None, part)


def _full(years: np.ndarray) -> np.ndarray:
    return np.where((years > 0) & (years < 100), years + 2000, years)


def _month(name: str | None) -> int:
    """Number of a month by its name in one of six languages, whole or its first letters; 0 for none."""
    if not name:
        return 0
    word = name.casefold().rstrip(".")
    if word in _MONTHS:
        return _MONTHS[word]
    found = {number for known, number in _MONTHS.items() if len(word) >= 3 and known.startswith(word)}
    return found.pop() if len(found) == 1 else 0
