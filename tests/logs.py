"""A small world for tests: logs made by hand from tuples, and five deals whose numbers are known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from funnelsim.engine.run import simulate
from funnelsim.history.log import BOTH, CODE, NONE, REPORT, TRUTH, EventLog, Names, Opportunities, Rows

STAGES = ("design", "offer", "contract")
REASONS = ("price", "competitor", "no_decision", "handover", "interrupted", "dropped", "silently_lost", "unlisted",
           "in_order")  # fmt: skip
ACTIVITIES = ("work", "prospecting", "touch", "design.call", "design.file", "offer.visit", "contract.sign",
              "offer.presales", "registration", "collision", "files")  # fmt: skip
VIEWS = {"both": BOTH, "truth": TRUTH, "report": REPORT}


def make_log(
    amounts, deals, tasks=(), measured=(100.0, 200.0), replications=1, hours=8.0, reps=("anna", "bert"),
    pools=("presales",), start=date(2026, 1, 1), zone="UTC", thirds=(0, 1, 2), first=0,
    territories=("北方",),
):  # fmt: skip
    """A log from tuples, in the order given.

    amounts   amount of each opportunity; deal k is the same in every replication
    deals     (day, deal, event, stage or reason or amount or hours or None[, replication[, view]]);
              lost and no_decision take (stage, reason)
    tasks     (day, deal or None, event, stage or None, person[, replication[, activity[, reason]]])
    hours     working hours a day of everybody
    """
    people = (*reps, *(f"{pool}-1" for pool in pools))
    told = []
    for day, deal, event, what, *rest in deals:
        replication = rest[0] if rest else first
        view = VIEWS[rest[1]] if len(rest) > 1 else BOTH
        stage, reason, value = NONE, NONE, 0.0
        if isinstance(what, int | float):
            value = what
        elif isinstance(what, tuple):
            stage, reason = STAGES.index(what[0]), REASONS.index(what[1])
        elif what is not None:
            stage = STAGES.index(what)
        told.append(
            (replication, deal, day, CODE[event], stage, deal % len(reps), NONE, reason, NONE, value, view)
        )
    worked = []
    for day, deal, event, stage, person, *rest in tasks:
        who = people.index(person)
        desk = who
        activity = rest[1] if len(rest) > 1 else "work" if deal is not None else "prospecting"
        reason = REASONS.index(rest[2]) if len(rest) > 2 else NONE
        worked.append((
            rest[0] if rest else first, NONE if deal is None else deal, day, CODE[event],
            NONE if stage is None else STAGES.index(stage), NONE if event == "task_queued" else who, desk,
            reason, ACTIVITIES.index(activity), 4.0, BOTH,
        ))  # fmt: skip
    horizon = measured[1]
    born = {(r[0], r[1]): r[2] for r in reversed(told)}
    keys = sorted(born)
    count = len(keys)
    opportunities = Opportunities(
        np.array([k[0] for k in keys], np.int32), np.array([k[1] for k in keys], np.int32),
        np.array([k[1] % 2 for k in keys], np.int32), np.array([k[1] // 2 for k in keys], np.int64),
        np.array([born[k] for k in keys], float), np.array([amounts[k[1]] for k in keys], np.int64),
        np.array([k[1] % 2 for k in keys], np.int16),
        np.array([k[1] % len(territories) for k in keys], np.int16), np.zeros(count, np.int16),
    )  # fmt: skip
    days = int(np.ceil(horizon)) + 1
    table = np.tile(hours * np.arange(days + 1.0), (1, len(people), 1))
    return EventLog(
        Names(STAGES, people, (*reps, *pools), REASONS, ACTIVITIES, ("北方.web", "south.fair"),
              ("web", "fair"), territories, ("machines",), thirds),
        start, horizon, measured, rows(told), opportunities, rows(worked), replications, zone, "CNY", table,
        first_replication=first,
    )  # fmt: skip


def rows(told):
    columns = zip(*told, strict=True) if told else [[]] * len(Rows.DTYPES)
    return Rows(*(np.array(c, t) for c, t in zip(columns, Rows.DTYPES, strict=True)))


FIVE_AMOUNTS = (1000, 2000, 4000, 8000, 16000)
FIVE_DEALS = [
    (10.0, 0, "created", None), (10.0, 0, "entered", "design"),
    (20.0, 1, "created", None), (20.0, 1, "entered", "design"),
    (30.0, 0, "advanced", "design"), (30.0, 0, "entered", "offer"),
    (40.0, 1, "lost", ("design", "price")),
    (60.0, 2, "created", None), (60.0, 2, "entered", "design"),
    (110.0, 0, "advanced", "offer"), (110.0, 0, "entered", "contract"),
    (120.0, 2, "advanced", "design"), (120.0, 2, "entered", "offer"),
    (130.0, 3, "created", None), (130.0, 3, "entered", "design"),
    (140.0, 0, "amount_changed", 1500),
    (150.0, 0, "won", "contract"),
    (160.0, 2, "regressed", "offer"), (160.0, 2, "entered", "design"),
    (165.0, 3, "advanced", "design"), (165.0, 3, "entered", "contract"),
    (170.0, 4, "created", None), (170.0, 4, "entered", "design"),
    (175.0, 3, "won", "contract"),
    (180.0, 2, "no_decision", ("design", "no_decision")),
    (190.0, 4, "advanced", "design"), (190.0, 4, "entered", "offer"),
]  # fmt: skip
"""Two won (1,500 after a change, 8,000), one lost, one undecided, one open; measured are days 100-200."""

FIVE_TASKS = [
    (90.0, 0, "task_queued", "offer", "anna"), (90.0, 0, "task_started", "offer", "anna"),
    (110.0, 0, "task_ended", "offer", "anna"),
    (120.0, 2, "task_queued", "offer", "presales-1"), (120.0, 2, "task_started", "offer", "presales-1"),
    (145.0, 2, "task_ended", "offer", "presales-1"),
    (150.0, None, "task_queued", None, "bert"), (150.0, None, "task_started", None, "bert"),
    (160.0, None, "task_ended", None, "bert"),
    (190.0, 4, "task_queued", "offer", "anna"), (190.0, 4, "task_started", "offer", "anna"),
]  # fmt: skip


LIVING_DEALS = [
    (10.0, 0, "created", None), (10.0, 0, "entered", "design"),
    (20.0, 1, "created", None), (20.0, 1, "entered", "design"),
    (30.0, 2, "created", None, 0, "truth"), (30.0, 2, "entered", "design", 0, "truth"),
    (40.0, 3, "created", None), (40.0, 3, "entered", "design"),
    (60.0, 0, "advanced", "design"), (60.0, 0, "entered", "offer"),
    (80.0, 1, "died", "design", 0, "truth"), (80.0, 1, "lost", ("design", "price"), 0, "truth"),
    (80.0, 1, "stalled", "design", 0, "report"),
    (90.0, 2, "advanced", "design", 0, "truth"), (90.0, 2, "entered", "contract", 0, "truth"),
    (105.0, 4, "created", None), (105.0, 4, "entered", "design"), (105.0, 4, "stalled", "design", 0, "truth"),
    (110.0, 3, "no_decision", ("design", "no_decision")),
    (120.0, 0, "reviewed", 0.25), (120.0, 0, "advanced", "offer"), (120.0, 0, "entered", "contract"),
    (120.0, 4, "stalled", "design", 0, "report"),
    (125.0, 3, "reopened", None), (125.0, 3, "entered", "design"),
    (130.0, 1, "discovered", "design"), (130.0, 1, "lost", ("design", "price"), 0, "report"),
    (130.0, 3, "coached", 1.5),
    (135.0, 3, "advanced", "design"), (135.0, 3, "entered", "contract"),
    (140.0, 2, "won", "contract", 0, "truth"), (140.0, 2, "created", None, 0, "report"),
    (140.0, 2, "registered", None, 0, "report"), (140.0, 2, "entered", "contract", 0, "report"),
    (140.0, 2, "won", "contract", 0, "report"),
    (150.0, 0, "won", "contract"), (160.0, 3, "won", "contract"),
    (165.0, 4, "stall_ended", "design"),
    (170.0, 4, "died", "design", 0, "truth"),
    (170.0, 4, "no_decision", ("design", "no_decision"), 0, "truth"),
    (170.0, 4, "stalled", "design", 0, "report"),
]  # fmt: skip
"""Deal 0 is won; 1 dies silently on day 80, found out on 130; 2 is hidden, and a surprise on 140; 3 comes
back on 125 and is won; 4 stalls, and is dead from 170 on without anybody knowing."""


def _worked(begin, end, deal, stage, person, activity, reason=None, queued=None):
    last = (0, activity) if reason is None else (0, activity, reason)
    return [
        (begin if queued is None else queued, deal, "task_queued", stage, person, 0, activity),
        (begin, deal, "task_started", stage, person, 0, activity),
        (end, deal, "task_ended", stage, person, *last),
    ]


LIVING_TASKS = sorted([
    *_worked(70.0, 75.0, 0, "offer", "anna", "offer.visit"),
    *_worked(92.0, 93.0, 3, "offer", "presales-1", "offer.presales", queued=90.0),
    *_worked(100.0, 110.0, 2, "contract", "anna", "contract.sign"),
    *_worked(100.0, 102.0, 1, "design", "bert", "touch"),
    *_worked(101.0, 103.0, 0, "offer", "presales-1", "offer.presales", queued=95.0),
    *_worked(104.0, 106.0, 3, "design", "bert", "design.call"),
    *_worked(114.0, 115.0, 2, "contract", "presales-1", "offer.presales", queued=110.0),
    *_worked(125.0, 130.0, 0, "contract", "anna", "contract.sign", "interrupted"),
    *_worked(126.0, 128.0, 3, "design", "bert", "design.call"),
    *_worked(129.0, 130.0, 3, "design", "bert", "design.call"),
    *_worked(140.0, 150.0, None, None, "bert", "prospecting"),
    *_worked(150.0, 155.0, 3, "contract", "bert", "contract.sign"),
    (165.0, 4, "task_queued", "design", "presales-1", 0, "offer.presales"),
    *_worked(175.0, 176.0, 4, "design", "anna", "touch"),
], key=lambda task: task[0])  # fmt: skip
"""Everybody has eight hours a day; presales tasks wait 6 and 4 days in the period, one waits still."""


def living_deals(**other):
    """Five deals of which truth and report tell different stories."""
    return make_log(FIVE_AMOUNTS, LIVING_DEALS, LIVING_TASKS, **other)


def five_deals(**other):
    return make_log(FIVE_AMOUNTS, FIVE_DEALS, FIVE_TASKS, **other)


@pytest.fixture
def five():
    return five_deals()


def log_of(scenario, engine="auto", seed=1, replications=1):
    """The log of a simulated company."""
    return simulate(scenario, seed, replications, engine=engine).log


def rows_of(log, event, reason=None, view=None):
    """The deal rows of an event, of a reason and a view where they are given."""
    deals = log.deals
    mask = deals.event == CODE[event]
    if reason is not None:
        mask &= deals.reason == log.names.reasons.index(reason)
    return deals.where(mask if view is None else mask & (deals.view == view))
