"""What the levers of `curing` must find in the rest of the scenario: stages, pools with people, reasons of losses."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.errors import Fault
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import unknown


def curing_faults(s: Scenario) -> Iterator[Fault]:
    """Stages, pools and reasons that the levers name and the company does not have."""
    stages = [stage.id for stage in s.stages]
    policies = s.policies
    named = {
        "attacks.relations.stages": policies.attacks.relations.stages,
        "attacks.terms.stages": policies.attacks.terms.stages,
        "attacks.technical.stages": policies.attacks.technical.stages,
        "attacks.competitor.stages": policies.attacks.competitor.stages,
        "executive_support.stages": policies.executive_support.stages,
        "service.stages": policies.service.stages,
        "training.effect_logit": tuple(policies.training.effect_logit),
        "templates.hours_factor": tuple(policies.templates.hours_factor),
        "templates.effect_logit": tuple(policies.templates.effect_logit),
        "price.effect_logit": tuple(policies.price.effect_logit),
    }
    for path, ids in named.items():
        for at, name in enumerate(ids):
            if name not in stages:
                where = f"policies.{path}[{at}]" if path.endswith("stages") else f"policies.{path}.{name}"
                yield unknown(where, "unknown_stage", name, stages, of="stages")
    for name in s.behaviour.coaching.deal_help_logit:
        if name not in stages:
            where = f"behaviour.coaching.deal_help_logit.{name}"
            yield unknown(where, "unknown_stage", name, stages, of="stages")
    rivals = policies.attacks.competitor
    reasons = list(dict.fromkeys(reason for stage in s.stages for reason in stage.otherwise.lost))
    if rivals.strength and rivals.reason not in reasons:
        yield unknown(
            "policies.attacks.competitor.reason", "unknown_loss", rivals.reason, reasons, of="stages"
        )
    yield from _pools(s)


def _pools(s: Scenario) -> Iterator[Fault]:
    """Whoever is to help must be there: deals would wait for them for ever."""
    pools = {pool.id: pool for pool in s.team.pools}
    support = s.policies.executive_support
    for path, helper, works in (
        ("attacks.technical", s.policies.attacks.technical, True),
        ("executive_support", support, support.when != "never"),
    ):
        where = f"policies.{path}.pool"
        if helper.pool is None:
            if helper.effect_logit and works:
                yield Fault(where, "pool_missing", {"known": ", ".join(pools) or "-"})
        elif helper.pool not in pools:
            yield unknown(where, "unknown_pool", helper.pool, pools, of="team.pools")
        elif (
            helper.effect_logit
            and works
            and not (pools[helper.pool].people and pools[helper.pool].weekly_hours)
        ):
            yield Fault(where, "pool_empty", {"value": helper.pool})
