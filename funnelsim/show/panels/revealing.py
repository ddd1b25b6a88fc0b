"""The reveal: what the report says, a question, and on a button what is true of it."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from funnelsim import labels
from funnelsim.labels import text
from funnelsim.show import figures, tables
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.front import has_front_end
from funnelsim.show.panels.parts import language_switch
from funnelsim.show.panels.screen import Charts

_HIGH = 330


class Reveal:
    """The reported funnel, and the true one behind a button; pressed again it hides.

    sums   `fs.reveal_sums(log)`
    lang   en or zh; the toggle changes it
    """

    def __init__(self, sums: pd.DataFrame, lang: str | None = None):
        self.sums, self.lang = sums, lang or labels.language()
        self.is_revealed = False
        self.language = language_switch(self.lang)
        self.language.observe(self._spoken, "value")
        self.button = widgets.Button(layout=widgets.Layout(width="auto", min_width="160px"))
        self.button.add_class("fs-reveal")
        self.button.style.button_color, self.button.style.text_color = theme.BLUE, "white"
        self.button.on_click(self._turned)
        self.said = widgets.HTML()
        self.said.add_class("fs-kpi")
        self.behind = widgets.HTML()
        self.charts = Charts()
        self._draw()

    def show(self) -> None:
        """The panel where somebody can press a button, else the question and its answer as they stand."""
        if has_front_end():
            display(self.view())
            return
        display(figures.reveal(self.sums, self.lang, revealed=False))
        display(figures.reveal(self.sums, self.lang))

    def view(self) -> widgets.Widget:
        """The panel as a widget."""
        top = widgets.HBox(
            [self.button, self.language],
            layout=widgets.Layout(justify_content="space-between", flex_flow="row wrap"),
        )
        return widgets.VBox([top, self.said, self.charts, self.behind])

    def reveal(self, revealed: bool = True) -> None:
        """Show what is true, or hide it again."""
        self.is_revealed = revealed
        self._draw()

    def _draw(self) -> None:
        fig = figures.reveal(self.sums, self.lang, revealed=self.is_revealed)
        self.button.description = text(f"panel.reveal.{'hide' if self.is_revealed else 'show'}", self.lang)
        said = fig.layout.meta["title"]
        self.said.value = f'<div role="status" style="font-size:16px;line-height:1.4">{escape(said)}</div>'
        self.charts.draw(theme.captioned(Drawing.of(fig), _HIGH, caption=False))
        self.behind.value = ""
        if self.is_revealed:
            head = escape(text("report.numbers", self.lang))
            told = tables.html(theme.table_behind(fig))
            self.behind.value = f"<details><summary>{head}</summary>{told}</details>"

    def _turned(self, _button: Any) -> None:
        self.reveal(not self.is_revealed)

    def _spoken(self, change: Any) -> None:
        self.lang = change["new"]
        labels.use(self.lang)
        self._draw()
