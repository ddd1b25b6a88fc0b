"""What a family of durations tells the likelihood: log density, log survival, and their derivatives.

All families are told in y = log t. Parameters theta begin with (mu, log sigma): `mu` moves log t, and
sigma spreads it. Kalbfleisch & Prentice (2002), chapter 2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

Curve = tuple[np.ndarray, np.ndarray, np.ndarray]
"""A value for each age, its gradient (n, free) and its Hessian (n, free, free)."""

SPREADS = (0.015, 5.0)
"""Sigma outside of these is no optimum: durations that are all alike drive it to 0, noise beyond all bounds."""


class Family(ABC):
    """A distribution of days; see the module."""

    name: str
    free: int
    """Number of parameters."""

    @abstractmethod
    def log_density(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        """log f with its derivatives in theta."""

    @abstractmethod
    def log_survival(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        """log S with its derivatives in theta."""

    @abstractmethod
    def log_survivor(self, log_days: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """log S alone."""

    @abstractmethod
    def upper(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """(log t - mu) / sigma that the given share outlasts."""

    @abstractmethod
    def parameters(self, theta: np.ndarray) -> dict[str, float]:
        """The parameters under their usual names."""

    @abstractmethod
    def words(self, theta: np.ndarray) -> dict[str, Any]:
        """The words of a scenario: family, size, and spread or shape."""

    @abstractmethod
    def start(self, mean: float, sd: float) -> np.ndarray:
        """Where a search begins, from mean and standard deviation of log t."""

    def near(self, centre: float, sd: float) -> np.ndarray:
        """Parameters whose middle half of log t lies like a normal's around a centre."""
        unit = np.zeros(max(self.free, 2))
        if self.free == 3:
            unit[2] = 0.5
        z = self.upper(np.array([0.75, 0.25]), unit)
        wide = sd * 1.349 / float(z[1] - z[0]) if self.free > 1 else 1.0
        return np.array([centre - wide * float(z.mean()), np.log(wide), *unit[2:]])[: self.free]

    def spread(self, theta: np.ndarray) -> float:
        """Sigma, the scale of log t; bounded, so that a search that runs away stays a number."""
        return float(np.exp(min(max(theta[1], -20.0), 20.0))) if self.free > 1 else 1.0

    def sound(self, theta: np.ndarray) -> bool:
        """Whether the parameters are an optimum's, not those of a search that ran away."""
        return SPREADS[0] < self.spread(theta) < SPREADS[1]

    def rescaled(self, unit: float) -> Family:
        """The family of days / unit; what is told by mu and sigma alone is its own."""
        return self

    def lost(self, theta: np.ndarray) -> bool:
        """Whether a search has run so far away that it will not come back."""
        return self.free > 1 and not SPREADS[0] / 2 < self.spread(theta) < 2 * SPREADS[1]

    def survives(self, days: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Share that lasts longer than so many days; 1 at 0."""
        days = np.asarray(days, float)
        with np.errstate(divide="ignore"):
            log_days = np.maximum(np.log(days), -700.0)
        return np.where(days > 0, np.exp(self.log_survivor(log_days, theta)), 1.0)

    def quantile(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Days that the given share outlasts."""
        z = self.upper(np.asarray(share_longer, float), theta)
        return np.exp(np.minimum(theta[0] + self.spread(theta) * z, 700.0))

    def median(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Log of the median, and its gradient in theta for the delta method."""
        z = float(self.upper(np.array(0.5), theta))
        sigma = self.spread(theta)
        gradient = np.array([1.0, sigma * z])[: self.free]
        return float(theta[0] + sigma * z), gradient
