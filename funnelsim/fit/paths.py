"""The ways deals take through the stages: jumps ahead, returns, deals that come back after their end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from funnelsim.fit.choose import choose_mixture
from funnelsim.fit.durations import EXPONENTIAL, LOGNORMAL
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.spells import Spells
from funnelsim.history.log import CODE, REPORT
from funnelsim.history.reader import History
from funnelsim.history.visits import ADVANCE, REGRESS, Visits

ALIKE = 0.01
"""Chance below which the stages are not jumped alike often."""
FEWEST_RETURNS = 5


@dataclass(frozen=True)
class Paths:
    """How deals move where they do not simply go on to the next stage."""

    passed: np.ndarray
    """By stage: deals that were moved over it, from a stage before (or from nowhere) to one after (or to won)."""
    jumps: dict[int, int]
    """How many advances passed over so many stages."""
    skip_share: float | None
    """Share of advances that jump one stage, where all jumps are of one and all stages jumped alike."""
    back_by: dict[int, int]
    """How many returns went back by so many stages; 0 entered the same stage anew."""
    reopened: int
    """Ends that were taken back."""
    revive_share: float
    """Share of the lost and undecided that come back, those counted that may still."""
    revive_words: dict[str, Any] = field(repr=False, default_factory=dict)
    """Days from the end until then, in the words of a scenario."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "jumped_stages": {str(by): count for by, count in sorted(self.jumps.items())},
            "skip_share": self.skip_share,
            "returned_stages": {str(by): count for by, count in sorted(self.back_by.items())},
            "reopened": self.reopened, "revive_share": self.revive_share,
        }  # fmt: skip


def fit_paths(history: History) -> Paths:
    """Jumps, returns and reopened deals of a record."""
    table, stages = history.visits, len(history.log.names.stages)
    passed, jumps, back, tried, jumped = _moves(table, stages, history.entry)
    revived, share, words = _reopened(history)
    return Paths(passed, jumps, _alike(passed, jumps, tried, jumped), back, revived, share, words)


def _moves(table: Visits, stages: int, entry: float | None):
    size = len(table)
    same = np.r_[table.opportunity[1:] == table.opportunity[:-1], False]
    first = np.r_[True, ~same[:-1]][:size]
    after = np.where(same, np.r_[table.stage[1:], 0][:size], stages)
    moved = table.outcome == ADVANCE
    begin = np.where(moved, table.stage + 1, 0).astype(np.int64)
    end = np.where(moved, np.maximum(after, begin), 0).astype(np.int64)
    # what began before the record is first seen somewhere on its way
    born = first & ((table.entered >= entry) if entry is not None else True) & (table.stage > 0)
    change = np.zeros(stages + 1, np.int64)
    np.add.at(change, np.r_[begin, np.zeros(born.sum(), np.int64)], 1)
    np.add.at(change, np.r_[end, table.stage[born].astype(np.int64)], -1)
    passed = np.cumsum(change)[:stages]
    over = np.r_[(end - begin)[moved], table.stage[born]]
    lengths, counts = np.unique(over[over > 0], return_counts=True)
    jumps = {int(by): int(count) for by, count in zip(lengths, counts, strict=True)}
    returned = table.outcome == REGRESS
    lengths, counts = np.unique((table.stage - after)[returned & same], return_counts=True)
    back = {int(by): int(count) for by, count in zip(lengths, counts, strict=True)}
    could = moved & (table.stage + 2 < stages)
    tried = np.bincount(table.stage[could], minlength=stages)
    jumped = np.bincount(table.stage[could & (end - begin == 1) & (after < stages)], minlength=stages)
    return passed, jumps, back, tried, jumped


def _alike(passed: np.ndarray, jumps: dict[int, int], tried: np.ndarray, jumped: np.ndarray) -> float | None:
    """One share for all stages, where the record looks as if there were one."""
    if set(jumps) != {1} or jumped.sum() != passed.sum():
        return None
    share = jumped.sum() / tried.sum()
    here = tried > 0
    spread = ((jumped[here] - tried[here] * share) ** 2 / (tried[here] * share * (1 - share) + 1e-12)).sum()
    chance = stats.chi2.sf(spread, here.sum() - 1) if here.sum() > 1 else 1.0
    return float(share) if chance > ALIKE else None


def _reopened(history: History) -> tuple[int, float, dict[str, Any]]:
    """Ends taken back: how many, which share of the lost and undecided, and after which days."""
    rows = history.log.view(REPORT).deals
    rows = rows.where(np.isin(rows.event, [CODE["lost"], CODE["no_decision"], CODE["reopened"], CODE["won"]]))
    order = np.argsort(rows.opportunity, kind="stable")
    deal, time, event = rows.opportunity[order], rows.time[order], rows.event[order]
    back = int((event == CODE["reopened"]).sum())
    if back < FEWEST_RETURNS:
        return back, 0.0, {}
    closed = np.isin(event, [CODE["lost"], CODE["no_decision"]])
    follows = np.r_[(deal[1:] == deal[:-1]) & (event[1:] == CODE["reopened"]), False]
    until = np.where(follows, np.r_[time[1:], 0.0], history.log.horizon)
    days = np.maximum((until - time)[closed], 0.5)
    spells = Spells.collapse(np.zeros(days.size), days, np.where(follows[closed], 0, -1))
    seen = aalen_johansen(spells, 1)
    share = float(seen.ended[-1, 0])
    times = Spells(spells.seen_from, spells.days, np.zeros(spells.days.size, int), spells.count)
    ended = spells.outcome == 0
    times = Spells(*(getattr(times, part)[ended] for part in ("seen_from", "days", "outcome", "count")))
    mixture = choose_mixture(times, 1, (EXPONENTIAL, LOGNORMAL))
    return back, share, mixture.families[0].words(mixture.thetas[0])
