"""Histories written as the exports of other systems, from the same table of formats that they are read by.

For a workshop with data that look like one's own CRM, and for the proof that each format reads back what it can
carry. Times are the company's clock; what a format cannot carry stands in its entry.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from funnelsim.errors import HistoryError
from funnelsim.history.formats import BY_NAME, Format
from funnelsim.history.log import EventLog
from funnelsim.history.logtable import first_replication
from funnelsim.history.quality import Quality
from funnelsim.history.spelling import harmless, writable
from funnelsim.history.table import to_frame
from funnelsim.history.words import squeezed

SUFFIXES = (".csv", ".xlsx", ".parquet")
_FLOORS = {"day": "D", "minute": "min", "second": "s", "millisecond": "ms", "microsecond": "us"}


class Move(NamedTuple):
    """One label of one deal: a stage entered, or its end."""

    deal: str
    time: Any
    label: str
    before: str
    after: str
    row: int


def write_export(log: EventLog, path: Path, part: Path, format: str) -> None:
    """Write the reported history of the log's first replication as an export of another system.

    path   the name that counts, for its ending and for errors; `part` is the file that is written
    """
    if format not in BY_NAME or BY_NAME[format].kind == "log":
        known = ", ".join(name for name, one in BY_NAME.items() if one.kind != "log")
        raise HistoryError.of(str(path), "history_format", given=format, known=f"log, {known}")
    frame = export_frame(log, BY_NAME[format])
    match path.suffix.lower():
        case ".csv":
            _csv(frame, part, BY_NAME[format])
        case ".xlsx":
            _xlsx(frame, part)
        case ".parquet":
            frame.to_parquet(part, index=False)
        case _:
            raise HistoryError.of(str(path), "log_format", suffix=path.suffix, known=", ".join(SUFFIXES))


def export_frame(log: EventLog, format: Format) -> pd.DataFrame:
    """The table of an export: all columns of its header, texts and whole numbers."""
    log = first_replication(log, Quality())
    table = to_frame(log)
    table = table[table["opportunity"].notna()].reset_index(drop=True)
    table["local"] = _clock(table["time"], format, log.time_zone)
    if format.kind == "deals":
        return _deal_rows(log, table, format)
    rows = _moves(log, table)
    return _change_rows(table, rows, format) if format.kind == "changes" else _move_rows(table, rows, format)


def _clock(times: pd.Series, format: Format, zone: str) -> pd.Series:
    """Moments as the export writes them: UTC where it says so, else the company's clock."""
    utc = format.stamp.endswith("Z") or format.stamp == "epoch"
    local = (times if utc else times.dt.tz_convert(zone)).dt.tz_localize(None)
    return local.dt.floor(_FLOORS[format.times])


def _stamp(times: pd.Series, format: Format) -> list[str]:
    if format.stamp == "epoch":
        return [
            str(int(t.timestamp() * 1000)) if t == t else ""
            for t in pd.DatetimeIndex(times).tz_localize("UTC")
        ]
    stamp = "%Y-%m-%d" if format.times == "day" and format.stamp == Format.stamp else format.stamp
    return [t.strftime(stamp) if t == t else "" for t in pd.DatetimeIndex(times)]


def _moves(log: EventLog, table: pd.DataFrame) -> list[Move]:
    """Every stage entered and every end, deal by deal in the order of the log."""
    flow = table[table["event"].isin(["entered", "won", "lost", "no_decision"])]
    order = np.argsort(pd.factorize(flow["opportunity"])[0], kind="stable")
    flow = flow.iloc[order]
    deals, events, stages = flow["opportunity"].tolist(), flow["event"].tolist(), flow["stage"].tolist()
    times, rows = flow["local"].tolist(), flow.index.tolist()
    found: list[Move] = []
    for n, (deal, event, stage) in enumerate(zip(deals, events, stages, strict=True)):
        label = stage if event == "entered" else event
        before = found[-1].label if found and deals[n - 1] == deal else ""
        found.append(Move(deal, times[n], label, before, "", rows[n]))
    ends = [
        (found[n + 1].label if n + 1 < len(found) and found[n + 1].deal == one.deal else "")
        for n, one in enumerate(found)
    ]
    return [one._replace(after=after) for one, after in zip(found, ends, strict=True)]


def _label(label: str, format: Format) -> str:
    ends = dict(zip(("won", "lost", "no_decision"), format.says, strict=False))
    return ends.get(label, label)


def _move_rows(table: pd.DataFrame, moves: list[Move], format: Format) -> pd.DataFrame:
    rows = table.loc[[move.row for move in moves]]
    parts = _common(rows) | {
        "id": [move.deal for move in moves],
        "time": _stamp(pd.Series([move.time for move in moves]), format),
        "stage": [_label(move.label, format) for move in moves],
        "from": [_label(move.before, format) for move in moves],
        "deleted": ["false"] * len(moves),
        "lifecycle": ["complete"] * len(moves),
    }
    more = (
        {"Moved To": [_label(move.after, format) for move in moves]} if format.name == "zoho_history" else {}
    )
    return _laid_out(format, parts, len(moves), more)


def _change_rows(table: pd.DataFrame, moves: list[Move], format: Format) -> pd.DataFrame:
    """A row for the creation of each deal and one for each change of its stage."""
    born = table[table["event"] == "created"]
    changed = [move for move in moves if move.before]
    rows = pd.concat([born, table.loc[[move.row for move in changed]]])
    stage_field, born_field = (
        ("StageName", "created") if "Field" in format.header.split("|") else ("Stage", "Created.")
    )
    parts = _common(rows) | {
        "id": rows["opportunity"].tolist(),
        "time": _stamp(rows["local"], format),
        "field": [born_field] * len(born) + [stage_field] * len(changed),
        "stage": [""] * len(born) + [_label(move.label, format) for move in changed],
        "from": [""] * len(born) + [_label(move.before, format) for move in changed],
        "deleted": ["false"] * len(rows),
    }
    frame = _laid_out(format, parts, len(rows), {})
    order = np.argsort(rows.index.to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _deal_rows(log: EventLog, table: pd.DataFrame, format: Format) -> pd.DataFrame:
    """A row a deal: when it was created, how it stands, and where the format has them the dates of its stages."""
    born = table[table["event"] == "created"].drop_duplicates("opportunity")
    flow = table[table["event"].isin(["created", "entered", "won", "lost", "no_decision", "reopened"])]
    last = flow.drop_duplicates("opportunity", keep="last").set_index("opportunity").loc[born["opportunity"]]
    over = last["event"].isin(["won", "lost", "no_decision"]).to_numpy()
    events = last["event"].astype(str).to_numpy(object)
    entered = table[table["event"] == "entered"].drop_duplicates(["opportunity", "stage"], keep="last")
    current = (
        entered.drop_duplicates("opportunity", keep="last").set_index("opportunity")["stage"].astype(str)
    )
    stage = current.reindex(born["opportunity"]).fillna("").to_numpy(object)
    words = dict(zip(("won", "lost", "no_decision"), format.says, strict=False))
    status = [
        words[event] if done else format.says[3] or stage_
        for event, done, stage_ in zip(events, over, stage, strict=True)
    ]
    closed = last["local"].where(pd.Series(over, index=last.index))
    reason = np.where(over & (events != "won"), last["reason"].astype(object).fillna("").astype(str), "")
    reason = np.where(events == "no_decision", format.undecided or reason, reason)
    if format.name == "dynamics":
        reason = np.select([events == "won", events == "lost", events == "no_decision"],
                           ["Won", "Out-Sold", format.undecided], "In Progress")  # fmt: skip
    amounts = table.drop_duplicates("opportunity", keep="last").set_index("opportunity")["amount"]
    closing = _stamp(closed, format)
    parts = _common(born) | {
        "id": born["opportunity"].tolist(), "created": _stamp(born["local"], format),
        "closed": closing, "ended": closing,
        "won_time": [c if e == "won" else "" for c, e in zip(closing, events, strict=True)],
        "lost_time": [c if e in ("lost", "no_decision") else "" for c, e in zip(closing, events, strict=True)],
        "status": status, "reason": reason.tolist(), "amount": amounts.loc[born["opportunity"]].tolist(),
        "amount_else": amounts.loc[born["opportunity"]].tolist(), "deleted": ["false"] * len(born),
    }  # fmt: skip
    more: dict[str, list[Any]] = {}
    if "cycle" in format.columns:
        until = last["local"].where(pd.Series(over, index=last.index), table["local"].max())
        days = (until.to_numpy() - born["local"].to_numpy()) / np.timedelta64(1, "D")
        parts["cycle"] = [str(int(day)) for day in days]
        parts["changed"] = _stamp(pd.Series(last["local"].to_numpy()), format)
        more["销售阶段"] = stage.tolist()
    if "entered" in format.columns:
        more |= _stage_columns(log, born["opportunity"], entered, events, closed, format)
    return _laid_out(format, parts, len(born), more)


def _stage_columns(
    log: EventLog,
    deals: pd.Series,
    entered: pd.DataFrame,
    events: np.ndarray,
    closed: pd.Series,
    format: Format,
):
    """The dates on which each stage was entered, and those of the ends."""
    named = (
        'Date entered "{} (Sales Pipeline)"'.format if format.name == "hubspot" else "Date entered {}".format
    )
    found = {}
    for stage in log.names.stages:
        mine = entered[entered["stage"] == stage].set_index("opportunity")["local"]
        found[named(stage)] = _stamp(mine.reindex(deals), format)
    if format.name == "hubspot":
        for event, label in zip(("won", "lost", "no_decision"), format.says, strict=False):
            found[named(label)] = _stamp(closed.where(pd.Series(events == event, index=closed.index)), format)
    return found


def _common(rows: pd.DataFrame) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"amount": rows["amount"].tolist()}
    for part in ("owner", "source", "territory", "segment", "reason"):
        found[part] = rows[part].astype(object).where(rows[part].notna(), "").tolist()
    return found


def _laid_out(
    format: Format, parts: dict[str, list[Any]], rows: int, more: dict[str, list[Any]]
) -> pd.DataFrame:
    """The columns of the header, filled where a part or a further column stands in them."""
    header = [name for name in format.header.split("|") if name != "{stages}"]
    header += [name for name in more if name not in header]
    filled = dict(more)
    for part, wanted in format.columns.items():
        column = next((n for w in wanted.split("|") for n in header if squeezed(n) == squeezed(w)), None)
        if column is not None and part in parts:
            filled[column] = parts[part]
    return pd.DataFrame(
        {name: filled.get(name, [""] * rows) for name in header}, columns=header, dtype=object
    )


def _csv(frame: pd.DataFrame, path: Path, format: Format) -> None:
    """The export in the encoding its system uses, every text so that no spreadsheet takes it for a formula."""
    plain = frame.map(lambda cell: harmless(writable(cell)) if isinstance(cell, str) else cell)
    utf16 = format.encoding == "utf-16"
    plain.to_csv(
        path,
        index=False,
        encoding=format.encoding,
        errors="replace",
        sep="\t" if utf16 else ",",
        lineterminator="\r\n",
    )


def _xlsx(frame: pd.DataFrame, path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("export")

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = WriteOnlyCell(sheet, writable(value) or None)
        if text.value is not None:
            text.data_type = "s"
        return text

    sheet.append([cell(name) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        sheet.append([cell(value) for value in row])
    book.save(path)
