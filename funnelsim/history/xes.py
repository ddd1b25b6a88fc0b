"""Logs as XES, the standard XML of process mining (IEEE 1849), so that pm4py, ProM and Disco open them.

One trace an opportunity; a deal row is an event `<event> <stage>`, a task row its activity with the
lifecycle schedule, start, complete. Each event also carries the columns of the log under their own
names, from which `read_xes` makes the table again. Work without a deal (prospecting) has no trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd

from funnelsim.errors import HistoryError
from funnelsim.history.exchange import CONTROL
from funnelsim.history.log import SCHEMA, EventLog
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


def read_xes(path: Path) -> pd.DataFrame:
    """The table of a file that `write_xes` has written."""
    rows: list[dict[str, Any]] = []
    schema = None
    trace: dict[str, Any] = {}
    depth: list[str] = []
    for moment, node in ElementTree.iterparse(path, events=("start", "end")):
        tag = node.tag.rpartition("}")[2]
        if moment == "start":
            depth.append(tag)
            if tag == "trace":
                trace = {}
            continue
        depth.pop()
        key, value = node.get("key"), node.get("value")
        if depth == ["log"] and key == "schema":
            schema = value
        elif depth == ["log", "trace"] and key in _OF_TRACE:
            trace[key] = value
        elif tag == "event":
            own = {child.get("key"): child.get("value") for child in node}
            if "event" not in own:
                raise HistoryError.of(
                    str(path), "log_columns", missing="event", known="concept:name, time:timestamp"
                )
            own["time"] = own.pop("time:timestamp", None)
            rows.append(trace | {k: v for k, v in own.items() if k and ":" not in k})
            node.clear()
        elif tag == "trace":
            node.clear()
    frame = pd.DataFrame(rows, dtype=object)
    frame["schema"] = schema or str(SCHEMA)
    return frame


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
    shown = quoteattr(CONTROL.sub("", str(value)), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
    return f'<{kind} key="{key}" value={shown}/>'
