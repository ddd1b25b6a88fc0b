"""Luck drawn lately stays at hand: the next scenario of an experiment asks for most of it again.

Kept by all that it depends on, so that what is found is what would be drawn; the oldest goes when there is
too much of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np

MOST_BYTES = 64 * 2**20
ONE_BYTES = 2**20  # larger pieces belong to runs so large that keeping them is no help


class AtHand:
    """Arrays by key, the ones used last; safe for several threads."""

    def __init__(self) -> None:
        self._arrays: OrderedDict[Hashable, tuple[np.ndarray, ...]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> tuple[np.ndarray, ...] | None:
        """What is kept under a key; not to be written to."""
        with self._lock:
            found = self._arrays.get(key)
            if found is not None:
                self._arrays.move_to_end(key)
            return found

    def keep(self, key: Hashable, *arrays: np.ndarray) -> None:
        size = sum(array.nbytes for array in arrays)
        if size > ONE_BYTES:
            return
        with self._lock:
            if key in self._arrays:
                return
            self._arrays[key] = arrays
            self._bytes += size
            while self._bytes > MOST_BYTES:
                _, gone = self._arrays.popitem(last=False)
                self._bytes -= sum(array.nbytes for array in gone)

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._arrays.clear()
            self._bytes = 0


AT_HAND = AtHand()
"""Of this process."""
