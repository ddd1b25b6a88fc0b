"""`funnelsim app`: notebooks as pages for a room that wants no code, served by Voila with a template of our own.

Every page has a company of its own, in a kernel of its own. The kernel goes when the page is closed, and some minutes
later where a page fell silent: a lid was shut, a network was lost.
"""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import nbformat
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets.config import Config
from voila.app import Voila

from funnelsim import errors
from funnelsim.errors import RunError
from funnelsim.labels import LANGUAGES, language, text
from funnelsim.show import nursery
from funnelsim.show.figures.theme import FONT
from funnelsim.show.front import FOR_OTHERS
from funnelsim.show.lab import START, copy_notebooks
from funnelsim.show.page import NOT_IN_PAGE, PLOTLY, VIEW
from funnelsim.show.parameters import ANY, notebook_file, shipped_notebooks

HERE = "127.0.0.1"
PORT = 8866
KEEP = 15.0  # minutes
TEMPLATES = Path(__file__).parent / "jupyter"
_TEXTS = ("starting", "failed", "lost", "again", "back", "missing", "broken")
_LOOK = 10.0  # seconds between two looks of a page whether its company is still there
_EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
)
_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self' data: blob: ws: wss:; frame-ancestors 'self'"
)


def open_app(
    notebook: str | None = None,
    folder: Path = Path("funnelsim-notebooks"),
    everything: bool = False,
    ip: str = HERE,
    port: int | None = None,
    browser: bool = True,
    keep: float = KEEP,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve a notebook, or a list of all in the folder, until somebody stops it.

    notebook     name of a shipped one, such as `what_if`, or a path; 00_start unless told
    folder       where shipped notebooks are copied to, as `funnelsim lab` does; what is there stays as it is
    everything   a page that lists every notebook of the folder
    ip           the address to listen at; anything but this computer's own asks visitors for a key
    port         8866, or the next that is free; one that is named must be free
    keep         minutes that the company of a page is kept after the page has fallen silent
    tell         is told where the app is found
    """
    served = None if everything else served_file(notebook or START, folder)
    if everything:
        copy_notebooks(folder)
    free = free_port(ip, port)
    os.environ["FUNNELSIM_LANG"] = language()
    os.environ[FOR_OTHERS] = "" if is_loopback(ip) else "1"
    app = App.instance(config=_config(ip, free, keep, folder if everything else None))
    app.tell, app.opens = tell, browser
    with tempfile.TemporaryDirectory(prefix="funnelsim-") as kinds, _nursery(Path(kinds)):
        paths = [str(TEMPLATES), kinds, os.environ.get("JUPYTER_PATH")]
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
        app.initialize([str(served or folder.resolve())])
        app.start()


@contextmanager
def _nursery(folder: Path) -> Iterator[None]:
    """Where kernels are born while the app runs, on a system that can."""
    if not nursery.can_be():
        yield
        return
    born = nursery.begin(folder)
    try:
        yield
    finally:
        born.terminate()
        born.wait()


def served_file(name: str, folder: Path) -> Path:
    """The notebook to serve: a file by its path, or a shipped one's copy in the folder."""
    file = notebook_file(name, ANY)
    shipped = shipped_notebooks().resolve()
    if not file.is_relative_to(shipped):
        return file
    copy_notebooks(folder)
    return (folder / file.relative_to(shipped)).resolve()


def free_port(ip: str, port: int | None) -> int:
    """The port to listen at: the one that is asked for, else 8866 or the next free one; RunError where none is."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    for one in [port] if port else range(PORT, PORT + 100):
        with socket.socket(family) as trial:
            if os.name == "posix":  # as the server does: a port that has just been left is free
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((ip, one))
                return one
            except OSError as fault:
                reason = fault.strerror or str(fault)
    raise RunError.of(f"{ip}:{port or PORT}", "app_address", reason=reason)


def listed(folder: Path) -> list[tuple[str, str, str]]:
    """Every notebook of a folder: its path in there, its title in English and in Chinese."""
    rows = []
    for file in sorted(folder.rglob("*.ipynb")):
        inside = file.relative_to(folder)
        if any(part.startswith(".") for part in inside.parts):
            continue
        cells = nbformat.read(file, as_version=4).cells
        heads = [line for cell in cells for line in cell.source.splitlines() if line.startswith("# ")]
        title = heads[0][2:].strip() if heads else file.stem
        halves = title.split(" · ")
        rows.append((inside.as_posix(), halves[0], halves[-1]))
    return rows


def _config(ip: str, port: int, keep: float, folder: Path | None) -> Config:
    loopback = is_loopback(ip)
    config = Config()
    config.Voila.ip, config.Voila.port, config.Voila.port_retries = ip, port, 0
    config.Voila.config_file_paths, config.Voila.log_level = [], 30  # WARNING: what people need, `App` says
    config.Voila.tornado_settings = {
        "headers": {"Content-Security-Policy": _POLICY},
        "allow_remote_access": not loopback,  # else only who asks for this computer by its own name is answered
        "local_hostnames": ["localhost"],
    }
    if not loopback:
        config.Voila.token = secrets.token_urlsafe(12)
    page: dict[str, Any] = {
        "lang": "zh-CN" if language() == "zh" else "en",
        "font": FONT,
        "look_ms": int(_LOOK * 1000),
        "hidden": NOT_IN_PAGE,
        "plotly": PLOTLY,
        "widget": VIEW,
        "said": [kind.__name__ for kind in errors.FunnelError.__subclasses__()],
        "notebooks": listed(folder) if folder else [],
    }
    page |= {lang: {name: text(f"app.{name}", lang) for name in _TEXTS} for lang in LANGUAGES}
    pages = config.VoilaConfiguration
    pages.template, pages.resources = "funnelsim", {"app": page}
    pages.allow_template_override = pages.allow_theme_override = "NO"
    pages.classic_tree, pages.file_allowlist = True, []
    pages.show_tracebacks = True  # the template says them in words
    pages.extension_allowlist = list(_EXTENSIONS)
    pages.prelaunch_hook, pages.multi_kernel_manager_class = _before, Kernels
    config.VoilaExecutor.startup_timeout = 300  # a room that comes through the door at once
    kernels = config.MappingKernelManager
    kernels.cull_idle_timeout = max(1, round(60 * keep))
    kernels.cull_interval = max(1, min(30, round(60 * keep / 4)))
    kernels.cull_connected, kernels.cull_busy = False, False  # a page that is being made has nobody yet
    return config


def is_loopback(ip: str) -> bool:
    """Whether an address is this computer's own, which nobody else reaches."""
    try:
        return ip_address(ip).is_loopback
    except ValueError:
        return ip == "localhost"


def _before(request: Any, notebook: Any, cwd: str) -> None:
    """What a page gets before it is made: the cookie with which it ends its kernel, a kind of kernel, a language."""
    _ = request.xsrf_token
    if notebook.metadata.kernelspec.name == "python3" and nursery.can_be():
        notebook.metadata.kernelspec.name = nursery.KERNEL
    asked = request.get_argument("lang", "")
    if asked in LANGUAGES:
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source += f'\nlang = "{asked}"'


class Kernels(AsyncMappingKernelManager):
    """Kernels whose minutes of silence begin when their page has gone, not when somebody last moved a slider."""

    def notify_disconnect(self, kernel_id: str) -> None:
        super().notify_disconnect(kernel_id)
        last = getattr(self._kernels.get(kernel_id), "last_activity", None)
        if last is not None:
            self._kernels[kernel_id].last_activity = last.now(last.tzinfo)


class App(Voila):
    """Voila, saying in our words where it is found."""

    name = "voila"
    tell: Callable[[str], None]
    opens: bool

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        self.static_paths.append(str(files("plotly") / "package_data"))  # plotly.min.js

    def init_settings(self) -> dict[str, Any]:
        settings = super().init_settings()
        settings["voila_jinja2_env"].globals["app"] = self.config.VoilaConfiguration.resources["app"]
        return settings

    def launch_browser(self) -> None:
        """The server listens: say where, and show it."""
        key = f"?token={self.token}" if self.token else ""
        name = socket.gethostname() if self.ip in ("0.0.0.0", "::", "") else self.ip
        address = f"{self._url(f'[{name}]' if ':' in name else name)}{key}"
        self.tell(text("app.here" if is_loopback(self.ip) else "app.open_to_all", address=address))
        if self.opens:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
