"""Levers of deciding: who gets a deal, what comes first, who leads, who joins, what is rewarded.

Fields of `Policies` and `Behaviour` (module `behaviour`). Every default is neutral: off.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_serializer

from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.part import Id, Logit, NotNegative, Part, Positive, Share, Whole, Words

Routing = Literal["territory", "random", "round_robin", "by_load", "by_skill"]
Priority = Literal["late_first", "early_first", "first_come", "value_per_hour", "equal"]
Points = Annotated[Whole, Field(ge=0, le=1000)]


class Score(Part):
    """Points of a new deal: of those that stand equal in a line, the one with more comes first."""

    large_deal: Points = 0
    """Points of a deal whose list price is above the upper quartile of the demand's amounts."""
    sources: dict[Id, Points] = {}
    """Source -> points of its deals."""
    segments: dict[str, Points] = {}
    """Segment -> points of the deals of its units."""


class Tier(Part):
    """Customers of one tier, by the value of their deals."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words | None = None
    """What people read."""
    from_quantile: Annotated[Share, Field(lt=1)] = 0.0
    """Its deals' list price lies above so large a share of the demand's amounts, up to the next tier; the lowest tier
    begins at 0."""
    hours_share: Annotated[Share, Field(ge=0.001)]
    """Share of every rep's hours for deals, where all tiers have work waiting."""


class Lead(Part):
    """Who leads the deals of one third of the funnel."""

    pool: Id | None = None
    """Id of the pool that does; none: the rep."""
    share: Share = 0.5
    """Share of the rep's hours in these stages that the pool takes over."""


class Leads(Part):
    """Who leads, by the third a deal stands in."""

    upper: Lead = Lead()
    """In the upper third."""
    middle: Lead = Lead()
    """In the middle third."""
    lower: Lead = Lead()
    """In the lower third."""


class Service(Part):
    """A pool joins deals of high value from early on."""

    pool: Id | None = None
    """Id of the pool that does; none: nobody joins."""
    stages: tuple[Id, ...] = ()
    """Ids of the stages; all where none is named."""
    amount_over: NotNegative = 0.0
    """Only deals whose list price is at least so much, in the currency."""
    hours: NotNegative = 2.0
    """Hours of one of its people a visit, after the stage's other work."""
    effect_logit: Logit = 0.0
    """Change of the odds to advance of the deals it joins, in logit."""


class Cash(Part):
    """When an order is paid."""

    delay_days: Distribution | None = None
    """Calendar days from the order to its payment; none: nobody asks."""

    @field_serializer("delay_days")
    def _short(self, days: Distribution | None) -> Any:
        return None if days is None else days.dump()


class Repeat(Part):
    """Customers who come back with another need: a new deal for the rep who had them, at most eight times."""

    share: Share = 0.0
    """Share of the won deals whose customer comes back."""
    days: Distribution = Distribution(family="fixed", value=180)
    """Calendar days from the order until he does."""

    @field_serializer("days")
    def _short(self, days: Distribution) -> Any:
        return days.dump()


class Incentives(Part):
    """What is rewarded, and how much. Each reward makes people try harder; that for speed also makes them rush."""

    speed_bonus: NotNegative = 0.0
    """For every stage that a deal passes, in the currency."""
    bookings_share: Share = 0.0
    """Share of a won deal's amount, on top of the commission."""
    praise_hours: NotNegative = 0.0
    """Hours a week of every manager for praise and promotion."""


class Rewarded(Part):
    """How people answer to rewards: each counts in full from a certain size on, less in proportion."""

    full_speed_bonus: Positive = 2000.0
    """Bonus for a stage from which on it works in full."""
    full_bookings_share: Annotated[Share, Field(gt=0)] = 0.02
    """Share of the amount from which on it works in full."""
    full_praise_hours: Positive = 2.0
    """Hours a week of a manager from which on praise works in full."""
    effort_logit: Logit = 0.05
    """Change of the odds to advance by each reward that works in full, in logit."""
    rush_skips: Share = 0.2
    """Share of the key selling activities that a speed bonus in full has left out, of those done otherwise."""
    rush_inflates: Share = 0.25
    """Share of deals that a speed bonus in full has reported one stage too far, of those in place otherwise."""
