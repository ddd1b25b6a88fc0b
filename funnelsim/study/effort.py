"""Metrics of people and their hours. Work is done on what is, so all of them read the truth."""

from __future__ import annotations

import numpy as np

from funnelsim.history.log import CODE, REPORT
from funnelsim.study.arrays import share
from funnelsim.study.columns import Columns
from funnelsim.study.formulas import bookings
from funnelsim.study.leavers import PROTOCOL
from funnelsim.study.registry import HIGHER, LOWER, NEITHER, metric
from funnelsim.study.work import done_activities

MANAGER = tuple(CODE[name] for name in ("reviewed", "coached", "audited"))


def _of_reps(c: Columns, hours: np.ndarray) -> np.ndarray:
    return hours[:, : c.staff[0]].sum(axis=1)


@metric("utilisation", "share", NEITHER, of_work=True)
def utilisation(c: Columns) -> np.ndarray:
    """Hours the reps spent on tasks, prospecting included, / their hours available, in the period."""
    return share(_of_reps(c, c.spells.total()), _of_reps(c, c.spells.available))


@metric("utilisation.<pool>", "share", NEITHER, of_work=True)
def pool_utilisation(c: Columns) -> dict[str, np.ndarray]:
    """Hours the people of the pool spent on tasks / their hours available, in the measured period."""
    busy, available = c.spells.total(), c.spells.available
    _, pools = c.staff
    if not busy.shape[1]:
        return {}
    return {p: share(busy[:, who].sum(axis=1), available[:, who].sum(axis=1)) for p, who in pools.items()}


NO_STAGE = ("touch", "registration", "files", "collision")


@metric("selling_share", "share", HIGHER, of_work=True)
def selling_share(c: Columns) -> np.ndarray:
    """Hours the reps spent on the work of stages / their hours available, in the measured period; touches,
    prospecting, registering, customer files, handovers and work on deals of others are left out."""
    names, spells = c.log.names.activities, c.spells
    other = [k for k, name in enumerate(names) if name in (*NO_STAGE, *PROTOCOL)]
    sells = (spells.deal >= 0) & ~np.isin(spells.activity, other)
    return share(_of_reps(c, spells.total(sells)), _of_reps(c, spells.available))


@metric("revenue_per_hour", "currency/hour", HIGHER, of_work=True)
def revenue_per_hour(c: Columns) -> np.ndarray:
    """bookings / hours the reps spent on tasks, prospecting included, in the measured period."""
    return share(bookings(c), _of_reps(c, c.spells.total()))


@metric("ksa_compliance", "share", HIGHER, of_work=True)
def ksa_compliance(c: Columns) -> np.ndarray:
    """Key selling activities done / required, of the visits to stages that passed (advanced or won) in the
    measured period. An activity is done when a task of it ended within the visit; one that was broken off
    does not count, one done twice counts once."""
    return share(*done_activities(c))


@metric("pool_wait_days", "days", LOWER, of_work=True)
def pool_wait_days(c: Columns) -> np.ndarray:
    """Mean days from joining a pool's line to the start of the work, of the pools' tasks started in the
    measured period."""
    waits = c.waits
    return share(c.total(waits.replication, waits.days), c.count(waits.replication))


@metric("pool_wait_days.<pool>", "days", LOWER, of_work=True)
def pool_wait(c: Columns) -> dict[str, np.ndarray]:
    """The same of one pool: mean days in its line, of its tasks started in the measured period."""
    waits, desks = c.waits, c.log.names.desks
    if not len(desks):
        return {}
    cell = waits.replication * np.int64(len(desks)) + waits.desk
    size = c.replications * len(desks)
    mean = share(np.bincount(cell, waits.days, size), np.bincount(cell, minlength=size)).reshape(
        -1, len(desks)
    )
    return {pool: mean[:, desks.index(pool)] for pool in c.staff[1]}


@metric("manager_hours", "hours", NEITHER)
def manager_hours(c: Columns) -> np.ndarray:
    """Hours of managers on reviews, audits, diagnoses and coaching in the measured period: the values of its
    `reviewed`, `audited` and `coached` rows; 0 where nobody reviews."""
    rows = c.log.deals
    at = np.flatnonzero(np.isin(rows.event, MANAGER))
    at = at[c.inside(rows.time[at]) & (rows.view[at] != REPORT)]
    return c.total(rows.replication[at] - c.log.first_replication, rows.value[at]).astype(float)
