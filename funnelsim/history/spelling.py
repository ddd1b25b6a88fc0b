"""How texts are written into files so that they do no harm there, and what a log says of itself in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from math import inf, isfinite
from typing import Any
from zoneinfo import ZoneInfo

from funnelsim.history.log import EventLog, Spending

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What neither XML nor a workbook may hold."""
TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of writing: what stands beside them would show in another order."""
_FORMULA = "=+-@\t\r'＝＋－＠"
GUARDED = r"^'[=+\-@\t\r'＝＋－＠]"
"""What `harmless` has put a quote before, as a linear-time expression."""


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; `tamed` gives the text back."""
    return f"'{cell}" if cell[:1] in _FORMULA and cell else cell


def tamed(cell: Any) -> Any:
    """The text that `harmless` was given."""
    return (
        cell[1:] if isinstance(cell, str) and cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA else cell
    )


def writable(text: str) -> str:
    """A name as a file may hold it: no control characters, nothing that turns the direction of writing."""
    return TURNING.sub("", CONTROL.sub("", text))


@dataclass(frozen=True)
class About:
    """What a table of events cannot say of its log."""

    start: date
    horizon: float
    measured: tuple[float, float]
    time_zone: str
    currency: str
    replications: tuple[int, int]
    stages: tuple[str, ...]
    thirds: tuple[int, ...]
    due_days: dict[str, float]
    """Of the activities that are due within some days of the entry of their stage."""
    care: tuple[tuple[float, float, float], ...]
    """As `EventLog.care`."""
    spending: tuple[Spending, ...]
    """As `EventLog.spending`."""


def about(log: EventLog) -> str:
    """What a log says of itself, as JSON: it stands in the first row of a CSV or XLSX file, or above an XES log."""
    facts = {
        "start": log.start.isoformat(), "horizon": log.horizon, "measured": list(log.measured),
        "time_zone": log.time_zone, "currency": log.currency, "replications": [log.first_replication, log.replications],
        "stages": list(log.names.stages), "thirds": list(log.names.thirds),
    }  # fmt: skip
    named = zip(
        log.names.activities, log.names.due_days, strict=False
    )  # the days are empty where nobody knows
    due = {name: days for name, days in named if isfinite(days)}
    facts |= {"due_days": due} if due else {}
    facts |= {"care": care_as_json(log)} if log.care else {}
    facts |= {"spending": spending_as_json(log)} if log.spending else {}
    return json.dumps(facts, ensure_ascii=False)


def care_as_json(log: EventLog) -> list[list[float | None]]:
    """Reminders to customers as JSON can hold them: no days between two where there are none."""
    return [[day, every if isfinite(every) else None, cost] for day, every, cost in log.care]


def care_of_json(told: Any) -> tuple[tuple[float, float, float], ...]:
    """What `care_as_json` has made; ValueError or TypeError where it is something else."""
    return tuple(
        (float(day), inf if every is None else float(every), float(cost)) for day, every, cost in told
    )


def spending_as_json(log: EventLog) -> list[list[Any]]:
    """What rewards and channels cost as JSON can hold it."""
    return [[one.day, one.stage_bonus, one.bookings_share, dict(one.deal_cost)] for one in log.spending]


def spending_of_json(told: Any) -> tuple[Spending, ...]:
    """What `spending_as_json` has made; ValueError, TypeError or AttributeError where it is something else."""
    return tuple(
        Spending(
            float(day),
            float(bonus),
            float(share),
            tuple((str(name), float(each)) for name, each in cost.items()),
        )
        for day, bonus, share, cost in told
    )


def read_about(text: Any) -> About | None:
    """What `about` has written; None where it is not whole: the events alone count then."""
    try:
        told = json.loads(str(text))
        begin, end = told["measured"]
        first, count = told["replications"]
        found = About(
            date.fromisoformat(told["start"]), float(told["horizon"]), (float(begin), float(end)),
            str(told["time_zone"]), str(told["currency"]), (int(first), int(count)),
            tuple(map(str, told["stages"])), tuple(map(int, told["thirds"])),
            {str(name): float(days) for name, days in told.get("due_days", {}).items()},
            care_of_json(told.get("care", ())), spending_of_json(told.get("spending", ())),
        )  # fmt: skip
        ZoneInfo(found.time_zone)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError, OverflowError):
        return None
    sound = 0 < found.horizon < 1e5 and len(found.measured) == len(found.replications) == 2
    return (
        found
        if sound and 1 < found.start.year < 9000 and len(set(found.stages)) == len(found.stages)
        else None
    )
