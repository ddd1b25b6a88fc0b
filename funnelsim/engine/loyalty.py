"""The arrays of what follows an order: the payment, and the customer who comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.model import Scenario

RETURNS = 8
"""A customer comes back no more often than that."""


@dataclass(frozen=True)
class Loyalty:
    """Payments and returns. P periods."""

    share: np.ndarray  # (P,) of won deals whose customer comes back
    days: tuple[Distribution, ...]  # [P] from the order until he does
    cash_days: tuple[Distribution | None, ...]  # [P] from the order until it is paid, None where nobody asks

    @property
    def returns(self) -> bool:
        return bool(self.share.any())

    @property
    def pays(self) -> bool:
        return any(days is not None for days in self.cash_days)


def loyalty(plans: list[Scenario]) -> Loyalty:
    """The arrays of a company."""
    return Loyalty(
        np.array([plan.behaviour.repeat.share for plan in plans]),
        tuple(plan.behaviour.repeat.days for plan in plans),
        tuple(plan.policies.cash.delay_days for plan in plans),
    )
