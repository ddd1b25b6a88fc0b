"""Tables of what a fit has learned beside what was seen, as figures take them: new deals, values, who wins."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.fit.arrivals import poisson_interval
from funnelsim.scenario.distributions import quantile
from funnelsim.study.dwell import median_interval

BINS = 16
_POINTS = 20_000
_YEAR = 365.25


def new_deals(fit: Any) -> pd.DataFrame:
    """New deals of every month of a record, as deals a week, with the 95 % interval of a Poisson count (Garwood 1936),
    and the rate that was fitted to them.

    Columns month (2026-01), days (known of it), deals, weekly, low, high, counted (whether the fit looked at it),
    fitted. attrs: what the company gets (`now`, `low`, `high`), whether a `season` and a `trend` were found.
    """
    log, found = fit.history.log, fit.arrivals
    born = pd.Timestamp(log.start) + pd.to_timedelta(np.floor(log.opportunities.created), unit="D")
    begin = date.fromisoformat(found.first)
    first = min(begin, born.min().date()) if len(born) else begin
    end = log.start + timedelta(days=int(np.ceil(log.horizon)))
    season = found.season or (1.0,) * 12
    rows, month = [], date(first.year, first.month, 1)
    while month < end:
        later = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        since, until = max(month, first), min(later, end)
        days = (until - since).days
        n = int(((born >= pd.Timestamp(month)) & (born < pd.Timestamp(later))).sum())
        counted = since.isoformat() <= found.last and (until - timedelta(days=1)).isoformat() >= found.first
        counted = counted and f"{month:%Y-%m}" not in found.excluded
        away = ((since + (until - since) / 2) - date.fromisoformat(found.last)).days / _YEAR
        rate = found.weekly * season[month.month - 1] * (found.trend[0] ** away if found.trend else 1.0)
        weekly = (7 * n / days, *poisson_interval(n, days / 7))
        rows.append((f"{month:%Y-%m}", days, n, *weekly, counted, rate if counted else np.nan))
        month = later
    columns = ["month", "days", "deals", "weekly", "low", "high", "counted", "fitted"]
    table = pd.DataFrame(rows, columns=columns)
    table.attrs = {
        "now": found.weekly, "low": found.low, "high": found.high, "season": found.season, "trend": found.trend,
        "is_short": found.season is None and found.season_chance is None,
    }  # fmt: skip
    return table


def deal_values(fit: Any) -> pd.DataFrame:
    """How many deals are worth how much, and how many the fitted distribution lets expect; bins are even in logarithms.

    Columns low, high (whole units of the currency), deals, fitted. attrs: median, low, high, mean, deals, of (`all`,
    `won`), family, currency, and `apart`: divisions that differ, whose factors the fitted numbers hold.
    """
    found = fit.values
    known = np.asarray(found.seen, float)
    least, most = float(known.min()), float(known.max())
    edges = np.geomspace(least * 0.999, max(most, least * 1.05) * 1.001, BINS + 1)
    factors, counts = np.unique(np.round(known / found.known, 6), return_counts=True)
    points = max(_POINTS // factors.size, 50)
    drawn = np.outer(factors, quantile(fit.scenario.demand.amount, (np.arange(points) + 0.5) / points))
    weights = np.repeat(counts / points, points)
    table = pd.DataFrame(
        {
            "low": edges[:-1], "high": edges[1:], "deals": np.histogram(known, edges)[0],
            "fitted": np.histogram(drawn.ravel(), edges, weights=weights)[0],
        }
    )  # fmt: skip
    names = ("median", "low", "high", "mean", "deals", "of", "family", "apart")
    table.attrs = {name: getattr(found, name) for name in names} | {"currency": fit.scenario.currency}
    if found.apart:  # the fit's median is that of deals without what differs
        table.attrs |= dict(zip(("median", "low", "high"), median_interval(known), strict=True))
    return table


def who_wins(group: Any) -> pd.DataFrame:
    """Members of one division with their share won of decided deals, the largest first.

    Columns name, deals, share, low, high, chance (to lie on the side the verdict says), verdict. attrs: by, team,
    p_value, verdict (`differs`, `no_difference`, `unknown`).
    """
    rows = [
        (m.name, m.n, m.share, m.low, m.high, 1 - m.p_below if m.verdict == "above" else m.p_below, m.verdict)
        for m in sorted(group.members, key=lambda m: -m.share)
    ]
    table = pd.DataFrame(rows, columns=["name", "deals", "share", "low", "high", "chance", "verdict"])
    table.attrs = {name: getattr(group, name) for name in ("by", "team", "p_value", "verdict")}
    return table
