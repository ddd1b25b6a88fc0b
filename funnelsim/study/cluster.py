"""The same work on a Dask cluster: pieces go to its workers, results are taken as they come.

A scenario travels once to each worker. A worker that dies changes nothing: what it was at is done by
another. A worker whose funnelsim or libraries differ would compute other numbers: it is refused by name,
before the work and with every piece of it. Only the caller keeps results, so workers need no common disk.
"""

from __future__ import annotations

import asyncio
import logging
import math
import queue
import re
import socket
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from funnelsim.engine.spread import Parcel, told
from funnelsim.errors import FunnelError, RunError
from funnelsim.study.store import what_counts

LOCAL = "local"
REACH_SECONDS = 8.0  # until a scheduler must have answered
EMPTY_SECONDS = 20.0  # so long a cluster may be without any worker, as when it starts or all are replaced
LOOK_SECONDS = 2.0  # from one look at who is there to the next
AHEAD = 3  # pieces a thread has waiting, so that it never does
MOST_PARCELS = 64  # scenarios that a cluster holds at a time

_DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""Run by the workers of a local cluster: Ctrl-C is for their caller, who ends them."""
_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.%]+\]|[^/:\s\[\]]+):(\d{1,5})")


class Cluster:
    """A cluster that is ready for work."""

    def __init__(self, client: Any, name: str):
        self._client = client
        self._terms = what_counts()
        self._alive = time.monotonic()
        self.name = name

    def spread(self, function: Callable, jobs: Sequence[tuple]) -> Generator[Any, None, None]:
        """`function(*job)` of every job, as they are done.

        RunError when a job fails, a worker is refused, or the cluster is lost or stays without workers.
        """
        self._refuse_others()
        waiting = list(reversed(jobs))
        under_way: dict[str, Any] = {}
        arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        sent: dict[int, Any] = {}
        looked, room = -math.inf, 0
        try:
            while waiting or under_way:
                if time.monotonic() - looked > LOOK_SECONDS:
                    looked, room = time.monotonic(), AHEAD * self._threads()
                while waiting and len(under_way) < room:
                    future = self._submit(function, waiting.pop(), sent)
                    under_way[future.key] = future
                    future.add_done_callback(arrived.put)
                try:
                    future = arrived.get(timeout=0.5)
                except queue.Empty:
                    continue
                del under_way[future.key]
                yield self._result(future)
        finally:
            if under_way:
                self._client.cancel([*under_way.values()], force=True)

    def _submit(self, function: Callable, job: tuple, sent: dict[int, Any]) -> Any:
        """A job on its way; parcels in it go as futures, which workers hand to each other."""
        parts = [self._parcel(part, sent) if isinstance(part, Parcel) else part for part in job]
        return self._client.submit(_piece, self._terms, function, *parts, pure=False)

    def _parcel(self, parcel: Parcel, sent: dict[int, Any]) -> Any:
        if id(parcel) not in sent:
            while len(sent) >= MOST_PARCELS:
                del sent[next(iter(sent))]
            sent[id(parcel)] = self._client.submit(_same, parcel, pure=False)
        return sent[id(parcel)]

    def _result(self, future: Any) -> Any:
        while True:
            try:
                return future.result(timeout=LOOK_SECONDS)
            except FunnelError:
                raise
            except TimeoutError:  # who had it is gone, and it is made anew
                self._threads()
            except Exception as error:
                raise self._in_words(error) from error

    def _in_words(self, error: Exception) -> FunnelError:
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return RunError.of(self.name, "cluster_killed")
        if isinstance(error, OSError | CancelledError):
            return RunError.of(self.name, "cluster_lost", reason=_short(error))
        return RunError.of(self.name, "worker_failed", reason=_short(error))

    def _threads(self) -> int:
        """Threads of all workers now; RunError when there have been none for long."""
        try:
            threads = sum(self._client.nthreads().values())
        except Exception as error:
            raise RunError.of(self.name, "cluster_lost", reason=_short(error)) from error
        now = time.monotonic()
        self._alive = now if threads else self._alive
        if now - self._alive > EMPTY_SECONDS:
            raise RunError.of(self.name, "cluster_empty")
        return threads

    def _refuse_others(self) -> None:
        """RunError that names every worker that would compute other numbers."""
        self._alive = time.monotonic()
        while not self._threads():
            time.sleep(0.1)
        found = self._client.run(what_counts, on_error="return")
        other = {address: _unlike(terms, self._terms) for address, terms in found.items()}
        refused = [f"{address} ({why})" for address, why in sorted(other.items()) if why]
        if refused:
            shown = ", ".join(refused[:5]) + (f" … ({len(refused)})" if len(refused) > 5 else "")
            raise RunError.of(self.name, "cluster_differs", workers=shown)


def _unlike(terms: dict[str, str] | BaseException, wanted: dict[str, str]) -> str:
    """What of a worker is not as wanted, in words; empty where all is."""
    if isinstance(terms, BaseException):
        return _short(terms)
    return ", ".join(
        f"{name} {terms.get(name, '-')} ≠ {value}"
        for name, value in wanted.items()
        if terms.get(name) != value
    )


def _short(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:160]


def _same(parcel: Parcel) -> Parcel:
    """A parcel that has come to a worker."""
    return parcel


def _piece(terms: dict[str, str], function: Callable, *job: Any) -> Any:
    """A piece of work at a worker, which may have come after the others were looked at."""
    why = _unlike(what_counts(), terms)
    if why:
        from distributed import get_worker

        address = get_worker().address
        raise RunError.of("cluster", "cluster_differs", workers=f"{address} ({why})")
    return told(function, job)


@contextmanager
def opened(where: str | Cluster | None, workers: int | None = None) -> Iterator[Cluster | None]:
    """The cluster at an address such as `tcp://127.0.0.1:8786`; for `local` one of this machine's processes,
    which ends with the block; None for None. What is open already stays open.

    workers   processes of a local cluster, one for each core where none are named

    RunError when `distributed` is not installed, or nothing at the address is a scheduler.
    """
    if where is None or isinstance(where, Cluster):
        yield where
        return
    address = None if where == LOCAL else _checked(where)
    try:
        import distributed
    except ImportError:
        raise RunError.of(where, "cluster_missing") from None
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if address is None:
            address = stack.enter_context(_local(workers)).scheduler_address
        else:
            _reached(address)
        try:
            client = distributed.Client(address, timeout=REACH_SECONDS, set_as_default=False)
        except Exception as error:
            raise RunError.of(where, "cluster_unreachable", reason=_short(error)) from error
        yield Cluster(stack.enter_context(client), where)


def _checked(where: str) -> str:
    """The address, or a fault that shows how one is written."""
    parts = _ADDRESS.fullmatch(where)
    if parts is None or not 0 < int(parts[3]) < 65536:
        raise RunError.of("cluster", "cluster_address", given=where)
    return where


def _reached(address: str) -> None:
    """RunError when nothing answers there, or something that is no scheduler: known sooner, and said more
    clearly, than a client would."""
    _, host, port = _ADDRESS.fullmatch(address).groups()  # type: ignore[union-attr]
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_SECONDS / 2).close()
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise RunError.of(address, "cluster_unreachable", reason=reason) from None
    try:
        with ThreadPoolExecutor(1) as aside:  # a notebook has a loop of its own
            kind = aside.submit(asyncio.run, _identity(address)).result()
    except Exception:  # a stranger's bytes are read as numbers, and whatever these mean may go wrong
        kind = ""
    if kind != "Scheduler":
        raise RunError.of(address, "cluster_no_scheduler")


async def _identity(address: str) -> str:
    """What is at an address: `Scheduler`, `Worker`, ..."""
    from distributed.core import rpc

    async with asyncio.timeout(REACH_SECONDS / 2), rpc(address) as there:
        return (await there.identity())["type"]


def _local(workers: int | None) -> Any:
    """A cluster of processes on this machine, which nobody else can reach."""
    import joblib
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers or joblib.cpu_count(), threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False}, silence_logs=logging.CRITICAL + 1, preload=[_DEAF],
    )  # fmt: skip


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what Dask tells of workers that come and go: what matters becomes an error."""
    names = ("distributed", "tornado.application", "asyncio")
    before = {name: logging.getLogger(name).level for name in names}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(distributed|dask)\b")
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for name, level in before.items():
                logging.getLogger(name).setLevel(level)
