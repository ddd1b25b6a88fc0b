"""What panels of every kind are put together from: the switch of languages, two columns, a bar that does not hurry."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from funnelsim.show.front import has_front_end

SETTLE = 0.4  # seconds in which what was typed before a press arrives
_PATIENCE = 0.25  # seconds of work before the panel says that it works
_PROGRESS = 0.1  # seconds between two steps of the bar


def language_switch(lang: str) -> widgets.ToggleButtons:
    """English or Chinese."""
    switch = widgets.ToggleButtons(
        options=[("English", "en"), ("中文", "zh")], value=lang, style={"button_width": "76px"}
    )
    switch.add_class("fs-language")
    return switch


def laid_out(
    head: Sequence[widgets.Widget],
    left: Sequence[widgets.Widget],
    right: Sequence[widgets.Widget],
    spoken: widgets.Widget,
    width: str = "330px",
) -> widgets.VBox:
    """Head above, controls on the left, answers on the right, or below where the page is narrow."""
    top = widgets.HBox(head, layout=widgets.Layout(justify_content="space-between"))
    controls = widgets.VBox(left, layout=widgets.Layout(width=width))
    wide = widgets.Layout(flex="1 1 420px", min_width="380px", overflow="hidden")
    both = widgets.HBox(
        [controls, widgets.VBox(right, layout=wide)], layout=widgets.Layout(flex_flow="row wrap")
    )
    whole = widgets.VBox([top, both, spoken])
    whole.add_class("fs-panel")
    return whole


def paced(bar: widgets.IntProgress, first: Callable[[], None] = lambda: None) -> Callable[[int, int], None]:
    """Progress of a piece of work, (done, in all): the bar comes when it takes a while, and `first` is called then."""
    began, told = time.monotonic(), 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - began > _PATIENCE and now - told > _PROGRESS:
            if not told:
                bar.layout.visibility = "visible"
                first()
            bar.max, bar.value, told = total, done, now

    return progress


def soon(does: Callable[[], None]) -> None:
    """Do it once what was typed is here: a page sends a press at once and what was typed just before it later."""
    if not SETTLE or not has_front_end():
        does()
        return
    later = threading.Timer(SETTLE, does)
    later.daemon = True
    later.start()
