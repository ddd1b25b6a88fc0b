"""The modules of the workshop by name: what a notebook hands to `panels.Prediction`."""

from __future__ import annotations

from funnelsim.show.lessons.ideas import HalfLoad, Ideas

__all__ = ["HalfLoad", "Ideas"]
