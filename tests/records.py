"""Records of a CRM for tests, made from planted truth: one spell a deal, or whole ways through stages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from scipy import special

from funnelsim.history.log import BOTH, CODE, NONE, EventLog, Names, Opportunities, Rows
from funnelsim.history.reader import History

START = date(2024, 1, 1)
KINDS = ("won", "lost", "no_decision")


def planted(rng: np.random.Generator, n: int = 2000, last: float = 330.0):
    """Deals created evenly until day `last`, about 30 % of them open then: (created, days, kind, medians).

    won / lost / undecided .35 / .45 / .20, medians 66, 45 and 120 days.
    """
    kind = rng.choice(3, n, p=[0.35, 0.45, 0.2])
    medians = np.array([66.0, 45.0, 120.0])
    days = np.choose(kind, [
        medians[0] * (rng.exponential(1, n) / np.log(2)) ** (1 / 1.5),
        rng.lognormal(np.log(medians[1]), 0.7, n),
        medians[2] * (rng.exponential(1, n) / np.log(2)) ** (1 / 1.2),
    ])  # fmt: skip
    return rng.uniform(0, last, n), days, kind, medians


DOUBLING_SHARES, DOUBLING_MEANS = (0.35, 0.45, 0.2), (35.9, 50.9, 132.6)


def doubling(rng: np.random.Generator, n: int, last: float = 540.0, every: float = 120.0):
    """Deals of a pipeline that doubles every 120 days, as they stand on its last day: (days until the end or
    until now, end or -1). Weibull ends, of the mean days above and of such shapes that closed deals alone say
    .390 / .469 / .141 and 33.1 / 42.6 / 101.2 days of a pipeline that has always grown so.
    """
    created = last + every / np.log(2) * np.log(rng.uniform(2 ** (-last / every), 1, n))
    kind = rng.choice(3, n, p=DOUBLING_SHARES)
    shape = np.array([1.62, 1.25, 1.67])[kind]
    days = np.array(DOUBLING_MEANS)[kind] / special.gamma(1 + 1 / shape) * rng.weibull(shape)
    age = last - created
    return np.minimum(days, age), np.where(days <= age, kind, -1)


def one_stage(
    created: np.ndarray, days: np.ndarray, kind: np.ndarray, last: float, whole_days: bool = True,
    amount: np.ndarray | None = None, entry: float | None = None, **groups: np.ndarray,
) -> History:  # fmt: skip
    """A two-point record as it stood at the end of day `last`: begun, ended, how (position in KINDS).

    amount   value of each deal, known whatever its end
    groups   owner, source, territory, segment: a name of each deal
    """
    order = np.argsort(created, kind="stable")
    created, days, kind = (np.asarray(part)[order] for part in (created, days, kind))
    if whole_days:
        closed = np.floor(created + days)
        created = np.floor(created)
    else:
        closed = created + days
    n, ended = created.size, np.flatnonzero(closed < last + 1)
    deal = np.concatenate([np.arange(n), np.arange(n), ended])
    time = np.concatenate([created, created, closed[ended]])
    born, entered = np.full(n, CODE["created"]), np.full(n, CODE["entered"])
    ends = np.array([CODE[name] for name in KINDS])[kind[ended]]
    event = np.concatenate([born, entered, ends])
    codes, names = {}, {}
    for part in ("owner", "source", "territory", "segment"):
        known, number = (
            np.unique(groups[part], return_inverse=True) if part in groups else ((), np.full(n, NONE))
        )
        codes[part], names[part] = number[order] if part in groups else number, tuple(map(str, known))
    place = np.lexsort((event != CODE["created"], deal, time))
    return _history(
        deal[place], time[place], event[place], np.where(event == CODE["created"], NONE, 0)[place],
        codes["owner"][deal][place], ("pipeline",), names, last + 1, created, entry=entry,
        amount=np.zeros(n) if amount is None else amount[order], whole_days=whole_days,
        groups=[codes[part] for part in ("source", "territory", "segment")],
    )  # fmt: skip


def ways(stories: Sequence[Sequence[tuple[float, str, int]]], stages: int, last: float) -> History:
    """A stage history: for each deal its rows (day, event, stage), in order; `created` is put before them."""
    rows = [
        (number, day, CODE[event], stage)
        for number, story in enumerate(stories)
        for day, event, stage in [(story[0][0], "created", NONE), *story]
    ]
    deal, time, event, stage = (np.array(part) for part in zip(*rows, strict=True))
    created = np.array([story[0][0] for story in stories])
    place = np.lexsort((np.arange(deal.size), time))
    kept = place[time[place] < last]
    nobody = np.full(deal.size, NONE)
    names = dict.fromkeys(("owner", "source", "territory", "segment"), ())
    return _history(
        deal[kept], time[kept], event[kept], stage[kept], nobody[kept],
        tuple(f"stage {number}" for number in range(stages)), names, last, created,
        amount=np.zeros(created.size), whole_days=False, groups=[np.full(created.size, NONE)] * 3, entry=None,
    )  # fmt: skip


def _history(
    deal, time, event, stage, owner, stages, names, horizon, created, *, amount, whole_days, groups, entry
):
    n, size = created.size, deal.size
    none, zero = np.full(size, NONE), np.zeros(size)
    columns = (zero, deal, time, event, stage, owner, none, none, none, zero, np.full(size, BOTH))
    log = EventLog(
        names=Names(
            stages=stages, people=names["owner"], sources=names["source"], territories=names["territory"],
            segments=names["segment"], origins=tuple(map(str, range(n))), thirds=(1,) * len(stages),
        ),
        start=START, horizon=float(horizon), measured=(0.0, float(horizon)),
        deals=Rows(*(np.asarray(c).astype(kind) for c, kind in zip(columns, Rows.DTYPES, strict=True))),
        opportunities=Opportunities(*(
            np.asarray(c).astype(kind)
            for c, kind in zip(
                (np.zeros(n), np.arange(n), np.arange(n), np.full(n, NONE), created, amount, *groups),
                Opportunities.DTYPES, strict=True,
            )
        )),
    )  # fmt: skip
    return History("planted.csv", log, whole_days=whole_days, entry=entry)
