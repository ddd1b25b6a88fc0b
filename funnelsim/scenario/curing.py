"""What a company does about weak stages: attacks on four kinds of risk, training, templates, price, support, care.

Each lever moves its own numbers and costs its own hours or money; all of them are off by default. The
numbers that say how customers answer are assumptions.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from funnelsim.scenario.distributions import Number
from funnelsim.scenario.part import Id, Logit, NotNegative, Part, Positive, Share


class Relations(Part):
    """Work on relations: the customer does not fall asleep. Costs hours of the rep."""

    stages: tuple[Id, ...] = ()
    """Ids of the stages; all where none is named."""
    strength: Share = 0.0
    """Share of the stalls, and of the ends without a decision, that do not come about; who would have decided
    nothing decides as the others do."""
    hours: NotNegative = 1.0
    """Hours of the rep a visit, after his other work, where the strength is above 0."""


class Terms(Part):
    """Terms that let the customer decide sooner: payment in parts, a short contract. Costs part of the amount."""

    stages: tuple[Id, ...] = ()
    """Ids of the stages; all where none is named."""
    strength: Annotated[Number, Field(ge=0, le=0.95)] = 0.0
    """Share by which the customer's delay is shorter."""
    amount_share: Annotated[Number, Field(ge=0, lt=1)] = 0.02
    """Share of the amount given away on every deal, where the strength is above 0."""


class Technical(Part):
    """A better technical or financing proposal. Costs hours of specialists."""

    stages: tuple[Id, ...] = ()
    """Ids of the stages; all where none is named."""
    effect_logit: Logit = 0.0
    """Change of the odds to advance, in logit."""
    pool: Id | None = None
    """Id of the pool whose people do it; needed where the effect is not 0."""
    hours: NotNegative = 4.0
    """Hours of one of them a visit, after the stage's other work."""


class Rivals(Part):
    """Plans against a competitor. Costs hours of the rep."""

    stages: tuple[Id, ...] = ()
    """Ids of the stages; all where none is named."""
    strength: Share = 0.0
    """Share of the losses of this reason that advance instead."""
    reason: Id = "competitor"
    """The reason, as in the stages' `otherwise.lost`."""
    hours: NotNegative = 2.0
    """Hours of the rep a visit, after his other work, where the strength is above 0."""


class Attacks(Part):
    """Attacking the risk of weak stages ahead of time, each in its own way."""

    relations: Relations = Relations()
    """Fewer stalls and fewer ends without a decision."""
    terms: Terms = Terms()
    """Shorter delays of the customer, at a price."""
    technical: Technical = Technical()
    """Better odds, by the work of specialists."""
    competitor: Rivals = Rivals()
    """Fewer losses to a competitor."""


class Training(Part):
    """Training the reps in certain stages."""

    effect_logit: dict[Id, Logit] = {}
    """Stage -> change of the odds to advance, in logit."""
    weekly_hours: NotNegative = 0.0
    """Hours a week that every rep trains and does not sell."""


class Templates(Part):
    """Templates for the work of stages: a better demonstration, a proposal that is half written."""

    hours_factor: dict[Id, Annotated[Number, Field(ge=0, le=10)]] = {}
    """Stage -> factor on the rep's own hours in it."""
    effect_logit: dict[Id, Logit] = {}
    """Stage -> change of the odds to advance, in logit."""


class Price(Part):
    """A lower price."""

    discount_share: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Share of the amount that every deal is cheaper."""
    effect_logit: dict[Id, Logit] = {}
    """Stage -> change of the odds to advance at this price, in logit."""


class ExecutiveSupport(Part):
    """Executives help in certain stages."""

    stages: tuple[Id, ...] = ()
    """Ids of the stages; all where none is named."""
    effect_logit: Logit = 0.0
    """Change of the odds to advance of the deals they help, in logit."""
    pool: Id | None = None
    """Id of the pool that does it; needed where the effect is not 0."""
    hours: NotNegative = 2.0
    """Hours of one of its people a visit, after the stage's other work."""
    when: Literal["always", "amount_p75", "never"] = "amount_p75"
    """Which deals: all, those whose list price is above the upper quartile of the demand's amounts, none."""


class Care(Part):
    """Reminders sent to customers: a greeting by e-mail or message while the deal is open."""

    every_days: Positive | None = None
    """Every customer of a deal that the report knows is sent one so often; None: nobody."""
    cost: NotNegative = 20.0
    """Of one, in the currency."""
    effect: Share = 0.5
    """Share of the hazard of neglect that one takes away while it lasts."""
    lasts_days: Positive = 30.0
    """How long one lasts: sent more rarely, it covers part of the time only."""
