"""The checks of a validation card: a real part of a record among simulated ones, number by number.

Were the real company one more of the simulated, n of them, a number would lie between the k-th smallest and
the k-th largest, k = floor(.025 (n + 1)), with 95 % or somewhat more; and its distribution would be among
the farthest 5 % from all others with 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.history.visits import ADVANCE
from funnelsim.study import distances
from funnelsim.study.heldout import Part

FEWEST = 10
"""Ends (or values of a number) in the held-out part below which nothing is said."""
ALPHA = 0.05
KNOWN = 0.95
"""Share of the won deals that must carry an amount for bookings to be compared."""


@dataclass(frozen=True)
class Check:
    """One thing compared: the real value, and where the simulated ones lie."""

    name: str
    """Such as `arrivals`, `stage_days` or `distance.cycle_time`."""
    stage: str
    """Name of the stage, or nothing."""
    unit: str
    real: float
    middle: float
    low: float
    """With `high` the band of 95 %; of a distance 0."""
    high: float
    passed: bool
    why: str = ""
    """Of a check that failed, what the record says of the reason (`whys`): `fewer`, `closed_only`, `more` or
    `when` (deals came), `arrivals`, `varies`, `changed` or `unknown`."""
    earlier: tuple[float, ...] = ()
    """Of a check that failed: the same of parts of the record before, just as long, in their order."""

    def as_dict(self) -> dict[str, Any]:
        told = {**self.__dict__, "verdict": "pass" if self.passed else "fail"}
        told["earlier"] = list(self.earlier)
        return told if not self.passed else {k: v for k, v in told.items() if k not in ("why", "earlier")}


def all_checks(parts: list[Part], stages: tuple[str, ...]) -> tuple[Check, ...]:
    """Every check that the first part, the real one, has enough deals for; the others are simulated."""
    return (*_numbers(parts, stages), *_distributions(parts))


def _numbers(parts: list[Part], stages: tuple[str, ...]) -> list[Check]:
    """Checks of single numbers; what the real part has too few of is left out."""
    told = [
        _number("arrivals", "", "deals", [float(p.arrivals.size) for p in parts]),
        _number("wins", "", "deals", [float((p.closed & p.won).sum()) for p in parts]),
    ]
    won = parts[0].closed & parts[0].won
    if won.sum() >= FEWEST and (parts[0].amount[won] > 0).mean() >= KNOWN:
        told.append(
            _number("bookings", "", "currency", [float(p.amount[p.closed & p.won].sum()) for p in parts])
        )
    told.append(_number("open", "", "deals", [float(p.open_days().mean()) for p in parts]))
    for name, wanted in (("cycle_won", True), ("cycle_lost", False)):
        days = [(p.ended - p.created)[p.closed & (p.won == wanted)] for p in parts]
        told.append(_number(name, "", "days", [_median(d) for d in days], days[0].size))
    for number, stage in enumerate(stages):
        here = [p.visits.where(p.visits.stage == number) for p in parts]
        size = len(here[0])
        told.append(_number("stage_days", stage, "days", [_median(v.days) for v in here], size))
        share = [float((v.outcome == ADVANCE).mean()) if len(v) else np.nan for v in here]
        told.append(_number("stage_share", stage, "share", share, size))
    return [check for check in told if check is not None]


def _number(name: str, stage: str, unit: str, values: list[float], size: int = FEWEST) -> Check | None:
    found = np.array(values)
    if size < FEWEST or not np.isfinite(found).all():
        return None
    low, high = band(found[1:, None])
    return Check(
        name, stage, unit, found[0], float(np.median(found[1:])), float(low[0]), float(high[0]),
        bool(low[0] <= found[0] <= high[0]),
    )  # fmt: skip


def band(simulated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Between these one more of the same kind lies with 95 % (or somewhat more): (companies, points) by point."""
    ordered = np.sort(simulated, axis=0)
    off = max(int(np.floor(ALPHA / 2 * (len(ordered) + 1))), 1)
    return ordered[off - 1], ordered[-off]


def _distributions(parts: list[Part]) -> list[Check]:
    """Checks of distributions, each by one distance of the process-mining field, in days."""
    closed = [p.closed for p in parts]
    begins, ends = [p.created for p in parts], [p.ended for p in parts]
    moments = [_inside(np.r_[p.visits.entered, p.visits.entered + p.visits.days], p.span) for p in parts]
    ages = [
        np.r_[p.visits.entered - p.born, p.visits.entered + p.visits.days - p.born].clip(0) for p in parts
    ]
    tables = {
        "cycle_time": distances.cycle_time_distance(
            [(e - b)[c] for b, e, c in zip(begins, ends, closed, strict=True)]
        ),
        "absolute_event": distances.absolute_event_distance(moments),
        "relative_event": distances.relative_event_distance(ages),
        "arrival": distances.arrival_distance([p.arrivals for p in parts]),
        "active_cases": distances.active_cases_distance(
            begins, [np.minimum(e, p.span) for e, p in zip(ends, parts, strict=True)], parts[0].span
        ),
        "n_gram": distances.n_gram_distance([p.traces for p in parts]),
    }
    told = [_distance(name, table) for name, table in tables.items()]
    return [check for check in told if check is not None]


def _distance(name: str, table: np.ndarray) -> Check | None:
    """One more of the same kind is among the farthest 5 % with 5 %: mean distances to all others, ranked."""
    if not np.isfinite(table).all():
        return None
    mean = table.sum(axis=1) / (len(table) - 1)
    others = np.sort(mean[1:])
    high = float(others[-max(int(np.floor(ALPHA * len(mean))), 1)])
    unit = "share" if name == "n_gram" else "days"
    return Check(
        f"distance.{name}", "", unit, float(mean[0]), float(np.median(others)), 0.0, high,
        bool(mean[0] <= high),
    )  # fmt: skip


def _inside(moments: np.ndarray, span: float) -> np.ndarray:
    return moments[(moments >= 0) & (moments < span)]


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if values.size else np.nan
