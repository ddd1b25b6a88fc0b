"""A scenario out of what was fitted, every number with where it comes from.

A CRM log holds the customer's time and all waiting in one; it does not show hours of work, specialists,
hidden quality or what the report hides. So the proposed scenario takes the fitted days as the customer's
time, no hours, and no scatter beyond what was seen, and marks all of that as assumed (`UNKNOWN`). With
`base`, a scenario with the same stages, hours, specialists, pools and policies come from there, still assumed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.arrivals import ArrivalFit
from funnelsim.fit.demand_part import demand_part
from funnelsim.fit.effects import Effect
from funnelsim.fit.jumps import weighted_quantile
from funnelsim.fit.ledger import Ledger, slugs
from funnelsim.fit.paths import Paths
from funnelsim.fit.stage_part import NEVER_DAYS, stage_part
from funnelsim.fit.stages import StageFit
from funnelsim.fit.values import ValueFit
from funnelsim.history.log import CODE
from funnelsim.history.reader import History
from funnelsim.scenario.distributions import quantile
from funnelsim.scenario.funnel import Delay
from funnelsim.scenario.model import Measure, Scenario

MOST_REPS = 200
UNKNOWN = {
    "hours": ("stages.*.rep_hours", "team.reps.*.weekly_hours"),
    "pools": ("stages.*.specialists", "team.pools"),
    "quality": ("behaviour.quality_sd", "behaviour.skill_sd"),
    "hidden": ("behaviour.stalls", "behaviour.silent", "behaviour.reporting"),
    "touches": ("behaviour.touches",),
    "policies": ("policies", "calendar", "weights"),
}
"""What no CRM log can tell, and where it stands in a scenario."""


def propose(
    history: History,
    stages: tuple[StageFit, ...],
    arrivals: ArrivalFit,
    values: ValueFit | None,
    base: Scenario | None,
    paths: Paths | None = None,
    effects: dict[str, dict[str, Effect]] | None = None,
    measure: Measure | None = None,
) -> Scenario:
    """The fitted scenario: measured in the twelve months after the record, warmed up for a long cycle.

    effects   by `owner` and `source`: member -> change of its odds, where they differ
    measure   the measured period, where it is known already
    """
    ids = slugs(stage.name for stage in stages)
    if base is not None and [stage.id for stage in base.stages] != ids:
        raise FitError.of(
            history.name,
            "fit_base_stages",
            stages=", ".join(ids),
            base=", ".join(stage.id for stage in base.stages),
        )
    raw: dict[str, Any] = (
        {} if base is None else base.model_dump(mode="json", by_alias=True, exclude_none=True)
    )
    for gone in ("interventions", "targets", "provenance", "notes", "description"):
        raw.pop(gone, None)
    ledger = Ledger(history, base.name.say("en") if base else None)
    stem = re.sub(r"\.\w+$", "", history.name)
    raw["name"] = {"en": f"Fitted from {stem}", "zh": f"由 {stem} 拟合"}
    jumps = paths is not None and paths.skip_share is not None
    passed = np.zeros(len(stages), int) if paths is None or jumps else paths.passed
    raw["stages"] = [
        stage_part(
            fit, ids[n], _third(n, len(stages)), history, ledger, raw["stages"][n] if base else None,
            int(passed[n]),
        )
        for n, fit in enumerate(stages)
    ]  # fmt: skip
    effects = effects or {}
    raw["demand"] = demand_part(arrivals, values, ledger, effects.get("source", {}))
    raw.setdefault("team", {})["reps"] = _reps(history, base, ledger, effects.get("owner", {}))
    raw["territories"] = []
    raw["policies"] = {**raw.get("policies", {}), "routing": "random", "prospecting": {"every_days": None}}
    raw["behaviour"] = _behaviour(raw.get("behaviour", {}), paths, ledger)
    if jumps:
        raw["policies"]["strict"] = False
    for path in ("behaviour.quality_sd", "behaviour.skill_sd", "policies", "calendar"):
        ledger.assumed(path)
    raw["provenance"] = ledger.entries
    if measure is not None:
        raw["measure"] = measure.model_dump(mode="json", by_alias=True)
        return Scenario.model_validate(raw)
    begin = history.as_of + timedelta(days=1)
    raw["measure"] = {"from": begin, "to": _year_after(begin), "warmup_weeks": 0}
    scenario = Scenario.model_validate(raw)
    known = 0 if base is None else base.measure.warmup_weeks
    warmup = min(1040, max(known, int(np.ceil(long_cycle(scenario) / 7))))
    return scenario.model_copy(
        update={"measure": scenario.measure.model_copy(update={"warmup_weeks": warmup})}
    )  # fmt: skip


def _behaviour(base: dict[str, Any], paths: Paths | None, ledger: Ledger) -> dict[str, Any]:
    """The recorded days and ends already hold stalls, neglect, silent ends and late entries: only what
    touches cost in hours comes from the base, or they would be counted twice."""
    touches = base.get("touches", {})
    told: dict[str, Any] = {
        "touches": {**touches, "neglect_weekly_rate": 0.0} if touches else {},
        "quality_sd": 0.0,
        "skill_sd": 0.0,
        "customer_starts": "stage",
    }
    if paths is None:
        return told
    if paths.skip_share is not None:
        told["skip_share"] = round(paths.skip_share, 6)
        ledger.fitted("behaviour.skip_share", sum(paths.jumps.values()))
    if paths.revive_words:
        told["revive"] = {"share": round(paths.revive_share, 6), "days": paths.revive_words}
        ledger.fitted("behaviour.revive", paths.reopened)
    return told


def _reps(
    history: History, base: Scenario | None, ledger: Ledger, effects: dict[str, Effect]
) -> list[dict[str, Any]]:
    """The owners of the record, at most 200, those with most deals first; their hours are the base's mean."""
    log = history.log
    owners = log.deals.person[(log.deals.event == CODE["created"]) & (log.deals.person >= 0)]
    counts = np.bincount(owners, minlength=len(log.names.people))
    most = [int(i) for i in np.argsort(-counts, kind="stable")[:MOST_REPS] if counts[i]]
    names = [log.names.people[i] for i in sorted(most)] or ["rep"]
    hours = (
        {}
        if base is None
        else {"weekly_hours": round(float(np.mean([r.weekly_hours for r in base.team.reps])), 2)}
    )
    reps = []
    for id, name in zip(slugs(names), names, strict=True):
        rep = {"id": id, "name": name[:2000], **hours}
        if name in effects:
            middle, low, high = effects[name]
            rep["skill_logit"] = round(middle, 4)
            ledger.fitted(f"team.reps.{id}.skill_logit", counts.sum() / len(names), low, high)
        reps.append(rep)
    ledger.assumed("team.reps.*.weekly_hours")
    return reps


def long_cycle(scenario: Scenario, share: float = 0.95, deals: int = 10_000) -> float:
    """Days after which 95 % of the deals that end at all have ended, work not counted.

    A chain walked with fixed luck.
    """
    rng = np.random.default_rng(1)
    days, at = np.zeros(deals), np.zeros(deals, int)
    for _ in range(20 * len(scenario.stages)):
        if (at < 0).all():
            break
        for number, stage in enumerate(scenario.stages):
            here = np.flatnonzero(at == number)
            if not here.size:
                continue
            ends = stage.otherwise
            rest = 1 - stage.advance_rate
            shares = [
                stage.advance_rate,
                rest * ends.regress,
                rest * ends.no_decision,
                rest * sum(ends.lost.values()),
            ]
            kind = rng.choice(4, here.size, p=np.array(shares) / sum(shares))
            for k, delay in enumerate(Delay.by_outcome(stage.delay_days)):
                mine = here[kind == k]
                days[mine] += quantile(delay, rng.uniform(1e-9, 1 - 1e-9, mine.size))
            last = number + 1 == len(scenario.stages)
            at[here] = np.where(
                kind == 0, -1 if last else number + 1, np.where((kind == 1) & (number > 0), number - 1, -1)
            )
    days = days[days < NEVER_DAYS]
    return float(weighted_quantile(days, np.ones(days.size), np.array(share))) if days.size else 0.0


def _third(number: int, count: int) -> str:
    return ("upper", "middle", "lower")[min(3 * number // count, 2)] if count > 1 else "middle"


def _year_after(begin: date) -> date:
    try:
        return begin.replace(year=begin.year + 1) - timedelta(days=1)
    except ValueError:  # from 29 February
        return begin + timedelta(days=364)
