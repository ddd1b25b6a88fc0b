"""Third-party data outside the repository: where it lies. Absent, it is said or refused (required.py)."""

from __future__ import annotations

import os
from pathlib import Path

from required import lacking

ROOT = Path(os.environ.get("FUNNELSIM_DATA") or Path(__file__).parents[2] / "shared" / "data")


def data(name: str) -> Path:
    """A file of FUNNELSIM_DATA; absent: the test skips, or fails where FUNNELSIM_REQUIRE has `data`."""
    path = ROOT / name
    return path if path.exists() else lacking("data", f"{name} is not in FUNNELSIM_DATA ({ROOT})")
