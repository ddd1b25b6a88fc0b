"""What the levers of `deciding` must find in the rest of the scenario: pools with people, sources, segments."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.errors import Fault
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import THIRDS
from funnelsim.scenario.paths import unknown

TOLERANCE = 1e-6


def deciding_faults(s: Scenario) -> Iterator[Fault]:
    """Pools, sources and segments that the levers name and the company does not have."""
    policies, pools = s.policies, {pool.id: pool for pool in s.team.pools}
    named = [("service.pool", policies.service.pool)]
    named += [(f"leads.{third}.pool", getattr(policies.leads, third).pool) for third in THIRDS]
    for path, pool in named:
        where = f"policies.{path}"
        if pool is not None and pool not in pools:
            yield unknown(where, "unknown_pool", pool, pools, of="team.pools")
        elif pool is not None and not (pools[pool].people and pools[pool].weekly_hours):
            yield Fault(where, "pool_empty", {"value": pool})
    yield from _tiers(s)
    sources = [source.id for source in s.demand.sources]
    for name in policies.score.sources:
        if name not in sources:
            yield unknown(
                f"policies.score.sources.{name}", "unknown_source", name, sources, of="demand.sources"
            )
    segments = list(dict.fromkeys(unit.segment for unit in s.demand.units))
    for name in policies.score.segments:
        if name not in segments:
            where = f"policies.score.segments.{name}"
            yield unknown(where, "unknown_segment", name, segments, of="demand.units")


def _tiers(s: Scenario) -> Iterator[Fault]:
    """The hours of all tiers are a whole, and every deal belongs to one of them."""
    tiers = s.policies.tiers
    total = sum(tier.hours_share for tier in tiers)
    if tiers and abs(total - 1) > TOLERANCE:
        yield Fault("policies.tiers", "tiers_sum", {"total": f"{total:g}"})
    begins = [tier.from_quantile for tier in tiers]
    if tiers and (min(begins) > 0 or len(set(begins)) < len(begins)):
        yield Fault("policies.tiers", "tiers_begin", {"given": ", ".join(f"{begin:g}" for begin in begins)})
