"""What the company is: a `Scenario` and its parts. Frozen data, checked at the door, nothing alive.

Every key has its unit in its name or in its description; the descriptions go into the JSON Schema
(`funnelsim check --schema`), so an editor shows them. What one part cannot know of another is
checked in `checks`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    field_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from funnelsim.scenario.distributions import Distribution, Number


def _whole(raw: Any) -> Any:
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw


def _day(raw: Any) -> Any:
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return raw
    try:
        if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
            day = dt.date.fromisoformat(raw)
            if 1970 <= day.year <= 2200:  # beyond, calendars and time stamps in nanoseconds end
                return day
    except ValueError:
        pass
    raise PydanticCustomError("bad_date", "not a date")


Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Id = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_\u4e00-\u9fff][A-Za-z0-9_\-\u4e00-\u9fff]*$", max_length=60)
]
Share = Annotated[Number, Field(ge=0, le=1)]
Positive = Annotated[Number, Field(gt=0, le=1e15)]
NotNegative = Annotated[Number, Field(ge=0, le=1e15)]
Logit = Annotated[Number, Field(ge=-20, le=20)]
Third = Literal["upper", "middle", "lower"]


def _or(schema: dict[str, Any], shorter: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [shorter, schema]}


class Part(BaseModel):
    """A part of a scenario: frozen, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class Words(Part):
    """A text in both languages; a plain text counts for both."""

    en: Annotated[str, StringConstraints(max_length=2000)]
    zh: Annotated[str, StringConstraints(max_length=2000)] = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, raw: Any) -> Any:
        return {"en": raw, "zh": raw} if isinstance(raw, str) else raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _or(handler(core), {"type": "string"})

    def say(self, language: str) -> str:
        """The text in this language, English where the other is missing."""
        return self.zh if language == "zh" and self.zh else self.en


class Measure(Part):
    """The period that is measured, after a warm-up from an empty start."""

    from_: Annotated[Day, Field(alias="from")] = dt.date(2026, 1, 1)
    """First day that is measured."""
    to: Day = dt.date(2026, 12, 31)
    """Last day that is measured."""
    warmup_weeks: Annotated[Whole, Field(ge=0, le=1040)] = 78
    """Weeks the funnel runs before, from empty, unmeasured."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class Calendar(Part):
    """When people work."""

    time_zone: str = "Asia/Shanghai"
    """Name of the IANA data base: Asia/Shanghai, Europe/Berlin."""
    work_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon", "tue", "wed", "thu", "fri",
    )  # fmt: skip
    """Days of the week on which people work; their weekly hours lie evenly over these."""
    holidays: str = "none"
    """`none`, or the code of a country whose public holidays are free, such as CN."""


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


class Activity(Part):
    """A key selling activity of a stage; all together take the stage's `rep_hours`."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words
    """What people read."""
    hours_share: Share | None = None
    """Share of the stage's rep hours; equal shares where none is given."""


class Specialist(Part):
    """Work of a pool in a stage, after the rep's own."""

    pool: Id
    """Id of the pool."""
    hours: Distribution
    """Working hours of one of its people."""
    when: Literal["always", "amount_p75", "never"] = "always"
    """`amount_p75`: only for deals above the upper quartile of the demand's amounts."""

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


class Rep(Part):
    """A sales rep."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words | None = None
    """What people read."""
    territory: Id | None = None
    """Needed where routing goes by territory."""
    weekly_hours: NotNegative = 14.0
    """Selling hours a week."""
    skill_logit: Logit | None = None
    """Known skill; where none is given it is drawn with `behaviour.skill_sd`."""
    hired: Day | None = None
    """First day of work; from before the run where none is given."""
    leaves: Day | None = None
    """First day no longer there."""
    successor: Id | None = None
    """Who takes the open deals; the rep with the fewest open deals where nobody is named."""


class Pool(Part):
    """Specialists that several reps share."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words
    """What people read."""
    people: Annotated[Whole, Field(ge=0, le=1000)]
    """How many there are."""
    weekly_hours: NotNegative
    """Hours a week of each."""


class Manager(Part):
    """A sales manager."""

    id: Id
    """What other keys and the log call it; a word without spaces, once in its list."""
    name: Words | None = None
    """What people read."""
    weekly_hours: NotNegative = 16.0
    """Hours a week for the people in the team."""


class Ramp(Part):
    """How a new rep comes up to speed: speed, not odds; straight from start_share to 1."""

    start_share: Share = 0.3
    """Speed on the first day, as a share of full speed."""
    weeks: NotNegative = 26.0
    """Weeks until full speed."""


class Team(Part):
    """Who sells."""

    reps: Annotated[tuple[Rep, ...], Field(min_length=1, max_length=5000)]
    """Who owns deals."""
    pools: tuple[Pool, ...] = ()
    """Specialists that several reps share."""
    managers: tuple[Manager, ...] = ()
    """Who leads the reps."""
    ramp: Ramp = Ramp()
    """How new reps come up to speed."""


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


class Weights(Part):
    """Weight of each third in the weighted quota and the weighted pipeline."""

    upper: Share = 0.25
    """Weight of the upper third."""
    middle: Share = 0.50
    """Weight of the middle third."""
    lower: Share = 0.75
    """Weight of the lower third."""


class Targets(Part):
    """What the year should bring."""

    bookings: Annotated[Whole, Field(ge=0, le=10**15)] | None = None
    """Bookings of the measured period that are aimed at, in the currency."""


class Scope(Part):
    """What kind of selling the scenario stands for."""

    segment: Words | None = None
    """The kind of customers."""
    cycle_months: tuple[NotNegative, NotNegative] | None = None
    """From and to, of won deals."""
    deal_size: tuple[NotNegative, NotNegative] | None = None
    """From and to, in the currency."""


class Intervention(Part):
    """A change of the running company on a date."""

    date: Day
    """First day on which it holds."""
    set: dict[str, Any]
    """Path -> value."""


class Provenance(Part):
    """Where a number comes from."""

    kind: Literal["fitted", "sourced", "assumed"]
    """Learned from data, taken from a source, or assumed."""
    from_: Annotated[str, Field(alias="from")] = ""
    """The source or the reason, in words."""
    rows: Annotated[Whole, Field(ge=0)] | None = None
    """How many observations a fitted number rests on."""
    period: str | None = None
    """The period they come from."""
    low: Number | None = None
    """Lower end of what is plausible."""
    high: Number | None = None
    """Upper end."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class Scenario(Part):
    """A company's funnel, whole."""

    name: Words
    """What people read."""
    description: Words | None = None
    """What the scenario stands for, in a sentence or two."""
    notes: str | None = None
    """Anything worth keeping; counts for nothing."""
    scope: Scope = Scope()
    """What kind of selling the scenario stands for."""
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"
    """Three capital letters; all amounts are whole units of it."""
    measure: Measure = Measure()
    """The measured period and its warm-up."""
    calendar: Calendar = Calendar()
    """When people work."""
    buyer_stages: tuple[BuyerStage, ...] = ()
    """Steps of the customer's own buying process, in order."""
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=60)]
    """Stages of the sales process, in order."""
    demand: Demand
    """What the market asks."""
    territories: tuple[Territory, ...] = ()
    """Which units belong together in the hands of a rep."""
    team: Team
    """Who sells."""
    policies: Policies = Policies()
    """How the company runs its funnel."""
    behaviour: Behaviour = Behaviour()
    """How deals, people and customers scatter."""
    weights: Weights = Weights()
    """Weights of the thirds in the weighted quota."""
    targets: Targets = Targets()
    """What is aimed at."""
    interventions: tuple[Intervention, ...] = ()
    """Changes of the running company on dates."""
    provenance: dict[str, Provenance] = {}
    """Path -> where the numbers at and below it come from; assumed where nothing is said."""

    def replace(self, path: str, value: Any) -> Scenario:
        """This scenario with another value at a path: `replace("stages.design.rep_hours", "=*0.7")`."""
        from funnelsim.scenario import files

        return files.replace(self, path, value)

    def replace_all(self, changes: Mapping[str, Any]) -> Scenario:
        """This scenario with several values replaced, checked once at the end."""
        from funnelsim.scenario import files

        return files.replace_all(self, changes)

    @property
    def digest(self) -> str:
        """What the scenario computes, as 64 hex digits; names, notes and provenance do not count."""
        from funnelsim.scenario import files

        return files.digest(self)
