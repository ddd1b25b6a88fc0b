"""Levers of a panel: what each control changes in a scenario, and which of them a company has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from funnelsim.errors import FunnelError
from funnelsim.labels import text
from funnelsim.scenario.distributions import median
from funnelsim.scenario.files import applied, plain
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import values_at

GROUPS = ("staffing", "process", "people", "market")


@dataclass(frozen=True)
class Lever:
    """One slider: a path of the scenario that it multiplies, from `low` to `high` percent of change."""

    id: str
    path: str
    low: int = -50
    high: int = 50
    step: int = 5
    stage: str = ""
    """Id of the stage or pool that the label names, where the lever belongs to one."""
    group: str = "staffing"

    def label(self, scenario: Scenario, lang: str) -> str:
        """What people read beside the control."""
        named = {stage.id: stage.name.say(lang) for stage in scenario.stages}
        named |= {pool.id: pool.name.say(lang) for pool in scenario.team.pools}
        return text(f"panel.lever.{self.id}", lang, stage=named.get(self.stage, ""))

    @property
    def key(self) -> str:
        """What the setting calls it: once in a panel."""
        return f"{self.id}.{self.stage}" if self.stage else self.id

    @property
    def neutral(self) -> Any:
        """The value that changes nothing."""
        return 0

    def changes(self, scenario: Scenario, value: Any) -> dict[str, Any]:
        """What a value sets: path -> change."""
        return {self.path: f"=*{1 + value / 100:.4g}"}

    def values(self) -> list[Any]:
        """What the control may stand at."""
        return list(range(self.low, self.high + 1, self.step))

    def is_like(self, one: Scenario, other: Scenario) -> bool:
        """Whether two companies do not differ in what the lever changes."""
        return [v for _, v in values_at(one, self.path)] == [v for _, v in values_at(other, self.path)]

    def control(self, scenario: Scenario, lang: str, width: str) -> widgets.Widget:
        """The control, at its neutral value."""
        return widgets.IntSlider(
            value=0, min=self.low, max=self.high, step=self.step, readout_format="+d",
            layout=widgets.Layout(width=width),
        )  # fmt: skip


@dataclass(frozen=True)
class Step(Lever):
    """One slider that adds to a number: `step` per notch, `unit` what a notch is worth."""

    unit: float = 1.0

    def changes(self, scenario: Scenario, value: Any) -> dict[str, Any]:
        return {self.path: f"=+{value * self.unit:.4g}" if value > 0 else f"={value * self.unit:.4g}"}


@dataclass(frozen=True)
class MoreReps(Lever):
    """Reps beside those who are there: each shares the territory of the rep who has most deals for himself."""

    def changes(self, scenario: Scenario, value: Any) -> dict[str, Any]:
        team = [plain(rep) for rep in scenario.team.reps]
        known = {rep["id"] for rep in team}
        deals: dict[str, float] = {}
        where = {unit: place.id for place in scenario.territories for unit in place.units}
        for unit in scenario.demand.units:
            place = where.get(unit.id, "")
            deals[place] = deals.get(place, 0.0) + unit.weekly_deals
        for _ in range(value):
            crowd = {place: sum(rep.get("territory") == place for rep in team) for place in deals}
            fullest = max(deals, key=lambda place: deals[place] / max(1, crowd[place]))
            number = 1 + len(team)
            while f"rep_{number}" in known:
                number += 1
            known.add(f"rep_{number}")
            like = next((rep for rep in team if rep.get("territory") == fullest), team[0])
            new = {key: like[key] for key in ("territory", "weekly_hours") if key in like}
            team.append({"id": f"rep_{number}", **new})
        return {"team.reps": team}

    def is_like(self, one: Scenario, other: Scenario) -> bool:
        return len(one.team.reps) == len(other.team.reps)


@dataclass(frozen=True)
class Choice(Lever):
    """One of several ways to work: name of the way -> what it sets; the first is the company as it is."""

    ways: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()

    @property
    def neutral(self) -> Any:
        return self.ways[0][0]

    def changes(self, scenario: Scenario, value: Any) -> dict[str, Any]:
        return dict(dict(self.ways)[value])

    def values(self) -> list[Any]:
        return [name for name, _ in self.ways]

    def options(self, lang: str) -> list[tuple[str, str]]:
        """What people read, and the name of the way."""
        return [(text(f"panel.way.{name}", lang), name) for name, _ in self.ways]

    def control(self, scenario: Scenario, lang: str, width: str) -> widgets.Widget:
        return widgets.Dropdown(
            options=self.options(lang),
            value=self.neutral,
            layout=widgets.Layout(width="98%", max_width=width),
        )


def start_levers(scenario: Scenario) -> tuple[Lever, ...]:
    """The three sliders to start with: deals, selling hours, hours of the stage that takes most of them."""
    longest = max(scenario.stages, key=lambda stage: median(stage.rep_hours))
    return (
        Lever("leads", "demand.units.*.weekly_deals", -40, 60, group="market"),
        Lever("hours", "team.reps.*.weekly_hours", -30, 40),
        Lever("stage_hours", f"stages.{longest.id}.rep_hours", -50, 50, stage=longest.id, group="process"),
    )


def explorer_levers(scenario: Scenario) -> tuple[Lever, ...]:
    """What a trainer turns: staffing, process, people and market, as far as the company has them."""
    leads, hours, stage_hours = start_levers(scenario)
    team, policies = scenario.team, scenario.policies
    found: list[Lever] = []
    if scenario.territories and all(rep.territory for rep in team.reps):
        # first, so that what is set for all reps is theirs too
        found.append(MoreReps("more_reps", "team.reps", 0, 3, 1))
    found.append(hours)
    found += [
        Step("pool", f"team.pools.{p.id}.people", -min(max(p.people - 1, 0), 2), 3, 1, p.id)
        for p in team.pools[:3]
    ]
    found.append(stage_hours)
    found.append(
        _one_of(
            "priority", policies.priority, "policies.priority", ("late_first", "early_first", "first_come")
        )
    )
    if team.managers:
        review = "policies.review.rule"
        found.append(_one_of("review", policies.review.rule, review, ("none", "weekly", "1-15-30")))
        found.append(_switch("remedies", policies.remedies.on, "policies.remedies.on"))
    if any(stage.evidence for stage in scenario.stages):
        found.append(_switch("gates", policies.gates.on, "policies.gates.on"))
    found += [
        *_coaching(scenario),
        *_leaving(scenario),
        Step("skill", "stages.*.effect_logit", -3, 6, 1, group="people", unit=0.05),
        Lever("ramp", "team.ramp.weeks", -75, 50, 25, group="people"),
        Lever("prospecting", "policies.prospecting.every_days", -50, 100, 10, group="people"),
        leads,
        Lever("amount", "demand.amount.median", -30, 30, group="market"),
        Lever("delay", "stages.*.delay_days.median", -30, 30, group="market"),
    ]
    return tuple(lever for lever in found if _is_there(lever, scenario))


def _coaching(scenario: Scenario) -> list[Lever]:
    """What managers coach, where there are managers and nobody coaches yet: the full dose of hours."""
    coaching = scenario.policies.coaching
    if not scenario.team.managers or coaching.opportunity_hours or coaching.skill_hours:
        return []
    path, dose = "policies.coaching", coaching.full_hours
    of_deals, of_skill = (f"{path}.opportunity_hours", dose), (f"{path}.skill_hours", dose)
    ways = (
        ("coaching.none", ()), ("coaching.deals", (of_deals,)), ("coaching.skill", (of_skill,)),
        ("coaching.both", (of_deals, of_skill)),
    )  # fmt: skip
    return [Choice("coaching", path, group="people", ways=ways)]


def _leaving(scenario: Scenario) -> list[Lever]:
    """How often reps leave, where none do yet, and what becomes of their deals; customers follow as the method says."""
    found: list[Lever] = []
    if not scenario.team.attrition.yearly_rate:
        follow = ("behaviour.handover_loss", {"upper": 0.15, "middle": 0.32, "lower": 0.40})
        rate = "team.attrition.yearly_rate"
        ways = (
            ("leaving.none", ()), ("leaving.some", ((rate, 0.15), follow)), ("leaving.many", ((rate, 0.25), follow)),
        )  # fmt: skip
        found.append(Choice("leaving", "team.attrition", group="people", ways=ways))
    now = scenario.policies.handover.rule
    found.append(
        _one_of("handover", now, "policies.handover.rule", ("none", "assign_only", "protocol"), "people")
    )
    return found


def _one_of(name: str, now: str, path: str, ways: tuple[str, ...], group: str = "process") -> Choice:
    order = (now, *(way for way in ways if way != now))
    told = tuple((f"{name}.{way}", () if way == now else ((path, way),)) for way in order)
    return Choice(name, path, group=group, ways=told)


def _switch(name: str, now: bool, path: str, group: str = "process") -> Choice:
    ways = (("as_it_is", ()), ("off" if now else "on", ((path, not now),)))
    return Choice(name, path, group=group, ways=ways)


def _is_there(lever: Lever, scenario: Scenario) -> bool:
    """Whether the company has what a lever changes: a distribution written another way has no median to multiply."""
    if isinstance(lever, Choice | MoreReps):
        return True
    try:
        return applied(scenario, lever.changes(scenario, lever.step)).digest != scenario.digest
    except FunnelError:
        return False


def changes_of(levers: tuple[Lever, ...], scenario: Scenario, setting: Mapping[str, Any]) -> dict[str, Any]:
    """A setting as changes of the scenario, path -> change; what stands at neutral is left out."""
    found: dict[str, Any] = {}
    for lever in levers:
        value = setting.get(lever.key, lever.neutral)
        if value != lever.neutral:
            found |= lever.changes(scenario, value)
    return found


def setting_of(levers: tuple[Lever, ...], base: Scenario, other: Scenario) -> dict[str, Any] | None:
    """The setting that makes one company of another; None where these levers do not get there."""
    found: dict[str, Any] = {}
    for lever in levers:
        for value in sorted(lever.values(), key=lambda one: one != lever.neutral):
            made = _made(levers, base, found | {lever.key: value})
            if made is not None and _alike(lever, made, other):
                found[lever.key] = value
                break
    made = _made(levers, base, found)
    return found if made is not None and made.digest == other.digest else None


def _alike(lever: Lever, one: Scenario, other: Scenario) -> bool:
    try:
        return lever.is_like(one, other)
    except FunnelError:  # the other has no such thing
        return False


def _made(levers: tuple[Lever, ...], base: Scenario, setting: Mapping[str, Any]) -> Scenario | None:
    try:
        return applied(base, changes_of(levers, base, setting))
    except FunnelError:
        return None
