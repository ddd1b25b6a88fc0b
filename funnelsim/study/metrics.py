"""Metrics: numbers read from a log, for all replications at once.

Names are a contract. A metric that is not defined (a win rate without deals, a cycle without wins)
is nan, never 0. `METRICS` holds every metric with its unit and whether more is better; its formula
is the docstring of its function in `formulas`. Families (`stage.<stage>.entered`, `utilisation.<pool>`,
`lost_by_<reason>`) stand once in it and give one number a stage, pool or reason.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special

from funnelsim.history.log import TRUTH, EventLog
from funnelsim.labels import has, text
from funnelsim.labels import numbers as write
from funnelsim.scenario.model import Scenario
from funnelsim.study import formulas
from funnelsim.study.columns import Columns
from funnelsim.study.formulas import velocity_of
from funnelsim.study.registry import HIGHER, LOWER, METRICS, NEITHER, Metric

__all__ = [
    "HIGHER", "LOWER", "METRICS", "NEITHER", "Metric", "about", "formulas", "measure", "said", "spoken",
    "summary", "table", "velocity_of", "weights_of",
]  # fmt: skip


def about(name: str) -> Metric:
    """The metric that gives this number: `about("stage.design.won")` is that of `stage.<stage>.won`.

    >>> about("stage.design.dwell_days").unit
    'days'
    """
    if name in METRICS:
        return METRICS[name]
    if name.startswith("stage."):
        return METRICS[f"stage.<stage>.{name.rpartition('.')[2]}"]
    if name.startswith("utilisation."):
        return METRICS["utilisation.<pool>"]
    if name.startswith("lost_by_"):
        return METRICS["lost_by_<reason>"]
    raise KeyError(name)


def measure(
    log: EventLog,
    view: int = TRUTH,
    weights: tuple[float, float, float] = (0.25, 0.50, 0.75),
    measured: tuple[float, float] | None = None,
) -> dict[str, np.ndarray]:
    """Every metric of a log, (replications,) each: counts and money int64, all others float64.

    view       TRUTH or REPORT
    weights    of upper, middle and lower third, for `weighted_nominal`
    measured   first and last moment, days since the log's start; the log's own period where none is given
    """
    columns = Columns(log, view, weights, measured)
    numbers: dict[str, np.ndarray] = {}
    for name, one in METRICS.items():
        found = one.measure(columns)
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
    """Mean with its 95 % Student-t interval, P10, P50 and P90 of each metric over replications.

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
            half = float(special.stdtrit(n - 1, 0.975) * there.std(ddof=1) / math.sqrt(n))
            one["low"], one["high"] = one["mean"] - half, one["mean"] + half
        told[name] = one | {"unit": unit, "n": n}
        if currency and unit.startswith("currency"):
            told[name]["currency"] = currency
    return told


def spoken(name: str, lang: str | None = None) -> str:
    """What a metric is called; those of stages, pools and reasons carry the id.

    >>> spoken("stage.offer.won", "en"), spoken("wins", "zh")
    ('offer: won', '赢单数')
    """
    family, _, member = name.partition(".")
    if has(f"metric.{name}"):
        return text(f"metric.{name}", lang)
    if family == "stage":
        stage, _, part = member.rpartition(".")
        here = text(f"metric_family.{'lost_here' if part == 'lost' else part}", lang)
        return text("metric_family.stage", lang, stage=stage, part=here)
    if family == "utilisation":
        return text("metric_family.utilisation", lang, name=member)
    return text("metric_family.lost", lang, name=name.removeprefix("lost_by_"))


def said(
    value: float | None, name: str, currency: str = "CNY", lang: str | None = None, signed: bool = False
) -> str:
    """A value of a metric as a sentence carries it.

    >>> said(0.125, "win_rate", lang="en"), said(12.0, "wins")
    ('12.5 %', '12')
    """
    unit = about(name).unit
    if value is None or not math.isfinite(value):
        return "–"
    if unit.startswith("currency"):
        return write.money(value, currency, lang, signed)
    if unit == "share":
        return write.percent(value, lang, 1, signed)
    return write.number(value, 0 if float(value).is_integer() else 1, signed)


def table(told: Mapping[str, Mapping[str, Any]], lang: str | None = None, stages: bool = False) -> list[str]:
    """A summary as lines for people: name, mean, interval, P10 to P90. `stages`: those of stages too."""
    rows = [tuple(text(f"summary.{head}", lang) for head in ("metric", "mean", "interval", "spread"))]
    for name, one in told.items():
        if stages or not name.startswith("stage."):
            mean, low, high, p10, p90 = (
                said(one[key], name, one.get("currency", "CNY"), lang)
                for key in ("mean", "low", "high", "p10", "p90")
            )
            rows.append((spoken(name, lang), mean, f"{low} … {high}", f"{p10} … {p90}"))
    widths = [max(_width(row[k]) for row in rows) for k in range(4)]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(cell: str) -> int:
    """Columns of a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell)
