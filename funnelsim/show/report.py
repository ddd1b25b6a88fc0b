"""Reports: a notebook with a cell of parameters, executed, kept and turned into a page.

`run_report` checks the parameters before any kernel starts, executes with papermill, writes the page
and the manifest, and lays everything on the shelf (`DIR/<scenario>/<run-id>/`). A notebook that fails
leaves what it had got to, and a manifest with the error.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nbformat

from funnelsim import labels
from funnelsim.atomic import atomic_write
from funnelsim.engine.choice import prepare
from funnelsim.errors import RunError
from funnelsim.labels import text
from funnelsim.show import chromium, shelf
from funnelsim.show.parameters import check_parameters, notebook_file, parameters_of

FORMATS = ("html", "pdf")
_PACKAGES = ("funnelsim", "numpy", "scipy", "pandas", "simpy", "plotly", "papermill", "nbconvert", "numba")


@dataclass(frozen=True)
class ReportRun:
    """One kept run: where it lies and what its manifest says."""

    folder: Path
    html: Path
    notebook: Path
    manifest: dict[str, Any] = field(repr=False)
    pdf: Path | None = None

    @property
    def id(self) -> str:
        return str(self.manifest["run"])

    @property
    def status(self) -> str:
        return str(self.manifest["status"])


def run_report(
    notebook: str | Path = "comparison",
    parameters: Mapping[str, Any] | None = None,
    out: str | Path = "reports",
    lang: str | None = None,
    formats: Sequence[str] = ("html",),
    digest: str = "",
    timeout: float | None = None,
    waits: bool = True,
) -> ReportRun:
    """Execute a report notebook, write its page and keep the run under `out`.

    parameters   values for names of the notebook's cell of parameters
    digest       digest of the scenario, where the caller knows it; else what the notebook hands over
    formats      html, and pdf where a Chromium is there to print it
    timeout      seconds a single cell may take
    waits        whether it waits for the fast engine where that has to be compiled first

    Raises RunError for parameters that do not fit (nothing is started), and when the notebook fails
    (what it had got to is kept, `latest` stays where it was).
    """
    lang = lang or labels.language()
    file = notebook_file(notebook)
    known = {p.name: p.default for p in parameters_of(file)}
    ready = check_parameters(file, dict(parameters or {}))
    if "lang" in known:
        ready.setdefault("lang", lang)
    for wanted in formats:
        if wanted not in FORMATS:
            raise RunError.of("format", "unknown_format", given=wanted, known=", ".join(FORMATS))
    browser = chromium.found() if "pdf" in formats else ""
    if waits:
        prepare("auto")  # and say what is waited for: nobody hears the notebook's kernel
    shelf_folder = Path(out).resolve()
    started = datetime.now(UTC)
    with shelf.making(shelf_folder) as part:
        told = {k: v for k, v in ready.items() if k != "keep"}
        asked = _absolute(ready)
        if "keep" in known:
            asked["keep"] = str(part)
        error = _execute(file, part / f"{file.stem}.ipynb", asked, timeout)
        manifest = _manifest(part, file, {**known, **told}, started, digest, error)
        try:
            _write_page(part, file.stem, manifest, lang)
        except Exception as fault:  # a page that cannot be made is a failed run, with its notebook kept
            if not error:
                error = f"{type(fault).__name__}: {fault}"
                manifest |= {"status": "failed", "error": error}
        if browser and not error:
            manifest["pdf"] = f"{file.stem}.pdf"
            with atomic_write(part / manifest["pdf"]) as made:
                chromium.print_page(part / manifest["html"], made, browser)
        manifest["changed"] = _changed(shelf_folder, manifest)
        shelf.write_json(part / "manifest.json", manifest)
        stamp = f"{started:%Y%m%dT%H%M%SZ}-{manifest['digest'][:8]}-{manifest.get('seed', 0)}"
        folder = shelf.place(part, shelf_folder, manifest["scenario"], stamp)
    shelf.publish(shelf_folder, lang)
    if error:
        raise RunError.of(str(file.name), "report_failed", error=error, folder=str(folder))
    kept = json.loads((folder / "manifest.json").read_text("utf-8"))
    pdf = folder / kept["pdf"] if kept.get("pdf") else None
    return ReportRun(folder, folder / kept["html"], folder / f"{file.stem}.ipynb", kept, pdf)


def _absolute(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters whose texts name existing files get the full path: the kernel works in another folder."""
    return {
        k: str(Path(v).resolve())
        if isinstance(v, str)
        and v
        and len(v) < 1000
        and ("/" in v or "." in v or os.sep in v)
        and Path(v).exists()
        else v
        for k, v in parameters.items()
    }


def _execute(file: Path, target: Path, parameters: dict[str, Any], timeout: float | None) -> str:
    """Run a notebook; its error in one line, or nothing."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        papermill.execute_notebook(
            str(file),
            str(target),
            parameters,
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            cwd=str(target.parent),
            execution_timeout=timeout,
            extra_arguments=["--log-level=ERROR"],
        )
    except papermill.PapermillExecutionError as fault:
        return f"{fault.ename}: {fault.evalue}"
    except (CellTimeoutError, DeadKernelError) as fault:
        return f"{type(fault).__name__}: {str(fault).splitlines()[0]}"
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"
    return ""


def _manifest(
    part: Path, file: Path, parameters: dict[str, Any], started: datetime, digest: str, error: str
) -> dict[str, Any]:
    """What is known of the run; the notebook's own facts (`facts.json`) count more than guesses."""
    facts: dict[str, Any] = {}
    if (part / "facts.json").exists():
        facts = json.loads((part / "facts.json").read_text("utf-8"))
        (part / "facts.json").unlink()
    plain = json.dumps(parameters, sort_keys=True, ensure_ascii=False, default=str)
    scenario = str(
        facts.pop("scenario_id", "")
        or Path(str(parameters.get("scenario") or parameters.get("history") or file.stem)).stem
    )
    return {
        "run": "",
        "status": "failed" if error else "done",
        **({"error": error} if error else {}),
        "notebook": file.stem,
        "scenario": scenario,
        "parameters": parameters,
        "digest": digest or hashlib.sha256(plain.encode()).hexdigest(),
        "seed": parameters.get("seed", 0),
        "replications": parameters.get("replications"),
        **facts,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": _versions(),
        "git": _revision(),
    }


def _write_page(part: Path, stem: str, manifest: dict[str, Any], lang: str) -> None:
    from funnelsim.show.page import page  # nbconvert takes its time

    executed = nbformat.read(part / f"{stem}.ipynb", as_version=4)
    title = text("report.title", lang, scenario=manifest.get("title") or manifest["scenario"])
    with atomic_write(part / f"{stem}.html") as made:
        made.write_text(page(executed, title, lang), "utf-8")
    manifest["html"] = f"{stem}.html"


def _changed(out: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """What differs from the last good run of the same notebook and scenario: name -> [then, now]."""
    for last in shelf.runs(out):
        if last.get("status") == "done" and all(last.get(k) == manifest[k] for k in ("notebook", "scenario")):
            then = {
                **last.get("parameters", {}),
                "digest": last.get("digest"),
                "packages": last.get("packages"),
            }
            now = {**manifest["parameters"], "digest": manifest["digest"], "packages": manifest["packages"]}
            return {k: [then.get(k), now.get(k)] for k in {**then, **now} if then.get(k) != now.get(k)}
    return {}


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _revision() -> str | None:
    """The git revision of a working copy of funnelsim, nothing for an installed one."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        asked = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip() or None
