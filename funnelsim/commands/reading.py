"""The options by which commands read a CRM export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from funnelsim.history.reader import History


def reading(function: Callable) -> Callable:
    """Options for how a history is read; the command hands them to `read` as it gets them."""
    options = (
        click.option("--format", "format", default="auto", show_default=True, metavar="NAME"),
        click.option("--mapping", type=click.Path(path_type=Path), metavar="FILE"),
        click.option("--with", "tables", multiple=True, type=click.Path(path_type=Path), metavar="FILE"),
        click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"])),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def read(
    history: Path, format: str, mapping: Path | None, tables: tuple[Path, ...], as_of: datetime | None
) -> History:
    """The history that the options of `reading` ask for."""
    from funnelsim.history.reader import read_history

    return read_history(history, as_of.date() if as_of else None, mapping, format, tables)


def guess(history: Path, out: Path | None) -> dict[str, Any]:
    """Write a mapping to edit, beside the working folder's other files where no path is given; never over one."""
    from funnelsim.atomic import atomic_write
    from funnelsim.errors import RunError
    from funnelsim.history.guess import guess_mapping

    path = out or Path(f"{history.stem}.mapping.yaml")
    if path.exists():
        raise RunError.of(str(path), "mapping_there")
    made = guess_mapping(history, path.name)
    with atomic_write(path) as part:
        part.write_text(made, "utf-8")
    return {"mapping": str(path)}
