"""One deal, two worlds: both lives of the same customer side by side, and the moment they part."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.errors import RunError
from funnelsim.history.log import CODE, ENDS, EVENTS, REPORT, TRUTH, EventLog, Rows
from funnelsim.history.table import opportunity_ids
from funnelsim.study.flips import check_pair
from funnelsim.study.partings import A_DAY, STORY, WORLDS

QUEUED, STARTED, ENDED = (CODE[name] for name in ("task_queued", "task_started", "task_ended"))
TOUCHED, ENTERED, REOPENED = (CODE[name] for name in ("touched", "entered", "reopened"))
FORKS = frozenset(np.array(EVENTS)[STORY[: len(EVENTS)]].tolist())


def two_worlds(
    base: EventLog,
    other: EventLog,
    replication: int,
    id: str,
    view: int = TRUTH,
    names: tuple[str, str] = ("base", "other"),
) -> pd.DataFrame:
    """Both lives of one deal, a row an event, what happens in both worlds in one row.

    event, stage    what happens and where; `touched` for each word to the customer
    nth             which time this happens to the deal there, from 1
    day_base, ...   of each world (`_base`, `_other`): `day` since the log's start, nan where it does not
                    happen; owner, reason; on rows of `entered` what the visit holds: `waiting` and
                    `working` days of its tasks, and `touches`
    later           days by which it is later in the other world
    parts           True on the row where the lives part: the first that happens in one world only (story
                    events before others), else the first a day or more apart (or apart
                    at all, where none is)

    attrs: id, replication, names, start, measured, currency, stages, and amount and end of each world
    (won, lost, no_decision, open, absent). RunError when neither log has this deal.
    """
    check_pair(base, other)
    lives = [_life(log, replication, id, view) for log in (base, other)]
    if all(life is None for life in lives):
        raise RunError.of("two_worlds", "flips_unknown", id=id, replication=replication)
    tables = [_table(log, life) for log, life in zip((base, other), lives, strict=True)]
    key = ["event", "stage", "nth"]
    both = tables[0].merge(tables[1], how="outer", on=key, suffixes=("_base", "_other"))
    first = both[["day_base", "day_other"]].min(axis=1)
    place = both[["order_base", "order_other"]].min(axis=1)
    both = both.iloc[np.lexsort((place, first))].drop(columns=["order_base", "order_other"])
    both["later"] = both["day_other"] - both["day_base"]
    both["parts"] = False
    both = both.reset_index(drop=True)
    if (at := _fork(both)) is not None:
        both.loc[at, "parts"] = True
    both.attrs = {
        "id": id, "replication": replication, "names": names, "start": base.start, "measured": base.measured,
        "currency": base.currency, "horizon": base.horizon,
        "stages": tuple(dict.fromkeys([*base.names.stages, *other.names.stages])),
        "amount": tuple(_amount(log, life) for log, life in zip((base, other), lives, strict=True)),
        "end": tuple(_end(life) for life in lives),
    }  # fmt: skip
    return both


def _life(log: EventLog, replication: int, id: str, view: int) -> tuple[int, Rows, Rows] | None:
    """Position, deal rows and task rows of a deal, None where the world shows none of this name."""
    own = np.flatnonzero(log.opportunities.replication == replication)
    ids = opportunity_ids(log)[own]
    if not (ids == id).any():
        return None
    at = int(own[np.flatnonzero(ids == id)[0]])
    number, hidden = log.opportunities.opportunity[at], REPORT if view == TRUTH else TRUTH
    found = []
    for rows in (log.deals, log.tasks):
        mine = (rows.replication == replication) & (rows.opportunity == number) & (rows.view != hidden)
        found.append(rows.where(mine))
    deals, tasks = found
    return (at, deals, tasks) if len(deals) else None


def _table(log: EventLog, life: tuple[int, Rows, Rows] | None) -> pd.DataFrame:
    """One life, a row an event, its visits with what they hold."""
    head = [
        "event", "stage", "nth", "order", "day", "owner", "reason", "waiting", "working", "touches"
    ]  # fmt: skip
    out: list[tuple[Any, ...]] = []
    if life is not None:
        _, deals, tasks = life
        touches = tasks.where(tasks.event == TOUCHED)
        rows = Rows.join([deals, touches])
        rows = rows.where(np.argsort(rows.time, kind="stable"))
        touch = [at for at, name in enumerate(log.names.activities) if name == "touch"]
        work = tasks.where((tasks.activity >= 0) & ~np.isin(tasks.activity, touch))
        spent = iter(_visits(deals.time[deals.event == ENTERED], touches.time, _spans(work, log.horizon)))
        seen: Counter[tuple[str, str]] = Counter()
        for order in range(len(rows)):
            event, stage = EVENTS[rows.event[order]], _name(log.names.stages, rows.stage[order])
            seen[event, stage] += 1
            visit = next(spent) if rows.event[order] == ENTERED else (np.nan, np.nan, np.nan)
            person = _name(log.names.people, rows.person[order])
            reason = _name(log.names.reasons, rows.reason[order])
            day = float(rows.time[order])
            out.append((event, stage, seen[event, stage], order, day, person, reason, *visit))
    table = pd.DataFrame(out, columns=head)
    numbers = ["nth", "order", "day", "waiting", "working", "touches"]
    return table.astype(dict.fromkeys(numbers, float) | {n: object for n in head if n not in numbers})


def _visits(
    entered: np.ndarray, touched: np.ndarray, spans: list[tuple[int, float, float]]
) -> list[tuple[float, float, float]]:
    """Of each visit, in order: days its tasks waited in line, days they were worked on, and touches."""
    edges = np.r_[entered[1:], np.inf][: entered.size]
    told = []
    for begin, end in zip(entered, edges, strict=True):
        waits = [stop - start for kind, start, stop in spans if kind == QUEUED and begin <= start < end]
        works = [stop - start for kind, start, stop in spans if kind == STARTED and begin <= start < end]
        told.append((sum(waits, 0.0), sum(works, 0.0), float(((touched >= begin) & (touched < end)).sum())))
    return told


def _spans(tasks: Rows, horizon: float) -> list[tuple[int, float, float]]:
    """What tasks did from when to when: QUEUED while they waited, STARTED while they were worked on."""
    spans: list[tuple[int, float, float]] = []
    open_: dict[tuple[int, ...], tuple[int, float]] = {}
    for time, event, *key in zip(
        tasks.time.tolist(), tasks.event.tolist(), tasks.stage.tolist(), tasks.activity.tolist(), strict=True
    ):  # fmt: skip
        before = open_.pop(tuple(key), None)
        if before is not None:
            spans.append((*before, time))
        if event in (QUEUED, STARTED):
            open_[tuple(key)] = (event, time)
    return spans + [(*before, horizon) for before in open_.values()]


def _fork(both: pd.DataFrame) -> int | None:
    """The row where two lives part, None where they never do."""
    one = both["day_base"].isna() | both["day_other"].isna()
    story = both["event"].isin(FORKS)
    whole = not both["day_base"].isna().all() and not both["day_other"].isna().all()
    apart = both["later"].abs() >= A_DAY
    moved = both["later"].fillna(0.0) != 0.0
    choices = [one & story & whole & _answered(both), apart, one & story, one, moved]
    return next((int(np.flatnonzero(mask)[0]) for mask in choices if mask.any()), None)


def _answered(both: pd.DataFrame) -> pd.Series:
    """Rows of one world from where the other, too, went another way: neither has only run out of time."""
    alone = [both[f"day_{w}"].isna() & both["event"].isin(FORKS) for w in WORLDS]
    return pd.Series(bool(alone[0].any() and alone[1].any()), index=both.index)


def _end(life: tuple[int, Rows, Rows] | None) -> str:
    if life is None:
        return "absent"
    told = life[1].event[np.isin(life[1].event, [*ENDS, REOPENED])]
    return EVENTS[told[-1]] if told.size and told[-1] != REOPENED else "open"


def _amount(log: EventLog, life: tuple[int, Rows, Rows] | None) -> int:
    """What the deal is worth in the end."""
    if life is None:
        return 0
    changes = life[1].value[life[1].event == CODE["amount_changed"]]
    return int(changes[-1]) if changes.size else int(log.opportunities.amount[life[0]])


def _name(names: tuple[str, ...], at: int) -> str:
    return names[at] if at >= 0 else ""
