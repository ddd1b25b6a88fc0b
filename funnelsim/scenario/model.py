"""What the company is: a `Scenario` and its parts. Frozen data, checked at the door, nothing alive.

The parts stand in `funnel` (stages and market), `people` and `behaviour` (policies too). Every key has
its unit in its name or in its description; the descriptions go into the JSON Schema (`funnelsim check
--schema`), so an editor shows them. What one part cannot know of another is checked in `checks`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from funnelsim.calendar import period
from funnelsim.scenario.behaviour import Behaviour, Policies
from funnelsim.scenario.distributions import Number
from funnelsim.scenario.funnel import BuyerStage, Demand, Stage, Territory
from funnelsim.scenario.part import Day, NotNegative, Part, Share, Whole, Words
from funnelsim.scenario.people import Team


class Measure(Part):
    """The period that is measured, after a warm-up from an empty start."""

    from_: Annotated[Day, Field(alias="from")] = dt.date(2026, 1, 1)
    """First day that is measured."""
    to: Day = dt.date(2026, 12, 31)
    """Last day that is measured."""
    warmup_weeks: Annotated[Whole, Field(ge=0, le=1040)] = 78
    """Weeks the funnel runs before, from empty, unmeasured."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    @property
    def period(self) -> str:
        """What people call it: year, half, quarter, month or period."""
        return period((self.to - self.from_).days + 1)


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


class Condition(Part):
    """What must be seen in the reported funnel on a Monday morning."""

    measure: Literal["open_deals", "weighted_pipeline", "stalled_share"]
    """Deals that are open; their amounts times the weight of their third; the share of them shown as stalled."""
    above: Number | None = None
    """It holds when the measure is greater than this."""
    below: Number | None = None
    """It holds when the measure is less than this."""


class Intervention(Part):
    """A change of the running company, on a date or once something is seen."""

    date: Day | None = None
    """First day on which it holds; with `when` the first on which that is looked at, the first measured day where
    none is given."""
    when: Condition | None = None
    """Looked at every Monday; once it is true the change holds for good, also against later dates."""
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
    """Changes of the running company, on dates or once something is seen."""
    provenance: dict[str, Provenance] = {}
    """Path -> where the numbers at and below it come from; assumed where nothing is said."""

    @property
    def dated(self) -> list[tuple[dt.date, Intervention]]:
        """The changes on dates, in the order of dates."""
        found = [(change.date, change) for change in self.interventions if change.date and not change.when]
        return sorted(found, key=lambda item: item[0])

    @property
    def conditional(self) -> list[Intervention]:
        """The changes that wait for something to be seen, as they stand."""
        return [change for change in self.interventions if change.when is not None]

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
