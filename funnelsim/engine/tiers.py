"""Tiers of customers by the value of their deals: which deals belong to each, and its share of the reps' hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.scenario.behaviour import Policies
from funnelsim.scenario.distributions import quantile
from funnelsim.scenario.model import Scenario


@dataclass(frozen=True)
class Tiers:
    """Tiers from the lowest to the highest. P periods, T tiers of the period that has most of them."""

    there: np.ndarray  # (P,) whether a period has any
    edges: np.ndarray  # (P, T) list price from which on a deal belongs to a tier, inf where there is none
    shares: np.ndarray  # (P, T) of a rep's hours, 1 where there is none
    names: tuple[str, ...]
    """Of the last period that has any."""
    last_edges: tuple[float, ...]

    @property
    def count(self) -> int:
        return self.edges.shape[1]


def tiers(plans: list[Scenario]) -> Tiers:
    """The arrays of a company."""
    lists = [in_order(plan.policies) for plan in plans]
    most = max(map(len, lists))
    edges, shares = np.full((len(plans), most), np.inf), np.ones((len(plans), most))
    for row, (plan, own) in enumerate(zip(plans, lists, strict=True)):
        for at, tier in enumerate(own):
            edges[row, at] = _list_price(plan, tier.from_quantile)
            shares[row, at] = tier.hours_share
    there = np.array([bool(own) for own in lists])
    last = int(np.flatnonzero(there)[-1]) if most else 0
    names = tuple(tier.id for tier in lists[last])
    return Tiers(there, edges, shares, names, tuple(edges[last, : len(names)].tolist()))


def in_order(policies: Policies) -> list:
    """The tiers of a company, the lowest first."""
    return sorted(policies.tiers, key=lambda tier: tier.from_quantile)


def _list_price(plan: Scenario, share: float) -> float:
    """Below which a share of the demand's amounts lies."""
    return float(quantile(plan.demand.amount, np.array(share))) if share else 0.0
