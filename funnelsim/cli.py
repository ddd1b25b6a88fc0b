"""The command line: a thin face on the package; every command has its module in `funnelsim/commands`.

Answers go to standard output, words about progress and errors to standard error. Exit 0 is done,
1 the input is wrong or a check failed, 2 the command was not understood.
"""

from __future__ import annotations

from importlib import import_module

import click

from funnelsim.commands.helping import Context, fill_in, speak
from funnelsim.commands.misunderstood import Misunderstood, in_words
from funnelsim.labels import LANGUAGES, text

COMMANDS = ("app", "check", "compare", "demo", "fit", "lab", "report", "run", "start", "sweep")
"""Name of a command, of its module in `funnelsim.commands` and of the function there."""


class Commands(click.Group):
    """Finds a command in its module when it is asked for: nobody waits for those not used."""

    context_class = Context

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        speak(args)
        try:
            return super().parse_args(context, args)
        except click.exceptions.NoArgsIsHelpError:
            raise  # which shows the help
        except click.UsageError as error:
            raise in_words(error, context) from None

    def resolve_command(self, context: click.Context, args: list[str]) -> tuple:
        try:
            return super().resolve_command(context, args)
        except click.UsageError:
            said = text("usage.no_such_command", name=args[0], names=", ".join(COMMANDS))
            raise Misunderstood(said, context) from None

    def get_help(self, context: click.Context) -> str:
        fill_in(self, context)
        return super().get_help(context)

    def list_commands(self, context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return getattr(import_module(f"funnelsim.commands.{name}"), name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="funnelsim")
@click.option("--lang", type=click.Choice(LANGUAGES), expose_value=False)
def main() -> None:
    """The front door; what it says of itself stands in the catalogues."""
