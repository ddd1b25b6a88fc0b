"""Managers go through deals on Mondays, follow up those without progress, and look into what nobody lists."""

from __future__ import annotations

from functools import partial
from typing import Any

from funnelsim.engine import managers as why
from funnelsim.engine import rules
from funnelsim.engine.coaching import Coaching
from funnelsim.engine.deal import Deal
from funnelsim.engine.staffing import Process
from funnelsim.history.log import BOTH, CODE, NONE, REPORT, TRUTH


class Reviewing(Coaching):
    """The part of a company that spends the hours of managers.

    A manager's minutes are renewed on each Monday and given out in this order: verdicts due before the next
    Monday, second checks, the list by weighted value, audits, remedies, coaching. What does not fit is `not_reviewed`;
    a verdict or a second check that did not fit waits for the next week.
    """

    list_week = -rules.LAST_IN_LINE
    """When the list was last gone through."""
    minutes = 0.0
    """What the manager whose deals are at hand has left of his week."""

    def managing(self) -> Process:
        """Mondays, one after another."""
        days = self.managers.days.tolist()
        for at, day in enumerate(days):
            monday = self.at(day, rules.tie_rank(rules.MANAGER, NONE, NONE))
            if monday is None:
                return
            yield monday
            self.monday(at, days[at + 1] if at + 1 < len(days) else self.horizon)

    def monday(self, at: int, until: float) -> None:
        """All managers plan their week, each for the deals of his reps; `until` the next Monday."""
        m, period = self.managers, self.period
        week = int(m.weeks[at])
        has_list = m.review_rule[period] != rules.NO_REVIEW and rules.list_is_due(
            week, self.list_week, float(m.cadence_days[period])
        )
        if has_list:
            self.list_week = week
        left = m.weekly_minutes[period].tolist()
        for manager, weekly in enumerate(left):
            left[manager] = rules.left_of_week(weekly, self.owed[manager])
            self.owed[manager] = rules.still_owed(weekly, self.owed[manager])
        teams: dict[int, list[Deal]] = {}
        for deal in self.deals:
            manager = int(m.of_rep[period, deal.owner])
            if deal.open and manager >= 0:
                teams.setdefault(manager, []).append(deal)
        for manager in sorted(teams):
            deals = sorted(teams[manager], key=lambda d: (not d.flagged, -self.weighted(d), d.number))
            self.minutes = left[manager]
            self.follow_up(deals, manager, until)
            if has_list:
                self.go_through(deals, manager)
            if m.audit_share[period] > 0:
                self.audit(deals, manager)
            if m.remedies[period]:
                self.diagnose(deals, manager)
            left[manager] = self.minutes
        if self.doses.on:
            self.coach(week, until, left)

    # -- what the report shows --------------------------------------------------------------

    def is_listed(self, deal: Deal) -> bool:
        """Whether the report shows a deal, entries being late."""
        return not deal.hidden and rules.is_known(
            deal.known_from, self.entry_delay[self.period], self.env.now
        )

    def seen_stage(self, deal: Deal) -> int:
        """The stage in which it does."""
        is_entered = rules.is_known(deal.moved, self.entry_delay[self.period], self.env.now)
        return deal.shown if is_entered else deal.before

    def weighted(self, deal: Deal) -> float:
        return deal.amount * self.stage_weight[self.period][self.seen_stage(deal)]

    def tell_managed(self, event: int, deal: Deal, manager: int, reason: int, view: int = BOTH) -> None:
        """A row of a manager's hours, or of what he has none for."""
        m = self.managers
        self.deal_rows.append(
            (deal.number, self.env.now, event, NONE, m.first + manager, int(m.reasons[reason]), view)
        )

    def has_minutes(self, minutes: float, deal: Deal, manager: int, reason: int, view: int = BOTH) -> bool:
        """Whether a manager has time for a deal, which is then spent; told when he has not."""
        if not rules.fits(minutes, self.minutes):
            self.tell_managed(CODE["not_reviewed"], deal, manager, reason, view)
            return False
        self.minutes = self.minutes - minutes
        return True

    # -- the list -----------------------------------------------------------------------------

    def go_through(self, deals: list[Deal], manager: int) -> None:
        """The list, the largest weighted value first, and before it what somebody has pointed at."""
        m, period, now, place = self.managers, self.period, self.env.now, 0
        for deal in deals:
            if not self.is_listed(deal):
                continue
            place += 1
            if place > m.top[period]:
                self.tell_managed(CODE["not_reviewed"], deal, manager, why.WEEKLY_CHECK)
                continue
            if not self.has_minutes(float(m.check_minutes[period]), deal, manager, why.WEEKLY_CHECK):
                continue
            self.tell_managed(CODE["reviewed"], deal, manager, why.WEEKLY_CHECK)
            deal.flagged = False
            if (
                m.review_rule[period] == rules.TRACK_REVIEW
                and deal.track < 0.0
                and rules.opens_track(deal.progress, deal.checked, m.all_tracks[period])
            ):
                deal.track, deal.second_done = now, False
            deal.checked = now
            self.meet(deal)

    def meet(self, deal: Deal) -> None:
        """The rep is asked for the deal: if he has kept away, he does no more."""
        deal.absent = False
        self.want_touch(deal)

    # -- day 15 and day 30 --------------------------------------------------------------------

    def follow_up(self, deals: list[Deal], manager: int, until: float) -> None:
        """Hours of the week are set aside for verdicts, then for second checks, on the days they are due."""
        m, period = self.managers, self.period
        if m.review_rule[period] != rules.TRACK_REVIEW:
            for deal in deals:
                deal.track = -1.0
            return
        minutes = (float(m.verdict_minutes[period]), float(m.second_minutes[period]))
        for deal in deals:
            day = self.due_day(deal, int(m.verdict_days[period]))
            if deal.track >= 0.0 and day < until and self.has_minutes(minutes[0], deal, manager, why.VERDICT):
                self.meet_on(day, deal, manager, self.verdict)
        for deal in deals:
            if (
                deal.track < 0.0
                or deal.second_done
                or self.due_day(deal, int(m.verdict_days[period])) < until
            ):
                continue
            day = self.due_day(deal, int(m.second_days[period]))
            if day < until and self.has_minutes(minutes[1], deal, manager, why.SECOND_CHECK):
                deal.second_done = True
                self.meet_on(day, deal, manager, self.second_check)

    def due_day(self, deal: Deal, days: int) -> float:
        """The day on which a deal is followed up: so many days later, or the next working day."""
        working = self.managers.working
        day = max(0, int(deal.track)) + days
        return float(working[day]) if day < len(working) else self.horizon

    def meet_on(self, day: float, deal: Deal, manager: int, what: Any) -> None:
        now = self.env.now
        rank = rules.tie_rank(rules.MANAGER, deal.number, manager)
        self.at(day if day > now else now, rank, partial(what, deal, manager, deal.track))

    def second_check(self, deal: Deal, manager: int, track: float, _: Any) -> None:
        """The same customer again, on day 15."""
        if deal.open and deal.track == track:
            self.tell_managed(CODE["reviewed"], deal, manager, why.SECOND_CHECK)
            self.meet(deal)

    def verdict(self, deal: Deal, manager: int, track: float, _: Any) -> None:
        """Day 30: a deal that has come on continues; of another the manager judges whether it is alive."""
        if not deal.open or deal.track != track:
            return
        m, period = self.managers, self.period
        deal.track = -1.0
        result = why.CONTINUES
        if not rules.has_progress(deal.progress, track):
            u = self.chance("verdict", deal.number, deal.verdicts)
            deal.verdicts += 1
            dropped = rules.is_dropped(
                u, not deal.alive, m.no_progress_out[period], m.dead_dropped[period], m.live_dropped[period]
            )
            result = why.DROPPED if dropped else why.KEPT
        self.tell_managed(CODE["reviewed"], deal, manager, result)
        if result == why.DROPPED:
            self.drop(deal)
        else:
            self.meet(deal)

    def drop(self, deal: Deal) -> None:
        """The deal is given up: a living one ends by that, of a dead one the report closes."""
        reason, luck = int(self.managers.reasons[why.DROPPED]), self.luck(deal.visits[deal.stage] - 1)
        if deal.alive:
            deal.alive = False
            self.close(deal, CODE["no_decision"], deal.stage, reason, luck)
        else:
            self.tell(CODE["no_decision"], deal, deal.shown, reason, REPORT)
            self.give_up(deal, deal.stage, luck)

    # -- audits -------------------------------------------------------------------------------

    def audit(self, deals: list[Deal], manager: int) -> None:
        """Some deals are looked into, listed or not; a hidden one is registered from then on."""
        m, period = self.managers, self.period
        for deal in deals:
            deal.unaudited = rules.not_audited(deal.unaudited, m.audit_share[period])
            if not rules.audit_is_due(self.chance("audit", deal.number, deal.audits), deal.unaudited):
                continue
            view = TRUTH if deal.hidden else BOTH
            if not self.has_minutes(float(m.audit_minutes[period]), deal, manager, why.AUDIT, view):
                continue
            deal.unaudited = 1.0
            deal.audits += 1
            found = deal.hidden
            if found:
                deal.hidden, deal.known_from = False, self.env.now
                self.open_deals[deal.owner] += 1
                self.tell(CODE["created"], deal, view=REPORT)
                self.tell(CODE["registered"], deal, view=REPORT)
                self.tell(CODE["entered"], deal, deal.shown, view=REPORT)
                self.mind_stay(deal)
            self.tell_managed(CODE["audited"], deal, manager, why.UNLISTED if found else why.IN_ORDER)
