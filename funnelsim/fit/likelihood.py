"""The likelihood of competing outcomes with its gradient and Hessian, and the climb to its top."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import optimize

from funnelsim.fit.family import Family
from funnelsim.fit.spells import Spells, summed


class Likelihood:
    """Minus the log-likelihood of a parameter vector, with gradient and Hessian."""

    def __init__(self, spells: Spells, families: tuple[Family, ...], never: bool):
        self.families, self.never = families, never
        self.kinds = len(families) + never
        self.parts = parts_of(families, self.kinds)
        self.size = self.parts[-1].stop
        ended = spells.outcome >= 0
        self.ended = []
        for k in range(len(families)):
            here = ended & (spells.outcome == k)
            self.ended.append(summed(np.log(spells.days[here]), spells.count[here]))
        self.open = summed(np.log(spells.days[~ended]), spells.count[~ended])
        late = spells.seen_from > 0
        self.entry = summed(np.log(spells.seen_from[late]), spells.count[late])
        self.events = np.array([count.sum() for _, count in self.ended] + [0.0] * never)
        self._last: tuple[np.ndarray, tuple[float, np.ndarray, np.ndarray]] | None = None

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        if self._last is None or not np.array_equal(self._last[0], x):
            self._last = (x.copy(), self._told(x))
        return self._last[1]

    def _told(self, x: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        odds = np.r_[0.0, x[: self.kinds - 1]]
        log_p = odds - _logsum(odds[None, :])[0]
        p = np.exp(log_p)
        total = self.events.sum()
        value = float(self.events @ log_p)
        gradient = np.zeros(self.size)
        hessian = np.zeros((self.size, self.size))
        eta = slice(0, self.kinds - 1)
        scatter = (np.diag(p) - np.outer(p, p))[1:, 1:]
        gradient[eta] = (self.events - total * p)[1:]
        hessian[eta, eta] = -total * scatter
        for family, part, (log_days, count) in zip(self.families, self.parts, self.ended, strict=True):
            v, g, h = family.log_density(log_days, x[part])
            value += float(count @ v)
            gradient[part] += count @ g
            hessian[part, part] += np.tensordot(count, h, 1)
        for sign, (ages, count) in ((1.0, self.open), (-1.0, self.entry)):
            if count.size:
                v, g, h = self._alive(x, log_p, p, scatter, ages, count)
                value += sign * float(v)
                gradient += sign * g
                hessian += sign * h
        return -value, -gradient, -hessian

    def over(self, x: np.ndarray) -> bool:
        """Whether further steps would gain nothing: the mass that never resolves has shrunk to nothing, or a
        family has run away."""
        if self.never and x[self.kinds - 2] < x[: self.kinds - 2].max(initial=0.0) - 15.0:
            return True
        return any(family.lost(x[part]) for family, part in zip(self.families, self.parts, strict=True))

    def _alive(self, x, log_p, p, scatter, log_days, count):
        """Sum of count x log sum_k p_k S_k, with gradient and Hessian."""
        n = log_days.size
        u = np.empty((n, self.kinds))
        u[:, -1] = log_p[-1]
        parts = [f.log_survival(log_days, x[part]) for f, part in zip(self.families, self.parts, strict=True)]
        for k, (v, _, _) in enumerate(parts):
            u[:, k] = log_p[k] + v
        top = _logsum(u)
        r = np.exp(u - top[:, None])
        slope = np.empty((n, self.size))
        slope[:, : self.kinds - 1] = (r - p)[:, 1:]
        bend = np.zeros((self.size, self.size))
        eta = slice(0, self.kinds - 1)
        wr = count[:, None] * r
        # E[du du'] over the outcomes, blocks of the odds first: du_k/deta = e_k - p
        sums = wr.sum(axis=0)
        full = np.diag(sums) - np.outer(sums, p) - np.outer(p, sums) + count.sum() * np.outer(p, p)
        bend[eta, eta] = full[1:, 1:] - count.sum() * scatter
        for k, (part, (_, g, h)) in enumerate(zip(self.parts, parts, strict=True)):
            slope[:, part] = r[:, [k]] * g
            weighted = wr[:, k] @ g
            bend[part, part] = np.tensordot(wr[:, k], h, 1) + (wr[:, [k]] * g).T @ g
            cross = np.outer((np.eye(self.kinds)[k] - p)[1:], weighted)
            bend[eta, part] = cross
            bend[part, eta] = cross.T
        bend -= (slope * count[:, None]).T @ slope
        return float(count @ top), count @ slope, bend


def climb(likelihood: Likelihood, start: np.ndarray, from_afar: bool = True) -> tuple[np.ndarray, bool]:
    """The optimum from a start, and whether the gradient test holds there.

    from_afar   where Newton steps do not arrive, BFGS first; otherwise Newton steps alone
    """
    x, found = polish(likelihood, start)
    if found or not from_afar:
        return x, found

    def both(x):
        value, gradient, _ = likelihood(x)
        return (value, gradient) if np.isfinite(value) else (1e300, np.zeros_like(x))

    with np.errstate(all="ignore"):
        x = optimize.minimize(both, start, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 500}).x
    return polish(likelihood, x)


def polish(
    likelihood: Likelihood, x: np.ndarray, steps: int = 50, exact: float = 1e-11, halvings: int = 30
) -> tuple[np.ndarray, bool]:
    """Newton steps, each halved until it does not lead away.

    exact   the gradient, for each end that was seen, at which the top is reached
    """
    scale = 1.0 + likelihood.events.sum()
    with np.errstate(all="ignore"):
        value, gradient, hessian = likelihood(x)
    if not (np.isfinite(value) and np.isfinite(hessian).all()):
        return x, False
    for _ in range(steps):
        if np.abs(gradient).max(initial=0) < exact * scale or likelihood.over(x):
            return x, True
        step = _newton(hessian, gradient)
        for _ in range(halvings):
            with np.errstate(all="ignore"):
                there = likelihood(x - step)
            better = np.isfinite(there[0]) and there[0] <= value + 1e-12 * abs(value)
            if better and np.isfinite(there[2]).all():
                break
            step = step / 2
        else:
            break
        moved = np.abs(step).max(initial=0)
        x = x - step
        value, gradient, hessian = there
        if moved < 1e-13:
            break
    return x, bool(np.abs(gradient).max(initial=0) < 1e-6 * scale)


def _newton(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """A descent step: along each axis of the Hessian by its absolute curvature, at most 2 long."""
    bend, axes = np.linalg.eigh(hessian)
    bend = np.maximum(np.abs(bend), 1e-9 * max(1.0, float(np.abs(bend).max())))
    step = axes @ ((axes.T @ gradient) / bend)
    return step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))


def parts_of(families: tuple[Family, ...], kinds: int) -> list[slice]:
    """Where the parameters of each family stand in x."""
    ends = np.cumsum([kinds - 1, *(family.free for family in families)])
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]


def _logsum(u: np.ndarray) -> np.ndarray:
    top = u.max(axis=1)
    return top + np.log(np.exp(u - top[:, None]).sum(axis=1))
