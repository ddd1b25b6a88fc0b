"""Servers that tests start: a port, an environment of their own, and a process that ends with the test."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from funnelsim.engine.compiled import jit

FOLDERS = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


def free_port() -> int:
    """A port of this computer that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def environment(home: Path, compiled: Path | None = None) -> dict[str, str]:
    """The environment of a server that knows nothing of this computer's user but the compiled engine."""
    own = {name: str(home / name) for name in FOLDERS}
    for folder in own.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    return {**os.environ, **own, "FUNNELSIM_COMPILED": str(compiled or jit.folder().parent)}


@contextmanager
def running(
    command: list[str],
    home: Path,
    log: Path,
    listens: Callable[[], bool],
    compiled: Path | None = None,
    seconds: float = 90,
) -> Iterator[subprocess.Popen]:
    """A server that listens, until the end of the block; where it does not come, what it has printed.

    home      a folder to itself; it runs in `work` there
    listens   whether it can be asked already
    """
    work = home / "work"
    work.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        server = subprocess.Popen(command, cwd=work, env=environment(home, compiled), stdout=out, stderr=out)
    try:
        until = time.monotonic() + seconds
        while not listens():
            said = log.read_text("utf-8", "replace")[-2000:]
            assert server.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.1)
        yield server
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
