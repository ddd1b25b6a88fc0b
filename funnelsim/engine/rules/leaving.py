"""Reps who leave: who takes over, what was done by then, and which customers go along."""

from __future__ import annotations

from funnelsim.engine.rules.marks import rule

NO_HANDOVER, ASSIGN_ONLY, PROTOCOL = 0, 1, 2
UPPER, MIDDLE, LOWER = 0, 1, 2

WITH_LEAVER = 2  # parts of a visit or call: the leaver's and the successor's
ALONE = 1
UNTOLD, TOLD, LATE = 0, -1, -2
"""Where a deal is in the protocol, where it is not the number of parts still to be done: nowhere, through, waiting for
the visits and calls of the other thirds."""


@rule
def interim_owner(load, active, leaving, leaver: int) -> int:
    """Who is named for a deal on the day of notice: the rep with the fewest deals, the first of equals.

    load      open deals of each rep, those named to him by now included
    leaving   whether a rep has given notice; who has is named only where nobody else is there. -1: nobody at all
    """
    best = -1
    for rep in range(len(load)):
        if not active[rep] or rep == leaver:
            continue
        if (
            best < 0
            or leaving[rep] < leaving[best]
            or (leaving[rep] == leaving[best] and load[rep] < load[best])
        ):
            best = rep
    return best


@rule
def parts_of(third: int) -> int:
    """How the protocol treats a deal: parts to be done at once, or LATE."""
    return LATE if third == UPPER else WITH_LEAVER


@rule
def finds_dead(u: float, dead: bool, share: float) -> bool:
    """Whether the check of a leaver's list finds that a deal is gone."""
    return dead and u < share


@rule
def own_share(ties: float) -> float:
    """The owner's share of the relationship with a customer who knows others as well.

    ties   how close he is to them, all together, the owner being 1
    """
    return 1.0 / (1.0 + ties)


@rule
def departure_chance(assigned: float, protocol: float, told: bool, ties: float) -> float:
    """Chance that a deal goes with the rep who leaves.

    assigned, protocol   without and with its visit or call done by the last day
    """
    return (protocol if told else assigned) * own_share(ties)
