"""`funnelsim lab`: the notebooks in JupyterLab."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from funnelsim.commands.shared import command
from funnelsim.labels import text


@command(epilog="funnelsim lab --folder my_course")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("funnelsim-notebooks"), show_default=True
)
@click.option("--no-browser", is_flag=True)
def lab(folder: Path, no_browser: bool) -> None:
    """Open JupyterLab on the start notebook, on this computer only."""
    from funnelsim.engine import readiness
    from funnelsim.show.lab import open_lab

    if readiness.begin():
        click.echo(text("cli.compiling"), err=True)
    sys.exit(open_lab(folder, browser=not no_browser))
