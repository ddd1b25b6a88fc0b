"""Where report runs are kept: `DIR/<scenario>/<run-id>/`, `DIR/index.html`, `DIR/latest`.

A run is written in a hidden folder beside its place and moved there when it is complete, so nobody
meets half a run, and two runs at once do not meet either.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from typing import Any

from funnelsim.atomic import atomic_write
from funnelsim.errors import RunError
from funnelsim.labels import text

_STALE_SECONDS = 30


def folder_name(scenario: str) -> str:
    """The folder of a scenario's runs: its name without anything a file system minds."""
    name = re.sub(r"[^\w\-]+", "_", scenario).strip("_.")[:60]
    return name or "scenario"


@contextmanager
def making(out: Path) -> Iterator[Path]:
    """A hidden folder to write a run in; what is left there after the block is thrown away."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".running-", dir=out))
    except OSError as fault:
        raise RunError.of(str(out), "report_folder", reason=fault.strerror or str(fault)) from fault
    part.chmod(0o755)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def place(part: Path, out: Path, scenario: str, run: str) -> Path:
    """Move a complete run to its place; a second run of the same second gets `-2` behind its id."""
    home = out / folder_name(scenario)
    home.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        target = home / (run if number == 1 else f"{run}-{number}")
        try:
            target.mkdir()
        except FileExistsError:
            continue
        manifest = json.loads((part / "manifest.json").read_text("utf-8"))
        manifest["run"] = target.name
        write_json(part / "manifest.json", manifest)
        try:
            os.replace(part, target)
        except OSError:  # Windows does not move a folder over an empty one
            target.rmdir()
            os.replace(part, target)
        return target
    raise RunError.of(str(home), "report_folder", reason=run)


def write_json(path: Path, value: Any) -> None:
    """A JSON file, whole or not at all."""
    with atomic_write(path) as part:
        part.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")


def runs(out: Path) -> list[dict[str, Any]]:
    """The manifests of all runs, newest first, each with its `folder` relative to `out`."""
    found = []
    for home in _folders(out):
        for folder in _folders(home):
            with suppress(OSError, ValueError):
                manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
                found.append({**manifest, "folder": folder.relative_to(out).as_posix()})
    return sorted(found, key=lambda m: (str(m.get("started", "")), m["folder"]), reverse=True)


def _folders(within: Path) -> list[Path]:
    """The folders in a folder, no hidden ones and no links; another run may move them meanwhile."""
    try:
        with os.scandir(within) as entries:
            return [
                Path(e.path)
                for e in entries
                if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []


def publish(out: Path, lang: str) -> None:
    """Write the list of runs and point `latest` to the newest good one."""
    with _alone(out):
        known = runs(out)
        with atomic_write(out / "index.html") as part:
            part.write_text(_index(known, lang), "utf-8")
        good = [m for m in known if m.get("status") == "done"]
        if good:
            _point(out, good[0])


def _point(out: Path, manifest: dict[str, Any]) -> None:
    link, aside = out / "latest", out / f".latest-{os.getpid()}-{time.monotonic_ns()}"
    try:
        os.symlink(manifest["folder"], aside, target_is_directory=True)
        os.replace(aside, link)
    except OSError:  # no links here: a page that leads on
        with suppress(OSError):
            aside.unlink()
        goal = escape(f"{manifest['folder']}/{manifest.get('html', '')}")
        with atomic_write(out / "latest.html") as part:
            part.write_text(
                f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={goal}">'
                f'<a href="{goal}">{goal}</a>\n', "utf-8",
            )  # fmt: skip


def _index(known: list[dict[str, Any]], lang: str) -> str:
    head = "".join(
        f"<th>{escape(text(f'report.index.{c}', lang))}</th>"
        for c in ("started", "scenario", "notebook", "status", "report")
    )
    body = []
    for manifest in known:
        page = manifest.get("html")
        link = f'<a href="{escape(manifest["folder"])}/{escape(page)}">{escape(page)}</a>' if page else "–"
        status = escape(text(f"report.status.{manifest.get('status', 'failed')}", lang))
        if manifest.get("error"):
            status += f": {escape(str(manifest['error'])[:300])}"
        cells = [str(manifest.get(c, "")) for c in ("started", "scenario", "notebook")]
        body.append(
            "<tr>"
            + "".join(f"<td>{escape(c)}</td>" for c in cells)
            + f"<td>{status}</td><td>{link}</td></tr>"
        )
    title = escape(text("report.index.title", lang))
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title><style>'
        'body{font-family:"Helvetica Neue",Arial,"Noto Sans CJK SC","Microsoft YaHei",'
        '"WenQuanYi Micro Hei",sans-serif;'
        "max-width:1060px;margin:24px auto;padding:0 20px;color:#20262E}"
        "table{border-collapse:collapse}"
        "td,th{text-align:left;padding:5px 16px 5px 0;border-bottom:1px solid #E3E7EC}"
        f"</style></head><body><h1>{title}</h1><table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        "</body></html>\n"
    )


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One writer of the list at a time; a lock left by a killed run is broken after half a minute."""
    lock = out / ".publishing"
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > _STALE_SECONDS:
                    lock.unlink()
            time.sleep(0.05)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
