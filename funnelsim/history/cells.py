"""Which column of a table without a known word plays which part, told by what its cells hold."""

from __future__ import annotations

import re

import numpy as np

from funnelsim.history.dates import GOOD, NAT, read_dates
from funnelsim.history.money import read_money
from funnelsim.history.recognise import tells_ends
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.words import ENDINGS

FEW = 200
"""Different texts up to which a column holds labels or names, not ids or remarks."""
_WRITTEN = re.compile(r"(19|20)\d{6}")
"""Days written as one number; other numbers are amounts or ids before they are days of a spreadsheet."""


def by_cells(sheet: Sheet) -> dict[str, str]:
    """Which column plays which part, by what its cells hold."""
    found: dict[str, str] = {}
    dated = _dated(sheet)
    names = [name for name in sheet.columns if name and name not in dated]
    label = next(
        (name for name in names if tells_ends(sheet[name], ENDINGS) and _kinds(sheet[name]) <= FEW), None
    )
    ids = [name for name in names if name != label and _kinds(sheet[name]) > max(2, len(sheet) // 50)]
    ids.sort(
        key=lambda name: (bool(sheet[name].blank.any()), "." in sheet[name].texts[0], -_kinds(sheet[name]))
    )
    if ids:
        found["id"] = ids[0]
    repeats = "id" in found and len(sheet) > 1.5 * _kinds(sheet[found["id"]])
    if repeats:
        label = label or next(
            (n for n in names if n not in found.values() and 2 <= _kinds(sheet[n]) <= 40), None
        )
        found |= ({"stage": label} if label else {}) | ({"time": next(iter(dated))} if dated else {})
    else:
        found |= {"status": label} if label else {}
        by_day = sorted(dated, key=lambda name: (bool(sheet[name].blank.any()), dated[name]))
        found |= dict(zip(("created", "closed"), by_day, strict=False))
    rest = [name for name in names if name not in found.values()]
    amounts = {name: amount for name in rest if (amount := _amount(sheet[name])) > 0}
    if amounts:
        found["amount"] = max(amounts, key=lambda name: amounts[name])
    people = [n for n in rest if n not in amounts and 2 <= _kinds(sheet[n]) <= FEW]
    if people:
        found["owner"] = people[0]
    return found


def _kinds(column: Column) -> int:
    return int((column.counts > 0).sum())


def _dated(sheet: Sheet) -> dict[str, np.datetime64]:
    """Columns whose filled cells are dates nearly all, with the middle one."""
    found = {}
    for name, column in sheet.columns.items():
        filled = ~column.blank
        [read] = read_dates([column])
        good = read.state == GOOD
        plain = _amount(column, share=0.99) > 0 and not all(
            _WRITTEN.match(text) for text in column.texts if text
        )
        if filled.any() and good.sum() > 0.8 * filled.sum() and not plain:
            found[name] = np.sort(read.times[good])[good.sum() // 2] if good.any() else NAT
    return found


def _amount(column: Column, share: float = 0.8) -> float:
    """The middle amount of a column whose filled cells are amounts nearly all; 0 where they are not."""
    read = read_money(column)
    known = read.amounts[np.isfinite(read.amounts)]
    filled = int((~column.blank).sum())
    return float(np.median(known)) if filled and known.size > share * filled else 0.0
