"""`funnelsim fit`: a CRM export becomes a scenario, with a report of its quality."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from funnelsim.commands.shared import check_writable, command, say
from funnelsim.errors import RunError
from funnelsim.labels import text


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
