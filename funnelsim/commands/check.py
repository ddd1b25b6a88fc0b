"""`funnelsim check`: is the file right, and is the engine ready?"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from funnelsim.commands.shared import command, echo, proven, say
from funnelsim.errors import FunnelError
from funnelsim.labels import text


@command("json", epilog="funnelsim check industrial_8x8 my_company.yaml")
@click.argument("scenarios", nargs=-1)
@click.option("--schema", is_flag=True)
@click.option(
    "--engine",
    is_flag=True,
)
def check(scenarios: tuple[str, ...], schema: bool, engine: bool, as_json: bool) -> None:
    """Check scenario files: all faults at once, each with its path and mend."""
    from funnelsim.scenario import checks, files

    if schema:
        click.echo(json.dumps(files.json_schema(), ensure_ascii=False, indent=2))
        return
    proof, agreed = engines_agree() if engine else ({}, [])
    if not scenarios and not engine:
        raise click.UsageError(text("cli.check_needs_scenario"))
    faults, lines = [], agreed
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
        say(as_json, {"ok": not faults, "faults": faults, **proof}, lambda: lines)
    else:
        echo("\n".join(lines), err=True)
    if faults:
        sys.exit(1)


def engines_agree() -> tuple[dict[str, Any], list[str]]:
    """The compiled engine, ready from now on, against the reference engine: data and a line.

    RunError when it cannot be had here.
    """
    from funnelsim.engine.choice import prepare
    from funnelsim.scenario.files import load

    prepare("compiled")
    return proven([load("tiny"), load("industrial_8x8")], 2, seed=1)
