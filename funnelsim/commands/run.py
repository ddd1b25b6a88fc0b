"""`funnelsim run`: the numbers of a company, each with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from funnelsim.commands.shared import (
    EXPERIMENT,
    check_writable,
    command,
    progress,
    proven,
    say,
    told_of,
)
from funnelsim.labels import text


@command(*EXPERIMENT, "prove", epilog="funnelsim run industrial_8x8 -n 40 --log log.csv")
@click.argument("scenario")
@click.option("--log", "log_path", type=click.Path(path_type=Path))
def run(scenario: str, log_path: Path | None, as_json: bool, prove: int, **how: Any) -> None:
    """Run a scenario many times and print its numbers, each with its interval."""
    from funnelsim.history import exchange
    from funnelsim.scenario.files import load
    from funnelsim.study import enough, experiment, large, metrics

    if log_path is not None:
        exchange.check_target(log_path)
        check_writable(log_path)
    plan = load(scenario)
    auto, one = how.pop("replications"), {scenario: plan}
    with progress(text("cli.running")) as bar:
        if auto == "auto":
            done = enough.until(one, enough.of_mean, bar, **how)
        else:
            done = experiment.trial(one, auto, progress=bar, **how)
    found = metrics.summary(done.metrics[scenario], plan.currency)
    if log_path is not None:
        with progress(text("cli.writing_log")) as bar:
            large.write_logs(plan, log_path, done.replications, how["seed"], how["engine"], bar)
    proof, agreed = proven([plan], prove, done.seed)
    precision = enough.Precision(enough.of_mean(done)) if auto == "auto" else None
    data: dict[str, Any] = {
        "scenario": scenario, "digest": plan.digest, "seed": done.seed, "replications": done.replications,
        "engine": done.engine, "metrics": found, **({"precision": precision.json()} if precision else {}), **proof,
    }  # fmt: skip
    wrote = [text("cli.wrote", path=log_path)] if log_path else []
    say(as_json, data, lambda: [
        text("cli.run_head", period=plan.measure.period, **data), *metrics.table(found, scenario=plan),
        *told_of(precision, done.replications, done.period), *agreed, *wrote,
    ])  # fmt: skip
