"""Metrics: numbers read from a log, for all replications at once.

Names are a contract. A metric that is not defined (a win rate without deals, a cycle without wins)
is nan, never 0. `METRICS` holds every metric with its unit and whether more is better; its formula
is the docstring of its function in `formulas` (the funnel), `outlook` (forecast and target), `honesty`
(truth and report), `standards`, `deciding`, `loyalty` or `effort` (people and hours), each of which says what view it
reads. Families (`stage.<stage>.entered`, `utilisation.<pool>`, `lost_by_<reason>`) stand once in it and give one
number a stage, pool or reason.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from funnelsim.history.log import TRUTH, EventLog
from funnelsim.labels import catalogue, has, language, text
from funnelsim.labels import numbers as write
from funnelsim.labels.lines import width
from funnelsim.scenario.model import Scenario, Targets
from funnelsim.study import (
    care,
    deciding,
    effort,
    formulas,
    honesty,
    leavers,
    loyalty,
    outlook,
    reviews,
    standards,
)
from funnelsim.study.columns import Columns
from funnelsim.study.formulas import velocity_of
from funnelsim.study.intervals import interval
from funnelsim.study.registry import HIGHER, LOWER, METRICS, NEITHER, Metric

__all__ = [
    "HIGHER", "LOWER", "METRICS", "NEITHER", "Metric", "about", "aligned", "care", "deciding", "effort",
    "formulas", "honesty", "leavers", "loyalty", "measure", "outlook", "reviews", "said", "spoken", "standards",
    "summary", "table", "velocity_of", "weights_of",
]  # fmt: skip


FAMILIES = {
    "utilisation": "pool", "pool_wait_days": "pool", "realised": "third", "rep_share": "third",
    "booking_cost": "source", "tier_bookings": "tier", "tier_hours": "tier",
}  # fmt: skip


def about(name: str) -> Metric:
    """The metric that gives this number: `about("stage.design.won")` is that of `stage.<stage>.won`.

    >>> about("stage.design.dwell_days").unit
    'days'
    """
    if name in METRICS:
        return METRICS[name]
    if name.startswith("stage."):
        return METRICS[f"stage.<stage>.{name.rpartition('.')[2]}"]
    for family, member in FAMILIES.items():
        if name.startswith(f"{family}."):
            return METRICS[f"{family}.<{member}>"]
    if name.startswith("lost_by_"):
        return METRICS["lost_by_<reason>"]
    raise KeyError(name)


def measure(
    log: EventLog,
    view: int = TRUTH,
    weights: tuple[float, float, float] = (0.25, 0.50, 0.75),
    measured: tuple[float, float] | None = None,
    targets: Targets | None = None,
    calibration: tuple[float, float, float] | None = None,
    names: Collection[str] | None = None,
) -> dict[str, np.ndarray]:
    """Every metric of a log, (replications,) each: counts and money int64, all others float64.

    view         TRUTH or REPORT; metrics that read another one, or both, say so
    weights      of upper, middle and lower third, for `weighted_nominal` and forecasts
    measured     first and last moment, days since the log's start; the log's own period where none is given
    targets      of the scenario, for `attainment` and its like
    calibration  share of the deals of each third that are won within a period, for `weighted_calibrated`;
                 learned from the log where none is given
    names        of `METRICS`, families by their pattern; all where none are given. A few take less time
    """
    columns = Columns(log, view, weights, measured, targets.bookings if targets else None, calibration)
    numbers: dict[str, np.ndarray] = {}
    for name in METRICS if names is None else names:
        found = METRICS[name].measure(columns)
        if isinstance(found, Mapping):
            before, _, rest = name.partition("<")
            after = rest.partition(">")[2]
            numbers |= {f"{before}{member}{after}": values for member, values in found.items()}
        else:
            numbers[name] = found
    return numbers


def weights_of(scenario: Scenario) -> tuple[float, float, float]:
    """Weights of upper, middle and lower third, as `measure` wants them."""
    weights = scenario.weights
    return weights.upper, weights.middle, weights.lower


def summary(metrics: Mapping[str, np.ndarray], currency: str = "") -> dict[str, dict[str, Any]]:
    """Mean with its 95 % Student-t interval (within what the metric can be), P10, P50 and P90 of each
    metric over replications.

    Replications in which a metric is not defined are left out; n says how many are in. What is not
    defined is None, as is the interval of fewer than two. Money carries its `currency` where given.
    """
    told: dict[str, dict[str, Any]] = {}
    for name, values in metrics.items():
        there = values[np.isfinite(values)].astype(float)
        n = there.size
        unit = about(name).unit
        one: dict[str, Any] = dict.fromkeys(("mean", "low", "high", "p10", "p50", "p90"))
        if n:
            one["mean"] = float(there.mean())
            one["p10"], one["p50"], one["p90"] = np.quantile(there, (0.1, 0.5, 0.9)).tolist()
        if n > 1:
            one["mean"], one["low"], one["high"] = interval(there, about(name).reach)
        told[name] = one | {"unit": unit, "n": n}
        if currency and unit.startswith("currency"):
            told[name]["currency"] = currency
    return told


def spoken(name: str, lang: str | None = None, scenario: Scenario | None = None) -> str:
    """What a metric is called; those of stages, pools and reasons carry the name that the scenario or the
    catalogue gives them, else the id.

    >>> spoken("stage.offer.won", "en"), spoken("wins", "zh")
    ('offer: won', '赢单数')
    """
    family, _, member = name.partition(".")
    if has(f"metric.{name}"):
        return text(f"metric.{name}", lang)
    if family == "stage":
        stage, _, part = member.rpartition(".")
        stage = _named(scenario.stages if scenario else (), stage, lang)
        here = text(f"metric_family.{'lost_here' if part == 'lost' else part}", lang)
        return text("metric_family.stage", lang, stage=stage, part=here)
    if family in FAMILIES:
        if FAMILIES[family] == "third":
            member = text(f"figure.third.{member}", lang)
        elif scenario:
            parts = {
                "pool": scenario.team.pools, "source": scenario.demand.sources, "tier": scenario.policies.tiers,
            }  # fmt: skip
            member = _named(parts[FAMILIES[family]], member, lang)
        return text(f"metric_family.{family}", lang, name=member)
    reason = name.removeprefix("lost_by_")
    for key in (f"metric_family.{reason}", f"flips.reason.{reason}"):
        if has(key) and "{" not in catalogue("en")[key]:  # not the pattern of a family that has this name
            return text("metric_family.lost", lang, name=text(key, lang))
    return text("metric_family.lost", lang, name=reason)


def _named(parts: Any, member: str, lang: str | None) -> str:
    """The name of the part with this id, the id where there is none."""
    return next(
        (part.name.say(lang or language()) for part in parts if part.id == member and part.name), member
    )


def said(
    value: float | None, name: str, currency: str = "CNY", lang: str | None = None, signed: bool = False
) -> str:
    """A value of a metric as a sentence carries it, with its unit; counts go without.

    >>> said(0.125, "win_rate", lang="en"), said(12.0, "wins"), said(92.5, "cycle_won_days", lang="zh")
    ('12.5 %', '12', '92.5 天')
    """
    unit = about(name).unit
    if value is None or not math.isfinite(value):
        return "–"
    if unit.startswith("currency"):
        money = write.money(value, currency, lang, signed)
        per = unit.partition("/")[2]
        return text(f"metric_unit.rate_{per}", lang, value=money) if per else money
    if unit == "share":
        return write.percent(value, lang, 1, signed)
    if unit == "ratio":
        return text("metric_unit.ratio", lang, value=write.number(value, 2, signed))
    plain = write.number(value, 0 if float(value).is_integer() else 1, signed)
    return text(f"metric_unit.{unit}", lang, value=plain) if unit in ("days", "hours") else plain


def table(
    told: Mapping[str, Mapping[str, Any]],
    lang: str | None = None,
    stages: bool = False,
    scenario: Scenario | None = None,
) -> list[str]:
    """A summary as lines for people: name, mean, interval, P10 to P90. `stages`: those of stages too;
    `scenario`: whose names stages and pools bear.

    What is not defined, as an attainment without a target, and reasons for which nothing was lost are
    left out.
    """
    period = scenario.measure.period if scenario else "year"
    rows = [tuple(text(f"summary.{head}", lang, period) for head in ("metric", "mean", "interval", "spread"))]
    for name, one in told.items():
        silent = one["n"] == 0 or (name.startswith("lost_by_") and not one["mean"])
        if not silent and (stages or not name.startswith("stage.")):
            mean, low, high, p10, p90 = (
                said(one[key], name, one.get("currency", "CNY"), lang)
                for key in ("mean", "low", "high", "p10", "p90")
            )
            rows.append((spoken(name, lang, scenario), mean, f"{low} … {high}", f"{p10} … {p90}"))
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines whose columns begin below each other, Chinese characters counted as two."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def _padded(cell: str, columns: int) -> str:
    return cell + " " * (columns - width(cell))
