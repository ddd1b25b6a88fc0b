"""What comes first: moments of one instant, tasks in a line, whoever is next."""

from __future__ import annotations

from funnelsim.engine.rules.marks import EARLY_FIRST, LATE_FIRST, rule


@rule
def tie_rank(kind: int, opportunity: int, person: int) -> int:
    """Place of a moment among those of the same instant: kind, then opportunity, then person or desk.

    Packed into 8, 40 and 16 bits; -1 where there is no opportunity or person.
    """
    return (kind << 56) + ((opportunity + 1) << 16) + (person + 1)


@rule
def line_key(priority: int, stage: int) -> int:
    """Place of a task in its line before its time of joining counts; lower goes first."""
    if priority == LATE_FIRST:
        return -stage
    if priority == EARLY_FIRST:
        return stage
    return 0


@rule
def work_end(cumulative, now: float, hours: float) -> float:
    """Day on which a worker who begins now has worked these hours; -1.0 if not within the table.

    cumulative   the worker's hours worked by the start of each day, shape (days + 1,)
    """
    if hours <= 0.0:
        return now
    day = int(now)
    last = len(cumulative) - 2
    goal = cumulative[day] + (cumulative[day + 1] - cumulative[day]) * (now - day) + hours
    while cumulative[day + 1] < goal:
        if day == last:
            return -1.0
        day += 1
    end = day + (goal - cumulative[day]) / (cumulative[day + 1] - cumulative[day])
    return end if end > now else now


@rule
def pick(u: float, count: int) -> int:
    """One of `count` equal chances by luck u in (0, 1)."""
    chosen = int(u * count)
    return chosen if chosen < count else count - 1


@rule
def least_loaded(open_deals, active) -> int:
    """The active rep with the fewest open deals, the first of equals; -1 when nobody is there."""
    best = -1
    for rep in range(len(open_deals)):
        if active[rep] and (best < 0 or open_deals[rep] < open_deals[best]):
            best = rep
    return best


@rule
def another(u: float, count: int, mine: int) -> int:
    """One of `count` equal chances that is not mine, by luck u."""
    chosen = pick(u, count - 1)
    return chosen if chosen < mine else chosen + 1


@rule
def which(u: float, edges) -> int:
    """Position of the first cumulative share that exceeds u, how many there are where none does.

    edges   cumulative shares: of endings (regress, no decision, then the reasons of a loss), of the
            causes of a stall, or of its signals, which may sum to less than 1
    """
    for position in range(len(edges)):
        if u < edges[position]:
            return position
    return len(edges)
