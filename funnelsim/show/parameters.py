"""What a report notebook can be told: its cell tagged `parameters`, checked before a kernel starts."""

from __future__ import annotations

import ast
import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import nbformat

from funnelsim.errors import Fault, RunError

REPORTS, ANY = "reports/*.ipynb", "**/*.ipynb"


@dataclass(frozen=True)
class Parameter:
    """A line of the cell tagged `parameters`: its name, its default and the comment that explains it."""

    name: str
    default: Any
    help: str = ""


def notebook_file(name: str | Path, which: str = REPORTS) -> Path:
    """A notebook: a path, or the name of a shipped one, such as `comparison`, with its folder or without.

    which   which of the shipped ones: a pattern of their paths, reports unless told
    """
    given = Path(name)
    if given.suffix == ".ipynb" and given.is_file():
        return given.resolve()
    folder, asked = shipped_notebooks().resolve(), str(name).replace("\\", "/").removesuffix(".ipynb")
    shipped = [file for file in sorted(folder.glob(which)) if ".ipynb_checkpoints" not in file.parts]
    known = [
        file.stem if which == REPORTS else file.relative_to(folder).with_suffix("").as_posix()
        for file in shipped
    ]
    for file, path in zip(shipped, known, strict=True):
        if asked in (path, file.stem):
            return file
    near = difflib.get_close_matches(asked, known, 1)
    near = near or [
        path for path in known for stem in difflib.get_close_matches(asked, [path.split("/")[-1]])
    ]
    near = near or known[:1]
    raise RunError.of(
        str(name), "unknown_notebook", known=", ".join(known) or "–", nearest=near[0] if near else "–"
    )


def shipped_notebooks() -> Path:
    """The folder of the notebooks that come with funnelsim."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_shipped" / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def parameters_of(notebook: str | Path) -> list[Parameter]:
    """What a report notebook can be told, in the order of its cell of parameters."""
    file = notebook_file(notebook)
    try:
        cells = nbformat.read(file, as_version=4).cells
    except (ValueError, KeyError, OSError) as fault:  # nbformat raises ValueErrors for what is no notebook
        raise RunError.of(str(file), "no_notebook", reason=str(fault).splitlines()[0]) from fault
    tagged = [c for c in cells if c.cell_type == "code" and "parameters" in c.metadata.get("tags", [])]
    if not tagged:
        raise RunError.of(str(file), "no_parameters")
    source = tagged[0].source
    rows, found = source.splitlines(), []
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and getattr(node, "value", None) is not None:
            comment = re.search(r"#\s*(.*)$", rows[node.end_lineno - 1][node.end_col_offset :])
            found.append(
                Parameter(target.id, ast.literal_eval(node.value), comment.group(1) if comment else "")
            )
    return found


def check_parameters(notebook: str | Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as a notebook takes them; every name or value that does not fit is told at once."""
    known = {p.name: p for p in parameters_of(notebook)}
    faults, ready = [], {}
    for name, value in given.items():
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1, 0.4) or list(known)[:1]
            facts = {"name": name, "known": ", ".join(known), "nearest": near[0]}
            faults.append(Fault(str(name), "unknown_parameter", facts))
            continue
        try:
            ready[name] = _fitting(_plain(value), known[name].default)
        except (TypeError, ValueError):
            facts = {"value": repr(value)[:80], "example": repr(known[name].default)}
            faults.append(Fault(str(name), "wrong_parameter", facts))
    if faults:
        raise RunError(str(notebook), faults)
    return ready


def _plain(value: Any) -> Any:
    """A value that a notebook can hold: dates become ISO texts, paths texts, numpy numbers numbers."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(value)


def _fitting(value: Any, default: Any) -> Any:
    """The value in the type of its default; a text becomes a number where a number is meant."""
    if default is None or type(value) is type(default) or (value is None and default == ""):
        return "" if value is None else value
    if (
        isinstance(default, bool)
        and isinstance(value, str)
        and value.lower() in ("true", "false", "yes", "no")
    ):
        return value.lower() in ("true", "yes")
    if isinstance(default, int) and not isinstance(default, bool) and not isinstance(value, bool):
        whole = int(value)
        if float(value) == whole:
            return whole
    elif isinstance(default, str) and isinstance(value, dict):  # changes: path -> value
        return "; ".join(f"{k}{v if str(v).startswith('=') else f'={v}'}" for k, v in value.items())
    elif isinstance(default, float) and not isinstance(value, bool):
        return float(value)
    elif isinstance(default, dict | list) and isinstance(value, str):
        read = json.loads(value)
        if type(read) is type(default):
            return read
    raise TypeError(value)
