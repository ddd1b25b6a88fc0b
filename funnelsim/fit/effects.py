"""What a difference between groups means for the odds of every stage: the logit of a rep or a source."""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from funnelsim.fit.groups import Group
from funnelsim.fit.stages import StageFit

Effect = tuple[float, float, float]
"""Change of the odds to advance in every stage, in logit, with its interval."""
MOST = 2.5


def effects_of(stages: tuple[StageFit, ...], groups: dict[str, Group]) -> dict[str, dict[str, Effect]]:
    """By `owner` and `source`: member -> its effect, for those groups that differ.

    An effect acts in every stage, so it is the one that gives the member's share of deals won; their mean,
    weighed by deals, is 0, because the stages' shares are those of all together.
    """
    told = {}
    for by in ("owner", "source"):
        group = groups.get(by)
        if group is None or group.verdict != "differs":
            continue
        found = {
            member.name: tuple(
                _solved(stages, share / group.team) for share in (member.share, member.low, member.high)
            )
            for member in group.members
        }
        weights = np.array([member.n for member in group.members], float)
        mean = float(np.average([effect[0] for effect in found.values()], weights=weights))
        told[by] = {name: tuple(part - mean for part in effect) for name, effect in found.items()}
    return told  # type: ignore[return-value]


def won_share(stages: tuple[StageFit, ...], effect: float = 0.0) -> float:
    """Share of deals won when every stage's odds are changed by so much; visits form a Markov chain."""
    size = len(stages)
    chain, ahead = np.eye(size), np.zeros(size)
    for s, stage in enumerate(stages):
        found = stage.outcomes
        total = sum(outcome.share for outcome in found.values()) + stage.unresolved
        base = found["advance"].share / total if total and "advance" in found else 0.5
        back = found["regress"].share / total if total and "regress" in found else 0.0
        advance = float(special.expit(special.logit(np.clip(base, 1e-6, 1 - 1e-6)) + effect))
        if s + 1 < size:
            chain[s, s + 1] -= advance
        else:
            ahead[s] = advance
        if s > 0 and base < 1:
            chain[s, s - 1] -= (1 - advance) * back / (1 - base)
    return float(np.linalg.solve(chain, ahead)[0])


def _solved(stages: tuple[StageFit, ...], ratio: float) -> float:
    """The effect under which so many times as many deals are won."""
    wanted = won_share(stages) * ratio
    if wanted <= won_share(stages, -MOST):
        return -MOST
    if wanted >= won_share(stages, MOST):
        return MOST
    return float(optimize.brentq(lambda effect: won_share(stages, effect) - wanted, -MOST, MOST, xtol=1e-9))
