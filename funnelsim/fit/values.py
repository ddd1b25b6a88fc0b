"""Deal values: lognormal by the fitter of durations, empirical where that clearly fails.

No value and a value of 0 are the same: unknown. Where lost deals carry none, won ones tell alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.durations import LOGNORMAL
from funnelsim.fit.goodness import gap_chance
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.mixture import Spells, fit_mixture
from funnelsim.fit.stages import empirical_words, weighted_quantile
from funnelsim.history.log import CODE
from funnelsim.history.reader import History

GAP, CHANCE = 0.05, 0.05
FEWEST = 5


@dataclass(frozen=True)
class ValueFit:
    """What a deal is worth, in whole units of the currency."""

    deals: int
    of: str
    """`won` where only won deals carry a value, else `all`."""
    median: float
    low: float
    high: float
    mean: float
    family: str
    max_gap: float
    p_value: float
    words: dict[str, Any] = field(repr=False, default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "deals": self.deals, "of": self.of, "median": self.median, "low": self.low, "high": self.high,
            "mean": self.mean, "family": self.family,
            "goodness": {"max_gap": self.max_gap, "p_value": self.p_value},
        }  # fmt: skip


def fit_values(history: History) -> ValueFit | None:
    """The distribution of deal values; None where fewer than 5 deals carry one."""
    deals = history.log.deals
    amount = history.log.opportunities.amount
    number = {int(o): i for i, o in enumerate(history.log.opportunities.opportunity)}
    won, lost = (
        np.array(
            [number[int(o)] for o in deals.opportunity[deals.event == CODE[end]] if int(o) in number], int
        )
        for end in ("won", "lost")
    )
    only_won = won.size > 0 and lost.size > 0 and not (amount[lost] > 0).any()
    known = amount[np.unique(won)] if only_won else amount
    known = known[known > 0].astype(float)
    if known.size < FEWEST:
        return None
    if np.ptp(known) == 0:
        same = float(known[0])
        fixed = {"family": "fixed", "value": same}
        return ValueFit(
            known.size, "won" if only_won else "all", same, same, same, same, "fixed", 0.0, 1.0, fixed
        )
    zero = np.zeros(known.size)
    spells = Spells.collapse(zero, known, np.zeros(known.size, int))
    mixture = fit_mixture(spells, (LOGNORMAL,))
    if not np.isfinite(mixture.log_likelihood):
        raise FitError.of(history.name, "fit_no_optimum")
    seen = aalen_johansen(spells, 1)
    fitted = mixture.incidence(seen.days)[:, 0]
    # a jump is as far from the curve above it as below it: price lists have large ones
    gap = float(np.maximum(seen.ended[:, 0] - fitted, fitted - np.r_[0.0, seen.ended[:-1, 0]]).max())
    # that distance has one jump more than the bootstrap's
    chance = gap_chance(
        mixture, gap - 1.0 / known.size, seen.days, zero, np.full(known.size, 1e6 * known.max()), False
    )
    empirical = gap > GAP and chance < CHANCE
    middle, low, high = mixture.median_interval(0)
    words: dict[str, Any] = dict(LOGNORMAL.words(mixture.thetas[0]))
    if empirical:
        words = empirical_words(seen.days, seen.events[:, 0])
        off = 0.98 / np.sqrt(known.size)
        low, middle, high = weighted_quantile(
            seen.days, seen.events[:, 0], np.clip([0.5 - off, 0.5, 0.5 + off], 0.001, 0.999)
        )
    return ValueFit(
        known.size, "won" if only_won else "all", float(middle), float(low), float(high), float(known.mean()),
        "empirical" if empirical else "lognormal", gap, chance, words,
    )  # fmt: skip
