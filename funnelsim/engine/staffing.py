"""Reps look for customers, come and go; the company changes on its dates."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import simpy

from funnelsim.engine import rules
from funnelsim.engine.coaching import Coached
from funnelsim.engine.desks import PROSPECTING, Moment, Task
from funnelsim.engine.parting import Parting
from funnelsim.history.log import CODE, NONE

Process = Generator[simpy.Event, Any, None]


class Staffing(Parting):
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
        """Who sits in a seat comes, and one day leaves; another follows."""
        rank = rules.tie_rank(rules.STAFFING, NONE, rep)
        for number, comes, notice, leaves, ramped in self.occupants[rep]:
            if not self.active[rep]:
                hired = self.at(max(self.env.now, comes), rank)
                if hired is None:
                    return
                yield hired
                self.hire(rep, number)
                self.at(ramped, rank, partial(self.take_back, rep, number))
            if self.notices:
                noticed = self.at(max(self.env.now, notice), rank)
                if noticed is None:
                    return
                yield noticed
                self.give_notice(rep)
                day = self.env.now
                while self.is_late(rep) and day + 1.0 < leaves:
                    day += 1.0
                    yield self.at(day, rank) or self.env.event()
                    self.call_late(rep)
            leaving = self.at(max(self.env.now, leaves), rank)
            if leaving is None:
                return
            yield leaving
            self.active[rep] = self.leaving[rep] = False
            self.tell_staff(CODE["left"], rep)
            self.hand_over(rep)

    def hire(self, rep: int, number: int) -> None:
        """Somebody new sits in a seat."""
        self.active[rep] = True
        self.coached[rep] = Coached()
        self.tell_staff(CODE["hired"], rep)
        for skill, of_all in zip(self.skill, self.seat_skill, strict=True):
            skill[rep] = of_all[number]
        self.seated[rep] = number
        self.desks[rep].staff(self.people_at(rep))
