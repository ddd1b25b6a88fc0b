"""A rep gives notice, hands over and is gone: `engine.parting` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes, lines
from funnelsim.engine.compiled.contact import want_touch
from funnelsim.engine.compiled.curing import is_listed, seen_stage
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.reported import close, discover, may_return, tell_knowing, tell_staff
from funnelsim.engine.compiled.standards import chance_of

# -- notice --------------------------------------------------------------------------------------


@rare
def give_notice(s, p, firm, luck, world, agenda, told, rep):
    """It is known that a rep will leave; by the protocol each deal on his list gets an interim owner."""
    q, known = firm.leaving.policy[s.period], world.parting
    known.leaving[rep] = 1
    tell_staff(s, told, codes.NOTICED, rep)
    known.listed[rep] = codes.NONE
    if q.rule != rules.PROTOCOL:
        return
    last = codes.NONE
    for other in range(len(known.load)):
        known.load[other] = world.open_deals[other]
    for number in range(len(world.deals)):
        deal = world.deals[number]
        if not deal.open or deal.owner != rep or not is_listed(s, p, deal, world.managed[number]):
            continue
        heir = world.reps[rep].heir
        if heir < 0 or not world.active[heir]:
            heir = rules.interim_owner(known.load, world.active, known.leaving, rep)
        if heir < 0 or _is_found_dead(s, p, firm, luck, world, agenda, told, deal, number, rep):
            continue
        known.load[heir] += 1
        handed = known.handed[number]
        _strike(known, number, rep)
        handed.heir, handed.lister, handed.following = heir, rep, codes.NONE
        handed.notices += 1
        if last >= 0:
            known.handed[last].following = number
        else:
            known.listed[rep] = number
        last = number
        third = firm.leaving.thirds[seen_stage(s, p, deal, world.managed[number])]
        handed.calls = rules.parts_of(third)
        if handed.calls > 0:
            _go_through(s, p, firm, world, agenda, told, deal, number, rep, third)
            _go_through(s, p, firm, world, agenda, told, deal, number, heir, third)


@rare
def _strike(known, number, rep):
    """A deal that came from somebody who is leaving, too, is taken off his list before it goes on another."""
    lister = known.handed[number].lister
    if lister < 0 or lister == rep:
        return
    if known.listed[lister] == number:
        known.listed[lister] = known.handed[number].following
    at = known.listed[lister]
    while at >= 0:
        if known.handed[at].following == number:
            known.handed[at].following = known.handed[number].following
        at = known.handed[at].following


@rare
def _is_found_dead(s, p, firm, luck, world, agenda, told, deal, number, rep):
    """The manager checks a deal with the successor: most of those that are dead are found out."""
    manager = firm.rep_manager[s.period, rep]
    if manager < 0:
        return False
    q, known = firm.leaving.policy[s.period], world.parting
    known.owed[manager] += q.check_minutes
    row = told.deals[s.deal_rows]
    s.deal_rows += 1
    row.time, row.opportunity, row.event, row.stage = s.now, number, codes.REVIEWED, codes.NONE
    row.person, row.reason, row.view = firm.first_manager + manager, firm.leaving.check_reason, codes.BOTH
    u = chance_of(s, luck, firm.leaving.words[0], number, known.handed[number].notices)
    if not rules.finds_dead(u, not deal.alive, q.dead_found):
        return False
    discover(s, p, firm, luck, world, agenda, told, deal, number)
    return True


@rare
def _go_through(s, p, firm, world, agenda, told, deal, number, rep, third):
    """A customer is visited or called, in hours of a rep's own."""
    q = firm.leaving.policy[s.period]
    hours = q.visit_hours if third == rules.LOWER else q.call_hours
    activity = firm.leaving.activity + rules.LOWER - third
    at = lines.new_task(s, world, number, deal.lives, deal.stage, activity, hours)
    world.tasks[at].brings = codes.HANDING - world.parting.handed[number].notices
    lines.join(s, p, world, agenda, told, rep, at)


@part
def has_told(world, task):
    """One of the two has done his part; with the last the deal is through."""
    if lines.is_wanted(world, task):
        handed = world.parting.handed[task.number]
        handed.calls -= 1
        if handed.calls == 0:
            handed.calls = rules.TOLD


# -- the upper third -----------------------------------------------------------------------------


@rare
def is_late(world, rep):
    """Whether customers of the upper third wait for the others."""
    handed, at = world.parting.handed, world.parting.listed[rep]
    while at >= 0:
        if handed[at].calls == rules.LATE and world.deals[at].open and world.deals[at].owner == rep:
            return True
        at = handed[at].following
    return False


@rare
def call_late(s, p, firm, world, agenda, told, rep):
    """On each day of the notice: once nobody is still to be visited or called, the upper third is called."""
    handed = world.parting.handed
    at = world.parting.listed[rep]
    while at >= 0:
        if handed[at].calls > 0 and world.deals[at].open and world.deals[at].owner == rep:
            return
        at = handed[at].following
    at = world.parting.listed[rep]
    while at >= 0:
        mine, deal = handed[at], world.deals[at]
        if mine.calls == rules.LATE and deal.open and deal.owner == rep:
            mine.calls = rules.ALONE
            _go_through(s, p, firm, world, agenda, told, deal, at, mine.heir, rules.UPPER)
        at = mine.following


# -- the last day ----------------------------------------------------------------------------------


@rare
def hand_over(s, p, firm, luck, world, agenda, told, rep):
    """The open deals of a rep who left go on with another; tasks move at full length, joining anew."""
    if s.tells:
        for number in range(len(world.deals)):
            deal, handed = world.deals[number], world.parting.handed[number]
            if deal.open and deal.owner == rep:
                handed.told = handed.calls == rules.TOLD
                handed.calls = rules.UNTOLD
    undone = lines.staff(s, p, firm, world, agenda, told, rep, codes.ZERO)
    chain = lines.leave_line(s, world, world.desks[rep], undone)
    while chain >= 0:  # last first, so that each deal's own chain is first first
        at, chain = chain, world.tasks[chain].right
        number = world.tasks[at].number
        if number >= 0 and world.deals[number].open and world.deals[number].owner == rep:
            world.tasks[at].right = world.deals[number].handed
            world.deals[number].handed = at
        else:
            lines.drop_task(s, world, at)
    waits = firm.leaving.policy[s.period].rule == rules.NO_HANDOVER
    for number in range(len(world.deals)):
        deal = world.deals[number]
        if not deal.open or deal.owner != rep:
            continue
        owner, is_told = rep, 0
        if not waits:
            owner = _new_owner(s, world, number, rep)
        if s.tells:
            world.parting.handed[number].heir = codes.NONE
            is_told = world.parting.handed[number].told
        if not deal.hidden:
            world.open_deals[rep] -= 1
            world.open_deals[owner] += 1
        deal.owner = owner
        if owner != rep:
            deal.absent = 0
            if s.tells:
                _remember_home(luck, world, number, rep)
            tell_knowing(s, told, deal, number, codes.OWNER_CHANGED, codes.NONE, codes.NONE)
        at = deal.handed
        deal.handed = codes.NONE
        if (
            (owner != rep or waits)
            and s.standards
            and leaves_with_rep(s, p, firm, luck, world, agenda, told, deal, number, is_told)
        ):
            while at >= 0:
                following = world.tasks[at].right
                lines.drop_task(s, world, at)
                at = following
            continue
        while at >= 0:
            following = world.tasks[at].right
            lines.join(s, p, world, agenda, told, owner, at)
            at = following
        want_touch(s, p, agenda, deal, number)


@part
def _remember_home(luck, world, number, rep):
    """A deal goes back to its seat one day, where somebody else will sit in it."""
    known = world.parting
    if known.handed[number].home < 0 and luck.occupants.spells[known.seated[rep]].followed:
        known.handed[number].home = rep


@part
def _new_owner(s, world, number, rep):
    """Who was named for a deal, else the leaver's successor, else whoever has the fewest."""
    if s.tells:
        heir = world.parting.handed[number].heir
        if heir >= 0 and world.active[heir]:
            return heir
    heir = world.reps[rep].heir
    if heir >= 0 and world.active[heir]:
        return heir
    owner = rules.least_loaded(world.open_deals, world.active)
    return owner if owner >= 0 else rep  # nobody is left: the deal stays where it is, and waits


@rare
def leaves_with_rep(s, p, firm, luck, world, agenda, told, deal, number, is_told):
    """Whether a deal is lost by being handed over."""
    if not deal.alive:
        return False
    times = deal.handovers
    deal.handovers += 1
    here = firm.standards.stages[s.period, deal.stage]
    if here.left_chance <= 0.0:
        return False
    base = firm.leaving.chances[s.period, deal.stage]
    ties = ties_of(s, firm, world, deal, number)
    chance = rules.departure_chance(base.assigned, base.told, is_told, ties)
    if not rules.leaves_with_rep(chance_of(s, luck, here.handover_word, number, times), chance):
        return False
    deal.alive = 0
    close(s, told, world, deal, number, codes.LOST, deal.stage, firm.standards.left)
    may_return(s, p, firm, luck, agenda, deal, number)
    return True


@rare
def ties_of(s, firm, world, deal, number):
    """How close a customer is to people of the pools: those who have helped in a stage that lies behind."""
    ties = 0.0
    for pool in range(firm.leaving.ties.shape[1]):
        close_to = firm.leaving.ties[s.period, pool]
        if close_to > 0.0 and _has_helped(s, firm, world, deal, number, pool + len(world.reps)):
            ties = ties + close_to
    return ties


@part
def _has_helped(s, firm, world, deal, number, desk):
    for stage in range(world.visits.shape[1]):
        if stage == deal.stage or world.visits[number, stage] == 0:
            continue
        here = firm.stages[s.period, stage]
        for at in range(here.first_work, here.last_work):
            item = firm.work[at]
            if item.pool == desk and rules.wants_specialist(item.when, deal.listed, item.over):
                return True
    return False


# -- somebody new ------------------------------------------------------------------------------------


@rare
def sit_down(s, luck, world, rep):
    """Somebody new sits in a seat, with a skill of his own."""
    number = world.parting.seated[rep]
    for period in range(len(luck.skill)):
        luck.skill[period, rep] = luck.occupants.skill[period, number]


@rare
def take_back(s, world, told, rep, number):
    """Who is new is at full speed: the seat's deals are his. What waits in a line is done by whom it waits for."""
    if not world.active[rep] or world.parting.seated[rep] != number:
        return
    tell_staff(s, told, codes.RAMPED, rep)
    for opportunity in range(len(world.parting.handed)):
        deal, handed = world.deals[opportunity], world.parting.handed[opportunity]
        if not deal.open or handed.home != rep:
            continue
        handed.home = codes.NONE
        if deal.owner == rep:
            continue
        if not deal.hidden:
            world.open_deals[deal.owner] -= 1
            world.open_deals[rep] += 1
        deal.owner = rep
        handed.calls, handed.heir = rules.UNTOLD, codes.NONE
        tell_knowing(s, told, deal, opportunity, codes.OWNER_CHANGED, codes.NONE, codes.NONE)
