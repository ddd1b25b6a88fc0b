"""What every lever is worth, measured: a table for people, written between two marks of a page.

    python -m funnelsim.study.effects scenarios/README.md

First year: the running company changes on the first measured day. Long run: as if it had always been like that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from funnelsim.labels.marked import renew
from funnelsim.scenario.files import load
from funnelsim.scenario.model import Scenario
from funnelsim.study.compare import Difference, compare
from funnelsim.study.effect_levers import LEVERS, Lever

BASE, REPLICATIONS, SEED = "industrial_8x8", 200, 1
FAR = 2.0
"""A measurement so many times the guess, or less than its part of it, wants a word."""
MARKS = ("<!-- effects: measured -->", "<!-- end of effects -->")
HEAD = (
    "| lever | what is set | how it works | from | bookings, first year | bookings, long run | beside, long run "
    "| note |",
    "|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Effect:
    """A lever as measured: differences of bookings, and of the metric that it is meant to move."""

    lever: Lever
    first_year: Difference
    long_run: Difference
    also: Difference | None

    @property
    def is_far(self) -> bool:
        """Whether the long run is far from the guess: another sign, or more than twice or less than half of it; the
        guess is met where it lies within the interval."""
        guess, d = self.lever.guess, self.long_run
        if guess is None or d.low <= guess * d.base_mean <= d.high:
            return False
        return guess * d.relative <= 0 or not 1 / FAR <= d.relative / guess <= FAR


def effects(
    levers: Iterable[Lever] = LEVERS, base: Scenario | None = None, replications: int = REPLICATIONS,
    seed: int = SEED, engine: str = "compiled", workers: int | None = 1,
) -> list[Effect]:  # fmt: skip
    """Every lever against the company without it, under the same luck, in the order given."""
    base = base or load(BASE)
    groups: dict[str, list[Lever]] = {}
    levers = list(levers)
    for lever in levers:
        groups.setdefault(json.dumps(lever.variant, sort_keys=True), []).append(lever)
    found: dict[str, Effect] = {}
    for group in groups.values():
        company = base.replace_all(group[0].variant) if group[0].variant else base
        others = {lever.row: company.replace_all(lever.changes) for lever in group}
        answer = compare(company, others, None, replications, seed, engine, workers)
        for lever in group:
            long_run = answer.long_run.others[lever.row]
            found[lever.row] = Effect(
                lever, answer.first_year.others[lever.row]["bookings"], long_run["bookings"],
                long_run[lever.also] if lever.also else None,
            )  # fmt: skip
    return [found[lever.row] for lever in levers]


def table(found: Iterable[Effect]) -> str:
    """The effects as a table in Markdown."""
    rows = [*HEAD]
    for effect in found:
        lever = effect.lever
        note = [lever.note] if lever.note else []
        if lever.guess is not None:
            note.insert(0, f"guessed {lever.guess:+.1%}" + (": far from it" if effect.is_far else ""))
        cells = (
            lever.row, _settings(lever), lever.mechanism, lever.kind, _change(effect.first_year),
            _change(effect.long_run),
            _besides(effect), "; ".join(note),
        )  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _settings(lever: Lever) -> str:
    told = [f"`{path}: {_value(value)}`" for path, value in lever.changes.items()]
    if lever.variant:
        told.append("in a company with " + ", ".join(f"`{p}: {_value(v)}`" for p, v in lever.variant.items()))
    return "<br>".join(told)


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace('"', "") if not isinstance(value, str) else value


def _change(d: Difference) -> str:
    low, high = d.low / d.base_mean, d.high / d.base_mean
    return f"{d.relative:+.1%} ({low:+.1%} to {high:+.1%}), {d.verdict}"


def _besides(effect: Effect) -> str:
    d = effect.also
    if d is None:
        return ""
    return f"`{effect.lever.also}` {d.base_mean:.4g} to {d.base_mean + d.mean:.4g}, {d.verdict}"


def page(found: Iterable[Effect], replications: int = REPLICATIONS, seed: int = SEED) -> str:
    """The table with what it was measured on."""
    return (
        f"Scenario `{BASE}`, {replications} pairs of years, seed {seed}, compiled engine; change of bookings with its "
        f"95 % interval. Doses are examples. {datetime.now(UTC).date()}, version {version('funnelsim')}. Command: "
        f"`python -m funnelsim.study.effects scenarios/README.md`\n\n{table(found)}"
    )


if __name__ == "__main__":
    import sys

    measured = effects()
    unsaid = [effect.lever.row for effect in measured if effect.is_far and not effect.lever.note]
    renew(sys.argv[1], MARKS, page(measured))
    if unsaid:
        sys.exit(f"far from the guess, and no note says why: {', '.join(unsaid)}")
