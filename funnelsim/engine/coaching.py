"""Managers coach their reps: to tell good opportunities from bad, and to sell better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelsim.engine import rules
from funnelsim.engine.curing import Curing
from funnelsim.engine.doses import KINDS, OPPORTUNITY, SKILL, WEEKS
from funnelsim.history.log import BOTH, CODE, NONE

if TYPE_CHECKING:
    from funnelsim.engine.deal import Deal


class Coached:
    """What a rep has had of coaching, and has of it."""

    __slots__ = ("believes", "doses", "knows", "minutes")

    def __init__(self) -> None:
        self.minutes = [[0.0] * WEEKS for _ in KINDS]  # of the last weeks, by kind
        self.doses = [0.0 for _ in KINDS]
        self.knows = 0.0  # what he has learned, as a share of what a full dose brings in the end
        self.believes = 0.0  # correlation of what he believes of a deal with what it is


class Coaching(Curing):
    """The part of a company in which managers spend what is left of their week on their people."""

    coach_week = -rules.LAST_IN_LINE
    """When anybody was last coached, or might have been."""

    def coach(self, week: int, until: float, left: list[float]) -> None:
        """Every rep has his sessions, as far as the hours of his manager go.

        left    minutes that each manager has left of the week
        until   the next Monday
        """
        d, period = self.doses, self.period
        for past in range(max(self.coach_week + 1, week - WEEKS + 1), week + 1):
            for one in self.coached:
                for minutes in one.minutes:
                    minutes[past % WEEKS] = 0.0
        self.coach_week = week
        for kind in (OPPORTUNITY, SKILL):
            self.sit_together(kind, week, float(d.session[period, kind]), left)
        for one in self.coached:
            self.take_in(one)
        for deal in self.deals:
            if deal.open and not deal.alive:
                self.find_sooner(deal, until)

    def sit_together(self, kind: int, week: int, minutes: float, left: list[float]) -> None:
        """Sessions of a kind, for each manager's reps in their order, beginning with the one who had to wait."""
        if minutes <= 0.0:
            return
        of_rep, first = self.managers.of_rep[self.period], [*self.waits[kind]]
        waiting = [True] * len(first)
        for again in (False, True):
            for rep, one in enumerate(self.coached):
                manager = int(of_rep[rep])
                if not self.active[rep] or manager < 0 or (rep < first[manager]) != again:
                    continue
                if rules.fits(minutes, left[manager]):
                    left[manager] -= minutes
                    one.minutes[kind][week % WEEKS] = minutes
                    self.tell_coaching(CODE["coached"], rep, kind)
                else:
                    self.tell_coaching(CODE["not_coached"], rep, kind)
                    if waiting[manager]:
                        waiting[manager], self.waits[kind][manager] = False, rep

    def tell_coaching(self, event: int, rep: int, kind: int) -> None:
        reason = int(self.doses.reasons[kind])
        self.deal_rows.append((NONE, self.env.now, event, NONE, rep, reason, BOTH))

    def take_in(self, one: Coached) -> None:
        """What the last weeks have brought a rep."""
        d, period = self.doses, self.period
        full = float(d.full[period])
        for kind, minutes in enumerate(one.minutes):
            one.doses[kind] = rules.dose(minutes[0] + minutes[1] + minutes[2] + minutes[3], full)
        growth, kept = float(d.growth[period]), float(d.kept[period])
        one.knows = rules.learned(one.knows, one.doses[SKILL], growth, kept)
        one.believes = float(d.correlation[period]) * one.doses[OPPORTUNITY]

    def find_sooner(self, deal: Deal, until: float) -> None:
        """A rep who has learned to look finds out sooner that a deal is gone."""
        faster = float(self.doses.found_faster[self.period]) * self.coached[deal.owner].doses[OPPORTUNITY]
        now = self.env.now
        if faster <= 0.0 or deal.found_at <= now:
            return
        deal.found_at = rules.found_sooner(now, until, deal.found_at, faster)
        if deal.found_at <= until:
            self.expect_word(deal, deal.found_at)

    def skill_of(self, deal: Deal, stage: int) -> float:
        """Skill of a deal's owner, with what coaching has brought him."""
        skill, period = self.skill[self.period][deal.owner], self.period
        if not self.doses.on:
            return skill
        one = self.coached[deal.owner]
        helped = self.help_logit[period][stage]
        return rules.coached_skill(skill, one.knows, self.known_logit[period], one.doses[OPPORTUNITY], helped)

    def place_of(self, deal: Deal, rep: int, place: int) -> int:
        """Place of a deal's task in a rep's line: within its stage by what he believes of the deal."""
        believes = self.coached[rep].believes
        belief = 0.0
        if believes > 0.0:
            merit, noise = self.merit
            belief = rules.believed(merit[deal.number], noise[deal.number], believes)
        return rules.reading_key(place, belief)
