"""What the market asks, in the words of a scenario: units, sources, season, amounts."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.fit.arrivals import ArrivalFit
from funnelsim.fit.ledger import Ledger, rounded, slugs
from funnelsim.fit.values import ValueFit

MOST_UNITS = 100
ASSUMED_AMOUNT = {"median": 100_000.0, "spread": 0.8}


def demand_part(
    arrivals: ArrivalFit,
    values: ValueFit | None,
    ledger: Ledger,
    effects: dict[str, tuple[float, float, float]],
) -> dict[str, Any]:
    """The demand as raw data.

    effects   source -> change of its odds in logit with interval, where sources differ
    """
    demand: dict[str, Any] = {
        "units": _units(arrivals, values, ledger),
        "sources": _sources(arrivals, values, ledger, effects),
        "amount": values.words if values else ASSUMED_AMOUNT,
    }
    if arrivals.market_cv is not None:
        demand["market_cv"] = round(arrivals.market_cv, 4)
        ledger.fitted("demand.market_cv", arrivals.weeks)
    if arrivals.season is not None:
        demand["season"] = list(arrivals.season)
        ledger.fitted("demand.season", arrivals.deals)
    if values:
        ledger.fitted("demand.amount", values.deals)
        if "median" in values.words:
            ledger.fitted("demand.amount.median", values.deals, values.low, values.high)
    else:
        ledger.assumed("demand.amount")
    return demand


def _units(arrivals: ArrivalFit, values: ValueFit | None, ledger: Ledger) -> list[dict[str, Any]]:
    """A unit for each territory and segment together; where those were too many, for each territory, or one."""
    parts = arrivals.units
    if not 1 < len(parts) <= MOST_UNITS:
        territories = arrivals.territories
        parts = {(name, ""): share for name, share in territories.items()}
    if not 1 < len(parts) <= MOST_UNITS:
        parts = {("", ""): 1.0}
    names = [" · ".join(part for part in pair if part) or "all" for pair in parts]
    ids = slugs(names)
    factors = _factors(
        values,
        {by: [pair[at] for pair in parts] for at, by in enumerate(("territory", "segment"))},
        list(parts.values()),
    )
    units = []
    for id, name, (territory, segment), share, factor in zip(
        ids, names, parts, parts.values(), factors, strict=True
    ):
        unit = {"id": id, "name": name, "weekly_deals": round(arrivals.weekly * share, 6)}
        unit |= {key: told for key, told in (("region", territory), ("segment", segment)) if told}
        at, rows = f"demand.units.{id}", arrivals.deals * share
        ledger.fitted(f"{at}.weekly_deals", rows, arrivals.low * share, arrivals.high * share)
        if abs(factor - 1) > 1e-6:
            unit["amount_factor"] = round(factor, 4)
            ledger.fitted(f"{at}.amount_factor", rows)
        units.append(unit)
    return units


def _sources(
    arrivals: ArrivalFit,
    values: ValueFit | None,
    ledger: Ledger,
    effects: dict[str, tuple[float, float, float]],
) -> list[dict[str, Any]]:
    parts = arrivals.sources or {"inbound": 1.0}
    shares = rounded(list(parts.values()))
    factors = _factors(values, {"source": list(parts)}, shares)
    sources = []
    for id, name, share, factor in zip(slugs(parts), parts, shares, factors, strict=True):
        source = {"id": id, "name": name, "share": share}
        at, rows = f"demand.sources.{id}", arrivals.deals * share
        if arrivals.sources:
            ledger.fitted(f"{at}.share", rows)
        if abs(factor - 1) > 1e-6:
            source["amount_factor"] = round(factor, 4)
            ledger.fitted(f"{at}.amount_factor", rows)
        if name in effects:
            middle, low, high = effects[name]
            source["effect_logit"] = round(middle, 4)
            ledger.fitted(f"{at}.effect_logit", rows, low, high)
        sources.append(source)
    return sources


def _factors(values: ValueFit | None, members: dict[str, list[str]], shares: list[float]) -> list[float]:
    """Factor on the amount of each part, where values differ by group; their mean over all deals is 1."""
    told = np.ones(len(shares))
    for by, names in members.items():
        group = values.groups.get(by) if values else None
        if group is not None and group.differs:
            told *= [group.factors.get(name, 1.0) for name in names]
    mean = float(np.exp(np.average(np.log(told), weights=np.maximum(shares, 1e-12))))
    return [float(factor / mean) for factor in told]
