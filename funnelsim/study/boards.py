"""Boards of a pipeline by third: the deals that stand too long, and what of the report is true, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.history.log import REPORT, EventLog
from funnelsim.history.table import is_simulated
from funnelsim.scenario.part import THIRDS
from funnelsim.study.intervals import ANY, POSITIVE, interval
from funnelsim.study.periods import period_of
from funnelsim.study.reveal import KINDS, reveal
from funnelsim.study.snapshot import as_of
from funnelsim.study.stalled import TOO_LONG, stalled

WEIGHTS = (0.25, 0.50, 0.75)


def stall_board(
    log: EventLog,
    day: float | date | None = None,
    usual: Mapping[str, float] | None = None,
    factor: float = TOO_LONG,
    weights: tuple[float, float, float] = WEIGHTS,
    replication: int | None = None,
) -> pd.DataFrame:
    """The deals of one replication that stand too long (`stalled`, which see), with what all replications say by third.

    replication   whose deals are listed; the first where none is given

    `attrs["thirds"]`: third -> deals, deals_low, deals_high, weighted, low, high: means over replications with the
    95 % Student-t interval of the mean (nan with one). `attrs["first"]` and `attrs["lead"]`: the third with most
    weighted value and the interval of what it has more than the second. Also open (deals of the replication), day,
    currency, replications, factor.
    """
    moment: float | date = log.horizon if day is None else day
    found = stalled(log, moment, usual, factor, weights, REPORT)
    number = log.first_replication if replication is None else replication
    counts, sums = (_by_third(log, found, column) for column in ("", "weighted"))
    order = np.argsort(-sums.mean(axis=1), kind="stable")
    thirds = {}
    for at, third in enumerate(THIRDS):
        deals, money = interval(counts[at], POSITIVE), interval(sums[at], POSITIVE)
        thirds[third] = dict(
            zip(
                ("deals", "deals_low", "deals_high", "weighted", "low", "high"), (*deals, *money), strict=True
            )
        )
    table = found[found["replication"] == number].reset_index(drop=True)
    now = as_of(log.replication(number), moment, REPORT)
    table.attrs |= {
        "thirds": thirds, "first": THIRDS[order[0]], "lead": interval(sums[order[0]] - sums[order[1]]),
        "open": int((now["state"] == "open").sum()), "factor": factor, **_facts(log, moment),
    }  # fmt: skip
    return table


def reveal_sums(
    log: EventLog, day: float | date | None = None, weights: tuple[float, float, float] = WEIGHTS
) -> pd.DataFrame:
    """What the report shows and what is true of it, weighted, by third and kind (`reveal`, which see).

    Columns: third, kind, and deals, shown and true (weighted amount as the report has it and as it is): means over
    replications with `_low` and `_high`, the 95 % Student-t interval of the mean (nan with one).
    `attrs["total"]`: shown, true and gap (shown - true, paired), each (mean, low, high), of `all` thirds and, by name,
    of each; `attrs["known"]`: whether the truth is (of an import only the report).
    """
    moment: float | date = log.horizon if day is None else day
    table = reveal(log, moment, weights)
    values = {
        column: table[column].to_numpy(float).reshape(log.replications, len(THIRDS), len(KINDS))
        for column in ("deals", "shown", "true")
    }
    rows = []
    for at, third in enumerate(THIRDS):
        for k, kind in enumerate(KINDS):
            told = [end for column in values for end in interval(values[column][:, at, k], POSITIVE)]
            rows.append((third, kind, *told))
    head = [f"{column}{end}" for column in values for end in ("", "_low", "_high")]
    sums = pd.DataFrame(rows, columns=["third", "kind", *head])
    per = {view: values[view].sum(axis=2) for view in ("shown", "true")}
    per["gap"] = per["shown"] - per["true"]
    total = {
        name: {
            view: interval(found[:, part].sum(axis=1), ANY if view == "gap" else POSITIVE)
            for view, found in per.items()
        }
        for name, part in (("all", slice(None)), *((t, [at]) for at, t in enumerate(THIRDS)))
    }
    sums.attrs |= {"total": total, "known": is_simulated(log), **_facts(log, moment)}
    return sums


def _by_third(log: EventLog, found: pd.DataFrame, column: str) -> np.ndarray:
    """Deals, or sums of a column, (thirds, replications)."""
    third = found["third"].map({name: at for at, name in enumerate(THIRDS)}).to_numpy(np.int64)
    cell = third * log.replications + (found["replication"].to_numpy(np.int64) - log.first_replication)
    weight = found[column].to_numpy(float) if column else None
    return np.bincount(cell, weight, len(THIRDS) * log.replications).reshape(len(THIRDS), -1).astype(float)


def _facts(log: EventLog, moment: float | date) -> dict[str, Any]:
    on = moment if isinstance(moment, date) else log.start + timedelta(days=int(np.ceil(moment)) - 1)
    period = period_of(log)
    return {
        "day": on.isoformat(), "currency": log.currency, "replications": log.replications, "period": period,
    }  # fmt: skip
