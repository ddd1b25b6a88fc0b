"""`funnelsim app`: a notebook as a page, without its code."""

from __future__ import annotations

from pathlib import Path

import click

from funnelsim.commands.shared import command, echo
from funnelsim.labels import text


@command(epilog="funnelsim app what_if")
@click.argument("notebook", required=False)
@click.option("--all", "everything", is_flag=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("funnelsim-notebooks"), show_default=True
)
@click.option("--ip", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--keep", type=click.FloatRange(0.25, 1440), default=15, show_default=True, metavar="MINUTES")
@click.option("--no-browser", is_flag=True)
def app(notebook: str | None, everything: bool, folder: Path, ip: str, port: int | None, keep: float,
        no_browser: bool) -> None:  # fmt: skip
    """Show a notebook as a page without its code: for a room, or for whoever only wants the sliders."""
    from funnelsim.engine import readiness
    from funnelsim.show.app import open_app

    if notebook and everything:
        raise click.UsageError(text("app.all_or_one"))
    if readiness.begin():
        echo(text("cli.compiling"), err=True)
    open_app(notebook, folder, everything, ip, port, not no_browser, keep, echo)
