"""Families of durations, hours and amounts in trade words, and their quantile functions.

A distribution is written with the words of the trade (`median`, `mean`, `spread`, `cv`); the unit
stands in the key that holds it (`delay_days: {median: 10.5, spread: 0.6}`). A plain number is a
fixed value. Here the words become the parameters of the family, and a share u the value below which
that share of cases lies.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import PydanticCustomError
from scipy import special

Family = Literal[
    "fixed", "exponential", "weibull", "lognormal", "loglogistic", "gamma", "gengamma", "empirical"
]

Number = Annotated[float, Field(strict=True)]
"""A number written as one: neither a text that looks like it nor true or false."""

# Which words tell a family its size and its shape; exactly one of each tuple is wanted.
_SIZES: dict[str, tuple[str, ...]] = {
    "fixed": ("value",),
    "exponential": ("mean", "median"),
    "weibull": ("median", "mean", "scale"),
    "lognormal": ("median", "mean"),
    "loglogistic": ("median",),
    "gamma": ("mean",),
    "gengamma": ("mu",),
    "empirical": ("values",),
}
_SHAPES: dict[str, tuple[str, ...]] = {
    "weibull": ("shape",),
    "lognormal": ("spread", "cv"),
    "loglogistic": ("shape",),
    "gamma": ("shape", "cv"),
    "gengamma": ("sigma",),
}
_OPTIONAL: dict[str, tuple[str, ...]] = {"gengamma": ("q",), "empirical": ("weights",)}


class Distribution(BaseModel):
    """How a positive quantity scatters.

    family   lognormal unless said otherwise
    median, mean, value, scale   its size, in the unit of the key that holds it
    spread   standard deviation of the logarithm (lognormal); about half of P90/P10 in log terms
    cv       standard deviation over mean
    shape    Weibull, log-logistic and gamma shape
    mu, sigma, q   generalised gamma after Prentice (1974)
    values, weights   empirical: the values seen, and how often each
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)

    family: Family = "lognormal"
    value: Number | None = Field(None, ge=0, le=1e15)
    median: Number | None = Field(None, gt=0, le=1e15)
    mean: Number | None = Field(None, gt=0, le=1e15)
    scale: Number | None = Field(None, gt=0, le=1e15)
    spread: Number | None = Field(None, gt=0, le=5)
    cv: Number | None = Field(None, gt=0, le=20)
    shape: Number | None = Field(None, gt=0, le=100)
    mu: Number | None = Field(None, ge=-35, le=35)
    sigma: Number | None = Field(None, gt=0, le=20)
    q: Number | None = Field(None, ge=-20, le=20)
    values: tuple[Number, ...] | None = None
    weights: tuple[Number, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _number_is_fixed(cls, raw: Any) -> Any:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return {"family": "fixed", "value": raw}
        return raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "number", "minimum": 0}, handler(core)]}

    @model_validator(mode="after")
    def _words_fit_family(self) -> Distribution:
        given = {
            name for name in type(self).model_fields if name != "family" and getattr(self, name) is not None
        }
        sizes, shapes = _SIZES[self.family], _SHAPES.get(self.family, ())
        allowed = {*sizes, *shapes, *_OPTIONAL.get(self.family, ())}
        wrong = sorted(given - allowed)
        if wrong or len(given & set(sizes)) != 1 or (shapes and len(given & set(shapes)) != 1):
            raise PydanticCustomError(
                "distribution_words",
                "{family}: {given}",
                {
                    "family": self.family,
                    "given": ", ".join(sorted(given)) or "-",
                    "sizes": " / ".join(sizes),
                    "shapes": " / ".join(shapes) or "-",
                },
            )
        if self.values is not None:
            weights = self.weights if self.weights is not None else (1.0,) * len(self.values)
            if (
                not self.values
                or len(weights) != len(self.values)
                or min(self.values) < 0
                or min(weights) < 0
                or not 0 < sum(weights) < np.inf
                or not np.all(np.isfinite(self.values))
            ):
                raise PydanticCustomError("distribution_values", "empirical values", {})
        return self

    def dump(self) -> Any:
        """The shortest way to write it: a number, or the words given."""
        if self.family == "fixed":
            return self.value
        words = self.model_dump(mode="json", exclude_none=True)
        return {word: value for word, value in words.items() if (word, value) != ("family", "lognormal")}


def quantile(distribution: Distribution, u: np.ndarray) -> np.ndarray:
    """The value below which a share `u` of cases lies, element by element.

    u   shares strictly between 0 and 1, any shape

    >>> quantile(Distribution(median=10, spread=0.6), np.array([0.5])).round(6)
    array([10.])
    """
    d = distribution
    match d.family:
        case "fixed":
            assert d.value is not None
            return np.full(np.shape(u), float(d.value))
        case "exponential":
            return -np.log1p(-u) * (d.mean if d.mean is not None else _given(d.median) / np.log(2))
        case "weibull":
            shape = _given(d.shape)
            if d.scale is not None:
                scale = d.scale
            elif d.mean is not None:
                scale = d.mean / special.gamma(1 + 1 / shape)
            else:
                scale = _given(d.median) / np.log(2) ** (1 / shape)
            return scale * (-np.log1p(-u)) ** (1 / shape)
        case "lognormal":
            sd = d.spread if d.spread is not None else np.sqrt(np.log1p(_given(d.cv) ** 2))
            middle = np.log(d.median) if d.median is not None else np.log(_given(d.mean)) - sd**2 / 2
            return np.exp(middle + sd * special.ndtri(u))
        case "loglogistic":
            return _given(d.median) * (u / (1 - u)) ** (1 / _given(d.shape))
        case "gamma":
            shape = d.shape if d.shape is not None else _given(d.cv) ** -2
            return special.gammaincinv(shape, u) * (_given(d.mean) / shape)
        case "gengamma":
            return _gengamma_quantile(_given(d.mu), _given(d.sigma), d.q or 0.0, u)
        case "empirical":
            values = np.asarray(d.values, float)
            order = np.argsort(values, kind="stable")
            weights = np.ones(values.size) if d.weights is None else np.asarray(d.weights, float)
            cumulative = np.cumsum(weights[order])
            rank = np.searchsorted(cumulative, u * cumulative[-1], side="left")
            return values[order][np.minimum(rank, values.size - 1)]
    raise AssertionError(d.family)


def median(distribution: Distribution) -> float:
    """The middle value of a distribution, in its own unit."""
    return float(quantile(distribution, np.array(0.5)))


def mean(distribution: Distribution) -> float:
    """The mean of a distribution, in its own unit; where it is not given, of its middles of a thousand parts."""
    if distribution.value is not None or distribution.mean is not None:
        return float(_given(distribution.value if distribution.mean is None else distribution.mean))
    return float(quantile(distribution, (np.arange(1000) + 0.5) / 1000).mean())


def _given(number: float | None) -> float:
    assert number is not None
    return number


TINY = 1e-280
MOST_LOG_DAYS = 700.0
"""Longer than anybody waits, and still a number."""


def _gengamma_quantile(mu: float, sigma: float, q: float, u: np.ndarray) -> np.ndarray:
    """Generalised gamma after Prentice (1974): q = 0 lognormal, 1 Weibull, sigma gamma."""
    if abs(q) < 1e-9:
        return np.exp(mu + sigma * special.ndtri(u))
    k = q**-2
    share = u if q > 0 else 1 - u
    w = special.gammaincinv(k, share)
    near_zero = (
        np.log(share) + special.gammaln(k + 1)
    ) / k  # where w is too small for a number: P(k, w) ~ w^k / k!
    log_w = np.where(w > TINY, np.log(np.maximum(w, TINY)), near_zero) - np.log(k)
    return np.exp(np.minimum(mu + sigma * log_w / q, MOST_LOG_DAYS))
