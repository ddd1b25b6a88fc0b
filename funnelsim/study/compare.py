"""What a change is worth: paired differences with intervals, ties called ties, first year and long run.

Replication k of both scenarios has the same customers; the difference of each pair is free of most
of their luck. Intervals are Student t over the pairs (methods: Law & Kelton, paired-t comparison).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy import special

from funnelsim.errors import RunError, ScenarioError
from funnelsim.scenario.files import applied, as_intervention
from funnelsim.scenario.model import Scenario
from funnelsim.study.enough import Precision, until
from funnelsim.study.experiment import Progress, Trial, trial
from funnelsim.study.metrics import HIGHER, LOWER, NEITHER, about

LEAP_DAYS = 2  # periods this close are compared as equally long


@dataclass(frozen=True)
class Difference:
    """One metric of one scenario against the base."""

    mean: float
    low: float
    high: float
    """95 % Student-t interval of the mean of paired differences."""
    relative: float
    """Of the base's mean."""
    p_better: float
    """From the same t, oriented by the metric's direction; of a metric without one, P(higher)."""
    verdict: str
    """better, worse or tie; higher, lower or tie where neither way is better."""
    correlation: float
    """Of the pairs; nan where one side does not vary."""
    n: int
    """Pairs in which the metric is defined on both sides."""
    smallest_visible: float
    """The effect that n such pairs would show with 80 % power."""
    base_mean: float

    def json(self) -> dict[str, Any]:
        """As the command line prints it; what is not defined is None."""
        return {
            key: None if isinstance(v, float) and not math.isfinite(v) else v
            for key, v in asdict(self).items()
        }


def difference(base: np.ndarray, other: np.ndarray, better: int = HIGHER) -> Difference:
    """Paired difference other - base; pairs with an undefined side are left out."""
    pairs = np.isfinite(base) & np.isfinite(other)
    a, b = base[pairs].astype(float), other[pairs].astype(float)
    n, steps = a.size, b - a
    mean = float(steps.mean()) if n else math.nan
    base_mean = float(a.mean()) if n else math.nan
    relative = mean / base_mean if n and base_mean else math.nan
    if n < 2:
        return Difference(mean, math.nan, math.nan, relative, 0.5, "tie", math.nan, n, math.nan, base_mean)
    error = float(steps.std(ddof=1)) / math.sqrt(n)
    if np.ptp(steps) == 0.0:  # a constant step has no error, whatever rounding leaves of it
        error, mean = 0.0, float(steps[0])
    t = float(special.stdtrit(n - 1, 0.975))
    half = t * error
    low, high = mean - half, mean + half
    p_higher = float(special.stdtr(n - 1, mean / error)) if error else 0.5 + 0.5 * float(np.sign(mean))
    way = 0 if low <= 0.0 <= high else 1 if mean > 0 else -1
    words = ("higher", "lower") if better == NEITHER else ("better", "worse")
    verdict = "tie" if way == 0 else words[0] if way == (better or 1) else words[1]
    with np.errstate(divide="ignore", invalid="ignore"):  # a side that does not vary gives nan
        correlation = float(np.corrcoef(a, b)[0, 1])
    return Difference(
        mean=mean,
        low=low,
        high=high,
        relative=relative,
        p_better=1 - p_higher if better == LOWER else p_higher,
        verdict=verdict,
        correlation=correlation if math.isfinite(correlation) else math.nan,
        n=n,
        smallest_visible=(t + float(special.stdtrit(n - 1, 0.80))) * error,
        base_mean=base_mean,
    )


@dataclass(frozen=True)
class Comparison:
    """All metrics of all other scenarios against one base."""

    base: str
    trial: Trial
    others: dict[str, dict[str, Difference]]
    """Name of the scenario -> name of the metric -> difference."""

    def json(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {name: {m: d.json() for m, d in found.items()} for name, found in self.others.items()}


def differences(trial: Trial, base: str | None = None) -> Comparison:
    """Every scenario of a trial against one of them, the first where none is named."""
    base = trial.names[0] if base is None else base
    if base not in trial.metrics:
        raise RunError.of("base", "trial_base", given=base, known=", ".join(trial.names))
    own = trial.metrics[base]
    others = {
        name: {m: difference(own[m], found[m], about(m).better) for m in found if m in own}
        for name, found in trial.metrics.items()
        if name != base
    }
    return Comparison(base, trial, others)


@dataclass(frozen=True)
class Answer:
    """What other ways to run a company are worth against the base."""

    base: str
    start_date: date
    """The day on which the change starts in the first-year part."""
    first_year: Comparison
    """The company changes on the start date; scenarios of which this cannot be told are missing."""
    long_run: Comparison
    """As if it had always been run the other way."""
    why: dict[str, ScenarioError]
    """Why a scenario has no first year."""
    precision: Precision | None = None
    """How narrow the answer is, where as many replications as it needs were asked for."""

    @property
    def trial(self) -> Trial:
        """Base and others, as if always."""
        return self.long_run.trial

    @property
    def engine(self) -> str:
        return self.trial.engine

    @property
    def replications(self) -> int:
        return self.trial.replications

    @property
    def seed(self) -> int:
        return self.trial.seed

    @property
    def currency(self) -> str:
        return self.trial.currency

    @property
    def period(self) -> str:
        """What one replication measures, as `calendar.period` calls it."""
        return self.trial.period

    def json(self) -> dict[str, Any]:
        """As `funnelsim compare --json` prints it."""
        first, later = self.first_year.json(), self.long_run.json()
        return {
            "base": self.base,
            "replications": self.replications,
            "seed": self.seed,
            "engine": self.engine,
            "currency": self.currency,
            "period": self.period,
            "start_date": self.start_date.isoformat(),
            **({"precision": self.precision.json()} if self.precision else {}),
            "others": [
                {"name": name, "differences": first.get(name), "long_run": later[name]}
                | ({"why": str(self.why[name].faults[0])} if name in self.why else {})
                for name in later
            ],
        }


def compare(
    subject: Scenario | Trial,
    /,
    others: Mapping[str, Scenario] | None = None,
    start_date: date | None = None,
    replications: int | str = 40,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = 1,
    progress: Progress | None = None,
    base: str | None = None,
    store: Any = None,
    cluster: Any = None,
) -> Any:
    """Other ways to run a company against its base, in the first year and in the long run.

    start_date     the day on which the others begin in the first year; the first measured day where none
                   is given
    replications   how many, or "auto": 40, 80, ... up to 1,000 until every 95 % interval of the difference
                   of bookings is within 2 % of the base's mean; `precision` of the answer tells
                   whether it came to that
    store          where finished blocks are kept and found again, as in `trial`
    cluster        who shares the work, as in `trial`

    base           what the base is called

    With a trial instead of a scenario: its `differences` against the scenario called `base`.
    """
    if isinstance(subject, Trial):
        return differences(subject, base)
    others, base_name = dict(others or {}), base or "base"
    asked, start_date = start_date is not None, start_date or subject.measure.from_
    for name, other in others.items():
        if abs(_measured_days(other) - _measured_days(subject)) > LEAP_DAYS:
            facts = {"days": _measured_days(other), "base_days": _measured_days(subject)}
            raise RunError.of(name, "periods_differ", "measure", **facts)
    all_of: dict[str, Scenario] = {base_name: subject, **others}
    first_of, why = {base_name: base_name}, {}
    for name, other in others.items():
        try:
            change = as_intervention(subject, other, start_date)
        except ScenarioError as error:
            if asked:  # who names a day wants to know that it cannot be
                raise
            why[name] = error
        else:
            first_of[name] = f"{name} | {start_date}"
            all_of[first_of[name]] = change
    always = {name: name for name in (base_name, *others)}

    how: dict[str, Any] = {
        "seed": seed, "engine": engine, "workers": workers, "progress": progress, "store": store,
        "cluster": cluster,
    }  # fmt: skip
    precision = None
    if replications == "auto":
        run = until(all_of, lambda found: _half_width(found, base_name), **how)
        precision = Precision(_half_width(run, base_name))
    else:
        run = trial(all_of, _whole(replications), **how)
    return Answer(
        base_name,
        start_date,
        differences(run.only(first_of), base_name),
        differences(run.only(always), base_name),
        why,
        precision,
    )


def _measured_days(scenario: Scenario) -> int:
    return (scenario.measure.to - scenario.measure.from_).days + 1


def ask(
    scenario: Scenario,
    changes: Mapping[str, Any],
    *,
    names: tuple[str, str] = ("base", "changed"),
    **how: Any,
) -> Answer:
    """What changes of a scenario are worth: path -> value, or a change such as "=*1.2"; the rest as in
    `compare`."""
    return compare(scenario, {names[1]: applied(scenario, changes)}, base=names[0], **how)


def _whole(replications: int | str) -> int:
    if isinstance(replications, int):
        return replications
    raise RunError.of("replications", "replications_auto", given=replications)


def _half_width(run: Trial, base: str) -> float:
    """Half of the widest 95 % interval of a difference of bookings, as a share of the base's mean."""
    found = [other["bookings"] for other in differences(run, base).others.values()]
    halves = [(d.high - d.low) / 2 for d in found]
    mean = abs(found[0].base_mean) if found else 0.0
    if mean:
        return max(halves) / mean
    return 0.0 if not any(halves) else math.nan
