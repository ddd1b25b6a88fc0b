"""Why does a deal stall? The likely cause is treated: by the hard question, by a call, by what goes with it."""

from __future__ import annotations

from functools import partial

from funnelsim.engine import managers as why
from funnelsim.engine import rules
from funnelsim.engine.deal import Deal
from funnelsim.engine.desks import Task
from funnelsim.engine.lists import Lists
from funnelsim.history.log import CODE, NONE


class Curing(Lists):
    """The part of a company that finds and treats the causes of stalls."""

    def diagnose(self, deals: list[Deal], manager: int) -> None:
        """Deals shown as stalled and not yet treated in this visit, the largest weighted value first."""
        m, period, now = self.managers, self.period, self.env.now
        delay = self.entry_delay[period]
        for deal in deals:
            if deal.treated or deal.stalled < 0.0 or not self.is_listed(deal):
                continue
            if not rules.is_known(deal.stalled, delay, now):
                continue
            stage, untouched, grace = self.seen_stage(deal), now - deal.contact, self.neglect_after[period]
            may_be_absent = m.may_be_absent[period, stage]
            if not rules.is_plain(may_be_absent, untouched, grace, deal.contact, deal.stalled):
                continue
            if not self.has_minutes(float(m.diagnosis_minutes[period]), deal, manager, why.DIAGNOSIS):
                continue
            self.tell_managed(CODE["reviewed"], deal, manager, why.DIAGNOSIS)
            otherwise = int(m.likely[period, stage, deal.signal])  # no signal is -1, the last
            absent = self.tables.absent_cause
            deal.treated = True
            deal.remedy = rules.likely_cause(otherwise, absent, may_be_absent, untouched, grace)
            task = Task(_nothing, deal, deal.stage, m.remedy, float(m.remedy_hours[period]))
            task.turn = deal.turn
            task.done = partial(self.remedied, deal, task)
            self.desks[deal.owner].join(task)

    def remedied(self, deal: Deal, task: Task) -> None:
        """The owner has done what goes with the likely cause; it helps where that is the cause."""
        if not task.is_wanted():
            return
        m, period, cause = self.managers, self.period, deal.remedy
        silently_lost = len(self.cause_reason) - 1
        self.tell(CODE["remedied"], deal, NONE, self.cause_reason[cause])
        if cause == silently_lost:
            u = self.chance("question", deal.number, deal.questions)
            deal.questions += 1
            if not deal.alive and u < m.hard_question[period]:
                self.find_out(deal)
            return
        if cause == self.tables.absent_cause:
            deal.absent = False
            self.want_touch(deal)
        if deal.alive and cause == deal.cause and deal.ready is not None:
            self.hasten(deal, m.matched_factor[period])

    def hasten(self, deal: Deal, factor: float) -> None:
        """What remains of the customer's delay becomes shorter."""
        ready, now = deal.ready, self.env.now
        if ready is None or ready.processed:
            return
        due = rules.hastened(now, deal.buyer_free, factor)
        deal.buyer_free = due
        if ready.moment is not None:
            ready.moment.callbacks.clear()
        ready.moment = self.at(due, rules.tie_rank(rules.READY, deal.number, NONE), ready.is_there)


def _nothing() -> None:
    """What a task does before it knows better."""
