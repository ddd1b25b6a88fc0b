"""A fit as plain data and in words: what was learned, how sure that is, and what no record can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from funnelsim.fit.propose import UNKNOWN
from funnelsim.fit.stages import FEW_ENDS
from funnelsim.labels import has, language, text
from funnelsim.labels import numbers as write

if TYPE_CHECKING:
    from funnelsim.fit import Fit

FEWEST_OLD = 5
"""Open visits older than any that has ended, below which nothing is said of them."""


def as_dict(fit: Fit) -> dict[str, Any]:
    """What `funnelsim fit --json` prints; numbers that are not known are null."""
    history = fit.history
    told = {
        **history.json(),
        "stages": [stage.as_dict() for stage in fit.stages],
        "paths": fit.paths.as_dict(),
        "arrivals": fit.arrivals.as_dict(),
        "values": fit.values.as_dict() if fit.values else None,
        "groups": {by: group.as_dict() for by, group in fit.groups.items()},
        "not_learned": not_learned(fit),
        "warnings": warnings(fit),
    }
    return _plain(told)


def not_learned(fit: Fit) -> list[dict[str, Any]]:
    """Parts of the scenario that no CRM log can tell, why, and where they were taken from."""
    source = "base" if fit.base is not None else "default"
    return [
        {"part": part, "paths": list(paths), "from": source, "why": text(f"fit.unknown.{part}")}
        for part, paths in UNKNOWN.items()
    ]


def warnings(fit: Fit) -> list[dict[str, Any]]:
    """What should be known before a number is believed."""
    said: list[dict[str, Any]] = []
    called = {
        one.name: known.name.say(language())
        for one, known in zip(fit.stages, fit.scenario.stages, strict=True)
    }

    def say(code: str, stage: str = "", **facts: Any) -> None:
        entry = {
            "code": code,
            "message": text(f"fit.warning.{code}", stage=called.get(stage, stage), **facts),
        }
        said.append({**entry, "stage": stage} if stage else entry)

    for stage in fit.stages:
        if not stage.outcomes:
            say("no_ends", stage.name, entered=write.count(stage.entered))
            continue
        if stage.ends < FEW_ENDS:
            say("few_ends", stage.name, ends=stage.ends)
        if len(stage.outcomes) == 1:
            only = next(iter(stage.outcomes))
            high = max(stage.unseen().values())
            say(
                "one_end",
                stage.name,
                outcome=text(f"figure.fit.{only}"),
                ends=stage.ends,
                high=write.percent(high),
            )
        if stage.never.verdict == "unclear" and stage.sampler == "mixture":
            say("never_unclear", stage.name, watched=write.percent(stage.never.watched))
        if stage.sampler == "empirical":
            say("sampled", stage.name, gap=write.percent(stage.max_gap), p=write.p_value(stage.p_value))
        for spike in stage.timers:
            told = stage.timer(spike)
            span = (
                f"{told['from_days']:.0f}"
                if told["from_days"] == told["to_days"]
                else f"{told['from_days']:.0f}-{told['to_days']:.0f}"
            )
            say(
                "timer",
                stage.name,
                days=span,
                outcome=text(f"figure.fit.{told['outcome']}"),
                ends=round(told["ends"]),
            )
        if (old := stage.older_than_any_end) >= FEWEST_OLD and stage.incidence is not None:
            say("zombies", stage.name, deals=write.count(old), days=f"{stage.incidence.days[-1]:.0f}")
    won = sum(stage.outcomes["advance"].events for stage in fit.stages[-1:] if "advance" in stage.outcomes)
    lost = sum(s.outcomes[k].events for s in fit.stages for k in ("lost", "no_decision") if k in s.outcomes)
    if not lost:
        say("no_losses")
    if not won:
        say("no_wins")
    _of_paths(fit, say)
    if fit.values is not None and fit.values.why:
        say(f"values_{fit.values.why}")
    if fit.arrivals.trend is not None:
        say("trend", factor=f"{fit.arrivals.trend[0]:.2f}")
    if fit.arrivals.unclear:
        say("trend_or_season")
    if fit.arrivals.excluded:
        say("months", months=", ".join(fit.arrivals.excluded))
    return said


def _of_paths(fit: Fit, say: Any) -> None:
    paths = fit.paths
    if paths.skip_share is not None:
        say("skipped", share=write.percent(paths.skip_share))
    elif paths.jumps:
        say("jumped", deals=write.count(sum(paths.jumps.values())))
    far = sum(count for by, count in paths.back_by.items() if by != 1)
    if far:
        say("returned_far", deals=write.count(far))


def lines(fit: Fit) -> list[str]:
    """The fit in words, a line each."""
    history, said = fit.history, []
    said += history.lines()
    for stage in fit.stages:
        found = stage.outcomes.get("advance")
        if found is None:
            continue
        said.append(
            text(
                "fit.outcome",
                stage=stage.name,
                share=write.percent(found.share),
                low=write.percent(found.low),
                high=write.percent(found.high),
                naive=write.percent(found.naive_share),
                days=write.count(found.median_days),
            )
        )
    arrivals = fit.arrivals
    rate = (write.number(value, 1) for value in (arrivals.weekly, arrivals.low, arrivals.high))
    said.append(text("fit.arrivals", **dict(zip(("weekly", "low", "high"), rate, strict=True))))
    said += [_of_group(by, group) for by, group in fit.groups.items()]
    said += [f"  {warning['message']}" for warning in warnings(fit)]
    said.append(text("fit.cannot"))
    return said


def _of_group(by: str, group: Any) -> str:
    named_by = (
        text(f"fit.by.{by}") if has(f"fit.by.{by}") else by
    )  # a column of the export is named as it stands
    facts: dict[str, Any] = {"by": named_by, "n": len(group.members), "p": write.p_value(group.p_value)}
    if group.verdict == "unknown":
        return text("fit.group.unknown", **facts)
    if group.verdict == "no_difference":
        return text("fit.group.no_difference", **facts)
    named = "; ".join(
        text(f"fit.group.{m.verdict}", name=m.name, share=write.percent(m.share)) for m in group.named
    )
    return text("fit.group.differs", named=named, team=write.percent(group.team), **facts)


def _plain(told: Any) -> Any:
    """The same with plain numbers, and null for what is not a number."""
    if isinstance(told, dict):
        return {key: _plain(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [_plain(value) for value in told]
    if isinstance(told, np.generic):
        told = told.item()
    return None if isinstance(told, float) and not np.isfinite(told) else told
