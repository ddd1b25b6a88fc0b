"""Replications in order, on threads of this process: the compiled engine tells some ahead while the caller
reads what has been told.

Only the engine runs without the interpreter's lock. So the caller's thread prepares and reads, and other
threads do nothing but run: that is a sixth faster on two cores than threads that each do everything.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from funnelsim.engine.choice import tell
from funnelsim.engine.draws import Draws, draw
from funnelsim.engine.tables import Tables
from funnelsim.engine.told import Told

HELPERS = 2  # more would wait for the caller, who prepares in a third of the time that a run takes
AHEAD = 3  # runs that have begun and are not over; with more, the caller lends a hand


def told_ahead(
    tables: Tables, seed: int, replications: int, engine: str
) -> Generator[tuple[Draws, Told], None, None]:
    """The luck of each replication and what an engine that is chosen tells of it, from replication 0 on."""
    if engine == "reference" or cores() == 1:
        for at in range(replications):
            draws = draw(tables, seed, at)
            yield draws, tell(tables, draws, engine)
        return
    from funnelsim.engine import compiled

    under_way: deque[tuple[Draws, Future]] = deque()
    try:
        for at in range(replications):
            draws = draw(tables, seed, at)
            memory = compiled.Memory(tables, draws)
            if sum(not one.done() for _, one in under_way) < AHEAD:
                under_way.append((draws, helpers().submit(compiled.finish, memory)))
            else:
                under_way.append((draws, _done(compiled.finish(memory))))
            while under_way and under_way[0][1].done():
                yield _first(under_way)
        while under_way:
            yield _first(under_way)
    finally:
        for _, one in under_way:
            one.cancel()


def _first(under_way: deque[tuple[Draws, Future]]) -> tuple[Draws, Told]:
    draws, one = under_way.popleft()
    return draws, one.result()


def _done(result: Any) -> Future:
    future: Future = Future()
    future.set_result(result)
    return future


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def helpers() -> ThreadPoolExecutor:
    """Threads that stay from one answer to the next."""
    return ThreadPoolExecutor(min(cores() - 1, HELPERS), thread_name_prefix="funnelsim-ahead")
