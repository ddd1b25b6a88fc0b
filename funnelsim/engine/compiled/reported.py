"""From stage to stage and to an end, in truth and in report: `engine.reported` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes
from funnelsim.engine.compiled.contact import want_touch
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.memory import BLOCK, ERROR, REVIVE, SIGNAL, SILENT
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.philox import uniform
from funnelsim.engine.compiled.standards import knows_customer


@part
def tell(s, told, deal, number, event, stage, reason, view):
    """A row of the log of deals."""
    row = told.deals[s.deal_rows]
    s.deal_rows += 1
    row.time, row.opportunity, row.event = s.now, number, event
    row.stage, row.person, row.reason, row.view = stage, deal.owner, reason, view


@part
def tell_staff(s, told, event, rep):
    row = told.deals[s.deal_rows]
    s.deal_rows += 1
    row.time, row.opportunity, row.event = s.now, codes.NONE, event
    row.stage, row.person, row.reason, row.view = codes.NONE, rep, codes.NONE, codes.BOTH


@part
def tell_knowing(s, told, deal, number, event, stage, reason):
    """What both views know, the report only when it knows the deal, and in the stage it believes in."""
    if deal.hidden or (stage != codes.NONE and deal.shown != stage):
        tell(s, told, deal, number, event, stage, reason, codes.TRUTH)
        if not deal.hidden:
            tell(s, told, deal, number, event, deal.shown, reason, codes.REPORT)
    else:
        tell(s, told, deal, number, event, stage, reason, codes.BOTH)


@part
def chance(s, luck, what, place, number, visit):
    """The uniform of a name of luck, of a deal and its visit; `place` is a stage, or which of a deal's own."""
    who = luck.customers[number]
    return uniform(s.seed, s.replication, luck.words[what, place], who.origin, who.ordinal, visit)


@part
def place(s, p, luck, world, deal, number, stage):
    """One more visit to a stage: where the deal is, where its buyer is, where the report shows it."""
    deal.stage, deal.stuck = stage, 0
    visit = world.visits[number, stage]
    world.visits[number, stage] = visit + 1
    deal.visit = visit
    deal.luck = luck.base[visit, number // BLOCK] + number % BLOCK
    deal.token += 1
    if p.wait_for_buyer:
        deal.buyer_stage = stage
    shown = stage
    if not s.shows_truth and not (p.gated >> stage) & 1:
        error = 0
        if p.entry_error > 0.0:
            error = rules.entry_error(chance(s, luck, ERROR, stage, number, visit), p.entry_error)
        shown = rules.shown_stage(stage, deal.inflation, error, world.visits.shape[1])
    if s.manages:
        seen = world.managed[number]
        if shown != deal.shown:
            seen.before = deal.shown
            seen.moved = s.now
        seen.stalled = -1.0
        seen.treated = 0
        seen.signal = seen.ready_at = codes.NONE
    deal.shown = shown


@part
def enter(s, p, luck, world, told, deal, number, stage):
    """The deal is in a stage; the report shows it where it believes it to be."""
    place(s, p, luck, world, deal, number, stage)
    tell_knowing(s, told, deal, number, codes.ENTERED, stage, codes.NONE)


@part
def move(s, p, luck, world, told, deal, number, event, to):
    """The deal leaves its stage for another; the report tells what it sees of that."""
    stage, shown = deal.stage, deal.shown
    place(s, p, luck, world, deal, number, to)
    seen = deal.shown
    if not deal.hidden and shown == stage and seen == to:
        tell(s, told, deal, number, event, stage, codes.NONE, codes.BOTH)
        tell(s, told, deal, number, codes.ENTERED, to, codes.NONE, codes.BOTH)
        return
    tell(s, told, deal, number, event, stage, codes.NONE, codes.TRUTH)
    tell(s, told, deal, number, codes.ENTERED, to, codes.NONE, codes.TRUTH)
    if not deal.hidden and seen != shown:
        step = codes.ADVANCED if seen > shown else codes.REGRESSED
        tell(s, told, deal, number, step, shown, codes.NONE, codes.REPORT)
        tell(s, told, deal, number, codes.ENTERED, seen, codes.NONE, codes.REPORT)


@rare
def reprice(s, p, told, deal, number):
    """A deal that lives is asked today's price."""
    amount = rules.priced(deal.listed, p.price_kept)
    if amount != deal.amount:
        deal.amount = amount
        tell_knowing(s, told, deal, number, codes.AMOUNT_CHANGED, codes.NONE, codes.NONE)


@rare
def show_stall(s, firm, luck, world, told, deal, number, stage, visit, cause):
    """The report shows a deal as stalled, with the signal of its cause where one is seen."""
    if deal.hidden:
        return
    deal.stuck = 1
    seen, reason = len(firm.signal_reason), codes.NONE
    if seen > 0:
        u = chance(s, luck, SIGNAL, stage, number, visit)
        seen = rules.which(u, firm.signal_edges[s.period, cause])
    if seen < len(firm.signal_reason) and not knows_customer(s, firm, luck, number, stage, visit):
        seen = len(firm.signal_reason)
    if seen < len(firm.signal_reason):
        reason = firm.signal_reason[seen]
    if s.manages:
        world.managed[number].stalled = s.now
        world.managed[number].signal = seen if seen < len(firm.signal_reason) else codes.NONE
    tell(s, told, deal, number, codes.STALLED, deal.shown, reason, codes.REPORT)


@rare
def close(s, told, world, deal, number, event, stage, reason):
    """Both views close the deal; a hidden one that is won comes as a surprise."""
    if deal.hidden:
        tell(s, told, deal, number, event, stage, reason, codes.TRUTH)
        if event == codes.WON:
            tell(s, told, deal, number, codes.CREATED, codes.NONE, codes.NONE, codes.REPORT)
            tell(s, told, deal, number, codes.REGISTERED, codes.NONE, codes.NONE, codes.REPORT)
            tell(s, told, deal, number, codes.ENTERED, stage, codes.NONE, codes.REPORT)
            tell(s, told, deal, number, codes.WON, stage, codes.NONE, codes.REPORT)
    elif deal.shown == stage:
        tell(s, told, deal, number, event, stage, reason, codes.BOTH)
    else:
        tell(s, told, deal, number, event, stage, reason, codes.TRUTH)
        tell(s, told, deal, number, event, deal.shown, reason, codes.REPORT)
    forget(world, deal)


@part
def forget(world, deal):
    """The rep has done with a deal."""
    deal.open = 0
    if not deal.hidden:
        world.open_deals[deal.owner] -= 1


@part
def may_return(s, p, firm, luck, agenda, deal, number):
    """A deal was closed without an order; some come back after a while."""
    if p.revive_share > 0.0 and chance(s, luck, REVIVE, deal.stage, number, deal.visit) < p.revive_share:
        days = luck.values[deal.luck, firm.revive[s.period, deal.stage]]
        rank = rules.tie_rank(rules.ARRIVAL, number, codes.NONE)
        schedule(s, agenda, s.now + days, rank, codes.REOPEN, codes.ZERO)


@rare
def end(s, p, firm, luck, world, agenda, told, deal, number, event, reason):
    """The customer has gone or has given up; not every end is noticed."""
    deal.alive = 0
    stage = deal.stage
    share = firm.stages[s.period, stage].silent_share
    if share > 0.0 and chance(s, luck, SILENT, stage, number, deal.visit) < share:
        tell(s, told, deal, number, codes.DIED, stage, reason, codes.TRUTH)
        tell(s, told, deal, number, event, stage, reason, codes.TRUTH)
        show_stall(s, firm, luck, world, told, deal, number, stage, deal.visit, len(firm.cause_reason) - 1)
        after = luck.values[deal.luck, firm.discovery[stage]] * p.discovery_days
        deal.end_event, deal.end_reason = event, reason
        if s.coaches:
            world.coaching.deals[number].found_at = s.now + after
        rank = rules.tie_rank(rules.DISCOVERY, number, codes.NONE)
        schedule(s, agenda, s.now + after, rank, codes.IS_DISCOVERED, deal.lives)
        want_touch(s, p, agenda, deal, number)
    else:
        close(s, told, world, deal, number, event, stage, reason)
        may_return(s, p, firm, luck, agenda, deal, number)


@rare
def discover(s, p, firm, luck, world, agenda, told, deal, number):
    """Somebody finds out that a deal is gone."""
    tell_knowing(s, told, deal, number, codes.DISCOVERED, deal.stage, codes.NONE)
    if not deal.hidden:
        tell(s, told, deal, number, deal.end_event, deal.shown, deal.end_reason, codes.REPORT)
    forget(world, deal)
    may_return(s, p, firm, luck, agenda, deal, number)
