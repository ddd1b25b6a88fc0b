"""A CRM export in, a `History` out: the log, how clean it was, and from when to when it was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.errors import FunnelError, HistoryError
from funnelsim.history.checkup import look_over, note_coming
from funnelsim.history.formats import NAMES
from funnelsim.history.log import EventLog
from funnelsim.history.mapping import mapped_columns, read_mapping
from funnelsim.history.quality import Quality
from funnelsim.history.recognise import Layout, recognise, wanted_columns
from funnelsim.history.record import Group
from funnelsim.history.sheets import read_sheet
from funnelsim.history.visits import Visits, first_sight, visits
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.labels.printable import printable

MOST_OWN_ROWS = 20_000_000
"""Rows of a log written by funnelsim, all its simulated years together."""


@dataclass(frozen=True)
class History:
    """What a CRM says: one company's log with the facts about the record."""

    name: str
    """Name of the file, for `from` in the provenance."""
    log: EventLog
    quality: Quality = field(default_factory=Quality)
    format: str = "log"
    whole_days: bool = False
    """The record knows dates, not times of day."""
    entry: float | None = None
    """Day since `log.start` on which the record began to see exits; None where it saw all from the start."""
    groups: dict[str, Group] = field(default_factory=dict)
    """Further columns by which deals can be told apart (product, account, manager, ...), beside the owner,
    source, territory and segment of the log: codes in the order of `log.opportunities`, and names."""
    visits: Visits = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "visits", visits(self.log, self.whole_days, self.entry))

    @property
    def as_of(self) -> date:
        """The last day of the record."""
        return self.log.start + timedelta(days=int(np.ceil(self.log.horizon)) - 1)

    @property
    def entry_day(self) -> date | None:
        """The day the record began, where older deals are in it only because they lived to that day."""
        return None if self.entry is None else self.log.start + timedelta(days=int(self.entry))

    def json(self) -> dict[str, Any]:
        """What was read and how clean it is, as plain data (contract.md 1)."""
        entry = self.entry_day
        return {
            **self.quality.json(), "opportunities": len(self.log.opportunities), "format": self.format,
            "as_of": self.as_of.isoformat(), "entry_day": entry.isoformat() if entry else None,
        }  # fmt: skip

    def lines(self) -> list[str]:
        """The same in words."""
        facts: dict[str, Any] = {
            "deals": write.count(len(self.log.opportunities)), "rows": write.count(self.quality.rows),
            "name": self.name, "format": self.format, "as_of": self.as_of,
        }  # fmt: skip
        return [text("quality_head.read", **facts), *self.quality.lines()]

    @classmethod
    def of(cls, log: EventLog, name: str = "log") -> History:
        """A log at hand, simulated or read elsewhere, as the history of one company: the reported view of
        its first replication."""
        from funnelsim.history.logtable import first_replication

        quality = Quality(rows=len(log.deals))
        return _dated(name, first_replication(log, quality), quality, "log", False, {})


def read_history(
    path: str | Path,
    as_of: date | str | None = None,
    mapping: Any = None,
    format: str = "auto",
    tables: Sequence[str | Path] = (),
) -> History:
    """A CRM export as a history.

    path      CSV (any usual encoding and separator), xlsx, Parquet or XES, in one of the formats of
              `history/README.md`; found out by its header
    as_of     last day to know of; the last date of the record where none is given
    mapping   dict or YAML file: part -> column (`created: Engaged on`), `won: [...]` and so on
    format    name of a format, or `auto`
    tables    further tables (accounts, products, teams) whose rows belong to names in a column of the export
    """
    where = str(path)
    if format not in ("auto", *NAMES):
        raise HistoryError.of(where, "history_format", given=format, known=", ".join(("auto", *NAMES)))
    last = day_of(as_of, where)
    told = read_mapping(mapping)
    quality = Quality()
    name = printable(Path(path).name)
    log = _own_parquet(Path(path)) if format in ("auto", "log") and not told else None
    if log is not None:
        from funnelsim.history.logtable import first_replication

        quality.rows = len(log.deals)
        return _dated(name, _cut(first_replication(log, quality), last, where), quality, "log", False, {})
    mapped = set(mapped_columns(told).values())
    sheet = read_sheet(path, quality, lambda names: wanted_columns(names, told), mapped)
    if tables:
        from funnelsim.history.tables import joined

        sheet, told = joined(sheet, tables, told, quality)
    layout = recognise(sheet, where, format, told)
    try:
        log, whole_days, groups = _log_of(sheet, layout, quality, last, where)
    except FunnelError as err:
        raise HistoryError(err.where or where, err.faults) from err
    return _dated(name, log, quality, layout.format.name, whole_days, groups)


def _log_of(sheet, layout: Layout, quality: Quality, last: date | None, where: str):
    """The log of a sheet, whether it knows dates only, and its further groups."""
    if layout.format.kind == "log":
        from funnelsim.history.logtable import read_log_table

        return *read_log_table(sheet, layout, quality, last, where), {}
    from funnelsim.history.deals import read_deals
    from funnelsim.history.moves import read_moves
    from funnelsim.history.record import as_log

    read = read_deals if layout.format.kind == "deals" else read_moves
    record, until = read(sheet, layout, quality, last, where)
    log, groups = as_log(record, until, where)
    return log, record.whole_days, groups


def _dated(
    name: str, log: EventLog, quality: Quality, format: str, whole_days: bool, groups: dict[str, Group]
) -> History:
    first = first_sight(visits(log, whole_days))
    entry = None if first is None else float(np.floor(first))
    history = History(name, log, quality, format, whole_days, entry, groups)
    look_over(history.log, history.visits, entry, quality)
    if format != "log":  # a log may be simulated, and of any time
        note_coming(history.log, date.today(), quality)
    return history


def _own_parquet(path: Path) -> EventLog | None:
    """The log of a file that funnelsim has written: it knows its stages, its start and its end itself."""
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return None
    import pyarrow.parquet as pq

    from funnelsim.history.exchange import read_log

    try:
        about = pq.read_metadata(path)
        ours = b"funnelsim" in (about.metadata or {})
    except Exception:  # whatever a broken file makes of Arrow; the reader of sheets says what it is
        return None
    if ours and about.num_rows > MOST_OWN_ROWS:
        raise HistoryError.of(str(path), "history_too_many_rows", rows=about.num_rows, most=MOST_OWN_ROWS)
    if not ours:
        return None
    log = read_log(path)
    if not log.deals.time.size or not 0 <= log.deals.time.min() <= log.deals.time.max() < log.horizon:
        raise HistoryError.of(str(path), "log_unreadable", detail=f"start {log.start}, horizon {log.horizon}")
    return log


def _cut(log: EventLog, last: date | None, where: str) -> EventLog:
    """What was known of a log at the end of a day."""
    if last is None or (horizon := (last - log.start).days + 1.0) >= log.horizon:
        return log
    if horizon <= 0 or not (log.opportunities.created < horizon).any():
        first = log.start + timedelta(days=int(log.opportunities.created.min(initial=0.0)))
        end = log.start + timedelta(days=int(np.ceil(log.horizon)) - 1)
        raise HistoryError.of(where, "history_as_of_early", given=last, first=first, last=end)
    born = log.opportunities.created < horizon
    return replace(
        log, horizon=horizon, measured=(0.0, horizon), deals=log.deals.where(log.deals.time < horizon),
        tasks=log.tasks.where(log.tasks.time < horizon), opportunities=log.opportunities.where(born),
    )  # fmt: skip


def day_of(given: date | str | None, where: str) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise HistoryError.of(where, "history_as_of", given=given) from None
    return given
