"""Managers go through deals on Mondays, follow up those without progress, and look into what nobody lists:
`engine.reviewing` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes
from funnelsim.engine.compiled.coaching import coach
from funnelsim.engine.compiled.contact import want_touch
from funnelsim.engine.compiled.curing import diagnose, has_minutes, is_listed, seen_stage, tell_managed
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.memory import AUDIT, OF_DEAL, VERDICT
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.reported import chance, close, forget, may_return, tell
from funnelsim.engine.compiled.standards import mind_stay


@rare
def monday(s, p, firm, luck, world, agenda, told, at):
    """All managers plan their week, each for the deals of his reps."""
    until = s.horizon
    if at + 1 < len(firm.manager_days):
        until = firm.manager_days[at + 1]
        rank = rules.tie_rank(rules.MANAGER, codes.NONE, codes.NONE)
        schedule(s, agenda, until, rank, at + 1, codes.ZERO)
    week = firm.manager_weeks[at]
    has_list = False
    if p.review_rule != rules.NO_REVIEW and rules.list_is_due(week, s.list_week, p.cadence_days):
        has_list = True
        s.list_week = week
    size = _lists(s, p, firm, world)
    owed, left = world.parting.owed, world.parting.left
    for manager in range(len(owed)):
        weekly = firm.weekly_minutes[s.period, manager]
        left[manager] = rules.left_of_week(weekly, owed[manager])
        owed[manager] = rules.still_owed(weekly, owed[manager])
    for manager in range(len(world.coaching.leads)):
        world.coaching.leads[manager].left = left[manager]
    first = codes.ZERO
    while first < size:
        manager, last = world.lists[first].manager, first
        while last < size and world.lists[last].manager == manager:
            last += 1
        s.minutes = left[manager]
        _follow_up(s, p, firm, world, agenda, told, manager, first, last, until)
        if has_list:
            _go_through(s, p, firm, world, agenda, told, manager, first, last)
        if p.audit_share > 0.0:
            _audit(s, p, firm, luck, world, agenda, told, manager, first, last)
        if p.remedies:
            diagnose(s, p, firm, world, agenda, told, manager, first, last)
        if s.coaches:
            world.coaching.leads[manager].left = s.minutes
        first = last
    if s.coaches:
        coach(s, firm, world, agenda, told, week, until)


@rare
def _lists(s, p, firm, world):
    """The open deals of all managers, each manager's own together and in order; how many."""
    kept = size = 0
    for at in range(s.watched):
        number = world.watched[at]
        deal, seen = world.deals[number], world.managed[number]
        if not deal.open:
            seen.watched = 0
            continue
        world.watched[kept] = number
        kept += 1
        manager = firm.rep_manager[s.period, deal.owner]
        if manager >= 0:
            entry = world.lists[size]
            size += 1
            entry.manager, entry.number, entry.flagged = manager, number, deal.flagged
            entry.value = deal.amount * firm.stage_weight[s.period, seen_stage(s, p, deal, seen)]
    s.watched = kept
    for at in range(size // 2 - 1, -1, -1):
        _sink(world.lists, at, size)
    for end in range(size - 1, 0, -1):
        _swap(world.lists[0], world.lists[end])
        _sink(world.lists, codes.ZERO, end)
    return size


@part
def _is_after(one, other):
    if one.manager != other.manager:
        return one.manager > other.manager
    if one.flagged != other.flagged:
        return one.flagged < other.flagged
    if one.value != other.value:
        return one.value < other.value
    return one.number > other.number


@part
def _swap(one, other):
    manager, number, flagged, value = one.manager, one.number, one.flagged, one.value
    one.manager, one.number, one.flagged, one.value = other.manager, other.number, other.flagged, other.value
    other.manager, other.number, other.flagged, other.value = manager, number, flagged, value


@part
def _sink(lists, at, size):
    """Heapsort (Williams, CACM 7(6), 1964): the last of all stands on top."""
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and _is_after(lists[child + 1], lists[child]):
            child += 1
        if not _is_after(lists[child], lists[at]):
            break
        _swap(lists[child], lists[at])
        at = child


@rare
def _go_through(s, p, firm, world, agenda, told, manager, first, last):
    """The list, the largest weighted value first, and before it what somebody has pointed at."""
    place = 0
    for at in range(first, last):
        number = world.lists[at].number
        deal, seen = world.deals[number], world.managed[number]
        if not is_listed(s, p, deal, seen):
            continue
        place += 1
        if place > p.top:
            tell_managed(s, firm, told, number, codes.NOT_REVIEWED, manager, codes.WEEKLY_CHECK, codes.BOTH)
            continue
        if not has_minutes(s, firm, told, number, manager, p.check_minutes, codes.WEEKLY_CHECK, codes.BOTH):
            continue
        tell_managed(s, firm, told, number, codes.REVIEWED, manager, codes.WEEKLY_CHECK, codes.BOTH)
        deal.flagged = 0
        if (
            p.review_rule == rules.TRACK_REVIEW
            and seen.track < 0.0
            and rules.opens_track(seen.progress, seen.checked, p.all_tracks)
        ):
            seen.track = s.now
            seen.second_done = 0
        seen.checked = s.now
        meet(s, p, agenda, deal, number)


@part
def meet(s, p, agenda, deal, number):
    """The rep is asked for the deal: if he has kept away, he does no more."""
    deal.absent = 0
    want_touch(s, p, agenda, deal, number)


@rare
def _follow_up(s, p, firm, world, agenda, told, manager, first, last, until):
    """Hours of the week are set aside for verdicts, then for second checks, on the days they are due."""
    if p.review_rule != rules.TRACK_REVIEW:
        for at in range(first, last):
            world.managed[world.lists[at].number].track = -1.0
        return
    for at in range(first, last):
        number = world.lists[at].number
        seen = world.managed[number]
        day = _due_day(s, firm, seen, p.verdict_days)
        if (
            seen.track >= 0.0
            and day < until
            and has_minutes(s, firm, told, number, manager, p.verdict_minutes, codes.VERDICT, codes.BOTH)
        ):
            _meet_on(s, agenda, day, number, manager, codes.VERDICT, seen)
    for at in range(first, last):
        number = world.lists[at].number
        seen = world.managed[number]
        if seen.track < 0.0 or seen.second_done or _due_day(s, firm, seen, p.verdict_days) < until:
            continue
        day = _due_day(s, firm, seen, p.second_days)
        if day < until and has_minutes(
            s, firm, told, number, manager, p.second_minutes, codes.SECOND_CHECK, codes.BOTH
        ):
            seen.second_done = 1
            _meet_on(s, agenda, day, number, manager, codes.SECOND_CHECK, seen)


@part
def _due_day(s, firm, seen, days):
    """The day on which a deal is followed up: so many days later, or the next working day."""
    day = max(0, int(seen.track)) + days
    if day < len(firm.working):
        return float(firm.working[day])
    return float(s.horizon)


@part
def _meet_on(s, agenda, day, number, manager, what, seen):
    if day < s.now:
        day = s.now
    schedule(s, agenda, day, rules.tie_rank(rules.MANAGER, number, manager), what, int(seen.track))


@rare
def follow(s, p, firm, luck, world, agenda, told, number, manager, what, track):
    """Day 15: the same customer again. Day 30: a deal that has come on continues, of another it is judged
    whether it is alive."""
    deal, seen = world.deals[number], world.managed[number]
    if not deal.open or seen.track != track:
        return
    result = what
    if what == codes.VERDICT:
        seen.track = -1.0
        result = codes.CONTINUES
        if not rules.has_progress(seen.progress, float(track)):
            u = chance(s, luck, OF_DEAL, VERDICT, number, seen.verdicts)
            seen.verdicts += 1
            result = codes.KEPT
            if rules.is_dropped(u, not deal.alive, p.no_progress_out, p.dead_dropped, p.live_dropped):
                result = codes.DROPPED
    tell_managed(s, firm, told, number, codes.REVIEWED, manager, result, codes.BOTH)
    if result == codes.DROPPED:
        _drop(s, p, firm, luck, world, agenda, told, deal, number)
    else:
        meet(s, p, agenda, deal, number)


@part
def _drop(s, p, firm, luck, world, agenda, told, deal, number):
    """The deal is given up: a living one ends by that, of a dead one the report closes."""
    reason = firm.manager_reasons[codes.DROPPED]
    if deal.alive:
        deal.alive = 0
        close(s, told, world, deal, number, codes.NO_DECISION, deal.stage, reason)
    else:
        tell(s, told, deal, number, codes.NO_DECISION, deal.shown, reason, codes.REPORT)
        forget(world, deal)
    may_return(s, p, firm, luck, agenda, deal, number)


@rare
def _audit(s, p, firm, luck, world, agenda, told, manager, first, last):
    """Some deals are looked into, listed or not; a hidden one is registered from then on."""
    for at in range(first, last):
        number = world.lists[at].number
        deal, seen = world.deals[number], world.managed[number]
        seen.unaudited = rules.not_audited(seen.unaudited, p.audit_share)
        if not rules.audit_is_due(chance(s, luck, OF_DEAL, AUDIT, number, seen.audits), seen.unaudited):
            continue
        view = codes.TRUTH if deal.hidden else codes.BOTH
        if not has_minutes(s, firm, told, number, manager, p.audit_minutes, codes.AUDIT, view):
            continue
        seen.unaudited = 1.0
        seen.audits += 1
        result = codes.IN_ORDER
        if deal.hidden:
            result = codes.UNLISTED
            deal.hidden = 0
            seen.known_from = s.now
            world.open_deals[deal.owner] += 1
            tell(s, told, deal, number, codes.CREATED, codes.NONE, codes.NONE, codes.REPORT)
            tell(s, told, deal, number, codes.REGISTERED, codes.NONE, codes.NONE, codes.REPORT)
            tell(s, told, deal, number, codes.ENTERED, deal.shown, codes.NONE, codes.REPORT)
            if s.standards:
                mind_stay(s, firm, agenda, deal, number)
        tell_managed(s, firm, told, number, codes.AUDITED, manager, result, codes.BOTH)
