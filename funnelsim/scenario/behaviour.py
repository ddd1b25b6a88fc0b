"""How the company runs its funnel, and how deals, people and customers behave in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from funnelsim.scenario.distributions import Number
from funnelsim.scenario.part import Logit, NotNegative, Part, Positive, Share, Switch


class Prospecting(Part):
    """A block of time in which a rep finds one new deal, last in line, void when the next falls due."""

    every_days: Positive | None = None
    """None: reps do not prospect."""
    hours: NotNegative = 7.0
    """Working hours of one block."""


class Policies(Part):
    """How the company runs its funnel: a row of settings."""

    routing: Literal["territory", "random"] = "territory"
    """Who gets a new deal: the rep of the unit's territory, or any rep."""
    priority: Literal["late_first", "early_first", "first_come"] = "late_first"
    """Which deal a rep works on first: the latest stage, the earliest, or the one that came first."""
    prospecting: Prospecting = Prospecting()
    """Whether and how often reps look for deals themselves."""
    strict: Switch = True
    """No stage is ever jumped; otherwise a deal that advances jumps one with `behaviour.skip_share`."""
    wait_for_buyer: Switch = True
    """The gate waits for the customer's own step; otherwise it comes as soon as the work is done."""


class Behaviour(Part):
    """How deals and people scatter, and how customers behave."""

    quality_sd: Annotated[Number, Field(ge=0, le=5)] = 0.0
    """Standard deviation of a deal's hidden quality, in logit."""
    skill_sd: Annotated[Number, Field(ge=0, le=5)] = 0.0
    """Standard deviation of reps' skill, in logit; drawn in each replication."""
    customer_starts: Literal["stage", "work_done"] = "stage"
    """Whether the customer's delay runs from the entry of the stage or from the end of its work."""
    skip_share: Share = 0.1
    """Share of advances that jump a stage where `policies.strict` is false."""
    ahead_logit: Logit = -0.4
    """Change of the odds for each stage the seller is ahead of the buyer beyond one."""
