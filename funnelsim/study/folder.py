"""A study in a folder that anything can query: one row a run in `metrics.parquet`, its facts in `study.json`.

Each file is written whole or not at all, the facts last and with the checksum of the numbers, so a folder
that opens is a whole one. The same study gives the same bytes, whoever writes it and how often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from funnelsim.atomic import atomic_write
from funnelsim.errors import RunError
from funnelsim.scenario.files import parse, plain, replace_all
from funnelsim.scenario.model import Scenario
from funnelsim.study.experiment import Trial
from funnelsim.study.store import what_counts

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
FACTS, METRICS = "study.json", "metrics.parquet"
OPEN, WHOLE = "unfinished", "finished"
ROWS_AT_ONCE = 50_000  # about 50 MB of numbers

Columns = Mapping[str, Sequence[Any]]
"""Name of a column -> its value in each scenario of a trial."""


@dataclass(frozen=True)
class Study:
    """A study that was opened."""

    folder: Path
    facts: dict[str, Any]
    """What `study.json` holds: schema, seed, first, replications, currency, scenarios with name, digest and
    engine, the versions that computed it; of a sweep also its request."""

    @property
    def path(self) -> Path:
        """The Parquet file, a row a run: scenario, digest, replication, seed, engine, then a column for each
        varied path and each metric. What is not defined is null."""
        return self.folder / METRICS

    def frame(self, *columns: str) -> pd.DataFrame:
        """Runs as a table; all columns, or those named."""
        import pandas as pd

        return pd.read_parquet(self.path, columns=[*columns] or None)

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Name -> scenario."""
        base = parse(self.facts["base"], "base") if "base" in self.facts else None
        return {
            one["name"]: replace_all(base, one["values"]) if base else parse(one["scenario"], one["name"])
            for one in self.facts["scenarios"]
        }

    def trial(self) -> Trial:
        """The study as it was computed, for `compare`, figures and all that takes a trial."""
        table = pq.read_table(self.path)
        count, told = self.facts["replications"], self.facts["scenarios"]
        metrics = {}
        for at, one in enumerate(told):
            rows, lacks = table.slice(at * count, count), set(one.get("lacks", ()))
            metrics[one["name"]] = {
                name: rows.column(name).to_numpy() for name in self.facts["metrics"] if name not in lacks
            }
        return Trial(
            self.scenarios, metrics, self.facts["seed"], self.facts["first"], count,
            {one["name"]: one["engine"] for one in told}, {one["name"]: one["digest"] for one in told},
        )  # fmt: skip


def open_study(folder: str | Path) -> Study:
    """The study in a folder; RunError when there is none, it is unfinished, or the files are not a pair."""
    facts = facts_of(folder)
    if facts is None:
        raise RunError.of(str(folder), "no_study")
    if facts["status"] != WHOLE:
        raise RunError.of(str(folder), "study_unfinished", folder=folder)
    if facts["checksum"] != _checksum(Path(folder) / METRICS):
        raise RunError.of(str(folder), "study_damaged")
    return Study(Path(folder), facts)


def facts_of(folder: str | Path) -> dict[str, Any] | None:
    """What `study.json` in a folder holds, finished or not; None where there is none.

    RunError when it cannot be read or a newer funnelsim wrote it.
    """
    path = Path(folder) / FACTS
    try:
        facts = json.loads(path.read_text("utf-8"))
        schema, status = facts["schema"], facts["status"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
        raise RunError.of(str(path), "study_unreadable", reason=reason) from None
    if schema != SCHEMA or status not in (OPEN, WHOLE):
        raise RunError.of(str(path), "study_unreadable", reason=f"schema {schema}, {status}")
    return facts


def save_study(
    trial: Trial,
    folder: str | Path,
    columns: Columns | None = None,
    facts: Mapping[str, Any] | None = None,
    values: Sequence[Mapping[str, Any]] = (),
) -> Study:
    """Write a trial into a folder and open it.

    columns   further columns that say what a scenario is: name -> a number or a text for each scenario
    facts     further facts; with `base`, a plain scenario, `values` say how each scenario differs from it

    OSError when it cannot be written.
    """
    home = Path(folder)
    names = _metric_names(trial)
    with atomic_write(home / METRICS) as part:
        _write(trial, names, columns or {}, part)
        checksum = _checksum(part)
    told = []
    for at, (name, scenario) in enumerate(trial.scenarios.items()):
        lacks = [metric for metric in names if metric not in trial.metrics[name]]
        told.append(
            {"name": name, "digest": trial.digests[name], "engine": trial.engines[name]}
            | ({"values": dict(values[at])} if values else {"scenario": plain(scenario)})
            | ({"lacks": lacks} if lacks else {})
        )
    whole = {
        "schema": SCHEMA, "status": WHOLE, **(facts or {}),
        "seed": trial.seed, "first": trial.first, "replications": trial.replications, "currency": trial.currency,
        "computed_with": what_counts(), "rows": len(told) * trial.replications, "checksum": checksum,
        "columns": [*(columns or {})], "metrics": names, "scenarios": told,
    }  # fmt: skip
    write_facts(home, whole)
    return Study(home, whole)


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write `study.json`."""
    with atomic_write(folder / FACTS) as part:
        part.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _metric_names(trial: Trial) -> list[str]:
    """Metrics of all scenarios, in the order in which they first come."""
    return list(dict.fromkeys(name for own in trial.metrics.values() for name in own))


def _write(trial: Trial, metrics: Sequence[str], columns: Columns, path: Path) -> None:
    names, count = trial.names, trial.replications
    types = {m: own[m].dtype for own in reversed(trial.metrics.values()) for m in own}
    schema = pa.schema([
        ("scenario", pa.string()), ("digest", pa.string()), ("replication", pa.int32()), ("seed", pa.uint64()),
        ("engine", pa.string()),
        *((name, pa.array(values).type) for name, values in columns.items()),
        *((name, pa.from_numpy_dtype(types[name])) for name in metrics),
    ])  # fmt: skip
    step = max(1, ROWS_AT_ONCE // count)
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for start in range(0, len(names), step):
            some = range(start, min(start + step, len(names)))
            file.write_table(pa.table(_rows(trial, some, metrics, columns, schema), schema))


def _rows(
    trial: Trial, some: Iterable[int], metrics: Sequence[str], columns: Columns, schema: pa.Schema
) -> list[pa.Array]:
    """The rows of some scenarios, column by column; what is not defined is null."""
    names, count = [trial.names[at] for at in some], trial.replications

    def each(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
        return pa.array([value for value in values for _ in range(count)], kind)

    numbers = np.tile(np.arange(trial.first, trial.first + count, dtype=np.int32), len(names))
    return [
        each(names, pa.string()),
        each([trial.digests[name] for name in names], pa.string()),
        pa.array(numbers),
        pa.array(np.full(len(numbers), trial.seed, np.uint64)),
        each([trial.engines[name] for name in names], pa.string()),
        *(each([values[at] for at in some], schema.field(name).type) for name, values in columns.items()),
        *(_values(trial, names, metric, schema.field(metric).type) for metric in metrics),
    ]


def _values(trial: Trial, names: Sequence[str], metric: str, kind: pa.DataType) -> pa.Array:
    own = [trial.metrics[name].get(metric) for name in names]
    return pa.concat_arrays([
        pa.nulls(trial.replications, kind) if one is None else pa.array(one, kind, from_pandas=True) for one in own
    ])  # fmt: skip


def _checksum(path: Path) -> str:
    """sha256 of a file; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
