"""Who leaves, and what is remembered of it, as records (`engine.leaving`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine import rules
from funnelsim.engine.draws import Draws
from funnelsim.engine.luck import name_number
from funnelsim.engine.tables import Tables

HANDOVER = np.dtype([
    ("check_minutes", "f8"), ("visit_hours", "f8"), ("call_hours", "f8"), ("dead_found", "f8"), ("rule", "i8"),
])  # fmt: skip
CHANCE = np.dtype([("assigned", "f8"), ("told", "f8")])
SPELL = np.dtype([("comes", "f8"), ("notice", "f8"), ("leaves", "f8"), ("ramped", "f8"), ("followed", "i8")])
HANDED = np.dtype(
    [
        ("heir", "i4"),
        ("home", "i4"),
        ("lister", "i4"),
        ("following", "i4"),
        ("calls", "i2"),
        ("notices", "i2"),
        ("told", "i2"),
    ],
    align=True,
)


class Leaving(NamedTuple):
    """What the scenario says. P periods, S stages."""

    policy: np.ndarray  # (P,) HANDOVER
    chances: np.ndarray  # (P, S) CHANCE
    ties: np.ndarray  # (P, pools)
    thirds: np.ndarray  # (S,)
    words: np.ndarray  # of luck that a deal has once a notice
    check_reason: int
    activity: int


class Occupants(NamedTuple):
    """Who sits where, and leaves when. n occupants, R seats."""

    spells: np.ndarray  # (n,) SPELL
    first: np.ndarray  # (R + 1,)
    skill: np.ndarray  # (P, n)


class Parting(NamedTuple):
    """What is known of those who leave. R reps, N deals, M managers."""

    seated: np.ndarray  # (R,) number of who sits there
    leaving: np.ndarray  # (R,) whether he has given notice
    load: np.ndarray  # (R,) deals of each while a list is gone through
    listed: np.ndarray  # (R,) first deal on the list of a leaver
    owed: np.ndarray  # (M,) minutes spent ahead of a Monday
    left: np.ndarray  # (M,) minutes of this Monday
    handed: np.ndarray  # (N,) HANDED, none where notice means nothing


def leaving_of(tables: Tables) -> Leaving:
    """The records of a company."""
    left = tables.leaving
    policy, chances = np.zeros(len(left.rule), HANDOVER), np.zeros(left.assigned.shape, CHANCE)
    for records in (policy, chances):
        for name in records.dtype.names or ():
            records[name] = getattr(left, name)
    words = np.array([name_number("handover_check")], np.uint64)
    thirds = np.array(tables.names.thirds, np.int64)
    return Leaving(policy, chances, left.ties, thirds, words, left.check_reason, left.activity)


def occupants_of(draws: Draws) -> Occupants:
    """Who sits where in a run."""
    seats = draws.seats
    spells = np.zeros(len(seats.comes), SPELL)
    for name in SPELL.names or ():
        spells[name] = getattr(seats, name)
    return Occupants(spells, seats.first, seats.skill)


def parting_of(tables: Tables, draws: Draws) -> Parting:
    """What is known before a run."""
    reps, left = tables.reps, tables.leaving
    handed = np.zeros(len(draws) if left.tells else 0, HANDED)
    for name in ("heir", "home", "lister", "following"):
        handed[name] = -1
    handed["calls"] = rules.UNTOLD
    return Parting(
        draws.seats.first[:-1].copy(), np.zeros(reps, np.int64), np.zeros(reps, np.int64), np.full(reps, -1),
        np.zeros(tables.managers.count), np.zeros(tables.managers.count), handed,
    )  # fmt: skip
