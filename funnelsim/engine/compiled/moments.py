"""The calendar of the compiled engine: what is to come, in the order of time, rank and promise.

Moments far off lie in buckets of time, unordered; those of the bucket that runs stand in a binary heap.
So the heap stays small however many customers there are (Brown's calendar queue, CACM 31(10), 1988, with
a heap in each bucket).
"""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled.codes import ZERO
from funnelsim.engine.compiled.jit import part, rare

FITS = 8192
"""So many opportunities fit into a processor's cache."""

_NUMBERS = (1 << 40) - 1
_PERSONS = (1 << 16) - 1


@part
def kind_of(rank):
    return rank >> 56


@part
def number_of(rank):
    """The opportunity of a rank, -1 where there is none."""
    return ((rank >> 16) & _NUMBERS) - 1


@part
def person_of(rank):
    """The person, desk or period of a rank."""
    return (rank & _PERSONS) - 1


@part
def comes_before(one, other):
    if one.time != other.time:
        return one.time < other.time
    if one.rank != other.rank:
        return one.rank < other.rank
    return one.seq < other.seq


@part
def _stand(s, turns, time, rank, seq, event):
    """Put a moment into the heap."""
    at = s.turns
    s.turns += 1
    while at > 0:
        above = (at - 1) >> 1
        up = turns[above]
        if up.time < time or (up.time == time and (up.rank < rank or (up.rank == rank and up.seq < seq))):
            break
        down = turns[at]
        down.time, down.rank, down.seq, down.event = up.time, up.rank, up.seq, up.event
        at = above
    here = turns[at]
    here.time, here.rank, here.seq, here.event = time, rank, seq, event


@rare
def schedule(s, agenda, time, rank, a, b):
    """A moment at a time, as SimPy would have it: now + delay. Its number, -1 when it comes too late to happen."""
    time = s.now + (time - s.now)
    if time >= s.horizon:
        return -1
    slot = s.free_event
    event = agenda.events[slot]
    s.free_event = event.following
    s.waiting += 1
    s.seq += 1
    event.time, event.rank, event.seq, event.a, event.b = time, rank, s.seq, a, b
    bucket = int(time * s.scale)
    if bucket >= len(agenda.buckets):
        bucket = len(agenda.buckets) - 1
    if bucket <= s.bucket:
        _stand(s, agenda.turns, time, rank, s.seq, slot)
    else:
        event.following = agenda.buckets[bucket]
        agenda.buckets[bucket] = slot
    return s.seq


@part
def is_more(s, luck, world, agenda):
    """Whether anything is still to come; if so the next moment is `agenda.turns[0]`."""
    while s.turns == 0:
        s.bucket += 1
        if s.bucket >= len(agenda.buckets):
            s.bucket -= 1
            return False
        slot = agenda.buckets[s.bucket]
        if slot >= 0:
            agenda.buckets[s.bucket] = -1
            _begin_bucket(s, luck, world, agenda, slot)
    return True


@rare
def _begin_bucket(s, luck, world, agenda, slot):
    """The moments of a bucket become the heap.

    What they will want is looked at before, for all of them: a large company does not fit into a cache,
    and what is fetched side by side is waited for once.
    """
    events, turns = agenda.events, agenda.turns
    size = 0
    while slot >= 0:
        event, turn = events[slot], turns[size]
        turn.time, turn.rank, turn.seq, turn.event = event.time, event.rank, event.seq, slot
        size += 1
        slot = event.following
    if len(world.deals) > FITS:
        looked = 0
        for at in range(size):
            number = number_of(turns[at].rank)
            if number >= 0:
                deal = world.deals[number]
                looked += deal.stage + deal.retreats + deal.listed + world.visits[number, 0]
                if kind_of(turns[at].rank) == rules.TASK_END:
                    looked += world.tasks[events[turns[at].event].a].number
        for at in range(size):
            number = number_of(turns[at].rank)
            if number >= 0:
                looked += int(luck.values[world.deals[number].luck, 0] < 0.0)
        s.looked = looked
    s.turns = size
    for at in range(size // 2 - 1, -1, -1):
        turn = turns[at]
        _sink(turns, size, at, turn.time, turn.rank, turn.seq, turn.event)


@part
def _sink(turns, size, at, time, rank, seq, event):
    """Put a moment where the heap has a gap, or below it."""
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and comes_before(turns[child + 1], turns[child]):
            child += 1
        low = turns[child]
        if time < low.time or (
            time == low.time and (rank < low.rank or (rank == low.rank and seq < low.seq))
        ):
            break
        up = turns[at]
        up.time, up.rank, up.seq, up.event = low.time, low.rank, low.seq, low.event
        at = child
    here = turns[at]
    here.time, here.rank, here.seq, here.event = time, rank, seq, event


@part
def take(s, agenda):
    """The next moment leaves the calendar; its record stays readable until another is scheduled."""
    slot = agenda.turns[0].event
    s.turns -= 1
    last = agenda.turns[s.turns]
    _sink(agenda.turns, s.turns, ZERO, last.time, last.rank, last.seq, last.event)
    agenda.events[slot].following = s.free_event
    s.free_event = slot
    s.waiting -= 1
    return slot
