"""Poisson regression with quasi-Poisson errors: counts whose scatter is wider than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats


@dataclass(frozen=True)
class CountFit:
    """log of the mean count = design @ coefficients; McCullagh & Nelder (1989), chapter 6."""

    coefficients: np.ndarray
    covariance: np.ndarray
    """Of the coefficients, the scatter counted."""
    mean: np.ndarray
    """Of each row."""
    dispersion: float
    """Pearson's chi-square over degrees of freedom; 1 were it chance alone. Not below 1 in the covariance."""
    df: int
    deviance: float

    @property
    def t95(self) -> float:
        return float(stats.t.ppf(0.975, self.df))

    def interval(self, row: np.ndarray) -> tuple[float, float, float]:
        """Mean count at a row of the design with its 95 % interval."""
        middle, half = float(row @ self.coefficients), self.t95 * float(np.sqrt(row @ self.covariance @ row))
        return float(np.exp(middle)), float(np.exp(middle - half)), float(np.exp(middle + half))


def fit_counts(design: np.ndarray, counts: np.ndarray) -> CountFit:
    """Iteratively reweighted least squares, to the last digit; at least one row more than coefficients."""
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(max(counts.mean(), 1e-6))
    for _ in range(100):
        mean = np.exp(np.clip(design @ beta, -30, 30))
        step = linalg.pinvh(design.T @ (design * mean[:, None])) @ (design.T @ (counts - mean))
        step = np.clip(step, -2.0, 2.0)
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    mean = np.exp(np.clip(design @ beta, -30, 30))
    df = max(counts.size - design.shape[1], 1)
    dispersion = float(((counts - mean) ** 2 / np.maximum(mean, 1e-12)).sum() / df)
    covariance = linalg.pinvh(design.T @ (design * mean[:, None])) * max(dispersion, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(counts > 0, counts * np.log(counts / mean), 0.0)
    deviance = float(2 * (ratio - (counts - mean)).sum())
    return CountFit(beta, covariance, mean, dispersion, df, deviance)


def chance_of_gain(small: CountFit, large: CountFit) -> float:
    """F test of nested fits: the chance that the larger one fits so much better by luck."""
    more = small.df - large.df
    if more <= 0:
        return 1.0
    gain = (small.deviance - large.deviance) / more / max(large.dispersion, 1e-9)
    return float(stats.f.sf(max(gain, 0.0), more, large.df))
