"""What makes ordinary people sell well: managers who coach them, and a process that is written down and kept to.

The numbers that say what it does are assumptions.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from funnelsim.scenario.distributions import Number
from funnelsim.scenario.part import Id, Logit, NotNegative, Part, Positive, Share


class Coaching(Part):
    """Coaching by managers, on Mondays, from what reviews, audits and remedies leave of their hours: first of
    opportunities, then of skill; whoever had to wait is the first a week later."""

    opportunity_hours: NotNegative = 0.0
    """Hours for each rep in four weeks, to tell good opportunities from bad ones."""
    skill_hours: NotNegative = 0.0
    """Hours for each rep in four weeks, to sell better."""
    full_hours: Positive = 4.0
    """Hours in four weeks that are a full dose, of each kind; more of it does no more."""
    own_selling_hours: NotNegative = 0.0
    """Hours a week, of those he has, in which a manager sells himself: they go to his reps' deals, in equal parts."""


class Coached(Part):
    """What coaching does."""

    reading: Share = 0.6
    """Correlation of what a rep believes of a deal with its hidden quality, at a full dose of opportunity coaching
    and in proportion below; of deals in stages of the same priority he works on those first that he believes in."""
    found_faster: Annotated[Number, Field(ge=0, le=100)] = 1.0
    """How much faster dead deals are found out at a full dose of opportunity coaching: 1 is twice as fast."""
    deal_help_logit: dict[Id, Logit] = {}
    """Stage -> change of the odds to advance at a full dose of opportunity coaching, in logit."""
    skill_logit: Logit = 0.15
    """Skill that a full dose of skill coaching brings in the end, in logit."""
    half_weeks: Annotated[Number, Field(ge=4, le=1000)] = 13.0
    """Weeks of coaching until half of that is there; all of it is after about twice as long."""
    forgotten_weeks: Positive = 52.0
    """Weeks without coaching until half of it is gone."""


class Process(Part):
    """What a process does at full strength; at half of it half as much."""

    skill_narrowed: Share = 0.55
    """Share by which reps differ less in skill: the weak sell better, the strong less by feel. A little over half,
    so that their chances of an order differ at most half as much."""
    ramp_shorter: Share = 0.5
    """Share by which a new rep is at full speed sooner."""
    leaving_rarer: Share = 0.3
    """Share by which reps leave less often."""
    loss_smaller: Share = 0.3
    """Share by which fewer deals go with a rep who leaves."""
