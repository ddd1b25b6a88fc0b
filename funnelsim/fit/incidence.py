"""Aalen-Johansen: the share that has ended in each outcome by an age, with no family assumed.

A spell is at risk at age t when it was seen from an age below t and had not ended before t.
Aalen & Johansen (1978), Scandinavian Journal of Statistics 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.fit.spells import Spells


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence at the ages where something ended."""

    days: np.ndarray  # (ages,)
    ended: np.ndarray  # (ages, outcomes), cumulative share
    open: np.ndarray  # (ages,), share still open just after
    at_risk: np.ndarray  # (ages,)
    events: np.ndarray  # (ages, outcomes)

    def at(self, age: float) -> tuple[np.ndarray, float]:
        """Shares ended in each outcome by an age, and the share still open."""
        i = int(np.searchsorted(self.days, age, side="right")) - 1
        return (self.ended[i], float(self.open[i])) if i >= 0 else (np.zeros(self.ended.shape[1]), 1.0)

    def open_se(self) -> np.ndarray:
        """Standard error of the share still open, by age; Greenwood (1926)."""
        d = self.events.sum(axis=1)
        left = self.at_risk * (self.at_risk - d)
        return self.open * np.sqrt(np.cumsum(np.divide(d, left, out=np.zeros_like(d), where=left > 0)))

    def ended_se(self) -> np.ndarray:
        """Standard error of each outcome's share, by age, shape (ages, outcomes).

        Greenwood's for two ends or more; Gaynor et al. (1993), JASA 88. What is still open when nobody
        is left at risk is 0 without error, as in the tables of R and SAS.
        """
        n, d = self.at_risk, self.events.sum(axis=1)
        left = np.where(n > d, n * (n - d), np.inf)
        before = np.r_[1.0, self.open[:-1]][: n.size]
        F, k = self.ended, self.events

        def so_far(terms: np.ndarray) -> np.ndarray:
            return np.cumsum(terms, axis=0)

        # sum over earlier ages s of (F(t) - F(s))^2 A(s) + B(s) - 2 (F(t) - F(s)) C(s), expanded in F(t)
        a = (d / left)[:, None]
        b = (before**2 / n**3)[:, None] * k * (n[:, None] - k)
        c = (before / n**2)[:, None] * k
        variance = F**2 * so_far(a) - 2 * F * so_far(F * a) + so_far(F**2 * a)
        variance += so_far(b) - 2 * F * so_far(c) + 2 * so_far(F * c)
        return np.sqrt(np.maximum(variance, 0.0))


def aalen_johansen(spells: Spells, outcomes: int) -> Incidence:
    """The cumulative incidence of outcomes 0.., right-censored and left-truncated."""
    ended = spells.outcome >= 0
    days, place = np.unique(spells.days[ended], return_inverse=True)
    events = np.zeros((days.size, outcomes))
    np.add.at(events, (place, spells.outcome[ended]), spells.count[ended])
    at_risk = _below(spells.seen_from, spells.count, days) - _below(spells.days, spells.count, days)
    stay = 1.0 - events.sum(axis=1) / at_risk
    still = np.cumprod(np.maximum(stay, 0.0))
    before = np.r_[1.0, still[:-1]][: days.size]
    share = np.cumsum(before[:, None] * events / at_risk[:, None], axis=0)
    return Incidence(days, share, still, at_risk, events)


def _below(ages: np.ndarray, count: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Number of spells whose age is below each of the days."""
    order = np.argsort(ages, kind="stable")
    total = np.r_[0.0, np.cumsum(count[order])]
    return total[np.searchsorted(ages[order], days, side="left")]
