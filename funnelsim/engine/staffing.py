"""Reps look for customers, come and go; the company changes on its dates."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import simpy

from funnelsim.engine import rules
from funnelsim.engine.coaching import Coached
from funnelsim.engine.desks import PROSPECTING, Moment, Task
from funnelsim.engine.lists import Lists
from funnelsim.history.log import CODE, NONE

Process = Generator[simpy.Event, Any, None]


class Staffing(Lists):
    """The part of a company that finds customers, hires, hands over and changes."""

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
            self.change(self.period + 1)

    def change(self, period: int) -> None:
        """From now on the company is that of another period."""
        for deal in self.deals:
            if deal.alive:
                self.charge_neglect(deal)
        self.period = period
        for deal in self.deals:
            if deal.alive:
                self.reprice(deal)
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
            self.coached[rep] = Coached()
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
                if self.leaves_with_rep(deal):
                    continue
            for task in tasks.get(deal.number, ()):
                self.desks[owner].join(task)
            self.want_touch(deal)
