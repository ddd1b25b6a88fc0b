"""Chromium without a window: it prints pages as PDF and draws pictures; refused by name where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from funnelsim.errors import RunError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SWITCHES = (
    "--headless",
    "--disable-gpu",
    "--virtual-time-budget=8000",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHEET = "--window-size=1122,1600"
"""The sheet that pages are printed on, in pixels: charts are drawn for it, and nothing is drawn anew when it prints."""
_PATIENCE = 180  # seconds


def found(what: str = "pdf") -> str:
    """Path of the Chromium, that of BROWSER_PATH first; RunError where there is none.

    what   what it is wanted for: named in the error
    """
    for name in (os.environ.get("BROWSER_PATH", ""), *_NAMES):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise RunError.of(what, "no_chromium")


def print_page(page: Path, target: Path, browser: str) -> None:
    """A page of HTML as PDF, written to `target`; RunError where nothing came of it."""
    asked = _asked(browser, [SHEET, "--no-pdf-header-footer", f"--print-to-pdf={target}", page.as_uri()])
    if asked.returncode or not target.exists() or not target.stat().st_size:
        raise RunError.of(target.name, "no_chromium")


def shown(page: Path, browser: str) -> str:
    """What stands in a page of HTML after its scripts have run."""
    asked = _asked(browser, ["--dump-dom", page.as_uri()])
    return "" if asked.returncode else asked.stdout.decode("utf-8", "replace")


def _asked(browser: str, words: list[str]) -> subprocess.CompletedProcess:
    switches = list(_SWITCHES)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses its sandbox to root
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:  # beside an open one, not in it
        command = [browser, *switches, f"--user-data-dir={own}", *words]
        return subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
