"""Desks of the reference engine: lines of tasks, the people who take them, and the moments in which it happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import simpy

from funnelsim.engine import rules
from funnelsim.engine.standards import SIDE
from funnelsim.history.log import CODE, NONE

if TYPE_CHECKING:
    from funnelsim.engine.deal import Deal
    from funnelsim.engine.reference import Company

QUEUED, STARTED, ENDED = CODE["task_queued"], CODE["task_started"], CODE["task_ended"]
PROSPECTING, TOUCH = 0, 1  # positions in names.activities


class Moment(simpy.Event):
    """Something that happens at a time, with its place among all that happens then."""

    _ok = True  # a moment cannot fail, and carries nothing
    _value = None

    def __init__(self, env: simpy.Environment, delay: float, rank: int, callback: Callable | None = None):
        self.env = env
        self.callbacks = [] if callback is None else [callback]
        env.schedule(self, rank, delay)  # type: ignore[arg-type]  # SimPy orders by any number


class Whistle(simpy.Event):
    """Something that a process waits for and another lets happen, at once and within its own moment."""

    def blow(self) -> None:
        self._ok, self._value = True, None
        callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment]  # as SimPy does
        for callback in callbacks:
            callback(self)


class Ready(Whistle):
    """The customer is done with a stage; it may come sooner than he had it in mind."""

    moment: Moment | None
    """When he will be, None where the run ends before."""
    is_there: Callable[[simpy.Event], None]
    """What happens then."""


class Task:
    """Hours of work that wait at a desk, are begun and are ended; `done` is called when they are."""

    __slots__ = (
        "activity",
        "begun",
        "deal",
        "desk",
        "done",
        "end",
        "hours",
        "life",
        "notice",
        "number",
        "stage",
        "tier",
        "turn",
        "void",
    )

    def __init__(self, done: Callable[[], None], deal: Deal | None, stage: int, activity: int, hours: float):
        self.done, self.deal, self.stage, self.activity, self.hours = done, deal, stage, activity, hours
        self.life = deal.lives if deal else 0
        self.number = deal.number if deal else NONE
        self.void = False
        self.turn = NONE  # the visit that a remedy is for
        self.notice = NONE  # the notice of the deal's owner that it is part of a handover for
        self.begun = False
        self.tier = NONE  # in whose line it stands, or stood
        self.desk = NONE
        self.end: Moment | None = None

    def is_wanted(self) -> bool:
        """Whether it still makes sense: no stage work on a deal that is gone, no touch on one given up,
        no remedy for a stall that is over."""
        if self.deal is None:
            return not self.void
        if self.life != self.deal.lives:
            return False
        if self.notice >= 0:
            return self.deal.open and self.deal.calls > 0 and self.notice == self.deal.notices
        if self.turn >= 0:
            return self.deal.open and self.turn == self.deal.turn
        return self.deal.open if self.activity == TOUCH else self.deal.alive

    def is_side(self, side: int) -> bool:
        """Whether it is work that is no stage's and no word to the customer; such activities begin at `side`."""
        return side <= self.activity < side + len(SIDE)


class Desk:
    """A line of tasks and the people who take them, each one task at a time."""

    def __init__(self, company: Company, number: int):
        self.company, self.number = company, number
        self.rows = company.task_rows
        self.is_reps = number < company.tables.reps
        self.start_rank = rules.tie_rank(rules.TASK_START, NONE, number)
        self.line: list[tuple[int, float, int, int, Task]] = []
        tiers = company.tables.tiers.count if self.is_reps else 0
        self.lines: list[list[tuple[int, float, int, int, Task]]] = [[] for _ in range(tiers)]
        self.spent = [0.0] * tiers  # what each tier has had for its share
        self.served = 0.0  # and what the one had that was served last
        self.free: list[int] = []
        self.busy: dict[int, Task] = {}
        self.offered = False

    def join(self, task: Task) -> None:
        """The task stands in line; whoever is free is offered the line at the end of this instant."""
        company = self.company
        task.desk = self.number
        if task.activity == TOUCH or task.notice >= 0:
            place = rules.FIRST_IN_LINE
        elif task.deal is None:
            place = rules.LAST_IN_LINE
        else:
            deal = task.deal
            place = rules.place_in_line(
                company.priority[company.period], task.stage, deal.amount, deal.worth, deal.worked, deal.score
            )
            if company.doses.on and self.is_reps:
                place = company.place_of(deal, self.number, place)
        company.serial += 1
        now = company.env.now
        heappush(self.line_of(task, place), (place, now, task.number, company.serial, task))
        self.tell(QUEUED, now, task, NONE)
        if self.free and not self.offered:
            self.offer()

    def line_of(self, task: Task, place: int) -> list:
        """The line in which a task stands: that of its tier where there are some, else that of all; what comes first
        of all is of no tier."""
        company = self.company
        deal, tiers = task.deal, company.tables.tiers
        task.tier = NONE
        if not self.lines or deal is None or place == rules.FIRST_IN_LINE or not tiers.there[company.period]:
            return self.line
        task.tier = tier = rules.tier_of(deal.listed, company.tier_edges[company.period])
        if not self.lines[tier]:
            self.spent[tier] = rules.caught_up(self.spent[tier], self.served)
        return self.lines[tier]

    def is_waited_at(self) -> bool:
        """Whether any task waits."""
        return bool(self.line) or any(self.lines)

    def next_task(self) -> Task:
        """Who is first: a touch or a call of a handover, then of the tier whose turn it is, then in the line of all."""
        if not self.lines:
            return heappop(self.line)[-1]
        tier = NONE
        if not self.line or self.line[0][0] != rules.FIRST_IN_LINE:
            tier = rules.least_served(self.spent, [len(line) for line in self.lines])
        return heappop(self.line if tier < 0 else self.lines[tier])[-1]

    def tell(self, event: int, now: float, task: Task, person: int, reason: int = NONE) -> None:
        """A row of the log of tasks."""
        self.rows.append(
            (task.number, now, event, task.stage, person, self.number, task.activity, task.hours, reason)
        )

    def offer(self) -> None:
        """Somebody free and somebody waiting come together when all else of this instant has happened."""
        if self.free and not self.offered and self.is_waited_at():
            self.offered = True
            Moment(self.company.env, 0.0, self.start_rank, self._start)

    def _start(self, _: simpy.Event) -> None:
        self.offered = False
        while self.free and self.is_waited_at():
            task = self.next_task()
            if task.is_wanted() and (task.activity != TOUCH or self.company.still_due(task)):
                self._begin(task, self.free.pop(0))

    def _begin(self, task: Task, person: int) -> None:
        company = self.company
        self.busy[person] = task
        task.begun = True
        if task.tier >= 0:
            self.served = self.spent[task.tier]
            share = company.tier_shares[company.period][task.tier]
            self.spent[task.tier] = rules.served(self.served, task.hours, share)
        now = company.env.now
        self.tell(STARTED, now, task, person)
        end = rules.work_end(company.hours[person], now, task.hours)
        if company.minds and self.is_reps and task.deal and not task.is_side(company.side):
            company.in_contact(task.deal, end if end >= 0.0 else company.horizon)
        if end < 0.0 or now + (end - now) >= company.horizon:
            return
        rank = rules.tie_rank(rules.TASK_END, task.number, person)
        task.end = Moment(company.env, end - now, rank, partial(self._end, task, person))

    def _end(self, task: Task, person: int, moment: simpy.Event) -> None:
        if task.end is not moment:  # taken over by another desk in the meantime
            return
        self.tell(ENDED, self.company.env.now, task, person)
        del self.busy[person]
        if self.free:
            self.free.append(person)
            self.free.sort()
        else:
            self.free = [person]
        if not self.offered and self.is_waited_at():
            self.offer()
        task.done()

    def staff(self, people: tuple[int, ...]) -> list[Task]:
        """From now on these people work here; what others had begun is broken off, to be done anew."""
        undone = []
        for person in sorted(self.busy):
            if person not in people:
                task = self.busy.pop(person)
                self.tell(ENDED, self.company.env.now, task, person, self.company.tables.interrupted_reason)
                task.end, task.begun = None, False
                if self.is_reps and task.deal and not task.is_side(self.company.side):
                    self.company.in_contact(task.deal, self.company.env.now)
                if task.is_wanted():
                    undone.append(task)
        self.free = [person for person in people if person not in self.busy]
        self.offer()
        return undone

    def leave_line(self) -> list[Task]:
        """All who wait here go, in order."""
        lines = [self.line, *self.lines]
        tasks = [entry[-1] for line in lines for entry in sorted(line, key=lambda entry: entry[:-1])]
        self.line, self.lines = [], [[] for _ in self.lines]
        return [task for task in tasks if task.is_wanted()]
