"""Deals as a whole: from their creation to won, or to an end that is none, or still open; one spell each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.choose import choose_mixture
from funnelsim.fit.durations import LOGNORMAL, WEIBULL
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.jumps import beyond, jumps_of
from funnelsim.fit.spells import Spells
from funnelsim.history.log import CODE, ENDS, NONE, OF_OTHERS, REPORT
from funnelsim.history.reader import History

WON, OTHER, OPEN = 0, 1, -1
LEAST = 1e-3


@dataclass(frozen=True)
class Deals:
    """One entry an opportunity of the record."""

    place: np.ndarray
    """Position in `history.log.opportunities`."""
    owner: np.ndarray
    """Who had it last; NONE where nobody is named."""
    seen_from: np.ndarray
    days: np.ndarray
    outcome: np.ndarray
    """WON, OTHER or OPEN."""


def deals_of(history: History) -> Deals:
    """Every opportunity with its age at its last end, or at the end of the record."""
    log = history.log
    rows = log.view(REPORT).deals
    born = log.opportunities
    size = int(max(born.opportunity.max(initial=-1), rows.opportunity.max(initial=-1))) + 1
    place = np.full(size, -1)
    place[born.opportunity] = np.arange(len(born))
    last_event, last_time = np.full(size, NONE), np.zeros(size)
    owner = np.full(size, NONE)
    named = (rows.person >= 0) & ~np.isin(rows.event, OF_OTHERS)
    owner[rows.opportunity[named]] = rows.person[named]  # of several rows the last one stays
    told = np.isin(rows.event, [*ENDS, CODE["reopened"], CODE["entered"]])
    last_event[rows.opportunity[told]] = rows.event[told]
    last_time[rows.opportunity[told]] = rows.time[told]
    there = np.flatnonzero((place >= 0) & (last_event != NONE))
    created = born.created[place[there]]
    ended = np.isin(last_event[there], ENDS)
    outcome = np.where(ended, np.where(last_event[there] == CODE["won"], WON, OTHER), OPEN)
    noon = 0.5 if history.whole_days else 0.0
    days = np.where(ended, last_time[there] - created, log.horizon - created - noon)
    days = np.maximum(days, 0.5 if history.whole_days else LEAST)
    entry = history.entry
    seen_from = (
        np.zeros(there.size) if entry is None else np.where(created < entry, entry - created - noon, 0.0)
    )
    kept = (days > seen_from) | (seen_from == 0)
    return Deals(place[there][kept], owner[there][kept], seen_from[kept], days[kept], outcome[kept])


@dataclass(frozen=True)
class Winning:
    """How soon deals are won or lost: what tells how much an open one still says of either."""

    days: tuple[np.ndarray, np.ndarray]
    """Ages at which deals are won, and at which they end otherwise ..."""
    left: tuple[np.ndarray, np.ndarray]
    """... and the share of those that is still open from each on."""
    never: float
    """Share of all deals that is neither: open beyond every end that was seen."""

    def alive(self, ages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share still open at an age, of those that are won and of those that end otherwise."""
        pairs = zip(self.days, self.left, strict=True)
        won, lost = (np.r_[1.0, left][np.searchsorted(days, ages, side="right")] for days, left in pairs)
        return won, lost


def winning(deals: Deals) -> Winning | None:
    """By the jumps of Aalen-Johansen, beyond the last one by the mixture; None where not both ends were seen."""
    if not ((deals.outcome == WON).any() and (deals.outcome == OTHER).any()):
        return None
    spells = Spells.collapse(deals.seen_from, deals.days, deals.outcome)
    try:
        # for what lies beyond the last end alone; the rest are the jumps
        mixture = choose_mixture(spells, 2, (WEIBULL, LOGNORMAL), general=False)
    except FitError:
        return None
    seen = aalen_johansen(spells, 2)
    rest = beyond(mixture, seen, spells)
    ages, left = [], []
    for k in (WON, OTHER):
        values, weights = jumps_of(k, mixture, seen, rest)
        order = np.argsort(values, kind="stable")
        ages.append(values[order])
        left.append(np.maximum(1.0 - np.cumsum(weights[order]) / weights.sum(), 0.0))
    return Winning((ages[0], ages[1]), (left[0], left[1]), float(rest[-1]))
