"""CSV and its relatives as a sheet: separator and header found, rows parsed by Arrow in one pass.

Rows that Arrow cannot take are read one by one: short ones are filled up, longer ones set aside, and what
follows a quote that is never closed is read line by line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow

from funnelsim.errors import HistoryError
from funnelsim.history.encoding import Utf8
from funnelsim.history.quality import Quality, harmless
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.spelling import GUARDED
from funnelsim.history.words import GROUPS, PARTS, header_word, stage_of_column

SEPARATORS = ",;\t|"
TOTALS = ("total", "grandtotal", "subtotal", "sum", "合计", "总计", "小计")
PREAMBLE = 60
"""Lines among which a header is looked for: reports begin with their name, date and filters."""
MOST_COLUMNS = 3000
MOST_BYTES = 1_000_000_000
MOST_ROWS = 5_000_000
"""A log of so many events takes 3.5 GB while it is read."""
BLOCK = 1 << 23

Wanted = Callable[[Sequence[str]], Collection[str]]
"""Which columns of a header are to be read."""

_KNOWN = frozenset(word for words in (*PARTS.values(), *GROUPS.values()) for word in words) | frozenset(
    [
        "event",
        "fieldevent",
        "field",
        "oldvalue",
        "newvalue",
        "editdate",
        "caseconceptname",
        "view",
        "replication",
    ]
)


class Top(NamedTuple):
    """Where a table begins: its names, its separator, lines before the header, bytes before the first row."""

    names: list[str]
    separator: str
    before: int
    begin: int


def known_names(cells: Sequence[str], mapped: Collection[str] = ()) -> int:
    """How many cells of a row name a column that an export, or the user's mapping, has."""
    return sum(
        cell in mapped or header_word(cell) in _KNOWN or stage_of_column(cell) is not None
        for cell in cells
        if cell
    )


def header_score(cells: Sequence[str], at: int, mapped: Collection[str]) -> tuple[int, int, int] | None:
    """How much a row looks like the header: by known names, then the first one; else the widest row."""
    filled = sum(map(bool, cells))
    if filled < 2:
        return None
    known = known_names(cells, mapped)
    return (known, -at, filled) if known else (0, filled, -at)


def read_delimited(path: Path, quality: Quality, wanted: Wanted, mapped: Collection[str] = ()) -> Sheet:
    """The wanted columns of a text file, without its preamble.

    mapped   names of columns that the user's mapping has: they tell the header too
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise HistoryError.of(str(path), "history_too_big", size=size >> 20, most=MOST_BYTES >> 20)
    with Utf8(path) as text:
        top = _top(text.head(), str(path), mapped)
        text.skip(top.begin)
        quality.note("preamble", top.before)
        sheet = _parse(path, text, top, quality, wanted)
        quality.repair("nul_bytes", text.nul)
        quality.repair("control_characters", text.controls)
        quality.repair("foreign_bytes", text.foreign)
    return sheet


def _top(head: bytes, where: str, mapped: Collection[str]) -> Top:
    """Header, separator and the begin of the rows, from the head of the file."""
    lines = list(io.StringIO(head.decode("utf-8", errors="ignore"), newline=""))[: 2 * PREAMBLE]
    first = next((n for n, line in enumerate(lines) if line.strip(" \t\r\n,;|\"'\ufeff")), None)
    if first is None:
        raise HistoryError.of(where, "history_empty")
    separators, told = SEPARATORS, lines[first].strip().lower()
    if told.startswith("sep=") and first + 1 < len(lines):
        separators, first = told[4:5] or "\t", first + 1
    best: tuple[tuple[int, int, int], Top] | None = None
    for separator in separators:
        at = first
        for cells, after in _rows_of(lines, first, separator):
            score = header_score(cells, at, mapped) if at < PREAMBLE else None
            if score and (best is None or score > best[0]):
                begin = sum(len(line.encode("utf-8", "replace")) for line in lines[:after])
                before = sum(bool(line.strip()) for line in lines[first:at])
                best = score, Top(list(cells), separator, before, begin)
            at = after
    if best is None:
        begin = sum(len(line.encode("utf-8", "replace")) for line in lines[: first + 1])
        return Top([lines[first].strip()[:200]], separators[0], 0, begin)
    return best[1]


def _rows_of(lines: list[str], first: int, separator: str):
    """The rows of the head with the number of lines up to their end."""
    reader = csv.reader(lines[first:], delimiter=separator)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue
        yield [cell.strip() for cell in cells], first + reader.line_num


class _Misfits:
    """Rows with another number of cells than the header: filled up, or set aside."""

    def __init__(self, width: int, separator: str):
        self.width, self.separator = width, separator
        self.blank = self.unclosed = self.short = 0
        self.numbers: list[int] = []
        self.rows: list[list[str]] = []
        self.long: list[str] = []
        self.taken: list[int] = []

    def __call__(self, row: arrow.InvalidRow) -> str:
        number = row.number or 0
        self.taken.append(number)
        text = row.text
        if "\n" in text.strip("\r\n") or "\r" in text.strip("\r\n"):
            self.unclosed += 1
            for line in text.splitlines():
                self._take(line, number)
        else:
            self._take(text, number)
        return "skip"

    def _take(self, text: str, number: int) -> None:
        if not text.strip(self.separator + ' \t"'):
            self.blank += 1
            return
        cells = cells_of(text, self.separator)
        if len(cells) > self.width and any(cell.strip() for cell in cells[self.width :]):
            self.long.append(text)
            return
        self.short += (
            sum(map(bool, cells)) > 1 and len(cells) < self.width
        )  # one cell alone belongs to a footer
        self.numbers.append(number)
        self.rows.append((cells + [""] * self.width)[: self.width])


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line; a quote that is not closed on it is only a character."""
    if line.count('"') % 2:
        return [cell.strip().strip('"') for cell in line.split(separator)]
    try:
        return next(csv.reader([line], delimiter=separator), [""])
    except csv.Error:
        return line.split(separator)


def _parse(path: Path, text: Utf8, top: Top, quality: Quality, wanted: Wanted) -> Sheet:
    names = distinct(top.names)
    if len(names) > MOST_COLUMNS:
        raise HistoryError.of(str(path), "history_too_wide", columns=len(names), most=MOST_COLUMNS)
    chosen = wanted(names)
    loaded = [n for n, name in enumerate(names) if name in chosen] or [0]
    misfits = _Misfits(len(names), top.separator)
    try:
        table = _arrow(text, top.separator, len(names), loaded, misfits, '"')
    except pa.ArrowInvalid as err:
        if "Empty CSV" in str(err):
            columns = ", ".join(map(harmless, names[:40]))
            raise HistoryError.of(str(path), "history_header_only", columns=columns) from err
        # a quote that opens a cell of megabytes: every line is a row then
        misfits = _Misfits(len(names), top.separator)
        misfits.unclosed = 1
        with Utf8(path) as again:
            again.head()
            again.skip(top.begin)
            try:
                table = _arrow(again, top.separator, len(names), loaded, misfits, False)
            except pa.ArrowInvalid as err:
                raise HistoryError.of(str(path), "history_long_row", most=BLOCK >> 20) from err
    quality.note("blank_row", misfits.blank)
    quality.repair("unclosed_quote", misfits.unclosed)
    quality.rows += len(misfits.long)
    quality.drop("too_many_cells", len(misfits.long), misfits.long)
    quality.repair("short_row", misfits.short)
    if table.num_rows > MOST_ROWS:
        raise HistoryError.of(str(path), "history_too_many_rows", rows=table.num_rows, most=MOST_ROWS)
    return _joined(table, names, loaded, misfits, top.before + 2)


def _arrow(
    text: Utf8, separator: str, width: int, loaded: list[int], misfits: _Misfits, quote: str | bool
) -> pa.Table:
    cells = [f"c{n}" for n in range(width)]
    return arrow.read_csv(
        pa.PythonFile(text, "r"),
        read_options=arrow.ReadOptions(use_threads=False, block_size=BLOCK, column_names=cells),
        parse_options=arrow.ParseOptions(
            delimiter=separator, quote_char=quote, newlines_in_values=quote is not False,
            ignore_empty_lines=False, invalid_row_handler=misfits,
        ),
        convert_options=arrow.ConvertOptions(
            include_columns=[cells[n] for n in loaded], strings_can_be_null=False, check_utf8=False,
            column_types={cells[n]: pa.dictionary(pa.int32(), pa.string()) for n in loaded},
        ),
    )  # fmt: skip


def _joined(
    table: pa.Table, names: list[str], loaded: list[int], misfits: _Misfits, first_line: int
) -> Sheet:
    """The rows that fitted and those that were filled up, in the order of the file."""
    number = np.arange(1, table.num_rows + len(misfits.taken) + 1)
    fitted = np.delete(number, np.array(misfits.taken, np.int64) - 1) if misfits.taken else number
    columns = [_tamed(Column.coded(table.column(n))) for n in range(len(loaded))]
    if misfits.rows:
        lines = np.concatenate([fitted, np.array(misfits.numbers, np.int64)])
        place = np.argsort(lines, kind="stable")
        for n, at in enumerate(loaded):
            more = _tamed(Column.of([row[at] for row in misfits.rows]))
            column = columns[n]
            both = Column(
                np.concatenate([column.codes, more.codes + np.int32(len(column.values))]),
                pa.concat_arrays([column.values, more.values]),
            )
            columns[n] = both.merged().where(place)
        fitted = lines[place]
    read = {names[at]: column for at, column in zip(loaded, columns, strict=True)}
    return Sheet(read, fitted + first_line - 1, tuple(names))


def _tamed(column: Column) -> Column:
    """Without the quote that keeps a spreadsheet from taking a text for a formula."""
    guarded = pc.match_substring_regex(column.values, GUARDED)
    if not pc.any(guarded, min_count=0).as_py():
        return column
    return Column(
        column.codes, pc.if_else(guarded, pc.utf8_slice_codeunits(column.values, 1), column.values)
    ).merged()


def distinct(names: Sequence[str]) -> list[str]:
    """Column names without what cannot be seen, and with a number added where one occurs again."""
    seen: dict[str, int] = {}
    found: dict[str, None] = {}
    for given in names:
        name = " ".join("".join(c for c in given if c.isprintable() or c.isspace()).split())
        seen[name] = seen.get(name, 0) + 1
        while seen[name] > 1 and f"{name}.{seen[name]}" in found:
            seen[name] += 1
        found[name if seen[name] == 1 else f"{name}.{seen[name]}"] = None
    return list(found)
