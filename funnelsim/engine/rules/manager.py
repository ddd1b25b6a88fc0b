"""What a manager looks at, finds and decides."""

from __future__ import annotations

from funnelsim.engine.rules.marks import rule


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
def left_of_week(weekly: float, owed: float) -> float:
    """Minutes that a manager has on a Monday, after what was spent ahead of it."""
    return weekly - owed if owed < weekly else 0.0


@rule
def still_owed(weekly: float, owed: float) -> float:
    """What a whole week does not cover of the minutes spent ahead of it."""
    return owed - weekly if owed > weekly else 0.0
