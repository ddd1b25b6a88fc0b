"""A rep gives notice, hands over and is gone: the protocol, the last day, and the seat's next occupant.

The protocol: on the day of notice each listed deal gets an interim owner, the manager checks the list with him, the
customers of the lower third are visited and those of the middle third called, by both; when the last of these is done,
the successors call the customers of the upper third. What was not done by the last day was not done.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import simpy

from funnelsim.engine import rules
from funnelsim.engine.deal import Deal
from funnelsim.engine.desks import Task
from funnelsim.engine.lists import Lists
from funnelsim.history.log import CODE, NONE


class Parting(Lists):
    """The part of a company that is left by its reps."""

    # -- notice -----------------------------------------------------------------------------

    def give_notice(self, rep: int) -> None:
        """It is known that a rep will leave; by the protocol each deal on his list gets an interim owner."""
        l, period = self.tables.leaving, self.period
        self.leaving[rep] = True
        self.tell_staff(CODE["noticed"], rep)
        if l.rule[period] != rules.PROTOCOL:
            return
        load = [*self.open_deals]
        for deal in self.deals_of(rep):
            if not self.is_listed(deal):
                continue
            heir = int(self.tables.successor[rep])
            if heir < 0 or not self.active[heir]:
                heir = rules.interim_owner(load, self.active, self.leaving, rep)
            if heir < 0 or self.is_found_dead(deal, rep):
                continue
            load[heir] += 1
            deal.heir = heir
            deal.notices += 1
            third = self.thirds[self.seen_stage(deal)]
            deal.calls = rules.parts_of(third)
            if deal.calls > 0:
                self.go_through_with(deal, (rep, heir), third)

    def deals_of(self, rep: int) -> list[Deal]:
        return sorted((d for d in self.deals if d.open and d.owner == rep), key=lambda d: d.number)

    def is_found_dead(self, deal: Deal, rep: int) -> bool:
        """The manager checks a deal with the successor: most of those that are dead are found out."""
        l, period = self.tables.leaving, self.period
        manager = int(self.managers.of_rep[period, rep]) if self.managers.on else NONE
        if manager < 0:
            return False
        self.owed[manager] += float(l.check_minutes[period])
        person = self.managers.first + manager
        self.deal_rows.append((deal.number, self.env.now, CODE["reviewed"], NONE, person, l.check_reason, 0))
        u = self.chance("handover_check", deal.number, deal.notices)
        found = rules.finds_dead(u, not deal.alive, float(l.dead_found[period]))
        if found:
            self.find_out(deal)
        return found

    def go_through_with(self, deal: Deal, reps: tuple[int, ...], third: int) -> None:
        """A customer is visited or called, by each of these in hours of his own."""
        l, period = self.tables.leaving, self.period
        hours = l.visit_hours if third == rules.LOWER else l.call_hours
        for rep in reps:
            task = Task(_nothing, deal, deal.stage, l.activity + rules.LOWER - third, float(hours[period]))
            task.notice = deal.notices
            task.done = partial(self.has_told, deal, task)
            self.desks[rep].join(task)

    def has_told(self, deal: Deal, task: Task) -> None:
        """One of the two has done his part; with the last the deal is through."""
        if task.is_wanted():
            deal.calls -= 1
            if deal.calls == 0:
                deal.calls = rules.TOLD

    # -- the upper third ---------------------------------------------------------------------

    def is_late(self, rep: int) -> bool:
        """Whether customers of the upper third wait for the others."""
        return any(deal.calls == rules.LATE for deal in self.deals_of(rep))

    def call_late(self, rep: int) -> None:
        """On each day of the notice: once nobody is still to be visited or called, the upper third is called."""
        deals = self.deals_of(rep)
        if any(deal.calls > 0 for deal in deals):
            return
        for deal in deals:
            if deal.calls == rules.LATE:
                deal.calls = rules.ALONE
                self.go_through_with(deal, (deal.heir,), rules.UPPER)

    # -- the last day --------------------------------------------------------------------------

    def hand_over(self, rep: int) -> None:
        """The open deals of a rep who left go on with another; tasks move at full length, joining anew."""
        deals = self.deals_of(rep)
        told = {deal.number for deal in deals if deal.calls == rules.TOLD}
        for deal in deals:
            deal.calls = rules.UNTOLD
        desk = self.desks[rep]
        tasks: dict[int, list[Task]] = {}
        for task in [*desk.staff(()), *desk.leave_line()]:
            tasks.setdefault(task.number, []).append(task)
        waits = self.tables.leaving.rule[self.period] == rules.NO_HANDOVER
        for deal in deals:
            owner = rep if waits else self.new_owner(deal, rep)
            deal.heir = NONE
            self.open_deals[rep] -= not deal.hidden
            self.open_deals[owner] += not deal.hidden
            deal.owner = owner
            if owner != rep:
                deal.absent = False
                if deal.home < 0 and self.seat_followed[self.seated[rep]]:
                    deal.home = rep
                self.tell_knowing(CODE["owner_changed"], deal)
            if (owner != rep or waits) and self.leaves_with_rep(deal, deal.number in told):
                continue
            for task in tasks.get(deal.number, ()):
                self.desks[owner].join(task)
            self.want_touch(deal)

    def new_owner(self, deal: Deal, rep: int) -> int:
        """Who was named for a deal, else the leaver's successor, else whoever has the fewest."""
        for heir in (deal.heir, int(self.tables.successor[rep])):
            if heir >= 0 and self.active[heir]:
                return heir
        owner = rules.least_loaded(self.open_deals, self.active)
        return owner if owner >= 0 else rep  # nobody is left: the deal stays where it is, and waits

    def leaves_with_rep(self, deal: Deal, told: bool) -> bool:
        """Whether a deal is lost by being handed over."""
        if not deal.alive:
            return False
        times, stage = deal.handovers, deal.stage
        deal.handovers += 1
        if self.left_chance[self.period][stage] <= 0.0:
            return False
        l = self.tables.leaving
        chance = rules.departure_chance(
            float(l.assigned[self.period, stage]), float(l.told[self.period, stage]), told, self.ties(deal)
        )
        name = f"handover.{self.tables.names.stages[stage]}"
        if not rules.leaves_with_rep(self.chance(name, deal.number, times), chance):
            return False
        deal.alive = False
        luck = self.luck(deal.visits[stage] - 1)
        self.close(deal, CODE["lost"], stage, self.tables.standards.left_reason, luck)
        return True

    def ties(self, deal: Deal) -> float:
        """How close a customer is to people of the pools: those who have helped in a stage that lies behind."""
        ties, period = 0.0, self.period
        for pool, close in enumerate(self.pool_ties[period]):
            if close > 0.0 and any(
                self.has_helped(deal, stage, pool + self.tables.reps) for stage in range(self.tables.stages)
            ):
                ties = ties + close
        return ties

    def has_helped(self, deal: Deal, stage: int, desk: int) -> bool:
        if stage == deal.stage or not deal.visits[stage]:
            return False
        return any(
            pool == desk and rules.wants_specialist(when, deal.listed, over)
            for _, pool, _, when, over in self.tasks[self.period][stage]
        )

    # -- somebody new ----------------------------------------------------------------------------

    def take_back(self, rep: int, number: int, _: simpy.Event) -> None:
        """Who is new is at full speed: the seat's deals are his. What waits in a line is done by whom it waits for."""
        if not self.active[rep] or self.seated[rep] != number:
            return
        self.tell_staff(CODE["ramped"], rep)
        for deal in sorted((d for d in self.deals if d.open and d.home == rep), key=lambda d: d.number):
            deal.home = NONE
            if deal.owner == rep:
                continue
            self.open_deals[deal.owner] -= not deal.hidden
            self.open_deals[rep] += not deal.hidden
            deal.owner = rep
            deal.calls, deal.heir = rules.UNTOLD, NONE
            self.tell_knowing(CODE["owner_changed"], deal)


def _nothing() -> Any:
    """What a task does before it knows better."""
