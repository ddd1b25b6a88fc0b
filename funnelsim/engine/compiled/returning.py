"""What follows an order, it is paid and some customers come back: `engine.returning` on records."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes
from funnelsim.engine.compiled.jit import rare
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.draws import Draws
from funnelsim.engine.tables import Tables


class Loyal(NamedTuple):
    """What was drawn of it. P periods, N opportunities; nothing where nobody pays, or comes back."""

    share: np.ndarray  # (P,)
    child: np.ndarray  # (N,)
    comes_back: np.ndarray  # (N,)
    return_days: np.ndarray  # (P, N)
    cash_days: np.ndarray  # (P, N)


def loyal_of(tables: Tables, draws: Draws) -> Loyal:
    """The luck of a run."""
    returns, pays = bool(draws.child.size), tables.loyalty.pays
    nothing = np.zeros((len(tables.loyalty.share), 0))
    return Loyal(
        tables.loyalty.share, draws.child.astype(np.int64),
        draws.comes_back if returns else np.zeros(0), draws.return_days if returns else nothing,
        draws.cash_days if pays else nothing,
    )  # fmt: skip


@rare
def after_the_order(s, luck, agenda, deal, number):
    """An order is paid some days later, and some customers come back after a while."""
    loyal = luck.loyal
    if loyal.cash_days.shape[1] > 0 and loyal.cash_days[s.period, number] < s.horizon:
        rank = rules.tie_rank(rules.DISCOVERY, number, codes.NONE)
        schedule(s, agenda, s.now + loyal.cash_days[s.period, number], rank, codes.IS_PAID, codes.ZERO)
    child = loyal.child[number] if len(loyal.child) > 0 else codes.NONE
    if child >= 0 and rules.comes_back(loyal.comes_back[number], loyal.share[s.period]):
        rank = rules.tie_rank(rules.ARRIVAL, child, codes.NONE)
        schedule(s, agenda, s.now + loyal.return_days[s.period, child], rank, codes.AGAIN, deal.owner)


@rare
def whose(world, owner):
    """Who gets a customer who comes back: the rep who had him where he is still there."""
    return owner if world.active[owner] else max(0, rules.least_loaded(world.open_deals, world.active))
