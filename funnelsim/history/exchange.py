"""Logs as files: Parquet, CSV, XLSX and XES, written whole or not at all, and read back.

`to_frame` and `from_frame` are the table between a log and its files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.atomic import atomic_write
from funnelsim.errors import HistoryError
from funnelsim.history.from_table import from_frame
from funnelsim.history.log import SCHEMA, EventLog, Names
from funnelsim.history.pieces import parquet_pieces
from funnelsim.history.spelling import (
    about,
    care_of_json,
    harmless,
    read_about,
    spending_of_json,
    tamed,
    writable,
)
from funnelsim.history.table import COLUMNS, ROWS_AT_ONCE, SIMULATED, frames, to_frame

__all__ = [
    "COLUMNS",
    "FORMATS",
    "SIMULATED",
    "check_target",
    "from_frame",
    "read_log",
    "to_frame",
    "write_log",
]

FORMATS = (".parquet", ".csv", ".xlsx", ".xes")
XLSX_ROWS = 1_048_575
_EMPTY: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}


def check_target(path: str | Path) -> Path:
    """The path, when a log can be written there by its ending; a command asks before it simulates."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise HistoryError.of(str(path), "log_format", suffix=path.suffix, known=", ".join(FORMATS))
    return path


def write_log(
    log: EventLog,
    path: str | Path,
    view: int | None = None,
    facts: Mapping[str, str] | None = None,
    format: str = "log",
) -> Path:
    """Write the log to a `.parquet`, `.csv`, `.xlsx` or `.xes` file, whole or not at all.

    facts    further words for the Parquet metadata, such as the scenario's digest and the seed
    format   `log`, or the name of an entry in `formats`: the reported history of the first replication as an
             export of that system (.csv, .xlsx or .parquet), without what it cannot carry
    """
    path = check_target(path)
    with atomic_write(path) as part:
        if format != "log":
            from funnelsim.history.writers import write_export

            write_export(log, path, part, format)
            return path
        match path.suffix.lower():
            case ".parquet":
                _write_parquet(log, view, part, facts or {})
            case ".csv":
                _write_csv(log, view, part)
            case ".xlsx":
                _write_xlsx(log, view, part, path)
            case ".xes":
                from funnelsim.history.xes import write_xes

                write_xes(log, view, part)
    return path


def read_log(path: str | Path) -> EventLog:
    """A file that `write_log` has written. Hours available are not kept in files."""
    path = Path(path)
    try:
        match path.suffix.lower():
            case ".parquet":
                return _read_parquet(path)
            case ".csv":
                frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", **_EMPTY)
            case ".xlsx":
                frame = pd.read_excel(path, dtype=object, **_EMPTY)
            case ".xes":
                frame = _xes_frame(path)
            case _:
                raise HistoryError.of(str(path), "log_format", suffix=path.suffix, known=", ".join(FORMATS))
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, AttributeError) as broken:
        detail = str(broken).partition("\n")[0][:200]
        raise HistoryError.of(str(path), "log_unreadable", detail=detail) from broken
    if "schema" in frame and len(frame):
        _refuse_newer(path, frame["schema"].iloc[0])
        frame = frame.drop(columns="schema")
    if path.suffix.lower() == ".csv":
        frame = frame.map(tamed, na_action="ignore")
    told = None
    if "about" in frame:
        told = next((found for cell in frame["about"].dropna() if (found := read_about(cell))), None)
        frame = frame.drop(columns="about")
    if told is None:
        return from_frame(frame, where=str(path))
    if "stage" in frame:
        others = [name for name in frame["stage"].dropna().unique() if name not in told.stages]
        frame["stage"] = pd.Categorical(frame["stage"], [*told.stages, *others], ordered=True)
    log = from_frame(
        frame, told.start, told.horizon, told.measured, told.time_zone, told.currency,
        replications=told.replications, where=str(path),
    )  # fmt: skip
    thirds = told.thirds if len(told.thirds) == len(log.names.stages) else ()
    due = tuple(told.due_days.get(name, np.inf) for name in log.names.activities) if told.due_days else ()
    return replace(
        log, names=replace(log.names, thirds=thirds, due_days=due), care=told.care, spending=told.spending
    )


def _xes_frame(path: Path) -> pd.DataFrame:
    from funnelsim.history.xes import read_xes

    sheet = read_xes(path)
    if "event" not in sheet:
        raise HistoryError.of(str(path), "log_columns", missing="event", known="concept:name, time:timestamp")
    frame = pd.DataFrame({name: column.cells() for name, column in sheet.columns.items()}, dtype=object)
    return frame.where(frame != "", None)


def _write_parquet(log: EventLog, view: int | None, path: Path, facts: Mapping[str, str]) -> None:
    with parquet_pieces(path, log, view, facts) as file:
        file.add(log)


def _read_parquet(path: Path) -> EventLog:
    import pyarrow.parquet as pq

    metadata = pq.read_schema(path).metadata or {}
    _refuse_newer(path, metadata.get(b"schema", b"1").decode())
    about = json.loads(metadata.get(b"funnelsim", b"{}"))
    table = pq.read_table(path)
    table.validate(full=True)
    if not about:
        return from_frame(table.to_pandas(), where=str(path))
    names = Names(**{key: tuple(value) for key, value in about.pop("names").items()})
    log = from_frame(
        table.to_pandas(),
        start=date.fromisoformat(about.pop("start")),
        measured=tuple(about.pop("measured")),
        replications=tuple(about.pop("replications")),
        names=names,
        where=str(path),
        **{key: about[key] for key in ("horizon", "time_zone", "currency")},
    )
    care, spending = care_of_json(about.get("care", ())), spending_of_json(about.get("spending", ()))
    return replace(log, care=care, spending=spending)


def _write_csv(log: EventLog, view: int | None, path: Path) -> None:
    """UTF-8 with a byte order mark, without which Excel takes Chinese names for another encoding."""
    with open(path, "w", encoding="utf-8-sig", newline="") as out:
        for at, frame in enumerate(frames(log, view, ROWS_AT_ONCE)):
            frame = _spelled(frame)
            frame["time"] = frame["time"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            frame["schema"] = SCHEMA
            frame["about"] = [about(log), *[None] * (len(frame) - 1)] if at == 0 and len(frame) else None
            frame.to_csv(out, index=False, header=at == 0, lineterminator="\n")


def _spelled(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with every name made harmless; the work is done once a name, not once a cell."""
    frame = frame.copy(deep=False)
    for column in frame:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            codes, names = frame[column].cat.codes, frame[column].cat.categories
            spelled = np.array([harmless(writable(str(name))) for name in names] + [None], dtype=object)
            frame[column] = spelled[codes]
    frame["opportunity"] = frame["opportunity"].map(lambda name: harmless(writable(name)), na_action="ignore")
    return frame


def _write_xlsx(log: EventLog, view: int | None, path: Path, shown: Path) -> None:
    """Times are UTC. Texts are stored as texts, so that a name like `=A1` stays a name."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    count = len(log.deals) + len(log.tasks)
    if count > XLSX_ROWS:
        raise HistoryError.of(str(shown), "log_too_long", rows=count, most=XLSX_ROWS)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("log")

    def cell(value: Any) -> Any:
        if value is None or value != value:
            return None
        if not isinstance(value, str):
            return value
        plain = writable(value)
        if plain[:1] not in "=#":
            return plain
        text = WriteOnlyCell(sheet, plain)
        text.data_type = "s"
        return text

    for at, frame in enumerate(frames(log, view, ROWS_AT_ONCE)):
        frame["time"] = frame["time"].dt.tz_localize(None)
        frame["schema"] = SCHEMA
        frame["about"] = [about(log), *[None] * (len(frame) - 1)] if at == 0 and len(frame) else None
        if at == 0:
            sheet.append(list(frame.columns))
        columns = [list(frame[c].dt.to_pydatetime()) if c == "time" else frame[c].tolist() for c in frame]
        for row in zip(*columns, strict=True):
            sheet.append([cell(value) for value in row])
    book.save(path)


def _refuse_newer(path: Path, found: Any) -> None:
    try:
        number = int(float(found))
    except (TypeError, ValueError):
        raise HistoryError.of(str(path), "log_schema", found=found, known=SCHEMA) from None
    if number > SCHEMA:
        raise HistoryError.of(str(path), "log_newer", found=number, known=SCHEMA)
