"""What was wrong with a record: counted, with a reason and examples, never silently swallowed.

`dropped` are rows that no number is learned from, `noted` are rows that were read under a stated
rule. The sentence of a reason stands in the catalogues under `[quality]`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from funnelsim.errors import HistoryError
from funnelsim.labels import text

EXAMPLES = 3


class Finding(NamedTuple):
    """A reason (key of `[quality]` in the catalogues), how many rows it concerns, and a few of them."""

    reason: str
    rows: int
    examples: tuple[str, ...] = ()

    def say(self, lang: str | None = None) -> str:
        """The reason in words."""
        return text(f"quality.{self.reason}", lang)

    def as_dict(self) -> dict[str, Any]:
        return {"reason": self.reason, "rows": self.rows, "says": self.say(), "examples": list(self.examples)}


@dataclass
class Quality:
    """How clean a record was: `rows` with anything in them, and what was found about them."""

    rows: int = 0
    dropped: list[Finding] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)

    def drop(self, reason: str, rows: int, examples: Iterable[Any] = ()) -> None:
        """Set rows aside for a reason; nothing is written where none were."""
        _add(self.dropped, reason, rows, examples)

    def note(self, reason: str, rows: int, examples: Iterable[Any] = ()) -> None:
        """Say under which rule rows were read; they are kept."""
        _add(self.noted, reason, rows, examples)

    @property
    def dropped_rows(self) -> int:
        return sum(finding.rows for finding in self.dropped)

    def refuse_unusable(self, where: str, nothing_left: bool) -> None:
        """HistoryError with the table of reasons when more than half cannot be used, or nothing is left."""
        if self.unusable or nothing_left:
            raise HistoryError.of(
                where,
                "history_unusable",
                dropped=self.dropped_rows,
                rows=self.rows,
                table="\n" + self.table(),
            )

    @property
    def unusable(self) -> bool:
        """Whether more than half of the rows had to be set aside, or all."""
        return 2 * self.dropped_rows > self.rows or self.dropped_rows >= self.rows

    def table(self, lang: str | None = None) -> str:
        """The reasons for setting rows aside, a line each, most frequent first."""
        worst = sorted(self.dropped, key=lambda finding: -finding.rows)
        return "\n".join(
            f"  {finding.rows:>9,}  {finding.say(lang)}"
            + (f" ({', '.join(finding.examples)})" if finding.examples else "")
            for finding in worst
        )


def _add(findings: list[Finding], reason: str, rows: int, examples: Iterable[Any]) -> None:
    if rows <= 0:
        return
    shown: list[str] = []
    for example in examples:
        if len(shown) == EXAMPLES:
            break
        shown.append(str(example)[:60])
    findings.append(Finding(reason, int(rows), tuple(shown)))
