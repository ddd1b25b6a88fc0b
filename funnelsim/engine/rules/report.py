"""What the CRM shows, and what a rep lets it show."""

from __future__ import annotations

from funnelsim.engine.rules.marks import rule


@rule
def is_known(since: float, delay: float, now: float) -> bool:
    """Whether the CRM shows by now what happened on a day, where entries take so many days."""
    return since + delay <= now


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
def is_met(value: float, limit: float, above: bool) -> bool:
    """Whether a condition is true of what is seen; at the limit it is not."""
    return value > limit if above else value < limit
