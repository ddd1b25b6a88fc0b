"""The first sheet of an .xlsx workbook with a table in it, as a sheet of texts; read row by row and within bounds."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from funnelsim.errors import HistoryError
from funnelsim.history.delimited import MOST_COLUMNS, PREAMBLE, Wanted, distinct, header_score
from funnelsim.history.ooxml import Workbook
from funnelsim.history.quality import Quality
from funnelsim.history.sheet import Column, Sheet

MOST_CELLS = 60_000_000
MOST_BLANK = 100_000
"""Blank rows in a row after which no table goes on."""


def read_workbook(path: Path, quality: Quality, wanted: Wanted, mapped: Collection[str] = ()) -> Sheet:
    """The wanted columns of the first sheet that has a table."""
    try:
        with Workbook(path) as book:
            for part in book.sheets:
                head: list[tuple[int, list[str]]] = []
                book.rows(part, lambda number, cells, head=head: _keep(head, number, cells))  # type: ignore[misc]
                top = _top(head, mapped)
                if top is not None:
                    return _Table(str(path), head[top], quality, wanted).read(book, part, len(head[:top]))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, expat.ExpatError, KeyError, NotImplementedError, RuntimeError,
            EOFError, OSError, ValueError, zipfile.zlib.error) as err:  # type: ignore[attr-defined]  # fmt: skip
        why = (str(err).splitlines() or [""])[0][:200] or type(err).__name__
        raise HistoryError.of(str(path), "history_unreadable", why=why) from err
    raise HistoryError.of(str(path), "history_empty")


def _keep(head: list[tuple[int, list[str]]], number: int, cells: list[tuple[int, str]]) -> bool:
    """Keep the first rows that hold something."""
    filled = [(column, text.strip()) for column, text in cells if text.strip()]
    if filled:
        row = [""] * (max(column for column, _ in filled) + 1)
        for column, text in filled:
            row[column] = text
        head.append((number, row))
    return number < 10 * PREAMBLE and len(head) < PREAMBLE


def _top(head: list[tuple[int, list[str]]], mapped: Collection[str]) -> int | None:
    """Which of the first rows is the header."""
    scores = [(score, -at) for at, (_, row) in enumerate(head) if (score := header_score(row, at, mapped))]
    return -max(scores)[1] if scores else None


class _Table:
    """The columns below a header."""

    def __init__(self, where: str, header: tuple[int, list[str]], quality: Quality, wanted: Wanted):
        self.where, self.quality = where, quality
        self.first, names = header
        if len(names) > MOST_COLUMNS:
            raise HistoryError.of(where, "history_too_wide", columns=len(names), most=MOST_COLUMNS)
        self.names = distinct(names)
        chosen = wanted(self.names)
        self.loaded = [n for n, name in enumerate(self.names) if name in chosen] or [0]
        self.place = {column: n for n, column in enumerate(self.loaded)}
        self.texts: list[dict[str, int]] = [{"": 0} for _ in self.loaded]
        self.codes: list[list[int]] = [[] for _ in self.loaded]
        self.lines: list[int] = []
        self.blank = self.run = 0

    def read(self, book: Workbook, part: str, before: int) -> Sheet:
        book.rows(part, self.take)
        self.quality.note("preamble", before)
        self.quality.note(
            "blank_row", self.blank - self.run
        )  # those after the last row are no part of the table
        columns = {
            self.names[n]: Column(np.array(codes, np.int32), pa.array(list(texts), pa.string()))
            for n, texts, codes in zip(self.loaded, self.texts, self.codes, strict=True)
        }
        return Sheet(columns, np.array(self.lines, np.int64), tuple(self.names))

    def take(self, number: int, cells: list[tuple[int, str]]) -> bool:
        if number <= self.first:
            return True
        filled = [(self.place[column], text) for column, text in cells if column in self.place and text]
        if not filled:
            self.blank, self.run = self.blank + 1, self.run + 1
            return self.run < MOST_BLANK
        self.run = 0
        self.lines.append(number)
        if len(self.lines) * len(self.loaded) > MOST_CELLS:
            raise HistoryError.of(self.where, "history_too_many_cells", most=MOST_CELLS)
        for codes in self.codes:
            codes.append(0)
        for column, text in filled:
            texts = self.texts[column]
            self.codes[column][-1] = texts.setdefault(text.encode("utf-8", "replace").decode(), len(texts))
        return True
