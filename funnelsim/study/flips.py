"""Which deals ended differently in two worlds, and where their lives part: every unit of the difference.

Customers are the same in both worlds, told by replication and id, and so is their luck. A deal is
*flipped* when it brings other bookings in the measured period, or is won in one world only. What
flipped deals bring more or less is, replication by replication, the difference of bookings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.calendar import period
from funnelsim.errors import RunError
from funnelsim.history.log import EVENTS, NONE, TRUTH, EventLog
from funnelsim.history.table import opportunity_ids
from funnelsim.study.columns import CLOSES, WON, Columns, amounts_at
from funnelsim.study.intervals import interval
from funnelsim.study.partings import WORLDS, Lives, at_places, parted

GROUPS = (
    "won_instead", "lost_instead", "earlier", "later", "came_in", "went_out", "new", "gone", "amount",
)  # fmt: skip
"""Won instead of not; lost instead of won; won in time; not in time any more; won later, so within the
period; won before it began; there in the other world only; in the base only; won in both at another
amount."""

GAINS = ("won_instead", "earlier", "came_in", "new")


@dataclass(frozen=True)
class Flips:
    """Flipped deals of one pair of scenarios.

    `deals` has one row a flipped deal, largest difference first: replication, id, group, difference and
    amount_base, amount_other (currency units booked in the period), and for each world (`_base`, `_other`)
    created and ended (days since `start`), outcome (won, won_before, lost, no_decision, open, absent), and
    event, stage, day, reason of the moment where the lives part. `parts` says how: by what happens (`event`),
    by a day or more (`time`), because one goes on where the other's time is up (`end`), by amount or
    because one world alone has it. Of those that part by time: `reached`, the last stage both reached,
    how many days earlier the other did (`days_earlier`), and the stage where most of that came from
    (`gained_in`, `gained_days`).
    """

    deals: pd.DataFrame
    names: tuple[str, str]
    start: date
    measured: tuple[float, float]
    first: int
    replications: int
    currency: str = "CNY"

    @property
    def period(self) -> str:
        """What one replication measures, as `calendar.period` calls it."""
        return period(self.measured[1] - self.measured[0])

    @property
    def difference(self) -> np.ndarray:
        """What flipped deals bring in the other world beyond the base, (replications,), int64."""
        return self.by_replication(self.deals)

    def by_replication(self, deals: pd.DataFrame) -> np.ndarray:
        """Sum of the differences of some of the deals, (replications,), int64."""
        sums = np.zeros(self.replications, np.int64)
        np.add.at(sums, deals["replication"].to_numpy() - self.first, deals["difference"].to_numpy())
        return sums

    def day(self, days: float) -> date | None:
        """The date of a moment, None where there is none."""
        return self.start + timedelta(days=int(days)) if np.isfinite(days) else None

    def groups(self) -> pd.DataFrame:
        """What the difference is made of: group, deals (in all replications), money (their sum), and of a
        replication deals_each, mean, low and high (95 % Student-t interval), and the share of the whole
        difference; shares sum to 1, and are nan where there is no difference. Largest first."""
        total = int(self.deals["difference"].sum())
        rows = []
        for group in GROUPS:
            part = self.deals[self.deals["group"] == group]
            if len(part):
                money = int(part["difference"].sum())
                mean, low, high = interval(self.by_replication(part))
                each = len(part) / self.replications
                share = money / total if total else np.nan
                rows.append((group, len(part), money, each, mean, low, high, share))
        head = ["group", "deals", "money", "deals_each", "mean", "low", "high", "share"]
        table = pd.DataFrame(rows, columns=head)
        return table.sort_values("money", key=abs, ascending=False, kind="stable", ignore_index=True)


def flips(
    base: EventLog, other: EventLog, view: int = TRUTH, names: tuple[str, str] = ("base", "other")
) -> Flips:
    """The deals that make the difference of bookings between two logs of the same customers.

    view    TRUTH or REPORT
    names   what the two worlds are called

    RunError when the logs are not of the same days and replications.
    """
    check_pair(base, other)
    worlds = [Columns(log, view) for log in (base, other)]
    at = _pairs(base, other)
    booked = [_booked(world) for world in worlds]
    amount = [at_places(money, place, 0) for (money, _, _), place in zip(booked, at, strict=True)]
    won = [at_places(times > 0, place, False) for (_, times, _), place in zip(booked, at, strict=True)]
    flipped = np.flatnonzero((amount[0] != amount[1]) | (won[0] != won[1]))
    at = [place[flipped] for place in at]
    either = np.where(at[0] >= 0, at[0], at[1])
    ids = [opportunity_ids(log) for log in (base, other)]
    told: dict[str, Any] = {
        "replication": np.where(at[0] >= 0, at_places(base.opportunities.replication, at[0], 0),
                                at_places(other.opportunities.replication, at[1], 0)),
        "id": [ids[0 if a >= 0 else 1][k] for a, k in zip(at[0], either, strict=True)],
    }  # fmt: skip
    lives = [Lives.of(world, place) for world, place in zip(worlds, at, strict=True)]
    for which, world in enumerate(WORLDS):
        here = worlds[which]
        outcome, ended = _outcomes(here, booked[which], at[which])
        told |= {
            f"amount_{world}": amount[which][flipped],
            f"outcome_{world}": outcome,
            f"created_{world}": at_places(here.log.opportunities.created, at[which], np.nan),
            f"ended_{world}": ended,
        }
    told["difference"] = told["amount_other"] - told["amount_base"]
    told["group"] = _grouped(told, [won[0][flipped], won[1][flipped]])
    told |= parted(lives, told["group"])
    deals = pd.DataFrame(told).sort_values(
        "difference", key=abs, ascending=False, kind="stable", ignore_index=True
    )
    return Flips(
        deals, names, base.start, base.measured, base.first_replication, base.replications, base.currency
    )


def check_pair(base: EventLog, other: EventLog) -> None:
    """RunError when two logs cannot be laid side by side."""
    facts = [(log.start, log.measured, log.first_replication, log.replications) for log in (base, other)]
    if facts[0] != facts[1]:
        base_days, other_days = (
            f"{start} + {begin:g}…{end:g} d, {first}…{first + n - 1}"
            for start, (begin, end), first, n in facts
        )
        raise RunError.of("flips", "flips_pair", base=base_days, other=other_days)


def _pairs(base: EventLog, other: EventLog) -> list[np.ndarray]:
    """Positions of every customer in both logs, -1 where a world has none of that name."""
    tables = []
    for log in (base, other):
        o = log.opportunities
        origin = np.array(log.names.origins, object)[o.origin] if len(o) else np.empty(0, object)
        key = {"replication": o.replication, "origin": origin, "ordinal": o.ordinal}
        tables.append(pd.DataFrame({**key, "at": np.arange(len(o))}))
    both = tables[0].merge(tables[1], how="outer", on=["replication", "origin", "ordinal"])
    return [both[name].fillna(NONE).to_numpy(np.int64) for name in ("at_x", "at_y")]


def _booked(c: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each opportunity what it brings in the period, how often it is won in it, and when last."""
    life = c.life
    at = np.flatnonzero((life.event == WON) & c.inside(life.time))
    deal = life.deal[at]
    money, day = np.zeros(c.deals, np.int64), np.full(c.deals, np.nan)
    np.add.at(money, deal, amounts_at(c, deal, life.time[at]))
    day[deal] = life.time[at]
    return money, np.bincount(deal, minlength=c.deals), day


def _outcomes(c: Columns, booked: tuple, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How deals stand when the period ends, and the day of their end."""
    life = c.life
    before = life.time < c.end
    ended = np.full(c.deals, np.nan)
    ended[life.deal[before]] = np.where(CLOSES[life.event[before]], life.time[before], np.nan)
    state, ended = at_places(c.state_at(c.end), place, -2), at_places(ended, place, np.nan)
    _, times, day = booked
    known = {-2: "absent", NONE: "open"} | {code: EVENTS[code] for code in np.flatnonzero(CLOSES)}
    outcome = np.array([known[code] for code in state.tolist()], object)
    inside = at_places(times > 0, place, False)
    outcome[(outcome == "won") & ~inside] = "won_before"
    outcome[inside] = "won"
    return outcome, np.where(inside, at_places(day, place, np.nan), ended)


def _grouped(told: dict[str, Any], won: list[np.ndarray]) -> np.ndarray:
    """The group of each flipped deal, from how it stands where it is not won in the period."""
    gain = won[1] & ~won[0]
    elsewhere = np.where(gain, told["outcome_base"], told["outcome_other"])
    words = {
        "absent": ("new", "gone"), "open": ("earlier", "later"), "won_before": ("came_in", "went_out"),
        "lost": ("won_instead", "lost_instead"), "no_decision": ("won_instead", "lost_instead"),
    }  # fmt: skip
    group = np.full(gain.size, "amount", object)
    for state, (up, down) in words.items():
        group[gain & (elsewhere == state)] = up
        group[won[0] & ~won[1] & (elsewhere == state)] = down
    return group
