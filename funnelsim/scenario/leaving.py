"""Reps who leave: how often and who, and what the company does about it.

Fields of `Team`, `Policies` and `Behaviour`. Every default is neutral: nobody leaves by chance, a leaver's deals are
assigned to others as they always were.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from funnelsim.scenario.distributions import Number
from funnelsim.scenario.part import NotNegative, Part, Share

Effect = Annotated[Number, Field(ge=-5, le=5)]


class Attrition(Part):
    """How often reps give notice. A rep's place stays his seat: who leaves it is followed by somebody new.

    Who leaves when is drawn before the run and depends on nothing that happens in it.
    """

    yearly_rate: Annotated[Number, Field(ge=0, le=20)] = 0.0
    """Hazard a year that a rep gives notice, on average over skill; 0: nobody leaves by chance."""
    by_skill: Literal["flat", "mid", "stars"] = "flat"
    """Who leaves more often: nobody, the middle half by skill, or the top quarter (elites are poached)."""
    hazard_ratio: Annotated[Number, Field(ge=0.01, le=100)] = 2.0
    """So many times as often as the others; the average over all stays `yearly_rate`."""
    load_effect: Effect = 0.0
    """The hazard is e to this times as high for each 100 % that a rep's planned load (deals of his territory to his
    hours) is above the team's mean."""
    fairness_effect: Effect = 0.0
    """The same for each 100 % that the value of a rep's territory is below the team's mean."""
    notice_days: Annotated[Number, Field(ge=0, le=1000)] = 30.0
    """Days from notice to the first day no longer there."""
    vacancy_weeks: NotNegative = 8.0
    """Weeks until somebody new sits in the seat."""
    ramp_weeks: NotNegative | None = None
    """Weeks until he is at full speed; `team.ramp.weeks` where none are given. Then he takes back the seat's deals."""


class Handover(Part):
    """What happens to the open deals of a rep who leaves."""

    rule: Literal["none", "assign_only", "protocol"] = "assign_only"
    """`none`: they wait for somebody new in the seat. `assign_only`: others get them on the last day. `protocol`: on
    the day of notice each gets an interim owner, and he and the leaver go through them, most urgent third first."""
    check_hours: NotNegative = 0.25
    """Hours of the manager a deal, to check the leaver's list with the successor; off his next weeks."""
    visit_hours: NotNegative = 3.0
    """Hours of each of the two to visit a customer of the lower third."""
    call_hours: NotNegative = 0.5
    """Hours of each of the two to call one of the middle third; of the successor alone to call one of the upper third,
    after all visits and calls of the others are done."""


class ProtocolLoss(Part):
    """Chance that a deal goes with the rep though its visit or call was done; never more than without it."""

    upper: Share = 0.07
    """In the upper third."""
    middle: Share = 0.10
    """In the middle third."""
    lower: Share = 0.07
    """In the lower third."""


class Parting(Part):
    """How customers and lists behave when a rep leaves."""

    protocol_loss: ProtocolLoss = ProtocolLoss()
    """What the protocol leaves of `behaviour.handover_loss`."""
    visibility_effect: Share = 0.5
    """By which share full visibility (`policies.visibility`) lowers the chance that a deal goes with the rep."""
    dead_found: Share = 0.75
    """Share of the dead deals that the manager's check of a leaver's list finds."""
