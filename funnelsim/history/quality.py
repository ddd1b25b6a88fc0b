"""What was wrong with a record: counted, with a reason and examples, never silently swallowed.

`dropped` are rows that no number is learned from, `repaired` were read after a mend, `noted` were read as they
stand under a stated rule; `remarks` are about the record as a whole. Every row is counted under one reason of
`dropped` at most. The sentences stand in the catalogues under `[quality]` and `[remark]`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from funnelsim.errors import HistoryError
from funnelsim.labels import numbers as write
from funnelsim.labels import text

EXAMPLES = 5


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


class Remark(NamedTuple):
    """Something about the record as a whole: a key of `[remark]` in the catalogues and its facts."""

    code: str
    facts: dict[str, Any]

    def say(self, lang: str | None = None) -> str:
        """The remark in words; shares are written in percent."""
        facts = {name: _shown(fact, lang) for name, fact in self.facts.items()}
        return text(f"remark.{self.code}", lang, **facts)

    def as_dict(self) -> dict[str, Any]:
        return {"remark": self.code, "says": self.say(), **{k: _plain(v) for k, v in self.facts.items()}}


@dataclass
class Quality:
    """How clean a record was: `rows` with anything in them, and what was found about them."""

    rows: int = 0
    dropped: list[Finding] = field(default_factory=list)
    repaired: list[Finding] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def drop(self, reason: str, rows: int, examples: Iterable[Any] = ()) -> None:
        """Set rows aside for a reason; nothing is written where none were."""
        _add(self.dropped, reason, rows, examples)

    def repair(self, reason: str, rows: int, examples: Iterable[Any] = ()) -> None:
        """Say what was mended in rows; they are kept."""
        _add(self.repaired, reason, rows, examples)

    def note(self, reason: str, rows: int, examples: Iterable[Any] = ()) -> None:
        """Say under which rule rows were read; they are kept."""
        _add(self.noted, reason, rows, examples)

    def remark(self, code: str, **facts: Any) -> None:
        """Say something about the record as a whole."""
        self.remarks.append(Remark(code, facts))

    @property
    def dropped_rows(self) -> int:
        return sum(finding.rows for finding in self.dropped)

    @property
    def unusable(self) -> bool:
        """Whether more than half of the rows had to be set aside, or all."""
        return 2 * self.dropped_rows > self.rows or self.dropped_rows >= self.rows

    def refuse_unusable(self, where: str, nothing_left: bool) -> None:
        """HistoryError with the table of reasons when more than half cannot be used, or nothing is left."""
        if self.unusable or nothing_left:
            raise HistoryError.of(
                where, "history_unusable", dropped=self.dropped_rows, rows=self.rows, table="\n" + self.table()
            )  # fmt: skip

    def table(self, lang: str | None = None) -> str:
        """The reasons for setting rows aside, a line each, most frequent first."""
        return "\n".join(
            line(finding, lang) for finding in sorted(self.dropped, key=lambda found: -found.rows)
        )

    def lines(self, lang: str | None = None) -> list[str]:
        """The whole report: what was set aside, mended and read under a rule, and what is to be known."""
        said = []
        for kind in ("dropped", "repaired", "noted"):
            findings = getattr(self, kind)
            if findings:
                said.append(text(f"quality_head.{kind}", lang))
                said += [line(finding, lang) for finding in sorted(findings, key=lambda found: -found.rows)]
        if self.remarks:
            said.append(text("quality_head.remarks", lang))
            said += [f"  - {remark.say(lang)}" for remark in self.remarks]
        return said or [text("quality_head.clean", lang)]

    def json(self) -> dict[str, Any]:
        """The report as plain data, in the words of the current language."""
        return {
            "rows": self.rows,
            "dropped": [finding.as_dict() for finding in self.dropped],
            "repaired": [finding.as_dict() for finding in self.repaired],
            "noted": [finding.as_dict() for finding in self.noted],
            "remarks": [remark.as_dict() for remark in self.remarks],
        }


def line(finding: Finding, lang: str | None = None) -> str:
    """A finding as a line of a report: how many, what, and a few of them."""
    shown = f" ({', '.join(finding.examples)})" if finding.examples else ""
    return f"  {write.count(finding.rows):>9}  {finding.say(lang)}{shown}"


def harmless(cell: Any) -> str:
    """A text of a file as a line of a terminal or a page may show it: short, and nothing that moves the pen."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "·" for c in str(cell)[:60])


def _add(findings: list[Finding], reason: str, rows: int, examples: Iterable[Any]) -> None:
    rows = int(rows)
    if rows <= 0:
        return
    shown: dict[str, None] = {}
    for example in examples:
        if len(shown) == EXAMPLES:
            break
        if told := harmless(example).strip():
            shown[told] = None
    for at, known in enumerate(findings):
        if known.reason == reason:
            both = tuple(dict.fromkeys((*known.examples, *shown)))[:EXAMPLES]
            findings[at] = Finding(reason, known.rows + rows, both)
            return
    findings.append(Finding(reason, rows, tuple(shown)))


def _shown(fact: Any, lang: str | None) -> Any:
    if isinstance(fact, float):
        return write.percent(fact, lang)
    return write.count(fact) if isinstance(fact, int) else fact


def _plain(fact: Any) -> Any:
    return fact if isinstance(fact, int | float | str | list | dict) else str(fact)
