"""Logs as XES, the standard XML of process mining (IEEE 1849), so that pm4py, ProM and Disco open them.

One trace an opportunity; a deal row is an event `<event> <stage>`, a task row its activity with the
lifecycle schedule, start, complete. Each event also carries the columns of the log under their own
names, from which `read_xes` makes the table again. Work without a deal (prospecting) has no trace.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
import pyarrow as pa

from funnelsim.errors import HistoryError
from funnelsim.history.delimited import MOST_COLUMNS
from funnelsim.history.log import SCHEMA, EventLog
from funnelsim.history.sheet import Column, Sheet
from funnelsim.history.spelling import about, writable
from funnelsim.history.table import to_frame

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>\
<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>\
<string key="lifecycle:transition" value="complete"/></global>
<classifier name="Activity" keys="concept:name"/>
<string key="lifecycle:model" value="standard"/>
"""
DEEPEST = 40
MOST_CELLS = 60_000_000
_LIFECYCLE = {"task_queued": "schedule", "task_started": "start"}
_OF_TRACE = ("opportunity", "replication", "source", "territory", "segment")
_KINDS = {"amount": "int", "replication": "int", "hours": "float"}


def write_xes(log: EventLog, view: int | None, path: Path) -> None:
    """Write the log trace by trace; nothing but the open trace is held as text."""
    frame = to_frame(log, view=view)
    frame = frame[frame["opportunity"].notna()]
    by = [name for name in ("replication", "opportunity") if name in frame]
    first = pd.factorize(pd.MultiIndex.from_frame(frame[by]) if len(by) > 1 else frame["opportunity"])[0]
    frame = frame.iloc[np.argsort(first, kind="stable")]
    many = log.replications > 1
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write(_HEAD)
        out.write(_attribute("schema", SCHEMA, "int") + "\n")
        out.write(_attribute("about", about(log)) + "\n")
        open_case: tuple[Any, ...] | None = None
        for row in _rows(frame):
            case = (row.get("replication"), row["opportunity"])
            if case != open_case:
                out.write("</trace>\n" if open_case else "")
                name = f"{case[0]}:{case[1]}" if many else case[1]
                out.write("<trace>" + _attribute("concept:name", name))
                out.write(
                    "".join(_attribute(k, row[k], _KINDS.get(k, "string")) for k in _OF_TRACE if k in row)
                )
                out.write("\n")
                open_case = case
            out.write(_event(row))
        out.write("</trace>\n" if open_case else "")
        out.write("</log>\n")


def read_xes(path: Path) -> Sheet:
    """An XES log as a sheet: columns of the log where funnelsim has written it, else those of process mining
    (`case:concept:name`, `concept:name`, `time:timestamp` and the other attributes of cases and events).

    The file is read event by event; one that declares a document type or entities, nests its elements deeper
    than any XES does, or has more different attributes than a table may have columns is refused.
    """
    gatherer = _Gatherer(str(path))
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = gatherer.start, gatherer.end
    parser.StartDoctypeDeclHandler = gatherer.doctype
    parser.EntityDeclHandler = gatherer.entity
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as err:
        raise HistoryError.of(str(path), "history_unreadable", why=str(err)) from err
    return gatherer.sheet()


class _Gatherer:
    """The events of an XES file, each attribute a column of distinct texts."""

    def __init__(self, where: str):
        self.where, self.path = where, []  # type: str, list[str]
        self.trace: dict[str, str] = {}
        self.event: dict[str, str] | None = None
        self.facts: dict[str, str] = {}
        self.codes: dict[str, array] = {}
        self.texts: dict[str, dict[str, int]] = {}
        self.rows = 0

    def doctype(self, *_: Any) -> None:
        raise HistoryError.of(self.where, "history_entities")

    entity = doctype

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        path = self.path
        path.append(tag)
        if len(path) == 1 and tag != "log":
            raise HistoryError.of(self.where, "history_no_xes", tag=tag[:40])
        if len(path) > DEEPEST:
            raise HistoryError.of(self.where, "history_no_xes", tag=tag[:40])
        if tag == "trace":
            self.trace = {}
        elif tag == "event" and path[1:2] == ["trace"]:
            self.event = {}
        elif "key" in attributes and "value" in attributes:
            key, value = attributes["key"], attributes["value"]
            if len(path) == 2:
                self.facts[key] = value
            elif len(path) == 3 and path[1] == "trace":
                self.trace[key] = value
            elif len(path) == 4 and self.event is not None:
                self.event[key] = value

    def end(self, tag: str) -> None:
        self.path.pop()
        if tag.rpartition(" ")[2] == "event" and self.event is not None:
            case = {
                f"case:{key}" if key not in _OF_TRACE else key: value for key, value in self.trace.items()
            }
            row, self.event = {**case, **self.event}, None
            if len(self.codes) * self.rows > MOST_CELLS:
                raise HistoryError.of(self.where, "history_too_many_cells", most=MOST_CELLS)
            for key, value in row.items():
                codes = self.codes.get(key)
                if codes is None:
                    if len(self.codes) >= MOST_COLUMNS:
                        raise HistoryError.of(
                            self.where, "history_too_wide", columns=len(self.codes), most=MOST_COLUMNS
                        )
                    codes = self.codes[key] = array("i")
                    self.texts[key] = {"": 0}
                if len(codes) < self.rows:
                    codes.frombytes(bytes(4 * (self.rows - len(codes))))
                texts = self.texts[key]
                codes.append(texts.setdefault(value, len(texts)))
            self.rows += 1

    def sheet(self) -> Sheet:
        columns = {}
        for key, codes in self.codes.items():
            codes.frombytes(bytes(4 * (self.rows - len(codes))))
            columns[key] = Column(
                np.frombuffer(codes, np.int32), pa.array(list(self.texts[key]), pa.string())
            )
        if "event" in columns and "time:timestamp" in columns:
            columns = {
                key: column for key, column in columns.items() if ":" not in key or key == "time:timestamp"
            }
            columns["time"] = columns.pop("time:timestamp")
            for key in ("schema", "about"):
                if key in self.facts:
                    columns[key] = Column.constant(self.facts[key], self.rows)
        return Sheet(columns, np.arange(1, self.rows + 1))


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    columns = frame.columns.tolist()
    texts = {"time": frame["time"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")}
    values = [texts.get(name, frame[name]).tolist() for name in columns]
    for row in zip(*values, strict=True):
        yield {k: v for k, v in zip(columns, row, strict=True) if v is not None and v == v}


def _event(row: dict[str, Any]) -> str:
    """One event of a trace."""
    event, stage = row["event"], row.get("stage", "")
    is_task = event.startswith("task_")
    parts = [
        _attribute("concept:name", row.get("activity", event) if is_task else f"{event} {stage}".strip()),
        _attribute("time:timestamp", row["time"], "date"),
        _attribute("lifecycle:transition", _LIFECYCLE.get(event, "complete")),
    ]
    if "owner" in row:
        parts.append(_attribute("org:resource", row["owner"]))
    for key, value in row.items():
        if key not in _OF_TRACE and key != "time":
            parts.append(_attribute(key, value, _KINDS.get(key, "string")))
    return f"<event>{''.join(parts)}</event>\n"


def _attribute(key: str, value: Any, kind: str = "string") -> str:
    shown = quoteattr(writable(str(value)), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
    return f'<{kind} key="{key}" value={shown}/>'
