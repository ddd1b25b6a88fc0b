"""Kernels that are born knowing everything: one process imports and runs what a panel needs, and forks for each page.

A kernel that starts by itself takes some ten seconds of a processor and a third of a gigabyte; one that is born here
a fraction of both, because what was read and compiled before is shared until somebody writes on it.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

KERNEL = "funnelsim"
NURSLING = Path(__file__).with_name("nursling.py")


def can_be() -> bool:
    """Whether this system can fork; elsewhere every kernel starts by itself."""
    return sys.platform == "linux" and os.environ.get("FUNNELSIM_NURSERY") != "no"


def begin(folder: Path) -> subprocess.Popen:
    """Start a nursery that listens in a folder of one's own, where its kind of kernel is written down as well."""
    kind = folder / "kernels" / KERNEL
    kind.mkdir(parents=True)
    address = folder / "nursery"
    argv = [sys.executable, "-I", "-S", str(NURSLING), str(address), "{connection_file}"]
    said = {"argv": argv, "display_name": "funnelsim", "language": "python", "metadata": {"debugger": False}}
    (kind / "kernel.json").write_text(json.dumps(said), "utf-8")
    quiet = {
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }  # no thread beside the one that forks
    command = [sys.executable, "-m", __name__, str(address)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, **quiet})


def warm() -> None:
    """Read and run once what the panels of a page read and run: whoever is born afterwards knows it."""
    import anywidget  # noqa: F401
    import ipykernel.kernelapp
    import ipykernel.zmqshell  # noqa: F401
    import ipywidgets  # noqa: F401

    from funnelsim.engine import readiness
    from funnelsim.scenario import files
    from funnelsim.show import figures, panels, sections
    from funnelsim.show.figures import outcomes
    from funnelsim.show.lessons import all as lessons  # noqa: F401
    from funnelsim.show.panels.explorer import explorer_levers
    from funnelsim.study.compare import compare

    readiness.compile_once()
    for name in panels.__all__:
        getattr(panels, name)
    company = files.load("industrial_8x8")
    explorer_levers(company)
    busier = company.replace("team.reps.*.weekly_hours", "=*1.2")
    answer = compare(company, {"busier": busier}, replications=2, workers=1)
    outcomes.difference_drawn(answer, live=True)
    outcomes.outcomes_drawn(answer, base=answer.base, live=True)
    sections.numbers(answer)
    figures.process_picture(company)


def listen(address: Path) -> None:
    """Give birth to a kernel for whoever asks, until whoever started this has gone."""
    line = socket.socket(socket.AF_UNIX)
    line.bind(str(address))
    line.listen(128)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a kernel that has gone
    gc.collect()
    gc.freeze()
    while sys.stdin not in select.select([line, sys.stdin], [], [])[0]:  # which ends when the server does
        asker, _ = line.accept()
        if os.fork() == 0:
            line.close()
            _live(asker)
        asker.close()


def _live(asker: socket.socket) -> None:
    """Be the kernel that somebody asked for; its end is ours."""
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked = json.loads(asker.makefile("rb").readline())
        os.environ.clear()
        os.environ.update(asked["environment"], JPY_PARENT_PID=str(os.getppid()))
        os.chdir(asked["folder"])
        threading.Thread(target=_heed, args=(asker,), name="funnelsim-heed", daemon=True).start()
        _speak_up(asked["connection"])
    finally:
        os._exit(0)


def _speak_up(connection: str) -> None:
    """Run as a kernel, and say to libraries that were read before there was one that there is one now."""
    import ipywidgets
    import plotly.io
    from ipykernel.kernelapp import IPKernelApp

    from funnelsim import labels

    labels.use(os.environ.get("FUNNELSIM_LANG", "en"))
    sys.argv = ["ipykernel_launcher", "-f", connection]
    kernel = IPKernelApp.instance(quiet=True)
    kernel.initialize(sys.argv[1:])
    ipywidgets.register_comm_target()
    plotly.io.renderers.default = "plotly_mimetype"
    kernel.start()


def _heed(asker: socket.socket) -> None:
    with suppress(OSError):
        while said := asker.recv(1):
            if said == b"i":
                os.kill(os.getpid(), signal.SIGINT)
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the server
    warm()
    listen(Path(sys.argv[1]))
