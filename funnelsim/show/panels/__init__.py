"""Panels: a few levers, one question, one answer that moves; `panel` has what all of them share."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Where each panel lives; one is imported when it is used: a page that reads exports needs much that no other does.
_DOORS = {
    "Calibration": "panels.calibration",
    "Explorer": "panels.explorer",
    "Lever": "panels.levers",
    "Panel": "panels.panel",
    "Prediction": "panels.prediction",
    "ProcessDesign": "panels.process_design",
    "Reveal": "panels.revealing",
    "StartPanel": "panels.starting",
    "has_front_end": "front",
    "start_levers": "panels.levers",
}

__all__ = list(_DOORS)


def __getattr__(name: str) -> Any:
    if name not in _DOORS:
        raise AttributeError(f"funnelsim.panels has no {name!r}")
    value = getattr(import_module(f"funnelsim.show.{_DOORS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
