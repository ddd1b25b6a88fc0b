"""Deal values: their family by the fitter of durations, empirical where that clearly fails; by group; by outcome.

No value and a value of 0 are the same: unknown. Where lost deals carry none, won ones tell alone. Where won
and lost deals differ in value (p < .001), the won ones are taken: bookings are made of them, and a scenario knows
one distribution for all deals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from funnelsim.errors import FitError
from funnelsim.fit.choose import choose_mixture
from funnelsim.fit.deals import OTHER, WON, deals_of
from funnelsim.fit.durations import GAMMA, LOGNORMAL, WEIBULL
from funnelsim.fit.goodness import gap_chance
from funnelsim.fit.incidence import Incidence, aalen_johansen
from funnelsim.fit.jumps import around_median, empirical_words
from funnelsim.fit.mixture import Mixture
from funnelsim.fit.spells import Spells
from funnelsim.history.reader import History

GAP, CHANCE = 0.05, 0.05
FEWEST = 5
RELATED = 0.001
FEWEST_EACH = 20
MOST_MEMBERS = 100
FACTORS = ("territory", "segment", "source")
"""Divisions whose members have a factor on the amount in a scenario."""


@dataclass(frozen=True)
class Relation:
    """How values and outcomes go together, among the closed deals that carry a value."""

    won: int
    lost: int
    won_median: float
    lost_median: float
    odds_per_doubling: float
    """Factor on the odds to be won when the value doubles."""
    p_value: float

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class ValueGroup:
    """Values of the members of one division: sources, territories, segments."""

    by: str
    p_value: float
    differs: bool
    factors: dict[str, float]
    """Median over that of all, drawn towards 1 the more the fewer the deals; by member."""
    counts: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {
            "p_value": self.p_value, "verdict": "differs" if self.differs else "no_difference",
            "members": [
                {"name": name, "n": self.counts[name], "factor": factor} for name, factor in self.factors.items()
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class ValueFit:
    """What a deal is worth, in whole units of the currency."""

    deals: int
    of: str
    """`won` where only won deals tell, else `all`."""
    why: str
    """Why won deals alone: `lost_carry_none`, `related`, or nothing."""
    median: float
    low: float
    high: float
    mean: float
    family: str
    max_gap: float
    p_value: float
    words: dict[str, Any] = field(repr=False, default_factory=dict)
    relation: Relation | None = None
    groups: dict[str, ValueGroup] = field(default_factory=dict)
    mixture: Mixture | None = field(repr=False, default=None)
    known: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0))
    """What the family was fitted to: values without the factors of territories, segments or sources that differ."""
    seen: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0))
    """The same values as they stand in the record."""

    @property
    def apart(self) -> tuple[str, ...]:
        """Divisions whose factors were taken out first: median and family are of what is left."""
        return tuple(by for by in FACTORS if by in self.groups and self.groups[by].differs)

    def as_dict(self) -> dict[str, Any]:
        return {
            "deals": self.deals, "of": self.of, "why": self.why, "median": self.median, "low": self.low,
            "high": self.high, "mean": self.mean, "family": self.family,
            "goodness": {"max_gap": self.max_gap, "p_value": self.p_value},
            "outcome": self.relation.as_dict() if self.relation else None,
            "groups": {by: group.as_dict() for by, group in self.groups.items()},
        }  # fmt: skip


def fit_values(history: History) -> ValueFit | None:
    """The distribution of deal values; None where fewer than 5 deals carry one."""
    born = history.log.opportunities
    deals = deals_of(history)
    amount = born.amount[deals.place].astype(float)
    worth = amount > 0
    won, lost = (worth & (deals.outcome == end) for end in (WON, OTHER))
    relation = _relation(amount[won], amount[lost])
    of, why = "all", ""
    if won.any() and (deals.outcome == OTHER).any() and not lost.any():
        of, why = "won", "lost_carry_none"
    elif relation is not None and relation.p_value < RELATED:
        of, why = "won", "related"
    told = won if of == "won" else worth
    known = amount[told]
    if known.size < FEWEST:
        return None
    groups, rest = _groups(history, np.log(known), deals.place[told])
    facts = {
        "deals": known.size,
        "of": of,
        "why": why,
        "mean": float(known.mean()),
        "relation": relation,
        "seen": known,
    }
    if np.ptp(known) == 0:
        same = float(known[0])
        fixed = {"family": "fixed", "value": same}
        return ValueFit(**facts, median=same, low=same, high=same, family="fixed", max_gap=0.0, p_value=1.0,
                        words=fixed, known=known)  # fmt: skip
    if any(groups[by].differs for by in FACTORS if by in groups):
        known = np.exp(rest)  # the scenario has the groups' factors; what is left scatters less
    return _distribution(history.name, known, {**facts, "groups": groups})


def _distribution(name: str, known: np.ndarray, facts: dict[str, Any]) -> ValueFit:
    zero = np.zeros(known.size)
    spells = Spells.collapse(zero, known, np.zeros(known.size, int))
    mixture = choose_mixture(spells, 1, (LOGNORMAL, GAMMA, WEIBULL), general=False)
    if not np.isfinite(mixture.log_likelihood):
        raise FitError.of(name, "fit_no_optimum")
    seen = aalen_johansen(spells, 1)
    gap = _gap(mixture, seen)
    limit = np.full(known.size, 1e9 * known.max())
    chance = gap_chance(mixture, gap, zero, limit, False, _gap, matters=gap > GAP)
    family, theta = mixture.families[0], mixture.thetas[0]
    if gap > GAP and chance < CHANCE:
        middle, low, high = around_median(seen.days, seen.events[:, 0], known.size)
        words, told = empirical_words(seen.days, seen.events[:, 0]), "empirical"
    else:
        middle, low, high = mixture.median_interval(0)
        words, told = family.words(theta), family.name
    return ValueFit(**facts, median=middle, low=low, high=high, family=told, max_gap=gap, p_value=chance,
                    words=words, mixture=mixture, known=known)  # fmt: skip


def _gap(mixture: Mixture, seen: Incidence, whole_days: bool = False) -> float:
    """The largest distance; a jump is as far from the curve above it as below: price lists have large ones."""
    fitted = mixture.incidence(seen.days)[:, 0]
    return float(np.maximum(seen.ended[:, 0] - fitted, fitted - np.r_[0.0, seen.ended[:-1, 0]]).max())


def _relation(won: np.ndarray, lost: np.ndarray) -> Relation | None:
    """Rank test of won against lost values, and the odds by their doubling; None with fewer than 20 of either."""
    if min(won.size, lost.size) < FEWEST_EACH:
        return None
    chance = float(stats.mannwhitneyu(won, lost).pvalue)
    x = np.log2(np.r_[won, lost])
    y = np.r_[np.ones(won.size), np.zeros(lost.size)]
    return Relation(
        won.size, lost.size, float(np.median(won)), float(np.median(lost)), float(np.exp(_slope(x, y))), chance
    )  # fmt: skip


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    """Of a logistic regression of y on x, by Newton; drawn a little towards 0, so that it is always finite."""
    design = np.stack([np.ones(x.size), x - x.mean()], axis=1)
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        information = design.T @ (design * (p * (1 - p))[:, None]) + 1e-3 * np.eye(2)
        step = np.linalg.solve(information, design.T @ (y - p) - 1e-3 * beta)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return float(beta[1])


def _groups(
    history: History, logs: np.ndarray, places: np.ndarray
) -> tuple[dict[str, ValueGroup], np.ndarray]:
    """Values by territory, segment and source, then by further columns: F tests of the logarithms.

    What one of the first three has explained is taken out before the next, for a scenario has factors for
    them; p < .05 over the number of divisions. The second answer are the logarithms with all of that taken out.
    """
    born, names = history.log.opportunities, history.log.names
    columns = {
        by: (codes[places], known)
        for by, codes, known in (
            ("territory", born.territory, names.territories), ("segment", born.segment, names.segments),
            ("source", born.source, names.sources),
            *((by, group.codes, group.names) for by, group in history.groups.items()),
        )
        if 1 < len(known) <= MOST_MEMBERS
    }  # fmt: skip
    told = {}
    for by, (codes, known) in columns.items():
        here = codes >= 0
        counts = np.bincount(codes[here], minlength=len(known))
        some = np.flatnonzero(counts)
        if some.size < 2 or here.sum() < some.size + 10:
            continue
        sums = np.bincount(codes[here], logs[here], len(known))
        overall = float(logs[here].mean())
        means = np.divide(sums, counts, out=np.full(len(known), overall), where=counts > 0)
        within = float(((logs[here] - means[codes[here]]) ** 2).sum() / (here.sum() - some.size))
        between = float((counts * (means - overall) ** 2).sum() / (some.size - 1))
        chance = float(stats.f.sf(between / max(within, 1e-12), some.size - 1, here.sum() - some.size))
        differs = chance < CHANCE / len(columns)
        # empirical Bayes: the scatter of the true means is what the means scatter beyond their errors
        each = (here.sum() - (counts**2).sum() / here.sum()) / (some.size - 1)
        true = max((between - within) / each, 0.0)
        drawn = (
            (means - overall) * true / (true + within / np.maximum(counts, 1e-9)) if true > 0 else means * 0
        )
        if differs and by in FACTORS:
            logs = logs - np.where(here, drawn[np.maximum(codes, 0)], 0.0)
        told[by] = ValueGroup(
            by, chance, differs, {known[i]: float(np.exp(drawn[i])) for i in some},
            {known[i]: int(counts[i]) for i in some},
        )  # fmt: skip
    return told, logs
