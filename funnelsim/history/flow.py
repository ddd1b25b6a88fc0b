"""Labels a deal has had, one after the other, into the events of a log.

A label is a stage or an end. A stage named again at once is no move. A stage entered anew after others is a
return, in the order of the record; so is one that stands before the stage it was entered from. A stage after an
end is a reopening; of two ends in a row the later one counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.errors import HistoryError
from funnelsim.history.log import CODE, NONE
from funnelsim.history.names import levels
from funnelsim.history.quality import Quality
from funnelsim.history.recognise import MOST_STAGES, Layout
from funnelsim.history.record import Events
from funnelsim.history.sheet import Column, repeated
from funnelsim.history.words import ending_of, header_word

UNLISTED, VAGUE = -3, -2
"""Labels that are no stage here: not in the mapping's lists, or closed without saying how."""
MOST_COMPARED = 20_000_000
"""Stages times deals among which the order of stages is looked for."""
END_CODES = {"won": CODE["won"], "lost": CODE["lost"], "no_decision": CODE["no_decision"], "closed": VAGUE}


class Labels(NamedTuple):
    """The labels of a record: what each row names, and the stages in order of appearance."""

    kind: np.ndarray  # int, (rows,): NONE for a stage, the event code of an end, UNLISTED or VAGUE
    stage: np.ndarray  # int, (rows,): position in `stages`, NONE for what is none
    stages: tuple[str, ...]


def read_labels(column: Column, layout: Layout, quality: Quality) -> Labels:
    """What the labels of a column mean, spellings of one stage joined; empty cells are UNLISTED.

    With `order` in the mapping a label in none of its lists is not a stage.
    """
    told = levels(column)
    kind = np.full(len(told.names) + 1, NONE, np.int64)
    stage = np.full(len(told.names) + 1, NONE, np.int64)
    kind[-1] = UNLISTED
    stages: dict[str, int] = {name: n for n, name in enumerate(layout.order)}
    words = {header_word(name): n for n, name in enumerate(layout.order)}
    for n, name in enumerate(told.names):
        end = ending_of(name, layout.endings)
        if layout.order and name in stages:
            end = None
        if end is not None:
            kind[n] = END_CODES[end]
        elif not layout.order:
            stage[n] = stages.setdefault(name, len(stages))
        elif name in stages or header_word(name) in words:
            stage[n] = stages.get(name, words.get(header_word(name), NONE))
        else:
            kind[n] = UNLISTED
    quality.repair("two_spellings", int(told.respelled.sum()), told.spellings)
    if len(stages) > MOST_STAGES:
        raise HistoryError.of("", "history_too_many_stages", stages=len(stages), most=MOST_STAGES)
    return Labels(kind[told.codes], stage[told.codes], tuple(stages))


def set_aside(labels: Labels, column: Column, quality: Quality) -> np.ndarray:
    """Which rows name a stage or an end; the others are counted and named."""
    unlisted = (labels.kind == UNLISTED) & ~column.blank
    counted = np.bincount(column.codes[unlisted], minlength=len(column.values))
    most = np.argsort(-counted, kind="stable")[:5]
    quality.drop(
        "unlisted_label",
        int(unlisted.sum()),
        [f"{column.texts[n]} ({counted[n]})" for n in most if counted[n]],
    )
    quality.drop("no_label", int(column.blank.sum()))
    vague = labels.kind == VAGUE
    quality.drop("closed_without_outcome", int(vague.sum()), column.cells(vague))
    return labels.kind >= NONE


def flow(deal: np.ndarray, time: np.ndarray, labels: Labels, row: np.ndarray, quality: Quality, given_order: bool,
         again: str = "stage_again") -> tuple[Events, tuple[str, ...]]:  # fmt: skip
    """The events of labels in order, each deal's together, and the stages from first to last.

    given_order   the stages of `labels` are in their order already; otherwise the record tells it
    again         reason under which a stage named again without a move between is noted
    """
    kind, stage = labels.kind, labels.stage
    same = _same_as_before(deal, kind, stage)
    quality.note(again, int(same.sum()), [labels.stages[n] for n in np.unique(stage[same])[:5] if n >= 0])
    keep = ~same
    deal, time, kind, stage, row = deal[keep], time[keep], kind[keep], stage[keep], row[keep]
    ends = kind >= 0
    follows = np.r_[deal[1:] == deal[:-1], False] if deal.size else np.zeros(0, bool)
    replaced = ends & follows & np.r_[ends[1:], False]
    quality.repair("end_changed", int(replaced.sum()))
    keep = ~replaced
    deal, time, kind, stage, row, ends = (
        deal[keep],
        time[keep],
        kind[keep],
        stage[keep],
        row[keep],
        ends[keep],
    )

    names = labels.stages
    used = np.zeros(len(names) + 1, bool)
    used[stage] = True
    if given_order:
        order = np.flatnonzero(used[:-1])
    else:
        order = _passed_order(deal, stage, len(names))
        order = order[used[order]]
    place = np.full(len(names) + 1, NONE)
    place[order] = np.arange(order.size)
    stage = place[stage]
    return _events(deal, time, kind, stage, row, ends, quality), tuple(names[n] for n in order)


def _same_as_before(deal: np.ndarray, kind: np.ndarray, stage: np.ndarray) -> np.ndarray:
    """Rows that name what the deal's row before has named; two words for one end are the same."""
    if not deal.size:
        return np.zeros(0, bool)
    return np.r_[False, (deal[1:] == deal[:-1]) & (kind[1:] == kind[:-1]) & (stage[1:] == stage[:-1])]


def _events(deal, time, kind, stage, row, ends, quality: Quality) -> Events:
    count = deal.size
    after = np.r_[False, deal[1:] == deal[:-1]] if count else np.zeros(0, bool)
    before = np.maximum(np.arange(count) - 1, 0)
    came_from = np.where(after & ~ends[before], stage[before], NONE)
    reopens = ~ends & after & ends[before]
    moves = ~ends & (came_from >= 0)
    returns = np.zeros(count, bool)
    visits = np.flatnonzero(~ends)
    returns[visits] = repeated([deal[visits], stage[visits]])
    returns |= stage < came_from
    quality.note("end_without_stage", int((ends & (came_from < 0)).sum()))

    lead = np.where(moves, np.where(returns, CODE["regressed"], CODE["advanced"]), CODE["reopened"])
    leading = np.flatnonzero(moves | reopens)
    main = np.where(ends, kind, CODE["entered"])
    at = np.concatenate([leading, np.arange(count)])
    event = np.concatenate([lead[leading], main])
    where = np.concatenate([np.where(moves, came_from, NONE)[leading], np.where(ends, came_from, stage)])
    order = np.lexsort((np.r_[np.zeros(leading.size), np.ones(count)], at))
    at = at[order]
    return Events(deal[at], time[at], event[order], where[order], row[at])


def _passed_order(deal: np.ndarray, stage: np.ndarray, stages: int) -> np.ndarray:
    """Stages in the order in which most deals first enter them; ties keep the order of appearance.

    Each stage scores one for every other that it precedes more often than it follows (Copeland).
    """
    seen = np.flatnonzero(stage >= 0)
    if stages < 2 or not seen.size:
        return np.arange(stages)
    first = seen[~repeated([deal[seen], stage[seen]])]
    number = np.unique(deal[first], return_inverse=True)[1]
    enough = number < MOST_COMPARED // stages
    first, number = first[enough], number[enough]
    score = np.zeros(stages)
    place = np.full((stages, int(number.max()) + 1), np.iinfo(np.int64).max)
    place[stage[first], number] = first
    for a in range(stages):
        both = (place[a] < np.iinfo(np.int64).max) & (place < np.iinfo(np.int64).max)
        before, after = np.sum(both & (place > place[a]), axis=1), np.sum(both & (place < place[a]), axis=1)
        score[a] = np.sum(before > after) + 0.5 * np.sum(before == after)
    appeared = np.full(stages, stage.size)
    np.minimum.at(appeared, stage[seen], seen)
    return np.lexsort((appeared, -score))
