"""Who gets a new deal, what it counts in a line, and who helps it: `engine.decided` on records."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine import rules
from funnelsim.engine.compiled.jit import rare
from funnelsim.engine.tables import Tables


class Deciding(NamedTuple):
    """Points of new deals. P periods."""

    large_points: np.ndarray  # (P,)
    source_points: np.ndarray  # (P, sources)
    unit_points: np.ndarray  # (P, units + 1)


def deciding_of(tables: Tables) -> Deciding:
    """The records of a company."""
    mine = tables.deciding
    return Deciding(mine.large_points, mine.source_points, mine.unit_points)


def flags_of(tables: Tables) -> dict[str, int]:
    """What the state knows of it: whether deals are scored, specialists change odds, and orders have a sequel."""
    return {"scores": int(tables.deciding.scores), "helps": int(tables.work.logit.any()),
            "tiers": tables.tiers.count, "loyal": int(tables.loyalty.returns or tables.loyalty.pays)}  # fmt: skip


@rare
def whose_turn(s, luck, world, routing):
    """The rep whom the rule for all reps names; the first where nobody is there."""
    if routing == rules.BY_LOAD:
        rep = rules.least_loaded(world.open_deals, world.active)
    elif routing == rules.BY_SKILL:
        rep = rules.most_skilled(luck.skill[s.period], world.open_deals, world.active)
    else:
        rep = rules.next_in_turn(s.routed, world.active)
        s.routed = rep
    return max(0, rep)


@rare
def score(s, p, firm, deal, unit):
    """The points of a deal that has just come."""
    points = firm.deciding
    large = points.large_points[s.period] if deal.listed >= p.large_amount else 0
    last = points.unit_points.shape[1] - 1
    of_unit = points.unit_points[s.period, unit if unit >= 0 else last]
    return rules.points(large, points.source_points[s.period, deal.source], of_unit)


@rare
def helped(s, firm, deal):
    """What the specialists who will work on a visit add to its odds, in logit."""
    here = firm.stages[s.period, deal.stage]
    odds = 0.0
    for at in range(here.first_work, here.last_work):
        item = firm.work[at]
        if rules.wants_specialist(item.when, deal.listed, item.over):
            odds = odds + item.logit
    return odds
