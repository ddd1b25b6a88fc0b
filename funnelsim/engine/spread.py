"""Independent pieces of work over the cores of this machine."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

WORTH_SECONDS = 8.0  # a process takes seconds to start; less work than this is done sooner alone


def spread(function: Callable, jobs: Sequence[tuple], workers: int | None) -> Iterator[Any]:
    """`function(*job)` of every job, in the order of the jobs.

    workers   1 for this process alone, n processes, or None: all cores when the first job shows that
              the rest is worth it. Processes end with the caller, Ctrl-C included
    """
    rest = list(jobs)
    if workers is None and rest:
        began = time.perf_counter()
        yield function(*rest.pop(0))
        if (time.perf_counter() - began) * len(rest) < WORTH_SECONDS:
            workers = 1
    if workers == 1 or len(rest) <= 1:
        yield from (function(*job) for job in rest)
        return
    import joblib

    pool = joblib.Parallel(n_jobs=workers or -1, return_as="generator")
    made = pool(joblib.delayed(function)(*job) for job in rest)
    try:
        for result in made:  # noqa: UP028  (`yield from` would close it before joblib is kept quiet)
            yield result
    finally:
        with warnings.catch_warnings():  # joblib tells of the work that an interrupt makes useless
            warnings.simplefilter("ignore", UserWarning)
            made.close()
