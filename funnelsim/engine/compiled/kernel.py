"""The compiled engine: what follows what, on a calendar of its own. It tells the moments of `engine.reference`.

Nothing here decides and nothing is drawn; both stand where the reference engine has them. One loop, one
moment a turn; between two moments all that is known lies in the arrays, so the loop may stop there for
more room or for luck that has not been drawn yet, and go on.

The arguments are the same everywhere: `s` the state, `p` the policy of the period, `firm` what the scenario
says, `luck` what was drawn, `world` what is, `agenda` what is to come, `told` the rows.
"""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import (
    codes,
    conditions,
    curing,
    life,
    lines,
    parting,
    reviewing,
    seeing,
    staffing,
)
from funnelsim.engine.compiled.contact import charge_neglect, fear_neglect, want_touch
from funnelsim.engine.compiled.held import held
from funnelsim.engine.compiled.jit import rare, whole
from funnelsim.engine.compiled.memory import BLOCK
from funnelsim.engine.compiled.moments import is_more, kind_of, number_of, person_of, schedule, take
from funnelsim.engine.compiled.reported import discover, end, show_stall, tell
from funnelsim.engine.compiled.returning import whose
from funnelsim.engine.compiled.standards import is_side

DONE, MORE_ROWS, MORE_ROOM, MORE_VISITS, MORE_LIVES = range(5)
"""Why the loop stops: the run is over, or it wants something and goes on when it has it."""

NOTHING, BEGIN, WORK = range(3)  # what follows a moment in the life of its deal


@rare
def wants_luck(s, firm, luck, world, deal, number, kind):
    """Whether a gate or a return may want luck that is not drawn: 0, or what the loop stops for."""
    low = high = deal.stage
    if kind == rules.GATE:
        low, high = deal.stage + 1, deal.stage + 2
        if deal.stage > 0 and firm.ending_edges[s.period, deal.stage, 0] > 0.0:
            low = deal.stage - 1
    elif s.minds_neglect and deal.lives >= len(luck.patience):
        s.asked_life = deal.lives
        return MORE_LIVES
    for stage in range(low, min(high + 1, world.visits.shape[1])):
        visit = world.visits[number, stage]
        if visit == 0 or (kind == rules.GATE and stage == deal.stage):
            continue
        if visit >= len(luck.base) or luck.base[visit, number // BLOCK] < 0:
            s.asked_visit, s.asked_block = visit, number // BLOCK
            return MORE_VISITS
    return DONE


@rare
def wants_room(s, world, agenda, told, kind, person):
    """Whether all that may come of the next moment has room: 0, or what the loop stops for."""
    deals, tasks, moments, joining = 16, 16 + s.most_skipped, 16, 16
    if kind <= rules.STAFFING:
        deals = tasks = moments = 64 + 4 * s.born + 2 * s.standing + 2 * len(world.people)
        joining = 16 + 2 * s.born * s.tells
    elif kind == rules.MANAGER and person < 0:
        reps = 4 * len(world.reps)
        deals, tasks, moments = 16 + 8 * s.watched + reps, 16 + s.watched, 16 + 5 * s.watched + reps
        joining = 16 + s.watched
    elif kind == rules.TASK_START:
        tasks, moments = 16 + world.desks[person].free, 16 + s.standing
    if s.deal_rows + deals > len(told.deals) or s.task_rows + tasks > len(told.tasks):
        s.asked = max(deals, tasks)
        return MORE_ROWS
    if s.waiting + moments > len(agenda.events) or s.standing + joining > len(world.tasks):
        s.asked = moments
        return MORE_ROOM
    return DONE


@whole
def go_on(state, firm, luck, world, agenda, told):
    """Run until it is over or something is wanted; says which. The arrays are those of `memory`."""
    return _go_on(state[0], held(firm), held(luck), held(world), held(agenda), held(told))


@rare
def _go_on(s, firm, luck, world, agenda, told):
    if not s.begun:  # it may stop for room before its first moment
        s.begun = 1
        staffing.begin(s, firm.policy[0], firm, luck, world, agenda, told)
        conditions.watch(s, firm, world, agenda, firm.first_monday)

    while is_more(s, luck, world, agenda):
        rank, seq = agenda.turns[0].rank, agenda.turns[0].seq
        kind, number, person = kind_of(rank), number_of(rank), person_of(rank)
        wanted = wants_room(s, world, agenda, told, kind, person)
        if wanted == DONE and (
            kind == rules.GATE
            or (kind == rules.ARRIVAL and agenda.events[agenda.turns[0].event].a == codes.REOPEN)
        ):
            wanted = wants_luck(s, firm, luck, world, world.deals[number], number, kind)
        if wanted != DONE:
            return wanted

        s.now = agenda.turns[0].time
        s.moments += 1
        event = agenda.events[take(s, agenda)]
        a, b = event.a, event.b
        p = firm.policy[s.period]
        step = NOTHING

        if kind == rules.TASK_END:
            task = world.tasks[a]
            if task.end != seq:  # broken off in the meantime
                continue
            desk = world.desks[task.desk]
            lines.tell_task(s, told, task, codes.ENDED, person, codes.NONE)
            world.people[person].task = codes.NONE
            lines.free_up(desk, world.people, person)
            lines.offer(s, agenda, desk, task.desk)
            if number < 0:
                found = rules.tie_rank(rules.ARRIVAL, task.brings, codes.NONE)
                schedule(s, agenda, s.now, found, codes.FOUND, task.desk)
            elif task.activity == codes.TOUCH:
                deal = world.deals[number]
                lines.tell_task(s, told, task, codes.TOUCHED, deal.owner, codes.NONE)
                if task.life == deal.lives:
                    deal.touch_set = deal.in_line = deal.asked = 0
                    want_touch(s, p, agenda, deal, number)
            elif task.brings <= codes.HANDING:
                parting.has_told(world, task)
            elif task.brings >= 0:
                if lines.is_wanted(world, task):
                    curing.remedied(s, p, firm, luck, world, agenda, told, number)
            elif world.deals[number].alive and task.life == world.deals[number].lives:
                if not is_side(firm, task):
                    step = WORK
                    world.deals[number].worked = s.now
                    if s.manages:
                        world.managed[number].progress = s.now
                elif task.activity == firm.standards.side:
                    seeing.await_approval(s, firm, agenda, world.deals[number], number)
            lines.drop_task(s, world, a)

        elif kind == rules.TASK_START:
            lines.start_tasks(s, p, firm, world, agenda, told, world.desks[person])

        elif kind == rules.READY:
            if life.is_ready(s, world, told, world.deals[number], number, a, b):
                life.to_the_gate(s, agenda, world.deals[number], number)

        elif kind == rules.GATE:
            deal = world.deals[number]
            if deal.alive and deal.token == a:
                if b == codes.REPEAT:
                    if not seeing.repeats(s, p, firm, luck, world, agenda, told, deal, number):
                        step = WORK
                elif b == codes.APPROVAL:
                    if seeing.is_approved(s, firm, luck, world, told, deal, number):
                        step = WORK
                elif not (
                    s.standards and seeing.lacks_evidence(s, p, firm, luck, agenda, told, deal, number)
                ) and life.pass_gate(s, p, firm, luck, world, agenda, told, deal, number):
                    step = BEGIN

        elif kind == rules.TOUCH_DUE:
            deal = world.deals[number]
            if person >= 0:
                seeing.remind(s, p, firm, luck, world, agenda, told, deal, number, a)
            elif deal.lives == a and deal.touch_token == b:
                deal.touch_set = 0
                if deal.open and not deal.absent:
                    if deal.contact + p.touch_every > s.now:
                        want_touch(s, p, agenda, deal, number)
                    else:
                        seeing.join_touch(s, p, world, agenda, told, deal, number)

        elif kind == rules.NEGLECT:
            deal = world.deals[number]
            if deal.alive and deal.neglect == seq:
                if deal.contact == deal.feared_contact and deal.charged == deal.feared_charged:
                    end(s, p, firm, luck, world, agenda, told, deal, number, codes.LOST, firm.neglect)
                else:
                    charge_neglect(s, p, deal)
                    fear_neglect(s, p, agenda, deal, number)

        elif kind == rules.DISCOVERY:
            deal = world.deals[number]
            if a == codes.IS_PAID:
                tell(s, told, deal, number, codes.PAID, codes.NONE, codes.NONE, codes.BOTH)
            elif a == codes.IS_DISCOVERED:
                if deal.open and deal.lives == b:
                    discover(s, p, firm, luck, world, agenda, told, deal, number)
            elif deal.alive and deal.retreats == b and deal.buyer_stage <= a & 0xFFFF:
                show_stall(s, firm, luck, world, told, deal, number, a & 0xFFFF, a >> 32, (a >> 16) & 0xFFFF)

        elif kind == rules.ARRIVAL:
            deal = world.deals[number]
            if a == codes.REOPEN:
                life.reopen(s, p, luck, world, agenda, told, deal, number)
            else:
                owner = b
                if a == codes.MARKET:
                    owner = life.route(s, p, firm, luck, world, number)
                    staffing.next_customer(s, luck, agenda)
                elif a == codes.AGAIN:
                    owner = whose(world, owner)
                life.open_deal(s, p, firm, luck, world, agenda, told, deal, number, owner)
            life.arrive(s, p, firm, luck, world, agenda, told, deal, number)
            if s.standards and a != codes.REOPEN:
                seeing.welcome(s, p, firm, luck, world, agenda, told, deal, number)
            step = BEGIN

        elif kind == rules.PROSPECTING_DUE:
            staffing.look_for_customers(s, p, firm, world, agenda, told, person, a)
        elif kind == rules.MANAGER:
            if person < 0:
                reviewing.monday(s, p, firm, luck, world, agenda, told, a)
            else:
                reviewing.follow(s, p, firm, luck, world, agenda, told, number, person, a, b)
        elif kind == rules.STAFFING:
            staffing.attend(s, p, firm, luck, world, agenda, told, person, a, b)
        elif kind == rules.INTERVENTION:
            if person == rules.WATCH:
                conditions.look(s, firm, luck, world, agenda, told)
            else:
                staffing.change(s, firm, luck, world, agenda, told, codes.ONE)
                staffing.next_change(s, firm, agenda)

        if step != NOTHING:
            deal = world.deals[number]
            if step == BEGIN:
                life.begin_visit(s, p, firm, luck, world, agenda, told, deal, number)
            life.next_work(s, p, firm, luck, world, agenda, told, deal, number)
    return DONE
