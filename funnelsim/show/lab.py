"""`funnelsim lab`: the notebooks in a folder of the user's own, and JupyterLab open on the first one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from funnelsim.atomic import atomic_write
from funnelsim.labels import language
from funnelsim.show.parameters import shipped_notebooks

START = "00_start.ipynb"
_NO_NEWS = """{
  "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false},
  "@jupyterlab/translation-extension:plugin": {"locale": "%s"}
}
"""


def copy_notebooks(folder: Path) -> list[Path]:
    """Copy the shipped notebooks into a folder; what stands there already stays as it is."""
    source, made = shipped_notebooks(), []
    for notebook in sorted(source.rglob("*")):
        target = folder / notebook.relative_to(source)
        if notebook.is_file() and ".ipynb_checkpoints" not in notebook.parts and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(target) as part:
                shutil.copyfile(notebook, part)
            made.append(target)
    return made


def open_lab(folder: Path, browser: bool = True) -> int:
    """Start JupyterLab on the start notebook, on the loopback address, and wait until it ends."""
    copy_notebooks(folder)
    with tempfile.TemporaryDirectory() as settings:
        locale = {"zh": "zh_CN"}.get(language(), "default")
        (Path(settings) / "overrides.json").write_text(_NO_NEWS % locale, "utf-8")
        command = [
            sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={folder.resolve()}", f"--LabApp.app_settings_dir={settings}",
            f"--LabApp.default_url=/lab/tree/{START}",
        ]  # fmt: skip
        if not browser:
            command.append("--no-browser")
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # a container; Jupyter refuses root unless told
            command.append("--allow-root")
        try:
            return subprocess.call(command, env={**os.environ, "FUNNELSIM_LANG": language()})
        except KeyboardInterrupt:
            return 0
