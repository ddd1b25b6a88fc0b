"""No CRM at hand: five answers make a scenario. `read("deals", "80-120")`, `made(replies) -> Scenario`.

The stages are those of a shipped scenario. Demand, amounts, team, delays and odds are moved until they
say what was answered; hours of work are moved until the team has that much to do. What nobody was asked
stays as it is in the shipped scenario, and the ledger calls it assumed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from funnelsim.calendar import MONTH_DAYS, YEAR_DAYS
from funnelsim.errors import ScenarioError
from funnelsim.labels import text
from funnelsim.scenario.checks import typical_cycle_days
from funnelsim.scenario.distributions import Distribution, median
from funnelsim.scenario.files import load, parse, plain
from funnelsim.scenario.model import Scenario

QUESTIONS = ("deals", "value", "cycle", "team", "win")
BASES = ("five_stage", "industrial_8x8")
YEAR_WEEKS = YEAR_DAYS / 7
LOAD, POOL_LOAD = 0.75, 0.5  # of the hours there are, busy with deals
WORK_SHARE = 0.35  # of the cycle, at most, that the work on a won deal takes alone
MOST_HOURS = 4.0  # times the hours of the base, at most

_LIMITS = {
    "deals": (1, 10_000),
    "value": (1, 10**12),
    "cycle": (10, 730),
    "team": (1, 500),
    "win": (0.005, 0.95),
}
EXAMPLES = {
    "deals": ("100", "80-120"),
    "value": ("150000", "120k-200k"),
    "cycle": ("120", "90-150"),
    "team": ("4", "3-5"),
    "win": ("20 %", "15-25 %"),
}
DEFAULTS = {question: example for question, (example, _) in EXAMPLES.items()}
_SIZES = {
    "k": 1e3, "千": 1e3, "万": 1e4, "m": 1e6, "mio": 1e6, "million": 1e6, "百万": 1e6, "亿": 1e8,
}  # fmt: skip
_TIMES = {
    **dict.fromkeys(("d", "day", "days", "天", "日"), 1.0),
    **dict.fromkeys(("w", "week", "weeks", "周"), 7.0),
    **dict.fromkeys(("m", "mo", "month", "months", "个月", "月"), MONTH_DAYS),
    **dict.fromkeys(("y", "year", "years", "年"), YEAR_DAYS),
}
_UNITS = {"deals": _SIZES, "value": _SIZES, "cycle": _TIMES, "team": {}, "win": {"%": 0.01}}
_NUMBER = r"([-+]?\d+(?:[,']\d{3})*(?:[.,]\d+)?(?:e[-+]?\d+)?)\s*([^\d\s.,'+~–—-]*)"
_ANSWER = re.compile(rf"{_NUMBER}(?:\s*(?:\.\.|-|–|—|~|to|至|到)\s*{_NUMBER})?")


@dataclass(frozen=True)
class Reply:
    """An answer: what is most likely, and the ends between which it lies."""

    value: float
    low: float
    high: float

    @property
    def is_range(self) -> bool:
        return self.low < self.high


Replies = Mapping[str, Reply]
"""One for each of QUESTIONS: deals a year, value in the currency, cycle in days, people, share won."""


@dataclass(frozen=True)
class Tuning:
    """What a simulation has shown to be off: factors on the cycle and the win share that are aimed at."""

    cycle: float = 1.0
    win: float = 1.0


def read(question: str, answer: str) -> Reply:
    """The answer to a question, a number or a range; ScenarioError with the mend where it is neither.

    >>> read("deals", "80-120"), read("win", "20 %").value, read("cycle", "3 months").value
    (Reply(value=100.0, low=80.0, high=120.0), 0.2, 91.3125)
    """
    example, span = EXAMPLES[question]
    plain_text = re.sub(r"[¥€$£元]|cny|eur|usd", "", unicodedata.normalize("NFKC", answer).strip().lower())
    found = _ANSWER.fullmatch(plain_text.replace(" to ", "-").strip())
    facts = {"given": answer.strip()[:40], "example": example, "range": span}
    if not found:
        raise ScenarioError.of(question, "start_no_number", **facts)
    first, unit, second, second_unit = found.groups()
    numbers = [_number(first), _number(second if second is not None else first)]
    units = [unit or second_unit or "", second_unit or unit or ""]
    known = _UNITS[question]
    if any(one and one not in known for one in units):
        raise ScenarioError.of(question, "start_no_number", **facts)
    if question == "win" and not units[0]:
        units = ["%", "%"] if max(numbers) >= 1 else units
    low, high = (round(number * known.get(one, 1.0), 9) for number, one in zip(numbers, units, strict=True))
    if low > high:
        raise ScenarioError.of(question, "span_reversed", low=first, high=second)
    least, most = _LIMITS[question]
    if not (least <= low and high <= most):
        raise ScenarioError.of(
            question, "start_range", **facts, least=_shown(question, least), most=_shown(question, most)
        )
    value = (low + high) / 2
    if question == "team":
        if low != int(low) or high != int(high):
            raise ScenarioError.of(question, "start_whole", **facts)
        value = math.floor(value + 0.5)
    return Reply(float(value), low, high)


def _number(written: str) -> float:
    """A number as people write it: a comma before three digits parts thousands, else it is a point."""
    whole = re.sub(r"[,'](?=\d{3}(?!\d))", "", written)
    return float(whole.replace(",", "."))


def _shown(question: str, value: float) -> str:
    return f"{100 * value:g} %" if question == "win" else f"{value:,.0f}"


def at(replies: Replies, end: str) -> dict[str, Reply]:
    """The answers at their `low` end, which brings the least, or their `high` one; a cycle turns round."""
    found = {}
    for question, reply in replies.items():
        low = (end == "low") != (question == "cycle")
        found[question] = replace(reply, value=reply.low if low else reply.high)
    return found


def made(
    replies: Replies, base: str = "five_stage", currency: str | None = None, tuning: Tuning | None = None
) -> Scenario:
    """The scenario that the answers describe, in the stages of a shipped one.

    Weekly deals, mean amount and reps are what was answered. All odds move by one step in logit, so that
    the share won, with quality, skill and sources integrated over, is what was answered (bisection). All
    delays move by one factor, so that the typical cycle is (`checks.typical_cycle_days`, bisection).
    Reps do not prospect: the answer counts all new deals. Hours a deal fill the team's time to 75 %, or
    less where deals are few.
    """
    tuning = tuning or Tuning()
    model = load(base)
    step = logit_step(model, replies["win"].value * tuning.win)
    reach = _reach(model, step)
    team = int(replies["team"].value)
    weekly = replies["deals"].value / YEAR_WEEKS
    hours = _hours_factor(model, reach, weekly / team, replies["cycle"].value)

    data = plain(model)
    data["name"] = {lang: text("start.name", lang) for lang in ("en", "zh")}
    data["description"] = {
        lang: text("start.description", lang, base=model.name.say(lang)) for lang in ("en", "zh")
    }
    data["currency"] = currency or model.currency
    data.pop("scope", None)
    data.pop("targets", None)
    data.setdefault("measure", {})["warmup_weeks"] = max(78, math.ceil(2.5 * replies["cycle"].value / 7))
    for stage, own in zip(data["stages"], model.stages, strict=True):
        stage["advance_rate"] = _rate(own.advance_rate, step)
        stage["rep_hours"] = _scaled(own.rep_hours, hours)
        for task, specialist in zip(stage.get("specialists", []), own.specialists, strict=True):
            task["hours"] = _scaled(specialist.hours, hours)
    data["demand"]["amount"] = _amount(model.demand.amount, replies["value"].value)
    data["demand"]["units"], data["territories"], data["team"]["reps"] = _market(model, weekly, team)
    data["team"]["pools"] = [
        pool | _people(model, pool["id"], reach, weekly, hours) for pool in data["team"].get("pools", [])
    ]
    data.setdefault("policies", {})["prospecting"] = {}
    data["policies"]["routing"] = "territory"
    data["provenance"] = {}
    scenario = _with_cycle(parse(data), model, replies["cycle"].value * tuning.cycle)
    return parse(plain(scenario) | {"provenance": _provenance(scenario, model, replies, tuning)})


def share_won(scenario: Scenario, step: float = 0.0) -> float:
    """Share of new deals that pass every stage, all odds moved by a step in logit.

    Quality and skill are normal (Gauss-Hermite, 41 points), sources weigh by their demand. Neglect, silent
    deaths and regress are not in it.
    """
    return float(_reach(scenario, step)[-1])


def _reach(scenario: Scenario, step: float) -> np.ndarray:
    """Share of new deals that come to each stage, and at the end past the last, (stages + 1,)."""
    sources = [s for s in scenario.demand.sources if not s.prospecting]
    weights = np.array([s.share for s in sources])
    points, mass = np.polynomial.hermite_e.hermegauss(41)
    spread = math.hypot(scenario.behaviour.quality_sd, scenario.behaviour.skill_sd)
    luck = points[:, None] * spread + np.array([s.effect_logit for s in sources])
    each = (mass / mass.sum())[:, None] * (weights / weights.sum())
    passed, reach = np.ones_like(luck), [1.0]
    for stage in scenario.stages:
        own = special.logit(np.clip(stage.advance_rate, 1e-9, 1 - 1e-9)) + stage.effect_logit + step
        passed = passed * special.expit(own + luck)
        reach.append(float((each * passed).sum()))
    return np.array(reach)


def logit_step(scenario: Scenario, share: float) -> float:
    """The step in logit on all odds with which this share of new deals is won; bisection."""
    low, high = -15.0, 15.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if share_won(scenario, middle) < share else (low, middle)
    return (low + high) / 2


def _rate(rate: float, step: float) -> float:
    return round(float(special.expit(special.logit(min(max(rate, 1e-9), 1 - 1e-9)) + step)), 5)


def _hours_factor(model: Scenario, reach: np.ndarray, weekly: float, cycle: float) -> float:
    """Factor on hours with which a rep who gets so many deals a week is busy to LOAD, within bounds."""
    hours = np.array([median(stage.rep_hours) for stage in model.stages])
    available = float(np.mean([rep.weekly_hours for rep in model.team.reps]))
    busy = LOAD * available / (weekly * float(reach[:-1] @ hours))
    patient = WORK_SHARE * cycle * available / (7 * float(hours.sum()))
    return min(busy, patient, MOST_HOURS)


def _scaled(distribution: Distribution, factor: float) -> Any:
    """A distribution of another size, three figures that mean something."""
    told = distribution.dump()
    if not isinstance(told, dict):
        return float(f"{told * factor:.3g}")
    return told | {
        key: float(f"{told[key] * factor:.4g}")
        for key in ("value", "median", "mean", "scale")
        if told.get(key) is not None
    }


def _amount(amount: Distribution, mean: float) -> dict[str, Any]:
    spread = amount.spread if amount.spread is not None else 0.8
    return {"mean": mean, "spread": spread}


def _market(model: Scenario, weekly: float, team: int) -> tuple[list, list, list]:
    """Units, territories and reps: as many equal areas as there are reps."""
    parts = max(1, math.ceil(weekly / team / 300))  # a unit takes so many deals a week, not more
    hours = float(np.mean([rep.weekly_hours for rep in model.team.reps]))
    units, territories, reps = [], [], []
    for n in range(1, team + 1):
        area = {lang: text("start.area", lang, n=n) for lang in ("en", "zh")}
        own = [f"area_{n}" if parts == 1 else f"area_{n}_{k}" for k in range(1, parts + 1)]
        units += [
            {"id": unit, "name": area, "region": f"area_{n}", "weekly_deals": weekly / team / parts}
            for unit in own
        ]
        territories.append({"id": f"area_{n}", "name": area, "units": own})
        person = {lang: text("start.rep", lang, n=n) for lang in ("en", "zh")}
        reps.append({"id": f"rep_{n}", "name": person, "territory": f"area_{n}", "weekly_hours": hours})
    return units, territories, reps


def _people(
    model: Scenario, pool: str, reach: np.ndarray, weekly: float, hours: float
) -> dict[str, float | int]:
    """People and weekly hours of a pool that is busy to POOL_LOAD."""
    asked = sum(
        share * median(task.hours) * (0.25 if task.when == "amount_p75" else 1.0)
        for stage, share in zip(model.stages, reach, strict=False)
        for task in stage.specialists
        if task.pool == pool and task.when != "never"
    )
    wanted = max(1.0, weekly * asked * hours / POOL_LOAD)
    people = math.ceil(wanted / 20)
    return {"people": people, "weekly_hours": round(wanted / people, 2)}


def _with_cycle(scenario: Scenario, model: Scenario, cycle: float) -> Scenario:
    """The scenario whose delays are those of the model times a factor that gives the cycle; bisection."""

    def delayed(factor: float) -> Scenario:
        stages = tuple(
            stage.model_copy(
                update={
                    "delay_days": own.delay_days.model_copy(
                        update={
                            name: Distribution.model_validate(_scaled(part, factor))
                            for name in type(own.delay_days).model_fields
                            if (part := getattr(own.delay_days, name)) is not None
                        }
                    )
                }
            )
            for stage, own in zip(scenario.stages, model.stages, strict=True)
        )
        return scenario.model_copy(update={"stages": stages})

    low, high = 1e-4, 1e3
    for _ in range(40):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if typical_cycle_days(delayed(middle)) < cycle else (low, middle)
    return delayed(high)


def _provenance(scenario: Scenario, model: Scenario, replies: Replies, tuning: Tuning) -> dict[str, Any]:
    """Where the numbers come from: the answers with their ends, and what the base says of the rest."""
    changed = ("demand", "team", "policies", "scope", "targets")
    found = {
        path: plain(origin)
        for path, origin in model.provenance.items()
        if path.split(".")[0] not in changed
        and not path.endswith((".advance_rate", ".delay_days", ".rep_hours", ".specialists", ".third"))
    }

    def told(
        question: str, scale: float = 1.0, value: float | None = None, ends: Any = None
    ) -> dict[str, Any]:
        reply = replies[question]
        origin: dict[str, Any] = {
            "kind": "assumed",
            "from": text(f"start.from.{question}", answer=said(question, reply)),
        }
        if reply.is_range:
            low, high = ends or (reply.low * scale, reply.high * scale)
            origin |= {"low": float(f"{low:.5g}"), "high": float(f"{high:.5g}")}
        return origin

    deals, cycle, win = replies["deals"], replies["cycle"], replies["win"]
    found["demand.units.*.weekly_deals"] = told("deals", scenario.demand.units[0].weekly_deals / deals.value)
    found["demand.amount.mean"] = told("value")
    found["team.reps"] = told("team")
    steps = [logit_step(model, end * tuning.win) for end in (win.low, win.high)] if win.is_range else []
    for stage, own in zip(scenario.stages, model.stages, strict=True):
        days = median(stage.delay_days.advance)
        found[f"stages.{stage.id}.delay_days"] = told("cycle", days / cycle.value)
        ends = [_rate(own.advance_rate, step) for step in steps]
        found[f"stages.{stage.id}.advance_rate"] = told("win", ends=ends)
    found["stages.*.rep_hours"] = {"kind": "assumed", "from": text("start.from.hours")}
    if scenario.team.pools:
        found["team.pools"] = {"kind": "assumed", "from": text("start.from.hours")}
    found["policies.prospecting"] = {"kind": "assumed", "from": text("start.from.prospecting")}
    return found


def said(question: str, reply: Reply) -> str:
    """An answer as it was understood."""
    if question == "win":
        low, high = (f"{100 * end:g}" for end in (reply.low, reply.high))
        return f"{low} %" if low == high else f"{low}–{high} %"
    low, high = (f"{end:,.0f}" if end > 10 else f"{end:g}" for end in (reply.low, reply.high))
    return low if low == high else f"{low}–{high}"
