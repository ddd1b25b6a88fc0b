"""Why does a deal stall? The likely cause is treated: `engine.curing` on records, and what managers see of deals."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes, lines
from funnelsim.engine.compiled.contact import want_touch
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.memory import OF_DEAL, QUESTION
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.reported import chance, discover, tell


@part
def is_listed(s, p, deal, seen):
    """Whether the report shows a deal, entries being late."""
    return not deal.hidden and rules.is_known(seen.known_from, p.entry_delay, s.now)


@part
def seen_stage(s, p, deal, seen):
    """The stage in which it does."""
    return deal.shown if rules.is_known(seen.moved, p.entry_delay, s.now) else seen.before


@part
def tell_managed(s, firm, told, number, event, manager, reason, view):
    """A row of a manager's hours, or of what he has none for."""
    row = told.deals[s.deal_rows]
    s.deal_rows += 1
    row.time, row.opportunity, row.event, row.stage = s.now, number, event, codes.NONE
    row.person, row.reason, row.view = firm.first_manager + manager, firm.manager_reasons[reason], view


@part
def has_minutes(s, firm, told, number, manager, minutes, reason, view):
    """Whether a manager has time for a deal, which is then spent; told when he has not."""
    if not rules.fits(minutes, s.minutes):
        tell_managed(s, firm, told, number, codes.NOT_REVIEWED, manager, reason, view)
        return False
    s.minutes = s.minutes - minutes
    return True


@rare
def diagnose(s, p, firm, world, agenda, told, manager, first, last):
    """Deals shown as stalled and not yet treated in this visit, the largest weighted value first."""
    for at in range(first, last):
        number = world.lists[at].number
        deal, seen = world.deals[number], world.managed[number]
        if seen.treated or seen.stalled < 0.0 or not is_listed(s, p, deal, seen):
            continue
        if not rules.is_known(seen.stalled, p.entry_delay, s.now):
            continue
        stage, untouched = seen_stage(s, p, deal, seen), s.now - deal.contact
        may_be_absent = firm.may_be_absent[s.period, stage]
        if not rules.is_plain(may_be_absent, untouched, p.neglect_after, deal.contact, seen.stalled):
            continue
        if not has_minutes(s, firm, told, number, manager, p.diagnosis_minutes, codes.DIAGNOSIS, codes.BOTH):
            continue
        tell_managed(s, firm, told, number, codes.REVIEWED, manager, codes.DIAGNOSIS, codes.BOTH)
        signals = len(firm.signal_reason)
        signal = seen.signal if seen.signal >= 0 else signals
        otherwise = firm.likely[s.period, stage, signal]
        seen.treated = 1
        seen.remedy = rules.likely_cause(otherwise, firm.absent, may_be_absent, untouched, p.neglect_after)
        task = lines.new_task(s, world, number, deal.lives, deal.stage, firm.remedy, p.remedy_hours)
        world.tasks[task].brings = deal.token
        lines.join(s, p, world, agenda, told, deal.owner, task)


@rare
def remedied(s, p, firm, luck, world, agenda, told, number):
    """The owner has done what goes with the likely cause; it helps where that is the cause."""
    deal, seen = world.deals[number], world.managed[number]
    cause = seen.remedy
    tell(s, told, deal, number, codes.REMEDIED, codes.NONE, firm.cause_reason[cause], codes.BOTH)
    if cause == len(firm.cause_reason) - 1:
        u = chance(s, luck, OF_DEAL, QUESTION, number, seen.questions)
        seen.questions += 1
        if not deal.alive and u < p.hard_question:
            discover(s, p, firm, luck, world, agenda, told, deal, number)
        return
    if cause == firm.absent:
        deal.absent = 0
        want_touch(s, p, agenda, deal, number)
    if deal.alive and cause == deal.stall and deal.has_begun and not deal.ready:
        hasten(s, p, agenda, deal, seen, number)


@part
def hasten(s, p, agenda, deal, seen, number):
    """What remains of the customer's delay becomes shorter."""
    due = rules.hastened(s.now, deal.buyer_free, p.matched_factor)
    deal.buyer_free = due
    about = deal.stage + (1 << 16) + (deal.token << 32)
    if seen.ready_at >= 0:  # the moment he had in mind is nobody's any more
        agenda.events[seen.ready_at].a = agenda.events[seen.ready_at].b = codes.NONE
    seen.ready_at = s.free_event
    if schedule(s, agenda, due, rules.tie_rank(rules.READY, number, codes.NONE), about, deal.retreats) < 0:
        seen.ready_at = codes.NONE
