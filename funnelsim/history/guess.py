"""A mapping to edit: which column probably plays which part, and which labels probably mean what.

Columns with known words are named by them; in a table without any the cells tell: dates, amounts, labels that
mean won or lost, ids. What is not found stands in the file as a comment, so that it only has to be filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from funnelsim.errors import HistoryError
from funnelsim.history.dates import GOOD, NAT, read_dates
from funnelsim.history.flow import END_CODES, Labels, flow
from funnelsim.history.log import CODE, NONE
from funnelsim.history.money import read_money
from funnelsim.history.quality import Quality
from funnelsim.history.recognise import Layout, recognise, tells_ends
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.sheets import read_sheet
from funnelsim.history.words import ENDINGS, ending_of
from funnelsim.labels import LANGUAGES, text

SEEN = 50_000
"""Rows from which a guess is made."""
_WRITTEN = re.compile(r"(19|20)\d{6}")
"""Days written as one number; other numbers are amounts or ids before they are days of a spreadsheet."""
FEW = 200
"""Different texts up to which a column holds labels or names, not ids or remarks."""
MOVES = ("id", "stage", "time", "owner", "amount", "source", "territory", "segment", "reason")
DEALS = ("id", "created", "closed", "status", "owner", "amount", "source", "territory", "segment", "reason")


def guess_mapping(path: str | Path, as_written: str = "") -> str:
    """The text of a mapping file for an export, with comments in both languages.

    as_written   the name under which the mapping will be kept, for the command in its first lines
    """
    sheet = read_sheet(path, Quality(), lambda names: set(names[:400]))
    sheet = sheet.where(np.arange(min(len(sheet), SEEN)))
    try:
        layout: Layout | None = recognise(sheet, str(path))
    except HistoryError:
        layout = None
    if layout is not None and layout.format.kind == "log":
        parts: dict[str, str] = dict(layout.columns)
        parts.pop("about", None)
        lines = _order(_stages_of(sheet, parts, "opportunity"))
        keys: tuple[str, ...] = tuple(part for part in parts if part not in ("view", "replication"))
    else:
        parts = dict(layout.columns) if layout else _by_cells(sheet)
        long = "stage" in parts and "time" in parts
        keys, lines = (MOVES, []) if long else (DEALS, [])
        column = parts.get("stage" if long else "status")
        if column is not None:
            lines = _labels(sheet[column], _stages_of(sheet, parts, "id") if long else None)
        if layout and layout.entered:
            lines += ["", *_comment("entered"), "entered:"]
            lines += [f"  {_quoted(stage)}: {_quoted(name)}" for stage, name in layout.entered.items()]
    names = {"name": Path(path).name, "mapping": as_written or "mapping.yaml"}
    head = [f"# {text('mapping.head', lang, **names)}" for lang in LANGUAGES]
    shown = ", ".join(name for name in sheet.names[:80] if name)
    body: list[str] = [*head, "#", f"# {shown}", ""]
    for key in keys:
        body += _comment(key)
        body.append(f"{key}: {_quoted(parts[key])}" if key in parts else f'# {key}: ""')
    return "\n".join([*body, *lines, "", *_comment("dates"), "# dates: day_first", ""])


def _comment(key: str) -> list[str]:
    return [f"# {text(f'mapping.{key}', lang)}" for lang in LANGUAGES]


def _quoted(name: str) -> str:
    return json.dumps(str(name), ensure_ascii=False)


def _list(key: str, labels: Iterable[str]) -> list[str]:
    found = [f"  - {_quoted(label)}" for label in labels]
    return ["", *_comment(key), f"{key}:" if found else f"{key}: []", *found]


def _labels(column: Column, stages: list[str] | None) -> list[str]:
    """The lists of labels: won, lost, without a decision; and the stages in order, or the labels that mean open."""
    often = np.argsort(-column.counts, kind="stable")
    used = [str(column.texts[n]) for n in often if column.counts[n] and column.texts[n]]
    ends = {label: ending_of(label) for label in used[:FEW]}
    lines: list[str] = []
    for end in ("won", "lost", "no_decision"):
        lines += _list(end, [label for label, told in ends.items() if told == end])
    if stages is not None:
        return lines + _order(stages)
    rest = [label for label, told in ends.items() if told is None or told == "closed"]
    return [*lines, "", *_comment("open"), *(f"#   {label}" for label in rest[:40])]


def _order(stages: list[str]) -> list[str]:
    return _list("order", stages) if stages else []


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


def _by_cells(sheet: Sheet) -> dict[str, str]:
    """Which column plays which part, by what its cells hold."""
    found: dict[str, str] = {}
    dated = _dated(sheet)
    names = [name for name in sheet.columns if name and name not in dated]
    label = next(
        (name for name in names if tells_ends(sheet[name], ENDINGS) and _kinds(sheet[name]) <= FEW), None
    )
    ids = [name for name in names if name != label and _kinds(sheet[name]) > max(2, len(sheet) // 50)]
    ids.sort(
        key=lambda name: (bool(sheet[name].blank.any()), "." in sheet[name].texts[0], -_kinds(sheet[name]))
    )
    if ids:
        found["id"] = ids[0]
    repeats = "id" in found and len(sheet) > 1.5 * _kinds(sheet[found["id"]])
    if repeats:
        label = label or next(
            (n for n in names if n not in found.values() and 2 <= _kinds(sheet[n]) <= 40), None
        )
        found |= ({"stage": label} if label else {}) | ({"time": next(iter(dated))} if dated else {})
    else:
        found |= {"status": label} if label else {}
        by_day = sorted(dated, key=lambda name: (bool(sheet[name].blank.any()), dated[name]))
        found |= dict(zip(("created", "closed"), by_day, strict=False))
    rest = [name for name in names if name not in found.values()]
    amounts = {name: amount for name in rest if (amount := _amount(sheet[name])) > 0}
    if amounts:
        found["amount"] = max(amounts, key=lambda name: amounts[name])
    people = [n for n in rest if n not in amounts and 2 <= _kinds(sheet[n]) <= FEW]
    if people:
        found["owner"] = people[0]
    return found


def _kinds(column: Column) -> int:
    return int((column.counts > 0).sum())


def _dated(sheet: Sheet) -> dict[str, np.datetime64]:
    """Columns whose filled cells are dates nearly all, with the middle one."""
    found = {}
    for name, column in sheet.columns.items():
        filled = ~column.blank
        [read] = read_dates([column])
        good = read.state == GOOD
        plain = _amount(column, share=0.99) > 0 and not all(
            _WRITTEN.match(text) for text in column.texts if text
        )
        if filled.any() and good.sum() > 0.8 * filled.sum() and not plain:
            found[name] = np.sort(read.times[good])[good.sum() // 2] if good.any() else NAT
    return found


def _amount(column: Column, share: float = 0.8) -> float:
    """The middle amount of a column whose filled cells are amounts nearly all; 0 where they are not."""
    read = read_money(column)
    known = read.amounts[np.isfinite(read.amounts)]
    filled = int((~column.blank).sum())
    return float(np.median(known)) if filled and known.size > share * filled else 0.0
