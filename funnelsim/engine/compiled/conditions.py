"""Every Monday the reported funnel is looked at: `engine.conditions` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes, staffing
from funnelsim.engine.compiled.jit import rare
from funnelsim.engine.compiled.moments import schedule


@rare
def watch(s, firm, world, agenda, day):
    """The next Monday on which the funnel is looked at, while there is something left that may come true."""
    for at in range(len(firm.whens)):
        if world.met[at] > s.now:
            rank = rules.tie_rank(rules.INTERVENTION, codes.NONE, rules.WATCH)
            schedule(s, agenda, day, rank, codes.ZERO, codes.ZERO)
            return


@rare
def look(s, firm, luck, world, agenda, told):
    """All conditions are looked at as the funnel stands; what has come true changes the company at once."""
    step = codes.ZERO
    for at in range(len(firm.whens)):
        when = firm.whens[at]
        if world.met[at] <= s.now or when.since > s.now:
            continue
        if rules.is_met(seen(s, firm, world, when.measure), when.limit, when.above != 0):
            world.met[at] = s.now
            step += firm.dated << at
            row = told.deals[s.deal_rows]
            s.deal_rows += 1
            row.time, row.opportunity, row.event = s.now, codes.NONE, codes.CONDITION_MET
            row.stage, row.person, row.reason, row.view = codes.NONE, codes.NONE, when.reason, codes.BOTH
    if step > 0:
        staffing.change(s, firm, luck, world, agenda, told, step)
    watch(s, firm, world, agenda, s.now + 7.0)


@rare
def seen(s, firm, world, measure):
    """A measure of the funnel as the report shows it now."""
    shown, stuck, total = 0, 0, 0.0
    for at in range(s.born):
        deal = world.deals[world.born[at].number]
        if deal.open and not deal.hidden:
            shown += 1
            stuck += deal.stuck
            total = total + deal.amount * firm.stages[s.period, deal.shown].weight
    if measure == rules.OPEN_DEALS:
        return float(shown)
    if measure == rules.STALLED_SHARE:
        return stuck / shown if shown > 0 else 0.0
    return total
