"""Dates, money and names out of the texts of a column; what a cell means is decided from its column.

Each reader works on the distinct texts of a column, so a million rows of days cost as much as a year.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

NOTHING = frozenset((
    "", "none", "null", "nil", "nan", "nat", "na", "n/a", "#n/a", "unknown", "-", "--", "—",
    "未知", "无", "空", "暂无",
    "#ref!", "#value!", "#name?", "#div/0!", "#null!",
))  # fmt: skip
YEARS = (1990, 2100)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_CLOCK = r"(?:[T ,]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2}(?:\.\d+)?))?\s*(?P<ap>[AaPp][Mm])?)?"
_STRICT = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = (
    r"^(?P<a>\d{4})\s*[-/.年]\s*(?P<b>\d{1,2})\s*[-/.月]\s*(?P<c>\d{1,2})\s*日?" + _CLOCK + r"\s*Z?$"
)
_YEAR_LAST = r"^(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2})" + _CLOCK + r"$"
_DAY_NAME = r"^(?P<a>\d{1,2})[-\s.]+(?P<b>[A-Za-z]{3})[A-Za-z]*[-\s.,]+(?P<c>\d{4}|\d{2})" + _CLOCK + r"$"
_NAME_DAY = r"^(?P<b>[A-Za-z]{3})[A-Za-z]*[.\s]+(?P<a>\d{1,2}),?\s+(?P<c>\d{4})" + _CLOCK + r"$"


class DateColumn(NamedTuple):
    """A column read as moments (UTC): NaT where there is nothing or nothing readable."""

    times: pd.Series
    unreadable: np.ndarray
    order: str
    """`iso` where every date says itself what is what, `dayfirst`, `monthfirst`, or `unclear`."""
    mixed: int
    """Dates that fit only the other order than the rest of their columns."""


def is_nothing(texts: pd.Series) -> np.ndarray:
    """Whether a cell holds no value: empty, NULL, None, unknown, #REF! and their like."""
    return texts.str.strip().str.lower().isin(NOTHING).to_numpy()


def dates(columns: list[pd.Series]) -> list[DateColumn]:
    """Columns of one file as moments; whether 3/4 is in March or April is decided from all of them."""
    coded = [pd.factorize(column.str.strip()) for column in columns]
    distinct = [pd.Series(np.asarray(texts, dtype=object), dtype=str) for _, texts in coded]
    first = second = 0
    dotted = False
    for texts in distinct:
        parts = texts.str.extract(_YEAR_LAST)
        first += int((pd.to_numeric(parts["a"], errors="coerce") > 12).sum())
        second += int((pd.to_numeric(parts["b"], errors="coerce") > 12).sum())
        dotted |= bool(parts["mark"].isin([".", "-"]).any())
    day_first = first > second or (first == second and dotted)
    result = []
    for (codes, _), texts, column in zip(coded, distinct, columns, strict=True):
        values, doubtful, mixed = _moments(texts, day_first)
        times = pd.Series(values[codes], index=column.index)
        order = (
            "iso"
            if not doubtful
            else "unclear"
            if first == second
            else "dayfirst"
            if day_first
            else "monthfirst"
        )
        unreadable = times.isna().to_numpy() & ~is_nothing(column)
        result.append(DateColumn(times, unreadable, order, int(mixed[codes].sum())))
    return result


def _moments(texts: pd.Series, day_first: bool) -> tuple[np.ndarray, bool, np.ndarray]:
    """Moments of distinct texts, whether any needed the order, and which contradict it."""
    out = pd.Series(np.full(len(texts), np.datetime64("NaT"), "datetime64[us]"))
    mixed = np.zeros(len(texts), bool)
    strict = texts.str.fullmatch(_STRICT).to_numpy(bool)
    if strict.any():
        read = pd.to_datetime(texts[strict], format="ISO8601", utc=True, errors="coerce")
        out[strict] = read.dt.tz_localize(None).astype("datetime64[us]")
    doubtful = False
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _DAY_NAME, _NAME_DAY):
        rest = out.isna().to_numpy()
        if not rest.any():
            break
        parts = texts[rest].str.extract(pattern)
        parts = parts[parts["a"].notna()]
        if parts.empty:
            continue
        a, b, c = (parts[name] for name in "abc")
        if pattern is _YEAR_FIRST:
            year, month, day = a, b, c
        elif pattern is _YEAR_LAST:
            doubtful = True
            forced = ((a.astype(int) > 12) if not day_first else (b.astype(int) > 12)).to_numpy()
            mixed[parts.index[forced]] = True
            by_day = np.where(forced, not day_first, day_first)
            year, month, day = c, b.where(by_day, a), a.where(by_day, b)
        else:
            names = b.str.lower().map({name: str(i + 1) for i, name in enumerate(MONTHS)})
            year, month, day = c, names, a
        out[parts.index] = _compose(year, month, day, parts)
    serial = pd.to_numeric(
        texts.where(texts.str.fullmatch(r"\d{5}(\.\d+)?|\d{8}|\d{10}|\d{13}")), errors="coerce"
    )
    if serial.notna().any():
        out = out.where(out.notna(), _serial(serial))
    year = out.dt.year
    return out.where((year >= YEARS[0]) & (year <= YEARS[1])).to_numpy(), doubtful, mixed


def _compose(year: pd.Series, month: pd.Series, day: pd.Series, clock: pd.DataFrame) -> pd.Series:
    def number(part: pd.Series) -> pd.Series:
        return pd.to_numeric(part, errors="coerce")

    years = number(year)
    years = years.where(years > 99, years + 2000)
    hours = number(clock["h"]).fillna(0) % 24
    pm = clock["ap"].str.lower()
    hours = hours.where(pm.isna(), hours % 12 + 12 * (pm == "pm"))
    parts = pd.DataFrame({"year": years, "month": number(month), "day": number(day)})
    read = pd.to_datetime(parts.where(parts.notna().all(axis=1)), errors="coerce").astype("datetime64[us]")
    seconds = hours * 3600 + number(clock["mi"]).fillna(0) * 60 + number(clock["s"]).fillna(0)
    return read + (seconds * 1e6).round().astype("int64").astype("timedelta64[us]")


def _serial(numbers: pd.Series) -> pd.Series:
    """Days of a spreadsheet (42795), 20170301, or seconds and milliseconds since 1970."""
    out = pd.Series(np.full(len(numbers), np.datetime64("NaT"), "datetime64[us]"), index=numbers.index)
    for low, high, read in (
        (2e4, 8e4, lambda n: pd.to_datetime(n, unit="D", origin="1899-12-30")),
        (1e7, 1e8, lambda n: pd.to_datetime(n.astype(int).astype(str), format="%Y%m%d", errors="coerce")),
        (6e8, 5e9, lambda n: pd.to_datetime(n, unit="s")),
        (6e11, 5e12, lambda n: pd.to_datetime(n, unit="ms")),
    ):
        here = (numbers >= low) & (numbers < high)
        if here.any():
            out[here] = pd.Series(read(numbers[here])).astype("datetime64[us]")
    return out


_PLAIN = r"-?\d+(?:\.\d{1,2}|\.\d{4,})?"
_UNITS = {
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "bn": 1e9,
    "千": 1e3,
    "万": 1e4,
    "万元": 1e4,
    "百万": 1e6,
    "亿": 1e8,
    "亿元": 1e8,
}


def money(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Amounts (NaN where there is none) and which cells could not be read.

    `€ 2.900,00`, `11000`, `(1,200)`, `12.5万`, `¥3亿`, `1.2M` all read as what they mean. A single mark
    before exactly three digits groups thousands, unless the column elsewhere uses it for decimals.
    """
    codes, distinct = pd.factorize(column.str.strip())
    texts = pd.Series(np.asarray(distinct, dtype=object), dtype=str)
    plain = texts.str.fullmatch(_PLAIN).to_numpy(bool)
    values = np.full(len(texts), np.nan)
    values[plain] = pd.to_numeric(texts[plain]).to_numpy(float)
    rest = texts[~plain & ~is_nothing(texts)]
    if len(rest):
        point = bool(
            texts.str.contains(r"\d\.\d{1,2}\D*$").any() and not texts.str.contains(r"\d,\d{1,2}\D*$").any()
        )
        values[rest.index] = [_amount(text, point) for text in rest]
    amounts = values[codes]
    return amounts, np.isnan(amounts) & ~is_nothing(column)


def _amount(text: str, point_is_decimal: bool) -> float:
    match = re.search(r"[-(−]?\s*[^\d(−-]{0,4}\s*\d[\d.,'’\s\u00a0\u202f]*", text)
    if match is None or text.startswith("#"):
        return np.nan
    digits = re.sub(r"[^\d.,]", "", match[0]).rstrip(".,")
    unit = re.match(r"[A-Za-z万亿千百元]+", text[match.end() :].strip().lower())
    if unit and unit[0] not in _UNITS and not re.fullmatch(r"元|[a-z]{3}|kr|zł", unit[0]):
        return np.nan
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        mark, other = digits[last], "," if digits[last] == "." else "."
        after = len(digits) - last - 1
        grouped = digits.count(mark) > 1 or (
            other not in digits and after == 3 and not (mark == "." and point_is_decimal)
        )
        digits = digits.replace(other, "")
        digits = digits.replace(mark, "") if grouped else digits.replace(mark, ".")
    value = float(digits) * (_UNITS.get(unit[0], 1.0) if unit else 1.0)
    return -value if re.match(r"[^\d]*[-−(]", match[0]) else value


def levels(column: pd.Series) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """A column of names as numbers: codes (-1 where empty), the names, and spellings that were joined.

    Spellings that differ only in case, spaces or punctuation are one name, written as most often.
    `unknown`, `None` and `NULL` are a level of their own: that nobody knew is information.
    """
    texts = column.str.strip()
    counts = texts[texts != ""].value_counts()
    spelled: dict[str, list[str]] = {}
    for name in counts.index:
        spelled.setdefault(plain(name) or name, []).append(name)
    names = sorted(group[0] for group in spelled.values())
    number = {name: i for i, name in enumerate(names)}
    code = {name: number[group[0]] for group in spelled.values() for name in group}
    joined = [" / ".join(group) for group in spelled.values() if len(group) > 1]
    return texts.map(code).fillna(-1).to_numpy(np.int64), tuple(names), joined


def plain(text: str) -> str:
    """A name without case, spaces and dots and dashes: `GTX Pro` is `gtxpro`; `C++` is not `C`.

    >>> plain("GTX-Pro"), plain("C++")
    ('gtxpro', 'c++')
    """
    return re.sub(r"[\s_.,'’\-]+", "", str(text)).casefold()
