"""What coaching does: how much of it there is, what a rep learns and believes, what he works on first."""

from __future__ import annotations

from math import sqrt

from funnelsim.engine.rules.marks import rule

READINGS = 128  # places in a line that what a rep believes of a deal can move it within a stage
_STEPS = 8.0  # of them a standard deviation


@rule
def dose(minutes: float, full: float) -> float:
    """Share of a full dose that somebody had in the last four weeks, 1 at most."""
    return minutes / full if minutes < full else 1.0


@rule
def learned(skill: float, had: float, growth: float, kept: float) -> float:
    """What a rep has learned after another week, as a share of what a full dose brings in the end.

    had      dose of the last four weeks: more than that he does not learn, what he knows beyond it he forgets
    growth   share that a week at a full dose brings
    kept     share of what he forgets that is still there a week later
    """
    if skill < had:
        grown = skill + growth * had
        return grown if grown < had else had
    return had + (skill - had) * kept


@rule
def coached_skill(skill: float, known: float, skill_logit: float, had: float, help_logit: float) -> float:
    """Skill of a rep with what he has learned, and with the help for a deal of today, in logit."""
    return skill + known * skill_logit + had * help_logit


@rule
def believed(merit: float, noise: float, correlation: float) -> float:
    """What a rep believes of a deal: a noisy reading of its hidden quality, both in standard deviations.

    A square root is exact like the four operations (IEEE 754), so every engine gets the same bits.
    """
    return correlation * merit + sqrt(1.0 - correlation * correlation) * noise


@rule
def reading_key(place: int, belief: float) -> int:
    """Place of a task in its line: as its stage has it, and within that the deal first that the rep believes in."""
    steps = int(belief * _STEPS)
    most = READINGS // 2 - 1
    if steps > most:
        steps = most
    if steps < -most:
        steps = -most
    return place * READINGS - steps


@rule
def found_sooner(now: float, until: float, due: float, faster: float) -> float:
    """When a dead deal is found out, if until a moment it is found out so much faster than at its own pace.

    due      when it would be at its own pace
    faster   1 is twice as fast; afterwards it goes on at its own pace
    """
    left, gained = due - now, (until - now) * (1.0 + faster)
    if left <= gained:
        return now + left / (1.0 + faster)
    return due - (until - now) * faster
