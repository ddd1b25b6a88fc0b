"""What the command line did not understand, in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import IO, Any

import click

from funnelsim.labels import text
from funnelsim.labels.printable import printable


class Misunderstood(click.UsageError):
    """A usage error whose frame and message are ours; the exit code stays 2."""

    def show(self, file: IO[Any] | None = None) -> None:
        lines = []
        if self.ctx is not None:
            pieces = " ".join([self.ctx.command_path, *self.ctx.command.collect_usage_pieces(self.ctx)])
            helps = f"{self.ctx.command_path} --help"
            lines = [text("usage.usage", usage=pieces), text("usage.help", command=helps), ""]
        said = "\n".join([*lines, text("usage.error", message=self.message)])
        click.echo(printable(said), file=file, err=True)


def in_words(error: click.UsageError, context: click.Context) -> Misunderstood:
    """The same error, said by us."""
    return Misunderstood(_message(error), error.ctx or context)


def _message(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            near = text("usage.near", names=_names(error.possibilities)) if error.possibilities else ""
            return text("usage.no_such_option", option=error.option_name) + near
        case click.MissingParameter():
            return text("usage.missing", name=_hint(error))
        case click.BadParameter():
            allowed = _allowed(error.param.type) if error.param is not None else ""
            return text("usage.bad_value", name=_hint(error), allowed=allowed or error.message)
        case click.BadOptionUsage():
            return text("usage.option_use", option=error.option_name)
    extra = re.match(r"Got unexpected extra arguments? \((.*)\)", error.message)
    return text("usage.extra", names=extra[1]) if extra else error.message


def _hint(error: click.BadParameter) -> str:
    hint = error.param_hint
    if hint is None and error.param is not None and error.ctx is not None:
        hint = error.param.get_error_hint(error.ctx)
    return _names([hint] if isinstance(hint, str) else hint or [])


def _names(names: Sequence[str]) -> str:
    return " / ".join(names).replace("'", "")


def _allowed(kind: click.ParamType) -> str:
    """What a parameter may be, where that can be said shortly."""
    match kind:
        case click.Choice():
            return text("usage.one_of", names=", ".join(str(choice) for choice in kind.choices))
        case click.IntRange(min=int(low), max=int(high)):
            return text("usage.between", low=low, high=high)
        case click.types.IntParamType():
            return text("usage.whole")
    return text("usage.many") if kind.name == "replications" else ""
