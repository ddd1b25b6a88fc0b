"""What was simulated is kept: blocks of replications in the user's cache folder, found again by content.

A block is a few replications of one scenario, a Parquet file of its metrics (a row a replication).
Its place is a digest of all that it depends on: scenario, seed, engine, the list of metrics, and the
sources and libraries that compute it, so that old rules never answer. A file is written whole or not
at all and carries the checksum of its numbers: what is damaged is made anew. Two processes at once
write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from funnelsim.atomic import atomic_write
from funnelsim.labels import text
from funnelsim.study.metrics import METRICS

SCHEMA = 1
FOLDER = "runs"
# The parts of the package that runs and metrics depend on, and the libraries whose numbers they take.
RULES = ("engine", "scenario", "calendar.py", "history/log.py", "study")
LIBRARIES = ("numpy", "scipy", "simpy", "numba", "holidays", "tzdata")
_FACTS = b"funnelsim"

Block = tuple[dict[str, np.ndarray], str]
"""Metrics of some replications, and the engine that ran them."""


class NotKept(UserWarning):
    """Results could not be kept; they are as good as ever, but a rerun begins anew."""


def cache_folder() -> Path:
    """Where results are kept: FUNNELSIM_CACHE, or the user's cache folder of this system."""
    named = os.environ.get("FUNNELSIM_CACHE")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("funnelsim", appauthor=False)


def _sources() -> str:
    """Digest of the sources that numbers depend on."""
    home, total = Path(__file__).parent.parent, hashlib.sha256()
    for part in RULES:
        for path in sorted(home.joinpath(part).rglob("*.py")) or [home / part]:
            total.update(f"{path.relative_to(home).as_posix()}\n".encode())
            total.update(path.read_bytes() if path.exists() else b"")
    return total.hexdigest()


def _fingerprint() -> str:
    """Digest of the sources and versions that numbers depend on."""
    terms = {"funnelsim": _sources(), **{name: _version(name) for name in LIBRARIES}}
    return hashlib.sha256("".join(f"{name} {one}\n" for name, one in terms.items()).encode()).hexdigest()


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


# Read when the package is: a process that began before an edit keeps its results under the rules it runs.
_RULES_OF_THIS_PROCESS, _SOURCES_OF_THIS_PROCESS = _fingerprint(), _sources()


def what_counts() -> dict[str, str]:
    """What the numbers of this process depend on: name -> version, that of funnelsim with its sources."""
    own = f"{_version('funnelsim')} ({_SOURCES_OF_THIS_PROCESS[:8]})"
    return {"funnelsim": own, **{name: _version(name) for name in LIBRARIES}}


@cache
def _metric_list() -> str:
    return hashlib.sha256("\n".join(METRICS).encode()).hexdigest()


@dataclass(frozen=True)
class Store:
    """Kept blocks in one folder."""

    folder: Path
    writable: bool = True

    @classmethod
    def open(cls, where: Store | bool | str | Path | None) -> Store | None:
        """The store in a folder, that of the user for True, none for None and False.

        A folder that cannot be written to is read from; `NotKept` is warned of once.
        """
        if where is None or where is False:
            return None
        if isinstance(where, Store):
            return where
        folder = (cache_folder() if where is True else Path(where)) / FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(folder / ".writable") as part:
                part.write_bytes(b"")
        except OSError as fault:
            not_kept(folder, fault)
            return cls(folder, writable=False)
        return cls(folder)

    def path(self, digest: str, seed: int, engine: str, first: int) -> Path:
        """The file of the block of a scenario that begins with replication `first`."""
        about = {
            "scenario": digest, "seed": seed, "engine": engine,
            "schema": SCHEMA, "metrics": _metric_list(), "rules": _RULES_OF_THIS_PROCESS,
        }  # fmt: skip
        key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
        return self.folder / _RULES_OF_THIS_PROCESS[:8] / key[:2] / key / f"{first}.parquet"

    def get(self, digest: str, seed: int, engine: str, first: int, count: int) -> Block | None:
        """The block, or None where it is not there, too short or damaged."""
        path = self.path(digest, seed, engine, first)
        found = read_block(path)
        if found is None or len(next(iter(found[0].values()), ())) < count:
            return None
        return {name: values[:count] for name, values in found[0].items()}, found[1]

    def put(self, digest: str, seed: int, engine: str, first: int, block: Block) -> OSError | None:
        """Keep a block; what stood in the way where it could not be kept."""
        if not self.writable:
            return None
        try:
            write_block(self.path(digest, seed, engine, first), block)
        except OSError as fault:
            return fault
        return None


def write_block(path: Path, block: Block) -> None:
    """Write a block, whole or not at all; the same block gives the same bytes."""
    metrics, engine = block
    facts = {"schema": SCHEMA, "engine": engine, "place": path.parent.name, "checksum": checksum(metrics)}
    table = pa.table({name: pa.array(values) for name, values in metrics.items()})
    table = table.replace_schema_metadata({_FACTS: json.dumps(facts, sort_keys=True).encode()})
    with atomic_write(path) as part:
        pq.write_table(table, part, use_dictionary=False, write_statistics=False, compression="none")


def read_block(path: Path) -> Block | None:
    """The block of a file; None where there is none, or one that is not as it was written."""
    try:
        table = pq.ParquetFile(path, memory_map=False).read(use_threads=False)
        facts = json.loads((table.schema.metadata or {})[_FACTS])
        metrics = {name: table.column(name).to_numpy() for name in table.column_names}
        whole = facts["place"] == path.parent.name and facts["checksum"] == checksum(metrics)
        return (metrics, str(facts["engine"])) if whole else None
    except (OSError, ValueError, KeyError, TypeError, MemoryError, pa.ArrowException):
        return None


def checksum(metrics: dict[str, np.ndarray]) -> str:
    """Digest of names, types and bits of all numbers."""
    total = hashlib.sha256()
    for name, values in metrics.items():
        total.update(f"{name} {values.dtype.str} {values.size}\n".encode())
        total.update(np.ascontiguousarray(values).tobytes())
    return total.hexdigest()


def not_kept(folder: Path, fault: OSError) -> None:
    """Say that results cannot be kept, and why."""
    reason = fault.strerror or type(fault).__name__
    warnings.warn(text("store.not_kept", folder=folder, reason=reason), NotKept, stacklevel=4)


def size(where: str | Path | None = None) -> int:
    """Bytes that the kept results take: of the user's cache folder, or of another one."""
    return sum(path.stat().st_size for path in _kept(where))


def clear(where: str | Path | None = None, old: bool = False) -> int:
    """Forget kept results, or with `old` only those of rules that are no more; gives the bytes freed."""
    freed = 0
    for path in _kept(where):
        if not (old and path.parents[2].name == _RULES_OF_THIS_PROCESS[:8]):
            freed += path.stat().st_size
            path.unlink(missing_ok=True)
    return freed


def _kept(where: str | Path | None) -> list[Path]:
    folder = (cache_folder() if where is None else Path(where)) / FOLDER
    return sorted(folder.glob("*/*/*/*.parquet"))
