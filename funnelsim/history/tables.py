"""Further tables beside an export: accounts, products, teams, joined by the names that both have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from funnelsim.errors import HistoryError
from funnelsim.history.names import plain, suspects
from funnelsim.history.quality import Quality
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.sheets import read_sheet, shown

MOST_LEVELS = 200
"""Names in a column of a further table beyond which it does not tell groups apart."""


def joined(
    sheet: Sheet, tables: Sequence[str | Path], told: dict[str, Any], quality: Quality
) -> tuple[Sheet, dict[str, Any]]:
    """The sheet with the columns of further tables, and the mapping with these as groups."""
    groups: dict[str, str] = dict(told.get("groups", {}))
    columns = dict(sheet.columns)
    for path in tables:
        other = read_sheet(path, Quality(), lambda names: set(names))
        key = _key(sheet, other, str(path))
        place = _places(sheet[key], other[key], key, quality)
        for name, column in other.columns.items():
            if name == key or int((column.counts > 0).sum()) > MOST_LEVELS or _is_number(column):
                continue
            own = name if name not in columns else f"{Path(path).stem}.{name}"
            columns[own] = _taken(column, place)
            groups.setdefault(own, own)
            near = suspects([text for text in column.texts if text])
            quality.note("suspected_spelling", _rows_with(columns[own], near), near)
    return Sheet(columns, sheet.lines), {**told, "groups": groups} if groups else told


def _key(sheet: Sheet, other: Sheet, where: str) -> str:
    """The column that both have and whose names identify the rows of the further table."""
    shared = [name for name in other.columns if name in sheet]
    for name in shared:
        column = other[name]
        if int((column.counts > 0).sum()) == len(other):
            return name
    raise HistoryError.of(where, "history_table_key", columns=shown(other.names), others=shown(sheet.names))


def _places(own: Column, other: Column, key: str, quality: Quality) -> np.ndarray:
    """Row of the further table for each row of the sheet, -1 for none; spellings of one name are one."""
    exact = {text: row for row, text in enumerate(other.cells())}
    loose = {plain(text): row for text, row in exact.items()}
    place = np.array([exact.get(t, loose.get(plain(t), -1)) if t else -1 for t in own.texts], np.int64)
    used, named = own.counts > 0, np.array([bool(text) for text in own.texts], bool)
    missing = used & named & (place < 0)
    respelled = used & (place >= 0) & np.array([text not in exact for text in own.texts], bool)
    pairs = [f"{own.texts[n]} / {other.texts[other.codes[place[n]]]}" for n in np.flatnonzero(respelled)]
    quality.repair("respelled_key", int(own.counts[respelled].sum()), pairs)
    quality.note("not_in_table", int(own.counts[missing].sum()), own.texts[missing])
    seen = np.zeros(len(other), bool)
    seen[place[used & (place >= 0)]] = True
    if not seen.all():
        names = other.cells(np.flatnonzero(~seen))
        quality.remark(
            "never_used", column=key, n=int((~seen).sum()), names=", ".join(str(n) for n in names[:10])
        )
    return place[own.codes]


def _taken(column: Column, place: np.ndarray) -> Column:
    """The cells of a further table, one for each row of the sheet; empty where there is none."""
    values = pa.concat_arrays([column.values, pa.array([""], pa.string())])
    codes = np.where(place >= 0, column.codes[np.maximum(place, 0)], len(column.values)).astype(np.int32)
    return Column(codes, values).merged()


def _is_number(column: Column) -> bool:
    texts = [text for text in column.texts if text]
    return bool(texts) and all(text.replace(".", "", 1).replace("-", "", 1).isdigit() for text in texts)


def _rows_with(column: Column, pairs: list[str]) -> int:
    first = {pair.split(" / ")[0] for pair in pairs}
    return int(column.counts[[text in first for text in column.texts]].sum())
