"""Standards and seeing: evidence at gates, activities left out, registration, surprises, reminders, files."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import simpy

from funnelsim.engine import rules
from funnelsim.engine.deal import Deal
from funnelsim.engine.desks import Task, Whistle
from funnelsim.engine.lists import Lists, LuckLists
from funnelsim.history.log import CODE, NONE, TRUTH

Process = Generator[simpy.Event, Any, None]
NEVER = 1e300


class Seeing(Lists):
    """The part of a company that asks for evidence, registers, reminds and keeps files."""

    # -- gates --------------------------------------------------------------------------------

    def look_at_evidence(self, deal: Deal, stage: int, visit: int, item: int, attempt: int) -> int:
        """Item by item from the first that was not there yet: the one that is missing, -1 when all is there."""
        period, asked = self.period, self.tables.standards.evidence_luck
        if not self.gated[period][stage]:
            return NONE
        first, last = self.evidence_first[period][stage : stage + 2]
        for at in range(first + item, last):
            u = self.chance(asked[at], deal.number, rules.attempt_visit(visit, attempt))
            if rules.is_missing(u, self.missing_share[period]):
                self.tell_knowing(CODE["evidence_missing"], deal, stage, self.evidence_reason[at])
                return at - first
        return NONE

    def repeat(self, deal: Deal, life: int, stage: int, luck: LuckLists, item: int) -> Process:
        """Some days later the owner does the activity again whose evidence was missing."""
        self.want_touch(deal)
        rank = rules.tie_rank(rules.GATE, deal.number, NONE)
        yield self.at(self.env.now + self.gate_repeat[self.period], rank) or self.env.event()
        if not deal.alive or deal.lives != life:
            return
        period = self.period
        at = self.evidence_first[period][stage] + item
        if not self.gated[period][stage] or at >= self.evidence_first[period][stage + 1]:
            return
        work = self.evidence_work[at]
        if work >= 0:
            activity = int(self.tables.work.activity[work])
            yield self.work_on(deal, deal.owner, stage, activity, luck.hours[work][deal.number])
            if deal.alive and deal.lives == life:
                deal.progress = deal.worked = self.env.now

    def work_on(self, deal: Deal, rep: int, stage: int, activity: int, hours: float) -> simpy.Event:
        """Hours of a rep on a deal stand in his line; the event is their end."""
        done = Whistle(self.env)
        self.desks[rep].join(Task(done.blow, deal, stage, activity, hours))
        return done

    # -- key selling activities -----------------------------------------------------------------

    def skips(self, work: int, period: int, number: int, visit: int) -> bool:
        """Whether a task of a visit begun in a period is left out."""
        name = self.tables.standards.skip_luck[work]
        return bool(name) and rules.is_skipped(self.chance(name, number, visit), self.compliance[period])

    def left_undone(self, deal: Deal, stage: int, visit: int) -> float:
        """What the activities that will be left out in this visit cost, in logit."""
        odds = 0.0
        for work, *_ in self.tasks[self.period][stage]:
            if self.skips(work, self.period, deal.number, visit):
                odds = odds + self.skip_logit[work]
        return odds

    def tell_skipped(self, deal: Deal, stage: int, activity: int, hours: float) -> None:
        self.task_rows.append((
            deal.number, self.env.now, CODE["task_skipped"], stage, deal.owner, deal.owner, activity, hours, NONE,
        ))  # fmt: skip

    # -- new deals --------------------------------------------------------------------------------

    def welcome(self, deal: Deal) -> None:
        """What a new deal brings besides its work: registration, a file, a second rep who pursues it too."""
        period = self.period
        registers = self.must_register[period]
        deal.unregistered = registers and not deal.hidden
        if self.files_hours[period] > 0.0 and not deal.hidden:
            self.work_on(deal, deal.owner, deal.stage, self.side + 2, self.files_hours[period])
        share = self.collision_share[period]
        if share > 0.0 and self.of_market(deal) and rules.may_collide(registers, deal.hidden):
            candidates = self.who_covers(deal.number)
            if len(candidates) > 1 and self.chance("collision", deal.number) < share:
                u, mine = self.chance("collision_rep", deal.number), candidates.index(deal.owner)
                self.collide(deal, candidates[rules.another(u, len(candidates), mine)])

    def of_market(self, deal: Deal) -> bool:
        """Whether a deal came by itself: it is nobody's find, and no customer of somebody."""
        return bool(self.draws.unit[deal.number] >= 0 and not self.draws.is_return[deal.number])

    def collide(self, deal: Deal, rep: int) -> None:
        """A second rep works on the first stage as if nobody else did; nobody sees it."""
        self.deal_rows.append((deal.number, self.env.now, CODE["collided"], deal.stage, rep, NONE, TRUTH))
        hours, luck = 0.0, self.luck(0)
        for work, pool, *_ in self.tasks[self.period][deal.stage]:
            if pool < 0:
                hours = hours + luck.hours[work][deal.number]
        if hours > 0.0:
            self.work_on(deal, rep, deal.stage, self.side + 1, hours)

    def registration(self, deal: Deal, life: int) -> Process:
        """The owner registers a deal, and it is approved, or refused, some days later."""
        hours = self.registration_hours[self.period]
        if hours > 0.0:
            yield self.work_on(deal, deal.owner, deal.stage, self.side, hours)
            if not deal.alive or deal.lives != life:
                return
        rank = rules.tie_rank(rules.GATE, deal.number, NONE)
        yield self.at(self.env.now + self.approval_days[self.period], rank) or self.env.event()
        if not deal.alive or deal.lives != life:
            return
        deal.unregistered = False
        share = self.refused_share[self.period]
        if share > 0.0 and self.chance("refused", deal.number) < share:
            deal.alive = False
            self.tell_knowing(CODE["lost"], deal, deal.stage, self.tables.standards.refused_reason)
            self.forget(deal)
        else:
            self.tell_knowing(CODE["registered"], deal)

    def announce(self, rep: int) -> None:
        """A surprise is known to all: the others hide less from now on."""
        share = self.deterrence[self.period]
        if share > 0.0:
            for other in range(len(self.candour)):
                if other != rep:
                    self.candour[other] = rules.deterred(self.candour[other], share)

    # -- reminders ----------------------------------------------------------------------------------

    def mind_stay(self, deal: Deal) -> None:
        """The report shows the deal in a stage from now on: how long is watched."""
        deal.showing += 1
        days = self.reminder_days[self.period][deal.shown]
        if days < NEVER and not deal.hidden:
            entered = self.env.now + self.entry_delay[self.period]
            rank = rules.tie_rank(rules.TOUCH_DUE, deal.number, 0)
            self.at(entered + days, rank, partial(self.remind, deal, deal.showing))

    def remind(self, deal: Deal, showing: int, _: Any) -> None:
        """The deal stands where it stood: its owner, or a manager, is told."""
        period = self.period
        if not deal.open or deal.showing != showing or self.reminder_days[period][deal.shown] >= NEVER:
            return
        self.tell_knowing(CODE["reminded"], deal, deal.stage)
        if self.reminder_manager[period]:
            deal.flagged = True
            return
        week, count = self.alerts[deal.owner]
        now = int(self.env.now / 7.0)
        count = count + 1 if week == now else 1
        self.alerts[deal.owner] = (now, count)
        u = self.chance("reminder", deal.number, deal.reminders)
        deal.reminders += 1
        if u < rules.response_chance(self.reminder_response[period], count, self.reminder_most[period]):
            self.call_now(deal)

    def call_now(self, deal: Deal) -> None:
        """The owner takes up contact as soon as he can, whatever kept him away."""
        deal.absent = False
        if not deal.in_line:
            deal.touch_token += 1
            deal.asked = True
            self.join_touch(deal)

    # -- customer files -------------------------------------------------------------------------------

    def knows_customer(self, deal: Deal, stage: int) -> bool:
        """Whether the file holds what one must know to read the signal of a stall."""
        share = self.completeness[self.period]
        if share >= 1.0:
            return True
        name = f"file.{self.tables.names.stages[stage]}"
        return rules.is_on_file(self.chance(name, deal.number, deal.visits[stage] - 1), share)
