"""Lines of a rep's tasks by tier: `engine.desks` on records, where a company has tiers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes
from funnelsim.engine.compiled.jit import rare
from funnelsim.engine.tables import Tables


class Tiers(NamedTuple):
    """Tiers, and each rep's lines of them. P periods, R reps, T tiers."""

    there: np.ndarray  # (P,)
    edges: np.ndarray  # (P, T)
    shares: np.ndarray  # (P, T)
    line: np.ndarray  # (R, T) first task of each
    standing: np.ndarray  # (R, T) how many tasks stand in it
    spent: np.ndarray  # (R, T)


def tiers_of(tables: Tables) -> Tiers:
    """The records of a run."""
    mine, shape = tables.tiers, (tables.reps, tables.tiers.count)
    return Tiers(
        mine.there, mine.edges, mine.shares, np.full(shape, -1), np.zeros(shape, np.int64), np.zeros(shape)
    )


@rare
def which_line(s, world, number, deal):
    """The tier in whose line a task of a rep stands, -1 for the line of all."""
    tiers = world.tiers
    if not tiers.there[s.period]:
        return codes.NONE
    tier = codes.ZERO + rules.tier_of(deal.listed, tiers.edges[s.period])
    if tiers.standing[number, tier] == 0:
        tiers.spent[number, tier] = rules.caught_up(tiers.spent[number, tier], world.desks[number].served)
    tiers.standing[number, tier] += 1
    world.desks[number].tiered += 1
    return tier


@rare
def next_line(world, number):
    """The tier whose turn it is."""
    return rules.least_served(world.tiers.spent[number], world.tiers.standing[number])


@rare
def serve(s, world, task):
    """Hours of a rep go to a tier."""
    tiers, number, tier = world.tiers, task.desk, task.tier
    world.desks[number].served = tiers.spent[number, tier]
    tiers.spent[number, tier] = rules.served(
        tiers.spent[number, tier], task.hours, tiers.shares[s.period, tier]
    )
