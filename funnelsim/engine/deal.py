"""What an engine remembers of an opportunity while it lives."""

from __future__ import annotations

from funnelsim.engine.desks import Moment


class Deal:
    """An opportunity while it lives."""

    __slots__ = (
        "absent", "alive", "amount", "buyer_free", "buyer_stage", "charged", "contact", "hidden", "inflation",
        "listed", "lives", "neglect", "number", "open", "owner", "patience", "retreats", "shown", "stage", "touch_set",
        "visits",
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
        self.inflation = 0
        self.shown = 0  # the stage in the report
