"""A full grid of variations of a company under the same luck, ranked, and kept so that it can be queried.

Finished blocks are kept as they are made, so a sweep that was stopped, however it was, goes on where it was:
the result is the same to the byte. A folder remembers what its sweep asks and is written whole or not at all.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.errors import Fault, RunError
from funnelsim.scenario.files import parse, plain
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import unknown
from funnelsim.study import grid
from funnelsim.study.experiment import Progress, Trial, check_request, trial
from funnelsim.study.folder import FACTS, METRICS, OPEN, SCHEMA, facts_of, save_study, write_facts
from funnelsim.study.grid import Given, Option, Vary
from funnelsim.study.metrics import FAMILIES, HIGHER, NEITHER, about, spoken
from funnelsim.study.metrics import METRICS as KNOWN
from funnelsim.study.ranking import Ranking, Standing, ranked

DEFAULTS: dict[str, Any] = {"rank": "bookings", "replications": 40, "seed": 1, "engine": "auto"}


@dataclass(frozen=True)
class Request:
    """What a sweep asks."""

    base: Scenario
    vary: Vary
    rank: str
    replications: int
    seed: int
    engine: str
    faults: tuple[Fault, ...] = ()
    """What is wrong with the grid so far."""

    def facts(self) -> dict[str, Any]:
        """As a folder keeps it; `base` beside it is the scenario."""
        told = {name: getattr(self, name) for name in DEFAULTS}
        return {"scenario": self.base.digest, "vary": _listed(self.vary), **told}


def _listed(vary: Vary) -> list[dict[str, Any]]:
    """A grid as JSON keeps it, its order included."""
    return [{"path": path, "values": [*values]} for path, values in vary.items()]


@dataclass(frozen=True)
class Sweep:
    """What came out of a sweep."""

    request: Request
    options: tuple[Option, ...]
    trial: Trial
    """All options, by name, in the order of the grid."""
    ranking: Ranking
    folder: Path | None = None
    """Where it is kept, for `open_study`."""

    def option(self, name: str) -> Option:
        return next(one for one in self.options if one.name == name)

    def json(self) -> dict[str, Any]:
        """As `funnelsim sweep --json` prints it; what the confidence means stands in `Ranking`."""
        request, metric = self.request, about(self.request.rank)
        unit: dict[str, Any] = {"unit": metric.unit}
        if metric.unit.startswith("currency"):
            unit["currency"] = self.trial.currency
        return {
            "scenario": request.base.name.en, "digest": request.base.digest,
            "seed": request.seed, "replications": request.replications, "engine": self.trial.engine,
            "rank": request.rank, "better": "higher" if metric.better == HIGHER else "lower", **unit,
            "runs": len(self.options) * request.replications, "found": self.trial.found,
            "best": self.ranking.best, "tied": [*self.ranking.tied],
            "confidence": self.ranking.confidence, "n": self.ranking.n,
            "table": [self._row(one) for one in self.ranking.standings],
            **({"out": str(self.folder)} if self.folder else {}),
        }  # fmt: skip

    def _row(self, standing: Standing) -> dict[str, Any]:
        told = {key: _defined(value) for key, value in asdict(standing).items()}
        option = self.option(standing.name)
        behind = {
            key: told.pop(f"behind{part}") for key, part in (("mean", ""), ("low", "_low"), ("high", "_high"))
        }
        values = {
            path: grid.written(value) if isinstance(value, str) else value
            for path, value in option.values.items()
        }
        return {
            "name": told.pop("name"), "values": values, **told, "behind": behind,
            "digest": option.scenario.digest, "as_is": option.scenario.digest == self.request.base.digest,
        }  # fmt: skip


def _defined(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sweep(
    scenario: Scenario | None = None,
    vary: Given | None = None,
    rank: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    workers: int | None = 1,
    progress: Progress | None = None,
    store: Any = None,
    cluster: Any = None,
    out: str | Path | None = None,
    resume: bool = False,
) -> Sweep:
    """Every combination of values, simulated with the same luck and ranked by a metric.

    vary           path -> values: 14, or a change of what is there such as "*1.2" and "+0.15"
    rank           the metric, `bookings` where none is named; ties stay ties (`Ranking`)
    replications   40, seed 1 and engine `auto` where none is named
    store          where finished blocks are kept and found again, as in `trial`; as are workers, progress
                   and cluster
    out            a folder to keep the study in, for `open_study` or any program that reads Parquet
    resume         go on with the sweep of that folder; what is not said here is taken from there

    ScenarioError with all faults of the grid before anything is simulated; RunError for a metric that is none,
    a folder that holds another study, or one that contradicts what is said here.
    """
    said = {"rank": rank, "replications": replications, "seed": seed, "engine": engine}
    folder = None if out is None else Path(out)
    request = _request(scenario, vary, said, folder, resume)
    check_request(request.seed, request.replications, request.engine)
    _check_metric(request)
    options = grid.options(request.base, request.vary, request.replications, request.faults)
    if folder:
        _begin(request, folder)
    digests = {option.name: option.scenario.digest for option in options}
    first = {digest: name for name, digest in reversed(digests.items())}  # equal companies are simulated once
    made = trial(
        {option.name: option.scenario for option in options if first[digests[option.name]] == option.name},
        request.replications, request.seed, request.engine, workers, progress, store=store, cluster=cluster,
    ).only({name: first[digest] for name, digest in digests.items()})  # fmt: skip
    nothing = np.full(request.replications, math.nan)
    values = {name: own.get(request.rank, nothing) for name, own in made.metrics.items()}
    if folder:
        _still_ours(request, folder)
        save_study(
            made, folder, {path: grid.column(options, path) for path in request.vary},
            _kept(request), [option.values for option in options],
        )  # fmt: skip
    return Sweep(request, tuple(options), made, ranked(values, about(request.rank).better), folder)


def _request(
    scenario: Scenario | None,
    vary: Given | None,
    said: dict[str, Any],
    folder: Path | None,
    resume: bool,
) -> Request:
    """What is asked, here and in the folder; RunError where the two contradict each other."""
    kept = facts_of(folder) if folder else None
    varied, faults = grid.read(vary) if vary else (None, [])
    if kept is None or not resume:
        if scenario is None or varied is None:
            raise RunError.of(str(folder or "sweep"), "sweep_no_request" if resume else "sweep_nothing")
        known = {name: DEFAULTS[name] if value is None else value for name, value in said.items()}
        request = Request(scenario, varied, **known, faults=tuple(faults))
        there = folder and (folder / METRICS).exists() and kept is None
        if there or (kept is not None and kept.get("request") != request.facts()):
            raise RunError.of(str(folder), "study_there")
        return request
    was = _from_facts(kept, str(folder))
    before = was.facts()
    now = {"scenario": scenario and scenario.digest, "vary": varied and _listed(varied), **said}
    faults += [
        Fault(name, "sweep_differs", {"given": _shown(value), "kept": _shown(before[name])})
        for name, value in now.items()
        if value is not None and value != before[name]
    ]
    if faults:
        raise RunError(str(folder), faults)
    return was


def _from_facts(kept: dict[str, Any], where: str) -> Request:
    """The request that a folder keeps; RunError when it keeps none, or one that somebody has bent."""
    if "request" not in kept:
        raise RunError.of(where, "sweep_no_request")
    try:
        was = {name: type(usual)(kept["request"][name]) for name, usual in DEFAULTS.items()}
        vary, faults = grid.read([(one["path"], one["values"]) for one in kept["request"]["vary"]])
        return Request(parse(kept["base"], where), vary, **was, faults=tuple(faults))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise RunError.of(f"{where}/{FACTS}", "study_unreadable", reason=reason) from None


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(f"{one['path']}={','.join(map(grid.written, one['values']))}" for one in value)
    return str(value)[:16]


def _kept(request: Request) -> dict[str, Any]:
    return {"request": request.facts(), "base": plain(request.base)}


def _begin(request: Request, folder: Path) -> None:
    """Say in the folder what is asked, so that it can be gone on with; a finished study stays one."""
    if facts_of(folder) is None:
        write_facts(folder, {"schema": SCHEMA, "status": OPEN, **_kept(request)})


def _still_ours(request: Request, folder: Path) -> None:
    """RunError when another sweep has taken the folder meanwhile."""
    if (facts_of(folder) or {}).get("request", request.facts()) != request.facts():
        raise RunError.of(str(folder), "study_there")


def _check_metric(request: Request) -> None:
    """RunError when the metric is none, or neither more nor less of it is better."""
    name, base = request.rank, request.base
    family, _, member = name.partition(".")
    members = {
        "stage": [stage.id for stage in base.stages],
        "pool": [pool.id for pool in base.team.pools],
        "third": ["upper", "middle", "lower"],
        "source": [source.id for source in base.demand.sources],
        "tier": [tier.id for tier in base.policies.tiers],
    }
    try:
        metric = about(name)
        if family == "stage" and member.rpartition(".")[0] not in members["stage"]:
            raise KeyError(name)
        if "." in name and family in FAMILIES and member not in members[FAMILIES[family]]:
            raise KeyError(name)
    except KeyError:
        known = [one for one in KNOWN if "<" not in one]
        known += [f"{one}.{id}" for one, kind in FAMILIES.items() for id in members[kind]]
        known += [one.replace("<stage>", id) for one in KNOWN if "<stage>" in one for id in members["stage"]]
        raise RunError("--rank", [unknown("", "metric_unknown", name, known)]) from None
    if metric.better == NEITHER:
        raise RunError.of("--rank", "metric_neither", name=spoken(name, scenario=base))
