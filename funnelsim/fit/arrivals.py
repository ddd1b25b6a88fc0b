"""Arrivals: how many deals are created a week, how much that scatters, and from which sources.

The rate is a Poisson mean with a quasi-Poisson interval (plain ones are too narrow); what scatters
beyond Poisson from week to week becomes the market factor of the scenario. Deals created before the
record began are survivors only, and are not counted. Months become a season with two years of record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from funnelsim.history.reader import History

WEEKS_FOR_SCATTER = 8
WEEKS_FOR_SEASON = 104
UNKNOWN = "unknown"


@dataclass(frozen=True)
class ArrivalFit:
    """Deals created a week, with what is known of their scatter."""

    weekly: float
    low: float
    high: float
    deals: int
    weeks: float
    first: str
    """First day counted."""
    market_cv: float | None
    """Coefficient of variation of the weekly rate; None with fewer than 8 whole weeks."""
    season: tuple[float, ...] | None
    """Factor of each month, mean 1; None with less than two years."""
    sources: dict[str, float] = field(default_factory=dict)
    """Share of each source; empty where the record knows none."""
    territories: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "weekly": self.weekly, "low": self.low, "high": self.high, "deals": self.deals,
            "weeks": self.weeks, "from": self.first, "market_cv": self.market_cv, "season": self.season, 
            "sources": self.sources, "territories": self.territories,
        }  # fmt: skip


def fit_arrivals(history: History) -> ArrivalFit:
    """Arrivals from the day the record began (or its first deal) to its end."""
    log = history.log
    begin = float(np.floor(log.opportunities.created.min())) if history.entry is None else history.entry
    counted = log.opportunities.where(log.opportunities.created >= begin)
    days = max(log.horizon - begin, 1.0)
    weeks = days / 7
    weekly = len(counted) / weeks
    whole = int(weeks)
    counts = np.bincount(((counted.created - begin) // 7).astype(int), minlength=whole + 1)[:whole]
    scatter, cv = 1.0, None
    if whole >= WEEKS_FOR_SCATTER and counts.mean() > 0:
        mean, variance = counts.mean(), counts.var(ddof=1)
        scatter = max(1.0, float(variance / mean))
        cv = min(float(np.sqrt(max(variance - mean, 0.0)) / mean), 3.0)
    first = log.start + timedelta(days=int(begin))
    half = 1.96 * np.sqrt(scatter / max(len(counted), 1))
    return ArrivalFit(
        weekly, weekly * float(np.exp(-half)), weekly * float(np.exp(half)), len(counted), weeks,
        first.isoformat(), cv, _season(history, counted.created, begin, whole),
        _shares(counted.source, log.names.sources), _shares(counted.territory, log.names.territories),
    )  # fmt: skip


def _season(history: History, created: np.ndarray, begin: float, whole: int) -> tuple[float, ...] | None:
    if whole < WEEKS_FOR_SEASON:
        return None
    start = np.datetime64(history.log.start)

    def months(days: np.ndarray) -> np.ndarray:
        dates = start + np.floor(days).astype(int).astype("timedelta64[D]")
        return np.bincount(dates.astype("datetime64[M]").astype(int) % 12, minlength=12)

    days = months(np.arange(np.floor(begin), history.log.horizon))
    rate = months(created) / days
    return tuple(float(round(factor, 4)) for factor in rate / rate.mean())


def _shares(codes: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    """Share of each name; what has none counts as unknown, where any has one."""
    if not names or not codes.size or not (codes >= 0).any():
        return {}
    counts = np.bincount(np.where(codes >= 0, codes, len(names)), minlength=len(names) + 1) / codes.size
    return {name: float(share) for name, share in zip((*names, UNKNOWN), counts, strict=True) if share > 0}
