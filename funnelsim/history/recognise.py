"""What a sheet is: its format and which column plays which part, told by the header and the mapping."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from funnelsim.errors import HistoryError
from funnelsim.history.formats import BY_NAME, FORMATS, LOG_COLUMNS, NAMED_PARTS, NEEDS, Format
from funnelsim.history.log import CODE
from funnelsim.history.mapping import ORDERS, endings, mapped_columns
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.sheets import shown
from funnelsim.history.words import (
    ENDINGS,
    GROUPS,
    PARTS,
    ending_of,
    first_of,
    header_word,
    squeezed,
    stage_of_column,
)  # fmt: skip

MOST_STAGES = 500


@dataclass(frozen=True)
class Layout:
    """Which column plays which part, and which words mean which end."""

    format: Format
    columns: dict[str, str]
    entered: dict[str, str] = field(default_factory=dict)
    """Stage -> the column of the dates on which it was entered."""
    groups: dict[str, str] = field(default_factory=dict)
    endings: dict[str, frozenset[str]] = field(default_factory=lambda: ENDINGS)
    order: tuple[str, ...] = ()
    """Stages from first to last, where the user says so; other labels are none."""
    dates: str | None = None


def wanted_columns(names: Sequence[str], told: dict[str, Any]) -> set[str]:
    """The columns of a header in which a part of a history can be."""
    known = {word for words in (*PARTS.values(), *GROUPS.values()) for word in words}
    known |= {"event", "view", "replication", "schema", "about", "activity", "desk", "hours"}
    exact = {
        squeezed(name) for one in FORMATS for names_ in one.columns.values() for name in names_.split("|")
    }
    exact |= {squeezed(name) for one in FORMATS for name in one.tells.split("|")}
    mapped = set(mapped_columns(told).values())
    return {
        name
        for name in names
        if name in mapped
        or header_word(name) in known
        or squeezed(name) in exact
        or stage_of_column(name) is not None
    }


def recognise(sheet: Sheet, where: str, format: str = "auto", told: dict[str, Any] | None = None) -> Layout:
    """The layout of a sheet; the mapping's word counts more than a guess.

    format   name of an entry of `formats`, or `auto`
    told     a mapping as `read_mapping` gives it
    """
    told = told or {}
    for part, column in mapped_columns(told).items():
        if column not in sheet:
            raise HistoryError.of(
                where, "history_mapping_column", part, column=column, columns=shown(sheet.names)
            )
    chosen = BY_NAME[format] if format != "auto" else _format_of(sheet, told)
    names = {squeezed(name): name for name in reversed(sheet.columns)}
    words = {header_word(name): name for name in reversed(sheet.columns)}
    columns = {
        part: column
        for part, column in told.items()
        if part in (*PARTS, *LOG_COLUMNS) and isinstance(column, str)
    }
    if chosen.kind == "log":
        columns |= {
            p: names[p]
            for p in (*LOG_COLUMNS, "replication", "view", "about")
            if p in names and p not in columns
        }
    elif chosen.tells:
        parts = [*chosen.columns, "created", *NAMED_PARTS]
        found = {
            part: chosen.column(part, names) or _by_words(part, words, chosen)
            for part in dict.fromkeys(parts)
        }
        columns = {part: column for part, column in found.items() if column and part != "entered"} | columns
    else:
        columns = _guessed(sheet, chosen, words, columns, endings(told))
    columns = {part: column for part, column in columns.items() if column}
    entered = told.get("entered") or (
        _entered(sheet)
        if chosen.kind == "deals" and ("entered" in chosen.columns or not chosen.tells)
        else {}
    )
    if chosen.name == "two_point":
        entered = {}
    layout = Layout(
        chosen, columns, entered, _groups(words, columns, told.get("groups", {})), endings(told),
        tuple(told.get("order", ())), ORDERS.get(told.get("dates", "")),
    )  # fmt: skip
    _refuse_missing(sheet, layout, where, format)
    return layout


def _by_words(part: str, words: dict[str, str], format: Format) -> str | None:
    """A part that an entry does not speak of, by its common words; its dates are never guessed."""
    if part in format.columns or part == "created":
        return None
    return first_of(PARTS[part], words)


def _format_of(sheet: Sheet, told: dict[str, Any]) -> Format:
    names = {squeezed(name): name for name in sheet.columns}
    words = {header_word(name) for name in sheet.columns}
    if {"time", "event"} <= names.keys() and _speaks_log(sheet[names["event"]]):
        return BY_NAME["log"]
    for one in FORMATS:
        if (
            one.fits(names)
            and one.kind != "log"
            and not (one.name == "salesforce_history" and _one_row_a_deal(sheet, names))
        ):
            return one
    if "entered" in told or len(_entered(sheet)) > 1:
        return BY_NAME["wide"]
    has = {
        part: bool(told[part]) if part in told else any(word in words for word in PARTS[part])
        for part in PARTS
    }
    long = has["id"] and has["stage"] and has["time"]
    if told.get("stage") and told.get("time"):
        return BY_NAME["stage_history"]
    if (
        has["created"]
        and has["closed"]
        and has["status"]
        and not ("status" not in told and long and _repeats(sheet))
    ):
        return BY_NAME["two_point"]
    return BY_NAME["stage_history"] if long else BY_NAME["two_point"]


def _one_row_a_deal(sheet: Sheet, names: dict[str, str]) -> bool:
    """Whether what looks like Salesforce's history has one row a deal, with a closing date and a status."""
    words = {header_word(name) for name in sheet.names}
    return bool(words & {"status", "closeddate"}) and not _often(sheet[names["opportunityid"]])


def _repeats(sheet: Sheet) -> bool:
    words = {header_word(name): name for name in reversed(sheet.columns)}
    column = first_of(PARTS["id"], words)
    return column is not None and _often(sheet[column])


def _often(column: Column) -> bool:
    """Whether the names of a column stand there several times on average."""
    used = int((column.counts > 0).sum())
    return len(column) > 1.5 * used


def _entered(sheet: Sheet) -> dict[str, str]:
    """Stages and the columns of the dates on which they were entered, in the order of the header.

    Where all belong to one pipeline, its name in brackets is left out.
    """
    found: dict[str, str] = {}
    for name in sheet.columns:
        stage = stage_of_column(name)
        if stage and header_word(name) not in {
            word for part in ("time", "created", "closed") for word in PARTS[part]
        }:
            found.setdefault(stage, name)
    pipelines = {stage.rpartition(" (")[2] for stage in found if stage.endswith(")")}
    if len(pipelines) == 1 and all(stage.endswith(")") and " (" in stage for stage in found):
        found = {stage.rpartition(" (")[0]: column for stage, column in found.items()}
    return dict(list(found.items())[:MOST_STAGES])


def _guessed(
    sheet: Sheet, format: Format, words: dict[str, str], columns: dict[str, str], ends
) -> dict[str, str]:
    """The columns of a table known by its words; a status is preferred that tells wins and losses."""
    columns = dict(columns)
    parts = ("id", "created", "closed", "status", *NAMED_PARTS) if format.kind == "deals" else (
        "id", "stage", "time", "from", "created", *NAMED_PARTS)  # fmt: skip
    for part in parts:
        if part in columns:
            continue
        found = [words[word] for word in PARTS[part] if word in words and words[word] not in columns.values()]
        if part == "created" and format.kind == "moves":
            found = [name for name in found if header_word(name) not in PARTS["time"]]
        if part in ("status", "stage"):
            found.sort(key=lambda name: not tells_ends(sheet[name], ends))
        if found:
            columns[part] = found[0]
    return columns


def _groups(words: dict[str, str], columns: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    """Further columns by which deals can be grouped, each once; those that play a part are grouped by it."""
    known = {name: first_of(header_words, words) for name, header_words in GROUPS.items()}
    found = {name: column for name, column in {**known, **told}.items() if column}
    taken = set(columns.values())
    return {
        name: column
        for column, name in {column: name for name, column in found.items()}.items()
        if column not in taken
    }


def _refuse_missing(sheet: Sheet, layout: Layout, where: str, format: str) -> None:
    kind = layout.format.kind
    needed: Collection[str] = NEEDS[kind]
    if kind == "deals":
        alternatives = {"created": ("cycle",), "closed": ("won_time", "lost_time", "ended", "changed")}
        needed = [p for p in needed if not any(a in layout.columns for a in (p, *alternatives.get(p, ())))]
        if layout.entered:
            needed = []
    missing = [part for part in needed if part not in layout.columns]
    if missing:
        told = layout.format.tells and layout.format.kind != "log"
        names = [layout.format.columns.get(part, part).split("|")[0] if told else part for part in missing]
        code = "history_unrecognised" if format == "auto" and not told else "history_needs"
        raise HistoryError.of(where, code, needed=", ".join(names), columns=shown(sheet.names))


def tells_ends(column: Column, ends: dict[str, frozenset[str]]) -> bool:
    """Whether a column has words for won or lost among its first thousand texts."""
    return any(ending_of(text, ends) in ("won", "lost") for text in column.texts[:1000])


def _speaks_log(column: Column) -> bool:
    said = [text for text in column.texts[:1000] if text]
    return bool(said) and sum(text.lower() in CODE for text in said) * 2 > len(said)
