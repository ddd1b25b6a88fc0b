"""Two lives of the same deals, step by step, and the moment where they part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.history.log import EVENTS, NONE
from funnelsim.study.columns import CREATED, ENTERED, FLOW, Columns

WORLDS = ("base", "other")
STORY = FLOW | (np.arange(128) == CREATED)
"""Events that a life is told by."""
A_DAY = 1.0


def at_places(values: np.ndarray, place: np.ndarray, missing: Any) -> np.ndarray:
    """Values at positions, `missing` where the position is -1."""
    if not values.size:
        return np.full(place.shape, missing, np.result_type(values, type(missing)))
    return np.where(place >= 0, values[place], missing)


@dataclass(frozen=True)
class Lives:
    """What happened to some deals, step by step: (deals, steps), NONE and nan after the last."""

    row: np.ndarray
    time: np.ndarray
    event: np.ndarray
    stage: np.ndarray
    reason: np.ndarray
    c: Columns

    @staticmethod
    def of(c: Columns, place: np.ndarray) -> Lives:
        """The lives of the opportunities at these positions, up to the end of the period."""
        slot = np.full(c.deals + 1, NONE)
        slot[place[place >= 0]] = np.flatnonzero(place >= 0)
        rows = c.rows
        mine = np.flatnonzero((slot[c.deal] >= 0) & STORY[rows.event] & (rows.time < c.end))
        mine = mine[np.argsort(slot[c.deal[mine]], kind="stable")]
        deal = slot[c.deal[mine]]
        count = np.bincount(deal, minlength=place.size)
        step = np.arange(mine.size) - np.repeat(np.cumsum(count) - count, count)
        row = np.full((place.size, int(count.max(initial=0)) + 1), NONE)
        row[deal, step] = mine
        event, stage, reason = (at_places(part, row, NONE) for part in (rows.event, rows.stage, rows.reason))
        return Lives(row, at_places(rows.time, row, np.nan), event, stage, reason, c)

    def widened(self, steps: int) -> Lives:
        more = ((0, 0), (0, steps - self.row.shape[1]))
        time = np.pad(self.time, more, constant_values=np.nan)
        row, event, stage, reason = (
            np.pad(column, more, constant_values=NONE)
            for column in (self.row, self.event, self.stage, self.reason)
        )
        return Lives(row, time, event, stage, reason, self.c)

    def kinds(self, stages: list[str], reasons: list[str]) -> np.ndarray:
        """What happens at each step as one number, the same in both worlds; NONE after the last."""
        names = self.c.log.names
        of_stage = np.array([*(stages.index(name) for name in names.stages), NONE])
        of_reason = np.array([*(reasons.index(name) for name in names.reasons), NONE])
        kind = (self.event.astype(np.int64) * (len(stages) + 1) + of_stage[self.stage] + 1) * (
            len(reasons) + 1
        )
        return np.where(self.row >= 0, kind + of_reason[self.reason] + 1, NONE)


def parted(lives: list[Lives], group: np.ndarray) -> dict[str, Any]:
    """Where and how lives part, the columns of `Flips` on it."""
    steps = max(life.row.shape[1] for life in lives)
    lives = [life.widened(steps) for life in lives]
    all_names = [life.c.log.names for life in lives]
    stages = list(dict.fromkeys(name for names in all_names for name in names.stages))
    reasons = list(dict.fromkeys(name for names in all_names for name in names.reasons))
    kinds = [life.kinds(stages, reasons) for life in lives]
    deals = np.arange(group.size)
    # Both have run out at the last step, so a first difference is there, or the lives are alike to it.
    differs = kinds[0] != kinds[1]
    fork = np.where(differs.any(axis=1), differs.argmax(axis=1), (kinds[0] >= 0).sum(axis=1) - 1)
    ended = np.minimum(kinds[0][deals, fork], kinds[1][deals, fork]) == NONE
    common = np.arange(steps) < np.where(differs.any(axis=1), fork, fork + 1)[:, None]
    ahead = np.where(common, lives[0].time - lives[1].time, 0.0)  # days the other is earlier
    apart = np.abs(ahead) >= A_DAY

    one_world = np.isin(group, ("new", "gone"))
    in_time = np.isin(group, ("earlier", "later", "came_in", "went_out"))
    reached = np.where(common & (lives[0].event == ENTERED), np.arange(steps), 0).max(axis=1, initial=0)
    lag = ahead[deals, reached]
    late = in_time & (ended | ~differs.any(axis=1)) & (np.abs(lag) >= A_DAY)
    how = np.select(
        [one_world, group == "amount", late, ended | ~differs.any(axis=1)],
        ["world", "amount", "time", "end"], "event",
    )  # fmt: skip
    at = np.select([how == "time", np.isin(how, ("world", "amount"))], [apart.argmax(axis=1), 0], fork)
    gains = np.diff(ahead, axis=1, prepend=0.0) * np.sign(lag)[:, None]
    most = np.where(common, gains, -np.inf).argmax(axis=1)
    told: dict[str, Any] = {"parts": how.astype(object)}
    for life, world in zip(lives, WORLDS, strict=True):
        names = life.c.log.names
        told |= {
            f"event_{world}": _named(life.event[deals, at], EVENTS),
            f"stage_{world}": _named(life.stage[deals, at], names.stages),
            f"day_{world}": life.time[deals, at],
            f"reason_{world}": _named(life.reason[deals, at], names.reasons),
            f"last_stage_{world}": _named(_last_stage(life), names.stages),
        }
    timed = how == "time"
    stage = [_named(lives[0].stage[deals, step], all_names[0].stages) for step in (reached, most)]
    return told | {
        "reached": np.where(timed, stage[0], ""),
        "days_earlier": np.where(timed, lag, np.nan),
        "gained_in": np.where(timed, stage[1], ""),
        "gained_days": np.where(timed, np.abs(gains[deals, most]), np.nan),
    }


def _last_stage(life: Lives) -> np.ndarray:
    """The stage each deal entered last, NONE of those that are not there."""
    steps = np.arange(life.row.shape[1])
    last = np.where(life.event == ENTERED, steps, NONE).max(axis=1, initial=NONE)
    return np.where(last >= 0, life.stage[np.arange(last.size), last], NONE)


def _named(codes: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Names of codes, an empty text where there is none."""
    return np.array([*names, ""], object)[codes]
