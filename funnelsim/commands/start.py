"""`funnelsim start`: five questions make a scenario."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from funnelsim.commands.shared import command, echo, progress, say
from funnelsim.errors import Fault, FunnelError, ScenarioError
from funnelsim.labels import text


@command("json", "seed", "workers", "cache",
         epilog="funnelsim start --deals 80-120 --value 150k --cycle 120 --team 4 --win 20")  # fmt: skip
@click.option("--deals")
@click.option("--value")
@click.option("--cycle")
@click.option("--team")
@click.option("--win")
@click.option("--base", type=click.Choice(["five_stage", "industrial_8x8"]), default="five_stage",
              show_default=True)  # fmt: skip
@click.option("--currency", default="CNY", show_default=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("my_company.yaml"),
              show_default=True)  # fmt: skip
@click.option("--force", is_flag=True)
def start(out: Path, force: bool, base: str, currency: str, as_json: bool, seed: int, workers: int | None,
          store: bool, **answers: str | None) -> None:  # fmt: skip
    """No CRM at hand: five questions make a scenario. An answer is a number or a range."""
    from funnelsim.scenario import files
    from funnelsim.study.starting import begin

    if out.exists() and not force:
        raise ScenarioError.of(str(out), "start_exists")
    replies = five(answers)
    with progress(text("cli.running")) as bar:
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
                echo(str(error.faults[0]), err=True)
            else:
                echo(text("start.understood", answer=said(question, replies[question])), err=True)
    return {question: replies[question] for question in QUESTIONS}
