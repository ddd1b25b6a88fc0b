"""The modules of the workshop by name: what a notebook hands to `panels.Prediction`."""

from __future__ import annotations

from funnelsim.show.lessons.ideas import HalfLoad, Ideas
from funnelsim.show.lessons.machine import Levers, Machine
from funnelsim.show.lessons.review import Review, ReviewCounter

__all__ = ["HalfLoad", "Ideas", "Levers", "Machine", "Review", "ReviewCounter"]
