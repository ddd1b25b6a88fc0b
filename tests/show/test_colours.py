"""Colours can be told apart by the colour-blind and seen on white; words can be read (WCAG 2.2, level AA)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import drawn as all_drawn
import numpy as np
import pytest

from funnelsim import labels
from funnelsim.scenario.files import load
from funnelsim.show import figures
from funnelsim.show.figures import theme

SEEN_AS = {
    "everybody": np.eye(3),
    "protanope": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                           [-0.003882, -0.048116, 1.051998]]),
    "deuteranope": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                             [-0.011820, 0.042940, 0.968881]]),
    "tritanope": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                           [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
"""Linear RGB as the colour-blind see it: Machado, Oliveira & Fernandes (2009), severity 1."""
TO_CONES = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                     [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
"""From linear RGB to Oklab: Ottosson (2020)."""


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str = "#FFFFFF") -> float:
    """WCAG 2.2, contrast ratio."""
    dark, light = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def apart(one: str, other: str) -> float:
    """Distance in Oklab, times 100, for whoever tells these two apart least."""
    seen = [
        [TO_LAB @ np.cbrt(TO_CONES @ np.clip(kind @ linear(c), 0, 1)) for c in (one, other)]
        for kind in SEEN_AS.values()
    ]
    return min(100 * float(np.linalg.norm(a - b)) for a, b in seen)


def font_colours(part: Any, key: str = "") -> set[str]:
    """The colours of all words of a figure."""
    if isinstance(part, dict):
        own = {part["color"]} if "font" in key and isinstance(part.get("color"), str) else set()
        return own.union(*(font_colours(value, name) for name, value in part.items()))
    return (
        set().union(*(font_colours(value, key) for value in part))
        if isinstance(part, list | tuple)
        else set()
    )


def test_scenarios_are_told_apart_by_everybody_and_seen_on_white():
    chosen = [theme.BASE, *theme.PALETTE]
    for one, other in combinations(chosen, 2):
        assert apart(one, other) > 8.9, (one, other)
    for colour in chosen:
        assert contrast(colour) >= 3, colour


def test_the_outcomes_of_a_stage_are_told_apart():
    for one, other in combinations((theme.BLUE, theme.VERMILLION, theme.VIOLET, theme.PLUM), 2):
        assert apart(one, other) > 8, (one, other)


@pytest.fixture(scope="module")
def logs():
    return all_drawn.logs()


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_words_of_every_figure_can_be_read(logs, lang):
    for fig in all_drawn.figures_of(logs, lang):
        used = font_colours(
            fig.to_plotly_json()
            if hasattr(fig, "to_plotly_json")
            else {"data": fig.data, "layout": fig.layout}
        )
        on_white = used - {"white", "#FFFFFF"}  # these stand on something dark: see the test of it
        assert on_white, "no figure leaves the colour of its words to chance"
        for colour in on_white:
            assert contrast(colour) >= 4.5, (colour, figures.alt_text(fig)[:60])


def test_the_words_on_a_picture_of_the_process_can_be_read():
    fig = figures.process_picture(load("industrial_8x8"))
    fills = [trace.fillcolor for trace in fig.data if trace.fillcolor]
    words = [note.font.color for note in fig.layout.annotations if note.y == 0]
    assert len(fills) == len(words) == 8
    for fill, word in zip(fills, words, strict=True):
        assert contrast("#FFFFFF" if word == "white" else word, fill) >= 4.5
