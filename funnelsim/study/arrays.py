"""Sorting and grouping of columns."""

from __future__ import annotations

import numpy as np


def order_of(key: np.ndarray) -> np.ndarray:
    """Stable order of whole numbers from 0 on, sixteen bits at a time (a radix sort, as numpy does it)."""
    order = np.argsort((key & 0xFFFF).astype(np.uint16), kind="stable")
    high = key.max(initial=0) >> 16
    if high:
        order = order[
            np.argsort((key[order] >> 16).astype(np.uint16 if high < 2**16 else np.int64), kind="stable")
        ]
    return order


def medians(group: np.ndarray, value: np.ndarray, groups: int) -> np.ndarray:
    """Median of the values of each group, nan where a group has none, (groups,)."""
    order = np.argsort(value)
    order = order[order_of(group[order])]
    value = value[order]
    size = np.bincount(group, minlength=groups)
    first = np.r_[0, np.cumsum(size)[:-1]]
    has = size > 0
    median = np.full(groups, np.nan)
    low, high = first[has] + (size[has] - 1) // 2, first[has] + size[has] // 2
    median[has] = (value[low] + value[high]) / 2
    return median


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, nan where there is no whole."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
