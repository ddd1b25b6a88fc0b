"""What was done before and can be undone: one list of steps, and where in it somebody stands."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")
MOST_STEPS = 200


class Undoing(Generic[T]):
    """The steps of somebody's work; a new one forgets those that were undone.

    >>> work = Undoing("a")
    >>> work.add("b"), work.go(-1), work.now, work.can_redo
    (None, True, 'a', True)
    """

    def __init__(self, first: T):
        self._steps, self._at = [first], 0

    @property
    def now(self) -> T:
        """Where the work stands."""
        return self._steps[self._at]

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at < len(self._steps) - 1

    def add(self, step: T) -> None:
        """Go on to a new step; the oldest are forgotten."""
        self._steps = [*self._steps[: self._at + 1], step][-MOST_STEPS:]
        self._at = len(self._steps) - 1

    def amend(self, step: T) -> None:
        """The present step becomes another."""
        self._steps[self._at] = step

    def go(self, way: int) -> bool:
        """A step back (-1) or forward (1); whether there is one."""
        if not 0 <= self._at + way < len(self._steps):
            return False
        self._at += way
        return True
