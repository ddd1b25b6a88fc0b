"""Standards and seeing: `engine.seeing` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes, lines
from funnelsim.engine.compiled.contact import want_touch
from funnelsim.engine.compiled.jit import rare
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.reported import forget, tell_knowing
from funnelsim.engine.compiled.standards import (
    COLLISION,
    COLLISION_REP,
    REFUSED,
    REMINDER,
    chance_of,
)  # fmt: skip

# -- gates and activities --------------------------------------------------------------------


@rare
def lacks_evidence(s, p, firm, luck, agenda, told, deal, number):
    """Item by item from the first that was not there yet; whether one is missing, and will be asked for again."""
    asked, q = firm.standards, firm.standards.policy[s.period]
    here = asked.stages[s.period, deal.stage]
    if not here.gated:
        return False
    deal.absent = 0
    for at in range(here.first_item + deal.item, here.last_item):
        visit = rules.attempt_visit(deal.visit, deal.attempt)
        if rules.is_missing(chance_of(s, luck, asked.evidence[at].word, number, visit), q.missing_share):
            reason = asked.evidence[at].reason
            tell_knowing(s, told, deal, number, codes.EVIDENCE_MISSING, deal.stage, reason)
            deal.item = at - here.first_item
            deal.attempt += 1
            want_touch(s, p, agenda, deal, number)
            rank = rules.tie_rank(rules.GATE, number, codes.NONE)
            schedule(s, agenda, s.now + q.gate_repeat, rank, deal.token, codes.REPEAT)
            return True
    return False


@rare
def repeats(s, p, firm, luck, world, agenda, told, deal, number):
    """The owner does the activity again whose evidence was missing; whether there is anything to do."""
    here = firm.standards.stages[s.period, deal.stage]
    at = here.first_item + deal.item
    if not here.gated or at >= here.last_item:
        return False
    work = firm.standards.evidence[at].work
    if work < 0:
        return False
    hours = luck.values[deal.luck, firm.work[work].column]
    work_on(s, p, world, agenda, told, deal, number, deal.owner, firm.work[work].activity, hours)
    return True


@rare
def work_on(s, p, world, agenda, told, deal, number, rep, activity, hours):
    """Hours of a rep on a deal stand in his line."""
    at = lines.new_task(s, world, number, deal.lives, deal.stage, activity, hours)
    lines.join(s, p, world, agenda, told, rep, at)


@rare
def tell_skipped(s, told, deal, number, activity, hours):
    row = told.tasks[s.task_rows]
    s.task_rows += 1
    row.time, row.value, row.opportunity = s.now, hours, number
    row.stage, row.person, row.desk = deal.stage, deal.owner, deal.owner
    row.activity, row.reason, row.event = activity, codes.NONE, codes.TASK_SKIPPED


# -- new deals ---------------------------------------------------------------------------------


@rare
def welcome(s, p, firm, luck, world, agenda, told, deal, number):
    """What a new deal brings besides its work: registration, a file, a second rep who pursues it too."""
    q, side = firm.standards.policy[s.period], firm.standards.side
    deal.unregistered = q.must_register and not deal.hidden
    if q.files_hours > 0.0 and not deal.hidden:
        work_on(s, p, world, agenda, told, deal, number, deal.owner, side + 2, q.files_hours)
    unit = luck.customers[number].unit
    if q.collision_share <= 0.0 or unit < 0 or luck.customers[number].returns:
        return
    if not rules.may_collide(q.must_register, deal.hidden):
        return
    words = firm.standards.words
    row = len(world.territory_reps) - 1
    if p.routing == rules.BY_TERRITORY:
        row = firm.unit_territory[s.period, unit] + 1
    count = world.territory_reps[row, 0]
    if count > 1 and chance_of(s, luck, words[COLLISION], number, 0) < q.collision_share:
        mine = 0
        while world.territory_reps[row, 1 + mine] != deal.owner:
            mine += 1
        u = chance_of(s, luck, words[COLLISION_REP], number, 0)
        rep = world.territory_reps[row, 1 + rules.another(u, count, mine)]
        collide(s, p, firm, luck, world, agenda, told, deal, number, rep)


@rare
def collide(s, p, firm, luck, world, agenda, told, deal, number, rep):
    """A second rep works on the first stage as if nobody else did; nobody sees it."""
    row = told.deals[s.deal_rows]
    s.deal_rows += 1
    row.time, row.opportunity, row.event = s.now, number, codes.COLLIDED
    row.stage, row.person, row.reason, row.view = deal.stage, rep, codes.NONE, codes.TRUTH
    here = firm.stages[s.period, deal.stage]
    hours = 0.0
    for at in range(here.first_work, here.last_work):
        if firm.work[at].pool < 0:
            hours = hours + luck.values[deal.luck, firm.work[at].column]
    if hours > 0.0:
        work_on(s, p, world, agenda, told, deal, number, rep, firm.standards.side + 1, hours)


@rare
def register(s, p, firm, world, agenda, told, deal, number):
    """The owner registers a deal before any other work."""
    hours = firm.standards.policy[s.period].registration_hours
    if hours > 0.0:
        work_on(s, p, world, agenda, told, deal, number, deal.owner, firm.standards.side, hours)
    else:
        await_approval(s, firm, agenda, deal, number)


@rare
def await_approval(s, firm, agenda, deal, number):
    days = firm.standards.policy[s.period].approval_days
    rank = rules.tie_rank(rules.GATE, number, codes.NONE)
    schedule(s, agenda, s.now + days, rank, deal.token, codes.APPROVAL)


@rare
def is_approved(s, firm, luck, world, told, deal, number):
    """A registered deal is approved, or refused."""
    deal.unregistered = 0
    share = firm.standards.policy[s.period].refused_share
    if share > 0.0 and chance_of(s, luck, firm.standards.words[REFUSED], number, 0) < share:
        deal.alive = 0
        tell_knowing(s, told, deal, number, codes.LOST, deal.stage, firm.standards.refused)
        forget(world, deal)
        return False
    tell_knowing(s, told, deal, number, codes.REGISTERED, codes.NONE, codes.NONE)
    return True


# -- reminders -----------------------------------------------------------------------------------


@rare
def remind(s, p, firm, luck, world, agenda, told, deal, number, showing):
    """The deal stands where it stood: its owner, or a manager, is told."""
    q = firm.standards.policy[s.period]
    days = firm.standards.stages[s.period, deal.shown].reminder_days
    if not deal.open or deal.showing != showing or days >= codes.NEVER:
        return
    tell_knowing(s, told, deal, number, codes.REMINDED, deal.stage, codes.NONE)
    if q.reminder_manager:
        deal.flagged = 1
        return
    rep, week = world.reps[deal.owner], int(s.now / 7.0)
    rep.alerts = rep.alerts + 1 if rep.alert_week == week else 1
    rep.alert_week = week
    u = chance_of(s, luck, firm.standards.words[REMINDER], number, deal.reminders)
    deal.reminders += 1
    if u < rules.response_chance(q.reminder_response, rep.alerts, q.reminder_most):
        call_now(s, p, world, agenda, told, deal, number)


@rare
def call_now(s, p, world, agenda, told, deal, number):
    """The owner takes up contact as soon as he can, whatever kept him away."""
    deal.absent = 0
    if not deal.in_line:
        deal.touch_token += 1
        deal.asked = 1
        join_touch(s, p, world, agenda, told, deal, number)


@rare
def join_touch(s, p, world, agenda, told, deal, number):
    """A touch stands in the owner's line."""
    deal.touch_set = deal.in_line = 1
    work_on(s, p, world, agenda, told, deal, number, deal.owner, codes.TOUCH, p.touch_hours)
