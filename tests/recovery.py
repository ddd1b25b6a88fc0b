"""What a fit of a simulated record gets wrong, of what was planted and of what the record came to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from funnelsim.engine.run import simulate
from funnelsim.fit import fit
from funnelsim.fit.stages import fit_stages
from funnelsim.history.log import EventLog
from funnelsim.history.reader import History
from funnelsim.history.visits import OUTCOMES, visits
from funnelsim.scenario.distributions import median
from funnelsim.scenario.files import load


def misses(seed: int) -> list[str]:
    """What a fit of one simulated record gets wrong: a share by more than .03, a median by more than 10 %."""
    planted = load("observed_only")
    found = fit(simulate(planted, seed, 1).log).json()
    wrong = []
    for stage, told in zip(planted.stages, found["stages"], strict=True):
        rest = 1 - stage.advance_rate
        truth = {
            "advance": (stage.advance_rate, stage.delay_days.advance),
            "no_decision": (rest * stage.otherwise.no_decision, stage.delay_days.no_decision),
            "lost": (rest * sum(stage.otherwise.lost.values()), stage.delay_days.lost),
        }
        for outcome, (share, delay) in truth.items():
            mine = told["outcomes"][outcome]
            if abs(mine["share"] - share) > 0.03:
                wrong.append(f"{seed} {stage.id}.{outcome}: share {mine['share']:.3f} for {share:.3f}")
            if abs(mine["median_days"] / median(delay) - 1) > 0.10:
                wrong.append(
                    f"{seed} {stage.id}.{outcome}: {mine['median_days']:.0f} for {median(delay):.0f} days"
                )
    return wrong


def known_by(log: EventLog, horizon: float) -> EventLog:
    """What the record held on a day."""
    return replace(
        log, horizon=horizon, measured=(0.0, horizon), deals=log.deals.where(log.deals.time < horizon),
        tasks=log.tasks.where(log.tasks.time < horizon),
        opportunities=log.opportunities.where(log.opportunities.created < horizon),
    )  # fmt: skip


def unrealised(seed: int) -> tuple[list[str], int]:
    """What a fit of ten years of the default company says otherwise than its report came to in the end, and of
    how many numbers.

    Stalls, queues, work, entry errors and silent losses are all in this report. A share may be off by .03; a
    median by 10 % where 200 visits or more ended so, and by three standard errors of a median where fewer did.
    """
    log = simulate(load("industrial_8x8").replace("measure.to", "2036-12-31"), seed, 1).log
    cut = log.horizon - 365
    history, full = History.of(known_by(log, cut)), visits(log)
    early, wrong, told = full.entered < cut, [], 0
    for number, stage in enumerate(fit_stages(history)):
        ended = early & (full.stage == number) & (full.outcome >= 0)
        for outcome, found in stage.outcomes.items():
            days = full.days[ended & (full.outcome == OUTCOMES.index(outcome))]
            if days.size < 60:
                continue
            told += 1
            share, middle = days.size / ended.sum(), np.median(days)
            error = 1.25 * np.std(np.log(np.maximum(days, 0.1))) / np.sqrt(days.size)
            off = abs(np.log(found.median_days / middle))
            if abs(found.share - share) > 0.03:
                wrong.append(f"{seed} {stage.name}.{outcome}: share {found.share:.3f} for {share:.3f}")
            if off > (np.log(1.1) if days.size >= 200 else max(np.log(1.1), 3 * error)):
                wrong.append(f"{seed} {stage.name}.{outcome}: {found.median_days:.0f} for {middle:.0f} days")
    return wrong, told
