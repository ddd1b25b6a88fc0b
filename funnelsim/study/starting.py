"""Five answers become a company that gives them back: `begin(replies) -> Start`.

`scenario.start` computes what can be computed; how long deals wait for busy people only a run shows.
So the made scenario is run, what it is off is taken back (at most four times), and then it is run at the
answers and at both of their ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.labels import text
from funnelsim.scenario import start
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.start import Replies, Tuning
from funnelsim.study.experiment import Progress, Trial, trial
from funnelsim.study.metrics import said, spoken, summary

ASKED = {"deals": "created", "value": "deal_size", "cycle": "cycle_won_days", "win": "win_rate"}
"""Question -> the metric that should give the answer back."""
TOLD = ("wins", "bookings")
ENDS = ("low", "high")
ROUNDS, CYCLE_NEAR, WIN_NEAR = 4, 0.03, 0.01
DEALS_A_TRIAL = 8000  # simulated a year, over all replications: enough for a first look, and quick


@dataclass(frozen=True)
class Start:
    """A company made of five answers, and what a year of it brings."""

    replies: Replies
    scenario: Scenario
    outcome: Mapping[str, Mapping[str, Any]]
    """Summary of the metrics at the answers."""
    ends: Mapping[str, Mapping[str, Mapping[str, Any]]]
    """The same at the low and at the high ends of all answers at once; empty where none is a range."""
    replications: int

    def json(self) -> dict[str, Any]:
        """As `funnelsim start --json` prints it."""
        metrics = (*ASKED.values(), *TOLD)
        return {
            "answers": {
                question: {"value": reply.value, "low": reply.low, "high": reply.high}
                for question, reply in self.replies.items()
            },
            "replications": self.replications,
            "outcome": {name: self.outcome[name] for name in metrics},
            "ends": {end: {name: found[name] for name in metrics} for end, found in self.ends.items()},
        }

    def lines(self, lang: str | None = None) -> list[str]:
        """What was understood beside what the made company does, and ignorance apart from luck."""

        def shown(name: str, key: str, found: Mapping[str, Any]) -> str:
            return said(found[name][key], name, self.scenario.currency, lang)

        lines = [text("start.head", lang, n=self.replications)]
        for question, name in ASKED.items():
            asked = self.replies[question]
            facts = {
                "name": spoken(name, lang),
                "asked": said(asked.value, name, self.scenario.currency, lang),
                "seen": shown(name, "mean", self.outcome),
            }
            lines.append(text("start.beside", lang, **facts))
        lines.append(text("start.team", lang, n=int(self.replies["team"].value)))
        for name in TOLD:
            facts = {key: shown(name, key, self.outcome) for key in ("mean", "p10", "p90")}
            lines.append(text("start.gives", lang, name=spoken(name, lang), **facts))
        if self.ends:
            low, high = (shown("bookings", "mean", self.ends[end]) for end in ENDS)
            lines.append(text("start.ignorance", lang, low=low, high=high))
        return lines


def begin(
    replies: Replies,
    base: str = "five_stage",
    currency: str | None = None,
    seed: int = 1,
    workers: int | None = 1,
    progress: Progress | None = None,
    store: Any = None,
) -> Start:
    """The company that five answers describe, tuned until a run gives them back, and what it brings."""
    many = int(np.clip(DEALS_A_TRIAL / replies["deals"].value, 4, 40))
    how: dict[str, Any] = {"seed": seed, "workers": workers, "progress": progress, "store": store}
    tuning = Tuning()
    for _ in range(ROUNDS):
        scenario = start.made(replies, base, currency, tuning)
        run = trial({"": scenario}, many, **how)
        cycle, win = _cycle(run), _win(run)
        wanted = replies["cycle"].value, replies["win"].value
        if not (cycle > 0 and win > 0):  # too few deals to learn from
            break
        # What is near enough is left alone: it would be tuned to this run's luck.
        off_cycle = 1.0 if abs(cycle / wanted[0] - 1) < CYCLE_NEAR else wanted[0] / cycle
        off_win = 1.0 if abs(win - wanted[1]) < WIN_NEAR else wanted[1] / win
        if off_cycle == off_win == 1.0:
            break
        tuning = Tuning(
            float(np.clip(tuning.cycle * off_cycle, 0.2, 5)),
            float(np.clip(tuning.win * off_win, 0.5, min(2.0, 0.97 / wanted[1]))),
        )
    ends = {}
    if any(reply.is_range for reply in replies.values()):
        worlds = {end: start.made(start.at(replies, end), base, currency, tuning) for end in ENDS}
        found = trial(worlds, many, **how)
        ends = {end: summary(found.metrics[end], scenario.currency) for end in ENDS}
    return Start(replies, scenario, summary(run.metrics[""], scenario.currency), ends, many)


def _cycle(run: Trial) -> float:
    """Mean over replications of the median cycle of won deals; nan where nothing is won."""
    days = run.metrics[""]["cycle_won_days"]
    return float(np.nanmean(days)) if np.isfinite(days).any() else np.nan


def _win(run: Trial) -> float:
    """Share won of all deals that ended in the measured period: in a steady company that of a cohort."""
    metrics = run.metrics[""]
    lost = sum(
        float(values.sum())
        for name, values in metrics.items()
        if name.startswith("stage.") and name.endswith((".lost", ".no_decision"))
    )
    won = float(metrics["wins"].sum())
    return won / (won + lost) if won + lost else np.nan
