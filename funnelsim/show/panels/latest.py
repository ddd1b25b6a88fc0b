"""One worker that always works on the latest request: what a slider needs while a simulation runs.

A request that is overtaken is stopped, never queued. Traits of widgets may be written from the worker's
thread; output widgets may not (their hooks belong to the main thread).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

_NOTHING = object()


class Stopped(Exception):
    """A newer request, or the user, has stopped this one."""


class Latest:
    """Runs `work(request, check)` in a thread; `check()` raises Stopped when the request is overtaken.

    done     called with (request, result) of a request that came to its end
    failed   called with (request, error)
    idle     called when nothing is left to do, after done, failed or a cancel
    wait     seconds of calm that a request needs before it begins
    rest     seconds without a request after which the next one begins at once: the first and the last of
             many quick moves are worked on, and whoever makes a single one does not wait
    """

    def __init__(
        self,
        work: Callable[[Any, Callable[[], None]], Any],
        done: Callable[[Any, Any], None],
        failed: Callable[[Any, Exception], None],
        idle: Callable[[], None] = lambda: None,
        wait: float = 0.15,
        rest: float = 0.5,
    ):
        self._work, self._done, self._failed, self._idle = work, done, failed, idle
        self._wait, self._rest = wait, rest
        self._turn = threading.Condition()
        self._next: Any = _NOTHING
        self._stop = threading.Event()
        self._busy = False
        self._moved, self._calm = -math.inf, True
        self.started = 0
        """How many requests were begun."""
        threading.Thread(target=self._loop, name="funnelsim-latest", daemon=True).start()

    def submit(self, request: Any) -> None:
        """Work on this from now on, whatever is under way."""
        with self._turn:
            now = time.monotonic()
            self._next, self._calm, self._moved = request, now - self._moved > self._rest, now
            self._stop.set()
            self._turn.notify_all()

    def cancel(self) -> None:
        """Stop what is under way and forget what waits."""
        with self._turn:
            self._next = _NOTHING
            self._stop.set()
            self._turn.notify_all()

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._busy

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until nothing is under way; whether that was reached in time."""
        with self._turn:
            return self._turn.wait_for(lambda: self._next is _NOTHING and not self._busy, timeout)

    def _loop(self) -> None:
        while True:
            request, stop = self._take()
            try:
                self._one(request, stop)
            finally:
                with self._turn:
                    self._busy = self._next is not _NOTHING
                    free = not self._busy
                    self._turn.notify_all()
                if free:
                    self._idle()

    def _take(self) -> tuple[Any, threading.Event]:
        """The next request: at once after a rest, else when no newer one has come for a moment."""
        with self._turn:
            while True:
                self._turn.wait_for(lambda: self._next is not _NOTHING)
                self._busy = True
                while self._next is not _NOTHING and not self._calm:
                    self._calm = not self._turn.wait(self._moved + self._wait - time.monotonic())
                if self._next is not _NOTHING:
                    break
                self._busy = False
                self._turn.notify_all()
            request, self._next = self._next, _NOTHING
            self._stop = threading.Event()
            self.started += 1
            return request, self._stop

    def _one(self, request: Any, stop: threading.Event) -> None:
        def check() -> None:
            if stop.is_set():
                raise Stopped

        try:
            result = self._work(request, check)
            check()
        except Stopped:
            return
        except (
            Exception
        ) as fault:  # shown to the user in words; a silent worker would look like a broken slider
            if not stop.is_set():
                self._failed(request, fault)
            return
        self._done(request, result)
