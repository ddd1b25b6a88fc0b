"""The funnel read backwards: how many deals must start for so many wins, and how long before.

By simulation (the win rate of a cohort and the time from start to win) and by the chain of stage rates; and Little's
law, open deals = arrivals x time (Little 1961), on companies in which one thing each is different.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np

from funnelsim.engine.run import Progress
from funnelsim.history.log import TRUTH, EventLog
from funnelsim.scenario import files
from funnelsim.scenario.distributions import median
from funnelsim.scenario.model import Scenario
from funnelsim.study.arrays import share
from funnelsim.study.columns import CLOSES, Columns
from funnelsim.study.intervals import POSITIVE, SHARE, interval
from funnelsim.study.lessons.ideas import loaded
from funnelsim.study.lessons.measured import Measured, measured, relative
from funnelsim.study.lessons.years import silent, unhurried, years
from funnelsim.study.live import Check
from funnelsim.study.metrics import measure

MONTH = 365.25 / 12
BASE, SLOW, MORE, SKILL, FULL = "base", "slow", "more", "skill", "full"
WORLDS = (BASE, SLOW, MORE, SKILL, FULL)
SLOWER, MORE_LEADS, BETTER = 2.0, 1.5, 0.4
STATE = ("created", "open", "days", "little", "wins", "utilisation")


@dataclass(frozen=True)
class Backwards:
    """What so many wins need."""

    starts: Measured
    """Deals that must start: wins / win rate of a cohort; the interval is that of the win rate, turned over."""
    months: Measured
    """Median months from start to win, of the deals won in the measured period."""
    early: Measured
    """Months by which nine in ten of the wins had started before (90th percentile of the same)."""
    chain: Measured
    """Product of the measured rates of all stages: visits that advanced or won / visits that ended."""
    needed: dict[str, Measured]
    """Stage -> deals that must enter it, by the chain from there on."""
    created: Measured
    wins: Measured
    """As things are, in the measured period."""
    engine: str
    replications: int
    seed: int


class Machine:
    """How many deals must start for `wins_wanted` wins in a period as long as the measured one, and when."""

    def __init__(self, scenario: Scenario, replications: int = 100, seed: int = 1, wins_wanted: int = 40):
        self.scenario, self.replications, self.seed = scenario, replications, seed
        self.wins_wanted = wins_wanted

    def find(self, progress: Progress = silent, check: Check = unhurried) -> Backwards:
        """Tell the years of the company as it is, and read them backwards."""
        told = years({BASE: self.scenario}, _read, self.replications, self.seed, progress, check)
        own = told[BASE]
        ids = [stage.id for stage in self.scenario.stages]
        on, ended = (np.array([own[f"{part}.{id}"] for id in ids], float) for part in ("on", "ended"))
        chains = dict(zip(ids, chained(on, ended), strict=True))
        return Backwards(
            starts=starts(self.wins_wanted, measured(own["win_rate"], SHARE)),
            months=measured(own["cycle"] / MONTH), early=measured(own["early"] / MONTH),
            chain=chains[ids[0]], needed={id: starts(self.wins_wanted, one) for id, one in chains.items()},
            created=measured(own["created"]), wins=measured(own["wins"]),
            engine=told.engine, replications=told.replications, seed=told.seed,
        )  # fmt: skip


def chained(on: np.ndarray, ended: np.ndarray) -> list[Measured]:
    """The share that gets from each stage through all that follow, with a 95 % interval.

    on, ended   visits that went on, and all that ended, by stage and year, shape (stages, years)

    A product of ratios of sums; its logarithm by the jackknife over the years (Miller 1974), so that the interval
    stays above 0.

    >>> [round(one.mean, 3) for one in chained(np.array([[5, 7], [2, 4]]), np.array([[10, 10], [5, 7]]))]
    [0.3, 0.5]
    """
    years = on.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(on.sum(axis=1) / ended.sum(axis=1))
        without = np.log((on.sum(axis=1, keepdims=True) - on) / (ended.sum(axis=1, keepdims=True) - ended))
    whole, left = logs[::-1].cumsum()[::-1], without[::-1].cumsum(axis=0)[::-1]
    found = []
    for log, parts in zip(whole, left, strict=True):
        mean = float(np.exp(log))
        if years > 1 and isfinite(log) and np.isfinite(parts).all():
            _, low, high = interval(years * log - (years - 1) * parts)
            half = (high - low) / 2
            found.append(Measured(mean, float(np.exp(log - half)), float(np.exp(log + half))))
        else:
            found.append(Measured(mean, nan, nan))
    return found


def starts(wins: float, rate: Measured) -> Measured:
    """Deals that must start for so many wins, with the interval of the win rate turned over.

    >>> starts(40, Measured(0.2, 0.16, 0.25))
    Measured(mean=200.0, low=160.0, high=250.0)
    """
    ends = [wins / one if isfinite(one) and one > 0 else nan for one in (rate.mean, rate.high, rate.low)]
    return Measured(*ends) if all(map(isfinite, ends)) else Measured(ends[0], nan, nan)


@dataclass(frozen=True)
class Turned:
    """The same company with one thing different, as if always."""

    state: dict[str, dict[str, Measured]]
    """World -> number of `STATE`: deals created, mean number of open deals, mean days of the deals that ended,
    arrivals x days, wins, share of the reps' hours that is worked."""
    open: dict[str, Measured]
    """World -> change of the mean number of open deals, in percent of the base's."""
    wins: dict[str, Measured]
    """The same of wins."""
    factor: float
    """How many times as many deals come in `full`."""
    engine: str
    replications: int
    seed: int


class Levers:
    """One stage slower, more deals, one stage better, and as many deals as the calculation asks for."""

    def __init__(self, machine: Machine):
        self.machine, self.scenario = machine, machine.scenario
        stages = self.scenario.stages
        self.stages = {
            SLOW: max(stages, key=lambda stage: median(stage.rep_hours)).id,
            SKILL: min(stages, key=lambda stage: stage.advance_rate).id,
        }
        """World -> the stage it is about."""

    def changes(self, world: str, factor: float) -> dict[str, Any]:
        """What a world changes: path -> change."""
        known: dict[str, dict[str, Any]] = {
            SLOW: {f"stages.{self.stages[SLOW]}.delay_days": f"=*{SLOWER:g}"},
            MORE: {"demand.units.*.weekly_deals": f"=*{MORE_LEADS:g}"},
            SKILL: {f"stages.{self.stages[SKILL]}.effect_logit": f"=+{BETTER:g}"},
            FULL: loaded(self.scenario, factor),
        }
        return known[world]

    def find(self, before: Backwards, progress: Progress = silent, check: Check = unhurried) -> Turned:
        """Tell the years of every world; `before` is what the machine has found."""
        wanted, now = before.starts.mean, before.created.mean
        factor = wanted / now if isfinite(wanted) and now else 1.0
        worlds = {BASE: self.scenario}
        worlds |= {
            name: files.applied(self.scenario, self.changes(name, factor)) for name in WORLDS if name != BASE
        }
        told = years(worlds, _read, self.machine.replications, self.machine.seed, progress, check)
        own = told[BASE]
        others = [name for name in WORLDS if name != BASE]
        return Turned(
            state={name: {key: measured(told[name][key], _reach(key)) for key in STATE} for name in WORLDS},
            open={name: _percent(relative(own["open"], told[name]["open"])) for name in others},
            wins={name: _percent(relative(own["wins"], told[name]["wins"])) for name in others},
            factor=factor, engine=told.engine, replications=told.replications, seed=told.seed,
        )  # fmt: skip


def _reach(key: str) -> tuple[float, float]:
    return SHARE if key == "utilisation" else POSITIVE


def _percent(found: Measured) -> Measured:
    return Measured(*(100 * end for end in (found.mean, found.low, found.high)))


def _read(log: EventLog, _company: Scenario) -> Mapping[str, Any]:
    numbers: dict[str, Any] = measure(
        log, names=("created", "wins", "win_rate", "cycle_won_days", "utilisation")
    )
    c = Columns(log, TRUTH)
    life, wins = c.life, c.wins
    closes = CLOSES[life.event]
    remaining = c.end - life.time.clip(c.begin, c.end)
    open_ = c.total(life.replication, np.where(closes, -remaining, remaining)) / c.length
    ends = np.flatnonzero(closes & c.inside(life.time))
    days = life.time[ends] - log.opportunities.created[life.deal[ends]]
    mean = share(c.total(life.replication[ends], days), c.count(life.replication[ends]))
    early = [
        np.quantile(own, 0.9) if (own := wins.days[wins.replication == k]).size else nan
        for k in range(c.replications)
    ]
    told = {
        "created": numbers["created"], "wins": numbers["wins"], "win_rate": numbers["win_rate"],
        "cycle": numbers["cycle_won_days"], "utilisation": numbers["utilisation"], "early": np.array(early),
        "open": open_, "days": mean, "little": numbers["created"] / c.length * mean,
    }  # fmt: skip
    counts = c.visit_counts
    on = counts["advanced"] + counts["won"]
    ended = on + counts["lost"] + counts["no_decision"] + counts["regressed"]
    for k, stage in enumerate(log.names.stages):
        told |= {f"on.{stage}": on[:, k], f"ended.{stage}": ended[:, k]}
    return told
