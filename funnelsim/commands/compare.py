"""`funnelsim compare`: what another scenario, or a change, is worth."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from funnelsim import labels
from funnelsim.commands.shared import EXPERIMENT, command, progress, proven, say, told_of
from funnelsim.labels import text

if TYPE_CHECKING:
    from funnelsim.scenario.model import Scenario


@command(
    *EXPERIMENT, "prove", epilog='funnelsim compare industrial_8x8 --set "team.reps.*.weekly_hours=*1.2"'
)
@click.argument("base")
@click.argument("others", nargs=-1)
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--flips", is_flag=True)
def compare(base: str, others: tuple[str, ...], changes: tuple[str, ...], start: datetime | None, flips: bool,
            prove: int, as_json: bool, **how: Any) -> None:  # fmt: skip
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
    with progress(text("cli.running")) as bar:
        answer = study.compare(plan, found, start.date() if start else None, **how, progress=bar, base=base)
    narrow = told_of(answer.precision, answer.replications, answer.period)
    data, lines = flipped(answer, plan, how) if flips else ({}, [])
    proof, agreed = proven(answer.trial.scenarios.values(), prove, answer.seed)
    say(as_json, answer.json() | data | proof, lambda: [*sentences(answer), *narrow, *agreed, *lines])


def flipped(answer: Any, plan: Scenario, how: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The deals that end differently, as data and as lines."""
    from funnelsim.study import flip_sentences as words
    from funnelsim.study.flip_trial import flips_of

    with progress(text("cli.running")) as bar:
        found = flips_of(answer, how["engine"], how["workers"], bar, how["cluster"])
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
