"""Worlds in which a test's null hypothesis is true: the rates at which fits are wrongly doubted."""

from __future__ import annotations

import numpy as np

from funnelsim.fit.choose import chosen
from funnelsim.fit.deals import Deals, winning
from funnelsim.fit.durations import EXPONENTIAL, LOGNORMAL, WEIBULL
from funnelsim.fit.goodness import gap_chance, scaled_gap
from funnelsim.fit.groups import Group, compare
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.mixture import fit_mixture
from funnelsim.fit.spells import Spells


def doubted(seed: int, n: int, whole_days: bool, choice: bool) -> tuple[float, float]:
    """Scaled gap and its chance for spells that the families do describe; 40 % are seen from later on.

    choice   the families are chosen by AIC, not given
    """
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, n, p=[0.35, 0.45, 0.2])
    days = np.choose(kind, [40 * rng.weibull(1.4, n), rng.lognormal(3.6, 0.7, n), rng.exponential(130, n)])
    limit, a = rng.uniform(20, 300, n), np.where(rng.random(n) < 0.4, rng.uniform(0, 60, n), 0.0)
    if whole_days:
        days = np.maximum(np.where(a > 0, np.rint(days), np.floor(days + rng.random(n))), 0.5)
        limit, a = np.rint(limit) + 0.5, np.maximum(np.rint(a) - 0.5, 0)
    there = (days > a) & (limit > a)
    kind, days, limit, a = kind[there], days[there], limit[there], a[there]
    spells = Spells.collapse(a, np.minimum(days, limit), np.where(days <= limit, kind, -1))
    given = (WEIBULL, LOGNORMAL, EXPONENTIAL)
    mixture = chosen(spells, 3)[0] if choice else fit_mixture(spells, given)
    gap = scaled_gap(mixture, aalen_johansen(spells, 3), whole_days)
    return gap, gap_chance(mixture, gap, a, limit, whole_days)


def team(
    rng: np.random.Generator, members: int, deals_each: int, kappa: float | None = None, mean: float = 0.55,
    last: float = 200.0, never: float = 0.0,
) -> tuple[Group, np.ndarray, Deals]:  # fmt: skip
    """Members who win shares drawn with a concentration, all the same where it is None; some with many deals,
    some with few. The verdict, the true shares, the deals."""
    n = members * deals_each
    codes = np.repeat(np.arange(members), rng.multinomial(n, rng.dirichlet(np.full(members, 3.0))))
    share = np.full(members, mean) if kappa is None else rng.beta(kappa * mean, kappa * (1 - mean), members)
    won = rng.random(n) < share[codes]
    days = np.maximum(np.rint(np.where(won, rng.lognormal(3.6, 0.6, n), 50 * rng.weibull(1.2, n))), 0.5)
    # whose dead deals stay open differs; that is no difference in who wins
    rot = never * members * rng.dirichlet(np.full(members, 2.0))
    days = np.where(rng.random(n) < rot[codes], 1e6, days)
    limit = np.rint(rng.uniform(1, last, n)) + 0.5
    ended = days <= limit
    deals = Deals(
        np.arange(n), codes, np.zeros(n), np.minimum(days, limit), np.where(ended, np.where(won, 0, 1), -1)
    )
    times = winning(deals)
    assert times is not None
    return compare("owner", deals, times, codes, [str(i) for i in range(members)]), share, deals
