"""What a calibration shows, view by view: words above, figures, words below. The figures are those of the report."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import plotly.graph_objects as go

from funnelsim.labels import text
from funnelsim.show.fit_report import Page
from funnelsim.show.panels.calibrating import Calibrating

VIEWS = ("columns", "quality", "stages", "groups", "demand", "rests", "card")


class View(NamedTuple):
    """What stands above the figures, the figures, and what stands below."""

    above: str
    figures: list[go.Figure]
    below: str


class Pages(Page):
    """The views of a calibration in one language."""

    def figure(self, fig: go.Figure) -> str:
        """A figure is put among the figures of the view, not into its words."""
        self.drawn.append(fig)
        return ""

    def view(self, name: str, work: Calibrating) -> View:
        """One view; a sentence where there is nothing to show yet."""
        self.drawn: list[go.Figure] = []
        found, history = work.found, work.history
        if name == "columns":
            return View("", [], "")
        if history is None:
            return self.later("unread")
        if name == "quality":
            return View(_block(self.quality(history.quality)), [], "")
        if name == "card":
            if work.card is None:
                return self.later("no_card" if found is not None else "unfitted")
            said = self.validation(work.card)
            return View("", self.drawn, _block(said))
        if found is None:
            return self.later("unfitted")
        if name == "stages":
            below = self.stages(found)
            return View(_block(self.warned(found)), self.drawn, _block(below))
        parts = {
            "groups": (self.groups,), "demand": (self.arrivals, self.values), "rests": (self.assumed,),
        }[name]  # fmt: skip
        return View("", self.drawn, _block("".join(part(found) for part in parts)))

    def later(self, key: str) -> View:
        """What has to come first."""
        return View(_block(f"<p>{escape(text(f'calibration.later.{key}', self.lang))}</p>"), [], "")


def _block(body: str) -> str:
    return f'<div class="jp-RenderedHTMLCommon fs-block" style="line-height:1.5">{body}</div>'
