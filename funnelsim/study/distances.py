"""How far two event logs lie apart, as the process-mining field measures it.

Every function takes several logs (samples, one a log) and gives the table of distances between them, (logs,
logs). All but the last are 1-Wasserstein distances between histograms: how many bins, on average, an entry of
one must be moved to make it the other; times are in days and bins a day wide where nothing else is said.
Chapela-Campa, Benchekroun, Baron, Dumas, Krass & Senderovich (2023), "Can I trust my simulation model?
Measuring the quality of business process simulation models", BPM 2023; their program log-distance-measures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

Samples = Sequence[np.ndarray]


def cycle_time_distance(days: Samples, bin_days: float = 1.0) -> np.ndarray:
    """Of the cycle times: from the first moment of each case to its last, in bins from the shortest of all on.

    >>> cycle_time_distance([np.array([1.0, 2.0]), np.array([3.0, 4.0])])[0, 1]
    2.0
    """
    shortest = min((float(sample.min()) for sample in days if sample.size), default=0.0)
    return _of_samples([sample - shortest for sample in days], bin_days)


def absolute_event_distance(moments: Samples, bin_days: float = 1.0) -> np.ndarray:
    """Of the moments of all events, beginnings and ends alike, on one time line: when things happen.

    moments   days since a moment that all logs share
    """
    return _of_samples(moments, bin_days)


def relative_event_distance(ages: Samples, bin_days: float = 1.0) -> np.ndarray:
    """Of the moments of all events, each counted from the first moment of its own case."""
    return _of_samples(ages, bin_days)


def arrival_distance(moments: Samples, bin_days: float = 1.0) -> np.ndarray:
    """Of the first moments of the cases on one time line: when cases arrive, whatever their number."""
    return _of_samples(moments, bin_days)


def active_cases_distance(
    begins: Samples, ends: Samples, until: float, bin_days: float = 1.0, since: float = 0.0
) -> np.ndarray:
    """Of the work in progress: in every bin of the time line the average number of cases that are active.

    begins, ends   first and last moment of each case, (cases,) a log; what lies outside is cut off
    since, until   the time line, days
    """
    edges = since + bin_days * np.arange(int(np.ceil((until - since) / bin_days - 1e-9)) + 1)
    # area up to each edge: a case has been active for min(edge, end) - begin
    masses = np.stack([
        np.diff(_area(b, edges) - _area(e, edges)) / bin_days for b, e in zip(begins, ends, strict=True)
    ])  # fmt: skip
    return _moved(np.maximum(masses, 0.0))


def n_gram_distance(traces: Sequence[Sequence[Sequence[int]]], n: int = 3) -> np.ndarray:
    """Of what follows what: how often each sequence of n activities occurs, differences over their total.

    traces   the cases of each log, each the numbers of its activities in order, from 1 on

    Before the first and after the last activity of a case stand n - 1 times nothing. 0 where all sequences
    occur equally often, 1 where none is shared.

    >>> n_gram_distance([[[1, 2]], [[1, 2]]], 2)[0, 1], n_gram_distance([[[1]], [[2]]], 2)[0, 1]
    (0.0, 1.0)
    """
    counted = [_grams(cases, n) for cases in traces]
    every = sorted(set().union(*counted))
    table = np.array([[one.get(gram, 0) for gram in every] for one in counted], float).reshape(
        len(traces), -1
    )
    total = table.sum(axis=1)
    both = total[:, None] + total[None, :]
    return np.divide(cdist(table, table, "cityblock"), both, out=np.full(both.shape, np.nan), where=both > 0)


def _grams(cases: Sequence[Sequence[int]], n: int) -> dict[tuple[int, ...], int]:
    counts: dict[tuple[int, ...], int] = {}
    for case in cases:
        told = (*(0,) * (n - 1), *case, *(0,) * (n - 1))
        for at in range(len(told) - n + 1):
            counts[told[at : at + n]] = counts.get(told[at : at + n], 0) + 1
    return counts


def _area(moments: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sum over the moments of the days that have gone since each, at every edge; 0 before it."""
    moments = np.sort(moments)
    there = np.searchsorted(moments, edges, side="right")
    return there * edges - np.r_[0.0, np.cumsum(moments)][there]


def _of_samples(samples: Samples, width: float) -> np.ndarray:
    binned = [np.floor(sample / width + 1e-9).astype(np.int64) for sample in samples]
    lowest = min((int(bins.min()) for bins in binned if bins.size), default=0)
    size = max((int(bins.max()) for bins in binned if bins.size), default=0) - lowest + 1
    return _moved(np.stack([np.bincount(bins - lowest, minlength=size) for bins in binned]).astype(float))


def _moved(masses: np.ndarray) -> np.ndarray:
    """Wasserstein distances between rows of masses, in bins; nan where a row has none."""
    total = masses.sum(axis=1, keepdims=True)
    below = np.cumsum(np.divide(masses, total, out=np.full(masses.shape, np.nan), where=total > 0), axis=1)
    return cdist(below, below, "cityblock")
