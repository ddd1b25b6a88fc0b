"""The command line: a thin face on the package; every command has its module in `funnelsim/commands`.

Answers go to standard output, words about progress and errors to standard error. Exit 0 is done,
1 the input is wrong or a check failed, 2 the command was not understood.
"""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = ("app", "check", "compare", "demo", "fit", "lab", "report", "run", "start", "sweep")
"""Name of a command, of its module in `funnelsim.commands` and of the function there."""


class Commands(click.Group):
    """Finds a command in its module when it is asked for: nobody waits for those not used."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return getattr(import_module(f"funnelsim.commands.{name}"), name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="funnelsim")
def main() -> None:
    """A flight simulator for B2B sales funnels: what is a change worth, how sure is that, which deals does it turn?

    Start with `funnelsim demo`.
    """
