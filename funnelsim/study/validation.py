"""Does the fitted company behave as the real one did? A card of checks on a part that was held out.

The last quarter of a record is put aside, the rest is fitted, and companies that the fit allows (`fit.draw`, so
ignorance counts as well as luck) are simulated over the part that was put aside, each once, from an empty
start as long before as the record is old; until the part begins as many deals come in each week as really came
(`replay`), from then on as many as the fit says. Were the fit right, the real company would be one more of them:

* a number passes when it lies between the k-th smallest and the k-th largest of n simulated ones, k =
  floor(.025 (n + 1)): with n = 39 between all of them, which happens with 95 %;
* a distribution passes when its mean distance to the others is not among the largest 5 % of the n + 1
  (`distances`): as one more of them it would be with 5 %, whatever the distribution.

So of 20 checks one may fail by chance, and the card says how many did. What the fit knows is the record up to
the cut; only amounts are those that were last recorded. A check that fails says why, as far as can be told (`whys`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit import Fit
from funnelsim.fit import fit as learn
from funnelsim.history.log import EventLog
from funnelsim.history.reader import History
from funnelsim.history.visits import first_sight, visits
from funnelsim.scenario.model import Measure, Scenario
from funnelsim.study.checks import ALPHA, FEWEST, Check, all_checks, band
from funnelsim.study.heldout import Part, part_of
from funnelsim.study.replay import replayed, weekly_counts
from funnelsim.study.whys import arrivals_differ, earlier_begins, with_reasons

HELD_OUT = 0.25
SHORTEST = 28
"""Days to compare below which nothing is said."""


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
    passed_with_came: int | None = None
    """Checks that pass once the simulated companies get as many deals a week as really came; None where those
    were as expected."""

    @property
    def passed(self) -> int:
        return sum(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """The card as plain data."""
        return {
            "from": self.begin.isoformat(), "to": self.end.isoformat(), "replications": self.replications,
            "seed": self.seed, "passed": self.passed, "of": len(self.checks),
            "passed_with_real_arrivals": self.passed_with_came,
            "checks": [check.as_dict() for check in self.checks],
        }  # fmt: skip


def validate(
    history: History,
    base: Scenario | None = None,
    replications: int = 39,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Card:
    """Fit the first three quarters of a record, simulate the last, and compare.

    base           as in `fit`
    replications   companies that are simulated; 39 or more, or no band of 95 % can be drawn
    progress       called with (steps done, steps at most); what it raises ends the work

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
    replications = max(replications, int(2 / ALPHA) - 1)
    steps = len(log.names.stages) + 5
    done, total = 0, steps + 2 * replications

    def step(parts: int, of: int) -> None:
        progress(done + parts, total)

    found = learn(before(history, cut), base=base, progress=step)
    done = steps
    begin, end = (log.start + timedelta(days=int(day)) for day in (cut, np.ceil(log.horizon) - 1))
    weeks = int(min(1040, np.ceil((cut - first) / 7)))
    measure = Measure.model_validate({"from": begin, "to": end, "warmup_weeks": weeks})
    worlds = [w.model_copy(update={"measure": measure}) for w in found.draw(replications, seed)]
    came = _came(log, history.entry, cut - 7 * weeks)

    def parts_of(came: np.ndarray) -> list[Part]:
        nonlocal done
        parts = []
        for number, world in enumerate(worlds):
            told = replayed(world, seed, number, came)
            parts.append(part_of(told, told.measured[0], told.measured[0] + real.span, history.whole_days))
            done += 1
            progress(done, total)
        return parts

    made = parts_of(came[:weeks])
    checks, with_came = all_checks([real, *made], log.names.stages), None
    if not all(check.passed for check in checks):
        given = parts_of(came) if arrivals_differ(checks) else []
        if given:
            with_came = sum(check.passed for check in all_checks([real, *given], log.names.stages))
        mature = max(seen_from, first + 7.0 * found.scenario.measure.warmup_weeks)
        earlier = [
            part_of(log, begin, begin + real.span, history.whole_days)
            for begin in earlier_begins(cut, real.span, mature)
        ]
        checks = with_reasons(checks, log.names.stages, earlier, made, given, real)
    curves = _curves([real, *made])
    return Card(history.name, begin, end, replications, seed, checks, found, curves, with_came)


def _came(log: EventLog, entry: float | None, begin: float) -> np.ndarray:
    """Deals a week that came in each week from a day on, (weeks,); nan before the record saw all of them."""
    starts = np.arange(begin, log.horizon, 7.0)
    came = weekly_counts(log.opportunities.created, begin, starts.size)
    came[-1] *= 7.0 / (log.horizon - starts[-1])
    return came if entry is None else np.where(starts < entry, np.nan, came)


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
