"""A JupyterLab of its own with copies of a notebook, and the panel in it as somebody sees and uses it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from panel_page import Steps

from funnelsim.engine.compiled import jit
from funnelsim.show.parameters import shipped_notebooks

TOKEN = "funnelsim-test"
FOLDERS = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}

READY = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.sessionContext && panel.sessionContext.session;
    return !!(panel && panel.sessionContext.isReady && session && session.kernel &&
              session.kernel.status === 'idle');
}"""
ASK = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const asked = {code: "", user_expressions: {it: code}, silent: true, store_history: false};
    const told = (await kernel.requestExecute(asked).done).content.user_expressions.it;
    return told.status === "ok" ? told.data["text/plain"] : told.evalue;
}"""


def free_port() -> int:
    """A port of this computer that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def shorter(source: str, replications: int, target: Path) -> None:
    """A copy of a shipped notebook with so many simulated years."""
    book = nbformat.read(shipped_notebooks() / source, as_version=4)
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = re.sub(r"replications = \d+", f"replications = {replications}", cell.source)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, target)


def environment(home: Path, compiled: Path | None = None) -> dict[str, str]:
    """The environment of a server that knows nothing of this computer's user but the compiled engine."""
    own = {name: str(home / name) for name in FOLDERS}
    for folder in own.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    return {**os.environ, **own, "FUNNELSIM_COMPILED": str(compiled or jit.folder().parent)}


@contextmanager
def jupyter_lab(
    home: Path, notebooks: dict[str, int], compiled: Path | None = None, source: str = "00_start.ipynb"
) -> Iterator[str]:
    """The address of a JupyterLab with copies of a notebook: name -> replications.

    compiled   where the fast engine is kept; the user's own folder where none is given
    """
    work, settings = home / "work", home / "settings"
    for folder in (work, settings):
        folder.mkdir(parents=True)
    for name, replications in notebooks.items():
        shorter(source, replications, work / f"{name}.ipynb")
    (settings / "overrides.json").write_text(json.dumps(QUIET))
    port = free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={work}",
        f"--LabApp.app_settings_dir={settings}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with open(home / "lab.log", "wb") as log:
        server = subprocess.Popen(command, env=environment(home, compiled), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=2).close()
                break
            except OSError:
                assert server.poll() is None, (home / "lab.log").read_text("utf-8", "replace")[-2000:]
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(home, ignore_errors=True)


class PanelPage(Steps):
    """The panel of a notebook in JupyterLab, whose kernel can be asked."""

    def __init__(self, page: Any, address: str, notebook: str):
        super().__init__(page)
        page.goto(f"{address}/doc/tree/{notebook}.ipynb?token={TOKEN}", wait_until="commit")
        page.wait_for_function(READY, timeout=90_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(".fs-slider", timeout=90_000)

    def ask(self, expression: str) -> str:
        """The value of an expression in the notebook's kernel, as Python writes it."""
        return self.page.evaluate(ASK, expression)
