"""A file as a table of texts: encoding, separator and quoting found out, nothing interpreted yet."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pandas as pd

from funnelsim.errors import FunnelError, HistoryError
from funnelsim.history.quality import Quality

SEPARATORS = ",;\t|"


def read_sheet(path: str | Path, quality: Quality) -> pd.DataFrame:
    """The cells of a CSV, xlsx or Parquet file as stripped texts; column names as they stand.

    Blank rows are left out, rows with more cells than the header are set aside and counted.
    Numbers and dates of xlsx and Parquet become texts that the readers of cells understand.
    """
    path = Path(path)
    where = str(path)
    if not path.exists():
        raise HistoryError.of(where, "history_missing")
    if path.is_dir():
        raise HistoryError.of(where, "history_folder")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if not head.strip(b"\xef\xbb\xbf \t\r\n"):
            raise HistoryError.of(where, "history_empty")
        if head.startswith(b"PAR1"):
            table = _as_texts(pd.read_parquet(path))
        elif head.startswith(b"PK"):
            table = _workbook(path)
        else:
            table = _delimited(path, quality)
    except FunnelError:
        raise
    except OSError as err:
        raise HistoryError.of(where, "history_unreadable", why=err.strerror or type(err).__name__) from err
    except (ValueError, KeyError, ImportError, zipfile.BadZipFile, csv.Error) as err:
        raise HistoryError.of(where, "history_unreadable", why=str(err).splitlines()[0][:200]) from err
    table = table.loc[
        :, [bool(name) or bool((table.iloc[:, i] != "").any()) for i, name in enumerate(table.columns)]
    ]
    filled = (table != "").any(axis=1) if len(table) else pd.Series([], dtype=bool)
    quality.note("blank_row", int((~filled).sum()))
    table = table[filled.to_numpy()].reset_index(drop=True)
    if table.empty:
        raise HistoryError.of(where, "history_header_only", columns=", ".join(map(str, table.columns)))
    quality.rows += len(table)
    return table


def _delimited(path: Path, quality: Quality) -> pd.DataFrame:
    content = decode(path.read_bytes(), str(path)).lstrip("\r\n")
    first, _, rest = content.partition("\n")
    if first.strip().lower().startswith("sep=") and rest:
        separator, content = first.strip()[4:5] or "\t", rest
    else:
        separator = max(SEPARATORS, key=lambda mark: re.sub(r'"[^"]*"', "", first).count(mark))
    try:
        table = pd.read_csv(
            io.StringIO(content), sep=separator, dtype=str, na_filter=False, index_col=False,
            skip_blank_lines=True, on_bad_lines="error", header=None, low_memory=False,
        )  # fmt: skip
    except pd.errors.ParserError:
        table = _row_by_row(content, separator, quality)
    table = table.fillna("")
    names = [str(name).strip() for name in table.iloc[0]]
    table = table.iloc[1:]
    table.columns = pd.Index(_distinct(names))
    return table.apply(lambda column: column.str.strip())


def _row_by_row(content: str, separator: str, quality: Quality) -> pd.DataFrame:
    """The patient way, for files where some rows have more cells than the header."""
    rows = [row for row in csv.reader(io.StringIO(content), delimiter=separator) if row]
    width = len(rows[0])
    wrong = [row for row in rows if len(row) > width and any(cell.strip() for cell in row[width:])]
    quality.rows += len(wrong)
    quality.drop("too_many_cells", len(wrong), (separator.join(row) for row in wrong))
    fitting = [row for row in rows if len(row) <= width or not any(cell.strip() for cell in row[width:])]
    return pd.DataFrame([(row + [""] * width)[:width] for row in fitting], dtype=str)


def decode(raw: bytes, where: str) -> str:
    """Text of bytes in UTF-8, UTF-16, GB18030 or Windows-1252, with or without a byte order mark."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    sample = raw[:4096]
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    if max(zeros) > len(sample) / 5 and min(zeros) < len(sample) / 50:
        return raw.decode("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le", errors="replace")
    control = sum(byte < 32 and byte not in (9, 10, 12, 13, 26, 27) for byte in sample)
    if b"\0" in sample or control > len(sample) / 20:
        raise HistoryError.of(where, "history_binary")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Chinese characters are pairs of high bytes; the umlauts of Windows-1252 stand alone.
        runs = re.findall(rb"[\x80-\xff]+", raw[:200_000])
        pairs = sum(len(run) for run in runs if len(run) > 1)
        encoding = "gb18030" if 2 * pairs > sum(map(len, runs)) else "cp1252"
        return raw.decode(encoding, errors="replace")


def _workbook(path: Path) -> pd.DataFrame:
    """The first sheet with anything in it; its first row with at least two cells is the header."""
    for sheet in pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl").values():
        texts = _as_texts(sheet)
        wide = (texts != "").sum(axis=1) >= 2
        if wide.any():
            top = int(wide.to_numpy().argmax())
            table = texts.iloc[top + 1 :]
            table.columns = pd.Index(_distinct([str(name) for name in texts.iloc[top]]))
            return table
    raise HistoryError.of(str(path), "history_empty")


def _as_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Every cell as text: dates in ISO form, whole numbers without a decimal point, nothing as ''."""
    return pd.DataFrame({name: _texts(table[name]) for name in table.columns}, index=table.index)


def _texts(column: pd.Series) -> pd.Series:
    known = column.notna()
    if pd.api.types.is_datetime64_any_dtype(column):
        stamps = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
        whole = (stamps.dropna() == stamps.dropna().dt.normalize()).all()
        texts = stamps.dt.strftime("%Y-%m-%d" if whole else "%Y-%m-%dT%H:%M:%S.%f")
    elif pd.api.types.is_float_dtype(column) and (column[known] % 1 == 0).all():
        texts = column.fillna(0).astype("int64").astype(str)
    else:
        texts = column.astype(object).map(_cell)
    return texts.where(known, "").astype(str).str.strip()


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _distinct(names: list[str]) -> list[str]:
    """Column names with a number added where one occurs again."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return distinct
