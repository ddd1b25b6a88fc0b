"""The 95 % interval of a mean over replications, kept within what the number can be.

An interval is cut where the number ends: no mean of counts lies below 0 and no mean of shares above 1, so what is cut
off never held the true mean, and the rest holds it exactly as often as before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

ANY = (-np.inf, np.inf)
"""Differences, and what may be missing or too much."""
POSITIVE = (0.0, np.inf)
"""Counts, money, days and hours."""
SHARE = (0.0, 1.0)
"""Parts of a whole."""


def interval(
    values: Sequence[float] | np.ndarray, reach: tuple[float, float] = ANY, level: float = 0.95
) -> tuple[float, float, float]:
    """Mean of independent replications with its Student-t interval: (mean, low, high).

    Replications without a value (nan) are left out; one value has no interval (nan), and none no mean.

    reach   the least and the most that a value can be

    >>> low, high = interval([0.0, 0.0, 1.0], POSITIVE)[1:]
    >>> low, round(high, 2)
    (0.0, 1.77)
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
    least, most = min(reach[0], known.min()), max(reach[1], known.max())
    return mean, max(mean - half, float(least)), min(mean + half, float(most))
