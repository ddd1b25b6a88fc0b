"""A small world for tests: logs made by hand from tuples, and five deals whose numbers are known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from funnelsim.history.log import BOTH, CODE, NONE, REPORT, TRUTH, EventLog, Names, Opportunities, Rows

STAGES = ("design", "offer", "contract")
REASONS = ("price", "competitor", "no_decision")
VIEWS = {"both": BOTH, "truth": TRUTH, "report": REPORT}


def make_log(
    amounts, deals, tasks=(), measured=(100.0, 200.0), replications=1, hours=8.0, reps=("anna", "bert"),
    pools=("presales",), start=date(2026, 1, 1), zone="UTC", thirds=(0, 1, 2), first=0,
):  # fmt: skip
    """A log from tuples, in the order given.

    amounts   amount of each opportunity; deal k is the same in every replication
    deals     (day, deal, event, stage or reason or amount or None[, replication[, view]]);
              lost and no_decision take (stage, reason)
    tasks     (day, deal or None, event, stage or None, person[, replication])
    hours     working hours a day of everybody
    """
    people = (*reps, *(f"{pool}-1" for pool in pools))
    told = []
    for day, deal, event, what, *rest in deals:
        replication = rest[0] if rest else first
        view = VIEWS[rest[1]] if len(rest) > 1 else BOTH
        stage, reason, value = NONE, NONE, 0.0
        if event == "amount_changed":
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
        worked.append((
            rest[0] if rest else first, NONE if deal is None else deal, day, CODE[event],
            NONE if stage is None else STAGES.index(stage), NONE if event == "task_queued" else who, desk,
            NONE, 0 if deal is not None else 1, 4.0, BOTH,
        ))  # fmt: skip
    horizon = measured[1]
    born = {(r[0], r[1]): r[2] for r in reversed(told)}
    keys = sorted(born)
    count = len(keys)
    opportunities = Opportunities(
        np.array([k[0] for k in keys], np.int32), np.array([k[1] for k in keys], np.int32),
        np.array([k[1] % 2 for k in keys], np.int32), np.array([k[1] // 2 for k in keys], np.int64),
        np.array([born[k] for k in keys], float), np.array([amounts[k[1]] for k in keys], np.int64),
        np.array([k[1] % 2 for k in keys], np.int16), np.zeros(count, np.int16), np.zeros(count, np.int16),
    )  # fmt: skip
    days = int(np.ceil(horizon)) + 1
    table = np.tile(hours * np.arange(days + 1.0), (1, len(people), 1))
    return EventLog(
        Names(STAGES, people, (*reps, *pools), REASONS, ("work", "prospecting"), ("北方.web", "south.fair"),
              ("web", "fair"), ("北方",), ("machines",), thirds),
        start, horizon, measured, rows(told), opportunities, rows(worked), replications, zone, "CNY", table,
        first,
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


def five_deals(**other):
    return make_log(FIVE_AMOUNTS, FIVE_DEALS, FIVE_TASKS, **other)


@pytest.fixture
def five():
    return five_deals()
