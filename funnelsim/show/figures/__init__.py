"""Figures: one function each, the same for a screen, a report and a picture file.

A figure is handed what a study has found (or a table of it) and draws; it never simulates. Its title
says the finding in words, its axes carry units, intervals are drawn, a tie is drawn as a tie.
`alt_text(fig)` tells it in words, `table_behind(fig)` gives the numbers it was drawn from, and `save(fig, path)` writes
it as PNG, SVG or PDF.
"""

from __future__ import annotations

from funnelsim.show.figures.boards import reveal, stall_board
from funnelsim.show.figures.fitted import deal_values, new_deals, who_wins
from funnelsim.show.figures.flipped import flips, two_worlds
from funnelsim.show.figures.flow import funnel, stage_fit, utilisation
from funnelsim.show.figures.flowing import Flow, flow
from funnelsim.show.figures.heat import dwell
from funnelsim.show.figures.images import save
from funnelsim.show.figures.modules import crm_svg
from funnelsim.show.figures.outcomes import bookings_by_month, difference, outcome_distribution
from funnelsim.show.figures.people import queues, reps
from funnelsim.show.figures.picture import process_picture, process_svg
from funnelsim.show.figures.pipeline import open_by_stage, pipeline_by_week
from funnelsim.show.figures.theme import alt_text, table_behind

__all__ = [
    "Flow",
    "alt_text",
    "bookings_by_month",
    "crm_svg",
    "deal_values",
    "difference",
    "dwell",
    "flips",
    "flow",
    "funnel",
    "new_deals",
    "open_by_stage",
    "outcome_distribution",
    "pipeline_by_week",
    "process_picture",
    "process_svg",
    "queues",
    "reps",
    "reveal",
    "save",
    "stage_fit",
    "stall_board",
    "table_behind",
    "two_worlds",
    "utilisation",
    "who_wins",
]
