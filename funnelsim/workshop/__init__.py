"""A room of people: what each of them expects before anybody has seen the answer. Knows neither figures nor runs."""

from __future__ import annotations

from funnelsim.workshop.predictions import Prediction, Room, number_errors, ranking_errors

__all__ = ["Prediction", "Room", "number_errors", "ranking_errors"]
