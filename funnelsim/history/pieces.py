"""A log as a Parquet or CSV file, written piece after piece: none is held when the next one is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from funnelsim.history.log import SCHEMA, EventLog
from funnelsim.history.spelling import care_as_json, spending_as_json
from funnelsim.history.table import ROWS_AT_ONCE, frames


def about_log(log: EventLog) -> dict[str, Any]:
    """What a table of events cannot say about its log."""
    return {
        "start": log.start.isoformat(),
        "horizon": log.horizon,
        "measured": list(log.measured),
        "time_zone": log.time_zone,
        "currency": log.currency,
        "replications": [log.first_replication, log.replications],
        "names": asdict(log.names),
        "care": care_as_json(log),
        "spending": spending_as_json(log),
    }


class ParquetPieces:
    """Pieces of one log, in time, as row groups of a Parquet file; whatever of it they tell, `head` says the rest."""

    def __init__(
        self, path: Path, head: EventLog, view: int | None = None, facts: Mapping[str, str] | None = None
    ):
        self._path, self._view = path, view
        self._writer: Any = None
        told = json.dumps(about_log(head), ensure_ascii=False)
        self._about = {"schema": str(SCHEMA), "funnelsim": told, **(facts or {})}

    def add(self, piece: EventLog) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        for frame in frames(piece, self._view, ROWS_AT_ONCE):
            table = pa.Table.from_pandas(frame, preserve_index=False)
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), **self._about})
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
            self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@contextmanager
def parquet_pieces(
    path: Path, head: EventLog, view: int | None = None, facts: Mapping[str, str] | None = None
) -> Iterator[ParquetPieces]:
    """An open file to add pieces to."""
    made = ParquetPieces(path, head, view, facts)
    try:
        yield made
    finally:
        made.close()
