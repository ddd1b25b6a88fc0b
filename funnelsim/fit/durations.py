"""The families of durations that a fit chooses from.

Here are those that are one density of z = (log t - mu) / sigma: exponential (sigma = 1), Weibull
(scale = exp(mu), shape = 1 / sigma), lognormal and log-logistic. Gamma and generalised gamma stand in
`gammas`, fixed days in `timers`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from funnelsim.fit.family import Curve, Family
from funnelsim.fit.gammas import Gamma, GeneralisedGamma


@dataclass(frozen=True)
class LocationScale(Family):
    """One density of z, as log density and log survival with two derivatives each."""

    name: str
    density: Callable[[np.ndarray], Curve]
    survival: Callable[[np.ndarray], Curve]
    z_of: Callable[[np.ndarray], np.ndarray]
    """z that the given share outlasts."""
    free: int = 2
    """Number of parameters: 2, or 1 where sigma is 1."""
    centre: float = 0.0
    """What a search adds to the mean of log t for mu, in its standard deviations ..."""
    narrow: float = 1.0
    """... and by what it multiplies the standard deviation for sigma."""

    def log_density(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        sigma = self.spread(theta)
        z = (log_days - theta[0]) / sigma
        value, slope, bend = _chain(z, sigma, self.density(z), self.free)
        value = value - np.log(sigma) - log_days
        if self.free == 2:
            slope[:, 1] -= 1.0
        return value, slope, bend

    def log_survival(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        sigma = self.spread(theta)
        z = (log_days - theta[0]) / sigma
        return _chain(z, sigma, self.survival(z), self.free)

    def log_survivor(self, log_days: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return self.survival((log_days - theta[0]) / self.spread(theta))[0]

    def upper(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return self.z_of(share_longer)

    def parameters(self, theta: np.ndarray) -> dict[str, float]:
        mu, sigma = float(theta[0]), self.spread(theta)
        match self.name:
            case "exponential":
                return {"rate": float(np.exp(-mu))}
            case "weibull" | "loglogistic":
                return {"shape": 1.0 / sigma, "scale": float(np.exp(mu))}
        return {"meanlog": mu, "sdlog": sigma}

    def words(self, theta: np.ndarray) -> dict[str, Any]:
        told: dict[str, Any] = {"family": self.name, "median": float(np.exp(self.median(theta)[0]))}
        if self.name == "lognormal":
            told["spread"] = self.spread(theta)
        elif self.free == 2:
            told["shape"] = 1.0 / self.spread(theta)
        return told

    def start(self, mean: float, sd: float) -> np.ndarray:
        middle = self.centre * (sd if self.free == 2 else 1.0)
        return np.array([mean + middle, np.log(self.narrow * sd)])[: self.free]


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


EXPONENTIAL = LocationScale(
    "exponential", _extreme_density, _extreme_survival, _log_upper, free=1, centre=0.577
)
WEIBULL = LocationScale("weibull", _extreme_density, _extreme_survival, _log_upper, centre=0.45, narrow=0.78)
LOGNORMAL = LocationScale("lognormal", _normal_density, _normal_survival, lambda share: -special.ndtri(share))
LOGLOGISTIC = LocationScale(
    "loglogistic", _logistic_density, _logistic_survival, lambda share: -special.logit(share), narrow=0.55
)
GAMMA = Gamma()
GENGAMMA = GeneralisedGamma()

FAMILIES: dict[str, Family] = {
    family.name: family for family in (EXPONENTIAL, WEIBULL, LOGNORMAL, LOGLOGISTIC, GAMMA, GENGAMMA)
}
