"""The help of commands, in the language that was asked for; its words stand in the catalogues under `help`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import pairwise

import click

from funnelsim import labels
from funnelsim.labels import has, text
from funnelsim.labels.lines import broken

AS_WRITTEN = "\b\n"
"""What tells click to leave the lines of a paragraph as they are."""
_DEFAULT = re.compile(r"\[default: ")


def speak(args: list[str]) -> None:
    """The language, before anything else on the line may be wrong."""
    asked = [two for one, two in pairwise(args) if one == "--lang"]
    asked += [one.partition("=")[2] for one in args if one.startswith("--lang=")]
    wanted = [*reversed(asked), os.environ.get("FUNNELSIM_LANG")]
    labels.use(next((lang for lang in wanted if lang in labels.LANGUAGES), "en"))


def fill_in(command: click.Command, context: click.Context) -> None:
    """Give a command and its options their words: `help.COMMAND.does` and `.OPTION`, else `help.option.OPTION`."""
    of = command.callback.__name__ if command.callback else ""
    command.help = text(f"help.{of}.does")
    if has(f"help.{of}.more"):
        command.help += "\n\n" + text(f"help.{of}.more")
    for option in command.get_params(context):
        if isinstance(option, click.Option):
            name = "help" if option is command.get_help_option(context) else option.name
            own = f"help.{of}.{name}"
            option.help = text(own if has(own) else f"help.option.{name}")


class Page(click.HelpFormatter):
    """A help page whose frame is in our words, and whose Chinese lines end where the terminal does."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or text("usage.usage", usage=""))

    def write_heading(self, heading: str) -> None:
        super().write_heading(text(f"help.heading.{heading.lower()}"))

    def write_text(self, text: str) -> None:
        columns = self.width - self.current_indent
        super().write_text("\n\n".join(_lines(part, columns) for part in text.split("\n\n")))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:  # as click lays it out, with lines of ours
        rows = list(rows)
        first = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        said = [(name, _DEFAULT.sub(f"[{text('help.default')}", words)) for name, words in rows]
        super().write_dl(
            [(name, _lines(words, self.width - first - 2)) for name, words in said], col_max, col_spacing
        )


def _lines(paragraph: str, columns: int) -> str:
    return AS_WRITTEN + "\n".join(broken(" ".join(paragraph.split()), columns))


class Context(click.Context):
    """What a command is called in; its help is a `Page`."""

    formatter_class = Page
