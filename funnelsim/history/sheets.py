"""A file as a sheet of texts: its kind found out, nothing interpreted yet."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelsim.errors import FunnelError, HistoryError
from funnelsim.history.delimited import MOST_COLUMNS, MOST_ROWS, TOTALS, Wanted, distinct, read_delimited
from funnelsim.history.quality import Quality, harmless
from funnelsim.history.sheet import Column, Sheet, repeated
from funnelsim.history.words import header_word

MOST_BYTES = 2_000_000_000
MOST_XML = 500_000_000
TAIL = 12
"""Rows at the end of a report that may be its footer."""


def read_sheet(
    path: str | Path, quality: Quality, wanted: Wanted | None = None, mapped: Collection[str] = ()
) -> Sheet:
    """The cells of a CSV, xlsx, Parquet or XES file as clean texts; column names as they stand.

    Blank rows, preamble and footer are left out, rows with more cells than the header are set aside; all counted.
    """
    path = Path(path)
    where = str(path)
    if not path.exists():
        raise HistoryError.of(where, "history_missing")
    if path.is_dir():
        raise HistoryError.of(where, "history_folder")
    wanted = wanted or set
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
            raise HistoryError.of(where, "history_empty")
        if head.startswith(b"PAR1"):
            sheet = _parquet(path, wanted)
        elif head.startswith(b"PK\x03\x04"):
            from funnelsim.history.workbook import read_workbook

            sheet = read_workbook(path, quality, wanted, mapped)
        elif head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\x89PNG")):
            raise HistoryError.of(where, "history_binary")
        elif is_xml(head):
            from funnelsim.history.xes import read_xes

            if (size := path.stat().st_size) > MOST_XML:
                raise HistoryError.of(where, "history_too_big", size=size >> 20, most=MOST_XML >> 20)
            sheet = read_xes(path)
        else:
            sheet = read_delimited(path, quality, wanted, mapped)
    except FunnelError:
        raise
    except OSError as err:
        raise HistoryError.of(where, "history_unreadable", why=err.strerror or type(err).__name__) from err
    return _tidied(sheet, quality, where)


def is_xml(head: bytes) -> bool:
    """Whether a file begins as XML or HTML does."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _tidied(sheet: Sheet, quality: Quality, where: str) -> Sheet:
    """The sheet with clean texts and without blank rows and a footer."""
    columns, marked = {}, np.zeros(len(sheet), bool)
    for name, column in sheet.columns.items():
        columns[name], rows = column.cleaned()
        if rows.size:
            marked |= rows
    sheet = Sheet(columns, sheet.lines, sheet.header)
    quality.repair("marks", int(marked.sum()))
    if not len(sheet):
        raise HistoryError.of(where, "history_header_only", columns=shown(sheet.names))
    filled = np.zeros(len(sheet), np.int32)
    for column in columns.values():
        filled += ~column.blank
    quality.note("blank_row", int((filled == 0).sum()))
    keep = filled > 0
    foot = _footer(sheet, filled)
    quality.note("footer", foot.size, _first_cells(sheet, foot))
    keep[foot] = False
    if not keep.any():
        raise HistoryError.of(where, "history_header_only", columns=shown(sheet.names))
    quality.rows += int(keep.sum())
    return sheet if keep.all() else sheet.where(keep)


def _footer(sheet: Sheet, filled: np.ndarray) -> np.ndarray:
    """The last rows of a report that are no deals: totals, copyright, confidentiality."""
    if len(sheet.columns) < 3:
        return np.zeros(0, np.int64)
    found = []
    for row in np.flatnonzero(filled > 0)[: -TAIL - 1 : -1]:
        first = _first_cells(sheet, np.array([row]))[0]
        word = header_word(first)
        if filled[row] > 1 and not any(word.startswith(total) for total in TOTALS):
            break
        found.append(row)
    return np.array(found if len(found) < len(sheet) else [], np.int64)


def _first_cells(sheet: Sheet, rows: np.ndarray) -> list[str]:
    """The first filled cell of some rows."""
    found = []
    for row in rows:
        cells = (column.texts[column.codes[row]] for column in sheet.columns.values())
        found.append(next((str(cell) for cell in cells if cell), ""))
    return found


def shown(names: Collection[str], most: int = 40) -> str:
    """Column names for a message, not more than a reader can take in."""
    given = [harmless(name) for name in names if name]
    more = f", … ({len(given)})" if len(given) > most else ""
    return ", ".join(given[:most]) + more or "-"


def _parquet(path: Path, wanted: Wanted) -> Sheet:
    import pyarrow.parquet as pq

    where = str(path)
    try:
        file = pq.ParquetFile(path)
        about, schema = file.metadata, file.schema_arrow
        unpacked = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
        if about.num_rows > MOST_ROWS or unpacked > MOST_BYTES:
            raise HistoryError.of(where, "history_too_many_rows", rows=about.num_rows, most=MOST_ROWS)
        if len(schema) > MOST_COLUMNS:
            raise HistoryError.of(where, "history_too_wide", columns=len(schema), most=MOST_COLUMNS)
        names = distinct(schema.names)
        chosen = wanted(names)
        loaded = [n for n, name in enumerate(names) if name in chosen] or [0][: len(names)]
        texts = [schema.names[n] for n in loaded if _is_text(schema.types[n])]
        file = pq.ParquetFile(path, read_dictionary=texts)
        columns = {}
        for n in loaded:
            table = file.read(columns=[schema.names[n]], use_threads=False)
            table.validate(full=True)  # Arrow believes a file that its codes are within their dictionary
            columns[names[n]] = Column.coded(_as_text(table.column(0)))
    except FunnelError:
        raise
    except Exception as err:  # whatever a broken file makes of Arrow
        why = (str(err).splitlines() or [""])[0][:200] or type(err).__name__
        raise HistoryError.of(where, "history_unreadable", why=why) from err
    return Sheet(columns, np.arange(1, about.num_rows + 1), tuple(names))


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of Parquet as texts: dates in ISO form (UTC), whole numbers without a decimal point."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column if _is_text(kind.value_type) else _as_text(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        moments = column.cast(pa.timestamp("us"))
        days = pc.cast(pc.cast(moments, pa.date32(), safe=False), pa.timestamp("us"))
        whole = bool(pc.all(pc.equal(days, moments), min_count=0).as_py())
        return pc.strftime(moments, "%Y-%m-%d" if whole else "%Y-%m-%dT%H:%M:%S")
    if pa.types.is_floating(kind):
        numbers = column.cast(pa.float64())
        whole = bool(pc.all(pc.equal(pc.floor(numbers), numbers), min_count=0).as_py())
        small = bool(pc.all(pc.less(pc.abs(numbers), 1e15), min_count=0).as_py())
        return numbers.cast(pa.int64()).cast(pa.string()) if whole and small else numbers.cast(pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.chunked_array([[_decoded(cell) for cell in column.to_pylist()]], pa.string())
    if pa.types.is_nested(kind):
        return pa.chunked_array(
            [[None if cell is None else str(cell) for cell in column.to_pylist()]], pa.string()
        )
    return column.cast(pa.string())


def _decoded(cell: bytes | None) -> str | None:
    return None if cell is None else cell.decode("utf-8", "replace")


__all__ = ["is_xml", "read_sheet", "repeated", "shown"]
