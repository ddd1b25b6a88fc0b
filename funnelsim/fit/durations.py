"""Families of durations for the likelihood: log density, log survival, and their derivatives.

All are location-scale in y = log t: with z = (y - mu) / sigma a family is one density of z. Parameters
are theta = (mu, log sigma), the exponential has mu alone. Weibull: scale = exp(mu), shape = 1 / sigma.
Kalbfleisch & Prentice (2002), chapter 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

Curve = tuple[np.ndarray, np.ndarray, np.ndarray]
"""A function of z with its first and second derivative."""


@dataclass(frozen=True)
class Family:
    """One density of z, as log density and log survival with two derivatives each."""

    name: str
    density: Callable[[np.ndarray], Curve]
    survival: Callable[[np.ndarray], Curve]
    upper: Callable[[np.ndarray], np.ndarray]
    """z whose survival is the given share."""
    free: int = 2
    """Number of parameters: 2, or 1 where sigma is 1."""

    def spread(self, theta: np.ndarray) -> float:
        """Sigma, the scale of log t; bounded, so that a search that runs away stays a number."""
        return float(np.exp(min(max(theta[1], -20.0), 20.0))) if self.free == 2 else 1.0

    def log_density(
        self, log_days: np.ndarray, theta: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """log f, its gradient (n, free) and Hessian (n, free, free) in theta."""
        sigma = self.spread(theta)
        z = (log_days - theta[0]) / sigma
        value, slope, bend = _chain(z, sigma, self.density(z), self.free)
        value = value - np.log(sigma) - log_days
        if self.free == 2:
            slope[:, 1] -= 1.0
        return value, slope, bend

    def log_survival(
        self, log_days: np.ndarray, theta: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """log S, its gradient (n, free) and Hessian (n, free, free) in theta."""
        sigma = self.spread(theta)
        z = (log_days - theta[0]) / sigma
        return _chain(z, sigma, self.survival(z), self.free)

    def survives(self, days: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Share that lasts longer than so many days; 1 at 0."""
        with np.errstate(divide="ignore"):
            z = (np.log(days) - theta[0]) / self.spread(theta)
        return np.where(np.isneginf(z), 1.0, np.exp(self.survival(np.maximum(z, -700.0))[0]))

    def quantile(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Days that the given share outlasts."""
        return np.exp(np.minimum(theta[0] + self.spread(theta) * self.upper(share_longer), 700.0))

    def median(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Log of the median, and its gradient in theta for the delta method."""
        z = float(self.upper(np.array(0.5)))
        sigma = self.spread(theta)
        return float(theta[0] + sigma * z), np.array([1.0, sigma * z])[: self.free]

    def parameters(self, theta: np.ndarray) -> dict[str, float]:
        """The parameters under their usual names."""
        mu, sigma = float(theta[0]), self.spread(theta)
        match self.name:
            case "exponential":
                return {"rate": float(np.exp(-mu))}
            case "weibull" | "loglogistic":
                return {"shape": 1.0 / sigma, "scale": float(np.exp(mu))}
        return {"meanlog": mu, "sdlog": sigma}

    def words(self, theta: np.ndarray) -> dict[str, float | str]:
        """The scenario's words: family, median, and spread or shape."""
        told: dict[str, float | str] = {"family": self.name, "median": float(np.exp(self.median(theta)[0]))}
        if self.name == "lognormal":
            told["spread"] = self.spread(theta)
        elif self.free == 2:
            told["shape"] = 1.0 / self.spread(theta)
        return told


def _chain(z: np.ndarray, sigma: float, curve: Curve, free: int) -> Curve:
    """A curve of z as a function of (mu, log sigma)."""
    value, first, second = curve
    slope = np.empty((z.size, free))
    bend = np.empty((z.size, free, free))
    slope[:, 0] = -first / sigma
    bend[:, 0, 0] = second / sigma**2
    if free == 2:
        slope[:, 1] = -z * first
        bend[:, 0, 1] = bend[:, 1, 0] = (first + z * second) / sigma
        bend[:, 1, 1] = z * (first + z * second)
    return value, slope, bend


def _extreme_density(z: np.ndarray) -> Curve:
    power = np.exp(np.minimum(z, 300.0))
    return z - power, 1.0 - power, -power


def _extreme_survival(z: np.ndarray) -> Curve:
    power = np.exp(np.minimum(z, 300.0))
    return -power, -power, -power


def _normal_density(z: np.ndarray) -> Curve:
    return -0.5 * z * z - 0.5 * np.log(2 * np.pi), -z, np.full(z.shape, -1.0)


def _normal_survival(z: np.ndarray) -> Curve:
    value = special.log_ndtr(-z)
    hazard = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - value)
    return value, -hazard, -hazard * (hazard - z)


def _logistic_density(z: np.ndarray) -> Curve:
    share = special.expit(z)
    return z - 2 * np.logaddexp(0, z), 1 - 2 * share, -2 * share * (1 - share)


def _logistic_survival(z: np.ndarray) -> Curve:
    share = special.expit(z)
    return -np.logaddexp(0, z), -share, -share * (1 - share)


def _log_upper(share: np.ndarray) -> np.ndarray:
    return np.log(-np.log(share))


EXPONENTIAL = Family("exponential", _extreme_density, _extreme_survival, _log_upper, free=1)
WEIBULL = Family("weibull", _extreme_density, _extreme_survival, _log_upper)
LOGNORMAL = Family("lognormal", _normal_density, _normal_survival, lambda share: -special.ndtri(share))
LOGLOGISTIC = Family(
    "loglogistic", _logistic_density, _logistic_survival, lambda share: -special.logit(share)
)

FAMILIES = {family.name: family for family in (EXPONENTIAL, WEIBULL, LOGNORMAL, LOGLOGISTIC)}
