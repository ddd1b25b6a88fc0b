"""Third-party data outside the repository: where it lies, and that its absence is said or refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("FUNNELSIM_DATA") or Path(__file__).parents[2] / "shared" / "data")


def data(name: str) -> Path:
    """A file of FUNNELSIM_DATA; absent: the test skips, or fails where FUNNELSIM_REQUIRE has `data`."""
    path = ROOT / name
    if path.exists():
        return path
    why = f"{name} is not in FUNNELSIM_DATA ({ROOT})"
    if "data" in os.environ.get("FUNNELSIM_REQUIRE", "").split(","):
        pytest.fail(why)
    pytest.skip(why)
