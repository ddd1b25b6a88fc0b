"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """A path beside the target to write to; it takes the target's place when the block ends well.

    Whatever stops the block, Ctrl-C included, leaves the target as it was and no leftovers.
    The target keeps its permissions; a new file gets the usual ones.
    """
    target = Path(path).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}.", suffix=target.suffix, dir=target.parent)
    os.close(number)
    part = Path(name)
    try:
        yield part
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        os.chmod(part, _permissions(target))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _permissions(target: Path) -> int:
    """Those of the file that is there; it may have gone a moment ago."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        return 0o666 & ~_umask()


def _umask() -> int:
    """The process's mask of permissions; reading it means setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
