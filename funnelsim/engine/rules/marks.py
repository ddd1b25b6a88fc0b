"""What makes a function a rule, and the numbers by which rules and tables name kinds, ends and policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable)


RULES: list[Callable] = []


def rule(function: F) -> F:
    """Mark a function as a rule of the engines: called as it stands by one, compiled into another."""
    RULES.append(function)
    return function


# The kinds of moments, in the order in which those of one instant happen.
INTERVENTION, STAFFING, MANAGER, NEGLECT, DISCOVERY, TASK_END, READY, GATE = 1, 2, 3, 4, 5, 6, 7, 8
ARRIVAL, TOUCH_DUE, PROSPECTING_DUE, TASK_START = 9, 10, 11, 12

# What a visit to a stage may end in; delays have one distribution for each of the first four.
ADVANCE, REGRESS, NO_DECISION, LOST = 0, 1, 2, 3

# Policies as the numbers that stand in the tables.
LATE_FIRST, EARLY_FIRST, FIRST_COME, VALUE_PER_HOUR, EQUAL = 0, 1, 2, 3, 4
BY_TERRITORY, AT_RANDOM, ROUND_ROBIN, BY_LOAD, BY_SKILL = 0, 1, 2, 3, 4
ALWAYS, LARGE_DEALS, NEVER = 0, 1, 2
NO_REVIEW, WEEKLY_REVIEW, TRACK_REVIEW = 0, 1, 2

# What a condition looks at, and the place of looking among the interventions of an instant: behind those with a date.
OPEN_DEALS, WEIGHTED_PIPELINE, STALLED_SHARE = 0, 1, 2
WATCH = 60_000

FIRST_IN_LINE, LAST_IN_LINE = -(1 << 60), 1 << 60
MOST_VISITS = 3
ATTEMPTS = 64  # names of luck a visit keeps for looks at its evidence
