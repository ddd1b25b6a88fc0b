"""Keeping in touch with customers, and what comes of not doing so."""

from __future__ import annotations

from functools import partial
from typing import Any

import simpy

from funnelsim.engine import rules
from funnelsim.engine.deal import Deal
from funnelsim.engine.desks import TOUCH, Task
from funnelsim.engine.lists import Lists
from funnelsim.history.log import CODE, NONE

TOUCHED = CODE["touched"]


class Contact(Lists):
    """The part of a company that touches deals, and loses those it forgets."""

    def watch(self, deal: Deal) -> None:
        """From now on the deal wants touches, and minds their lack."""
        self.want_touch(deal)
        self.fear_neglect(deal)

    def want_touch(self, deal: Deal) -> None:
        """A touch is due some days after the last contact; one timer, set anew when it goes off."""
        if deal.touch_set or deal.absent or not deal.open or not self.touches:
            return
        due = deal.contact + self.touch_every[self.period]
        if due >= self.horizon:
            return
        now = self.env.now
        rank = rules.tie_rank(rules.TOUCH_DUE, deal.number, NONE)
        deal.touch_set = (
            self.at(
                due if due > now else now, rank, partial(self.touch_due, deal, deal.lives, deal.touch_token)
            )
            is not None
        )

    def touch_due(self, deal: Deal, life: int, token: int, _: Any) -> None:
        if life != deal.lives or token != deal.touch_token:
            return
        deal.touch_set = False
        if not deal.open or deal.absent:
            return
        if deal.contact + self.touch_every[self.period] > self.env.now:
            self.want_touch(deal)
            return
        self.join_touch(deal)

    def join_touch(self, deal: Deal) -> None:
        """A touch stands in the owner's line."""
        deal.touch_set = deal.in_line = True
        task = Task(_nothing, deal, deal.stage, TOUCH, self.touch_hours[self.period])
        task.done = partial(self.touched, deal, task)
        self.desks[deal.owner].join(task)

    def still_due(self, task: Task) -> bool:
        """Whether a task that has come to the head of its line is still wanted now: a touch is not when
        there was a contact in the meantime."""
        deal = task.deal
        if task.activity != TOUCH or deal is None:
            return True
        if not deal.absent and (deal.asked or deal.contact + self.touch_every[self.period] <= self.env.now):
            return True
        deal.touch_set = deal.in_line = deal.asked = False
        self.want_touch(deal)
        return False

    def touched(self, deal: Deal, task: Task) -> None:
        self.desks[task.desk].tell(TOUCHED, self.env.now, task, deal.owner)
        if task.life != deal.lives:
            return
        deal.touch_set = deal.in_line = deal.asked = False
        self.want_touch(deal)

    def in_contact(self, deal: Deal, until: float) -> None:
        """The owner begins to work on a deal; he is in contact until he ends."""
        if self.minds_neglect:
            self.charge_neglect(deal)
        deal.contact = until

    def charge_neglect(self, deal: Deal) -> None:
        """Time untouched so far uses up the customer's patience, once."""
        now, period = self.env.now, self.period
        begin = rules.neglect_from(deal.contact, self.neglect_after[period], deal.charged)
        deal.patience = deal.patience - rules.neglect_used(begin, now, self.neglect_hazard[period])
        if now > deal.charged:
            deal.charged = now

    def fear_neglect(self, deal: Deal) -> None:
        """When the customer turns away if nobody ever calls: one timer, set anew when it goes off."""
        period = self.period
        hazard = self.neglect_hazard[period]
        if not deal.alive or hazard <= 0.0:
            return
        begin = rules.neglect_from(deal.contact, self.neglect_after[period], max(deal.charged, self.env.now))
        timer = self.at(
            rules.neglect_end(begin, deal.patience, hazard), rules.tie_rank(rules.NEGLECT, deal.number, NONE)
        )
        deal.neglect = timer
        if timer is not None:
            timer.callbacks.append(partial(self.neglected, deal, deal.contact, deal.charged))

    def neglected(self, deal: Deal, contact: float, charged: float, timer: simpy.Event) -> None:
        """The timer goes off: the customer is gone if nothing has happened since it was set."""
        if not deal.alive or deal.neglect is not timer:
            return
        if deal.contact == contact and deal.charged == charged:
            self.end(
                deal,
                CODE["lost"],
                deal.stage,
                self.tables.neglect_reason,
                self.luck(deal.visits[deal.stage] - 1),
            )
        else:
            self.charge_neglect(deal)
            self.fear_neglect(deal)


def _nothing() -> None:
    """What a task does before it knows better."""
