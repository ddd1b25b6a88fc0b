"""What commands share: errors as one message, common options, progress, and answers for people or programs."""

from __future__ import annotations

import json
import math
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from funnelsim import labels
from funnelsim.commands.helping import Context, fill_in
from funnelsim.commands.misunderstood import in_words
from funnelsim.errors import FunnelError, RunError
from funnelsim.labels import text
from funnelsim.labels.numbers import percent
from funnelsim.labels.printable import escaped, printable

EXPERIMENT = ("json", "seed", "many", "workers", "cluster", "engine", "cache")
"""Options of what simulates under common luck."""


class Command(click.Command):
    """A command whose errors are one clear message and whose help has an example."""

    context_class = Context

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(context, args)
        except click.UsageError as error:
            raise in_words(error, context) from None

    def get_help(self, context: click.Context) -> str:
        fill_in(self, context)
        return super().get_help(context)

    def get_short_help_str(self, limit: int = 45) -> str:
        return text(f"help.{self.name}.does").rstrip(".。")

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write(text("help.example", line=self.epilog) + "\n")  # one line, to be copied

    def invoke(self, context: click.Context) -> Any:
        try:
            with notes():
                return super().invoke(context)
        except click.UsageError as error:
            raise in_words(error, context) from None
        except FunnelError as error:
            echo(f"{type(error).__name__}: {error}", err=True)
            context.exit(1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            fault = RunError.of(str(error.filename or ""), "file_unwritable", reason=reason)
            echo(str(fault), err=True)
            context.exit(1)
        except KeyboardInterrupt:
            click.echo(text("cli.interrupted"), err=True)
            context.exit(130)


class Many(click.ParamType):
    """A number of replications, or `auto`."""

    name = "replications"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        return "auto" if value == "auto" else click.IntRange(1, 100_000).convert(value, parameter, context)


def options(*names: str) -> Callable:
    """The options that several commands share, by name."""
    known = {
        "json": click.option("--json", "as_json", is_flag=True),
        "seed": click.option("--seed", default=1, show_default=True),
        "replications": click.option(
            "--replications", "-n", type=click.IntRange(1, 100_000), default=None,
        ),
        "many": click.option(
            "--replications", "-n", type=Many(), default=40, show_default=True, metavar="N|auto",
        ),
        "cache": click.option(
            "--cache/--no-cache", "store", default=True,
        ),
        "workers": click.option(
            "--workers", type=click.IntRange(1, 1024), default=None,
        ),
        "cluster": click.option(
            "--cluster", metavar="tcp://HOST:PORT|local", default=None,
        ),
        "engine": click.option(
            "--engine", type=click.Choice(["auto", "reference", "compiled"]), default="auto", show_default=True,
        ),
        "prove": click.option(
            "--prove", type=click.IntRange(0, 10_000), default=0, metavar="N",
        ),
        "lang": click.option(
            "--lang", type=click.Choice(labels.LANGUAGES), default=None,
            expose_value=False,
        ),
    }  # fmt: skip

    def decorate(function: Callable) -> Callable:
        for name in reversed(names):
            function = known[name](function)
        return function

    return decorate


@contextmanager
def progress(title: str):
    """A bar on standard error, only where somebody looks; gives a function (done, total)."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        begun: list[bool] = []
        bar = bars.add_task(title, total=None)

        def tell(done: int, total: int) -> None:
            if begun:
                bars.update(bar, completed=done, total=total)
            else:  # what was there from before says nothing about the time left
                bars.reset(bar, completed=done, total=total)
                begun.append(True)

        yield tell


def echo(line: str, err: bool = False) -> None:
    """Print lines for people, who see nothing of what a name would do to their terminal."""
    click.echo(printable(line), err=err)


def say(as_json: bool, data: Any, lines: Callable[[], list[str]]) -> None:
    """Print one JSON object, or lines for people."""
    if as_json:
        told = json.dumps(_defined(data), ensure_ascii=False, default=str, allow_nan=False)
        click.echo(escaped(told))
    else:
        echo("\n".join(lines()))


def _defined(data: Any) -> Any:
    """The same data with null for what is not a number: JSON knows no nan."""
    if isinstance(data, dict):
        return {key: _defined(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_defined(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def command(*shared: str, epilog: str) -> Callable:
    """A command with shared options and an example under its help; `cli.COMMANDS` names its module."""

    def decorate(function: Callable) -> click.Command:
        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("cluster") not in (None, "local") and kwargs.get("workers"):
                raise click.UsageError(text("cli.cluster_workers"))
            return function(*args, **kwargs)

        return click.command(cls=Command, epilog=epilog)(options(*shared, "lang")(run))

    return decorate


def check_writable(path: Path) -> None:
    """RunError when nothing can be written there: better said before an hour of work than after."""
    folder = path.resolve().parent
    if not folder.is_dir():
        raise RunError.of(str(path), "folder_missing", folder=folder)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RunError.of(str(path), "file_unwritable", reason=error.strerror) from None


def told_of(precision: Any, replications: int, period: str = "year") -> list[str]:
    """Whether as many replications as the answer needs were enough, as a line."""
    if precision is None:
        return []
    facts: dict[str, Any] = {
        "n": replications,
        "half": percent(precision.half_width),
        "goal": percent(precision.goal, digits=0),
    }
    return [text("cli.narrow" if precision.reached else "cli.not_narrow", period=period, **facts)]


def proven(scenarios: Iterable[Any], years: int, seed: int) -> tuple[dict[str, Any], list[str]]:
    """What `--prove` has shown, as data and as a line; nothing where it was not asked for."""
    from funnelsim.engine.prove import prove

    if not years:
        return {}, []
    plans = list(scenarios)
    proof = prove(plans, years, seed)
    said = (
        text("cli.one_engine")
        if proof is None
        else text("cli.proven", period=plans[0].measure.period, **proof.json())
    )
    return {"proof": proof and proof.json()}, [said]


@contextmanager
def notes():
    """Say in one plain line what the package warns of, instead of as a warning of Python."""
    usual = warnings.showwarning

    def told(message: Any, category: type, *where: Any, **more: Any) -> None:
        if category.__module__.startswith("funnelsim."):
            echo(f"{text('cli.warning')} {message}", err=True)
        else:
            usual(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.showwarning = told
        yield
