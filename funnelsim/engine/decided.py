"""Who gets a new deal, what it counts in a line, and who helps it."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.deal import Deal
from funnelsim.engine.lists import Lists


class Decided(Lists):
    """The part of a company that routes deals, scores them and sees who joins."""

    turn: int
    """Whose turn it was to get a new deal, -1 before the first."""

    def whose_turn(self, routing: int) -> int:
        """The rep whom the rule for all reps names; the first where nobody is there."""
        if routing == rules.BY_LOAD:
            rep = rules.least_loaded(self.open_deals, self.active)
        elif routing == rules.BY_SKILL:
            rep = rules.most_skilled(self.skill[self.period], self.open_deals, self.active)
        else:
            rep = rules.next_in_turn(self.turn, self.active)
            self.turn = rep
        return max(0, rep)

    def points(self, deal: Deal) -> int:
        """The score of a deal that has just come."""
        score, period = self.tables.deciding, self.period
        large = int(score.large_points[period]) if deal.listed >= self.large_amount[period] else 0
        source, unit = self.source[deal.number], self.draws.unit[deal.number]
        return rules.points(
            large, int(score.source_points[period, source]), int(score.unit_points[period, unit])
        )

    def helped(self, deal: Deal, stage: int) -> float:
        """What the specialists who will work on a visit add to its odds, in logit."""
        odds, period = 0.0, self.period
        for work, _, _, when, over in self.tasks[period][stage]:
            if rules.wants_specialist(when, deal.listed, over):
                odds = odds + self.work_logit[work]
        return odds
