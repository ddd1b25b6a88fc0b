"""The start notebook in a real JupyterLab: the panel comes up, and a moved slider changes the answer."""

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
from pathlib import Path

import nbformat
import pytest

from funnelsim.show.parameters import shipped_notebooks

pytestmark = pytest.mark.browser
TOKEN = "funnelsim-test"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, with the start notebook on a small company."""
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    book = nbformat.read(shipped_notebooks() / "00_start.ipynb", as_version=4)
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = re.sub(r"replications = \d+", "replications = 6", cell.source)
    nbformat.write(book, work / "start.ipynb")
    settings = home / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(
        json.dumps(
            {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
        )
    )
    port = free_port()
    folders = {
        name: str(home / name)
        for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    for folder in folders.values():
        Path(folder).mkdir()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={work}",
        f"--LabApp.app_settings_dir={settings}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with open(home / "lab.log", "wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **folders}, stdout=log, stderr=log)
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


READY = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.sessionContext && panel.sessionContext.session;
    return !!(panel && panel.sessionContext.isReady && session && session.kernel &&
              session.kernel.status === 'idle');
}"""
DRAWN = """() => [...document.querySelectorAll('.fs-kpi')].map(e => e.textContent).join(' ')"""


@pytest.fixture
def opened(lab, browser, watch):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    seen = watch(page, lab)
    page.goto(f"{lab}/doc/tree/start.ipynb?token={TOKEN}", wait_until="commit")
    page.wait_for_function(READY, timeout=90_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".fs-slider", timeout=90_000)
    yield page, seen
    context.close()


def test_a_moved_slider_changes_the_answer_and_the_language_switches(opened):
    page, seen = opened
    page.wait_for_function(
        "document.querySelectorAll('.fs-kpi + * .main-svg, .fs-kpi ~ * .main-svg').length > 0", timeout=60_000
    )
    assert page.locator(".fs-slider").count() == 3
    at_rest = page.evaluate(DRAWN)
    page.locator(".fs-slider .noUi-handle").nth(1).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        """was => [...document.querySelectorAll('.fs-kpi')].some(
            e => e.textContent.length > 20 && e.textContent !== was)""",
        arg=at_rest,
        timeout=90_000,
    )
    page.wait_for_function(
        "() => /long run/.test(document.querySelector('.fs-kpi').textContent)", timeout=90_000
    )
    moved = page.evaluate(DRAWN)
    assert re.search("better|worse|tie", moved)
    drawn = page.locator(".fs-kpi ~ * .main-svg").all_text_contents()
    assert any("first year" in words for words in drawn)
    page.locator(".fs-language button").nth(1).click()
    page.wait_for_function(
        "() => /第一年/.test(document.querySelector('.fs-kpi').textContent)", timeout=90_000
    )
    assert "销售" in page.locator(".fs-lever").nth(1).inner_text()
    assert page.locator(".fs-error").count() == 0
    assert seen.outside == []
