"""Tables of what a history gave and what a scenario rests on: fitted stages, data quality, the ledger."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.history.quality import Quality
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.provenance import Entry, ledger
from funnelsim.show import words

_POINTS = 240
_SEEN = re.compile(r"\.(values|weights)\[\d+\]$")
_LISTS = (
    "stages",
    "demand.units",
    "demand.sources",
    "demand.season",
    "team.reps",
    "team.pools",
    "team.managers",
)


def stage_curves(stage: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What `figures.stage_fit` takes, from a fitted stage: curves by day, shares by outcome.

    stage   a StageFit (funnelsim.fit) that has seen exits
    """
    outcomes = list(stage.outcomes)
    shares = pd.DataFrame(
        [(o, f.share, f.low, f.high, f.naive_share) for o, f in stage.outcomes.items()],
        columns=["outcome", "share", "low", "high", "naive_share"],
    )
    if stage.incidence is None or stage.mixture is None:
        return pd.DataFrame(columns=["outcome", "day", "observed", "fitted"]), shares
    last = float(stage.incidence.days[-1]) if stage.incidence.days.size else 1.0
    days = np.linspace(0.0, last, _POINTS)[1:]
    seen = np.array([stage.incidence.at(day)[0] for day in days])
    fitted = np.asarray(stage.mixture.incidence(days))
    parts = [
        pd.DataFrame({"outcome": o, "day": days, "observed": seen[:, k], "fitted": fitted[:, k]})
        for k, o in enumerate(outcomes)
    ]
    return pd.concat(parts, ignore_index=True), shares


def stage_names(fit: Any, lang: str | None = None) -> dict[str, str]:
    """What people call the stages of a fit, by what the record calls them: the names of the base where there is one."""
    return {
        stage.name: known.name.say(lang) for stage, known in zip(fit.stages, fit.scenario.stages, strict=True)
    }


def fitted_stages(fit: Any, lang: str | None = None) -> pd.DataFrame:
    """Every outcome of every stage: naive share against the right one, median days, open visits."""
    head = ("stage", "entered", "open", "outcome", "naive", "right", "days", "method")
    rows, called = [], stage_names(fit, lang)
    for stage in fit.stages:
        for outcome, found in stage.outcomes.items():
            interval = text(
                "figure.between",
                lang,
                low=write.percent(found.low, lang),
                high=write.percent(found.high, lang),
            )
            rows.append(
                (
                    called[stage.name],
                    write.count(stage.entered),
                    write.count(stage.open),
                    text(f"figure.fit.{outcome}", lang),
                    write.percent(found.naive_share, lang),
                    f"{write.percent(found.share, lang)} {interval}",
                    write.number(found.median_days, 1),
                    text(f"report.fit.{stage.sampler}", lang, family=words.family(found.family, lang)),
                )
            )
        if stage.unresolved > 0:
            never, stays = (text(f"report.fit.{key}", lang) for key in ("never", "stays"))
            counts = write.count(stage.entered), write.count(stage.open)
            rows.append(
                (called[stage.name], *counts, never, "–", write.percent(stage.unresolved, lang), "–", stays)
            )
    return pd.DataFrame(rows, columns=[text(f"report.fit.{c}", lang) for c in head])


def data_quality(quality: Quality, lang: str | None = None) -> pd.DataFrame:
    """What was set aside and what was read under a stated rule, with counts and examples."""
    rows = [
        (
            text(f"report.quality.{kind}", lang),
            found.say(lang),
            write.count(found.rows),
            ", ".join(found.examples),
        )
        for kind, findings in (
            ("dropped", quality.dropped),
            ("repaired", quality.repaired),
            ("noted", quality.noted),
        )
        for found in findings
    ]
    return pd.DataFrame(
        rows, columns=[text(f"report.quality.{c}", lang) for c in ("kind", "what", "rows", "examples")]
    )


def assumptions(scenario: Scenario, lang: str | None = None) -> pd.DataFrame:
    """Every number of a scenario with where it comes from; equal numbers of a list stand in one row.

    `team.reps.*.weekly_hours (8)` is the same number at eight reps.
    """
    groups: dict[tuple, list[Entry]] = {}
    for entry in ledger(scenario):
        value: float | None = entry.value
        path = _starred(entry.path)
        if found := _SEEN.search(
            path
        ):  # the values and weights of an empirical distribution, one row together
            path, value = path[: found.start()], None
        groups.setdefault((path, value, entry.kind, entry.source, entry.low, entry.high), []).append(entry)
    rows = []
    for (path, value, kind, source, low, high), entries in groups.items():
        many = len(entries) > 1 and value is not None
        named = f"{path} ({len(entries)})" if many else entries[0].path if value is not None else path
        between = ""
        if low is not None and high is not None:
            between = text("figure.between", lang, low=f"{low:g}", high=f"{high:g}")
        said = text("report.ledger.seen", lang, n=len(entries)) if value is None else f"{value:g}"
        rows.append((named, f"{said} {between}".strip(), text(f"report.kind.{kind}", lang), source))
    head = ("path", "value", "kind", "source")
    return pd.DataFrame(rows, columns=[text(f"report.ledger.{c}", lang) for c in head])


def _starred(path: str) -> str:
    for start in _LISTS:
        if path.startswith(start):
            return re.sub(rf"^{re.escape(start)}(\.[^.\[]+|\[\d+\])", f"{start}.*", path)
    return path
