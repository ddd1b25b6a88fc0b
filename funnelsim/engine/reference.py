"""The reference engine, on SimPy: processes tell the life of an opportunity and of a rep.

Nothing here decides: rules do. Nothing here is drawn: luck is looked up. What stands here is what
follows what. Moments of one instant happen in the order of `rules.tie_rank`, which SimPy is given
as the priority of its events.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from heapq import heappop, heappush
from typing import Any

import numpy as np
import simpy

from funnelsim.engine import rules
from funnelsim.engine.draws import Draws
from funnelsim.engine.tables import Tables
from funnelsim.history.log import BOTH, CODE, NONE

DEAL_COLUMNS = ("opportunity", "time", "event", "stage", "person", "reason", "view")
TASK_COLUMNS = ("opportunity", "time", "event", "stage", "person", "desk", "activity", "value")

Process = Generator[simpy.Event, Any, None]
PROSPECTING = 0  # position of the prospecting activity in names.activities


class Moment(simpy.Event):
    """Something that happens at a time, with its place among all that happens then."""

    def __init__(self, env: simpy.Environment, delay: float, rank: int):
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, rank, delay)  # type: ignore[arg-type]  # SimPy orders by any number


class Whistle(simpy.Event):
    """Something that a process waits for and another lets happen, at once and within its own moment."""

    def blow(self) -> None:
        self._ok, self._value = True, None
        callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment]  # as SimPy does
        for callback in callbacks:
            callback(self)


class Deal:
    """An opportunity while it lives."""

    __slots__ = ("amount", "buyer_free", "buyer_stage", "number", "open", "owner", "retreats", "visits")

    def __init__(self, number: int, owner: int, amount: int, stages: int):
        self.number, self.owner, self.amount = number, owner, amount
        self.open = True
        self.visits = [0] * stages
        self.buyer_stage = 0
        self.buyer_free = 0.0  # when the buyer is done with all he has begun
        self.retreats = 0


class Task:
    """Hours of work that wait at a desk, are begun and are ended."""

    __slots__ = ("activity", "begun", "deal", "desk", "done", "end", "hours", "stage", "wanted")

    def __init__(self, done: Whistle, deal: Deal | None, stage: int, activity: int, hours: float):
        self.done, self.deal, self.stage, self.activity, self.hours = done, deal, stage, activity, hours
        self.wanted = True
        self.begun = False
        self.desk = NONE
        self.end: Moment | None = None

    @property
    def number(self) -> int:
        return self.deal.number if self.deal else NONE


class Desk:
    """A line of tasks and the people who take them, each one task at a time."""

    def __init__(self, company: Company, number: int):
        self.company, self.number = company, number
        self.line: list[tuple[int, float, int, int, Task]] = []
        self.free: list[int] = []
        self.busy: dict[int, Task] = {}
        self.offered = False

    def join(self, task: Task) -> None:
        """The task stands in line; whoever is free is offered the line at the end of this instant."""
        company = self.company
        task.desk = self.number
        place = (
            rules.LAST_IN_LINE
            if task.deal is None
            else rules.line_key(company.priority[company.period], task.stage)
        )
        company.serial += 1
        heappush(self.line, (place, company.env.now, task.number, company.serial, task))
        company.tell_task(CODE["task_queued"], task, NONE)
        self.offer()

    def offer(self) -> None:
        if self.line and self.free and not self.offered:
            self.offered = True
            start = Moment(self.company.env, 0.0, rules.tie_rank(rules.TASK_START, NONE, self.number))
            start.callbacks.append(self._start)

    def _start(self, _: simpy.Event) -> None:
        self.offered = False
        while self.free and self.line:
            task = heappop(self.line)[-1]
            if task.wanted:
                self._begin(task, self.free.pop(0))

    def _begin(self, task: Task, person: int) -> None:
        company = self.company
        self.busy[person] = task
        task.begun = True
        company.tell_task(CODE["task_started"], task, person)
        now = company.env.now
        end = rules.work_end(company.hours[person], now, task.hours)
        if end < 0.0:
            return
        rank = rules.tie_rank(rules.TASK_END, task.number, person)
        task.end = company.at(end, rank)
        if task.end is not None:
            task.end.callbacks.append(lambda moment: self._end(moment, task, person))

    def _end(self, moment: simpy.Event, task: Task, person: int) -> None:
        if task.end is not moment:  # taken over by another desk in the meantime
            return
        self.company.tell_task(CODE["task_ended"], task, person)
        del self.busy[person]
        self.free.append(person)
        self.free.sort()
        self.offer()
        task.done.blow()

    def staff(self, people: tuple[int, ...]) -> list[Task]:
        """From now on these people work here; what others had begun is given back, to be done anew."""
        undone = [self.busy.pop(person) for person in sorted(self.busy) if person not in people]
        for task in undone:
            task.end, task.begun = None, False
        self.free = [person for person in people if person not in self.busy]
        self.offer()
        return undone

    def leave_line(self) -> list[Task]:
        """All who wait here go, in order."""
        tasks = [entry[-1] for entry in sorted(self.line, key=lambda entry: entry[:-1])]
        self.line = []
        return [task for task in tasks if task.wanted]


class Company:
    """A funnel in motion: its desks, its deals, and the two tables that tell what happened."""

    def __init__(self, tables: Tables, draws: Draws):
        self.tables, self.draws = tables, draws
        self.env = simpy.Environment()
        self.horizon = tables.horizon
        self.period = 0
        self.serial = 0
        self.deal_rows: list[tuple] = []
        self.task_rows: list[tuple] = []
        self.deals: list[Deal] = []
        self.births: list[tuple[int, float, int]] = []
        self.open_deals = [0] * tables.reps
        self.active = [bool(day < 0) for day in tables.rep_from]
        self._lists()
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

    def _lists(self) -> None:
        """What is looked up one by one, as lists: numpy's scalars are slow."""
        tables, draws = self.tables, self.draws
        self.hours = tables.hours.tolist()
        self.priority = tables.priority.tolist()
        self.stage_logit = tables.stage_logit.tolist()
        self.edges = tables.ending_edges.tolist()
        self.quality = draws.quality.tolist()
        self.skill = draws.skill.tolist()
        self.amount = draws.amount.tolist()
        self.source = draws.source.tolist()
        self.source_logit = tables.source_logit.tolist()
        self.large_amount = tables.large_amount.tolist()
        self.wait_for_buyer = tables.wait_for_buyer.tolist()
        self.work_first = tables.work_first.tolist()
        self.ahead_logit = tables.ahead_logit.tolist()
        self.owner_luck = draws.own[2].tolist()
        work = tables.work
        plain = list(zip(work.pool.tolist(), work.activity.tolist(), work.when.tolist(), strict=True))
        first = work.first.tolist()
        self.tasks = [
            [[(n, *plain[n]) for n in range(row[s], row[s + 1])] for s in range(tables.stages)]
            for row in first
        ]
        self._luck: list[tuple] = []

    def luck(self, visit: int) -> tuple:
        """Gate logits, endings, jumps, delays and hours of a visit, as lists."""
        while len(self._luck) <= visit:
            drawn = self.draws.visit(len(self._luck))
            seen: dict[int, list] = {}

            def as_list(values: np.ndarray, seen=seen) -> list:
                return seen.setdefault(id(values), values.tolist())

            self._luck.append((
                drawn.gate_logit.tolist(), drawn.ending.tolist(), drawn.skip.tolist(),
                [[[as_list(part) for part in parts] for parts in period] for period in drawn.delay],
                [as_list(values) for values in drawn.hours],
            ))  # fmt: skip
        return self._luck[visit]

    # -- the clock and the log --------------------------------------------------------------

    def at(self, time: float, rank: int) -> Moment | None:
        """A moment at a time, None when it would not happen any more."""
        delay = time - self.env.now
        if self.env.now + delay >= self.horizon:
            return None
        return Moment(self.env, delay, rank)

    def tell(self, event: int, deal: Deal, stage: int = NONE, reason: int = NONE) -> None:
        self.deal_rows.append((deal.number, self.env.now, event, stage, deal.owner, reason, BOTH))

    def tell_task(self, event: int, task: Task, person: int) -> None:
        self.task_rows.append(
            (task.number, self.env.now, event, task.stage, person, task.desk, task.activity, task.hours)
        )

    # -- processes --------------------------------------------------------------------------

    def market(self) -> Process:
        """Customers come by themselves."""
        for number in self.draws.births.tolist():
            moment = self.at(float(self.draws.arrival[number]), rules.tie_rank(rules.ARRIVAL, number, NONE))
            if moment is None:
                return
            yield moment
            self.open_deal(number, self.route(number))

    def route(self, number: int) -> int:
        """Who gets a new deal: one of its territory's reps, or whoever has the fewest while nobody is there."""
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
        deal = Deal(number, owner, self.amount[self.period][number], self.tables.stages)
        self.deals.append(deal)
        self.births.append((number, self.env.now, owner))
        self.open_deals[owner] += 1
        self.tell(CODE["created"], deal)
        self.env.process(self.life(deal))

    def life(self, deal: Deal) -> Process:
        """An opportunity goes from stage to stage until it ends or the run does."""
        stages = self.tables.stages
        stage = 0
        while True:
            visit = deal.visits[stage]
            deal.visits[stage] += 1
            if self.wait_for_buyer[self.period]:
                deal.buyer_stage = stage
            self.tell(CODE["entered"], deal, stage)
            gates, endings, jumps, delays, hours = self.luck(visit)
            period = self.period
            days = delays[period][stage][self.fate(deal, stage, visit)][deal.number]

            ready = None if self.work_first[period] else self.customer(deal, stage, days)
            for work, pool, activity, when in self.tasks[period][stage]:
                if rules.wants_specialist(when, deal.amount, self.large_amount[period]):
                    task = Task(Whistle(self.env), deal, stage, activity, hours[work][deal.number])
                    self.desks[deal.owner if pool < 0 else pool].join(task)
                    yield task.done
            if ready is None:
                ready = self.customer(deal, stage, days)
            if self.wait_for_buyer[self.period] and not ready.processed:
                yield ready
            gate = self.at(self.env.now, rules.tie_rank(rules.GATE, deal.number, NONE))
            assert gate is not None  # it is now
            yield gate

            if gates[stage][deal.number] < self.limit(deal, stage):
                skip_u = jumps[stage][deal.number] if jumps else 1.0
                strict, share = (
                    bool(self.tables.strict[self.period]),
                    float(self.tables.skip_share[self.period]),
                )
                following = rules.next_stage(stage, stages, strict, skip_u, share)
                if following == stages:
                    self.close(deal, CODE["won"], stage)
                    return
                self.tell(CODE["advanced"], deal, stage)
                stage = following
                continue
            which = rules.ending(endings[stage][deal.number], self.edges[self.period][stage])
            if which == 0 and rules.may_regress(stage, deal.visits[stage - 1]):
                self.tell(CODE["regressed"], deal, stage)
                stage -= 1
                self.retreat(deal, stage)
                continue
            if which <= 1:
                self.close(deal, CODE["no_decision"], stage, reason=0)
            else:
                self.close(deal, CODE["lost"], stage, reason=which - 1)
            return

    def fate(self, deal: Deal, stage: int, visit: int) -> int:
        """What the visit would end in with the effects of today; it decides whose delay is drawn."""
        gates, endings, _, _, _ = self.luck(visit)
        if gates[stage][deal.number] < self.limit(deal, stage):
            return rules.ADVANCE
        which = rules.ending(endings[stage][deal.number], self.edges[self.period][stage])
        if which == 0:
            return rules.REGRESS if rules.may_regress(stage, deal.visits[stage - 1]) else rules.NO_DECISION
        return rules.NO_DECISION if which == 1 else rules.LOST

    def limit(self, deal: Deal, stage: int) -> float:
        """Below this the deal's luck lets it advance."""
        period = self.period
        return rules.advance_limit(
            self.stage_logit[period][stage],
            self.quality[period][deal.number],
            self.skill[period][deal.owner],
            self.source_logit[period][self.source[deal.number]],
            0 if self.wait_for_buyer[period] else stage + 1 - deal.buyer_stage,
            self.ahead_logit[period],
        )

    def customer(self, deal: Deal, stage: int, days: float) -> simpy.Event:
        """The customer takes his days for a stage, after those of the stages before; the event is `ready`."""
        now = self.env.now
        wait = 0.0
        if not self.wait_for_buyer[self.period] and deal.buyer_free > now:
            wait = deal.buyer_free - now
        retreats = deal.retreats
        ready = self.at(now + (wait + days), rules.tie_rank(rules.READY, deal.number, NONE))
        if ready is None:
            return self.env.event()
        deal.buyer_free = now + (wait + days)

        def is_ready(_: simpy.Event) -> None:
            if deal.open and deal.retreats == retreats:
                deal.buyer_stage = stage + 1
                self.tell(CODE["ready"], deal, stage)

        ready.callbacks.append(is_ready)
        return ready

    def retreat(self, deal: Deal, stage: int) -> None:
        """A deal that falls back takes the buyer along; what he had begun beyond is void."""
        deal.retreats += 1
        deal.buyer_stage = min(deal.buyer_stage, stage)
        deal.buyer_free = self.env.now

    def close(self, deal: Deal, event: int, stage: int, reason: int = NONE) -> None:
        self.tell(event, deal, stage, reason)
        deal.open = False
        self.open_deals[deal.owner] -= 1

    def prospecting(self, rep: int) -> Process:
        """A rep looks for customers whenever that falls due; what was not begun by then is void."""
        tables = self.tables
        slots = tables.slot_days.size
        first = len(self.draws) - tables.reps * slots
        task: Task | None = None
        for slot in range(slots):
            due = self.at(float(tables.slot_days[slot]), rules.tie_rank(rules.PROSPECTING_DUE, NONE, rep))
            if due is None:
                return
            yield due
            if task is not None and not task.begun:
                task.wanted = False
            if self.active[rep]:
                task = Task(Whistle(self.env), None, NONE, PROSPECTING, float(tables.slot_hours[slot]))
                number = first + rep * slots + slot
                task.done.callbacks.append(partial(self.found, number, rep))
                self.desks[rep].join(task)

    def found(self, number: int, rep: int, _: simpy.Event) -> None:
        """Prospecting has brought a deal, now."""
        moment = self.at(self.env.now, rules.tie_rank(rules.ARRIVAL, number, NONE))
        assert moment is not None  # it is now
        moment.callbacks.append(lambda _: self.open_deal(number, rep))

    def changes(self) -> Process:
        """The company changes on its dates."""
        for period in range(1, self.tables.period_start.size):
            day = float(self.tables.period_start[period])
            moment = self.at(day, rules.tie_rank(rules.INTERVENTION, NONE, period))
            if moment is None:
                return
            yield moment
            self.period = period
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
        undone = desk.staff(())
        tasks = {task.number: task for task in [*undone, *desk.leave_line()] if task.deal}
        heir = int(self.tables.successor[rep])
        for deal in sorted((d for d in self.deals if d.open and d.owner == rep), key=lambda d: d.number):
            named = heir >= 0 and self.active[heir]
            owner = heir if named else rules.least_loaded(self.open_deals, self.active)
            if owner < 0:  # nobody is left: the deal stays where it is, and waits
                owner = rep
            self.open_deals[rep] -= 1
            self.open_deals[owner] += 1
            deal.owner = owner
            if owner != rep:
                self.tell(CODE["owner_changed"], deal)
            if deal.number in tasks:
                self.desks[owner].join(tasks[deal.number])

    def tell_staff(self, event: int, rep: int) -> None:
        self.deal_rows.append((NONE, self.env.now, event, NONE, rep, NONE, BOTH))


def run(tables: Tables, draws: Draws) -> Company:
    """One replication, told to its end: `deal_rows`, `task_rows` and `deals` of the company."""
    company = Company(tables, draws)
    company.env.run(until=tables.horizon)
    return company
