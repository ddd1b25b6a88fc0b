"""How the company runs its funnel, and how deals, people and customers behave in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_serializer

from funnelsim.scenario.coaching import Coached, Coaching, Process
from funnelsim.scenario.curing import Attacks, Care, ExecutiveSupport, Price, Templates, Training
from funnelsim.scenario.deciding import (
    Cash,
    Incentives,
    Leads,
    Priority,
    Repeat,
    Rewarded,
    Routing,
    Score,
    Service,
    Tier,
)  # fmt: skip
from funnelsim.scenario.distributions import Distribution, Number
from funnelsim.scenario.leaving import Handover, Parting
from funnelsim.scenario.part import Id, Logit, NotNegative, Part, Positive, Share, Switch
from funnelsim.scenario.reviewing import Audits, Curing, Judgement, Remedies, Review
from funnelsim.scenario.seeing import Gates, HandoverLoss, Registration, Reminders, Standards, Surprise


class Prospecting(Part):
    """A block of time in which a rep finds one new deal, last in line, void when the next falls due."""

    every_days: Positive | None = None
    """None: reps do not prospect."""
    hours: NotNegative = 7.0
    """Working hours of one block."""


class Policies(Part):
    """How the company runs its funnel: a row of settings."""

    routing: Routing = "territory"
    """Who gets a new deal: the rep of the unit's territory, or of all reps one by chance, each in turn, the one
    with the fewest open deals, or the most skilled of those with no more open deals than the average."""
    priority: Priority = "late_first"
    """Which deal a rep works on first: the latest stage, the earliest, the one that came first, the one that
    brings most in an hour of work, or the one on which nobody has worked for longest."""
    score: Score = Score()
    """Points of new deals: among equals, more points come first."""
    tiers: tuple[Tier, ...] = ()
    """Tiers of customers, and the hours that reps have for each; none: they are all alike."""
    leads: Leads = Leads()
    """Who leads, by the third a deal stands in."""
    service: Service = Service()
    """A pool joins deals of high value."""
    cash: Cash = Cash()
    """When orders are paid."""
    incentives: Incentives = Incentives()
    """What is rewarded."""
    prospecting: Prospecting = Prospecting()
    """Whether and how often reps look for deals themselves."""
    strict: Switch = True
    """No stage is ever jumped; otherwise a deal that advances jumps one with `behaviour.skip_share`."""
    wait_for_buyer: Switch = True
    """The gate waits for the customer's own step; otherwise it comes as soon as the work is done."""
    attacks: Attacks = Attacks()
    """Attacking the risk of weak stages ahead of time."""
    training: Training = Training()
    """Training the reps in certain stages."""
    templates: Templates = Templates()
    """Templates for the work of stages."""
    price: Price = Price()
    """A lower price."""
    executive_support: ExecutiveSupport = ExecutiveSupport()
    """Executives help in certain stages."""
    care: Care = Care()
    """Reminders sent to customers."""
    review: Review = Review()
    """How managers go through the deals of their reps."""
    audits: Audits = Audits()
    """Looking into deals whatever the list says."""
    remedies: Remedies = Remedies()
    """Asking why a deal stalls, and doing something about it."""
    coaching: Coaching = Coaching()
    """What managers do for the people they lead."""
    gates: Gates = Gates()
    """Exit criteria."""
    activities: Standards = Standards()
    """How strictly the key selling activities are done."""
    registration: Registration = Registration()
    """Registration and approval of new deals."""
    surprise: Surprise = Surprise()
    """What follows a win that nobody had registered."""
    commission_share: Share = 0.02
    """Share of a won deal's amount that its rep is paid; counts for nothing but the payout."""
    reminders: Reminders = Reminders()
    """Reminders about deals that stand too long."""
    files_hours: NotNegative = 0.0
    """Working hours that a rep spends on the file of each new customer; every hour halves what is missing in it."""
    process_strength: Share = 0.0
    """How far the best way of selling is written down, taught and kept to: 0 everyone sells in his own way, 1 all
    of it; what that does stands in `behaviour.process`."""
    handover: Handover = Handover()
    """What happens to the open deals of a rep who leaves."""
    visibility: Share = 0.0
    """How far customer data belong to the company: the rep has one copy, the manager another."""


class Stall(Part):
    """How often and why a visit to a stage of one third takes far longer than it should."""

    share: Share = 0.0
    """Share of visits that stall."""
    causes: dict[Id, Share] = {}
    """Cause -> share of the stalls; the shares sum to 1."""


class Stalls(Part):
    """A stall is a longer customer delay, not an end."""

    upper: Stall = Stall()
    """Stages of the upper third."""
    middle: Stall = Stall()
    """Stages of the middle third."""
    lower: Stall = Stall()
    """Stages of the lower third."""
    factor: Annotated[Number, Field(ge=1, le=100)] = 4.0
    """The customer's delay is so many times longer."""
    signals: dict[Id, dict[Id, Share]] = {}
    """Cause -> what the rep sees of it -> chance; at most one is seen, with what is left nothing.
    `silently_lost` is the cause of a deal that is gone and not known to be."""


class Touches(Part):
    """Keeping in touch with customers, and what happens where nobody does."""

    every_days: Positive | None = None
    """A deal wants a touch so many days after the owner's last task on it; None: nobody minds."""
    hours: NotNegative = 0.5
    """Working hours of a touch."""
    neglect_after_days: NotNegative = 28.0
    """Days without a word after which a customer may turn away."""
    neglect_weekly_rate: Annotated[Number, Field(ge=0, le=10)] = 0.0
    """Hazard a week that he does, from then on."""


class Silent(Part):
    """Deals that are gone and stay open in the report until somebody finds out."""

    upper: Share = 0.0
    """Share of the deals lost or undecided in the upper third that end silently."""
    middle: Share = 0.0
    """The same in the middle third."""
    lower: Share = 0.0
    """The same in the lower third."""
    discovery_weeks: Positive = 22.0
    """Mean time until it is noticed, exponential."""


class Revive(Part):
    """Deals that come back after they were closed: nurture."""

    share: Share = 0.0
    """Share of the deals closed as lost or undecided that reopen in the stage they left."""
    days: Distribution = Distribution(family="fixed", value=90)
    """Calendar days from closing to reopening."""

    @field_serializer("days")
    def _short(self, days: Distribution) -> Any:
        return days.dump()


class Reporting(Part):
    """How the CRM differs from the truth."""

    inflated_share: Share = 0.0
    """Share of deals reported one stage too far."""
    shifted_share: Share = 0.0
    """Share of deals reported one stage too low."""
    hiding_reps_share: Share = 0.0
    """Share of reps who do not list all their deals."""
    hidden_share: Share = 0.0
    """Share of a hiding rep's deals that the CRM never sees before they are won."""
    entry_delay_days: NotNegative = 0.0
    """Days until what happened stands in the CRM."""
    entry_error_share: Share = 0.0
    """Share of stages entered one off, set right with the next."""


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
    stalls: Stalls = Stalls()
    """Visits that take far longer than they should."""
    touches: Touches = Touches()
    """Keeping in touch, and neglect."""
    silent: Silent = Silent()
    """Deals that are gone and not known to be."""
    revive: Revive = Revive()
    """Deals that come back."""
    reporting: Reporting = Reporting()
    """How the CRM differs from the truth."""
    judgement: Judgement = Judgement()
    """How well managers judge."""
    remedies: Curing = Curing()
    """What a remedy does."""
    evidence_missing_share: Share = 0.1
    """Chance, for each item and attempt, that a gate's evidence is not there although work and customer are done."""
    collision_share: Share = 0.0
    """Share of the market's deals that a second rep pursues too, where several cover the account and it is not
    registered."""
    files_completeness: Share = 1.0
    """How complete customer files are without any hours for them; what is missing hides signals of a stall and
    loses deals at a handover."""
    repeat: Repeat = Repeat()
    """Customers who come back."""
    incentives: Rewarded = Rewarded()
    """How people answer to rewards."""
    handover_loss: HandoverLoss = HandoverLoss()
    """Deals that go with the rep who leaves, with complete files; without any, twice as many."""
    coaching: Coached = Coached()
    """What coaching does."""
    process: Process = Process()
    """What a process of full strength does."""
    parting: Parting = Parting()
    """How customers and lists behave when a rep leaves."""
