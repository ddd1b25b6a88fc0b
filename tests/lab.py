"""A JupyterLab of its own with copies of a notebook, and the panel in it as somebody sees and uses it."""

from __future__ import annotations

import json
import re
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from panel_page import Steps
from servers import free_port, running

from funnelsim.show.parameters import shipped_notebooks

TOKEN = "funnelsim-test"
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


def shorter(source: str, replications: int, target: Path) -> None:
    """A copy of a shipped notebook with so many simulated years."""
    book = nbformat.read(shipped_notebooks() / source, as_version=4)
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = re.sub(r"replications = \d+", f"replications = {replications}", cell.source)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, target)


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
    address = f"http://127.0.0.1:{port}"

    def listens() -> bool:
        try:
            urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=2).close()
        except OSError:
            return False
        return True

    try:
        with running(command, home, home / "lab.log", listens, compiled):
            yield address
    finally:
        shutil.rmtree(home, ignore_errors=True)


class PanelPage(Steps):
    """The panel of a notebook in JupyterLab, whose kernel can be asked.

    shows   what is on the page when the panel is
    """

    def __init__(self, page: Any, address: str, notebook: str, shows: str = ".fs-slider"):
        super().__init__(page)
        page.goto(f"{address}/doc/tree/{notebook}.ipynb?token={TOKEN}", wait_until="commit")
        page.wait_for_function(READY, timeout=90_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(shows, timeout=90_000)

    def ask(self, expression: str) -> str:
        """The value of an expression in the notebook's kernel, as Python writes it."""
        return self.page.evaluate(ASK, expression)
