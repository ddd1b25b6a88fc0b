"""A fitted stage in the words of a scenario: shares, days, reasons, and the deals that were moved over it."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.fit.jumps import empirical_words
from funnelsim.fit.ledger import Ledger, slugs
from funnelsim.fit.stages import StageFit
from funnelsim.history.log import CODE, REPORT
from funnelsim.history.reader import History
from funnelsim.history.visits import OUTCOMES
from funnelsim.scenario.distributions import Distribution, quantile

NEVER_DAYS = 36_500.0
"""A century, beyond the end of every run: what never resolves stays open, as it does in the record."""
MOST_REASONS = 8
FEWEST_PASSED = 0.005
"""Share of a stage's deals that were moved over it, below which that is left out."""
ASSUMED_STAGE = {"advance_rate": 0.5, "delay_days": {"median": 30.0, "spread": 0.8}}


def stage_part(
    fit: StageFit, id: str, third: str, history: History, ledger: Ledger, base: dict[str, Any] | None,
    passed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """The stage as raw data.

    passed   deals that were moved over it: they count as visits of no days that advance
    """
    stage: dict[str, Any] = base or {"id": id, "name": fit.name, "third": third, "rep_hours": 0}
    path = f"stages.{id}"
    ledger.assumed(f"{path}.rep_hours")
    if not fit.outcomes:
        if base is None:
            ledger.assumed(path)
        return {**stage, **ASSUMED_STAGE} if base is None else stage
    share = {name: fit.outcomes[name].share if name in fit.outcomes else 0.0 for name in OUTCOMES}
    # nobody knows how it would be decided: it counts as no decision, and stays open beyond every run
    share["no_decision"] += fit.unresolved
    total = sum(share.values())
    over = passed / (fit.entered + passed)
    over = over if over >= FEWEST_PASSED else 0.0
    advance = over + (1 - over) * share["advance"] / total
    stage["advance_rate"] = round(advance, 6)
    if (told := fit.outcomes.get("advance")) is not None:
        low, high = (over + (1 - over) * bound for bound in (told.low, told.high))
        ledger.fitted(f"{path}.advance_rate", fit.entered + passed, low, high)
    rest = total - share["advance"]
    if rest > 1e-9:
        ends = {"regress": share["regress"] / rest, "no_decision": share["no_decision"] / rest}
        lost = {reason: share["lost"] / rest * part for reason, part in _reasons(history, fit).items()}
        stage["otherwise"] = _summing_to_one({**ends, "lost": lost})
        ledger.fitted(f"{path}.otherwise", fit.entered)
    stage["delay_days"] = _delays(fit, over)
    _entered(stage["delay_days"], fit, path, ledger)
    return stage


def _entered(delays: dict[str, Any], fit: StageFit, path: str, ledger: Ledger) -> None:
    alone = set(delays) == {"advance"}
    for name, words in delays.items():
        at = f"{path}.delay_days" if alone else f"{path}.delay_days.{name}"
        told = fit.outcomes.get(name)
        rows = told.events if told else fit.open
        ledger.fitted(at, rows)
        if told and "median" in words:
            ledger.fitted(f"{at}.median", rows, told.median_low, told.median_high)


def _delays(fit: StageFit, over: float) -> dict[str, Any]:
    """Days of each outcome; `advance` is always there, because the others fall back on it."""
    delays = {name: outcome.words for name, outcome in fit.outcomes.items()}
    if fit.unresolved > 0:
        recorded = fit.outcomes.get("no_decision")
        if recorded is None:
            delays["no_decision"] = {"family": "fixed", "value": NEVER_DAYS}
        else:
            delays["no_decision"] = _joined(
                recorded.words, recorded.share, np.array([NEVER_DAYS]), fit.unresolved
            )
    if over > 0:
        told = fit.outcomes.get("advance")
        share = told.share * (1 - over) if told else 0.0
        words = told.words if told else {"family": "fixed", "value": 0.0}
        delays["advance"] = _joined(words, share, np.zeros(1), over) if told else words
    if "advance" not in delays:
        delays = {"advance": next(iter(delays.values())), **delays}
    return delays


def _joined(words: dict[str, Any], share: float, values: np.ndarray, more: float) -> dict[str, Any]:
    """A distribution and further values, in the proportion of two shares."""
    if words["family"] == "empirical":
        old, weights = np.array(words["values"]), np.array(words["weights"])
    else:
        old = quantile(Distribution.model_validate(words), (np.arange(200) + 0.5) / 200)
        weights = np.full(200, 0.005)
    together = np.r_[old, values]
    parts = np.r_[weights / weights.sum() * share, np.full(values.size, more / values.size)]
    return empirical_words(together, parts, most=10_000)


def reason_counts(history: History, fit: StageFit) -> tuple[np.ndarray, int]:
    """How often each reason of the log was told when the stage was lost, and how many losses there were."""
    log = history.log
    number = log.names.stages.index(fit.name)
    rows = log.view(REPORT).deals
    rows = rows.where((rows.event == CODE["lost"]) & (rows.stage == number))
    told = rows.reason[rows.reason >= 0]
    return np.bincount(told, minlength=len(log.names.reasons)), rows.reason.size


def _reasons(history: History, fit: StageFit) -> dict[str, float]:
    """Share of each reason among the losses of a stage; one reason `lost` where none is told."""
    counts, losses = reason_counts(history, fit)
    if not counts.sum():
        return {"lost": 1.0}
    kept = [int(r) for r in np.argsort(-counts, kind="stable")[:MOST_REASONS] if counts[r]]
    names = slugs([*(history.log.names.reasons[r] for r in kept), "other"])
    shares = {name: counts[r] / losses for name, r in zip(names, kept, strict=False)}
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
