"""What some tests need from outside the repository, and what follows when it is not there.

FUNNELSIM_REQUIRE names what this run must have, of `data`, `browser` and `fonts`: its absence is a failure.
Not named, the test skips and says why. Where FUNNELSIM_REQUIRE is set at all, no test may skip (conftest.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import NoReturn

import pytest

THINGS = ("data", "browser", "fonts")


def required() -> set[str]:
    """What FUNNELSIM_REQUIRE names."""
    named = {word.strip() for word in os.environ.get("FUNNELSIM_REQUIRE", "").split(",")} - {""}
    unknown = named - {*THINGS}
    if unknown:
        raise pytest.UsageError(
            f"FUNNELSIM_REQUIRE names {', '.join(sorted(unknown))}; known: {', '.join(THINGS)}"
        )
    return named


def lacking(thing: str, why: str) -> NoReturn:
    """The running test cannot go on without `thing`: it skips, or fails where the thing is required."""
    if thing in required():
        pytest.fail(f"{why}; required by FUNNELSIM_REQUIRE", pytrace=False)
    pytest.skip(why)


def chromium() -> str:
    """Path of a Chromium to drive."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    lacking("browser", "there is no Chromium here")


def chinese_fonts() -> list[str]:
    """Names of installed fonts that can write Chinese."""
    found = []
    if command := shutil.which("fc-list"):
        listed = subprocess.run([command, ":lang=zh", "family"], capture_output=True, text=True, check=False)
        found = [line for line in listed.stdout.splitlines() if line.strip()]
    return found or lacking("fonts", "there is no font with Chinese characters here")
