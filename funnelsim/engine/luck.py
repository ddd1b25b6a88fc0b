"""Luck as a pure function of names: the same customer meets the same luck in every scenario.

A uniform is word 0 of the first Philox4x64-10 block that numpy gives for the key
(seed, replication) and the counter (purpose, origin, ordinal, visit). Names become numbers by
the first 8 bytes of their blake2b hash. Salmon, Moraes, Dror & Shaw (2011), SC '11.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

import numpy as np

_M0, _M1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
_W0, _W1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
_WORD, _LOW = 0xFFFFFFFFFFFFFFFF, np.uint64(0xFFFFFFFF)
_HALF, _ONE, _TWELVE = np.uint64(32), np.uint64(1), np.uint64(12)
_MOST = 2_000_000  # uniforms whose names (32 bytes each) are written out at a time
_CHUNK = 8192  # words worked on at a time: they and their by-products fit in a processor's cache


_lent: list[Callable] = []


def lend(fill: Callable) -> None:
    """A compiled loop that fills in the same uniforms, sooner: (seed, replication, four words a row, out)."""
    _lent[:] = [fill]


@lru_cache(maxsize=65536)
def name_number(name: str) -> int:
    """The number that stands for a name, 0 to 2**64 - 1."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def uniforms(seed: int, replication: int, purpose, origin, ordinal, visit=0) -> np.ndarray:
    """Uniform numbers strictly between 0 and 1, one for each combination of names.

    seed, replication   the key, each 0 to 2**64 - 1
    purpose, origin     numbers of names (`name_number`), arrays of uint64 or ints
    ordinal, visit      counters of the opportunity and of its visit; everything broadcasts
    """
    words = [np.asarray(word, np.uint64) for word in (purpose, origin, ordinal, visit)]
    shape = np.broadcast_shapes(*(word.shape for word in words))
    if len(shape) == 2 and shape[0] > 1 and shape[0] * shape[1] > _MOST:
        rows = zip(*(np.broadcast_to(word, shape) for word in words), strict=True)
        return np.stack([uniforms(seed, replication, *row) for row in rows])
    flat = [np.array(np.broadcast_to(word, shape)).reshape(-1) for word in words]
    found = np.empty(flat[0].size)
    if _lent:
        _lent[0](np.uint64(seed), np.uint64(replication), *flat, found)
        return found.reshape(shape)
    spare = np.empty((5, min(_CHUNK, found.size)), np.uint64)
    with np.errstate(over="ignore"):  # the arithmetic is modulo 2**64
        for at in range(0, found.size, _CHUNK):
            part = slice(at, min(at + _CHUNK, found.size))
            first = _first_word(seed, replication, [word[part].copy() for word in flat], spare)
            found[part] = ((first >> _TWELVE).astype(np.float64) + 0.5) * 2.0**-52
    return found.reshape(shape)


def _first_word(seed: int, replication: int, counter: list[np.ndarray], spare: np.ndarray) -> np.ndarray:
    """Word 0 of the ten rounds of Philox; `counter` is used up, `spare` holds five by-products."""
    c0, c1, c2, c3 = counter
    c0 += _ONE  # numpy steps its counter first; a carry would need a name that hashes to 2**64 - 1
    high0, high1, *by_products = (row[: c0.size] for row in spare)
    k0, k1 = seed & _WORD, replication & _WORD
    for _ in range(10):
        _high_half(_M1, c2, high1, *by_products)
        _high_half(_M0, c0, high0, *by_products)
        high1 ^= c1
        high1 ^= np.uint64(k0)
        high0 ^= c3
        high0 ^= np.uint64(k1)
        np.multiply(c2, np.uint64(_M1), c1)
        np.multiply(c0, np.uint64(_M0), c3)
        c0, high1, c2, high0 = high1, c0, high0, c2
        k0, k1 = (k0 + _W0) & _WORD, (k1 + _W1) & _WORD
    return c0


def _high_half(constant: int, words, high, low_part, cross, other) -> None:
    """Upper 64 bits of a constant times each word, into `high`; the last three are by-products."""
    low, top = np.uint64(constant & 0xFFFFFFFF), np.uint64(constant >> 32)
    np.bitwise_and(words, _LOW, low_part)
    np.right_shift(words, _HALF, other)
    np.multiply(other, low, cross)
    np.multiply(other, top, high)
    np.multiply(low_part, top, other)
    np.multiply(low_part, low, low_part)
    np.right_shift(low_part, _HALF, low_part)
    cross += low_part
    np.right_shift(cross, _HALF, low_part)
    high += low_part
    cross &= _LOW
    other += cross
    np.right_shift(other, _HALF, other)
    high += other
