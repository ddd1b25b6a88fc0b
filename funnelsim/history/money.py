"""Columns of amounts as numbers: `€ 2.900,00`, `11000`, `(1,200)`, `1,5万`, `¥3亿`, `1.2M` mean what they say.

A single mark before exactly three digits groups thousands, unless its column elsewhere uses it for decimals;
where nothing in the column tells, that is counted.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelsim.history.sheet import Column

MOST = 9e15
"""Amounts are whole numbers of 64 bits; no deal is larger than this."""

MANY = 1000
"""Different texts from which on the plainest forms are read all at once."""
_PLAIN = r"^[+-]?\d{1,15}(\.\d{1,2}|\.\d{4,20})?$"
_UNITS = {
    "k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9, "tsd": 1e3,
    "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "百亿": 1e10,
}  # fmt: skip
_CURRENCY = re.compile(r"元|圆|人民币|rmb|[a-z]{3}|kr|zł|[a-z]{1,3}\$|r\$|[\u20a0-\u20bf$£¥￥]*")
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f'’_]+")
_SHAPE = re.compile(r"(?P<sign>[-+−(]*)(?P<digits>\d[\d.,]*)(?P<unit>[^\d.,()\-−]*)(?P<close>[)\-−]?)")


class MoneyColumn(NamedTuple):
    """A column read as amounts, each (rows,)."""

    amounts: np.ndarray  # float64, NaN where there is none
    unreadable: np.ndarray  # bool: something stands there, and no amount
    unclear: np.ndarray  # bool: `1.234` where nothing tells whether it is a thousand or one and a bit


def read_money(column: Column) -> MoneyColumn:
    """A column of amounts."""
    values = column.values
    plain = pc.match_substring_regex(values, _PLAIN).to_numpy(zero_copy_only=False)
    found = np.full(len(values), np.nan)
    if plain.any():
        some = pc.replace_substring(values.filter(pa.array(plain)), "+", "")
        found[plain] = pc.cast(some, pa.float64()).to_numpy(zero_copy_only=False)
    unclear = np.zeros(len(values), bool)
    rest = np.flatnonzero(~plain & ~column.nothing)
    if rest.size:
        decimal = _decimal_mark(values)
        if rest.size > MANY:
            found[rest] = _at_once(values.take(pa.array(rest)))
            rest = rest[np.isnan(found[rest])]
        for at in rest:
            found[at], unclear[at] = amount_of(str(column.texts[at]), decimal)
    found[~(np.abs(found) <= MOST)] = np.nan
    amounts = found[column.codes]
    return MoneyColumn(amounts, np.isnan(amounts) & ~column.nothing[column.codes], unclear[column.codes])


def _at_once(values: pa.Array) -> np.ndarray:
    """Amounts of texts in the plainest locale forms, NaN for all others; as `amount_of` reads them."""
    bare = pc.replace_substring_regex(
        pc.replace_substring_regex(values, r"^[€$£¥￥\s]+|[€$£¥￥\s]+$", ""), r"\s", ""
    )
    found = np.full(len(values), np.nan)
    for shape, groups, mark in (
        (r"^-?\d{1,3}(,\d{3})+\.\d{1,2}$|^-?\d{1,3}(,\d{3}){2,}$", ",", "."),
        (r"^-?\d{1,3}(\.\d{3})+,\d{1,2}$|^-?\d+,\d{1,2}$|^-?\d{1,3}(\.\d{3}){2,}$", ".", ","),
        (r"^-?\d{1,15}(\.\d{1,2})?$", ",", "."),
    ):
        fits = pc.match_substring_regex(bare, shape)
        told = pc.replace_substring(pc.replace_substring(bare.filter(fits), groups, ""), mark, ".")
        found[fits.to_numpy(zero_copy_only=False)] = pc.cast(told, pa.float64()).to_numpy(
            zero_copy_only=False
        )
    return found


def _decimal_mark(values: pa.Array) -> str:
    """The mark before the decimals of a column: `.`, `,`, or nothing where both or neither have any."""

    def has(pattern: str) -> bool:
        return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())

    # both marks in one number: the last is the decimal one; and two digits behind a mark are cents
    point = has(r"\d,\d{3}\.\d|^\D*\d+\.\d{1,2}\D*$|\d,\d{3},\d{3}\D*$")
    comma = has(r"\d\.\d{3},\d|^\D*\d+,\d{1,2}\D*$|\d\.\d{3}\.\d{3}\D*$")
    return "" if point == comma else "." if point else ","


def amount_of(text: str, decimal: str = "") -> tuple[float, bool]:
    """The amount of a text (NaN where it is none), and whether it could as well be a thousandth of that.

    decimal   the mark that its column has before decimals, '' where that is not known

    >>> amount_of("€ 2.900,00"), amount_of("(1.000)"), amount_of("1,5万"), amount_of("1.234", ".")
    ((2900.0, False), (-1000.0, True), (15000.0, False), (1.234, False))
    """
    if len(text) > 60 or text.startswith("#"):
        return np.nan, False
    bare = _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()
    found = re.search(r"[-+−(]*\d", bare)
    if found is None:
        return np.nan, False
    before = bare[: found.start()]
    shape = _SHAPE.fullmatch(bare[found.start() :])
    if re.fullmatch(r"\d+(\.\d+)?e[+-]?\d{1,2}", bare):
        return float(bare), False
    if before.endswith(("-", "−", "(")) or shape is None or not _CURRENCY.fullmatch(before.lstrip("-−+(")):
        return np.nan, False
    factor = _factor(shape["unit"])
    if factor is None:
        return np.nan, False
    number, unclear = _number(shape["digits"].rstrip(".,"), decimal)
    cents = (
        "" if shape["digits"][-1] in ".," else shape["close"]
    )  # `1000,-` has no cents, and is not negative
    negative = any(mark in before + shape["sign"] + cents for mark in "-−(")
    return (-number if negative else number) * factor, unclear


def _factor(unit: str) -> float | None:
    """What a number is to be multiplied with for its unit and currency; None where they are neither."""
    for name in sorted(_UNITS, key=len, reverse=True):
        if unit.startswith(name) and _CURRENCY.fullmatch(unit[len(name) :].lstrip(".")):
            return _UNITS[name]
    return 1.0 if _CURRENCY.fullmatch(unit) else None


def _number(digits: str, decimal: str) -> tuple[float, bool]:
    """A number with marks, and whether its only mark could be either kind."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return _float(digits), False
    mark, after = digits[last], len(digits) - last - 1
    other = "," if mark == "." else "."
    if digits.count(mark) > 1:
        groups, unclear = True, False
        if other in digits or not re.fullmatch(r"\d{1,3}([.,]\d{2,3})*[.,]\d{3}", digits):
            return np.nan, False
    elif other in digits or after != 3:
        groups, unclear = False, False
    else:
        groups, unclear = mark != decimal, not decimal and mark == "."
    digits = digits.replace(other, "")
    return _float(digits.replace(mark, "" if groups else ".")), unclear


def _float(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return np.nan
