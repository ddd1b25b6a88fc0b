"""Every Monday the reported funnel is looked at; once a condition is true, its change holds for good."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.staffing import Process, Staffing
from funnelsim.history.log import BOTH, CODE, NONE


class Conditions(Staffing):
    """The part of a company that changes once something is seen."""

    def watching(self) -> Process:
        """Mondays, until all conditions have come true."""
        day = self.tables.whens.first_monday
        while float("inf") in self.met:
            moment = self.at(day, rules.tie_rank(rules.INTERVENTION, NONE, rules.WATCH))
            if moment is None:
                return
            yield moment
            self.look()
            day += 7.0

    def look(self) -> None:
        """All conditions are looked at as the funnel stands; what has come true changes the company at once."""
        whens, now, step = self.tables.whens, self.env.now, 0
        for at, met in enumerate(self.met):
            if met <= now or whens.since[at] > now:
                continue
            if rules.is_met(self.seen(int(whens.measure[at])), float(whens.limit[at]), bool(whens.above[at])):
                self.met[at] = now
                step += self.tables.period_start.size << at
                row = (NONE, now, CODE["condition_met"], NONE, NONE, int(whens.reason[at]), BOTH)
                self.deal_rows.append(row)
        if step:
            self.change(self.period + step)

    def seen(self, measure: int) -> float:
        """A measure of the funnel as the report shows it now."""
        shown = [deal for deal in self.deals if deal.open and not deal.hidden]
        if measure == rules.OPEN_DEALS:
            return float(len(shown))
        if measure == rules.STALLED_SHARE:
            return sum(deal.stuck for deal in shown) / len(shown) if shown else 0.0
        weight, total = self.tables.whens.weight[self.period].tolist(), 0.0
        for deal in shown:
            total = total + deal.amount * weight[deal.shown]
        return total
