"""Luck as a pure function of names: the same customer meets the same luck in every scenario.

A uniform is word 0 of the first Philox4x64-10 block that numpy gives for the key
(seed, replication) and the counter (purpose, origin, ordinal, visit). Names become numbers by
the first 8 bytes of their blake2b hash. Salmon, Moraes, Dror & Shaw (2011), SC '11.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import numpy as np

_M0, _M1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
_W0, _W1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
_WORD = 0xFFFFFFFFFFFFFFFF
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@lru_cache(maxsize=65536)
def name_number(name: str) -> int:
    """The number that stands for a name, 0 to 2**64 - 1."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def _high(constant: int, words: np.ndarray) -> np.ndarray:
    """Upper 64 bits of a constant times each word."""
    low, high = np.uint64(constant & 0xFFFFFFFF), np.uint64(constant >> 32)
    words_low, words_high = words & _LOW, words >> _HALF
    cross = low * words_high
    other = high * words_low
    middle = ((low * words_low) >> _HALF) + (cross & _LOW) + (other & _LOW)
    return high * words_high + (cross >> _HALF) + (other >> _HALF) + (middle >> _HALF)


def uniforms(seed: int, replication: int, purpose, origin, ordinal, visit=0) -> np.ndarray:
    """Uniform numbers strictly between 0 and 1, one for each combination of names.

    seed, replication   the key, each 0 to 2**64 - 1
    purpose, origin     numbers of names (`name_number`), arrays of uint64 or ints
    ordinal, visit      counters of the opportunity and of its visit; everything broadcasts
    """
    words = [np.asarray(word, np.uint64) for word in (purpose, origin, ordinal, visit)]
    c0, c1, c2, c3 = np.broadcast_arrays(*words)
    with np.errstate(over="ignore"):
        # numpy steps its counter before the first block; a carry would need a name that hashes to 2**64 - 1
        c0 = c0 + np.uint64(1)
        k0, k1 = seed & _WORD, replication & _WORD
        for _ in range(10):
            c0, c1, c2, c3 = (
                _high(_M1, c2) ^ c1 ^ np.uint64(k0),
                c2 * np.uint64(_M1),
                _high(_M0, c0) ^ c3 ^ np.uint64(k1),
                c0 * np.uint64(_M0),
            )
            k0, k1 = (k0 + _W0) & _WORD, (k1 + _W1) & _WORD
        return ((c0 >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
