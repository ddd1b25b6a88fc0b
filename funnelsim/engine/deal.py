"""What an engine remembers of an opportunity while it lives."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.desks import Moment, Ready
from funnelsim.history.log import NONE


class Deal:
    """An opportunity while it lives."""

    __slots__ = (
        "absent", "alive", "amount", "asked", "audits", "before", "buyer_free", "buyer_stage", "calls", "cause",
        "charged", "checked", "contact", "end_event", "end_reason", "flagged", "found_at", "handovers", "heir",
        "hidden", "home", "in_line", "inflation", "known_from", "listed", "lives", "moved", "neglect",
        "notices", "number", "odds", "open", "owner", "patience", "progress", "questions", "ready", "remedy",
        "reminders", "retreats", "score", "second_done", "showing", "shown", "signal", "stage", "stalled",
        "stuck", "touch_set", "touch_token", "track", "treated", "turn", "unaudited", "unregistered",
        "verdicts", "visits", "worked", "worth",
    )  # fmt: skip

    def __init__(self, number: int, owner: int, listed: int, stages: int, now: float):
        self.number, self.owner = number, owner
        self.listed = self.amount = listed  # list price, and what is asked of it today
        self.alive = self.open = True
        self.stage = 0
        self.visits = [0] * stages
        self.buyer_stage = 0
        self.buyer_free = 0.0  # when the buyer is done with all he has begun
        self.retreats = 0
        self.absent = False  # the rep does not touch it
        self.contact = self.charged = now  # last word to the customer; neglect is charged up to here
        self.lives = 1
        self.patience = 0.0  # what neglect has not used up yet
        self.neglect: Moment | None = None
        self.touch_set = False  # a touch is due one day, or waits in line
        self.hidden = False
        self.stuck = False  # the report shows it as stalled
        self.inflation = 0
        self.shown = 0  # the stage in the report
        self.end_event = self.end_reason = 0  # of a deal that has died silently
        self.found_at = 0.0  # when that will be found out
        # what managers go by
        self.known_from = self.moved = now  # since when the report has the deal, and has it in its stage
        self.before = 0  # the stage in the report before that
        self.progress = now  # when it last came on
        self.checked = -1.0  # when it was last checked
        self.track = -1.0  # since when it has been followed up
        self.second_done = False
        self.flagged = False  # it goes first on the next list
        self.verdicts = self.questions = self.audits = 0
        self.unaudited = 1.0  # chance of no audit since the last
        # what is known and done about a stall, in this visit
        self.turn = 0  # number of the visit, all stages together
        self.cause = NONE
        self.stalled = -1.0  # since when the report shows it
        self.signal = NONE
        self.treated = False
        self.remedy = NONE  # the cause it is treated for
        self.ready: Ready | None = None
        self.showing = 0  # how often the report has shown it enter a stage
        self.odds = 0.0  # what was left undone in this visit, in logit
        self.unregistered = False  # it is to be registered before any work
        self.touch_token = 0  # a timer of an earlier number is void
        self.in_line = False  # a touch stands in line or is under way
        self.asked = False  # that touch was asked for, however short ago the last one was
        self.reminders = 0
        self.score = 0  # points
        self.worth = 0.0  # what its amount is multiplied with for its value by the hour
        self.worked = now  # when work on it last ended
        self.handovers = 0  # how often another has taken it over from a rep who left
        # what the protocol does with it before its owner leaves
        self.heir = NONE  # who was named on the day of notice
        self.calls = rules.UNTOLD  # parts of its visit or call still to be done, or where it is
        self.notices = 0  # how often somebody was named
        self.home = NONE  # the seat that takes it back
