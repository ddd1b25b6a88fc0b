"""The flipped deals of an answer: its runs made again with their logs, some replications at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from funnelsim.study.cluster import Cluster, opened
from funnelsim.study.compare import Answer
from funnelsim.study.experiment import Progress, trial
from funnelsim.study.flips import Flips, flips

AT_ONCE = 20  # replications whose logs are held at a time


def flips_of(
    answer: Answer,
    engine: str = "auto",
    workers: int | None = 1,
    progress: Progress | None = None,
    cluster: Cluster | str | None = None,
) -> dict[str, tuple[str, Flips]]:
    """Of each other scenario of an answer: `first_year`, or `long_run` where no first year can be told,
    and its flipped deals against the base.

    workers, cluster   who shares the work, as in `trial`
    progress           called with (runs done, runs in all)
    """
    with opened(cluster, workers) as crew:
        return _flips_of(answer, progress, {"engine": engine, "workers": workers, "cluster": crew})


def _flips_of(answer: Answer, progress: Progress | None, how: dict[str, Any]) -> dict[str, tuple[str, Flips]]:
    found: dict[str, tuple[str, Flips]] = {}
    done, several = 0, 2 * answer.replications * len(answer.long_run.others)
    for name in answer.long_run.others:
        when = "first_year" if name in answer.first_year.others else "long_run"
        all_of = getattr(answer, when).trial.scenarios
        pair = {answer.base: all_of[answer.base], name: all_of[name]}
        parts = []
        for first in range(0, answer.replications, AT_ONCE):
            count = min(AT_ONCE, answer.replications - first)
            logs = trial(pair, count, answer.seed, keep_logs=True, first=first, **how).logs
            parts.append(flips(logs[answer.base], logs[name], names=(answer.base, name)))
            done += 2 * count
            if progress:
                progress(done, several)
        found[name] = when, joined(parts)
    return found


def joined(parts: list[Flips]) -> Flips:
    """Flipped deals of consecutive replications as one, largest difference first."""
    deals = pd.concat([part.deals for part in parts], ignore_index=True) if len(parts) > 1 else parts[0].deals
    deals = deals.sort_values("difference", key=abs, ascending=False, kind="stable", ignore_index=True)
    return replace(parts[0], deals=deals, replications=sum(part.replications for part in parts))
