"""A first look at an export: what stands in it, which column probably plays which part, which labels mean what.

Columns with known words are named by them; in a table without any the cells tell (`cells`). `guess_mapping`
writes it as a mapping to edit: what is not found stands there as a comment, so that it only has to be filled in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.errors import HistoryError
from funnelsim.history.cells import FEW, by_cells
from funnelsim.history.dates import GOOD, read_dates
from funnelsim.history.flow import END_CODES, Labels, flow
from funnelsim.history.log import CODE, NONE
from funnelsim.history.quality import Quality
from funnelsim.history.recognise import Layout, recognise
from funnelsim.history.sheet import Sheet
from funnelsim.history.sheets import read_sheet
from funnelsim.history.words import ending_of
from funnelsim.labels import LANGUAGES, text

SEEN = 50_000
"""Rows from which a guess is made."""
MOVES = ("id", "stage", "time", "owner", "amount", "source", "territory", "segment", "reason")
DEALS = ("id", "created", "closed", "status", "owner", "amount", "source", "territory", "segment", "reason")
ENDS = ("won", "lost", "no_decision")


@dataclass(frozen=True)
class Look:
    """The first rows of an export, and what they seem to be."""

    name: str
    sheet: Sheet
    layout: Layout | None
    """None where the header fits no known format."""
    parts: dict[str, str]
    """Part -> the column that probably plays it."""

    @property
    def is_log(self) -> bool:
        """Whether it is a log of funnelsim: it needs no mapping."""
        return self.layout is not None and self.layout.format.kind == "log"

    @property
    def keys(self) -> tuple[str, ...]:
        """The parts that a mapping of such an export names."""
        if self.is_log:
            return tuple(part for part in self.parts if part not in ("view", "replication"))
        return MOVES if is_long(self.parts) else DEALS

    def labels(self, column: str) -> dict[str, int]:
        """The texts of a column, most frequent first, with the rows in which each stands; none of blank cells."""
        of = self.sheet[column]
        often = np.argsort(-of.counts, kind="stable")
        return {str(of.texts[n]): int(of.counts[n]) for n in often if of.counts[n] and of.texts[n]}

    def order(self, parts: dict[str, str]) -> list[str]:
        """The labels that are no ends, in the order in which deals pass them."""
        return _stages_of(self.sheet, parts, "opportunity" if self.is_log else "id")

    def guess(self, parts: dict[str, str] | None = None) -> dict[str, Any]:
        """A mapping as `read_mapping` gives it, from these parts or the probable ones."""
        parts = self.parts if parts is None else parts
        told: dict[str, Any] = {part: parts[part] for part in (*self.keys, *MOVES, *DEALS) if part in parts}
        if self.is_log:
            return told | {"order": self.order(parts)}
        long = is_long(parts)
        column = parts.get("stage" if long else "status")
        if column is not None:
            ends = {label: ending_of(label) for label in list(self.labels(column))[:FEW]}
            told |= {end: [label for label, which in ends.items() if which == end] for end in ENDS}
            told |= {"order": self.order(parts)} if long else {}
        if self.layout is not None and self.layout.entered:
            told["entered"] = dict(self.layout.entered)
        return told


def look(path: str | Path) -> Look:
    """A first look at an export; HistoryError where it cannot be read as a table at all."""
    sheet = read_sheet(path, Quality(), lambda names: set(names[:400]))
    sheet = sheet.where(np.arange(min(len(sheet), SEEN)))
    try:
        layout: Layout | None = recognise(sheet, str(path))
    except HistoryError:
        layout = None
    parts = dict(layout.columns) if layout else by_cells(sheet)
    if layout is not None and layout.format.kind == "log":
        parts.pop("about", None)
    return Look(Path(path).name, sheet, layout, parts)


def is_long(parts: dict[str, Any]) -> bool:
    """Whether a row tells of a stage entered, not of a whole deal."""
    return bool(parts.get("stage") and parts.get("time"))


def guess_mapping(path: str | Path, as_written: str = "") -> str:
    """The text of a mapping file for an export, with comments in both languages.

    as_written   the name under which the mapping will be kept, for the command in its first lines
    """
    seen = look(path)
    return written(seen, seen.guess(), as_written)


def written(look: Look, told: dict[str, Any], as_written: str = "") -> str:
    """A mapping of an export as the text of a file, with comments in both languages."""
    names = {"name": look.name, "mapping": as_written or "mapping.yaml"}
    head = [f"# {text('mapping.head', lang, **names)}" for lang in LANGUAGES]
    shown = ", ".join(name for name in look.sheet.names[:80] if name)
    body: list[str] = [*head, "#", f"# {shown}", ""]
    long = is_long(told)
    keys = look.keys if look.is_log else MOVES if long else DEALS
    for key in (*keys, *(key for key in (*MOVES, *DEALS) if key in told and key not in keys)):
        body += _comment(key)
        body.append(f"{key}: {_quoted(told[key])}" if key in told else f'# {key}: ""')
    for end in ENDS:
        body += _list(end, told[end]) if end in told else []
    body += _list("order", told["order"]) if told.get("order") else []
    if told.get("open"):
        body += _list("open", told["open"])
    elif not long and not look.is_log and told.get("status"):
        ends = {label for end in ENDS for label in told.get(end, ())}
        rest = [label for label in list(look.labels(told["status"]))[:FEW] if label not in ends]
        body += ["", *_comment("open"), *(f"#   {label}" for label in rest[:40])]
    for key in ("entered", "groups"):
        if told.get(key):
            body += ["", *_comment(key), f"{key}:"]
            body += [f"  {_quoted(name)}: {_quoted(column)}" for name, column in told[key].items()]
    dates = told.get("dates")
    return "\n".join(
        [*body, "", *_comment("dates"), f"dates: {dates}" if dates else "# dates: day_first", ""]
    )


def _comment(key: str) -> list[str]:
    return [f"# {text(f'mapping.{key}', lang)}" for lang in LANGUAGES]


def _quoted(name: str) -> str:
    return json.dumps(str(name), ensure_ascii=False)


def _list(key: str, labels: Iterable[str]) -> list[str]:
    found = [f"  - {_quoted(label)}" for label in labels]
    return ["", *_comment(key), f"{key}:" if found else f"{key}: []", *found]


def _stages_of(sheet: Sheet, parts: dict[str, str], key: str) -> list[str]:
    """The labels that are no ends, in the order in which deals pass them."""
    if not {key, "stage", "time"} <= parts.keys():
        return []
    column = sheet[parts["stage"]]
    names = [str(label) for label in column.texts]
    kinds = np.array(
        [END_CODES.get(ending_of(name) or "", NONE) if name else CODE["lost"] for name in names], np.int64
    )
    stage = np.where(kinds == NONE, np.arange(len(names)), NONE)[column.codes]
    [read] = read_dates([sheet[parts["time"]]])
    good = np.flatnonzero((read.state == GOOD) & (stage >= 0))
    if not good.size or len(names) > FEW:
        return []
    deal = sheet[parts[key]].codes[good]
    order = np.lexsort((good, read.times[good], deal))
    labels = Labels(np.full(good.size, NONE), stage[good][order], tuple(names))
    return list(flow(deal[order], read.times[good][order], labels, good[order], Quality(), False)[1])
