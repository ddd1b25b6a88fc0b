"""`funnelsim app` as a user starts it, and its pages as somebody sees them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from panel_page import Steps
from servers import free_port, running


class Served:
    """An app that runs: its address, what it has printed, the kernels behind its pages."""

    def __init__(self, server: subprocess.Popen, address: str, log: Path):
        self.server, self.address, self.log = server, address, log

    def said(self) -> str:
        """What it has printed."""
        return self.log.read_text("utf-8", "replace")

    def kernels(self) -> list[psutil.Process]:
        """The kernels that are alive."""
        found = psutil.Process(self.server.pid).children(recursive=True)
        return [
            one
            for one in found
            if "ipykernel_launcher" in _line(one)
            or ("funnelsim.show.nursery" in _line(one) and one.ppid() != self.server.pid)
        ]

    def has(self, kernel: str) -> bool:
        """Whether the server knows this kernel."""
        return self.get(f"/api/kernels/{kernel}")[0] == 200

    def until_forgotten(self, kernel: str, seconds: float = 30) -> None:
        """Wait until the server does not know a kernel any more: that comes a moment after its process has ended."""
        until = time.monotonic() + seconds
        while self.has(kernel):
            assert time.monotonic() < until, f"{kernel} is still known\n{self.said()[-1500:]}"
            time.sleep(0.1)

    def until_kernels(self, count: int, seconds: float = 30) -> None:
        """Wait until so many kernels are alive."""
        until = time.monotonic() + seconds
        while len(self.kernels()) != count:
            assert time.monotonic() < until, (
                f"{len(self.kernels())} kernels instead of {count}\n{self.said()[-1500:]}"
            )
            time.sleep(0.1)

    def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """Status and text of a page, as a program asks for it that never comes back."""
        asked = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(asked, timeout=90) as told:
                return told.status, told.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def app(home: Path, *words: str, port: int | None = None) -> Iterator[Served]:
    """`funnelsim app` with these words on its command line, in a folder and a home of its own."""
    log, port = home / "app.log", port or free_port()
    command = [sys.executable, "-m", "funnelsim", "app", "--no-browser", "--port", str(port), *words]

    def listens() -> bool:
        return bool(re.search(rf"http://\S+:{port}/", log.read_text("utf-8", "replace")))

    with running(command, home, log, listens) as server:
        yield Served(server, f"http://127.0.0.1:{port}", log)


def kernel_of(html: str) -> str:
    """The kernel of a page."""
    found = re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', html, re.S)
    assert found, html[:500]
    return json.loads(found.group(1))["kernelId"]


class AppPage(Steps):
    """A notebook as the app shows it.

    shows   what is on the page when its panel is; '' for a page without one
    """

    def __init__(self, page: Any, address: str, path: str = "/", shows: str = ".fs-slider"):
        super().__init__(page)
        page.goto(address + path, wait_until="commit")
        self.until("() => document.readyState === 'complete' && !document.getElementById('loading')")
        if shows:
            page.wait_for_selector(shows, timeout=90_000)
