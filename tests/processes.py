"""Processes as the system sees them: who belongs to a session, and whether any is left."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable


def group_of(session: int) -> list[str]:
    """Command lines of the living processes of a session, each after its id."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "-s", str(session)], capture_output=True, text=True, check=False
    )
    return [line.strip() for line in listed.stdout.splitlines() if "Z" not in line.split()[1]]


def until(holds: Callable[[], object], seconds: float) -> bool:
    """Whether something came to hold within so many seconds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.05)
    return bool(holds())
