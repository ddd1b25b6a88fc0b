"""Levers of seeing and standards: what a gate asks for, what is registered, reminded of and kept on file.

Fields of `Policies` and `Behaviour` (module `behaviour`). Every default is neutral: off.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from funnelsim.scenario.distributions import Number
from funnelsim.scenario.part import Id, NotNegative, Part, Positive, Share, Switch, Whole


class Gates(Part):
    """Exit criteria: a deal leaves a stage only when all evidence of the stage is there."""

    on: Switch = False
    """Whether evidence is asked for; a deal in such a stage is reported where it is."""
    stages: tuple[Id, ...] = ()
    """Ids of the stages whose evidence is asked for; none: all stages that have evidence."""
    repeat_days: Annotated[Number, Field(ge=1, le=1000)] = 7.0
    """Calendar days after which the owner repeats the activity whose evidence was missing."""


class Standards(Part):
    """How strictly the key selling activities are done."""

    compliance: Share = 1.0
    """Share of them that is done; a skipped one saves its hours and costs the deal its `skip_logit`."""


class Registration(Part):
    """New deals are registered and approved before anybody works on them."""

    required: Switch = False
    """Whether they are; otherwise two reps may pursue one customer (`behaviour.collision_share`)."""
    hours: NotNegative = 0.25
    """Working hours of the owner to register a deal."""
    approval_days: NotNegative = 0.0
    """Calendar days until it is approved."""
    refused_share: Share = 0.0
    """Share of the registered deals that is not approved and ends there, reason `refused`."""


class Surprise(Part):
    """What follows a win that nobody had registered. The commission is paid in full, always."""

    rule: Literal["off", "on"] = "off"
    """`on`: who hides a win loses trust and is not promoted."""
    announced: Switch = True
    """Whether all are told; then the other reps hide less from that day on."""
    deterrence_share: Share = 0.3
    """By which share of what is left the others hide fewer of their new deals, each time."""


class Reminders(Part):
    """Whoever lets a deal stand too long is reminded."""

    after: Positive | None = None
    """A stay in a stage is too long from so many times the median of the stage's delay; none: no reminders."""
    recipient: Literal["rep", "manager"] = "rep"
    """Who is reminded: the owner, or a manager, who looks at the deal first when he next reviews."""
    most_weekly: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    """Reminders a week that a rep takes seriously; with more he responds to as many on average. None: all."""
    response: Share = 1.0
    """Share of reminders that a rep responds to: by a touch, at once."""


class HandoverLoss(Part):
    """Chance that a deal goes with the rep who leaves, by the third it stands in."""

    upper: Share = 0.0
    """In the upper third."""
    middle: Share = 0.0
    """In the middle third."""
    lower: Share = 0.0
    """In the lower third."""
