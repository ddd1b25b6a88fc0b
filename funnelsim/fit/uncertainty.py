"""What the record leaves open, as draws: companies that could all have left this record.

Shares and days of a stage come from the normal distribution about the optimum (log odds, mu, log sigma)
whose covariance is the inverse Hessian; a stage that is sampled from its jumps is drawn anew by the
Bayesian bootstrap (Rubin 1981, Annals of Statistics 9), and so are values with no family. Where one end only
was seen its share comes from Jeffreys' beta distribution. Arrivals come from the regression's coefficients,
their scatter from a chi-square distribution, sources and units from Dirichlet ones; effects of groups from
their posterior.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg

from funnelsim.fit.arrivals import redrawn_arrivals
from funnelsim.fit.effects import Effect
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.jumps import empirical_words
from funnelsim.fit.mixture import Mixture
from funnelsim.fit.outcomes import from_jumps, from_mixture
from funnelsim.fit.paths import Paths
from funnelsim.fit.propose import propose
from funnelsim.fit.spells import Spells
from funnelsim.fit.stages import StageFit
from funnelsim.fit.values import ValueFit
from funnelsim.scenario.model import Scenario

if TYPE_CHECKING:
    from funnelsim.fit import Fit

VAGUE = 3.0
"""Standard deviation, on the scale of logs and log odds, of what the data say nothing of."""
TRIES = 50


def drawn(fit: Fit, n: int, seed: int = 1) -> list[Scenario]:
    """n scenarios that the record allows, equally likely; the same seed gives the same ones.

    They measure the same period after the same warm-up as the fitted scenario.
    """
    return [
        _one(fit, np.random.default_rng(np.random.SeedSequence([seed, number]))) for number in range(n)
    ]  # fmt: skip


def _one(fit: Fit, rng: np.random.Generator) -> Scenario:
    stages = tuple(_stage(stage, rng) for stage in fit.stages)
    return propose(
        fit.history, stages, redrawn_arrivals(fit.arrivals, rng), _values(fit.values, rng), fit.base,
        _paths(fit.paths, stages, rng), _effects(fit.effects, rng), fit.scenario.measure,
    )  # fmt: skip


def _stage(stage: StageFit, rng: np.random.Generator) -> StageFit:
    if stage.mixture is None or stage.seen is None or stage.incidence is None:
        return stage
    names, spells, whole = stage.seen.outcomes, stage.seen.spells, stage.seen.whole_days
    if stage.sampler == "empirical":
        mixture = _mixture(stage.mixture, rng)
        again = Spells(spells.seen_from, spells.days, spells.outcome, rng.gamma(spells.count))
        outcomes, unresolved = from_jumps(mixture, aalen_johansen(again, len(names)), names, again, whole)
    else:
        mixture = _mixture(stage.mixture, rng)
        outcomes, unresolved = from_mixture(mixture, stage.incidence, names, spells, whole)
    if len(outcomes) == 1 and not unresolved:
        # nothing else was seen: that is no proof that there is nothing else
        (name, only), ends = next(iter(outcomes.items())), stage.ends
        share = float(rng.beta(ends + 0.5, 0.5))
        outcomes = {name: replace(only, share=share)}
        if name == "advance":
            unresolved = 1.0 - share
        else:
            outcomes["advance"] = replace(only, name="advance", share=1.0 - share, events=0)
    return replace(stage, outcomes=outcomes, unresolved=unresolved)


def _mixture(mixture: Mixture, rng: np.random.Generator) -> Mixture:
    """Other families, by how well the data like them, and other parameters."""
    at = rng.random()
    for weight, rival in mixture.rivals:
        if at < weight:
            mixture = rival
            break
        at -= weight
    values, axes = linalg.eigh(mixture.hessian + np.eye(mixture.x.size) / VAGUE**2)
    spread = axes / np.sqrt(np.maximum(values, 1.0 / VAGUE**2))
    for _ in range(TRIES):
        other = mixture.at(mixture.x + spread @ rng.standard_normal(mixture.x.size))
        if all(family.sound(theta) for family, theta in zip(other.families, other.thetas, strict=True)):
            return other
    return mixture


def _values(values: ValueFit | None, rng: np.random.Generator) -> ValueFit | None:
    if values is None or values.mixture is None:
        return values
    if values.family == "empirical":
        words: dict[str, Any] = empirical_words(values.known, rng.gamma(np.ones(values.known.size)))
        return replace(values, words=words)
    mixture = _mixture(values.mixture, rng)
    return replace(values, words=mixture.families[0].words(mixture.thetas[0]))


def _paths(paths: Paths, stages: tuple[StageFit, ...], rng: np.random.Generator) -> Paths:
    """Deals moved over a stage out of all that came to it, as a beta distribution tells."""
    passed = np.array([
        (stage.entered + over) * rng.beta(over + 0.5, stage.entered + 0.5) if over else 0
        for stage, over in zip(stages, paths.passed, strict=True)
    ])  # fmt: skip
    share, jumps = paths.skip_share, sum(paths.jumps.values())
    if share:
        share = float(rng.beta(jumps + 0.5, jumps / share - jumps + 0.5))
    revive = paths.revive_share
    if paths.revive_words and revive:
        back = paths.reopened
        revive = float(rng.beta(back + 0.5, max(back / revive - back, 0.0) + 0.5))
    return replace(paths, passed=np.rint(passed).astype(int), skip_share=share, revive_share=revive)


def _effects(effects: dict[str, dict[str, Effect]], rng: np.random.Generator) -> dict[str, dict[str, Effect]]:
    return {
        by: {
            name: (middle + (high - low) / 3.92 * rng.standard_normal(), low, high)
            for name, (middle, low, high) in members.items()
        }
        for by, members in effects.items()
    }  # fmt: skip
