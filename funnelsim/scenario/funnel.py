"""The stages of the sale and the buyer's own, and the market that deals come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_serializer, model_validator

from funnelsim.scenario.distributions import Distribution, Number
from funnelsim.scenario.part import Id, Logit, NotNegative, Part, Positive, Share, Switch, Third, Words


class BuyerStage(Part):
    """A step of the customer's own buying process."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words
    """What people read."""


class Evidence(Part):
    """Something verifiable that shows a stage is done."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words
    """What people read."""
    kind: Literal["confirmation_email", "minutes", "document", "statement", "signature"] = "statement"
    """What can be shown."""
    activity: Id | None = None
    """Id of the stage's activity that is repeated when it is missing; the last one where none is named."""


class Activity(Part):
    """A key selling activity of a stage; all together take the stage's `rep_hours`."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words
    """What people read."""
    hours_share: Share | None = None
    """Share of the stage's rep hours; equal shares where none is given."""
    skip_logit: Logit = -0.15
    """Change of the odds to advance where it is skipped, in logit."""
    due_days: Positive | None = None
    """Calendar days from the entry of the stage within which it should be done; for a metric."""


class Specialist(Part):
    """Work of a pool in a stage, after the rep's own."""

    pool: Id
    """Id of the pool."""
    hours: Distribution
    """Working hours of one of its people."""
    when: Literal["always", "amount_p75", "never"] = "always"
    """`amount_p75`: only for deals above the upper quartile of the demand's amounts."""
    amount_over: NotNegative | None = None
    """Only for deals whose list price is at least so much, besides what `when` says."""
    effect_logit: Logit = 0.0
    """Change of the odds to advance of the deals they work on, in logit; 0 where it is in the stage's rate."""

    @field_serializer("hours")
    def _short(self, hours: Distribution) -> Any:
        return hours.dump()


class Endings(Part):
    """What happens to a visit that does not advance: shares that sum to 1."""

    regress: Share = 0.0
    """Share that goes back one stage."""
    no_decision: Share = 0.45
    """Share that ends because the customer decides nothing."""
    lost: dict[Id, Share] = {"competitor": 0.35, "price": 0.10, "cancelled": 0.10}
    """Reason -> share."""


class Delay(Part):
    """The customer's own time in a stage, by what it will end in."""

    advance: Distribution
    """Of visits that advance; of all where it stands alone."""
    regress: Distribution | None = None
    """Of visits that go back."""
    no_decision: Distribution | None = None
    """Of visits that end undecided."""
    lost: Distribution | None = None
    """Of visits that are lost."""

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and raw.keys() & {"advance", "regress", "no_decision", "lost"}:
            return raw
        return {"advance": raw}

    def by_outcome(self) -> tuple[Distribution, ...]:
        """Distributions in the order advance, regress, no decision, lost."""
        return tuple(
            part or self.advance for part in (self.advance, self.regress, self.no_decision, self.lost)
        )

    def dump(self) -> Any:
        """The shortest way to write it: one distribution where all outcomes share it."""
        given = {name: part.dump() for name in type(self).model_fields if (part := getattr(self, name))}
        return given["advance"] if len(given) == 1 else given


class Stage(Part):
    """One stage of the sales process."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words
    """What people read."""
    third: Third
    """Part of the funnel, for the weighted quota; in the order upper, middle, lower."""
    goal: Words | None = None
    """What the stage is for."""
    buyer_stage: Id | None = None
    """Id of the customer's own step that it goes with."""
    milestone: Words | None = None
    """What is reached at its end."""
    evidence: tuple[Evidence, ...] = ()
    """What shows that the milestone is reached."""
    activities: tuple[Activity, ...] = ()
    """Key selling activities, done in this order."""
    rep_hours: Distribution
    """Working hours of the rep, all activities together."""
    specialists: tuple[Specialist, ...] = ()
    """Work of others after the rep's, one after another."""
    delay_days: Delay
    """Calendar days of the customer's own process."""
    advance_rate: Share
    """Share of visits that advance, for a deal of average quality with an average rep."""
    effect_logit: Logit = 0.0
    """Change of the odds to advance, in logit."""
    otherwise: Endings = Endings()
    """How visits end that do not advance: shares that sum to 1."""

    @field_serializer("rep_hours", "delay_days")
    def _short(self, part: Distribution | Delay) -> Any:
        return part.dump()


class Source(Part):
    """Where deals come from."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words
    """What people read."""
    share: Share = 1.0
    """Share of every unit's deals that comes from here."""
    effect_logit: Logit = 0.0
    """Change of the odds to advance in every stage, in logit."""
    amount_factor: Positive = 1.0
    """Factor on the deal value."""
    deal_cost: NotNegative = 0.0
    """What marketing spends on one deal from here, in the currency."""
    prospecting: Switch = False
    """True for the source that names the deals reps find by prospecting; it has no demand of its own."""


class Unit(Part):
    """An account group that never changes hands as a thing of the market: say, a province's industry."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words | None = None
    """What people read."""
    region: str = ""
    """Where it lies; for tables and maps."""
    segment: str = ""
    """What kind of customers it holds; a column of the log."""
    weekly_deals: NotNegative
    """New deals a week, all sources together, season and market at their mean."""
    amount_factor: Positive = 1.0
    """Factor on the deal value."""
    potential: NotNegative | None = None
    """What the market could buy a year, in the currency; for quotas and territories."""


class Demand(Part):
    """What the market asks."""

    sources: tuple[Source, ...]
    """Where deals come from."""
    units: tuple[Unit, ...]
    """The market in parts; territories are made of them."""
    amount: Distribution
    """Deal value in whole units of the currency."""
    season: Annotated[tuple[NotNegative, ...], Field(min_length=12, max_length=12)] = (1.0,) * 12
    """Factor on demand, January to December."""
    market_cv: Annotated[Number, Field(ge=0, le=3)] = 0.0
    """Coefficient of variation of the weekly factor that all demand shares."""

    @field_serializer("amount")
    def _short(self, part: Distribution) -> Any:
        return part.dump()


class Territory(Part):
    """The units that one rep (or several) covers."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words | None = None
    """What people read."""
    units: tuple[Id, ...]
    """Ids of its units; a unit lies in one territory."""
