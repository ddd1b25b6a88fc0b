"""A CRM export in, a `History` out: the log, how clean it was, and from when to when it was kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.errors import HistoryError
from funnelsim.history.formats import FORMATS, recognise
from funnelsim.history.log import EventLog
from funnelsim.history.logtable import first_replication, read_log_table
from funnelsim.history.quality import Quality
from funnelsim.history.sheets import read_sheet
from funnelsim.history.twopoint import read_two_point
from funnelsim.history.visits import Visits, first_sight, visits


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

    @classmethod
    def of(cls, log: EventLog, name: str = "log") -> History:
        """A log at hand, simulated or read elsewhere, as the history of one company: the reported view of
        its first replication."""
        quality = Quality(rows=len(log.deals))
        return _dated(name, first_replication(log, quality), quality, "log", False)


def read_history(
    path: str | Path, as_of: date | str | None = None, mapping: Any = None, format: str = "auto"
) -> History:
    """A CRM export as a history.

    path      CSV (any usual encoding and separator), xlsx or Parquet: a log (contract.md 2) or a table
              with one row a deal: begun, closed, status, and what else it has; found out by its header
    as_of     last day to know of; the last date of the record where none is given
    mapping   dict or YAML file: part -> column (`created: Engaged on`), `won: [...]` and so on
    format    `log`, `two_point` or `auto`
    """
    where = str(path)
    if format not in ("auto", *FORMATS):
        raise HistoryError.of(where, "history_format", given=format, known=", ".join(("auto", *FORMATS)))
    last = _day(as_of, where)
    quality = Quality()
    name = Path(path).name
    log = _own_parquet(Path(path))
    if log is not None:
        quality.rows = len(log.deals)
        return _dated(name, _cut(first_replication(log, quality), last), quality, "log", False)
    table = read_sheet(path, quality)
    layout = recognise(table, where, format, mapping)
    read = read_log_table if layout.format == "log" else read_two_point
    log, _, whole_days = read(table, layout, quality, last, where)
    return _dated(name, log, quality, layout.format, whole_days)


def _dated(name: str, log: EventLog, quality: Quality, format: str, whole_days: bool) -> History:
    first = first_sight(visits(log, whole_days))
    return History(name, log, quality, format, whole_days, None if first is None else float(np.floor(first)))


def _own_parquet(path: Path) -> EventLog | None:
    """The log of a file that funnelsim has written: it knows its stages, its start and its end itself."""
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    from funnelsim.history.exchange import read_log

    try:
        ours = b"funnelsim" in (pq.read_schema(path).metadata or {})
    except (pa.ArrowInvalid, OSError):
        return None
    return read_log(path) if ours else None


def _cut(log: EventLog, last: date | None) -> EventLog:
    """What was known of a log at the end of a day."""
    if last is None or (horizon := (last - log.start).days + 1.0) >= log.horizon:
        return log
    born = log.opportunities.created < horizon
    return replace(
        log, horizon=horizon, measured=(0.0, horizon), deals=log.deals.where(log.deals.time < horizon),
        tasks=log.tasks.where(log.tasks.time < horizon), opportunities=log.opportunities.where(born),
    )  # fmt: skip


def _day(given: date | str | None, where: str) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise HistoryError.of(where, "history_as_of", given=given) from None
    return given
