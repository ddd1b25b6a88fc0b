"""The command line: a thin face on the package.

Answers go to standard output, words about progress and errors to standard error. Exit 0 is done,
1 the input is wrong or a check failed, 2 the command was not understood.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from funnelsim import labels
from funnelsim.errors import Fault, FunnelError, RunError, ScenarioError
from funnelsim.labels import text
from funnelsim.labels.numbers import percent

if TYPE_CHECKING:
    from funnelsim.scenario.model import Scenario


class Command(click.Command):
    """A command whose errors are one clear message and whose help has an example."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except FunnelError as error:
            click.echo(f"{type(error).__name__}: {error}", err=True)
            context.exit(1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            fault = RunError.of(str(error.filename or ""), "file_unwritable", reason=reason)
            click.echo(str(fault), err=True)
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
        "json": click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."),
        "seed": click.option("--seed", default=1, show_default=True, help="Same seed, same customers."),
        "replications": click.option(
            "--replications", "-n", type=click.IntRange(1, 100_000), default=None,
            help="How many simulated years.",
        ),
        "many": click.option(
            "--replications", "-n", type=Many(), default=40, show_default=True, metavar="N|auto",
            help="How many simulated years; auto: until the interval of bookings is narrow, at most 1,000.",
        ),
        "cache": click.option(
            "--cache/--no-cache", "store", default=True,
            help="Whether finished years are kept and found again (FUNNELSIM_CACHE); they are by default.",
        ),
        "workers": click.option(
            "--workers", type=click.IntRange(1, 1024), default=None,
            help="Processes that share the work; all cores by default. The result is the same.",
        ),
        "engine": click.option(
            "--engine", type=click.Choice(["auto", "reference", "compiled"]), default="auto", show_default=True,
        ),
        "lang": click.option(
            "--lang", type=click.Choice(labels.LANGUAGES), default=None, callback=_speak, is_eager=True,
            expose_value=False, help="Language of answers and errors.",
        ),
    }  # fmt: skip

    def decorate(function: Callable) -> Callable:
        for name in reversed(names):
            function = known[name](function)
        return function

    return decorate


def _speak(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    chosen = value or os.environ.get("FUNNELSIM_LANG", "en")
    labels.use(chosen if chosen in labels.LANGUAGES else "en")


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
        bar = bars.add_task(title)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


def say(as_json: bool, data: Any, lines: Callable[[], list[str]]) -> None:
    """Print one JSON object, or lines for people."""
    if as_json:
        click.echo(json.dumps(_defined(data), ensure_ascii=False, default=str, allow_nan=False))
    else:
        click.echo("\n".join(lines()))


def _defined(data: Any) -> Any:
    """The same data with null for what is not a number: JSON knows no nan."""
    if isinstance(data, dict):
        return {key: _defined(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_defined(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="funnelsim")
def main() -> None:
    """A flight simulator for B2B sales funnels: what is a change worth, how sure is that, which deals does it turn?

    Start with `funnelsim demo`.
    """


def command(*shared: str, epilog: str) -> Callable:
    """A subcommand with shared options and an example under its help."""

    def decorate(function: Callable) -> click.Command:
        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return main.command(cls=Command, epilog=f"Example: {epilog}")(options(*shared, "lang")(run))

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


@command("json", epilog="funnelsim check industrial_8x8 my_company.yaml")
@click.argument("scenarios", nargs=-1)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of scenario files, for editors.")
def check(scenarios: tuple[str, ...], schema: bool, as_json: bool) -> None:
    """Check scenario files: all faults at once, each with its path and mend."""
    from funnelsim.scenario import checks, files

    if schema:
        click.echo(json.dumps(files.json_schema(), ensure_ascii=False, indent=2))
        return
    if not scenarios:
        raise click.UsageError(text("cli.check_needs_scenario"))
    faults, lines = [], []
    for name in scenarios:
        try:
            found = checks.warnings(files.load(name))
        except FunnelError as error:
            faults += [{"scenario": name, **fault.as_dict()} for fault in error.faults]
            lines.append(str(error))
        else:
            lines.append(text("cli.check_ok", scenario=name))
            lines += [f"  {text('cli.warning')} {fault}" for fault in found]
    if as_json or not faults:
        say(as_json, {"ok": not faults, "faults": faults}, lambda: lines)
    else:
        click.echo("\n".join(lines), err=True)
    if faults:
        sys.exit(1)


EXPERIMENT = ("json", "seed", "many", "workers", "engine", "cache")


@command(*EXPERIMENT, epilog="funnelsim run industrial_8x8 -n 40 --log log.csv")
@click.argument("scenario")
@click.option(
    "--log", "log_path", type=click.Path(path_type=Path), help="Write the log: .parquet, .csv, .xlsx or .xes."
)
def run(scenario: str, log_path: Path | None, as_json: bool, **how: Any) -> None:
    """Run a scenario many times and print its numbers, each with its interval."""
    from funnelsim.history import exchange
    from funnelsim.scenario.files import load
    from funnelsim.study import enough, experiment, metrics

    if log_path is not None:
        exchange.check_target(log_path)
        check_writable(log_path)
    plan = load(scenario)
    auto, one = how.pop("replications"), {scenario: plan}
    with progress(text("cli.running")) as bar, notes():
        if auto == "auto":
            done = enough.until(one, enough.of_mean, bar, keep_logs=log_path is not None, **how)
        else:
            done = experiment.trial(one, auto, progress=bar, keep_logs=log_path is not None, **how)
    found = metrics.summary(done.metrics[scenario], plan.currency)
    if log_path is not None:
        exchange.write_log(done.logs[scenario], log_path)
    precision = enough.Precision(enough.of_mean(done)) if auto == "auto" else None
    data: dict[str, Any] = {
        "scenario": scenario, "digest": plan.digest, "seed": done.seed, "replications": done.replications,
        "engine": done.engine, "metrics": found, **({"precision": precision.json()} if precision else {}),
    }  # fmt: skip
    wrote = [text("cli.wrote", path=log_path)] if log_path else []
    say(as_json, data, lambda: [
        text("cli.run_head", **data), *metrics.table(found, scenario=plan),
        *told_of(precision, done.replications), *wrote,
    ])  # fmt: skip


def told_of(precision: Any, replications: int) -> list[str]:
    """Whether as many replications as the answer needs were enough, as a line."""
    if precision is None:
        return []
    facts: dict[str, Any] = {
        "n": replications,
        "half": percent(precision.half_width),
        "goal": percent(precision.goal, digits=0),
    }
    return [text("cli.narrow" if precision.reached else "cli.not_narrow", **facts)]


@contextmanager
def notes():
    """Say in one plain line what the package warns of, instead of as a warning of Python."""
    usual = warnings.showwarning

    def told(message: Any, category: type, *where: Any, **more: Any) -> None:
        if category.__module__.startswith("funnelsim."):
            click.echo(f"{text('cli.warning')} {message}", err=True)
        else:
            usual(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.showwarning = told
        yield


def _experiment(how: dict[str, Any]) -> dict[str, Any]:
    return {**how, "replications": how["replications"] or 40}


@command(*EXPERIMENT, epilog='funnelsim compare industrial_8x8 --set "team.reps.*.weekly_hours=*1.2"')
@click.argument("base")
@click.argument("others", nargs=-1)
@click.option(
    "--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change the base: =7, =*1.2 or =+0.15."
)
@click.option(
    "--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="When the change starts in the first year."
)
@click.option("--flips", is_flag=True, help="Also tell which deals end differently, and where they part.")
def compare(base: str, others: tuple[str, ...], changes: tuple[str, ...], start: datetime | None, flips: bool,
            as_json: bool, **how: Any) -> None:  # fmt: skip
    """What another scenario or a change is worth: first year and long run, with intervals; a tie is a tie."""
    from funnelsim.scenario.files import load
    from funnelsim.study import compare as study
    from funnelsim.study.sentences import sentences

    plan = load(base)
    found = {f"{name} ({n + 2})" if name == base else name: load(name) for n, name in enumerate(others)}
    if changes:
        found[", ".join(changes)] = changed(plan, changes)
    if not found:
        raise click.UsageError(text("cli.compare_needs_other"))
    with progress(text("cli.running")) as bar, notes():
        answer = study.compare(plan, found, start.date() if start else None, **how, progress=bar, base=base)
    narrow = told_of(answer.precision, answer.replications)
    data, lines = flipped(answer, plan, how) if flips else ({}, [])
    say(as_json, answer.json() | data, lambda: [*sentences(answer), *narrow, *lines])


def flipped(answer: Any, plan: Scenario, how: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The deals that end differently, as data and as lines."""
    from funnelsim.study import flip_sentences as words
    from funnelsim.study.flip_trial import flips_of

    with progress(text("cli.running")) as bar:
        found = flips_of(answer, how["engine"], how["workers"], bar)
    stages = words.stage_names(plan, labels.language())
    data = {name: {"when": when} | words.as_json(one, stages=stages) for name, (when, one) in found.items()}
    lines = [line for when, one in found.values() for line in ("", *words.lines(one, when, stages=stages))]
    return {"flips": data}, lines


def changed(plan: Scenario, changes: tuple[str, ...]) -> Scenario:
    """The scenario with `path=value` changes; all of them are made before it is checked."""
    from funnelsim.scenario.files import replace_all

    wanted = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals:
            raise click.UsageError(text("cli.set_needs_value", given=change))
        wanted[path.strip()] = f"={value}"
    return replace_all(plan, wanted)


@command("json", "seed", "workers", "cache",
         epilog="funnelsim start --deals 80-120 --value 150k --cycle 120 --team 4 --win 20")  # fmt: skip
@click.option("--deals", help="New deals a year: 100, or 80-120.")
@click.option("--value", help="Mean value of a won deal: 150000, 150k, 15万.")
@click.option("--cycle", help="From first contact to signature, of a typical won deal: 120, or 3-5 months.")
@click.option("--team", help="Reps who sell: 4, or 3-5.")
@click.option("--win", help="Of 100 new deals, how many are won: 20, or 15-25 %.")
@click.option("--base", type=click.Choice(["five_stage", "industrial_8x8"]), default="five_stage",
              show_default=True, help="Whose stages to take.")  # fmt: skip
@click.option("--currency", default="CNY", show_default=True, help="Three capital letters.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("my_company.yaml"),
              show_default=True, help="Write the scenario to this file.")  # fmt: skip
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def start(out: Path, force: bool, base: str, currency: str, as_json: bool, seed: int, workers: int | None,
          store: bool, **answers: str | None) -> None:  # fmt: skip
    """No CRM at hand: five questions make a scenario. An answer is a number or a range."""
    from funnelsim.scenario import files
    from funnelsim.study.starting import begin

    if out.exists() and not force:
        raise ScenarioError.of(str(out), "start_exists")
    replies = five(answers)
    with progress(text("cli.running")) as bar, notes():
        found = begin(replies, base, currency, seed, workers, bar, store)
    files.save(found.scenario, out)
    data = {"scenario": str(out), "digest": found.scenario.digest, "seed": seed, **found.json()}
    say(as_json, data, lambda: [
        *found.lines(), text("cli.wrote", path=out), text("start.next", path=out),
    ])  # fmt: skip


def five(answers: dict[str, str | None]) -> dict[str, Any]:
    """The replies to the five questions: from options, all faults at once; the rest is asked for."""
    from funnelsim.scenario.start import DEFAULTS, EXAMPLES, QUESTIONS, read, said

    replies, faults = {}, []
    for question in QUESTIONS:
        given = answers[question]
        if given is not None:
            try:
                replies[question] = read(question, given)
            except FunnelError as error:
                faults += [Fault(f"--{question}", fault.code, fault.facts) for fault in error.faults]
    if faults:
        raise ScenarioError(text("start.answers"), faults)
    missing = [question for question in QUESTIONS if question not in replies]
    for question in missing:
        words = text("start.ask", question=text(f"start.question.{question}"), range=EXAMPLES[question][1])
        while question not in replies:
            try:
                given = click.prompt(words, default=DEFAULTS[question], err=True)
            except click.Abort:
                if sys.stdin.isatty():
                    raise
                raise click.UsageError(
                    text("start.missing", options=", ".join(f"--{one}" for one in missing))
                ) from None
            try:
                replies[question] = read(question, given)
            except FunnelError as error:
                click.echo(str(error.faults[0]), err=True)
            else:
                click.echo(text("start.understood", answer=said(question, replies[question])), err=True)
    return {question: replies[question] for question in QUESTIONS}


@command("json", epilog="funnelsim fit crm_export.csv -o my_company.yaml")
@click.argument("history", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write the scenario to this file.")
@click.option(
    "--as-of",
    "as_of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="What is known up to this day; the last in the record.",
)
@click.option("--base", help="A scenario with the same stages: what a CRM cannot show comes from it.")
def fit(history: Path, out: Path | None, as_of: datetime | None, base: str | None, as_json: bool) -> None:
    """Make a scenario of a CRM export, and say how much of it can be believed."""
    from funnelsim.fit import fit as learn
    from funnelsim.history.reader import read_history
    from funnelsim.scenario import files

    if out is not None:
        check_writable(out)
        if out.suffix.lower() not in {".yaml", ".yml"} or out.resolve() == history.resolve():
            raise RunError.of(str(out), "scenario_ending", suffix=out.suffix or "-")
    plan = files.load(base) if base else None
    found = learn(read_history(history, as_of=as_of.date() if as_of else None), base=plan)
    if out is not None:
        files.save(found.scenario, out)
    say(as_json, found.json(), lambda: [*found.lines(), *([text("cli.wrote", path=out)] if out else [])])


@command(
    "json", "seed", "replications", "workers", "engine", epilog="funnelsim demo --history crm_export.csv"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder of the reports.",
)
@click.option(
    "--history", type=click.Path(path_type=Path), help="A CRM export of your own instead of the example."
)
def demo(out: Path, history: Path | None, as_json: bool, **how: Any) -> None:
    """The main job in one go: import, fit, compare, report; the answer stands in the last three lines."""
    from funnelsim.show.demo import tour

    done = tour(history, out, **how, progress=progress, tell=lambda line: click.echo(line, err=as_json))
    say(as_json, done.json(), done.lines)


@command(
    "json",
    "seed",
    "replications",
    "workers",
    "engine",
    epilog="funnelsim report industrial_8x8 -p 'change=team.reps.*.weekly_hours=*1.2'",
)
@click.argument("subject")
@click.option(
    "--notebook", default="comparison", show_default=True, help="Name of a shipped report, or a path."
)
@click.option("-p", "parameters", multiple=True, metavar="KEY=VALUE", help="A parameter of the notebook.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@click.option("--format", "formats", default="html", show_default=True, help="html, or html,pdf.")
def report(subject: str, notebook: str, parameters: tuple[str, ...], out: Path, formats: str, as_json: bool,
           **how: Any) -> None:  # fmt: skip
    """Run a parameterised notebook on a scenario or a history, and keep its page."""
    from funnelsim.show import report as reports

    done = reports.run_report(notebook, told(subject, parameters, how), out, formats=formats.split(","))
    data = {"report": str(done.html), "run": done.id, "status": done.status}
    say(as_json, data, lambda: [text("cli.wrote", path=done.html)])


def told(subject: str, parameters: tuple[str, ...], how: dict[str, Any]) -> dict[str, Any]:
    """What a report notebook is told: `-p key=value`, values as YAML reads them."""
    from funnelsim.scenario.reading import scalar

    kind = (
        "history"
        if Path(subject).suffix.lower() in {".csv", ".parquet", ".xlsx", ".xes", ".tsv"}
        else "scenario"
    )
    found: dict[str, Any] = {kind: subject, "seed": how["seed"]}
    if how["replications"]:
        found["replications"] = how["replications"]
    for parameter in parameters:
        key, equals, value = parameter.partition("=")
        if not equals:
            raise click.UsageError(text("cli.set_needs_value", given=parameter))
        found[key.strip()] = scalar(value)
    return found


@command(epilog="funnelsim lab --folder my_course")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("funnelsim-notebooks"), show_default=True,
              help="Where the notebooks are copied to; what is there already stays as it is.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def lab(folder: Path, no_browser: bool) -> None:
    """Open JupyterLab on the start notebook, on this computer only."""
    from funnelsim.show.lab import open_lab

    sys.exit(open_lab(folder, browser=not no_browser))
