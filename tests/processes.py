"""Processes as the system sees them: who belongs to a session, and whether any is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import psutil


def group_of(session: int) -> list[str]:
    """Command lines of the living processes of a session, each after its id."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
        except (psutil.Error, OSError):  # it has just ended
            continue
    return found


def until(holds: Callable[[], object], seconds: float) -> bool:
    """Whether something came to hold within so many seconds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.05)
    return bool(holds())
