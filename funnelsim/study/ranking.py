"""Which of several options is best, and how sure that is, from runs with the same luck.

Every option is compared with the one whose mean is best, replication by replication. The differences carry
simultaneous 95 % intervals: Student t over the pairs at the Bonferroni level 1 - .05 / (options - 1). An
option whose interval contains 0 is a tie with the best and is not ranked.

The best mean is found in the same runs; that costs nothing. The truly best option T is missing among the
ties only if the difference to it lies beyond its interval on the wrong side, whichever option has the best
mean; over all of them the chance of that is at most (options - 1) x .025 / (options - 1): the best is among
those tied with at least 95 % confidence. (Subset selection: Gupta 1965; with common random numbers and
Bonferroni: Nelson, Swann, Goldsman & Song 2001, section 3.) It holds as far as means of so many replications
are normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from funnelsim.study.metrics import LOWER

LEVEL = 0.95
BEST, TIE, BEHIND, UNDEFINED = "best", "tie", "behind", "undefined"


@dataclass(frozen=True)
class Standing:
    """How one option stands."""

    name: str
    mean: float
    low: float
    high: float
    """95 % Student-t interval of the option's own mean."""
    behind: float
    """How far its mean lies behind the best, never negative."""
    behind_low: float
    behind_high: float
    """Simultaneous 95 % interval of that."""
    verdict: str
    """best, tie (with the best), behind, or undefined: a metric that no run of it has."""


@dataclass(frozen=True)
class Ranking:
    """Options, the best mean first, those without a value last."""

    standings: tuple[Standing, ...]
    n: int
    """Replications in which the metric is defined for all options that have it at all; only these count."""
    best: str | None
    """The option with the best mean; of equal ones the first. None where none has a value."""
    confidence: float | None
    """The highest level at which the simultaneous intervals of all other options still exclude 0; at least .95
    where nothing ties with the best, 0 where an equally good one cannot be told from it at any level. Whoever
    names the best only where this is at least c names a wrong one in at most a share (1 - c) / 2 of
    cases. None with fewer than two replications or options."""

    @property
    def tied(self) -> tuple[str, ...]:
        """The best and all that cannot be told from it: at least 95 % sure to hold the truly best option."""
        return tuple(one.name for one in self.standings if one.verdict in (BEST, TIE))


def ranked(values: Mapping[str, np.ndarray], better: int) -> Ranking:
    """Options by a metric: name -> one number a replication, in the same order for all.

    better   1 where more is better, -1 where less is
    """
    names = [name for name, own in values.items() if np.isfinite(own).any()]
    lost = [_without_value(name) for name in values if name not in set(names)]
    if not names:
        return Ranking(tuple(lost), 0, None, None)
    numbers = np.stack([values[name].astype(float) for name in names])
    numbers = numbers[:, np.isfinite(numbers).all(axis=0)]
    n = numbers.shape[1]
    if n == 0:  # no replication in which all have a value: nothing can be paired
        return Ranking(tuple(_without_value(name) for name in values), 0, None, None)
    way = -1.0 if better == LOWER else 1.0
    means = numbers.mean(axis=1)
    best = int(np.argmax(way * means))
    steps = way * (numbers[best] - numbers)
    behind, errors = _mean_and_error(steps)
    half = _quantile(1 - (1 - LEVEL) / (2 * max(len(names) - 1, 1)), n) * errors
    own = _quantile(1 - (1 - LEVEL) / 2, n) * _mean_and_error(numbers)[1]
    standings = [
        Standing(
            name, means[k], means[k] - own[k], means[k] + own[k], behind[k], behind[k] - half[k], behind[k] + half[k],
            BEST if k == best else BEHIND if behind[k] - half[k] > 0 else TIE,
        )
        for k, name in enumerate(names)
    ]  # fmt: skip
    order = sorted(range(len(names)), key=lambda k: (k != best, behind[k], k))
    return Ranking(
        (*(standings[k] for k in order), *lost), n, names[best], _confidence(behind, errors, best, n)
    )


def _without_value(name: str) -> Standing:
    nan = math.nan
    return Standing(name, nan, nan, nan, nan, nan, nan, UNDEFINED)


def _mean_and_error(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each row and its standard error; a row that does not vary has none, whatever rounding leaves."""
    n = rows.shape[1]
    if n < 2:
        return rows.mean(axis=1), np.full(len(rows), math.nan)
    constant = np.ptp(rows, axis=1) == 0
    error = rows.std(axis=1, ddof=1) / math.sqrt(n)
    return np.where(constant, rows[:, 0], rows.mean(axis=1)), np.where(constant, 0.0, error)


def _quantile(level: float, n: int) -> float:
    return float(special.stdtrit(n - 1, level)) if n > 1 else math.nan


def _confidence(behind: np.ndarray, errors: np.ndarray, best: int, n: int) -> float | None:
    others = np.arange(behind.size) != best
    if n < 2 or not others.any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(
            errors[others] > 0, behind[others] / errors[others], np.where(behind[others] > 0, np.inf, 0.0)
        )
    beyond = special.stdtr(n - 1, -t.min())  # of the nearest rival
    return float(max(0.0, 1 - 2 * others.sum() * beyond))
