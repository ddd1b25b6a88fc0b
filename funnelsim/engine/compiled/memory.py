"""What the compiled engine knows and remembers, as arrays of records.

A record is to the kernel what an object is to the reference engine: `deals[n].owner`. Every array may
grow between two moments, never within one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine import rules
from funnelsim.engine.compiled import deciding, leaving
from funnelsim.engine.compiled.coaching import Coaching, Plan, coaching_of, plan_of
from funnelsim.engine.compiled.returning import Loyal, loyal_of
from funnelsim.engine.compiled.room import longer
from funnelsim.engine.compiled.standards import Standards, flags_of, gated_bits, standards_of
from funnelsim.engine.compiled.tiers import Tiers, tiers_of
from funnelsim.engine.draws import Draws
from funnelsim.engine.luck import name_number
from funnelsim.engine.tables import Tables


def _record(**fields: str) -> np.dtype:
    return np.dtype(list(fields.items()), align=True)


def _fields(names: str, kind: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


# What the whole company is at this moment.
STATE = _record(
    **_fields("now horizon scale minutes", "f8"),
    **_fields("seed replication", "u8"),
    **_fields(
        "period serial seq waiting standing turns bucket free_event free_task deal_rows task_rows born next_birth"
        " moments looked asked asked_visit asked_block asked_life touches minds_neglect minds misreports shows_truth"
        " manages list_week watched standards most_skipped begun routed scores helps coaches coach_week loyal tells"
        " tiers",
        "i8",
    ),
)
# A moment to come: what a callback would remember stands in `a` and `b`.
EVENT = _record(time="f8", **_fields("rank seq a b following", "i8"))
TURN = _record(time="f8", **_fields("rank seq event", "i8"))
# What is wanted at every moment of a deal stands first: a large company's deals do not fit into a cache.
DEAL = _record(
    luck="i8",
    **_fields("days buyer_free quality odds", "f8"),
    **_fields("owner source stage shown token visit work work_last", "i4"),
    **_fields("alive open absent stuck touch_set hidden ready waits has_begun", "i1"),
    **_fields("buyer_stage stall lives retreats work_period inflation", "i4"),
    **_fields("contact charged patience feared_contact feared_charged", "f8"),
    **_fields("amount listed neglect", "i8"),
    **_fields("end_event end_reason handed item attempt showing reminders handovers touch_token", "i4"),
    **_fields("unregistered in_line asked flagged", "i1"),
    **_fields("worth worked", "f8"),
    score="i4",
)
# What managers know of a deal, and do about it; nothing where they do nothing.
MANAGED = _record(
    **_fields("progress checked track known_from moved stalled unaudited", "f8"),
    **_fields("before signal remedy verdicts questions audits ready_at", "i4"),
    **_fields("second_done treated watched", "i1"),
)
LISTED = _record(value="f8", **_fields("manager number flagged", "i8"))
TASK = _record(
    **_fields("hours joined", "f8"),
    **_fields("serial place end", "i8"),
    **_fields("number life desk left right brings", "i4"),
    **_fields("stage activity", "i2"),
    **_fields("begun void tier", "i1"),
)
DESK = _record(**_fields("line free first people offered tiered", "i8"), served="f8")
PERSON = _record(**_fields("task free", "i8"))
REP = _record(candour="f8", **_fields("heir prospecting alert_week alerts", "i8"))
DEAL_ROW = _record(
    time="f8", opportunity="i4", **_fields("stage person reason", "i2"), **_fields("event view", "i1")
)
TASK_ROW = _record(
    **_fields("time value", "f8"),
    opportunity="i4",
    **_fields("stage person desk activity reason", "i2"),
    event="i1",
)

# What the scenario says, by period, and by period and stage.
POLICY = _record(
    **_fields(
        "large_amount ahead_logit skip_share stall_factor touch_every touch_hours neglect_after neglect_hazard"
        " discovery_days revive_share inflated_share shifted_share hiding_reps_share hidden_share entry_error"
        " price_kept begins entry_delay cadence_days check_minutes second_minutes verdict_minutes audit_minutes"
        " diagnosis_minutes dead_dropped live_dropped audit_share remedy_hours matched_factor hard_question",
        "f8",
    ),
    **_fields("priority wait_for_buyer work_first strict routing support_when gated", "i8"),
    **_fields("review_rule top second_days verdict_days all_tracks no_progress_out remedies", "i8"),
)
STAGE = _record(
    **_fields("stage_logit supported_logit stall_share silent_share weight worth", "f8"),
    **_fields("first_work last_work one_delay", "i8"),
)
WHEN = _record(**_fields("limit since", "f8"), **_fields("measure above reason", "i8"))
WORK = _record(**_fields("pool activity when column", "i8"), **_fields("over logit", "f8"))
CUSTOMER = _record(origin="u8", ordinal="i8", **_fields("source unit", "i4"), returns="i1")
BIRTH = _record(time="f8", **_fields("number owner", "i8"))

# Names of luck that is looked up one by one: rows of `words`.
ENDING, SKIP, STALL, CAUSE, SIGNAL, SILENT, REVIVE, ERROR, OF_DEAL = (np.int64(at) for at in range(9))
_BY_STAGE = ("ending", "skip", "stall", "cause", "signal", "silent", "revive", "error")
OWNER, HIDDEN, INFLATED, SHIFTED, VERDICT, AUDIT, QUESTION = (np.int64(at) for at in range(7))
_OF_DEAL = ("owner", "hidden", "inflated", "shifted", "verdict", "audit", "question")

BLOCK = 4096  # customers whose luck of a later visit is drawn together


def records(kind: np.dtype, *shape: int) -> np.ndarray:
    """Empty records, all zero."""
    return np.zeros(shape, kind)


class Firm(NamedTuple):
    """What the scenario says. P periods, S stages, D desks, R reps."""

    policy: np.ndarray  # (P,) POLICY
    stages: np.ndarray  # (P, S) STAGE
    work: np.ndarray  # WORK, by position in Tables.work
    gate: np.ndarray  # columns of luck, as in `layout`
    discovery: np.ndarray
    delay: np.ndarray
    revive: np.ndarray
    ending_edges: np.ndarray  # as in `tables` from here on
    cause_edges: np.ndarray
    signal_edges: np.ndarray
    cause_reason: np.ndarray
    signal_reason: np.ndarray
    source_logit: np.ndarray
    pool_people: np.ndarray  # (P, D) how many work at the desk of a pool
    hours: np.ndarray  # (patterns, days + 1) each only once, however many people work by it
    pattern: np.ndarray  # (people,) by which
    unit_territory: np.ndarray
    rep_territory: np.ndarray
    slot_days: np.ndarray
    slot_hours: np.ndarray
    absent: int
    neglect: int
    interrupted: int
    manager_days: np.ndarray  # as in `managers` from here on
    manager_weeks: np.ndarray
    working: np.ndarray
    weekly_minutes: np.ndarray
    rep_manager: np.ndarray
    stage_weight: np.ndarray
    likely: np.ndarray
    may_be_absent: np.ndarray
    manager_reasons: np.ndarray
    first_manager: int
    remedy: int
    whens: np.ndarray  # (K,) WHEN
    dated: int  # periods by date
    first_monday: float
    standards: Standards
    deciding: deciding.Deciding
    coaching: Plan
    leaving: leaving.Leaving


class Luck(NamedTuple):
    """What was drawn. N opportunities."""

    values: np.ndarray  # (rows, columns) of `layout`
    base: np.ndarray  # (visits, blocks of customers) first row of each, -1 where not drawn yet
    patience: np.ndarray  # (lives, N)
    words: np.ndarray  # (names, stages) of luck looked up one by one
    customers: np.ndarray  # (N,) CUSTOMER
    amount: np.ndarray  # (P, N), and so on, as in `draws`
    quality: np.ndarray
    skill: np.ndarray
    arrival: np.ndarray
    births: np.ndarray
    hides: np.ndarray
    loyal: Loyal
    occupants: leaving.Occupants


class World(NamedTuple):
    """What is, at this moment."""

    deals: np.ndarray
    visits: np.ndarray  # (N, S)
    tasks: np.ndarray
    desks: np.ndarray
    people: np.ndarray
    reps: np.ndarray
    active: np.ndarray  # (R,) whether a rep is there
    open_deals: np.ndarray  # (R,)
    territory_reps: np.ndarray  # how many are where, and who
    born: np.ndarray
    managed: np.ndarray  # (N,) MANAGED
    watched: np.ndarray  # (N,) the deals that managers may find open
    lists: np.ndarray  # (N,) LISTED
    met: np.ndarray  # (K,) when each condition came true
    coaching: Coaching
    parting: leaving.Parting
    tiers: Tiers


class Agenda(NamedTuple):
    """What is to come."""

    events: np.ndarray
    turns: np.ndarray  # the heap of those in the bucket of time that runs
    buckets: np.ndarray  # first event of each later bucket


class Rows(NamedTuple):
    """What was told."""

    deals: np.ndarray
    tasks: np.ndarray


def firm_of(tables: Tables) -> Firm:
    """The arrays of a scenario that no run changes, made once for many runs."""
    layout, (periods, stages), dated = tables.layout, tables.stage_logit.shape, tables.period_start.size
    policy, stage, work = (
        records(POLICY, periods),
        records(STAGE, periods, stages),
        records(WORK, tables.work.pool.size),
    )
    known = {"begins": np.tile(tables.period_start, periods // dated), "gated": gated_bits(tables)}
    known |= {"priority": tables.deciding.priority, "routing": tables.deciding.routing}
    for name in POLICY.names or ():
        whose = tables if hasattr(tables, name) else tables.managers
        policy[name] = known[name] if name in known else getattr(whose, name)
    for name in ("stage_logit", "supported_logit", "stall_share", "silent_share"):
        stage[name] = getattr(tables, name)
    stage["weight"], stage["worth"] = tables.whens.weight, tables.deciding.worth
    whens = records(WHEN, len(tables.whens))
    for name in WHEN.names or ():
        whens[name] = getattr(tables.whens, name)
    stage["first_work"], stage["last_work"] = tables.work.first[:, :-1], tables.work.first[:, 1:]
    stage["one_delay"] = (layout.delay == layout.delay[:, :, :1]).all(axis=2)
    for name in ("pool", "activity", "when", "over", "logit"):
        work[name] = getattr(tables.work, name)
    work["column"] = layout.hours
    reps, m = tables.reps, tables.managers
    pool_people = [[0] * reps + [len(people) for people in period[reps:]] for period in tables.desk_people]
    return Firm(
        policy, stage, work, layout.gate, layout.discovery, layout.delay, layout.revive,
        tables.ending_edges, tables.cause_edges, tables.signal_edges, tables.cause_reason, tables.signal_reason,
        tables.source_logit, np.array(pool_people), *tables.worked, tables.unit_territory,
        tables.rep_territory, tables.slot_days, tables.slot_hours, tables.absent_cause, tables.neglect_reason,
        tables.interrupted_reason, m.days, m.weeks, m.working, m.weekly_minutes, m.of_rep, m.stage_weight, m.likely,
        m.may_be_absent, m.reasons, m.first, m.remedy,
        whens, dated, tables.whens.first_monday, standards_of(tables), deciding.deciding_of(tables), plan_of(tables),
        leaving.leaving_of(tables),
    )  # fmt: skip


def words_of(stages: tuple[str, ...]) -> np.ndarray:
    """Numbers of the names of luck that is looked up one by one: by what, then by stage or by which."""
    names = [[f"{what}.{stage}" for stage in stages] for what in _BY_STAGE] + [[*_OF_DEAL]]
    words = np.zeros((len(names), max(map(len, names))), np.uint64)
    for row, own in zip(words, names, strict=True):
        row[: len(own)] = [name_number(name) for name in own]
    return words


class Company:
    """A scenario's part of the memory of its runs, made once."""

    def __init__(self, tables: Tables):
        self.firm, self.words = firm_of(tables), words_of(tables.names.stages)
        off = (tables.hidden_share, tables.inflated_share, tables.shifted_share)
        self.flags: dict[str, int] = {
            "touches": bool((tables.touch_every < tables.horizon).any()),
            "minds_neglect": bool(tables.neglect_hazard.any()),
            "misreports": any(share.any() for share in off),
        }
        self.flags["manages"], self.flags["coaches"] = tables.managers.on, tables.managers.doses.on
        self.flags["tells"] = tables.leaving.tells
        self.flags["minds"] = self.flags["touches"] or self.flags["minds_neglect"]
        self.flags["shows_truth"] = not self.flags["misreports"] and not tables.entry_error.any()
        self.flags |= flags_of(tables) | deciding.flags_of(tables)
        capacity = [max(len(people) for people in desk) for desk in zip(*tables.desk_people, strict=True)]
        self.first_person = np.concatenate([[0], np.cumsum(capacity)[:-1]]) if capacity else np.zeros(0, int)

    @staticmethod
    def of(tables: Tables) -> Company:
        """The company of these tables."""
        known = tables.__dict__
        if "_company" not in known:
            known["_company"] = Company(tables)
        return known["_company"]


class Memory:
    """All arrays of one run."""

    def __init__(self, tables: Tables, draws: Draws, rows: tuple[int, int] = (0, 0)):
        company, size, reps = Company.of(tables), len(draws), tables.reps
        self.draws, self.firm = draws, company.firm
        if tables.leaving.on:
            self.firm = self.firm._replace(hours=draws.worked[0], pattern=draws.worked[1])
        self.state = records(STATE, 1)
        self.state["horizon"], self.state["seed"] = tables.horizon, draws.seed
        self.state["replication"] = draws.replication
        for name, value in company.flags.items():
            self.state[name] = value
        buckets = 1 << int(min(max(size, 64), 1 << 16)).bit_length()
        self.state["scale"] = buckets / tables.horizon
        self.state["list_week"] = self.state["coach_week"] = -rules.LAST_IN_LINE
        self.state["free_event"] = self.state["free_task"] = self.state["routed"] = -1
        self.agenda = Agenda(records(EVENT, 0), records(TURN, 0), np.full(buckets, -1))
        managed = size if tables.managers.on else 0
        self.world = World(
            records(DEAL, size), np.zeros((size, tables.stages), np.int64), records(TASK, 0),
            records(DESK, len(tables.names.desks)), records(PERSON, len(tables.names.people)), records(REP, reps),
            tables.rep_from < 0, np.zeros(reps, np.int64),
            np.zeros((len(tables.names.territories) + 2, reps + 1), np.int64), records(BIRTH, size),
            records(MANAGED, managed), np.zeros(managed, np.int64), records(LISTED, managed),
            np.full(len(tables.whens), np.inf), coaching_of(tables, draws), leaving.parting_of(tables, draws),
            tiers_of(tables),
        )  # fmt: skip
        desks, people, own = self.world.desks, self.world.people, self.world.reps
        desks["line"], desks["first"], people["task"] = -1, company.first_person, -1
        own["heir"] = tables.successor
        own["prospecting"], own["candour"] = -1, 1.0
        self.grow(max(64 + 4 * people.size, min(max(256, 8 * size), 1 << 16)))
        usual = (60 if tables.managers.on else 20, 52)
        self.told = Rows(*(
            records(kind, max(512, wanted or each * size))
            for kind, wanted, each in zip((DEAL_ROW, TASK_ROW), rows, usual, strict=True)
        ))  # fmt: skip
        self.luck = self._luck(company, tables)
        self.luck_rows = size

    def _luck(self, company: Company, tables: Tables) -> Luck:
        draws, size = self.draws, len(self.draws)
        values = np.empty((size, len(tables.layout.columns)))
        for at in range(0, size, BLOCK):
            values[at : at + BLOCK] = draws.luck(0, at, at + BLOCK)
        customers = records(CUSTOMER, size)
        customers["origin"], customers["ordinal"] = draws.origin_words, draws.ordinal
        customers["source"], customers["unit"] = draws.source, draws.unit
        customers["returns"] = draws.is_return
        skill = draws.skill.copy() if tables.leaving.on else draws.skill
        return Luck(
            values, np.arange(0, max(size, 1), BLOCK)[None].copy(),
            draws.patience(0)[None] if company.flags["minds_neglect"] else np.zeros((1, 0)),
            company.words, customers, draws.amount, draws.quality, skill, draws.arrival, draws.births,
            draws.hides if company.flags["misreports"] else np.zeros(tables.reps), loyal_of(tables, draws),
            leaving.occupants_of(draws),
        )  # fmt: skip

    def arguments(self) -> tuple:
        """All of it, in the order in which the kernel takes it."""
        return self.state, self.firm, self.luck, self.world, self.agenda, self.told

    def grow(self, events: int) -> None:
        """Room for more moments and tasks: the free ones are chained."""
        self.agenda = self.agenda._replace(
            events=longer(self.agenda.events, events, self.state, "free_event", "following"),
            turns=longer(self.agenda.turns, events),
        )
        self.world = self.world._replace(
            tasks=longer(self.world.tasks, events // 4, self.state, "free_task", "left")
        )

    def longer_rows(self, wanted: int) -> None:
        """Room for so many more rows of each table."""
        used = (int(self.state["deal_rows"][0]), int(self.state["task_rows"][0]))
        self.told = Rows(*(
            rows if at + wanted <= len(rows) else longer(rows, max(len(rows), at + wanted - len(rows)))
            for rows, at in zip(self.told, used, strict=True)
        ))  # fmt: skip

    def draw_visit(self, visit: int, block: int) -> None:
        """The luck of a later visit, for a block of customers."""
        base, values = self.luck.base, self.luck.values
        if len(base) <= visit:
            base = np.concatenate([base, np.full((visit + 1 - len(base), base.shape[1]), -1)])
        drawn = self.draws.luck(visit, block * BLOCK, (block + 1) * BLOCK)
        if self.luck_rows + len(drawn) > len(values):
            values = longer(values, max(len(drawn), len(values) // 2))
        base[visit, block] = self.luck_rows
        values[self.luck_rows : self.luck_rows + len(drawn)] = drawn
        self.luck_rows += len(drawn)
        self.luck = self.luck._replace(base=base, values=values)

    def draw_life(self, life: int) -> None:
        """How much neglect the customers bear in a later life of their deals."""
        patience = self.luck.patience
        more = [self.draws.patience(at)[None] for at in range(len(patience), life + 1)]
        self.luck = self.luck._replace(patience=np.concatenate([patience, *more]))
