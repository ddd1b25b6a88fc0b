"""`funnelsim report`: a notebook becomes a page, and the run is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from funnelsim.commands.shared import command, say
from funnelsim.labels import text


@command(
    "json",
    "seed",
    "replications",
    "workers",
    "engine",
    epilog="funnelsim report industrial_8x8 -p 'change=team.reps.*.weekly_hours=*1.2'",
)
@click.argument("subject")
@click.option("--notebook", default="comparison", show_default=True)
@click.option("-p", "parameters", multiple=True, metavar="KEY=VALUE")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@click.option("--format", "formats", default="html", show_default=True)
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
