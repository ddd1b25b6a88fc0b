"""`funnelsim demo`: the main job in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from funnelsim.commands.shared import command, echo, progress, say


@command(
    "json", "seed", "replications", "workers", "engine", epilog="funnelsim demo --history crm_export.csv"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
)
@click.option("--history", type=click.Path(path_type=Path))
def demo(out: Path, history: Path | None, as_json: bool, **how: Any) -> None:
    """The main job in one go: import, fit, compare, report; the answer stands in the last three lines."""
    from funnelsim.show.demo import tour

    done = tour(history, out, **how, progress=progress, tell=lambda line: echo(line, err=as_json))
    say(as_json, done.json(), done.lines)
