"""A JupyterLab of its own with the start notebook, and the panel in it as somebody sees and uses it."""

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


@contextmanager
def jupyter_lab(
    home: Path, notebooks: dict[str, int], compiled: Path | None = None, source: str = "00_start.ipynb"
) -> Iterator[str]:
    """The address of a JupyterLab with copies of a notebook: name -> replications.

    compiled   where the fast engine is kept; the user's own folder where none is given
    """
    work, settings = home / "work", home / "settings"
    for folder in (work, settings, *(home / name for name in FOLDERS)):
        folder.mkdir(parents=True)
    for name, replications in notebooks.items():
        book = nbformat.read(shipped_notebooks() / source, as_version=4)
        for cell in book.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source = re.sub(r"replications = \d+", f"replications = {replications}", cell.source)
        nbformat.write(book, work / f"{name}.ipynb")
    (settings / "overrides.json").write_text(json.dumps(QUIET))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={work}",
        f"--LabApp.app_settings_dir={settings}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    own = {name: str(home / name) for name in FOLDERS}
    own["FUNNELSIM_COMPILED"] = str(compiled or jit.folder().parent)
    with open(home / "lab.log", "wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
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


class PanelPage:
    """The panel of a notebook on a page: what is asked and pressed lies within `fs-panel`."""

    def __init__(self, page: Any, address: str, notebook: str):
        self.page = page
        page.goto(f"{address}/doc/tree/{notebook}.ipynb?token={TOKEN}", wait_until="commit")
        page.wait_for_function(READY, timeout=90_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(".fs-slider", timeout=90_000)

    def until_drawn(self, charts: int = 2) -> None:
        """Wait for the charts."""
        self.until(f"document.querySelectorAll('.fs-panel .fs-chart .main-svg').length >= {charts}")

    def until(self, condition: str, argument: Any = None, seconds: float = 90) -> None:
        """Wait until a condition of the page holds."""
        self.page.wait_for_function(condition, arg=argument, timeout=seconds * 1000)

    def move(self, slider: int, steps: int) -> None:
        """Press an arrow key on the handle of a slider so many times: to the right, or to the left if negative."""
        self.page.locator(".fs-panel .fs-slider .noUi-handle").nth(slider).focus()
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")

    def words(self, kind: str) -> str:
        """What a part says: `kpi` the finding, `status` the small print."""
        return " ".join(self.page.locator(f".fs-panel .fs-{kind}").all_inner_texts())

    def until_said(self, kind: str, pattern: str, seconds: float = 90) -> str:
        """Wait until a part says something, and give all that it says."""
        says = """([kind, pattern]) =>
            new RegExp(pattern).test(document.querySelector('.fs-panel .fs-' + kind).textContent)"""
        self.until(says, [kind, pattern], seconds)
        return self.words(kind)

    def charts(self) -> list[Any]:
        """What is drawn: the data of each chart, and the words that stand for it."""
        return self.page.evaluate(
            "() => [...document.querySelectorAll('.fs-panel .fs-chart.js-plotly-plot')].map("
            "box => [JSON.stringify(box.data.map(trace => [trace.x, trace.y])), box.getAttribute('aria-label')])"
        )

    def ask(self, expression: str) -> str:
        """The value of an expression in the notebook's kernel, as Python writes it."""
        return self.page.evaluate(ASK, expression)
