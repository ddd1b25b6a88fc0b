"""The first sheet of an .xlsx workbook with a table in it, read row by row and within bounds.

A workbook is a zip of XML: what unpacks to far more than a table can hold, declares entities, or claims more
cells than a sheet of this size has, is refused by name before it is read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from funnelsim.errors import FunnelError, HistoryError
from funnelsim.history.delimited import MOST_COLUMNS, PREAMBLE, Wanted, distinct, header_score
from funnelsim.history.quality import Quality
from funnelsim.history.sheet import Column, Sheet

MOST_ROWS = 1_048_576
MOST_CELLS = 60_000_000
MOST_RATIO = 80
SMALL = 16 << 20
"""Bytes that a workbook may always unpack to; beyond, at most MOST_RATIO times what it is packed in."""


def read_workbook(path: Path, quality: Quality, wanted: Wanted, mapped: Collection[str] = ()) -> Sheet:
    """The wanted columns of the first sheet that has a table."""
    _refuse_bombs(path)
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, max_row=MOST_ROWS, values_only=True)
            head = [row for _, row in zip(range(PREAMBLE), rows, strict=False)]
            top = _top(head, mapped)
            if top is not None:
                return _table(path, sheet, head, top, quality, wanted)
    except FunnelError:
        raise
    except Exception as err:  # whatever a broken zip or its XML makes of a parser
        why = (str(err).splitlines() or [""])[0][:200] or type(err).__name__
        raise HistoryError.of(str(path), "history_unreadable", why=why) from err
    raise HistoryError.of(str(path), "history_empty")


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > 10_000 or unpacked > max(SMALL, MOST_RATIO * path.stat().st_size):
                raise HistoryError.of(str(path), "history_bomb", size=unpacked >> 20)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with package.open(part) as file:
                        if b"<!DOCTYPE" in file.read(4096) or part.flag_bits & 1:
                            raise HistoryError.of(str(path), "history_entities")
    except FunnelError:
        raise
    except Exception as err:
        raise HistoryError.of(
            str(path), "history_unreadable", why=str(err)[:200] or type(err).__name__
        ) from err


def _top(head: list[tuple[Any, ...]], mapped: Collection[str]) -> int | None:
    """Which of the first rows is the header."""
    best = None
    for at, row in enumerate(head):
        score = header_score([text_of(cell) for cell in row], at, mapped)
        if score and (best is None or score > best[0]):
            best = score, at
    return None if best is None else best[1]


def _table(path: Path, sheet: Any, head: list, top: int, quality: Quality, wanted: Wanted) -> Sheet:
    named = [text_of(cell) for cell in head[top]]
    width = max((n + 1 for n, name in enumerate(named) if name), default=0)
    if width > MOST_COLUMNS:
        raise HistoryError.of(str(path), "history_too_wide", columns=width, most=MOST_COLUMNS)
    names = distinct(named[:width])
    chosen = wanted(names)
    loaded = [n for n, name in enumerate(names) if name in chosen] or [0]
    quality.note("preamble", sum(any(cell is not None for cell in row) for row in head[:top]))
    known: list[dict[str, int]] = [{} for _ in loaded]
    codes: list[list[int]] = [[] for _ in loaded]
    lines: list[int] = []
    seen = 0
    for line, row in _rows(sheet, top, width):
        seen += width
        if seen > MOST_CELLS:
            raise HistoryError.of(str(path), "history_too_many_cells", most=MOST_CELLS)
        lines.append(line)
        for texts, column, n in zip(known, codes, loaded, strict=True):
            text = text_of(row[n]) if n < len(row) else ""
            column.append(texts.setdefault(text, len(texts)))
    columns = {
        names[n]: Column(np.array(column, np.int32), pa.array(list(texts), pa.string()))
        for n, texts, column in zip(loaded, known, codes, strict=True)
    }
    return Sheet(columns, np.array(lines, np.int64), tuple(names))


def _rows(sheet: Any, top: int, width: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows below the header with their numbers."""
    rows = sheet.iter_rows(min_row=top + 2, max_col=width, max_row=MOST_ROWS, values_only=True)
    yield from enumerate(rows, top + 2)


def text_of(cell: Any) -> str:
    """A cell as text: dates in ISO form, whole numbers without a decimal point, nothing as ''."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).encode("utf-8", "replace").decode("utf-8")
