"""Arrivals: how many deals are created a week, their season and trend, how much they scatter, from where.

Weekly counts follow a Poisson regression with a trend and annual harmonics, each only where an F test asks
for it (p < .01) and only in two years or more, because within less one passes for the other. Intervals are
quasi-Poisson, because plain ones are too narrow; what scatters beyond Poisson from week to week becomes the
market factor of the scenario (gamma, negative-binomial counts).

Not counted: deals created before the record began, which are survivors only; and the first and last
months as long as the record is still filling or already drying up in them (fewer than half the deals a day of the
other months, and no chance of that), or holds only a part of them, where six whole months are left.

With a trend the rate is that of the record's end: a scenario's demand stands still, and does not go on growing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy import stats

from funnelsim.fit.regression import CountFit, chance_of_gain, fit_counts
from funnelsim.history.reader import History

WEEKS_FOR_SCATTER = 8
WEEKS_FOR_TREND = 26
WEEKS_FOR_SEASON = 104
YEAR = 365.25
HARMONICS = 2
CHANCE = 0.01
MONTHS_LEFT = 6
THIN = 0.5
FEWEST = 20
SILENCE = 14.0
"""Deals that should have come since the last one, beyond which silence is no chance (1e-6)."""
MOST_KEPT = 0.6
"""Share of the deals that must be counted; otherwise all are, months left out or not."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class ArrivalFit:
    """Deals created a week, with what is known of their scatter."""

    weekly: float
    """Of the whole record, or at its end where there is a trend; season and market at their mean."""
    low: float
    high: float
    deals: int
    weeks: float
    first: str
    """First day counted ..."""
    last: str
    """... and last."""
    excluded: tuple[str, ...] = ()
    """Months at either end that are not counted."""
    market_cv: float | None = None
    """Coefficient of variation of the weekly rate; None with fewer than 8 whole weeks."""
    dispersion: float = 1.0
    """Variance over mean of the weekly counts, season and trend taken out."""
    season: tuple[float, ...] | None = None
    """Factor of each month, mean 1; None where no season shows, or in less than two years."""
    season_chance: float | None = None
    """Chance of such a season by luck; None where the record is too short to look for one."""
    trend: tuple[float, float, float] | None = None
    """Factor a year with its interval; None where none shows."""
    trend_chance: float | None = None
    """Chance of such a change by luck; in less than two years it may as well be a season, and is none."""
    sources: dict[str, float] = field(default_factory=dict)
    """Share of each source; empty where the record knows none."""
    units: dict[tuple[str, str], float] = field(default_factory=dict)
    """(territory, segment) -> share of deals; either is empty where the record knows none."""
    counts: CountFit | None = field(repr=False, default=None)
    harmonics: int = 0

    @property
    def unclear(self) -> bool:
        """Whether the rate changes within a record too short to tell a trend from a season."""
        return self.trend is None and self.trend_chance is not None and self.trend_chance < CHANCE

    @property
    def territories(self) -> dict[str, float]:
        """Share of each territory; empty where the record knows none."""
        told: dict[str, float] = {}
        for (name, _), share in self.units.items():
            if name:
                told[name] = told.get(name, 0.0) + share
        return told

    def as_dict(self) -> dict[str, Any]:
        trend = None if self.trend is None else dict(zip(("a_year", "low", "high"), self.trend, strict=True))
        return {
            "weekly": self.weekly, "low": self.low, "high": self.high, "deals": self.deals,
            "weeks": self.weeks, "from": self.first, "to": self.last, "excluded_months": list(self.excluded),
            "market_cv": self.market_cv, "dispersion": self.dispersion,
            "season": self.season, "season_p_value": self.season_chance, "harmonics": self.harmonics,
            "trend": trend, "trend_p_value": self.trend_chance,
            "sources": self.sources, "territories": self.territories,
            "units": [{"territory": a, "segment": b, "share": s} for (a, b), s in self.units.items()],
        }  # fmt: skip


def fit_arrivals(history: History) -> ArrivalFit:
    """Arrivals from the day the record began (or its first deal) to its end."""
    log = history.log
    begin = float(np.floor(log.opportunities.created.min())) if history.entry is None else history.entry
    begin, end, excluded = _counted(log.start, log.opportunities.created, begin, log.horizon)
    born = log.opportunities.created
    counted = log.opportunities.where((born >= begin) & (born < end))
    weeks = max(end - begin, 1.0) / 7
    whole = int(weeks)
    deals = len(counted)
    first, last = (log.start + timedelta(days=int(day)) for day in (begin, np.ceil(end) - 1))
    told = ArrivalFit(
        deals / weeks, *poisson_interval(deals, weeks), deals, weeks, first.isoformat(), last.isoformat(), excluded,
        sources=_shares(counted.source, log.names.sources), units=_units(counted, log.names),
    )  # fmt: skip
    if whole < WEEKS_FOR_SCATTER or deals < WEEKS_FOR_SCATTER:
        return told
    # weeks of the log: those of a simulated one are the weeks of its market, and none is cut in two
    since = 7 * np.ceil(begin / 7)
    whole = int((end - since) // 7)
    number = np.floor((counted.created - since) / 7).astype(int)
    weekly = np.bincount(number[(number >= 0) & (number < whole)], minlength=whole).astype(float)
    days = since + 7 * np.arange(whole) + 3.5
    return _regressed(told, weekly, days, end, log.start)


def redrawn_arrivals(told: ArrivalFit, rng: np.random.Generator) -> ArrivalFit:
    """Another rate, season and scatter that the record allows as well."""
    counts = told.deals * np.array(list(told.sources.values()))
    sources = dict(zip(told.sources, rng.dirichlet(counts + 0.5), strict=True)) if counts.size else {}
    parts = told.deals * np.array(list(told.units.values()))
    units = dict(zip(told.units, rng.dirichlet(parts + 0.5), strict=True)) if parts.size else {}
    if told.counts is None:
        weekly = rng.gamma(told.deals + 0.5) / told.weeks
        return replace(told, weekly=float(weekly), sources=sources, units=units)
    now = told.counts
    scale = np.linalg.cholesky(now.covariance + 1e-12 * np.eye(now.coefficients.size))
    beta = now.coefficients + scale @ (
        rng.standard_normal(now.coefficients.size) / np.sqrt(rng.chisquare(now.df) / now.df)
    )
    wave = beta[1 : 1 + 2 * told.harmonics]
    season = _curve(wave) if told.harmonics else told.season
    dispersion = now.dispersion * now.df / rng.chisquare(now.df)
    return replace(
        told, weekly=float(np.exp(beta[0])) * _mean_wave(wave), sources=sources, units=units, season=season,
        market_cv=_market(dispersion, now.mean),
    )  # fmt: skip


def _market(dispersion: float, mean: np.ndarray) -> float:
    """Coefficient of variation of the weekly rate that makes counts scatter so much."""
    excess = (dispersion - 1.0) * mean.sum() / (mean**2).sum()
    return min(float(np.sqrt(max(excess, 0.0))), 3.0)


def _regressed(told: ArrivalFit, weekly: np.ndarray, days: np.ndarray, end: float, start: date) -> ArrivalFit:
    """With scatter, trend and season, as far as the record is long enough for each."""
    whole = weekly.size
    phase = _phase(start)
    trend, season = (days - end) / YEAR, 0
    flat = np.ones(whole)

    def fitted(harmonics: int, rising: bool) -> CountFit:
        waves = _waves(days + phase, harmonics)
        return fit_counts(np.stack([flat, *waves, *([trend] if rising else [])], axis=1), weekly)

    season_chance = trend_chance = rising = None
    if whole >= WEEKS_FOR_SEASON:
        # a season is looked for beside a trend, and a trend beside a season, or one passes for the other
        gains = [chance_of_gain(fitted(h - 1, True), fitted(h, True)) for h in range(1, HARMONICS + 1)]
        season = max((h for h, gain in enumerate(gains, 1) if gain < CHANCE / HARMONICS), default=0)
        season_chance = min(1.0, HARMONICS * min(gains))
    now = fitted(season, False)
    if whole >= WEEKS_FOR_TREND:
        more = fitted(season, True)
        trend_chance = chance_of_gain(now, more)
        if trend_chance < CHANCE and whole >= WEEKS_FOR_SEASON:
            now, rising = more, more.interval(np.r_[np.zeros(more.coefficients.size - 1), 1.0])
    wave = now.coefficients[1 : 1 + 2 * season]
    level = np.zeros(now.coefficients.size)
    level[0] = 1.0
    middle, low, high = now.interval(level)
    mean_wave = _mean_wave(wave)
    return replace(
        told, weekly=middle * mean_wave, low=low * mean_wave, high=high * mean_wave,
        market_cv=_market(now.dispersion, now.mean), dispersion=now.dispersion,
        season=_curve(wave) if season else None, season_chance=season_chance, trend=rising,
        trend_chance=trend_chance, counts=now, harmonics=season,
    )  # fmt: skip


def _waves(days: np.ndarray, harmonics: int) -> list[np.ndarray]:
    angle = 2 * np.pi * days / YEAR
    return [wave(h * angle) for h in range(1, harmonics + 1) for wave in (np.cos, np.sin)]


def _phase(start: date) -> float:
    """Days from the first of January to the log's start."""
    return float((start - date(start.year, 1, 1)).days)


def _year(coefficients: np.ndarray) -> np.ndarray:
    """Factor of each day of a year."""
    waves = _waves(np.arange(365) + 0.5, coefficients.size // 2)
    return np.exp(sum((c * wave for c, wave in zip(coefficients, waves, strict=True)), np.zeros(365)))


def _mean_wave(coefficients: np.ndarray) -> float:
    """Mean factor of the months: what the level is to be multiplied with, so that the season has mean 1."""
    return float(np.mean(_by_month(_year(coefficients))))


def _curve(coefficients: np.ndarray) -> tuple[float, ...]:
    """Factor of each month, mean 1."""
    months = _by_month(_year(coefficients))
    return tuple(float(round(factor, 4)) for factor in months / months.mean())


def _by_month(daily: np.ndarray) -> np.ndarray:
    month = (np.datetime64("2001-01-01") + np.arange(365)).astype("datetime64[M]").astype(int) % 12
    return np.bincount(month, daily, 12) / np.bincount(month, minlength=12)


def _counted(
    start: date, created: np.ndarray, begin: float, end: float
) -> tuple[float, float, tuple[str, ...]]:
    """First and last moment of what is counted, and the months at either end that are not."""
    inside = np.sort(created[(created >= begin) & (created < end)])
    day0 = np.datetime64(start)
    days = day0 + np.arange(int(begin), int(np.ceil(end))).astype("timedelta64[D]")
    if inside.size < FEWEST or not days.size:
        return begin, end, ()
    months, index, covered = np.unique(days.astype("datetime64[M]"), return_inverse=True, return_counts=True)
    counts = np.bincount(index[(inside - int(begin)).astype(int)], minlength=months.size)
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
    low, high = 0, months.size
    # the record has stopped where nothing came for so long that it is no chance
    pace = inside.size / max(inside[-1] - begin, 1.0)
    if pace * (end - inside[-1]) > SILENCE:
        high = int(np.flatnonzero(counts)[-1]) + 1
    # a first deal some days into a month is no late begin where deals are rare
    whole = length - covered <= max(3.0, 2.0 / pace)

    def fills(at: int) -> bool:
        others = np.delete(np.arange(low, high), at - low)
        expected = float(np.median(counts[others] / covered[others]) * covered[at])
        scatter = max(1.0, float(np.var(counts[others]) / max(counts[others].mean(), 1e-9)))
        less = (expected - counts[at]) / np.sqrt(scatter * expected + 1e-9)
        return not whole[at] or (counts[at] < THIN * expected and less > 3.0)

    while high - low > MONTHS_LEFT and fills(low):
        low += 1
    while high - low > MONTHS_LEFT and fills(high - 1):
        high -= 1
    if counts[low:high].sum() < MOST_KEPT * counts.sum():
        low, high = 0, months.size
    excluded = tuple(str(month) for month in (*months[:low], *months[high:]))
    first = begin if low == 0 else float((months[low].astype("datetime64[D]") - day0).astype(int))
    last = end if high == months.size else float((months[high].astype("datetime64[D]") - day0).astype(int))
    return first, last, excluded


def poisson_interval(deals: int, weeks: float) -> tuple[float, float]:
    """95 % interval of a weekly rate from few counts, Garwood (1936)."""
    return (
        float(stats.chi2.ppf(0.025, 2 * deals) / 2 / weeks) if deals else 0.0,
        float(stats.chi2.ppf(0.975, 2 * deals + 2) / 2 / weeks),
    )


def _shares(codes: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    """Share of each name; what has none counts as unknown, where any has one."""
    if not names or not codes.size or not (codes >= 0).any():
        return {}
    counts = np.bincount(np.where(codes >= 0, codes, len(names)), minlength=len(names) + 1) / codes.size
    return {name: float(share) for name, share in zip((*names, UNKNOWN), counts, strict=True) if share > 0}


def _units(deals, names) -> dict[tuple[str, str], float]:
    """Share of each territory and segment together."""
    places = [
        np.where(codes >= 0, codes, len(told))
        for codes, told in ((deals.territory, names.territories), (deals.segment, names.segments))
    ]
    if not deals.territory.size:
        return {}
    pairs, counts = np.unique(np.stack(places), axis=1, return_counts=True)
    told = []
    for number, known in enumerate((names.territories, names.segments)):
        there = bool((places[number] < len(known)).any())
        told.append([*known, UNKNOWN if there else ""])
    return {
        (told[0][a], told[1][b]): float(count / counts.sum())
        for a, b, count in zip(*pairs, counts, strict=True)
    }
