"""What a reader says of an export: which column is which, what each label means, in which order stages come."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from funnelsim.history.guess import ENDS, Look, is_long
from funnelsim.history.words import ending_of
from funnelsim.show.panels.undoing import Undoing

PARTS = (
    "id", "stage", "time", "created", "closed", "status", "owner", "amount", "source", "territory", "segment",
    "reason",
)  # fmt: skip
MOST_LABELS = 60
"""Labels that are asked about; rarer ones keep what the words say."""
LONG_KINDS = ("stage", *ENDS, "aside")
DEAL_KINDS = ("open", *ENDS)
_LISTS = (*ENDS, "open", "order")


@dataclass
class Setting:
    """Columns by part ('' for none), labels by what they mean, stages in order."""

    parts: dict[str, str] = field(default_factory=dict)
    means: dict[str, str] = field(default_factory=dict)
    """Label -> won, lost, no_decision; open in a table of deals; stage or aside (none) in a history of stages."""
    order: list[str] = field(default_factory=list)
    lists: bool = False
    """Whether the reader has said anything of labels."""

    @property
    def is_long(self) -> bool:
        """Whether a row tells of a stage entered, not of a whole deal."""
        return is_long(self.parts)

    @property
    def label_column(self) -> str:
        """The column whose labels say how a deal stands; '' where there is none."""
        return self.parts.get("stage" if self.is_long else "status", "")


class Mapping:
    """The setting of one export, with a way back to every earlier one.

    look    what the export seems to be
    given   a mapping to begin with, as `read_mapping` gives it
    """

    def __init__(self, look: Look, given: dict[str, Any] | None = None):
        self.look, self._given = look, given
        parts = {part: look.parts.get(part, "") for part in PARTS}
        if given is not None:
            parts |= {part: given[part] for part in PARTS if part in given}
        self._work = Undoing(self._labelled(Setting(parts), given or {}))

    @property
    def now(self) -> Setting:
        """The present setting."""
        return self._work.now

    @property
    def can_undo(self) -> bool:
        return self._work.can_undo

    @property
    def is_guess(self) -> bool:
        """Whether nobody has said yet which column is which: not the header, not the reader."""
        return self.look.layout is None and self._given is None and not self.can_undo

    @property
    def told(self) -> dict[str, Any] | None:
        """The mapping to read with; None where the header of the file says all."""
        return self.whole() if self.can_undo or self.is_guess else self._given

    def whole(self) -> dict[str, Any]:
        """The mapping in full, as for a file."""
        now, given, layout = self.now, self._given or {}, self.look.layout
        if self.look.is_log:
            return self.look.guess()
        told: dict[str, Any] = {part: column for part, column in now.parts.items() if column}
        told |= {part: "" for part in self.look.parts if part in now.parts and not now.parts[part]}
        if now.lists or layout is None or any(key in given for key in _LISTS):
            told |= {end: named for end in ENDS if (named := self._named(end))}
            known = [label for label, kind in now.means.items() if kind not in ENDS and ending_of(label)]
            told |= {"open": known} if known else {}
            told |= {"order": list(now.order)} if now.is_long and now.order else {}
        if layout is not None and layout.entered:
            told["entered"] = dict(layout.entered)
        return told | {key: given[key] for key in ("entered", "groups", "dates") if key in given}

    def _named(self, end: str) -> list[str]:
        return [label for label, means in self.now.means.items() if means == end]

    def counts(self) -> dict[str, int]:
        """Rows of each label of the column that says how a deal stands."""
        column = self.now.label_column
        return self.look.labels(column) if column in self.look.sheet else {}

    # What the reader says

    def set_part(self, part: str, column: str) -> None:
        """Which column plays a part; '' for none."""
        new = deepcopy(self.now)
        new.parts[part] = column
        if new.label_column != self.now.label_column or new.is_long != self.now.is_long:
            self._labelled(new, {})
        self._work.add(new)

    def set_label(self, label: str, kind: str) -> None:
        """What a label means."""
        new = deepcopy(self.now)
        new.means[label], new.lists = kind, True
        if kind == "stage" and label not in new.order:
            new.order.append(label)
        elif kind != "stage" and label in new.order:
            new.order.remove(label)
        self._work.add(new)

    def shift(self, label: str, way: int) -> bool:
        """Move a stage up (-1) or down (1); whether it could be."""
        new = deepcopy(self.now)
        if label not in new.order or not 0 <= (to := new.order.index(label) + way) < len(new.order):
            return False
        new.order.remove(label)
        new.order.insert(to, label)
        new.lists = True
        self._work.add(new)
        return True

    def undo(self) -> bool:
        """Back to the setting before the last change; whether there was one."""
        return self._work.go(-1)

    def _labelled(self, new: Setting, given: dict[str, Any]) -> Setting:
        """The setting with the labels of its column, as they are guessed or given."""
        new.means, new.order = {}, []
        if self.look.is_log or new.label_column not in self.look.sheet:
            return new
        parts = {part: column for part, column in new.parts.items() if column in self.look.sheet}
        told = self.look.guess(parts) | {key: given[key] for key in _LISTS if key in given}
        which = {label: end for end in ENDS for label in told.get(end, ())}
        order = [label for label in told.get("order", ()) if label not in which]
        for label in list(self.look.labels(new.label_column))[:MOST_LABELS]:
            rest = ("stage" if label in order or not order else "aside") if new.is_long else "open"
            new.means[label] = which.get(label, rest)
        stages = [label for label, kind in new.means.items() if kind == "stage"]
        new.order = (order or stages) if new.is_long else []
        return new
