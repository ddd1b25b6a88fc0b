"""Gamma and generalised gamma, with derivatives as good as those of the simpler families.

Generalised gamma after Prentice (1974), Biometrika 61: z = (log t - mu) / sigma has with k = Q^-2 and
u = Q z the log density c(Q) + k (1 + u - exp u). It is lognormal for Q = 0, Weibull for Q = 1, and the gamma for
Q = sigma, with mean exp(mu) and shape sigma^-2. All of it is smooth in Q through 0, so it is written
with functions that are: c(Q) by Stirling's series, (1 + u - exp u) / u^2 by its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from funnelsim.fit.family import Curve, Family

NORMAL = 0.15
"""Below this |Q| the survival is integrated (a bell, nearly), above it is the incomplete gamma function."""
STEP = 0.01
_SLOPE = np.array([-1, 9, -45, 0, 45, -9, 1]) / (60 * STEP)
_BEND = np.array([2, -27, 270, -490, 270, -27, 2]) / (180 * STEP**2)
_STIRLING = np.array([1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156])
"""Of lgamma(k) - Stirling's formula: coefficients of k^-1, k^-3, ..."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
MOST_Q = 12.0


@dataclass(frozen=True)
class GeneralisedGamma(Family):
    """theta = (mu, log sigma, Q)."""

    name: str = "gengamma"
    free: int = 3

    def log_density(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        value, slope, bend = _chain(log_days, theta, self.spread(theta), _density)
        slope[:, 1] -= 1.0
        return value - np.log(self.spread(theta)) - log_days, slope, bend

    def log_survival(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        return _chain(log_days, theta, self.spread(theta), _survival)

    def log_survivor(self, log_days: np.ndarray, theta: np.ndarray) -> np.ndarray:
        z = np.asarray((log_days - theta[0]) / self.spread(theta), float)
        return _log_survivor(z.ravel(), _bounded(theta[2])).reshape(z.shape)

    def upper(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return _upper(share_longer, _bounded(theta[2]))

    def median(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        middle, gradient = super().median(theta)
        half, q = np.array(0.5), _bounded(theta[2])
        turn = float(_upper(half, q + 1e-3) - _upper(half, q - 1e-3)) / 2e-3
        return middle, np.array([gradient[0], gradient[1], self.spread(theta) * turn])

    def sound(self, theta: np.ndarray) -> bool:
        return super().sound(theta) and abs(theta[2]) < MOST_Q

    def lost(self, theta: np.ndarray) -> bool:
        return super().lost(theta) or abs(theta[2]) > 2 * MOST_Q

    def parameters(self, theta: np.ndarray) -> dict[str, float]:
        return {"mu": float(theta[0]), "sigma": self.spread(theta), "q": float(theta[2])}

    def words(self, theta: np.ndarray) -> dict[str, Any]:
        return {"family": self.name, **self.parameters(theta)}

    def start(self, mean: float, sd: float) -> np.ndarray:
        return np.array([mean + 0.2 * sd, np.log(0.9 * sd), 0.5])


@dataclass(frozen=True)
class Gamma(Family):
    """theta = (log mean, log sigma) with shape sigma^-2: the generalised gamma with Q = sigma."""

    name: str = "gamma"
    free: int = 2

    def log_density(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        return _on_the_line(_GENERAL.log_density(log_days, self._general(theta)), self.spread(theta))

    def log_survival(self, log_days: np.ndarray, theta: np.ndarray) -> Curve:
        return _on_the_line(_GENERAL.log_survival(log_days, self._general(theta)), self.spread(theta))

    def log_survivor(self, log_days: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return _GENERAL.log_survivor(log_days, self._general(theta))

    def upper(self, share_longer: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return _upper(share_longer, _bounded(self.spread(theta)))

    def median(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        middle, gradient = _GENERAL.median(self._general(theta))
        return middle, np.array([gradient[0], gradient[1] + self.spread(theta) * gradient[2]])

    def parameters(self, theta: np.ndarray) -> dict[str, float]:
        shape = self.spread(theta) ** -2
        return {"shape": shape, "rate": shape * float(np.exp(-theta[0]))}

    def words(self, theta: np.ndarray) -> dict[str, Any]:
        return {"family": self.name, "mean": float(np.exp(theta[0])), "shape": self.spread(theta) ** -2}

    def sound(self, theta: np.ndarray) -> bool:
        return 0.1 < self.spread(theta) < 4.0

    def start(self, mean: float, sd: float) -> np.ndarray:
        return np.array([mean + 0.5 * sd, np.log(0.8 * sd)])

    def _general(self, theta: np.ndarray) -> np.ndarray:
        return np.array([theta[0], theta[1], self.spread(theta)])


_GENERAL = GeneralisedGamma()


def _bounded(q: float) -> float:
    return float(min(max(q, -40.0), 40.0))


def _chain(log_days: np.ndarray, theta: np.ndarray, sigma: float, curve) -> Curve:
    """A curve of (z, Q) as a function of (mu, log sigma, Q)."""
    z = (log_days - theta[0]) / sigma
    value, in_z, in_q, in_zz, in_zq, in_qq = curve(z, _bounded(theta[2]))
    slope = np.stack([-in_z / sigma, -z * in_z, in_q], axis=-1)
    bend = np.empty((z.size, 3, 3))
    bend[:, 0, 0] = in_zz / sigma**2
    bend[:, 0, 1] = bend[:, 1, 0] = (in_z + z * in_zz) / sigma
    bend[:, 1, 1] = z * (in_z + z * in_zz)
    bend[:, 0, 2] = bend[:, 2, 0] = -in_zq / sigma
    bend[:, 1, 2] = bend[:, 2, 1] = -z * in_zq
    bend[:, 2, 2] = in_qq
    return value, slope, bend


def _on_the_line(curve: Curve, q: float) -> Curve:
    """A curve of (mu, log sigma, Q) along Q = sigma."""
    value, slope, bend = curve
    turn = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, q]])
    along = np.einsum("ai,nab,bj->nij", turn, bend, turn)
    along[:, 1, 1] += q * slope[:, 2]
    return value, slope @ turn, along


def _density(z: np.ndarray, q: float) -> tuple[np.ndarray, ...]:
    """Log density of z with its derivatives: value, z, Q, zz, zQ, QQ."""
    u = np.clip(q * z, -300.0, 300.0)
    p0, p1, p2 = _bow(u)
    e0, e1 = _growth(u)
    c0, c1, c2 = _constant(q)
    return (
        c0 + z**2 * p0, -z * e0, c1 + z**3 * p1, -np.exp(u), -(z**2) * e1, c2 + z**4 * p2
    )  # fmt: skip


def _constant(q: float) -> tuple[float, float, float]:
    """c(Q) = log |Q| + k log k - lgamma k - k, with two derivatives."""
    half = -0.5 * np.log(2 * np.pi)
    k = 1.0 / max(q * q, 1e-300)
    if k > 12:
        powers = 4 * np.arange(_STIRLING.size) + 2  # k^-(2 i + 1) = Q^(4 i + 2)
        return (
            float(half - _STIRLING @ q**powers),
            float(-_STIRLING @ (powers * q ** (powers - 1))),
            float(-_STIRLING @ (powers * (powers - 1) * q ** (powers - 2))),
        )
    rest = special.gammaln(k) - ((k - 0.5) * np.log(k) - k - half)
    first = special.psi(k) - np.log(k) + 0.5 / k
    second = special.polygamma(1, k) - 1 / k - 0.5 / k**2
    turn, bend = -2 * q**-3, 6 * q**-4
    return float(half - rest), float(-first * turn), float(-second * turn**2 - first * bend)


_FACTORIAL = special.factorial(np.arange(17))
_NEAR = 0.4


def _bow(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(1 + u - exp u) / u^2 with two derivatives."""
    near = np.abs(u) < _NEAR
    v = np.where(near, 1.0, u)
    e = np.exp(v)
    far = (
        (1 + v - e) / v**2,
        (2 * (e - 1) - v * (1 + e)) / v**3,
        (2 * v * (2 * e + 1) - 6 * (e - 1) - v**2 * e) / v**4,
    )
    if not near.any():
        return far
    w = np.where(near, u, 0.0)
    c = -1.0 / _FACTORIAL[2:]
    n = np.arange(c.size)
    series = (
        _series(w, c),
        _series(w, (c * n)[1:]),
        _series(w, (c * n * (n - 1))[2:]),
    )
    return tuple(np.where(near, a, b) for a, b in zip(series, far, strict=True))  # type: ignore[return-value]


def _growth(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(exp u - 1) / u with its derivative."""
    near = np.abs(u) < _NEAR
    v = np.where(near, 1.0, u)
    e = np.exp(v)
    w = np.where(near, u, 0.0)
    c = 1.0 / _FACTORIAL[1:]
    n = np.arange(c.size)
    return (
        np.where(near, _series(w, c), (e - 1) / v),
        np.where(near, _series(w, (c * n)[1:]), (v * e - e + 1) / v**2),
    )


def _series(u: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """A polynomial, lowest power first."""
    total = np.full_like(u, coefficients[-1])
    for c in coefficients[-2::-1]:
        total *= u
        total += c
    return total


def _survival(z: np.ndarray, q: float) -> tuple[np.ndarray, ...]:
    """Log survival of z with its derivatives: value, z, Q, zz, zQ, QQ."""
    told = _density(z, q)
    if abs(q) < NORMAL:
        value, in_q, in_qq = _integrated(z, q)
    else:
        line = _incomplete(z, q + STEP * np.arange(-3, 4))
        value, in_q, in_qq = line[3], _SLOPE @ line, _BEND @ line
    hazard = np.exp(np.minimum(told[0] - value, 300.0))
    return value, -hazard, in_q, -hazard * (told[1] + hazard), -hazard * (told[2] - in_q), in_qq


def _log_survivor(z: np.ndarray, q: float) -> np.ndarray:
    """Log survival of z, at one Q."""
    if abs(q) < NORMAL - 4 * STEP:
        return _integrated(z, q)[0]
    return _incomplete(z, np.array([q]))[0]


def _incomplete(z: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Log survival by the incomplete gamma function, (Q, z); all Q of one sign and away from 0."""
    k = (q**-2)[:, None]
    log_x = np.log(k) + np.clip(np.outer(q, z), -600.0, 600.0)
    x = np.exp(log_x)
    share = special.gammaincc(k, x) if q[0] > 0 else special.gammainc(k, x)
    thin = share < 1e-280
    value = np.log(np.where(thin, 1.0, share))
    if thin.any():
        k = np.broadcast_to(k, x.shape)[thin]
        tail = _upper_tail if q[0] > 0 else _lower_tail
        value[thin] = tail(k, x[thin], log_x[thin])
    return value


def _upper_tail(k: np.ndarray, x: np.ndarray, log_x: np.ndarray) -> np.ndarray:
    """log of the upper incomplete gamma function for x far above k, by its asymptotic series."""
    term, total = np.ones_like(x), np.ones_like(x)
    for j in range(1, 25):
        term = term * (k - j) / x
        total = total + term
    return (k - 1) * log_x - x - special.gammaln(k) + np.log(total)


def _lower_tail(k: np.ndarray, x: np.ndarray, log_x: np.ndarray) -> np.ndarray:
    """log of the lower incomplete gamma function for x near 0."""
    return k * log_x - x - special.gammaln(k + 1) + np.log1p(x / (k + 1))


def _integrated(z: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log survival with its first and second derivative in Q, by Gauss-Legendre over the rest of the bell.

    Where less than half is left the bell is scaled by its height at z, so that far tails keep their digits.
    """
    z = np.clip(z, -12.0, 1e4)
    reach = np.maximum(1.35 * np.sqrt(np.maximum(z, 0.0) ** 2 + 90.0) - z, 1e-3)  # where exp(-40) is left
    at = z[:, None] + reach[:, None] * (_NODES + 1) / 2
    value, _, in_q, _, _, in_qq = _density(at.ravel(), q)
    top = np.where(z > 0, _density(z, q)[0], 0.0)
    bell = np.exp(value.reshape(at.shape) - top[:, None]) * _WEIGHTS
    score, bend = in_q.reshape(at.shape), in_qq.reshape(at.shape)
    rest = bell.sum(axis=1)
    first = (bell * score).sum(axis=1) / rest
    second = (bell * (score**2 + bend)).sum(axis=1) / rest
    return top + np.log(rest * reach / 2), first, second - first**2


def _upper(share: np.ndarray, q: float) -> np.ndarray:
    """z that the given share outlasts."""
    share = np.asarray(share, float)
    if abs(q) < 1e-5:
        n = -special.ndtri(share)
        return n - q * (n**2 + 2) / 6  # Cornish & Fisher, to the first order in Q
    k = q**-2
    x = special.gammainccinv(k, share) if q > 0 else special.gammaincinv(k, share)
    with np.errstate(divide="ignore"):
        return np.log(x / k) / q
