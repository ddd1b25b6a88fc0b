"""The fast engine is compiled once a machine: by one process for all, and in the background where somebody
would have to wait for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARK = "compiling"
PULSE, DEAD = 1.0, 10.0  # seconds between the signs of life of who compiles, and without one until it is dead

_begun: list[subprocess.Popen | threading.Thread] = []
_lock = threading.Lock()


def is_ready() -> bool:
    """Whether the compiled engine is here and runs at once."""
    from funnelsim.engine.compiled import jit

    if not jit.THERE:
        return False
    from funnelsim.engine import compiled

    return compiled.is_ready()


def begin() -> bool:
    """Have the engine compiled in the background, where it is not; whether that is under way."""
    from funnelsim.engine.compiled import jit

    if not jit.THERE or is_ready():
        return False
    with _lock:
        if not _is_alive():
            _begun[:] = [_started(jit.folder())]
    return True


def is_under_way() -> bool:
    """Whether some process compiles the engine now, so that it is not here yet."""
    from funnelsim.engine.compiled import jit

    if not jit.THERE or is_ready():
        return False
    with suppress(OSError):
        return time.time() - (jit.folder() / MARK).stat().st_mtime <= DEAD
    return False


def settle(timeout: float | None = None) -> bool:
    """Wait until what `begin` has begun is over; whether the engine is ready then."""
    for one in _begun:
        if isinstance(one, threading.Thread):
            one.join(timeout)
        else:
            with suppress(subprocess.TimeoutExpired):
                one.wait(timeout)
    return is_ready()


def compile_once() -> None:
    """Compile it, unless another process is at that: then wait until it is done, or dead."""
    from funnelsim.engine import compiled
    from funnelsim.engine.compiled import jit

    while not compiled.is_ready():
        with _alone(jit.folder() / MARK) as mine:
            if mine:
                compiled.warm()
                return
        time.sleep(PULSE)


def _is_alive() -> bool:
    return any(one.is_alive() if isinstance(one, threading.Thread) else one.poll() is None for one in _begun)


def _started(folder: Path) -> subprocess.Popen | threading.Thread:
    """A process of its own where what it compiles can be kept, else a thread of this one."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        with suppress(OSError):
            return subprocess.Popen(
                [sys.executable, "-m", "funnelsim.engine.readiness"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C at the terminal is not meant for it
            )  # fmt: skip
    thread = threading.Thread(target=compile_once, name="funnelsim-compile", daemon=True)
    thread.start()
    return thread


@contextmanager
def _alone(mark: Path) -> Iterator[bool]:
    """Whether nobody else holds a mark; while the block runs it is held, and gives signs of life."""
    with suppress(OSError):
        if time.time() - mark.stat().st_mtime > DEAD:
            mark.unlink()
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        yield False
        return
    except OSError:  # nothing can be kept here, so nobody can do it for another
        yield True
        return
    over = threading.Event()

    def beat() -> None:
        while not over.wait(PULSE):
            with suppress(OSError):
                os.utime(mark)

    threading.Thread(target=beat, name="funnelsim-beat", daemon=True).start()
    try:
        yield True
    finally:
        over.set()
        with suppress(OSError):
            mark.unlink()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)
    compile_once()
