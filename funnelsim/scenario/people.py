"""Who sells: reps, pools of specialists, managers, and how new reps come up to speed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from funnelsim.scenario.leaving import Attrition
from funnelsim.scenario.part import Day, Id, Logit, NotNegative, Part, Share, Whole, Words


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
    manager: Id | None = None
    """Who leads the rep; where nobody is named, the managers share the reps in blocks of equal size."""


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
    relationship: NotNegative = 0.0
    """How close a customer is to these people once a stage in which they help lies behind, the rep being 1: so much
    less often a deal goes with the rep who leaves."""


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
    attrition: Attrition = Attrition()
    """How often reps leave, and how long their seat is empty."""
