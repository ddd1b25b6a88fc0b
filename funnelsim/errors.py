"""What can go wrong, said so that a user can mend it: where, what, what is allowed, the mend.

A fault carries a code and its facts, never a finished sentence: the sentence is made from the
label catalogue in the language of the reader, `[fault.<code>]` in labels/en.toml and labels/zh.toml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from funnelsim.labels import text


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the path to it, a code of the catalogue, and the facts of the case."""

    path: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What is wrong and what is allowed, in the current language."""
        return text(f"fault.{self.code}.says", **self.facts)

    @property
    def mend(self) -> str:
        """What to do about it, in the current language."""
        return text(f"fault.{self.code}.mend", **self.facts)

    def as_dict(self) -> dict[str, str]:
        return {"path": self.path, "message": self.message, "mend": self.mend}

    def __str__(self) -> str:
        return f"{self.path}: {self.message} {self.mend}" if self.path else f"{self.message} {self.mend}"


class FunnelError(Exception):
    """Something a user can mend. `where` names the file or object, `faults` all that is wrong with it."""

    def __init__(self, where: str, faults: Sequence[Fault]):
        self.where = where
        self.faults = tuple(faults)
        super().__init__(where, self.faults)

    @classmethod
    def of(cls, where: str, code: str, path: str = "", **facts: Any) -> FunnelError:
        """The error of a single fault."""
        return cls(where, [Fault(path, code, facts)])

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return f"{self.where}: {self.faults[0]}"
        head = text("fault.many", where=self.where, count=len(self.faults))
        return "\n".join([head, *(f"  {fault}" for fault in self.faults)])


class ScenarioError(FunnelError):
    """A scenario that is not one, or a path or value that does not fit it."""


class HistoryError(FunnelError):
    """A CRM export that cannot be read as one."""


class FitError(FunnelError):
    """A history from which a number cannot be learned."""


class RunError(FunnelError):
    """A run that cannot be made, or a result that cannot be kept."""
