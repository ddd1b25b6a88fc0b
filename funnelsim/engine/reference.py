"""The reference engine, on SimPy: processes tell the life of an opportunity and of a rep.

Nothing here decides: rules do. Nothing here is drawn: luck is looked up. What stands here is what
follows what. Moments of one instant happen in the order of `rules.tie_rank`, which SimPy is given
as the priority of its events. A deal is *alive* while the customer is there, and *open* while the rep
believes so; the report knows it when it is not hidden.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import simpy

from funnelsim.engine import rules
from funnelsim.engine.coaching import Coached
from funnelsim.engine.conditions import Conditions
from funnelsim.engine.contact import Contact
from funnelsim.engine.deal import Deal
from funnelsim.engine.decided import Decided
from funnelsim.engine.desks import Desk, Moment, Ready, Task, Whistle
from funnelsim.engine.doses import KINDS
from funnelsim.engine.draws import Draws
from funnelsim.engine.lists import LuckLists
from funnelsim.engine.reported import Reported
from funnelsim.engine.returning import Returning
from funnelsim.engine.reviewing import Reviewing
from funnelsim.engine.staffing import Process
from funnelsim.engine.tables import Tables
from funnelsim.engine.told import DEAL_COLUMNS, TASK_COLUMNS, Told, columns
from funnelsim.history.log import CODE, NONE, TRUTH


class Company(Conditions, Contact, Decided, Returning, Reviewing, Reported):
    """A funnel in motion: its desks, its deals, and the two tables that tell what happened."""

    def __init__(self, tables: Tables, draws: Draws):
        super().__init__(tables, draws)
        self.env = simpy.Environment()
        self.horizon, self.stages = tables.horizon, tables.stages
        self.period = 0
        self.serial = 0
        self.deal_rows: list[tuple] = []
        self.task_rows: list[tuple] = []
        self.deals: list[Deal] = []
        self.births: list[tuple[int, float, int]] = []
        self.open_deals = [0] * tables.reps
        self.active = [bool(day < 0) for day in tables.rep_from]
        self.candour = [1.0] * tables.reps
        self.leaving = [False] * tables.reps
        self.owed = [0.0] * tables.managers.count  # minutes spent ahead of a Monday
        self.alerts = [(0, 0)] * tables.reps
        self.turn = NONE
        self.coached = [Coached() for _ in range(tables.reps)]
        self.waits = [[0] * tables.managers.count for _ in KINDS]  # who is first of a manager's next sessions
        self.desks = [Desk(self, number) for number in range(len(tables.names.desks))]
        for number, desk in enumerate(self.desks):
            desk.staff(self.people_at(number))
        self.env.process(self.market())
        self.met = [float("inf")] * len(tables.whens)  # when each condition came true
        self.env.process(self.changes())
        self.env.process(self.watching())
        if tables.managers.on:
            self.env.process(self.managing())
        for rep in range(tables.reps):
            self.env.process(self.staffing(rep))
            self.env.process(self.prospecting(rep))

    def people_at(self, desk: int) -> tuple[int, ...]:
        """Who works at a desk in the present period."""
        if desk < self.tables.reps and not self.active[desk]:
            return ()
        return self.tables.desk_people[self.period][desk]

    # -- the clock and the log --------------------------------------------------------------

    def at(self, time: float, rank: int, callback: Callable | None = None) -> Moment | None:
        """A moment at a time, None when it would not happen any more."""
        now = self.env.now
        delay = time - now
        if now + delay >= self.horizon:
            return None
        return Moment(self.env, delay, rank, callback)

    # -- customers come ---------------------------------------------------------------------

    def market(self) -> Process:
        """Customers come by themselves."""
        for number in self.draws.births.tolist():
            time = float(self.draws.arrival[number])
            moment = self.at(time, rules.tie_rank(rules.ARRIVAL, number, NONE))
            if moment is None:
                return
            yield moment
            self.open_deal(number, self.route(number))

    def route(self, number: int) -> int:
        """Who gets a new deal: one of those who cover it, or while nobody is there who has the fewest."""
        routing = self.routing[self.period]
        if routing > rules.AT_RANDOM:
            return self.whose_turn(routing)
        candidates = self.who_covers(number)
        if candidates:
            return candidates[rules.pick(self.owner_luck[number], len(candidates))]
        return max(0, rules.least_loaded(self.open_deals, self.active))

    def who_covers(self, number: int) -> list[int]:
        """The reps of a market deal's territory, or all, who are there."""
        tables, period = self.tables, self.period
        if self.routing[period] != rules.BY_TERRITORY:
            return [rep for rep, here in enumerate(self.active) if here]
        territory = tables.unit_territory[period, self.draws.unit[number]]
        of_rep = tables.rep_territory[period]
        return [rep for rep, here in enumerate(self.active) if here and of_rep[rep] == territory]

    def open_deal(self, number: int, owner: int) -> None:
        deal = Deal(number, owner, self.amount[self.period][number], self.tables.stages, self.env.now)
        deal.amount = rules.priced(deal.listed, self.price_kept[self.period])
        deal.patience = self.patience(number, 0)
        deal.hidden, deal.inflation = self.reported_as(number, owner)
        if self.scores:
            deal.score = self.points(deal)
        self.deals.append(deal)
        self.births.append((number, self.env.now, owner))
        self.open_deals[owner] += not deal.hidden
        self.tell_knowing(CODE["created"], deal)
        if deal.inflation > 0 and not all(self.gated[self.period]):
            self.tell(CODE["inflated"], deal, view=TRUTH)
        self.enter(deal, 0)
        self.env.process(self.life(deal))
        self.watch(deal)
        self.welcome(deal)

    # -- the life of an opportunity ---------------------------------------------------------

    def life(self, deal: Deal) -> Process:
        """An opportunity, just entered into a stage, goes from stage to stage until it ends or the run does."""
        life, number = deal.lives, deal.number
        while True:
            stage, period = deal.stage, self.period
            visit = deal.visits[stage] - 1
            luck = self.luck(visit)
            deal.odds = self.left_undone(deal, stage, visit) if self.compliance[period] < 1.0 else 0.0
            if self.helps:
                deal.odds = deal.odds + self.helped(deal, stage)
            deal.worth = self.worth[period][stage]
            fate = rules.ADVANCE if self.one_delay[period][stage] else self.fate(deal, stage, luck)
            days = luck.delay[period][stage][fate][number]
            stall = self.stalls(deal, stage, luck) if luck.stall else NONE
            deal.cause = stall
            if stall >= 0:
                days = days * self.stall_factor[period]

            ready = None if self.work_first[period] else self.customer(deal, stage, luck, days, stall)
            if deal.unregistered:
                yield from self.registration(deal, life)
                if not deal.alive or deal.lives != life:
                    return
            for work, pool, activity, when, over in self.tasks[period][stage]:
                if self.compliance[period] < 1.0 and self.skips(work, period, number, visit):
                    self.tell_skipped(deal, stage, activity, luck.hours[work][number])
                elif rules.wants_specialist(when, deal.listed, over):
                    done = Whistle(self.env)
                    task = Task(done.blow, deal, stage, activity, luck.hours[work][number])
                    self.desks[deal.owner if pool < 0 else pool].join(task)
                    yield done
                    if not deal.alive or deal.lives != life:
                        return
                    deal.progress = deal.worked = self.env.now
            if ready is None:
                ready = self.customer(deal, stage, luck, days, stall)
            item = attempt = 0
            while True:
                if self.wait_for_buyer[self.period] and not ready.processed:
                    yield ready
                    if not deal.alive or deal.lives != life:
                        return
                yield Moment(self.env, 0.0, rules.tie_rank(rules.GATE, number, NONE))
                if not deal.alive or deal.lives != life:
                    return
                deal.absent = False
                item = self.look_at_evidence(deal, stage, visit, item, attempt)
                if item < 0:
                    break
                attempt += 1
                yield from self.repeat(deal, life, stage, luck, item)
                if not deal.alive or deal.lives != life:
                    return
            if not self.pass_gate(deal, stage, luck):
                return
            if self.touches:
                self.want_touch(deal)

    def pass_gate(self, deal: Deal, stage: int, luck: LuckLists) -> bool:
        """What comes of a visit when work and customer are done; whether the deal goes on, entered anew."""
        number, period = deal.number, self.period
        if luck.gate[stage][number] < self.limit(deal, stage):
            skip_u = luck.skip[stage][number] if luck.skip else 1.0
            following = rules.next_stage(
                stage, self.stages, self.strict[period], skip_u, self.skip_share[period]
            )
            if following == self.stages:
                self.end(deal, CODE["won"], stage, NONE, luck)
                return False
            deal.progress = self.env.now
            self.move(deal, CODE["advanced"], following)
            return True
        which = rules.which(luck.ending[stage][number], self.edges[period][stage])
        if which == 0 and rules.may_regress(stage, deal.visits[stage - 1]):
            self.retreat(deal, stage - 1)
            self.move(deal, CODE["regressed"], stage - 1)
            return True
        if which <= 1:
            self.end(deal, CODE["no_decision"], stage, 0, luck)
        else:
            self.end(deal, CODE["lost"], stage, which - 1, luck)
        return False

    def fate(self, deal: Deal, stage: int, luck: LuckLists) -> int:
        """What the visit would end in with the effects of today; it decides whose delay is drawn."""
        if luck.gate[stage][deal.number] < self.limit(deal, stage):
            return rules.ADVANCE
        which = rules.which(luck.ending[stage][deal.number], self.edges[self.period][stage])
        if which == 0:
            return rules.REGRESS if rules.may_regress(stage, deal.visits[stage - 1]) else rules.NO_DECISION
        return rules.NO_DECISION if which == 1 else rules.LOST

    def limit(self, deal: Deal, stage: int) -> float:
        """Below this the deal's luck lets it advance."""
        period, number = self.period, deal.number
        helped = rules.wants_specialist(self.support_when[period], deal.listed, self.large_amount[period])
        return rules.advance_limit(
            (self.supported_logit if helped else self.stage_logit)[period][stage],
            self.quality[period][number],
            self.skill_of(deal, stage),
            self.source_logit[period][self.source[number]],
            0 if self.wait_for_buyer[period] else stage + 1 - deal.buyer_stage,
            self.ahead_logit[period],
            deal.odds,
        )

    def stalls(self, deal: Deal, stage: int, luck: LuckLists) -> int:
        """The cause for which a visit stalls, -1 when it does not."""
        period = self.period
        if luck.stall[stage][deal.number] >= self.stall_share[period][stage]:
            return NONE
        cause = rules.which(luck.cause[stage][deal.number], self.cause_edges[period][stage])
        if cause == self.tables.absent_cause:
            deal.absent = True
        return cause

    def customer(self, deal: Deal, stage: int, luck: LuckLists, days: float, stall: int) -> simpy.Event:
        """The customer takes his days for a stage, after those of the stages before; the event is `ready`.

        What he does not tell is told by the calendar: when a stalled visit is over the time it should
        have taken, the report shows it as stalled, with the signal that the rep sees.
        """
        now = self.env.now
        wait = 0.0
        if deal.buyer_free > now and not self.wait_for_buyer[self.period]:
            wait = deal.buyer_free - now
        if stall >= 0:
            self.tell(CODE["stalled"], deal, stage, self.cause_reason[stall], TRUTH)
            self.at(
                now + (wait + days / self.stall_factor[self.period]),
                rules.tie_rank(rules.DISCOVERY, deal.number, NONE),
                partial(self.is_overdue, deal, stage, luck, stall, deal.retreats),
            )
        ready = deal.ready = Ready(self.env)
        ready.is_there = partial(self.is_ready, deal, stage, stall, deal.retreats, ready)
        ready.moment = self.at(
            now + (wait + days), rules.tie_rank(rules.READY, deal.number, NONE), ready.is_there
        )
        deal.buyer_free = now + (wait + days)
        return ready

    def is_ready(
        self, deal: Deal, stage: int, stall: int, retreats: int, ready: Ready, _: simpy.Event
    ) -> None:
        if deal.alive and deal.ready is ready:
            deal.stalled = -1.0
        if deal.alive and deal.retreats == retreats:
            deal.progress = self.env.now
            deal.buyer_stage = stage + 1
            if stall >= 0:
                deal.stuck = False
                self.tell_knowing(CODE["stall_ended"], deal, stage)
            self.tell_knowing(CODE["ready"], deal, stage)
        ready.blow()

    def is_overdue(self, deal: Deal, stage: int, luck: LuckLists, stall: int, retreats: int, _: Any) -> None:
        if deal.alive and deal.retreats == retreats and deal.buyer_stage <= stage:
            self.show_stall(deal, stage, luck, stall)


def run(tables: Tables, draws: Draws) -> Told:
    """One replication, told to its end."""
    collects = gc.isenabled()
    gc.disable()  # all that a run makes lives until its rows are columns: looking for garbage would cost a tenth
    try:
        company = Company(tables, draws)
        company.env.run(until=tables.horizon)
        births = columns(("number", "created", "owner"), company.births)
        return Told(
            columns(DEAL_COLUMNS, company.deal_rows), columns(TASK_COLUMNS, company.task_rows),
            births["number"].astype(int), births["created"], births["owner"].astype(int),
            np.array([deal.listed for deal in company.deals], np.int64), met=np.array(company.met),
        )  # fmt: skip
    finally:
        if collects:
            gc.enable()
