"""Every decision of the funnel, once: scalars and arrays in, a number out.

Only + - * / and comparisons, so that every engine that calls a rule gets the same bits;
logarithms, powers and quantiles belong to `tables` and `draws`. `rule` marks what an engine
calls while a run is on; a compiled engine compiles exactly these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TypeVar

F = TypeVar("F", bound=Callable)


RULES: list[Callable] = []


def rule(function: F) -> F:
    """Mark a function as a rule of the engines: called as it stands by one, compiled into another."""
    RULES.append(function)
    return function


# The kinds of moments, in the order in which those of one instant happen.
INTERVENTION, STAFFING, MANAGER, NEGLECT, DISCOVERY, TASK_END, READY, GATE = 1, 2, 3, 4, 5, 6, 7, 8
ARRIVAL, TOUCH_DUE, PROSPECTING_DUE, TASK_START = 9, 10, 11, 12

# What a visit to a stage may end in; delays have one distribution for each of the first four.
ADVANCE, REGRESS, NO_DECISION, LOST = 0, 1, 2, 3

# Policies as the numbers that stand in the tables.
LATE_FIRST, EARLY_FIRST, FIRST_COME = 0, 1, 2
ALWAYS, LARGE_DEALS, NEVER = 0, 1, 2
NO_REVIEW, WEEKLY_REVIEW, TRACK_REVIEW = 0, 1, 2

# What a condition looks at, and the place of looking among the interventions of an instant: behind those with a date.
OPEN_DEALS, WEIGHTED_PIPELINE, STALLED_SHARE = 0, 1, 2
WATCH = 60_000

FIRST_IN_LINE, LAST_IN_LINE = -1_000_000, 1_000_000
MOST_VISITS = 3
ATTEMPTS = 64  # names of luck a visit keeps for looks at its evidence


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
def advance_limit(
    stage_logit: float, quality: float, skill: float, source: float, ahead: int, ahead_logit: float,
    visit: float = 0.0,
) -> float:  # fmt: skip
    """A deal advances when the logit of its luck lies below this sum of effects.

    stage_logit   logit of the stage's advance rate with its change of odds
    quality, skill, source   hidden quality of the deal, skill of its owner, effect of its source
    ahead         stages the seller would be ahead of the buyer after the step; one is free
    visit         what was done or left undone in this visit, all together
    """
    limit = stage_logit + quality + skill + source + visit
    if ahead > 1:
        limit = limit + ahead_logit * (ahead - 1)
    return limit


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


@rule
def neglect_from(contact: float, grace_days: float, charged: float) -> float:
    """From when on being untouched counts: some days after the last contact, nothing charged twice."""
    begin = contact + grace_days
    return begin if begin > charged else charged


@rule
def neglect_used(begin: float, now: float, hazard: float) -> float:
    """How much of a deal's patience the time from `begin` to `now` has used up; hazard a day."""
    return (now - begin) * hazard if now > begin else 0.0


@rule
def neglect_end(begin: float, patience: float, hazard: float) -> float:
    """When the patience that is left is used up, if nobody calls."""
    return begin + patience / hazard if patience > 0.0 else begin


@rule
def is_known(since: float, delay: float, now: float) -> bool:
    """Whether the CRM shows by now what happened on a day, where entries take so many days."""
    return since + delay <= now


@rule
def list_is_due(week: int, last_week: int, cadence_days: float) -> bool:
    """Whether a list is gone through in a week, so many days after it last was; Mondays count."""
    return 7.0 * (week - last_week) >= cadence_days


@rule
def fits(minutes: float, left: float) -> bool:
    """Whether a manager has the minutes that something takes."""
    return minutes <= left


@rule
def has_progress(progress: float, since: float) -> bool:
    """Whether a deal has come on at or after a moment: born, a gate passed, the customer ready, work done."""
    return progress >= since


@rule
def opens_track(progress: float, checked: float, every_deal: bool) -> bool:
    """Whether a weekly check is followed up on day 15 and 30: no progress since the check before.

    The 1-15-30 rule of the article on team selling, chapter 3; -1 where the deal was never checked.
    """
    return every_deal or not has_progress(progress, checked)


@rule
def is_dropped(u: float, dead: bool, no_progress_out: bool, dead_dropped: float, live_dropped: float) -> bool:
    """Whether a deal without progress is given up at its verdict; a living one that is, is a false drop."""
    if no_progress_out:
        return True
    return u < (dead_dropped if dead else live_dropped)


@rule
def not_audited(before: float, weekly_share: float) -> float:
    """Chance that a deal has not been looked at since its last audit, a week later."""
    return before * (1.0 - weekly_share)


@rule
def audit_is_due(u: float, chance_of_none: float) -> bool:
    """Whether a deal's luck has it looked at by now."""
    return u > chance_of_none


@rule
def is_plain(
    may_be_absent: bool, untouched: float, grace_days: float, contact: float, stalled: float
) -> bool:
    """Whether it can be told by now if the rep keeps away from a stalled deal: the customer has not had a word
    for long, or has had one since the stall was seen."""
    return not may_be_absent or untouched >= grace_days or contact > stalled


@rule
def likely_cause(
    otherwise: int, absent_cause: int, may_be_absent: bool, untouched: float, grace_days: float
) -> int:
    """The cause that a stall is treated for: the rep's absence where nobody has called for long, else the
    likely one of the others by what is seen."""
    return absent_cause if may_be_absent and untouched >= grace_days else otherwise


@rule
def hastened(now: float, ready: float, factor: float) -> float:
    """When the customer will be ready after a remedy that matched: what remains is so many times as long."""
    return now + (ready - now) * factor if ready > now else ready


@rule
def shown_stage(stage: int, inflation: int, error: int, stages: int) -> int:
    """The stage the CRM shows: the true one, moved by what the deal and the entry are off, within bounds."""
    shown = stage + inflation + error
    if shown < 0:
        return 0
    return shown if shown < stages else stages - 1


@rule
def entry_error(u: float, share: float) -> int:
    """How far an entry is off: one too low, one too far, or (for most) not at all."""
    if u < share / 2:
        return -1
    return 1 if u < share else 0


@rule
def may_regress(stage: int, visits_before: int) -> bool:
    """Whether a deal may fall back: not from the first stage, nor to one it has visited three times."""
    return stage > 0 and visits_before < MOST_VISITS


@rule
def next_stage(stage: int, stages: int, strict: bool, skip_u: float, skip_share: float) -> int:
    """The stage an advancing deal enters, `stages` when it is won; a jump of one only where not strict."""
    if not strict and stage + 2 < stages and skip_u < skip_share:
        return stage + 2
    return stage + 1


@rule
def wants_specialist(when: int, amount: int, large_amount: float) -> bool:
    """Whether a specialist works on a deal of this amount."""
    return when == ALWAYS or (when == LARGE_DEALS and amount >= large_amount)


@rule
def priced(listed: int, kept: float) -> int:
    """The amount of a deal: its list price less what is given away, whole, half to even, 1 at least.

    kept   share of the list price
    """
    exact = listed * kept
    amount = int(exact)
    rest = exact - amount
    if rest > 0.5 or (rest == 0.5 and amount % 2 == 1):
        amount += 1
    return amount if amount > 1 else 1


@rule
def is_met(value: float, limit: float, above: bool) -> bool:
    """Whether a condition is true of what is seen; at the limit it is not."""
    return value > limit if above else value < limit


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
def attempt_visit(visit: int, attempt: int) -> int:
    """Counter of the luck of the k-th look at the evidence of a visit, both from 0."""
    return ATTEMPTS * visit + attempt


@rule
def is_missing(u: float, share: float) -> bool:
    """Whether an item of evidence is not there although work and customer are done."""
    return u < share


@rule
def is_skipped(u: float, compliance: float) -> bool:
    """Whether a key selling activity is left out: who keeps to more of them leaves out fewer, the same first."""
    return u >= compliance


@rule
def is_hidden(hides: float, reps_share: float, u: float, share: float, candour: float) -> bool:
    """Whether a rep does not list a new deal.

    hides     luck of the rep; below `reps_share` he is one who hides
    share     of such a rep's deals
    candour   what announced surprises have left of that share, 1 where there were none
    """
    return hides < reps_share and u < share * candour


@rule
def deterred(candour: float, share: float) -> float:
    """What is left of a rep's hiding after another's surprise was announced."""
    return candour * (1.0 - share)


@rule
def may_collide(required: bool, hidden: bool) -> bool:
    """Whether nobody would notice that a second rep pursues a deal too: it is not registered."""
    return hidden or not required


@rule
def response_chance(response: float, alerts: int, most: int) -> float:
    """Chance that a rep responds to a reminder: beyond `most` a week (0: no limit) he responds to as many.

    alerts   reminders of this week, this one included; weeks count from the start of the run
    """
    if most > 0 and alerts > most:
        return response * most / alerts
    return response


@rule
def is_on_file(u: float, completeness: float) -> bool:
    """Whether a customer's file holds what one must know to read a signal."""
    return u < completeness


@rule
def leaves_with_rep(u: float, chance: float) -> bool:
    """Whether a deal goes with the rep who leaves."""
    return u < chance


def commission(amount: int, share: float) -> int:
    """What a rep is paid for a deal, in cents: a share of its amount, the half cent to the even one.

    There is one way to reckon it and nothing that lowers it: whether the deal stood in the CRM, whether the
    rep is trusted, counts for other things.

    >>> commission(1_000_000, 0.02), commission(333, 0.025), commission(1, 0.005)
    (2000000, 832, 0)
    """
    return round(Fraction(str(share)) * amount * 100)


WEIGHTS: Mapping[str, float] = {"upper": 0.25, "middle": 0.50, "lower": 0.75}


def weighted_quota(pipeline: Iterable[tuple[float, str]], weights: Mapping[str, float] = WEIGHTS) -> float:
    """Sum of the intended purchases, each times the weight of the funnel's third it stands in.

    pipeline   (amount, third) of each prospect; third is upper, middle or lower

    The 25/50/75 rule of the industrial-marketing article on funnel management: a quota from below.

    >>> weighted_quota([(100, "upper"), (200, "middle"), (80, "lower")])
    185.0
    """
    return float(sum(amount * weights[third] for amount, third in pipeline))
