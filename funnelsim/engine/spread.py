"""Independent pieces of work over the cores of this machine.

A process takes seconds to start, so the first pieces are done here and show whether the rest is worth it.
Workers end with their caller, however that ends; when one dies, what it was at is done anew by another.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cached_property
from typing import Any

from funnelsim.errors import FunnelError, RunError

START_SECONDS = 4.0  # until new processes work, on two cores; nearly all of it is importing
WARM_SECONDS, STAY_SECONDS = 0.3, 200.0  # of processes still there from the work before; so long they are
DEATHS = 2  # rounds one after the other in which workers died and nothing was done

_worked: dict[int, float] = {}
"""Number of processes -> when they were last at work."""
_parcels: dict[str, Parcel] = {}
_MOST_PARCELS = 64
_lock = threading.Lock()


class Parcel:
    """A value that many jobs need: packed once, unpacked once in each process that is given such jobs."""

    def __init__(self, value: Any):
        self.value = value

    @cached_property
    def packed(self) -> tuple[str, bytes]:
        """Digest and bytes of the value."""
        content = pickle.dumps(self.value, pickle.HIGHEST_PROTOCOL)
        return hashlib.sha256(content).hexdigest(), content

    def __reduce__(self) -> tuple[Callable, tuple[str, bytes]]:
        return _unpacked, self.packed


def _unpacked(digest: str, content: bytes) -> Parcel:
    """The parcel in another process; one that came before is at hand already."""
    with _lock:
        if digest not in _parcels:
            while len(_parcels) >= _MOST_PARCELS:
                del _parcels[next(iter(_parcels))]
            _parcels[digest] = Parcel(pickle.loads(content))
        return _parcels[digest]


def done(function: Callable, job: Sequence[Any]) -> Any:
    """`function(*job)`, parcels opened."""
    return function(*(part.value if isinstance(part, Parcel) else part for part in job))


def spread(
    function: Callable, jobs: Sequence[tuple], workers: int | None, in_order: bool = True
) -> Generator[Any, None, None]:
    """`function(*job)` of every job, in the order of the jobs, or else as they are done.

    jobs      arguments; one that many jobs share, such as a scenario, is best a `Parcel`
    workers   1 for this process alone, n processes, or None: all cores once two jobs have shown that the
              rest is worth it

    RunError when workers die again and again, or a job fails in one of them.
    """
    rest = list(jobs)
    if workers is None:
        workers = yield from _begun_alone(function, rest)
    if workers == 1 or len(rest) <= 1:
        yield from (done(function, job) for job in rest)
        return
    missing, deaths = dict(enumerate(rest)), 0
    while missing:
        before = len(missing)
        for at, result in _in_processes(function, missing, workers, in_order):
            del missing[at]
            yield result
        deaths = deaths + 1 if len(missing) == before else 0
        if deaths == DEATHS:
            raise RunError.of("workers", "worker_died", jobs=before)


def _begun_alone(function: Callable, rest: list[tuple]) -> Generator[Any, None, int]:
    """Do jobs here until those left are worth other processes; gives the number of these, 1 for none."""
    quickest, did = float("inf"), 0
    while rest:
        if did >= 2 and quickest * len(rest) > WARM_SECONDS:  # the first of all may have had to compile
            import joblib

            many = joblib.cpu_count()
            stay = time.monotonic() - _worked.get(many, -STAY_SECONDS) < STAY_SECONDS
            if quickest * len(rest) * (1 - 1 / many) > (WARM_SECONDS if stay else START_SECONDS):
                return many
        began = time.perf_counter()
        yield done(function, rest.pop(0))
        quickest, did = min(quickest, time.perf_counter() - began), did + 1
    return 1


def _in_processes(
    function: Callable, jobs: dict[int, tuple], workers: int, in_order: bool
) -> Iterator[tuple[int, Any]]:
    """(place, result) of the jobs; ends early when a worker has died."""
    import joblib
    from joblib.externals.loky import BrokenProcessPool

    kind = "generator" if in_order else "generator_unordered"
    born = {"initializer": _leave_with, "initargs": (os.getpid(),)}
    pool = joblib.Parallel(n_jobs=workers, return_as=kind, batch_size=1, **born)
    made = pool(joblib.delayed(_at_worker)(function, at, job) for at, job in [*jobs.items()])
    try:
        for result in made:  # noqa: UP028  (`yield from` would close it before joblib is kept quiet)
            yield result
    except BrokenProcessPool:
        return
    finally:
        with warnings.catch_warnings():  # joblib tells of the work that an interrupt makes useless
            warnings.simplefilter("ignore", UserWarning)
            made.close()
        _worked[workers] = time.monotonic()


def _at_worker(function: Callable, at: int, job: tuple) -> tuple[int, Any]:
    """Place and result of a job in another process; whatever fails there fits into one message."""
    return at, told(function, job)


def told(function: Callable, job: tuple) -> Any:
    """Result of a job at a worker; whatever fails there is an error that fits into one message."""
    try:
        return done(function, job)
    except (FunnelError, OSError):
        raise
    except MemoryError:
        raise RunError.of("workers", "worker_memory") from None
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        raise RunError.of("workers", "worker_failed", reason=f"{type(error).__name__}: {words}") from error


def _leave_with(caller: int) -> None:
    """End this worker when its caller is gone, even one that was killed and could say nothing.

    Before any job: a worker that is born while its caller goes gets none, and would stay.
    """

    def watch() -> None:
        while os.getppid() == caller:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, name="caller", daemon=True).start()
