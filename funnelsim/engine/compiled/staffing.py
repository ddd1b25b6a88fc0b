"""Reps look for customers, come and go; the company changes on its dates: `engine.staffing` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes, lines, parting
from funnelsim.engine.compiled.coaching import begin_anew
from funnelsim.engine.compiled.contact import charge_neglect, fear_neglect, want_touch
from funnelsim.engine.compiled.jit import rare
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.reported import reprice, tell_staff


@rare
def who_is_where(s, firm, world):
    """The reps who are there: of each territory (the first row those of none), and all, in the last row."""
    where = world.territory_reps
    everywhere = len(where) - 1
    where[:, 0] = 0
    for rep in range(len(world.reps)):
        if world.active[rep]:
            for row in (firm.rep_territory[s.period, rep] + 1, everywhere):
                where[row, 0] += 1
                where[row, where[row, 0]] = rep


@rare
def begin(s, p, firm, luck, world, agenda, told):
    """What stands in the calendar before anything happens."""
    who_is_where(s, firm, world)
    reps = len(world.reps)
    for number in range(len(world.desks)):
        size = firm.pool_people[0, number] if number >= reps else int(world.active[number])
        lines.staff(s, p, firm, world, agenda, told, number, size)
    next_customer(s, luck, agenda)
    next_change(s, firm, agenda)
    if s.manages and len(firm.manager_days) > 0:
        rank = rules.tie_rank(rules.MANAGER, codes.NONE, codes.NONE)
        schedule(s, agenda, firm.manager_days[0], rank, codes.ZERO, codes.ZERO)
    for rep in range(reps):
        if world.active[rep]:
            stay(s, luck, world, agenda, rep)
        else:
            comes = luck.occupants.spells[world.parting.seated[rep]].comes
            rank = rules.tie_rank(rules.STAFFING, codes.NONE, rep)
            schedule(s, agenda, comes, rank, codes.COMES_OR_GOES, codes.ZERO)
        if len(firm.slot_days) > 0:
            rank = rules.tie_rank(rules.PROSPECTING_DUE, codes.NONE, rep)
            schedule(s, agenda, firm.slot_days[0], rank, codes.ZERO, codes.ZERO)


@rare
def next_customer(s, luck, agenda):
    """The market sends its next customer."""
    if s.next_birth < len(luck.births):
        number = luck.births[s.next_birth]
        rank = rules.tie_rank(rules.ARRIVAL, number, codes.NONE)
        schedule(s, agenda, luck.arrival[number], rank, codes.MARKET, codes.ZERO)
        s.next_birth += 1


@rare
def next_change(s, firm, agenda):
    period = s.period + 1
    if period % firm.dated != 0:
        rank = rules.tie_rank(rules.INTERVENTION, codes.NONE, period % firm.dated)
        schedule(s, agenda, firm.policy[period].begins, rank, codes.ZERO, codes.ZERO)


@rare
def change(s, firm, luck, world, agenda, told, step):
    """The company becomes that of a later period: the past is charged, timers are set and pools staffed anew."""
    p = firm.policy[s.period]
    for at in range(s.born):
        deal = world.deals[world.born[at].number]
        if deal.alive:
            charge_neglect(s, p, deal)
    s.period += step
    p = firm.policy[s.period]
    who_is_where(s, firm, world)
    for at in range(s.born):
        number = world.born[at].number
        world.deals[number].quality = luck.quality[s.period, number]
        if world.deals[number].alive:
            reprice(s, p, told, world.deals[number], number)
        fear_neglect(s, p, agenda, world.deals[number], number)
        want_touch(s, p, agenda, world.deals[number], number)
    for number in range(len(world.reps), len(world.desks)):
        at = lines.staff(s, p, firm, world, agenda, told, number, firm.pool_people[s.period, number])
        while at >= 0:
            following = world.tasks[at].right
            lines.join(s, p, world, agenda, told, number, at)
            at = following


@rare
def attend(s, p, firm, luck, world, agenda, told, rep, what, number):
    """A seat is taken, noticed, left, or its deals are taken back."""
    if what == codes.TAKES_BACK:
        parting.take_back(s, world, told, rep, number)
    elif what == codes.COMES_OR_GOES:
        come_or_go(s, p, firm, luck, world, agenda, told, rep)
    else:
        if what == codes.GIVES_NOTICE:
            parting.give_notice(s, p, firm, luck, world, agenda, told, rep)
        else:
            parting.call_late(s, p, firm, world, agenda, told, rep)
        rank = rules.tie_rank(rules.STAFFING, codes.NONE, rep)
        leaves = luck.occupants.spells[world.parting.seated[rep]].leaves
        if parting.is_late(world, rep) and s.now + 1.0 < leaves:
            schedule(s, agenda, s.now + 1.0, rank, codes.CALLS_LATE, codes.ZERO)
        else:
            schedule(s, agenda, max(s.now, leaves), rank, codes.COMES_OR_GOES, codes.ZERO)


@rare
def stay(s, luck, world, agenda, rep):
    """Who sits in a seat gives notice one day, or leaves."""
    spell = luck.occupants.spells[world.parting.seated[rep]]
    rank = rules.tie_rank(rules.STAFFING, codes.NONE, rep)
    if s.tells:
        schedule(s, agenda, max(s.now, spell.notice), rank, codes.GIVES_NOTICE, codes.ZERO)
    else:
        schedule(s, agenda, max(s.now, spell.leaves), rank, codes.COMES_OR_GOES, codes.ZERO)


@rare
def come_or_go(s, p, firm, luck, world, agenda, told, rep):
    """A rep comes, or leaves."""
    world.active[rep] = not world.active[rep]
    who_is_where(s, firm, world)
    rank, known = rules.tie_rank(rules.STAFFING, codes.NONE, rep), world.parting
    if world.active[rep]:
        if s.coaches:
            begin_anew(world, rep)
        tell_staff(s, told, codes.HIRED, rep)
        parting.sit_down(s, luck, world, rep)
        lines.staff(s, p, firm, world, agenda, told, rep, codes.ONE)
        number = known.seated[rep]
        schedule(s, agenda, luck.occupants.spells[number].ramped, rank, codes.TAKES_BACK, number)
        stay(s, luck, world, agenda, rep)
        return
    known.leaving[rep] = 0
    tell_staff(s, told, codes.LEFT, rep)
    parting.hand_over(s, p, firm, luck, world, agenda, told, rep)
    if known.seated[rep] + 1 < luck.occupants.first[rep + 1]:
        known.seated[rep] += 1
        comes = max(s.now, luck.occupants.spells[known.seated[rep]].comes)
        schedule(s, agenda, comes, rank, codes.COMES_OR_GOES, codes.ZERO)


@rare
def look_for_customers(s, p, firm, world, agenda, told, rep, slot):
    """Prospecting falls due; what was not begun by then is void."""
    here = world.reps[rep]
    if here.prospecting >= 0:
        task = world.tasks[here.prospecting]
        if not task.begun:
            task.void = 1
        here.prospecting = codes.NONE
    if world.active[rep]:
        at = lines.new_task(
            s, world, codes.NONE, codes.ZERO, codes.NONE, codes.PROSPECTING, firm.slot_hours[slot]
        )
        slots = len(firm.slot_days)
        world.tasks[at].brings = len(world.deals) + (rep - len(world.reps)) * slots + slot
        here.prospecting = at
        lines.join(s, p, world, agenda, told, rep, at)
    if slot + 1 < len(firm.slot_days):
        rank = rules.tie_rank(rules.PROSPECTING_DUE, codes.NONE, rep)
        schedule(s, agenda, firm.slot_days[slot + 1], rank, slot + 1, codes.ZERO)
