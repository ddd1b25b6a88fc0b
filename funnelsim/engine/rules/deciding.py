"""Who gets a new deal, and what it counts in a line."""

from __future__ import annotations

from funnelsim.engine.rules.marks import EQUAL, VALUE_PER_HOUR, rule
from funnelsim.engine.rules.order import line_key

POINTS = 4096
"""More points than a deal can have."""
FURTHEST = 1 << 40
"""No place in a line is further from the middle than that."""


@rule
def next_in_turn(last: int, active) -> int:
    """The next active rep after the one whose turn was last (-1: nobody's yet); -1 when nobody is there."""
    count = len(active)
    for step in range(1, count + 1):
        rep = (last + step) % count
        if active[rep]:
            return rep
    return -1


@rule
def most_skilled(skill, open_deals, active) -> int:
    """The most skilled of the active reps who have no more open deals than the average, the first of equals;
    -1 when nobody is there."""
    count, total = 0, 0
    for rep in range(len(open_deals)):
        if active[rep]:
            count += 1
            total += open_deals[rep]
    best = -1
    for rep in range(len(open_deals)):
        if active[rep] and open_deals[rep] * count <= total and (best < 0 or skill[rep] > skill[best]):
            best = rep
    return best


@rule
def points(large: int, of_source: int, of_unit: int) -> int:
    """The score of a new deal; each part is at most 1000."""
    return large + of_source + of_unit


@rule
def place_in_line(
    priority: int, stage: int, amount: int, worth: float, worked: float, score: int
) -> int:  # fmt: skip
    """Place of a deal's task in its line before its time of joining counts; lower goes first.

    amount   of the deal, in whole currency units
    worth    share of deals won for each hour of work still to come, on average, of its stage
    worked   when work on it last ended, or when it was born
    score    its points; among those with the same place by the priority, more come first
    """
    if priority == VALUE_PER_HOUR:
        value = amount * worth
        key = -int(value) if value < FURTHEST else -FURTHEST
    elif priority == EQUAL:
        key = int(worked * 1024.0)
    else:
        key = line_key(priority, stage)
    return key * POINTS - score


@rule
def tier_of(listed: int, edges) -> int:
    """The tier a deal belongs to by its list price, 0 the lowest.

    edges   list price from which on each tier begins, rising, inf where there is none
    """
    tier = 0
    for at in range(len(edges)):
        if listed >= edges[at]:
            tier = at
    return tier


@rule
def least_served(spent, standing) -> int:
    """The tier that has had least for its share, of those in whose line somebody stands; the lowest of equals, -1
    where nobody stands anywhere."""
    best = -1
    for tier in range(len(spent)):
        if standing[tier] > 0 and (best < 0 or spent[tier] < spent[best]):
            best = tier
    return best


@rule
def served(spent: float, hours: float, share: float) -> float:
    """What a tier has had for its share, after some more hours."""
    return spent + hours / share


@rule
def caught_up(spent: float, others: float) -> float:
    """What a tier counts as having had that had nothing to do: it does not ask for the hours it did not want.

    others   what the tier had had that was served last

    Start-time fair queueing (Goyal, Vin & Cheng, SIGCOMM 1996).
    """
    return spent if spent > others else others
