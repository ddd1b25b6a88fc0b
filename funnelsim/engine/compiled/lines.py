"""Lines of tasks, and the people who take them: `engine.desks` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes
from funnelsim.engine.compiled.coaching import place_of
from funnelsim.engine.compiled.contact import in_contact, want_touch
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.standards import is_side
from funnelsim.engine.compiled.tiers import next_line, serve, which_line


@part
def tell_task(s, told, task, event, person, reason):
    """A row of the log of tasks."""
    row = told.tasks[s.task_rows]
    s.task_rows += 1
    row.time, row.value, row.opportunity = s.now, task.hours, task.number
    row.stage, row.person, row.desk = task.stage, person, task.desk
    row.activity, row.reason, row.event = task.activity, reason, event


@part
def _is_before(one, other):
    if one.place != other.place:
        return one.place < other.place
    if one.joined != other.joined:
        return one.joined < other.joined
    if one.number != other.number:
        return one.number < other.number
    return one.serial < other.serial


@part
def _meld(tasks, a, b):
    """Two pairing heaps as one (Fredman, Sedgewick, Sleator & Tarjan, Algorithmica 1, 1986)."""
    if a < 0:
        return b
    if b < 0:
        return a
    if _is_before(tasks[b], tasks[a]):
        a, b = b, a
    tasks[b].right = tasks[a].left
    tasks[a].left = b
    return a


@rare
def first_of(desk, tasks):
    """The first task leaves the line."""
    found = desk.line
    desk.line = _without_first(tasks, found)
    return found


@rare
def first_of_tier(world, desk, tier):
    """The first task leaves the line of a tier; a rep's desk has the number of its one person."""
    tiers, number = world.tiers, desk.first
    found = tiers.line[number, tier]
    tiers.line[number, tier] = _without_first(world.tasks, found)
    tiers.standing[number, tier] -= 1
    desk.tiered -= 1
    return found


@rare
def _without_first(tasks, found):
    """What is left of a line when its first task has left it."""
    pair = tasks[found].left
    merged = codes.NONE  # pairs of children, last pair first
    while pair >= 0:
        other = tasks[pair].right
        if other < 0:
            tasks[pair].right = merged
            merged = pair
            break
        following = tasks[other].right
        tasks[pair].right = tasks[other].right = codes.NONE
        pair = _meld(tasks, pair, other)
        tasks[pair].right = merged
        merged = pair
        pair = following
    root = codes.NONE
    while merged >= 0:
        following = tasks[merged].right
        tasks[merged].right = codes.NONE
        root = _meld(tasks, root, merged)
        merged = following
    tasks[found].left = codes.NONE
    return root


@part
def new_task(s, world, number, life, stage, activity, hours):
    at = s.free_task
    task = world.tasks[at]
    s.free_task = task.left
    s.standing += 1
    task.number, task.life, task.stage, task.activity, task.hours = number, life, stage, activity, hours
    task.begun = task.void = 0
    task.end = task.left = task.right = task.brings = codes.NONE
    task.tier = codes.NONE
    return at


@part
def drop_task(s, world, at):
    """Nobody wants or has the task any more."""
    task = world.tasks[at]
    if task.number < 0 and world.reps[task.desk].prospecting == at:
        world.reps[task.desk].prospecting = codes.NONE
    task.end = codes.NONE
    task.left = s.free_task
    s.free_task = at
    s.standing -= 1


@part
def offer(s, agenda, desk, number):
    """Somebody free and somebody waiting come together when all else of this instant has happened."""
    if desk.free > 0 and not desk.offered and (desk.line >= 0 or desk.tiered > 0):
        desk.offered = 1
        schedule(
            s, agenda, s.now, rules.tie_rank(rules.TASK_START, codes.NONE, number), codes.ZERO, codes.ZERO
        )


@rare
def join(s, p, world, agenda, told, number, at):
    """The task stands in line; whoever is free is offered the line at the end of this instant."""
    task, desk = world.tasks[at], world.desks[number]
    task.desk = number
    if task.activity == codes.TOUCH or task.brings <= codes.HANDING:
        task.place = rules.FIRST_IN_LINE
    elif task.number < 0:
        task.place = rules.LAST_IN_LINE
    else:
        deal = world.deals[task.number]
        task.place = rules.place_in_line(
            p.priority, task.stage, deal.amount, deal.worth, deal.worked, deal.score
        )
        if s.coaches and number < len(world.reps):
            task.place = place_of(world, task.number, number, task.place)
    s.serial += 1
    task.joined, task.serial = s.now, s.serial
    task.left = task.right = codes.NONE
    task.tier = codes.NONE
    if s.tiers and number < len(world.reps) and task.number >= 0 and task.place != rules.FIRST_IN_LINE:
        task.tier = which_line(s, world, number, world.deals[task.number])
    if task.tier >= 0:
        world.tiers.line[number, task.tier] = _meld(world.tasks, world.tiers.line[number, task.tier], at)
    else:
        desk.line = _meld(world.tasks, desk.line, at)
    tell_task(s, told, task, codes.QUEUED, codes.NONE, codes.NONE)
    offer(s, agenda, desk, number)


@part
def is_wanted(world, task):
    """Whether it still makes sense: no stage work on a deal that is gone, no touch on one given up,
    no remedy for a stall that is over."""
    if task.number < 0:
        return not task.void
    deal = world.deals[task.number]
    if task.life != deal.lives:
        return False
    if task.brings >= 0:
        return deal.open != 0 and task.brings == deal.token
    if task.brings <= codes.HANDING:
        handed = world.parting.handed[task.number]
        return deal.open != 0 and handed.calls > 0 and task.brings == codes.HANDING - handed.notices
    if task.activity == codes.TOUCH:
        return deal.open != 0
    return deal.alive != 0


@part
def free_up(desk, people, person):
    """A person is free: into the heap of free people, the lowest number on top."""
    at = desk.free
    desk.free += 1
    while at > 0:
        above = (at - 1) >> 1
        up = people[desk.first + above].free
        if up < person:
            break
        people[desk.first + at].free = up
        at = above
    people[desk.first + at].free = person


@part
def take_free(desk, people):
    """The free person with the lowest number."""
    found = people[desk.first].free
    desk.free -= 1
    last = people[desk.first + desk.free].free
    at = 0
    while True:
        child = 2 * at + 1
        if child >= desk.free:
            break
        low = people[desk.first + child].free
        if child + 1 < desk.free and people[desk.first + child + 1].free < low:
            child += 1
            low = people[desk.first + child].free
        if last < low:
            break
        people[desk.first + at].free = low
        at = child
    people[desk.first + at].free = last
    return found


@part
def _is_due(s, p, agenda, task, deal):
    """Whether a touch that has come to the head of its line is still wanted: not when there was a contact."""
    if not deal.absent and (deal.asked or deal.contact + p.touch_every <= s.now):
        return True
    deal.touch_set = deal.in_line = deal.asked = 0
    want_touch(s, p, agenda, deal, task.number)
    return False


@part
def start_tasks(s, p, firm, world, agenda, told, desk):
    """Who is free takes the first in line, while there is one."""
    desk.offered = 0
    while desk.free > 0 and (desk.line >= 0 or desk.tiered > 0):
        if desk.tiered > 0 and (desk.line < 0 or world.tasks[desk.line].place != rules.FIRST_IN_LINE):
            at = first_of_tier(world, desk, next_line(world, desk.first))
        else:
            at = first_of(desk, world.tasks)
        task = world.tasks[at]
        wanted = is_wanted(world, task)
        if wanted and task.activity == codes.TOUCH:
            wanted = _is_due(s, p, agenda, task, world.deals[task.number])
        if not wanted:
            drop_task(s, world, at)
            continue
        person = take_free(desk, world.people)
        world.people[person].task = at
        task.begun = 1
        if task.tier >= 0:
            serve(s, world, task)
        tell_task(s, told, task, codes.STARTED, person, codes.NONE)
        end = rules.work_end(firm.hours[firm.pattern[person]], s.now, task.hours)
        if s.minds and task.number >= 0 and task.desk < len(world.reps) and not is_side(firm, task):
            in_contact(s, p, world.deals[task.number], end if end >= 0.0 else s.horizon)
        if end >= 0.0:
            rank = rules.tie_rank(rules.TASK_END, task.number, person)
            task.end = schedule(s, agenda, end, rank, at, codes.ZERO)


@rare
def staff(s, p, firm, world, agenda, told, number, size):
    """From now on the first `size` people of a desk work there; what others had begun is broken off.

    Gives the tasks to be done anew, chained by `right`.
    """
    desk = world.desks[number]
    undone = last = codes.NONE
    for person in range(desk.first + size, desk.first + desk.people):
        at = world.people[person].task
        if at < 0:
            continue
        world.people[person].task = codes.NONE
        task = world.tasks[at]
        tell_task(s, told, task, codes.ENDED, person, firm.interrupted)
        task.end, task.begun = codes.NONE, 0
        if task.number >= 0 and number < len(world.reps) and not is_side(firm, task):
            in_contact(s, p, world.deals[task.number], s.now)
        if not is_wanted(world, task):
            drop_task(s, world, at)
            continue
        task.right = codes.NONE
        if last >= 0:
            world.tasks[last].right = at
        else:
            undone = at
        last = at
    desk.people, desk.free = size, 0
    for person in range(desk.first, desk.first + size):
        if world.people[person].task < 0:
            free_up(desk, world.people, person)
    offer(s, agenda, desk, number)
    return undone


@rare
def leave_line(s, world, desk, undone):
    """All who wait here go, in order, behind those in the chain; gives the chain, last first."""
    chain = codes.NONE
    while undone >= 0:
        following = world.tasks[undone].right
        world.tasks[undone].right = chain
        chain, undone = undone, following
    tier = 0
    while desk.line >= 0 or desk.tiered > 0:
        if desk.line >= 0:
            at = first_of(desk, world.tasks)
        else:
            while world.tiers.standing[desk.first, tier] == 0:
                tier += 1
            at = first_of_tier(world, desk, tier)
        if is_wanted(world, world.tasks[at]):
            world.tasks[at].right = chain
            chain = at
        else:
            drop_task(s, world, at)
    return chain
