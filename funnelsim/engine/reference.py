"""The reference engine, on SimPy: processes tell the life of an opportunity and of a rep.

Nothing here decides: rules do. Nothing here is drawn: luck is looked up. What stands here is what
follows what. Moments of one instant happen in the order of `rules.tie_rank`, which SimPy is given
as the priority of its events. A deal is *alive* while the customer is there, and *open* while the rep
believes so; the report knows it when it is not hidden.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import simpy

from funnelsim.engine import rules
from funnelsim.engine.desks import PROSPECTING, TOUCH, Desk, Moment, Task, Whistle
from funnelsim.engine.draws import Draws
from funnelsim.engine.lists import Lists, LuckLists
from funnelsim.engine.tables import Tables
from funnelsim.history.log import BOTH, CODE, NONE, REPORT, TRUTH

DEAL_COLUMNS = ("opportunity", "time", "event", "stage", "person", "reason", "view")
TASK_COLUMNS = ("opportunity", "time", "event", "stage", "person", "desk", "activity", "value", "reason")

TOUCHED = CODE["touched"]

Process = Generator[simpy.Event, Any, None]


class Deal:
    """An opportunity while it lives."""

    __slots__ = (
        "absent", "alive", "amount", "buyer_free", "buyer_stage", "charged", "contact", "hidden", "inflation",
        "lives", "neglect", "number", "open", "owner", "patience", "retreats", "shown", "stage", "touch_set", "visits",
    )  # fmt: skip

    def __init__(self, number: int, owner: int, amount: int, stages: int, now: float):
        self.number, self.owner, self.amount = number, owner, amount
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


class Company(Lists):
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
        self.desks = [Desk(self, number) for number in range(len(tables.names.desks))]
        for number, desk in enumerate(self.desks):
            desk.staff(self.people_at(number))
        self.env.process(self.market())
        self.env.process(self.changes())
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

    def tell(self, event: int, deal: Deal, stage: int = NONE, reason: int = NONE, view: int = BOTH) -> None:
        self.deal_rows.append((deal.number, self.env.now, event, stage, deal.owner, reason, view))

    def tell_staff(self, event: int, rep: int) -> None:
        self.deal_rows.append((NONE, self.env.now, event, NONE, rep, NONE, BOTH))

    def tell_knowing(self, event: int, deal: Deal, stage: int = NONE, reason: int = NONE) -> None:
        """What both views know, the report only when it knows the deal, and in the stage it believes in."""
        if deal.hidden or (stage != NONE and deal.shown != stage):
            self.tell(event, deal, stage, reason, TRUTH)
            if not deal.hidden:
                self.tell(event, deal, deal.shown, reason, REPORT)
        else:
            self.tell(event, deal, stage, reason)

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
        """Who gets a new deal: one of its territory's reps, or while nobody is there who has the fewest."""
        tables, period = self.tables, self.period
        if tables.routing_random[period]:
            candidates = [rep for rep, here in enumerate(self.active) if here]
        else:
            territory = tables.unit_territory[period, self.draws.unit[number]]
            of_rep = tables.rep_territory[period]
            candidates = [rep for rep, here in enumerate(self.active) if here and of_rep[rep] == territory]
        if candidates:
            return candidates[rules.pick(self.owner_luck[number], len(candidates))]
        return max(0, rules.least_loaded(self.open_deals, self.active))

    def open_deal(self, number: int, owner: int) -> None:
        deal = Deal(number, owner, self.amount[self.period][number], self.tables.stages, self.env.now)
        deal.patience = self.patience(number, 0)
        deal.hidden, deal.inflation = self.reported_as(number, owner)
        self.deals.append(deal)
        self.births.append((number, self.env.now, owner))
        self.open_deals[owner] += not deal.hidden
        self.tell_knowing(CODE["created"], deal)
        if deal.inflation > 0:
            self.tell(CODE["inflated"], deal, view=TRUTH)
        self.enter(deal, 0)
        self.env.process(self.life(deal))
        self.watch(deal)

    # -- the life of an opportunity ---------------------------------------------------------

    def life(self, deal: Deal) -> Process:
        """An opportunity, just entered into a stage, goes from stage to stage until it ends or the run does."""
        life, number = deal.lives, deal.number
        while True:
            stage, period = deal.stage, self.period
            visit = deal.visits[stage] - 1
            luck = self.luck(visit)
            fate = rules.ADVANCE if self.one_delay[period][stage] else self.fate(deal, stage, luck)
            days = luck.delay[period][stage][fate][number]
            stall = self.stalls(deal, stage, luck) if luck.stall else NONE
            if stall >= 0:
                days = days * self.stall_factor[period]

            ready = None if self.work_first[period] else self.customer(deal, stage, luck, days, stall)
            for work, pool, activity, when in self.tasks[period][stage]:
                if rules.wants_specialist(when, deal.amount, self.large_amount[period]):
                    done = Whistle(self.env)
                    task = Task(done.blow, deal, stage, activity, luck.hours[work][number])
                    self.desks[deal.owner if pool < 0 else pool].join(task)
                    yield done
                    if not deal.alive or deal.lives != life:
                        return
            if ready is None:
                ready = self.customer(deal, stage, luck, days, stall)
            if self.wait_for_buyer[self.period] and not ready.processed:
                yield ready
                if not deal.alive or deal.lives != life:
                    return
            yield Moment(self.env, 0.0, rules.tie_rank(rules.GATE, number, NONE))
            if not deal.alive or deal.lives != life:
                return
            deal.absent = False
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
        return rules.advance_limit(
            self.stage_logit[period][stage],
            self.quality[period][number],
            self.skill[period][deal.owner],
            self.source_logit[period][self.source[number]],
            0 if self.wait_for_buyer[period] else stage + 1 - deal.buyer_stage,
            self.ahead_logit[period],
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
        ready = self.at(
            now + (wait + days),
            rules.tie_rank(rules.READY, deal.number, NONE),
            partial(self.is_ready, deal, stage, stall, deal.retreats),
        )
        deal.buyer_free = now + (wait + days)
        return ready or self.env.event()

    def is_ready(self, deal: Deal, stage: int, stall: int, retreats: int, _: simpy.Event) -> None:
        if deal.alive and deal.retreats == retreats:
            deal.buyer_stage = stage + 1
            if stall >= 0:
                self.tell_knowing(CODE["stall_ended"], deal, stage)
            self.tell_knowing(CODE["ready"], deal, stage)

    def is_overdue(self, deal: Deal, stage: int, luck: LuckLists, stall: int, retreats: int, _: Any) -> None:
        if deal.alive and deal.retreats == retreats and deal.buyer_stage <= stage:
            self.show_stall(deal, stage, luck, stall)

    def show_stall(self, deal: Deal, stage: int, luck: LuckLists, cause: int) -> None:
        """The report shows a deal as stalled, with the signal of its cause where one is seen."""
        reason = NONE
        if luck.signal:
            edges = self.signal_edges[self.period][cause]
            seen = rules.which(luck.signal[stage][deal.number], edges)
            reason = self.signal_reason[seen] if seen < len(edges) else NONE
        if not deal.hidden:
            self.tell(CODE["stalled"], deal, deal.shown, reason, REPORT)

    # -- from stage to stage, in truth and in report ------------------------------------------

    def enter(self, deal: Deal, stage: int) -> None:
        """The deal is in a stage; the report shows it where it believes it to be."""
        deal.stage = stage
        deal.visits[stage] += 1
        if self.wait_for_buyer[self.period]:
            deal.buyer_stage = stage
        deal.shown = self.shown(deal, stage)
        if deal.hidden or deal.shown != stage:
            self.tell(CODE["entered"], deal, stage, view=TRUTH)
            if not deal.hidden:
                self.tell(CODE["entered"], deal, deal.shown, view=REPORT)
        else:
            self.tell(CODE["entered"], deal, stage)

    def move(self, deal: Deal, event: int, to: int) -> None:
        """The deal leaves its stage for another; the report tells what it sees of that."""
        stage, shown = deal.stage, deal.shown
        if self.shows_truth:
            self.tell(event, deal, stage)
            self.enter(deal, to)
            return
        deal.visits[to] += 1
        seen = self.shown(deal, to)
        deal.visits[to] -= 1
        if not deal.hidden and shown == stage and seen == to:
            self.tell(event, deal, stage)
            self.enter(deal, to)
            return
        self.tell(event, deal, stage, view=TRUTH)
        deal.stage, deal.shown = to, seen
        deal.visits[to] += 1
        if self.wait_for_buyer[self.period]:
            deal.buyer_stage = to
        self.tell(CODE["entered"], deal, to, view=TRUTH)
        if not deal.hidden and seen != shown:
            self.tell(CODE["advanced" if seen > shown else "regressed"], deal, shown, view=REPORT)
            self.tell(CODE["entered"], deal, seen, view=REPORT)

    def shown(self, deal: Deal, stage: int) -> int:
        """The stage that the report gives a visit to a stage."""
        if self.shows_truth:
            return stage
        luck = self.luck(deal.visits[stage] - 1)
        share = self.entry_error[self.period]
        error = rules.entry_error(luck.error[stage][deal.number], share) if luck.error else 0
        return rules.shown_stage(stage, deal.inflation, error, self.tables.stages)

    def retreat(self, deal: Deal, stage: int) -> None:
        """A deal that falls back takes the buyer along; what he had begun beyond is void."""
        deal.retreats += 1
        deal.buyer_stage = min(deal.buyer_stage, stage)
        deal.buyer_free = self.env.now

    def reported_as(self, number: int, owner: int) -> tuple[bool, int]:
        """Whether a new deal is hidden, and how far its stage is off in the report."""
        if not self.misreports:
            return False, 0
        period = self.period
        hidden, inflated, shifted = (luck[number] for luck in self.report)
        hides = self.hides[owner] < self.hiding_reps_share[period] and hidden < self.hidden_share[period]
        inflation = int(inflated < self.inflated_share[period]) - int(shifted < self.shifted_share[period])
        return hides, inflation

    # -- ends ---------------------------------------------------------------------------------

    def end(self, deal: Deal, event: int, stage: int, reason: int, luck: LuckLists) -> None:
        """The customer has signed, has gone, or has given up; not every end is noticed."""
        deal.alive = False
        period = self.period
        if event == CODE["won"]:
            self.close(deal, event, stage, NONE, luck)
        elif luck.silent and luck.silent[stage][deal.number] < self.silent_share[period][stage]:
            self.tell(CODE["died"], deal, stage, reason, TRUTH)
            self.tell(event, deal, stage, reason, TRUTH)
            self.show_stall(deal, stage, luck, len(self.cause_reason) - 1)
            after = luck.discovery[stage][deal.number] * self.discovery_days[period]
            rank = rules.tie_rank(rules.DISCOVERY, deal.number, NONE)
            self.at(self.env.now + after, rank, partial(self.discover, deal, event, reason, luck))
            self.want_touch(deal)
        else:
            self.close(deal, event, stage, reason, luck)

    def discover(self, deal: Deal, event: int, reason: int, luck: LuckLists, _: Any = None) -> None:
        """Somebody finds out that a deal is gone."""
        if deal.open:
            self.tell_knowing(CODE["discovered"], deal, deal.stage)
            if not deal.hidden:
                self.tell(event, deal, deal.shown, reason, REPORT)
            self.give_up(deal, deal.stage, luck)

    def close(self, deal: Deal, event: int, stage: int, reason: int, luck: LuckLists) -> None:
        """Both views close the deal; a hidden one that is won comes as a surprise."""
        if deal.hidden:
            self.tell(event, deal, stage, reason, TRUTH)
            if event == CODE["won"]:
                for row in ("created", "registered", "entered", "won"):
                    at = NONE if row in ("created", "registered") else stage
                    self.tell(CODE[row], deal, at, view=REPORT)
        elif deal.shown == stage:
            self.tell(event, deal, stage, reason)
        else:
            self.tell(event, deal, stage, reason, TRUTH)
            self.tell(event, deal, deal.shown, reason, REPORT)
        if event == CODE["won"]:
            self.forget(deal)
        else:
            self.give_up(deal, stage, luck)

    def forget(self, deal: Deal) -> None:
        """The rep has done with a deal."""
        deal.open = False
        self.open_deals[deal.owner] -= not deal.hidden

    def give_up(self, deal: Deal, stage: int, luck: LuckLists) -> None:
        """A deal is closed without an order; some come back after a while."""
        self.forget(deal)
        period = self.period
        if luck.revive and luck.revive[stage][deal.number] < self.revive_share[period]:
            days = luck.revive_days[period][stage][deal.number]
            rank = rules.tie_rank(rules.ARRIVAL, deal.number, NONE)
            self.at(self.env.now + days, rank, partial(self.reopen, deal))

    def reopen(self, deal: Deal, _: Any) -> None:
        """A deal comes back into the stage it left, and does its work again."""
        if not self.active[deal.owner]:
            deal.owner = max(0, rules.least_loaded(self.open_deals, self.active))
        deal.alive = deal.open = True
        deal.absent = False
        deal.patience = self.patience(deal.number, deal.lives)
        deal.lives += 1
        deal.touch_set = False
        deal.retreats += 1
        deal.buyer_free = deal.contact = deal.charged = self.env.now
        self.open_deals[deal.owner] += not deal.hidden
        self.tell_knowing(CODE["reopened"], deal)
        self.enter(deal, deal.stage)
        self.env.process(self.life(deal))
        self.watch(deal)

    # -- keeping in touch -----------------------------------------------------------------------

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
            self.at(due if due > now else now, rank, partial(self.touch_due, deal, deal.lives)) is not None
        )

    def touch_due(self, deal: Deal, life: int, _: Any) -> None:
        if life != deal.lives:
            return
        deal.touch_set = False
        if not deal.open or deal.absent:
            return
        if deal.contact + self.touch_every[self.period] > self.env.now:
            self.want_touch(deal)
            return
        deal.touch_set = True
        task = Task(_nothing, deal, deal.stage, TOUCH, self.touch_hours[self.period])
        task.done = partial(self.touched, deal, task)
        self.desks[deal.owner].join(task)

    def still_due(self, task: Task) -> bool:
        """Whether a task that has come to the head of its line is still wanted now: a touch is not when
        there was a contact in the meantime."""
        deal = task.deal
        if task.activity != TOUCH or deal is None:
            return True
        if not deal.absent and deal.contact + self.touch_every[self.period] <= self.env.now:
            return True
        deal.touch_set = False
        self.want_touch(deal)
        return False

    def touched(self, deal: Deal, task: Task) -> None:
        self.desks[task.desk].tell(TOUCHED, self.env.now, task, deal.owner)
        if task.life != deal.lives:
            return
        deal.touch_set = False
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

    # -- reps look for customers, come and go; the company changes --------------------------------

    def prospecting(self, rep: int) -> Process:
        """A rep looks for customers whenever that falls due; what was not begun by then is void."""
        tables = self.tables
        slots = tables.slot_days.size
        first = len(self.draws) - tables.reps * slots
        task: Task | None = None
        for slot in range(slots):
            day = float(tables.slot_days[slot])
            due = self.at(day, rules.tie_rank(rules.PROSPECTING_DUE, NONE, rep))
            if due is None:
                return
            yield due
            if task is not None and not task.begun:
                task.void = True
            if self.active[rep]:
                done = partial(self.found, first + rep * slots + slot, rep)
                task = Task(done, None, NONE, PROSPECTING, float(tables.slot_hours[slot]))
                self.desks[rep].join(task)

    def found(self, number: int, rep: int) -> None:
        """Prospecting has brought a deal, now."""
        Moment(
            self.env, 0.0, rules.tie_rank(rules.ARRIVAL, number, NONE), lambda _: self.open_deal(number, rep)
        )

    def changes(self) -> Process:
        """The company changes on its dates."""
        for period in range(1, self.tables.period_start.size):
            day = float(self.tables.period_start[period])
            moment = self.at(day, rules.tie_rank(rules.INTERVENTION, NONE, period))
            if moment is None:
                return
            yield moment
            for deal in self.deals:
                if deal.alive:
                    self.charge_neglect(deal)
            self.period = period
            for deal in self.deals:
                if deal.alive:
                    self.fear_neglect(deal)
                self.want_touch(deal)
            for number in range(self.tables.reps, len(self.desks)):
                desk = self.desks[number]
                for task in desk.staff(self.people_at(number)):
                    desk.join(task)

    def staffing(self, rep: int) -> Process:
        """A rep comes, and one day leaves."""
        rank = rules.tie_rank(rules.STAFFING, NONE, rep)
        if not self.active[rep]:
            hired = self.at(float(self.tables.rep_from[rep]), rank)
            if hired is None:
                return
            yield hired
            self.active[rep] = True
            self.tell_staff(CODE["hired"], rep)
            self.desks[rep].staff(self.people_at(rep))
        leaving = self.at(max(self.env.now, float(self.tables.rep_until[rep])), rank)
        if leaving is None:
            return
        yield leaving
        self.active[rep] = False
        self.tell_staff(CODE["left"], rep)
        self.hand_over(rep)

    def hand_over(self, rep: int) -> None:
        """The open deals of a rep who left go on with another; tasks move at full length, joining anew."""
        desk = self.desks[rep]
        tasks: dict[int, list[Task]] = {}
        for task in [*desk.staff(()), *desk.leave_line()]:
            tasks.setdefault(task.number, []).append(task)
        heir = int(self.tables.successor[rep])
        for deal in sorted((d for d in self.deals if d.open and d.owner == rep), key=lambda d: d.number):
            named = heir >= 0 and self.active[heir]
            owner = heir if named else rules.least_loaded(self.open_deals, self.active)
            if owner < 0:  # nobody is left: the deal stays where it is, and waits
                owner = rep
            self.open_deals[rep] -= not deal.hidden
            self.open_deals[owner] += not deal.hidden
            deal.owner = owner
            if owner != rep:
                deal.absent = False
                self.tell_knowing(CODE["owner_changed"], deal)
            for task in tasks.get(deal.number, ()):
                self.desks[owner].join(task)
            self.want_touch(deal)


def _nothing() -> None:
    """What a task does before it knows better."""


def run(tables: Tables, draws: Draws) -> Company:
    """One replication, told to its end: `deal_rows`, `task_rows` and `births` of the company."""
    collects = gc.isenabled()
    gc.disable()  # all that a run makes lives until it ends: looking for garbage costs a fifth of it
    try:
        company = Company(tables, draws)
        company.env.run(until=tables.horizon)
    finally:
        if collects:
            gc.enable()
    return company
