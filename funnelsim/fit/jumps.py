"""Days and shares from the jumps of Aalen-Johansen, where no family tells the record.

Beyond the last end that was seen, at age t, the jumps say nothing. Where the open visits were watched long
enough beyond t that the mixture would have expected more than 3 ends, and there was none (chance below
5 %), the share still open there never resolves. Otherwise the mixture is trusted with it: outcomes in
proportion to p_k S_k(t), with the mixture's times beyond t.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.fit.incidence import Incidence
from funnelsim.fit.mixture import Mixture
from funnelsim.fit.spells import Spells

MOST_VALUES = 200
TAIL_POINTS = 20
EXPECTED = 3.0


def beyond(mixture: Mixture, seen: Incidence, spells: Spells) -> np.ndarray:
    """Share of all visits that is open at the last end and goes to each outcome; the last never resolves."""
    last = float(seen.days[-1])
    older = (spells.outcome < 0) & (spells.days > last)
    alive = mixture.alive(np.r_[last, spells.days[older]]).sum(axis=1)
    watched = spells.count[older] @ (1.0 - alive[1:] / max(alive[0], 1e-300))
    odds = mixture.odds_of_open(last)
    odds = odds if mixture.never else np.r_[odds, 0.0]
    if watched > EXPECTED:
        odds = np.r_[np.zeros(odds.size - 1), 1.0]
    return odds * float(seen.open[-1])


def jumps_of(k: int, mixture: Mixture, seen: Incidence, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days on which visits end in outcome k and the share of all visits that does so on each.

    rest   what `beyond` gives
    """
    last = float(seen.days[-1])
    jump = np.diff(seen.ended[:, k], prepend=0.0)
    here = jump > 0
    values, weights = seen.days[here], jump[here]
    if rest[k] > 1e-4:
        j = mixture.kinds_of(k)[0]
        family, theta = mixture.families[j], mixture.thetas[j]
        longer = family.survives(np.array(last), theta) * (np.arange(TAIL_POINTS, 0, -1) - 0.5) / TAIL_POINTS
        values = np.r_[values, np.maximum(family.quantile(longer, theta), last)]
        weights = np.r_[weights, np.full(TAIL_POINTS, rest[k] / TAIL_POINTS)]
    return values, weights


def empirical_words(values: np.ndarray, weights: np.ndarray, most: int = MOST_VALUES) -> dict[str, Any]:
    """An empirical distribution in the words of a scenario; many values become as many quantiles."""
    if values.size > most:
        values = weighted_quantile(values, weights, (np.arange(most) + 0.5) / most)
        weights = np.full(most, 1.0)
    weights = weights / weights.sum()
    return {
        "family": "empirical",
        "values": tuple(float(f"{v:.6g}") for v in values),
        "weights": tuple(float(f"{w:.6g}") for w in weights),
    }


def weighted_quantile(values: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The smallest value below or at which at least each share of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return values[order][np.minimum(np.searchsorted(total, np.asarray(shares) * total[-1]), values.size - 1)]


def around_median(values: np.ndarray, weights: np.ndarray, events: float) -> tuple[float, float, float]:
    """Median of weighted values and the order statistics between which it lies with 95 %."""
    off = 0.98 / np.sqrt(max(events, 1.0))
    shares = np.clip([0.5, 0.5 - off, 0.5 + off], 0.001, 0.999)
    middle, low, high = weighted_quantile(values, weights, shares)
    return float(middle), float(low), float(high)
