"""What a company asks of its deals and reps, as records (`engine.standards`), and what is read off them alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.philox import uniform
from funnelsim.engine.luck import name_number
from funnelsim.engine.tables import Tables

_BY_PERIOD = (
    "gate_repeat", "missing_share", "compliance", "registration_hours", "approval_days", "refused_share",
    "collision_share", "deterrence", "reminder_response", "completeness", "files_hours",
)  # fmt: skip
_WHOLE = ("must_register", "reminder_most", "reminder_manager")
ASKED = np.dtype(
    [*((name, "f8") for name in (*_BY_PERIOD, "entry_delay")), *((name, "i8") for name in _WHOLE)]
)
HERE = np.dtype([
    ("reminder_days", "f8"), ("left_chance", "f8"), ("gated", "i8"), ("first_item", "i8"), ("last_item", "i8"),
    ("file_word", "u8"), ("handover_word", "u8"),
])  # fmt: skip
ITEM = np.dtype([("work", "i8"), ("reason", "i8"), ("word", "u8")])
SKIP = np.dtype([("logit", "f8"), ("word", "u8")])

COLLISION, COLLISION_REP, REFUSED, REMINDER = (np.int64(at) for at in range(4))
_OF_DEAL = ("collision", "collision_rep", "refused", "reminder")


class Standards(NamedTuple):
    """What is asked. P periods, S stages."""

    policy: np.ndarray  # (P,) ASKED
    stages: np.ndarray  # (P, S) HERE
    evidence: np.ndarray  # ITEM
    skips: np.ndarray  # SKIP, by position in Tables.work
    words: np.ndarray  # of luck that a deal has once
    side: int
    refused: int
    left: int


def standards_of(tables: Tables) -> Standards:
    """The records of a company."""
    asked = tables.standards
    policy = np.zeros(len(asked.gated), ASKED)
    for name in (*_BY_PERIOD, *_WHOLE):
        policy[name] = getattr(asked, name)
    policy["entry_delay"] = tables.entry_delay
    stages = np.zeros(asked.gated.shape, HERE)
    for name in ("reminder_days", "left_chance", "gated"):
        stages[name] = getattr(asked, name)
    stages["first_item"], stages["last_item"] = asked.evidence_first[:, :-1], asked.evidence_first[:, 1:]
    for name in ("file", "handover"):
        stages[f"{name}_word"] = _numbers([f"{name}.{stage}" for stage in tables.names.stages])
    evidence, skips = np.zeros(asked.evidence_work.size, ITEM), np.zeros(asked.skip_logit.size, SKIP)
    evidence["work"], evidence["reason"] = asked.evidence_work, asked.evidence_reason
    evidence["word"], skips["logit"] = _numbers(asked.evidence_luck), asked.skip_logit
    skips["word"] = _numbers(asked.skip_luck)
    return Standards(
        policy,
        stages,
        evidence,
        skips,
        _numbers(_OF_DEAL),
        asked.side,
        asked.refused_reason,
        asked.left_reason,
    )


def flags_of(tables: Tables) -> dict[str, int]:
    """What the state knows of it: whether anything is asked at all, and how many tasks a stage may leave out."""
    asked = tables.standards
    most = int(np.diff(tables.work.first, axis=1).max(initial=0)) if (asked.compliance < 1).any() else 0
    return {"standards": int(asked.on), "most_skipped": most}


def gated_bits(tables: Tables) -> np.ndarray:
    """The stages whose evidence is asked for, a bit each, (P,)."""
    gated = tables.standards.gated
    return (gated.astype(np.int64) << np.arange(gated.shape[1])).sum(axis=1)


def _numbers(names) -> np.ndarray:
    """Numbers of names of luck, 0 where there is none."""
    return np.array([name_number(name) if name else 0 for name in names], np.uint64)


@part
def chance_of(s, luck, word, number, visit):
    """The uniform of a name of luck, of a deal and its visit."""
    who = luck.customers[number]
    return uniform(s.seed, s.replication, word, who.origin, who.ordinal, visit)


@part
def is_side(firm, task):
    """Whether it is work that is no stage's and no word to the customer."""
    side = firm.standards.side
    return side <= task.activity < side + codes.SIDES


@rare
def skips(s, firm, luck, at, period, number, visit):
    """Whether a task of a visit begun in a period is left out."""
    word = firm.standards.skips[at].word
    compliance = firm.standards.policy[period].compliance
    return (
        compliance < 1.0
        and word != 0
        and rules.is_skipped(chance_of(s, luck, word, number, visit), compliance)
    )


@rare
def left_undone(s, firm, luck, deal, number):
    """What the activities that will be left out in this visit cost, in logit."""
    here = firm.stages[s.period, deal.stage]
    odds = 0.0
    for at in range(here.first_work, here.last_work):
        if skips(s, firm, luck, at, s.period, number, deal.visit):
            odds = odds + firm.standards.skips[at].logit
    return odds


@rare
def mind_stay(s, firm, agenda, deal, number):
    """The report shows the deal in a stage from now on: how long is watched."""
    deal.showing += 1
    days = firm.standards.stages[s.period, deal.shown].reminder_days
    if days < codes.NEVER and not deal.hidden:
        entered = s.now + firm.standards.policy[s.period].entry_delay
        rank = rules.tie_rank(rules.TOUCH_DUE, number, codes.ZERO)
        schedule(s, agenda, entered + days, rank, deal.showing, codes.ZERO)


@rare
def announce(s, firm, world, rep):
    """A surprise is known to all: the others hide less from now on."""
    share = firm.standards.policy[s.period].deterrence
    if share > 0.0:
        for other in range(len(world.reps)):
            if other != rep:
                world.reps[other].candour = rules.deterred(world.reps[other].candour, share)


@rare
def knows_customer(s, firm, luck, number, stage, visit):
    """Whether the file holds what one must know to read the signal of a stall."""
    share = firm.standards.policy[s.period].completeness
    if share >= 1.0:
        return True
    word = firm.standards.stages[s.period, stage].file_word
    return rules.is_on_file(chance_of(s, luck, word, number, visit), share)
