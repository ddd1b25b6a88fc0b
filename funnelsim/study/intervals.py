"""How sure a mean of replications is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special


def interval(values: Sequence[float] | np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Mean of independent replications with its Student-t interval: (mean, low, high).

    Replications without a value (nan) are left out; one value has no interval (nan), and none no mean.

    >>> interval([1.0, 2.0, 3.0])[0]
    2.0
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    n = known.size
    if not n:
        return (np.nan,) * 3
    mean = float(known.mean())
    if n < 2:
        return mean, np.nan, np.nan
    half = float(special.stdtrit(n - 1, (1 + level) / 2) * known.std(ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half
