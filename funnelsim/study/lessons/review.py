"""The rule of 1, 15 and 30 days against none and against weekly reviews: what it uncovers, frees and costs.

Beside it the cases in which the same rule does something else: more or less care at the verdict, dead deals that
take much time of a busy team, and the rule taken at its word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.engine.choice import at_once
from funnelsim.engine.run import Progress, simulate
from funnelsim.history.log import REPORT, EventLog
from funnelsim.scenario import files
from funnelsim.scenario.model import Scenario
from funnelsim.study.boards import reveal_sums
from funnelsim.study.compare import Difference, difference
from funnelsim.study.intervals import POSITIVE, SHARE
from funnelsim.study.lessons.measured import Measured, Order, measured, order, relative
from funnelsim.study.lessons.years import Years, silent, unhurried, years
from funnelsim.study.live import Check
from funnelsim.study.metrics import measure, weights_of

NONE, WEEKLY, RULE = "none", "weekly", "1-15-30"
RULES = (NONE, WEEKLY, RULE)
STATE = (
    "open",
    "dead",
    "dead_share",
    "hours_on_dead",
    "utilisation",
    "false_drops",
    "manager_hours",
    "weighted",
    "bookings",
)
REVEALED = 20
"""Years whose deals are told one by one for the picture of report and truth."""
AS_IT_IS, CAREFUL, CARELESS, CHASING, LITERAL = "as_it_is", "careful", "careless", "chasing", "literal"
CASES = (AS_IT_IS, CAREFUL, CARELESS, CHASING, LITERAL)
LIVE_DROPPED = {CAREFUL: 0.0, CARELESS: 0.2}
"""Share of the living deals that a verdict drops by mistake; .06 unless told."""
_FIRST = " first year"


@dataclass(frozen=True)
class Reviews:
    """What the rules do."""

    state: dict[str, dict[str, Measured]]
    """Rule -> number of `STATE`, as if it had always been the rule; open and dead are deals in the report."""
    first_year: dict[str, Difference]
    """Rule -> paired difference of bookings against none, the rule beginning on the first measured day."""
    long_run: dict[str, Difference]
    alive: Measured
    """Of 100 deals that the report shows open without reviews, how many are alive."""
    shrinks: Measured
    """Change of the open deals in the report by 1-15-30, in percent."""
    bookings: Measured
    """Change of the first year's bookings by 1-15-30, in percent."""
    revealed: dict[str, pd.DataFrame]
    """Rule -> report and truth by third (`study.boards.reveal_sums`)."""
    engine: str
    replications: int
    seed: int
    currency: str


class Review:
    """The three rules in one company.

    A company without a manager gets one of 16 hours a week; one whose deals never die silently gets the shares of the
    default company, and touches with them. `added` says what was: `manager`, `silent`.
    """

    def __init__(self, scenario: Scenario, replications: int = 100, seed: int = 1):
        changes: dict[str, Any] = {}
        lost = scenario.behaviour.silent
        self.added: list[str] = []
        if not scenario.team.managers:
            self.added.append("manager")
            changes["team.managers"] = [{"id": "manager", "weekly_hours": 16}]
        if not lost.upper + lost.middle + lost.lower:
            self.added.append("silent")
            changes["behaviour.silent"] = {
                "upper": 0.35,
                "middle": 0.55,
                "lower": 0.35,
                "discovery_weeks": 22,
            }
            if not scenario.behaviour.touches.every_days:
                changes |= {"behaviour.touches.every_days": 14, "behaviour.touches.hours": 0.5}
        self.scenario = files.applied(scenario, changes)
        self.replications, self.seed = replications, seed

    def under(self, rule: str, more: Mapping[str, Any] | None = None) -> Scenario:
        """The company under a rule."""
        return files.applied(self.scenario, {"policies.review.rule": rule, **(more or {})})

    def find(self, progress: Progress = silent, check: Check = unhurried) -> Reviews:
        """Tell the years of every rule, from the first day and as if always."""
        worlds = {rule: self.under(rule) for rule in RULES}
        starts = self.scenario.measure.from_
        first = {
            rule + _FIRST: files.as_intervention(worlds[NONE], worlds[rule], starts)
            for rule in (WEEKLY, RULE)
        }
        told = years({**worlds, **first}, _read, self.replications, self.seed, progress, check)
        own = told[NONE]["bookings"]
        return Reviews(
            state={rule: {name: measured(told[rule][name], _reach(name)) for name in STATE} for rule in RULES},
            first_year={rule: difference(own, told[rule + _FIRST]["bookings"]) for rule in (WEEKLY, RULE)},
            long_run={rule: difference(own, told[rule]["bookings"]) for rule in (WEEKLY, RULE)},
            alive=_percent(measured(1 - told[NONE]["dead_share"], SHARE)),
            shrinks=_percent(relative(told[NONE]["open"], told[RULE]["open"])),
            bookings=_percent(relative(own, told[RULE + _FIRST]["bookings"])),
            revealed={rule: self._revealed(worlds[rule], check) for rule in (NONE, RULE)},
            engine=told.engine, replications=told.replications, seed=told.seed, currency=self.scenario.currency,
        )  # fmt: skip

    def _revealed(self, company: Scenario, check: Check) -> pd.DataFrame:
        check()
        engine = "auto" if at_once() == "compiled" else "reference"
        runs = simulate(company, self.seed, min(REVEALED, self.replications), engine=engine, workers=1)
        return reveal_sums(runs.log, weights=weights_of(company))


@dataclass(frozen=True)
class Cases:
    """What the rule does to bookings where something else is so."""

    first_year: dict[str, Difference]
    """Case -> 1-15-30 against no reviews in the same case."""
    long_run: dict[str, Difference]
    relative: dict[str, Measured]
    """First year, in percent of the bookings of the case without reviews."""
    state: dict[str, dict[str, Measured]]
    """Case -> number of `STATE` without reviews."""
    false_drops: dict[str, Measured]
    """Case -> living deals that are dropped in a year, in the long run."""
    order: Order
    engine: str
    replications: int
    seed: int
    currency: str


class ReviewCases(Review):
    """1-15-30 against none where verdicts are better or worse, where chasing takes much time, and at its word."""

    def case(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a case changes in the company, and what in the rule alone."""
        if name in LIVE_DROPPED:
            return {}, {"behaviour.judgement.live_dropped": LIVE_DROPPED[name]}
        if name == LITERAL:
            return {}, {"policies.review.verdict": "no_progress_out"}
        if name == CHASING:
            return {"behaviour.touches.every_days": 7, "behaviour.touches.hours": 1}, {}
        return {}, {}

    def find_cases(self, progress: Progress = silent, check: Check = unhurried) -> Cases:
        """Tell the years of every case, with the rule and without it."""
        starts = self.scenario.measure.from_
        worlds: dict[str, Scenario] = {}
        for name in CASES:
            company, rule = self.case(name)
            without = self.under(NONE, company)
            ruled = self.under(RULE, {**company, **rule})
            worlds |= {
                name: without, name + _FIRST: files.as_intervention(without, ruled, starts), name + RULE: ruled,
            }  # fmt: skip
        told = years(worlds, _read, self.replications, self.seed, progress, check)
        return self._cases(told)

    def _cases(self, told: Years) -> Cases:
        def booked(name: str) -> np.ndarray:
            return told[name]["bookings"].astype(float)

        steps = {
            name: (booked(name + _FIRST) - booked(name)) / max(booked(name).mean(), 1.0) for name in CASES
        }
        return Cases(
            first_year={name: difference(booked(name), booked(name + _FIRST)) for name in CASES},
            long_run={name: difference(booked(name), booked(name + RULE)) for name in CASES},
            relative={name: _percent(relative(booked(name), booked(name + _FIRST))) for name in CASES},
            state={name: {key: measured(told[name][key], _reach(key)) for key in STATE} for name in CASES},
            false_drops={name: measured(told[name + RULE]["false_drops"]) for name in CASES},
            order=order(steps), engine=told.engine, replications=told.replications, seed=told.seed,
            currency=self.scenario.currency,
        )  # fmt: skip


def _reach(name: str) -> tuple[float, float]:
    return SHARE if name in ("dead_share", "hours_on_dead", "utilisation") else POSITIVE


def _percent(found: Measured) -> Measured:
    return Measured(*(100 * end for end in (found.mean, found.low, found.high)))


def _read(log: EventLog, company: Scenario) -> Mapping[str, Any]:
    names = ("bookings", "zombie_share", "hours_on_dead_share", "utilisation", "false_drops", "manager_hours")
    true = measure(log, names=names)
    shown = measure(log, REPORT, weights_of(company), names=("open_deals", "weighted_nominal"))
    return {
        "bookings": true["bookings"], "open": shown["open_deals"], "weighted": shown["weighted_nominal"],
        "dead": true["zombie_share"] * shown["open_deals"], "dead_share": true["zombie_share"],
        "hours_on_dead": true["hours_on_dead_share"], "utilisation": true["utilisation"],
        "false_drops": true["false_drops"], "manager_hours": true["manager_hours"],
    }  # fmt: skip
