"""Luck by name inside compiled code: the same uniforms as `luck.uniforms`, one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.engine import luck
from funnelsim.engine.compiled import jit


def uniform(seed, replication, purpose, origin, ordinal, visit) -> float:
    """The uniform of these names; all uint64 but ordinal and visit, which are counters."""
    return float(luck.uniforms(int(seed), int(replication), purpose, origin, ordinal, visit))


if jit.THERE:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, overload

    @intrinsic
    def _upper_half(typing, constant, word):
        """Upper 64 bits of a product."""

        def code(context, builder, signature, arguments):
            wide = ir.IntType(128)
            one, other = (builder.zext(value, wide) for value in arguments)
            return builder.trunc(builder.lshr(builder.mul(one, other), ir.Constant(wide, 64)), ir.IntType(64))

        return types.uint64(types.uint64, types.uint64), code

    _high: Any = _upper_half
    M0, M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
    W0, W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
    ONE, TWELVE = np.uint64(1), np.uint64(12)

    def _uniform(seed, replication, purpose, origin, ordinal, visit):
        c0, c1 = np.uint64(purpose) + ONE, np.uint64(origin)
        c2, c3 = np.uint64(ordinal), np.uint64(visit)
        k0, k1 = np.uint64(seed), np.uint64(replication)
        for _ in range(10):
            high0, high1 = _high(M0, c0), _high(M1, c2)
            c0, c1, c2, c3 = high1 ^ c1 ^ k0, M1 * c2, high0 ^ c3 ^ k1, M0 * c0
            k0, k1 = k0 + W0, k1 + W1
        return (np.float64(c0 >> TWELVE) + 0.5) * 2.0**-52

    @overload(uniform)
    def _compiled(seed, replication, purpose, origin, ordinal, visit):
        return _uniform

    @jit.whole
    def fill(seed, replication, purposes, origins, ordinals, visits, out):
        """Uniforms of many names at once, one a row."""
        for at in range(len(out)):
            out[at] = uniform(seed, replication, purposes[at], origins[at], ordinals[at], visits[at])

    luck.lend(fill)
