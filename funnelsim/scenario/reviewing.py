"""What managers do with their hours: reviews, audits, remedies; and how well they judge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from funnelsim.scenario.distributions import Number
from funnelsim.scenario.part import Id, NotNegative, Part, Positive, Share, Switch, Whole, Words

ReviewRule = Literal["none", "weekly", "1-15-30"]
Days = Annotated[Whole, Field(ge=7, le=3660)]


class Review(Part):
    """How managers go through the deals of their reps, on Mondays, as far as their hours go."""

    rule: ReviewRule = "none"
    """`weekly`: every deal of the list; `1-15-30`: a deal without progress since its last check is followed up
    on day 15, and judged on day 30."""
    cadence_days: Positive = 7.0
    """The list is gone through on the first Monday so many days or more after the last time."""
    top: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None
    """Only the so many deals of a manager with the highest weighted value; the others are not reviewed."""
    minutes: NotNegative = 5.0
    """Minutes of the manager for a deal of the list."""
    second_days: Days = 15
    """Calendar days from a check without progress to the second check, or the next working day."""
    verdict_days: Days = 30
    """Calendar days from a check without progress to the verdict, or the next working day."""
    second_minutes: NotNegative = 10.0
    """Minutes of a second check."""
    verdict_minutes: NotNegative = 10.0
    """Minutes of a verdict."""
    tracks: Literal["no_progress", "all"] = "no_progress"
    """Which deals are followed up on day 15 and 30: those without progress since the last check, or all."""
    verdict: Literal["judged", "no_progress_out"] = "judged"
    """What becomes of a deal without progress by day 30: the manager judges, or it is dropped in any case."""


class Audits(Part):
    """Looking into the files of deals, hidden ones too, whatever the list says."""

    weekly_share: Share = 0.0
    """Chance of every open deal to be looked at in a week."""
    minutes: NotNegative = 10.0
    """Minutes of the manager for a deal."""


class Remedies(Part):
    """Asking why a deal stalls, and doing what goes with the likely cause, once in a visit to a stage."""

    on: Switch = False
    """Whether it is done."""
    hours: NotNegative = 2.0
    """Working hours of the owner, whether the cause is the right one or not."""
    manager_hours: NotNegative = 0.5
    """Hours of the manager to find the likely cause."""
    names: dict[Id, Words] = {}
    """Cause -> what is done about it; the usual causes have their remedies."""


class Judgement(Part):
    """How well a manager tells dead deals from living ones at a verdict."""

    dead_dropped: Share = 0.75
    """Share of the dead deals that are dropped."""
    live_dropped: Share = 0.06
    """Share of the living deals that are dropped."""


class Curing(Part):
    """What a remedy does."""

    matched_factor: Annotated[Number, Field(ge=0, le=1)] = 0.5
    """What remains of the customer's delay is so many times as long where the cause was the right one."""
    hard_question: Share = 0.75
    """Chance that a customer who is gone says so when he is asked."""
