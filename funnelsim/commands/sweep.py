"""`funnelsim sweep`: every combination of values, ranked, and kept in a folder that can be queried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from funnelsim.commands.shared import command, progress, say
from funnelsim.labels import text


@command(
    "json", "workers", "cluster", "cache",
    epilog='funnelsim sweep industrial_8x8 --vary "team.reps.*.weekly_hours=*1,*1.1,*1.2" --out hours',
)  # fmt: skip
@click.argument("scenario", required=False)
@click.option("--vary", multiple=True, metavar="PATH=A,B,...")
@click.option("--rank", metavar="METRIC")
@click.option("--replications", "-n", type=click.IntRange(1, 100_000))
@click.option("--seed", type=int)
@click.option("--engine", type=click.Choice(["auto", "reference", "compiled"]))
@click.option("--out", type=click.Path(path_type=Path))
@click.option("--resume", is_flag=True)
def sweep(scenario: str | None, vary: tuple[str, ...], as_json: bool, **how: Any) -> None:
    """Try every combination of values under the same luck, and say which is best and how sure that is."""
    from funnelsim.scenario.files import load
    from funnelsim.study import sweep as study
    from funnelsim.study.sweep_sentences import lines

    if not how["resume"] and not (scenario and vary):
        raise click.UsageError(text("cli.sweep_needs"))
    if how["resume"] and not (scenario or how["out"]):
        raise click.UsageError(text("cli.sweep_resume_needs"))
    plan = load(scenario) if scenario else None
    try:
        with progress(text("cli.running")) as bar:
            done = study.sweep(plan, varied(vary) or None, **how, progress=bar)
    except KeyboardInterrupt:
        if how["store"]:
            click.echo(text("cli.sweep_stopped"), err=True)
        raise
    if done.trial.found:
        facts: dict[str, Any] = {
            "found": done.trial.found,
            "runs": len(done.options) * done.trial.replications,
        }
        click.echo(text("cli.sweep_found", **facts), err=True)
    wrote = [text("cli.wrote", path=done.folder)] if done.folder else []
    data = done.json() | ({"scenario": scenario} if scenario else {})
    say(as_json, data, lambda: [*lines(done), *wrote])


def varied(given: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """`path=a,b,c` as path and values; a Chinese comma is one too."""
    found = []
    for one in given:
        path, equals, values = one.partition("=")
        if not equals or not path.strip():
            raise click.UsageError(text("cli.vary_needs_values", given=one))
        found.append((path.strip(), values.replace("，", ",").split(",")))
    return found
