"""A sales process under the pencil: a scenario as plain data that may be wrong for a while, edited piece by piece.

Every edit gives a new `Design`, so a step back is the one before. The scenario model judges each of them; what
somebody has typed and no model can take stays as it was typed, with the fault beside it, until it is mended.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from funnelsim.errors import Fault, ScenarioError
from funnelsim.labels import LANGUAGES, text
from funnelsim.scenario import files, penned
from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.funnel import Delay, Stage
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import Change, steps
from funnelsim.scenario.penned import within
from funnelsim.scenario.reading import shorten

TEMPLATE_SAVES = 0.3
"""Share of a stage's hours that a new template saves: the example of the articles, an assumption."""


@dataclass(frozen=True)
class Typed:
    """What somebody has typed where a number is wanted, and what is wrong with it before any model sees it."""

    text: str
    fault: Fault | None = None


@dataclass(frozen=True)
class Design:
    """A company's process as it stands on the drawing board.

    data    a scenario as plain data, defaults written out
    typed   path -> what was typed there and is at fault
    """

    data: dict[str, Any]
    typed: Mapping[str, Typed] = field(default_factory=dict)

    @classmethod
    def of(cls, scenario: Scenario) -> Design:
        """The process of a company, to begin with."""
        return cls(files.plain(scenario, defaults=True))

    # What the model says

    @cached_property
    def _judged(self) -> tuple[Scenario | None, tuple[Fault, ...]]:
        found = [one.fault for one in self.typed.values() if one.fault]
        hidden = {
            one.path for one in found
        }  # what the model says there is of a value that nobody sees any more
        found += [Fault(path, "design_no_name") for path, name in penned.names(self.data) if name == ("", "")]
        try:
            scenario = files.parse(penned.filled(self.data))
        except ScenarioError as error:
            return None, (*found, *(one for one in error.faults if one.path not in hidden))
        return (None if found else scenario), tuple(found)

    @property
    def scenario(self) -> Scenario | None:
        """The company, where nothing is wrong with it."""
        return self._judged[0]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong, with paths by place: `stages[1].advance_rate`."""
        return self._judged[1]

    def faults_at(self, path: str) -> list[Fault]:
        """What is wrong at a path and below it."""
        return [fault for fault in self.faults if within(fault.path, path)]

    # One value

    def value(self, path: str) -> Any:
        """What stands at a path; None where nothing does."""
        node: Any = self.data
        for step in steps(path):
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return None
        return node

    def put(self, path: str, value: Any) -> Design:
        """Another value at a path."""
        rest = {key: one for key, one in self.typed.items() if not within(key, path)}
        return Design(penned.put(self.data, steps(path), value), rest)

    def shown(self, path: str, kind: str) -> Any:
        """What a control shows of a path.

        kind   `en` or `zh` a name in one language, `number`, `maybe` (a number or nothing), `effect` (nothing is 0),
               `share` (as percent), `portion` (a share or nothing), `saved` (what a factor takes away), `middle`
               (the median of a distribution), `choice`, `switch`
        """
        if path in self.typed:
            return self.typed[path].text
        value = self.value(path)
        if kind in LANGUAGES:
            return penned.words(value)[LANGUAGES.index(kind)]
        if kind == "switch":
            return bool(value)
        if kind == "choice":
            return value or ""
        if value is None:
            return ""
        match kind:
            case "middle":
                return f"{penned.middle(value):.4g}"
            case "share" | "portion":
                return f"{value * 100:.6g} %"
            case "saved":
                return f"{(1 - value) * 100:.6g} %"
        return f"{value:.6g}"

    def said(self, path: str, lang: str) -> str:
        """A name as people read it; the other language where this one has none."""
        both = dict(zip(LANGUAGES, penned.words(self.value(path)), strict=True))
        return both[lang] or next(iter(filter(None, both.values())), "")

    def told(self, path: str, kind: str, value: Any) -> Design:
        """The design once somebody has told a control so; `kind` as in `shown`."""
        if kind in LANGUAGES:
            return self._named(path, kind, str(value).strip())
        if kind == "switch":
            return self.put(path, bool(value))
        if kind == "choice":
            return self.put(path, value or None)
        said = unicodedata.normalize("NFKC", str(value)).strip()
        number = penned.number(said or ("0" if kind == "effect" else said))
        if kind in ("maybe", "portion") and not said:
            return self.put(path, None)
        if number is None:
            return self._mark(path, said, "not_number")
        if kind == "saved" and number > 1:
            return self._mark(path, said, "share_in_percent", value=f"{number:g}", share=f"{number / 100:g}")
        if kind == "middle":
            return self._sized(path, said, number)
        return self._numbered(path, said, round(1 - number, 12) if kind == "saved" else number)

    def _numbered(self, path: str, said: str, value: Any) -> Design:
        """Another number, which is now nobody's measurement; as it was typed where the model refuses it."""
        new = self.put(path, value)
        if new.faults_at(path):
            return new._mark(path, said)
        origin = {"kind": "assumed", "from": text("design.origin")}
        place = penned.by_id(self.data, path)
        return new.put("provenance", {**(new.value("provenance") or {}), place: origin})

    def _named(self, path: str, lang: str, said: str) -> Design:
        both = dict(zip(LANGUAGES, penned.words(self.value(path)), strict=True)) | {lang: said}
        optional = path.endswith(("milestone", "goal"))
        return self.put(path, None if optional and not any(both.values()) else both)

    def _mark(self, path: str, said: str, code: str = "", **facts: Any) -> Design:
        """The design with what was typed at a path, and its fault where the model does not see one."""
        fault = Fault(path, code, facts or {"value": shorten(said)}) if code else None
        return Design(self.data, {**self.typed, path: Typed(said, fault)})

    def _sized(self, path: str, said: str, number: float) -> Design:
        """A distribution keeps its shape; a delay that differs by outcome keeps its proportions."""
        old = self.value(path)
        if isinstance(old, int | float):
            return self._numbered(path, said, number)
        if not 0 < number <= 1e15:
            return self._mark(path, said, "out_of_range", value=f"{number:g}", limit="> 0")
        change = Change("factor", number / penned.middle(old))
        sized: Any = change.of(penned.part(old), path, "design")
        if isinstance(sized, dict) and "advance" in sized:
            return self._numbered(path, said, Delay.model_validate(sized).dump())
        return self._numbered(path, said, Distribution.model_validate(sized).dump())

    # Lists: buyer's steps, stages, activities, evidence

    def added(self, path: str) -> Design:
        """One more at the end of a list, with a name to be changed."""
        items = list(self.value(path) or [])
        kind = path.rpartition(".")[2]
        new: dict[str, Any] = {
            "id": penned.fresh(kind, items),
            "name": {lang: text(f"design.new.{kind}", lang) for lang in LANGUAGES},
        }
        if kind == "stages":
            third = items[-1]["third"] if items else "upper"
            delay = {"median": 14, "spread": 0.6}
            new |= {"third": third, "rep_hours": 4, "delay_days": delay, "advance_rate": 0.8}
            new = files.plain(Stage.model_validate(new), defaults=True)
        elif kind == "evidence":
            new |= {"kind": "confirmation_email", "activity": None}
        elif kind == "activities":
            new |= {"hours_share": None, "skip_logit": -0.15, "due_days": None}
        return self.put(path, [*items, new])

    def removed(self, path: str, at: int) -> Design:
        """A list without one of its items; who named it names it no more."""
        items = list(self.value(path))
        gone = items.pop(at)["id"]
        new = self.put(path, items)
        if path == "buyer_stages":
            for n, stage in enumerate(new.data["stages"]):
                if stage["buyer_stage"] == gone:
                    new = new.put(f"stages[{n}].buyer_stage", None)
        elif path == "stages":
            new = Design(penned.without_stage(new.data, gone), new.typed)
        elif path.endswith(".activities"):
            where = f"{path.removesuffix('.activities')}.evidence"
            for n, item in enumerate(new.value(where)):
                if item["activity"] == gone:
                    new = new.put(f"{where}[{n}].activity", None)
        return new

    def moved(self, path: str, at: int, by: int) -> Design:
        """A list with one of its items earlier or later; the design itself at the end of the list."""
        items = list(self.value(path))
        if not 0 <= at + by < len(items):
            return self
        items.insert(at + by, items.pop(at))
        return self.put(path, items)

    def with_template(self, stage: str, on: bool) -> Design:
        """A stage with a template that saves hours, or without one."""
        effects, factor = "policies.templates.effect_logit", "policies.templates.hours_factor"
        if on:
            return self.put(f"{factor}.{stage}", 1 - TEMPLATE_SAVES)
        new = self
        for path in (effects, factor):
            new = new.put(path, {key: v for key, v in (new.value(path) or {}).items() if key != stage})
        return new

    def has_template(self, stage: str) -> bool:
        """Whether a stage has a template."""
        templates = self.value("policies.templates")
        return stage in templates["hours_factor"] or stage in templates["effect_logit"]


def with_proof(design: Design) -> Design:
    """The same with exit criteria: every stage has evidence, one e-mail of the customer where it had none."""
    for at, stage in enumerate(design.data["stages"]):
        if not stage["evidence"]:
            design = design.added(f"stages[{at}].evidence")
    return design.put("policies.gates.on", True)
