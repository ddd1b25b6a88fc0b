"""funnelsim: a flight simulator and coach for B2B sales funnels.

>>> import funnelsim as fs
>>> fs.load("tiny").name.en
'A tiny company'
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# What stands at the front door, and where it lives; nothing is imported before it is used.
_DOORS = {
    "Scenario": "scenario.model",
    "load": "scenario.files",
    "save": "scenario.files",
    "parse": "scenario.files",
    "replace": "scenario.files",
    "shipped_names": "scenario.files",
    "adopt": "scenario.adoption",
    "ledger": "scenario.provenance",
    "EventLog": "history.log",
    "read_history": "history.reader",
    "read_log": "history.exchange",
    "write_log": "history.exchange",
    "to_frame": "history.exchange",
    "fit": "fit",
    "simulate": "engine.run",
    "stream": "engine.stream",
    "prove": "engine.prove",
    "write_logs": "study.large",
    "weighted_quota": "engine.rules",
    "measure": "study.metrics",
    "trial": "study.experiment",
    "compare": "study.compare",
    "differences": "study.compare",
    "flips": "study.flips",
    "two_worlds": "study.two_worlds",
    "sweep": "study.sweep",
    "open_study": "study.folder",
    "save_study": "study.folder",
    "as_of": "study.snapshot",
    "reveal": "study.reveal",
    "stalled": "study.stalled",
    "alignment": "study.alignment",
    "interactions": "study.interactions",
    "trust": "study.trust",
    "pipeline_by_week": "study.weeks",
    "bookings_by_month": "study.weeks",
    "week_by_week": "study.weeks",
    "dwell_by_quarter": "study.dwell",
    "dwell_by_age": "study.dwell",
    "stall_board": "study.boards",
    "reveal_sums": "study.boards",
    "reps": "study.people",
    "queues": "study.queues",
    "loss_split": "study.loss_split",
    "process_values": "study.values",
    "FunnelError": "errors",
    "ScenarioError": "errors",
    "HistoryError": "errors",
    "FitError": "errors",
    "RunError": "errors",
}
_WINGS = {
    "figures": "show.figures", "panels": "show.panels", "report": "show.report", "labels": "labels",
    "lessons": "show.lessons.all", "workshop": "workshop",
}  # fmt: skip

__all__ = [*_DOORS, *_WINGS, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _WINGS:
        return import_module(f"funnelsim.{_WINGS[name]}")
    if name not in _DOORS:
        raise AttributeError(f"funnelsim has no {name!r}")
    value = getattr(import_module(f"funnelsim.{_DOORS[name]}"), name)
    globals()[name] = value  # also over a subpackage of the same name: fs.fit is the function
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
