"""`funnelsim fit`: a CRM export becomes a scenario, with a report of its quality."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from funnelsim.commands.reading import guess, read, reading
from funnelsim.commands.shared import check_writable, command, say
from funnelsim.errors import FunnelError, RunError
from funnelsim.labels import text


@command("json", epilog="funnelsim fit crm_export.csv -o my_company.yaml")
@click.argument("history", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path))
@click.option("--base")
@reading
@click.option("--guess-mapping", is_flag=True)
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE.html",
)  # fmt: skip
@click.option("--quality-only", is_flag=True)
@click.option(
    "--uncertainty", type=click.IntRange(2, 1000), default=None, metavar="N",
)  # fmt: skip
def fit(history: Path, out: Path | None, base: str | None, guess_mapping: bool, quality_only: bool,
        report: Path | None, uncertainty: int | None, as_json: bool, **how: Any) -> None:  # fmt: skip
    """Make a scenario of a CRM export, and say how much of it can be believed."""
    from funnelsim.scenario import files

    if out is not None:
        check_writable(out)
        if out.suffix.lower() not in {".yaml", ".yml"} or out.resolve() == history.resolve():
            raise RunError.of(str(out), "scenario_ending", suffix=out.suffix or "-")
    if report is not None:
        check_writable(report)
        if report.suffix.lower() not in {".html", ".htm"} or report.resolve() == history.resolve():
            raise RunError.of(str(report), "report_ending", suffix=report.suffix or "-")
    if guess_mapping:
        made = guess(history, out)
        facts = {"history": history, "mapping": made["mapping"]}
        say(
            as_json,
            made,
            lambda: [text("cli.wrote", path=made["mapping"]), text("cli.mapping_next", **facts)],
        )
        return
    plan = files.load(base) if base else None
    record = read(history, **how)
    if quality_only:
        say(as_json, record.json(), record.lines)
        return
    from funnelsim.fit import fit as learn

    found = learn(record, base=plan)
    if out is not None:
        files.save(found.scenario, out)
    told, more = found.json(), []
    if uncertainty:
        from funnelsim.study.ignorance import lines, split

        spreads = split(found.draw(uncertainty), replications=20)
        told["uncertainty"] = {name: spread.json() for name, spread in spreads.items()}
        more = lines(spreads, found.scenario)
    if report is not None:
        from funnelsim.atomic import atomic_write
        from funnelsim.show.fit_report import card_lines, card_of, fit_report

        card = card_of(found)
        page = fit_report(found, card)
        with atomic_write(report) as part:
            part.write_text(page, "utf-8")
        told["report"] = str(report)
        more += card_lines(card)
        told["validation"] = None if isinstance(card, FunnelError) else card.as_dict()
    wrote = [text("cli.wrote", path=path) for path in (out, report) if path]
    say(as_json, told, lambda: [*found.lines(), *more, *wrote])
