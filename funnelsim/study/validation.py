"""Does the fitted company behave as the real one did? A card of checks on a part that was held out.

The last quarter of a record is put aside, the rest is fitted, and companies that the fit allows (`fit.draw`, so
ignorance counts as well as luck) are simulated over the part that was put aside, each once, from an empty
start as long before as the record is old. Were the fit right, the real company would be one more of them:

* a number passes when it lies between the k-th smallest and the k-th largest of n simulated ones, k =
  floor(.025 (n + 1)): with n = 39 between all of them, which happens with 95 %;
* a distribution passes when its mean distance to the others is not among the largest 5 % of the n + 1
  (`distances`): as one more of them it would be with 5 %, whatever the distribution.

So of 20 checks one may fail by chance, and the card says how many did. What the fit knows is the record up to
the cut; only amounts are those that were last recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from funnelsim.engine.run import simulate
from funnelsim.errors import FitError
from funnelsim.fit import Fit
from funnelsim.fit import fit as learn
from funnelsim.history.reader import History
from funnelsim.history.visits import ADVANCE, first_sight, visits
from funnelsim.scenario.model import Measure, Scenario
from funnelsim.study import distances
from funnelsim.study.heldout import Part, part_of

HELD_OUT = 0.25
SHORTEST = 28
"""Days to compare below which nothing is said."""
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

    def as_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "verdict": "pass" if self.passed else "fail"}


@dataclass(frozen=True)
class Band:
    """A curve of the real company and the simulated ones, point by point."""

    at: np.ndarray
    real: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Card:
    """What was compared, and how many checks passed."""

    name: str
    begin: date
    """First day that was held out ..."""
    end: date
    """... and last."""
    replications: int
    seed: int
    checks: tuple[Check, ...]
    fit: Fit = field(repr=False)
    """What was learned of the days before."""
    curves: dict[str, Band] = field(repr=False, default_factory=dict)
    """`arrivals`, `open`, `bookings` by day, `cycle` (share of closed deals by their age)."""

    @property
    def passed(self) -> int:
        return sum(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """The card as plain data."""
        return {
            "from": self.begin.isoformat(), "to": self.end.isoformat(), "replications": self.replications,
            "seed": self.seed, "passed": self.passed, "of": len(self.checks),
            "checks": [check.as_dict() for check in self.checks],
        }  # fmt: skip


def validate(history: History, base: Scenario | None = None, replications: int = 39, seed: int = 1) -> Card:
    """Fit the first three quarters of a record, simulate the last, and compare.

    base           as in `fit`
    replications   companies that are simulated; 39 or more, or no band of 95 % can be drawn

    FitError where the record is too short: less than 28 days or 10 closed deals would be held out, or
    what is left does not let itself be fitted.
    """
    log = history.log
    first = float(np.floor(log.opportunities.created.min()))
    seen_from = first if history.entry is None else history.entry
    cut = float(np.ceil(log.horizon - HELD_OUT * (log.horizon - seen_from)))
    real = part_of(log, cut, log.horizon, history.whole_days)
    if real.span < SHORTEST or real.closed.sum() < FEWEST:
        raise FitError.of(
            history.name, "validation_short", days=int(real.span), deals=int(real.closed.sum()),
            wanted_days=SHORTEST, wanted=FEWEST,
        )  # fmt: skip
    found = learn(before(history, cut), base=base)
    begin, end = (log.start + timedelta(days=int(day)) for day in (cut, np.ceil(log.horizon) - 1))
    weeks = int(min(1040, np.ceil((cut - first) / 7)))
    measure = Measure.model_validate({"from": begin, "to": end, "warmup_weeks": weeks})
    replications = max(replications, int(2 / ALPHA) - 1)
    made = []
    for number, scenario in enumerate(found.draw(replications, seed)):
        told = simulate(
            scenario.model_copy(update={"measure": measure}), seed, 1, first=number
        ).log.replication(number)
        starts = told.measured[0]
        made.append(part_of(told, starts, starts + real.span, history.whole_days))
    parts = [real, *made]
    checks = (*_numbers(parts, log.names.stages), *_distributions(parts))
    return Card(history.name, begin, end, replications, seed, checks, found, _curves(parts))


def before(history: History, day: float) -> History:
    """What was known of a history at the beginning of a day since its start."""
    log = history.log
    log = replace(
        log, horizon=day, measured=(0.0, day), deals=log.deals.where(log.deals.time < day),
        tasks=log.tasks.where(log.tasks.time < day),
        opportunities=log.opportunities.where(log.opportunities.created < day),
    )  # fmt: skip
    first = first_sight(visits(log, history.whole_days))
    entry = None if first is None else float(np.floor(first))
    return History(history.name, log, history.quality, history.format, history.whole_days, entry)


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


def _curves(parts: list[Part]) -> dict[str, Band]:
    days = np.arange(1.0, np.floor(parts[0].span) + 1)
    told = {
        "arrivals": _curve(days, np.stack([p.arrivals_so_far() for p in parts])),
        "open": _curve(days, np.stack([p.open_days() for p in parts])),
        "bookings": _curve(days, np.stack([p.bookings_so_far() for p in parts])),
    }
    cycles = [np.sort((p.ended - p.created)[p.closed]) for p in parts]
    if all(c.size for c in cycles):
        ages = np.linspace(0.0, float(np.quantile(np.concatenate(cycles), 0.99)), 120)
        shares = [np.searchsorted(c, ages, side="right") / c.size for c in cycles]
        told["cycle"] = _curve(ages, np.stack(shares))
    return told


def _curve(at: np.ndarray, values: np.ndarray) -> Band:
    low, high = band(values[1:])
    return Band(at, values[0], low, np.median(values[1:], axis=0), high)


def _inside(moments: np.ndarray, span: float) -> np.ndarray:
    return moments[(moments >= 0) & (moments < span)]


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if values.size else np.nan
