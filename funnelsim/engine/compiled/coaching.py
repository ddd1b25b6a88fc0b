"""Managers coach their reps: `engine.coaching` on records."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.doses import KINDS, WEEKS
from funnelsim.engine.draws import Draws
from funnelsim.engine.tables import Tables

_BY_PERIOD = ("full", "correlation", "found_faster", "skill_logit", "growth", "kept")
POLICY = np.dtype([(name, "f8") for name in _BY_PERIOD])
PUPIL = np.dtype([(name, "f8") for name in ("opportunity", "skill", "knows", "believes")])
"""A rep: doses of both kinds, and what he has of them."""
BELIEF = np.dtype([(name, "f8") for name in ("merit", "noise", "found_at")])
LEAD = np.dtype([("left", "f8"), ("first", "i8"), ("missed", "i8")])
"""A manager: minutes left of his week, and where he begins with his reps."""


class Plan(NamedTuple):
    """What the scenario says. P periods, S stages."""

    policy: np.ndarray  # (P,) POLICY
    session: np.ndarray  # (P, kinds) minutes
    help_logit: np.ndarray  # (P, S)
    reasons: np.ndarray  # (kinds,)


class Coaching(NamedTuple):
    """What is, at this moment. R reps, M managers, N opportunities; none where nobody is coached."""

    pupils: np.ndarray  # (R,) PUPIL
    minutes: np.ndarray  # (R, kinds, WEEKS)
    leads: np.ndarray  # (M,) LEAD
    waits: np.ndarray  # (kinds, M) who is the first of the next sessions
    deals: np.ndarray  # (N,) BELIEF


def plan_of(tables: Tables) -> Plan:
    """The records of a company."""
    d = tables.managers.doses
    policy = np.zeros(d.full.size, POLICY)
    for name in _BY_PERIOD:
        policy[name] = getattr(d, name)
    return Plan(policy, d.session, d.help_logit, d.reasons)


def coaching_of(tables: Tables, draws: Draws) -> Coaching:
    """The beginning of a run."""
    m, on = tables.managers, tables.managers.doses.on
    reps, managers = (tables.reps, m.count) if on else (0, 0)
    deals = np.zeros(len(draws) if on else 0, BELIEF)
    if on:
        deals["merit"], deals["noise"] = draws.merit
    return Coaching(
        np.zeros(reps, PUPIL), np.zeros((reps, len(KINDS), WEEKS)), np.zeros(managers, LEAD),
        np.zeros((len(KINDS), managers), np.int64), deals,
    )  # fmt: skip


@rare
def coach(s, firm, world, agenda, told, week, until):
    """Every rep has his sessions, as far as the hours of his manager go; `until` the next Monday."""
    plan, had = firm.coaching, world.coaching
    for past in range(max(s.coach_week + 1, week - WEEKS + 1), week + 1):
        for rep in range(len(had.pupils)):
            for kind in range(len(had.waits)):
                had.minutes[rep, kind, past % WEEKS] = 0.0
    s.coach_week = week
    for kind in range(len(had.waits)):
        if plan.session[s.period, kind] > 0.0:
            for manager in range(len(had.leads)):
                had.leads[manager].first = had.waits[kind, manager]
                had.leads[manager].missed = 0
            _sit_together(s, firm, world, told, kind, week, False)
            _sit_together(s, firm, world, told, kind, week, True)
    policy = plan.policy[s.period]
    for rep in range(len(had.pupils)):
        _take_in(policy, had.pupils[rep], had.minutes, rep)
    for at in range(s.watched):
        number = world.watched[at]
        deal = world.deals[number]
        if deal.open and not deal.alive:
            faster = policy.found_faster * had.pupils[deal.owner].opportunity
            _find_sooner(s, agenda, had.deals[number], number, deal.lives, faster, until)


@rare
def _sit_together(s, firm, world, told, kind, week, again):
    """Sessions of a kind, for each manager's reps in their order: of those from the one who had to wait on, or
    `again` of those before him."""
    had, minutes = world.coaching, firm.coaching.session[s.period, kind]
    for rep in range(len(had.pupils)):
        manager = firm.rep_manager[s.period, rep]
        if not world.active[rep] or manager < 0:
            continue
        lead = had.leads[manager]
        if (rep < lead.first) != again:
            continue
        if rules.fits(minutes, lead.left):
            lead.left = lead.left - minutes
            had.minutes[rep, kind, week % WEEKS] = minutes
            _tell(s, firm, told, codes.COACHED, rep, kind)
        else:
            _tell(s, firm, told, codes.NOT_COACHED, rep, kind)
            if not lead.missed:
                lead.missed = 1
                had.waits[kind, manager] = rep


@part
def _tell(s, firm, told, event, rep, kind):
    row = told.deals[s.deal_rows]
    s.deal_rows += 1
    row.time, row.opportunity, row.event, row.stage = s.now, codes.NONE, event, codes.NONE
    row.person, row.reason, row.view = rep, firm.coaching.reasons[kind], codes.BOTH


@part
def _dose(policy, minutes, rep, kind):
    had = minutes[rep, kind, 0] + minutes[rep, kind, 1] + minutes[rep, kind, 2] + minutes[rep, kind, 3]
    return rules.dose(had, policy.full)


@part
def _take_in(policy, pupil, minutes, rep):
    """What the last weeks have brought a rep."""
    pupil.opportunity = _dose(policy, minutes, rep, 0)
    pupil.skill = _dose(policy, minutes, rep, 1)
    pupil.knows = rules.learned(pupil.knows, pupil.skill, policy.growth, policy.kept)
    pupil.believes = policy.correlation * pupil.opportunity


@part
def _find_sooner(s, agenda, seen, number, lives, faster, until):
    """A rep who has learned to look finds out sooner that a deal is gone."""
    if faster <= 0.0 or seen.found_at <= s.now:
        return
    seen.found_at = rules.found_sooner(s.now, until, seen.found_at, faster)
    if seen.found_at <= until:
        rank = rules.tie_rank(rules.DISCOVERY, number, codes.NONE)
        schedule(s, agenda, seen.found_at, rank, codes.IS_DISCOVERED, lives)


@part
def skill_of(s, firm, luck, world, deal):
    """Skill of a deal's owner, with what coaching has brought him."""
    skill = luck.skill[s.period, deal.owner]
    if not s.coaches:
        return skill
    plan, pupil = firm.coaching, world.coaching.pupils[deal.owner]
    return rules.coached_skill(
        skill, pupil.knows, plan.policy[s.period].skill_logit, pupil.opportunity,
        plan.help_logit[s.period, deal.stage],
    )  # fmt: skip


@part
def place_of(world, number, rep, place):
    """Place of a deal's task in a rep's line: within its stage by what he believes of the deal."""
    believes, belief = world.coaching.pupils[rep].believes, 0.0
    if believes > 0.0:
        seen = world.coaching.deals[number]
        belief = rules.believed(seen.merit, seen.noise, believes)
    return rules.reading_key(place, belief)


@rare
def begin_anew(world, rep):
    """A rep who comes has had no coaching here."""
    had = world.coaching
    pupil = had.pupils[rep]
    pupil.opportunity = pupil.skill = pupil.knows = pupil.believes = 0.0
    for kind in range(len(had.waits)):
        for week in range(WEEKS):
            had.minutes[rep, kind, week] = 0.0
