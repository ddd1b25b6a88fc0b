"""A scenario out of what was fitted, every number with where it comes from.

A CRM log holds the customer's time and all waiting in one; it does not show hours of work, specialists,
hidden quality or skill. So the proposed scenario takes the fitted days as the customer's time, no hours,
and no scatter beyond what was seen, and marks all of that as assumed. With `base`, a scenario with the
same stages, hours, specialists, pools and policies come from there, still assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.arrivals import ArrivalFit
from funnelsim.fit.stages import StageFit, empirical_words, weighted_quantile
from funnelsim.fit.values import ValueFit
from funnelsim.history.log import CODE
from funnelsim.history.reader import History
from funnelsim.history.visits import OUTCOMES
from funnelsim.scenario.distributions import Distribution, quantile
from funnelsim.scenario.funnel import Delay
from funnelsim.scenario.model import Scenario

MOST_REPS = 200
MOST_UNITS = 100
MOST_REASONS = 8
ASSUMED_STAGE = {"advance_rate": 0.5, "delay_days": {"median": 30.0, "spread": 0.8}}
ASSUMED_AMOUNT = {"median": 100_000.0, "spread": 0.8}


def propose(
    history: History,
    stages: tuple[StageFit, ...],
    arrivals: ArrivalFit,
    values: ValueFit | None,
    base: Scenario | None,
) -> Scenario:
    """The fitted scenario: measured in the twelve months after the record, warmed up for a long cycle."""
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
    ledger = _Ledger(history)
    stem = re.sub(r"\.\w+$", "", history.name)
    raw["name"] = {"en": f"Fitted from {stem}", "zh": f"由 {stem} 拟合"}
    raw["stages"] = [
        _stage(fit, ids[n], _third(n, len(stages)), history, ledger, raw["stages"][n] if base else None)
        for n, fit in enumerate(stages)
    ]
    raw["demand"] = _demand(arrivals, values, ledger)
    raw.setdefault("team", {})["reps"] = _reps(history, base)
    raw["territories"] = []
    raw["policies"] = {**raw.get("policies", {}), "routing": "random", "prospecting": {"every_days": None}}
    # The recorded days and ends already hold stalls, neglect, silent ends and late entries: only what
    # touches cost in hours comes from the base, or they would be counted twice.
    touches = raw.get("behaviour", {}).get("touches", {})
    raw["behaviour"] = {
        "touches": {**touches, "neglect_weekly_rate": 0.0} if touches else {},
        "quality_sd": 0.0,
        "skill_sd": 0.0,
        "customer_starts": "stage",
    }
    begin = history.as_of + timedelta(days=1)
    raw["measure"] = {"from": begin, "to": _year_after(begin), "warmup_weeks": 0}
    raw["provenance"] = ledger.entries
    scenario = Scenario.model_validate(raw)
    known = 0 if base is None else base.measure.warmup_weeks
    warmup = min(1040, max(known, int(np.ceil(long_cycle(scenario) / 7))))
    measure = scenario.measure.model_copy(update={"warmup_weeks": warmup})
    return scenario.model_copy(update={"measure": measure})


class _Ledger:
    """Provenance entries of one history."""

    def __init__(self, history: History):
        first = history.entry_day or history.log.start
        self.source, self.period = history.name, f"{first.isoformat()}/{history.as_of.isoformat()}"
        self.entries: dict[str, dict[str, Any]] = {}

    def fitted(self, path: str, rows: int, low: float | None = None, high: float | None = None) -> None:
        entry: dict[str, Any] = {
            "kind": "fitted",
            "from": self.source,
            "rows": int(rows),
            "period": self.period,
        }
        if low is not None and high is not None:
            entry |= {"low": float(low), "high": float(high)}
        self.entries[path] = entry


def _stage(
    fit: StageFit, id: str, third: str, history: History, ledger: _Ledger, base: dict[str, Any] | None
) -> dict:
    stage: dict[str, Any] = base or {"id": id, "name": fit.name, "third": third, "rep_hours": 0}
    path = f"stages.{id}"
    if not fit.outcomes:
        return {**stage, **ASSUMED_STAGE} if base is None else stage
    share = {name: fit.outcomes[name].share if name in fit.outcomes else 0.0 for name in OUTCOMES}
    # what never resolves has silently been decided against; it stays open as long as the oldest one did
    share["no_decision"] += fit.unresolved
    total = sum(share.values())
    advance = share["advance"] / total
    rest = total - share["advance"]
    stage["advance_rate"] = round(advance, 6)
    if "advance" in fit.outcomes:
        ledger.fitted(
            f"{path}.advance_rate", fit.entered, fit.outcomes["advance"].low, fit.outcomes["advance"].high
        )
    if rest > 1e-9:
        reasons = _reasons(history, fit)
        ends = {"regress": share["regress"] / rest, "no_decision": share["no_decision"] / rest}
        lost = {reason: share["lost"] / rest * part for reason, part in reasons.items()}
        stage["otherwise"] = _summing_to_one({**ends, "lost": lost})
        ledger.fitted(f"{path}.otherwise", fit.entered)
    stage["delay_days"] = _delays(fit)
    alone = set(stage["delay_days"]) == {"advance"}
    for name, words in stage["delay_days"].items():
        at = f"{path}.delay_days" if alone else f"{path}.delay_days.{name}"
        told = fit.outcomes.get(name)
        rows = told.events if told else fit.open
        ledger.fitted(at, rows)
        if told and "median" in words:
            ledger.fitted(f"{at}.median", rows, told.median_low, told.median_high)
    return stage


def _delays(fit: StageFit) -> dict[str, Any]:
    """Days of each outcome; `advance` is always there, because the others fall back on it."""
    delays = {name: outcome.words for name, outcome in fit.outcomes.items()}
    if fit.unresolved > 0:
        recorded = fit.outcomes.get("no_decision")
        if recorded is None:
            delays["no_decision"] = {"family": "fixed", "value": fit.unresolved_days}
        else:
            values, weights = _sampled(recorded.words)
            values = np.r_[values, fit.unresolved_days]
            weights = np.r_[weights * recorded.share / weights.sum(), fit.unresolved]
            delays["no_decision"] = empirical_words(values, weights, most=10_000)
    if "advance" not in delays:
        delays = {"advance": next(iter(delays.values())), **delays}
    return delays


def _sampled(words: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Values and weights that stand for a distribution."""
    if words["family"] == "empirical":
        return np.array(words["values"]), np.array(words["weights"])
    values = quantile(Distribution.model_validate(words), (np.arange(100) + 0.5) / 100)
    return values, np.full(100, 0.01)


def _reasons(history: History, fit: StageFit) -> dict[str, float]:
    """Share of each reason among the losses of a stage; one reason `lost` where none is told."""
    log = history.log
    number = log.names.stages.index(fit.name)
    rows = log.deals.where((log.deals.event == CODE["lost"]) & (log.deals.stage == number))
    told = rows.reason[rows.reason >= 0]
    if not told.size:
        return {"lost": 1.0}
    counts = np.bincount(told, minlength=len(log.names.reasons))
    kept = [int(r) for r in np.argsort(-counts, kind="stable")[:MOST_REASONS] if counts[r]]
    names = slugs([*(log.names.reasons[r] for r in kept), "other"])
    shares = {name: counts[r] / rows.reason.size for name, r in zip(names, kept, strict=False)}
    left = 1.0 - sum(shares.values())
    return shares if left < 1e-9 else {**shares, names[-1]: left}


def _summing_to_one(endings: dict[str, Any]) -> dict[str, Any]:
    """The shares rounded to six places, what rounding leaves given to the largest."""
    flat: dict[tuple[str, ...], float] = {
        ("regress",): endings["regress"],
        ("no_decision",): endings["no_decision"],
    }
    flat |= {("lost", reason): share for reason, share in endings["lost"].items()}
    flat = {key: round(float(share), 6) for key, share in flat.items()}
    largest = max(flat, key=lambda key: flat[key])
    flat[largest] = round(flat[largest] + 1.0 - sum(flat.values()), 6)
    lost = {key[1]: share for key, share in flat.items() if len(key) == 2}
    return {"regress": flat[("regress",)], "no_decision": flat[("no_decision",)], "lost": lost}


def _demand(arrivals: ArrivalFit, values: ValueFit | None, ledger: _Ledger) -> dict[str, Any]:
    territories = arrivals.territories if 1 < len(arrivals.territories) <= MOST_UNITS else {"all": 1.0}
    ids = slugs(territories)
    units = []
    for id, (name, share) in zip(ids, territories.items(), strict=True):
        units.append({"id": id, "name": name, "weekly_deals": round(arrivals.weekly * share, 6)})
        ledger.fitted(
            f"demand.units.{id}.weekly_deals",
            round(arrivals.deals * share),
            arrivals.low * share,
            arrivals.high * share,
        )
    sources = arrivals.sources or {"inbound": 1.0}
    shares = _rounded(list(sources.values()))
    named = slugs(sources)
    demand: dict[str, Any] = {
        "units": units,
        "sources": [
            {"id": id, "name": name, "share": share}
            for id, name, share in zip(named, sources, shares, strict=True)
        ],
        "amount": values.words if values else ASSUMED_AMOUNT,
    }
    if arrivals.sources:
        for id, share in zip(named, shares, strict=True):
            ledger.fitted(f"demand.sources.{id}.share", round(arrivals.deals * share))
    if arrivals.market_cv is not None:
        demand["market_cv"] = round(arrivals.market_cv, 4)
        ledger.fitted("demand.market_cv", int(arrivals.weeks))
    if arrivals.season is not None:
        demand["season"] = list(arrivals.season)
        ledger.fitted("demand.season", arrivals.deals)
    if values:
        ledger.fitted("demand.amount", values.deals)
        if "median" in values.words:
            ledger.fitted("demand.amount.median", values.deals, values.low, values.high)
    return demand


def _reps(history: History, base: Scenario | None) -> list[dict[str, Any]]:
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
    return [{"id": id, "name": name[:2000], **hours} for id, name in zip(slugs(names), names, strict=True)]


def long_cycle(scenario: Scenario, share: float = 0.95, deals: int = 10_000) -> float:
    """Days after which 95 % of the deals have ended, work not counted; a chain walked with fixed luck."""
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
    return float(weighted_quantile(days, np.ones(deals), np.array(share)))


def slugs(names: Iterable[str]) -> list[str]:
    """Ids out of names: letters, digits and Chinese characters, each one once.

    >>> slugs(["Needs analysis", "needs-analysis!", "方案 提供"])
    ['needs_analysis', 'needs-analysis', '方案_提供']
    """
    made: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_\-\u4e00-\u9fff]+", "_", name.strip()).strip("_-")[:50] or "x"
        # an id stays as it is; a name in several words is written small
        slug = plain if plain == name else plain.lower()
        number = 2
        while slug in made:
            slug, number = f"{re.sub(r'_[0-9]+$', '', slug)}_{number}", number + 1
        made.append(slug)
    return made


def _rounded(shares: list[float]) -> list[float]:
    rounded = [round(share, 6) for share in shares]
    largest = int(np.argmax(rounded))
    rounded[largest] = round(rounded[largest] + 1.0 - sum(rounded), 6)
    return rounded


def _third(number: int, count: int) -> str:
    return ("upper", "middle", "lower")[min(3 * number // count, 2)] if count > 1 else "middle"


def _year_after(begin: date) -> date:
    try:
        return begin.replace(year=begin.year + 1) - timedelta(days=1)
    except ValueError:  # from 29 February
        return begin + timedelta(days=364)
