"""The module on the funnel as a machine: read backwards from the wins, and a full funnel told from a slow one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

import pandas as pd

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.model import Scenario
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing, plain
from funnelsim.show.lessons.lesson import Number, Once, Ranking, number, share
from funnelsim.show.lessons.period import Period
from funnelsim.study.lessons.machine import BASE, FULL, SKILL, SLOW, STATE, WORLDS, Backwards, Turned
from funnelsim.study.lessons.machine import Levers as LeversStudy
from funnelsim.study.lessons.machine import Machine as Study
from funnelsim.study.lessons.measured import Measured, Order
from funnelsim.study.live import Check

BUSY = 0.85
"""Share of their hours from which on reps are taken to be short of them; lines grow fast above."""


class Machine:
    """How many deals must start for so many wins, and how long before.

    scenario       the company
    replications   simulated years
    seed           the same seed is the same customers
    wins_wanted    wins of a period as long as the measured one
    """

    def __init__(self, scenario: Scenario, replications: int = 100, seed: int = 1, wins_wanted: int = 40):
        self.study = Study(scenario, replications, seed, wins_wanted)
        self._once = Once(self.study.find)
        self.names = {stage.id: stage.name for stage in scenario.stages}
        first = scenario.stages[0].name
        self.period = Period.of(scenario)
        facts = {"wins": wins_wanted, "stage": first.say, **self.period.facts()}
        self.questions: list[Number | Ranking] = [
            Number("machine", "starts", wins_wanted, 50 * wins_wanted, "deals", facts=facts),
            Number("machine", "months", 0, 60, "months", 1, facts=facts),
        ]

    def find(self, progress: Callable[[int, int], None], check: Check) -> Backwards:
        """The funnel read backwards; measured once."""
        return self._once(progress, check)

    def measured(self, found: Backwards) -> Mapping[str, Measured | Order]:
        return {"starts": found.starts, "months": found.months}

    def sentences(self, found: Backwards, lang: str) -> list[str]:
        wins = self.study.wins_wanted
        facts = {
            "stages": len(self.names), "wins": wins, "chain": share(found.chain, lang),
            "by_chain": number(next(iter(found.needed.values())), "deals", 0, lang),
            "by_years": number(found.starts, "deals", 0, lang),
        }  # fmt: skip
        told = [text("module.machine.chain", lang, **facts)]
        if len(found.needed) > 1:
            second = list(found.needed)[1]
            n = number(found.needed[second], "deals", 0, lang)
            told.append(text("module.machine.second", lang, n=n, stage=self.names[second].say(lang)))
        facts = {
            "middle": number(found.months, "months", 1, lang),
            "early": number(found.early, "months", 1, lang),
        }
        told.append(text("module.machine.early", lang, **facts))
        now = {
            "created": number(found.created, "deals", 0, lang), "won": number(found.wins, "wins", 1, lang),
            "wins": wins, "one": self.period.say("one", lang),
        }  # fmt: skip
        enough = found.wins.covers(wins)
        key = "enough" if enough else "more" if found.wins.mean >= wins else "less"
        return [*told, text(f"module.machine.now.{key}", lang, **now)]

    def drawings(self, found: Backwards, lang: str) -> list[Drawing]:
        """How many deals must enter each stage."""
        names = [self.names[stage].say(lang) for stage in found.needed]
        fig = Drawing()
        rows = list(zip(range(len(names))[::-1], found.needed.values(), strict=True))
        bar = {
            "type": "bar", "orientation": "h", "x": [one.mean for _, one in rows], "y": [y for y, _ in rows],
            "marker": {"color": theme.tint(theme.BLUE, 0.45)}, "hoverinfo": "skip", "showlegend": False,
        }  # fmt: skip
        fig.data.append(plain(bar))
        ends = [max(one.mean, one.high if isfinite(one.high) else 0.0) for _, one in rows]
        for (y, one), end in zip(rows, ends, strict=True):
            if isfinite(one.low):
                fig.add_scatter(x=[one.low, one.high], y=[y, y], mode="lines", hoverinfo="skip", showlegend=False,
                                line={"color": theme.NAVY, "width": 3})  # fmt: skip
            fig.add_scatter(x=[end], y=[y], mode="text", text=[write.number(one.mean, 0)], hoverinfo="skip",
                            textposition="middle right", cliponaxis=False, showlegend=False)  # fmt: skip
        most = max((end for end in ends if isfinite(end)), default=1.0)
        axis = text("module.machine.axis", lang, wins=self.study.wins_wanted)
        fig.update_xaxes(title={"text": theme.safe(axis)}, range=[0, most * 1.12])
        theme.name_axis(fig, names)
        said = text(
            "module.machine.figure",
            lang,
            wins=self.study.wins_wanted,
            n=number(rows[0][1], "deals", 0, lang),
            stage=names[0],
        )
        return [theme.finish(fig, said, said, self.table(found, lang), height=120 + 40 * len(names))]

    def table(self, found: Backwards, lang: str) -> pd.DataFrame:
        head = [text(f"module.machine.column.{key}", lang) for key in ("stage", "needed")]
        rows = [
            (self.names[stage].say(lang), number(n, "deals", 0, lang)) for stage, n in found.needed.items()
        ]
        return pd.DataFrame(rows, columns=head)


class Levers:
    """A fuller funnel: because one stage is slower, because more deals come, and with all that the machine asks for.

    machine   the module before it, whose company this is
    """

    def __init__(self, machine: Machine):
        self.machine = machine
        self.study = LeversStudy(machine.study)
        self._once = Once(self._find)
        names = machine.names
        self.period = machine.period
        slow = names[self.study.stages[SLOW]].say
        facts = {"slow": slow, "wins": machine.study.wins_wanted, **self.period.facts()}
        self.facts = facts | {"skill": names[self.study.stages[SKILL]].say}
        self.questions: list[Number | Ranking] = [
            Number("levers", "open_slow", -100, 300, "percent", 1, is_change=True, facts=facts),
            Number("levers", "wins_slow", -100, 300, "percent", 1, is_change=True, facts=facts),
            Number("levers", "wins_full", 0, 50 * machine.study.wins_wanted, "wins", 1, facts=facts),
        ]

    def _find(self, progress: Callable[[int, int], None], check: Check) -> Turned:
        before = self.machine.find(progress, check)
        return self.study.find(before, progress, check)

    def find(self, progress: Callable[[int, int], None], check: Check) -> Turned:
        """The company with one thing different each; measured once."""
        return self._once(progress, check)

    def measured(self, found: Turned) -> Mapping[str, Measured | Order]:
        return {
            "open_slow": found.open[SLOW],
            "wins_slow": found.wins[SLOW],
            "wins_full": found.state[FULL]["wins"],
        }

    def world(self, name: str, lang: str) -> str:
        """What people call a company with one thing different."""
        facts = {key: fact(lang) if callable(fact) else fact for key, fact in self.facts.items()}
        return text(f"module.levers.world.{name}", lang, **facts)

    def sentences(self, found: Turned, lang: str) -> list[str]:
        own = found.state[BASE]
        facts = {key: write.number(own[key].mean, 1) for key in ("open", "days", "little")}
        told = [text("module.levers.law", lang, **facts)]
        fuller, more = found.open[SLOW], found.wins[SLOW]
        slower = fuller.low > 0 and not more.low > 0
        key = ("less" if more.high < 0 else "holds") if slower else "fails"
        told.append(text(f"module.levers.slow.{key}", lang))
        full, wanted = found.state[FULL], self.machine.study.wins_wanted
        key = self.counter(full, wanted)
        facts = {
            "wanted": str(wanted), "won": number(full["wins"], "wins", 1, lang),
            "factor": write.number(found.factor, 2), "busy": share(full["utilisation"], lang),
            "came": number(full["created"], "deals", 0, lang),
        }  # fmt: skip
        return [*told, text(f"module.levers.full.{key}", lang, **facts)]

    @staticmethod
    def counter(full: Mapping[str, Measured], wanted: float) -> str:
        """Whether the deals that were asked for bring the wins, and if not, whether it is for want of hours."""
        wins, busy = full["wins"], full["utilisation"]
        if wins.covers(wanted) is not False:
            return "scales"
        if wins.low > wanted:
            return "more"
        return "holds" if busy.mean >= BUSY else "other"

    def drawings(self, found: Turned, lang: str) -> list[Drawing]:
        """Open deals and wins of each world against the base."""
        fig, names = Drawing(), [self.world(name, lang) for name in WORLDS if name != BASE]
        worlds = [name for name in WORLDS if name != BASE]
        for at, (key, part, ink) in enumerate(
            (("open", found.open, theme.BLUE), ("wins", found.wins, theme.GREEN))
        ):
            for row, name in enumerate(worlds):
                one, y = part[name], len(worlds) - 1 - row + (0.2 if at == 0 else -0.2)
                colour, fill = (theme.FAINT, "white") if one.is_tie else (ink, ink)
                fig.add_scatter(x=[one.low, one.high], y=[y, y], mode="lines", line={"color": colour, "width": 4},
                                hoverinfo="skip", showlegend=False)  # fmt: skip
                said = f"{text(f'module.levers.of.{key}', lang)} {self._percent(one, lang)}"
                fig.add_scatter(
                    x=[one.mean], y=[y], mode="markers+text", text=[said], hoverinfo="skip",
                    textposition="bottom center" if at else "top center",  # away from each other
                    marker={"size": 11, "color": fill, "line": {"color": colour, "width": 2}},
                    showlegend=False, cliponaxis=False,
                )  # fmt: skip
        fig.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
        fig.update_xaxes(title={"text": text("module.levers.axis", lang)})
        theme.name_axis(fig, names, top=0.2)
        facts = {
            f"{key}_{name}": self._percent(part[name], lang)
            for key, part in (("open", found.open), ("wins", found.wins))
            for name in (SLOW, FULL)
        }
        said = text("module.levers.figure", lang, **facts)
        return [theme.finish(fig, said, said, self.table(found, lang), height=150 + 100 * len(names))]

    def table(self, found: Turned, lang: str) -> pd.DataFrame:
        head = [text(f"module.levers.column.{key}", lang) for key in ("world", *STATE)]
        rows = [
            (self.world(name, lang), *(self._cell(found.state[name][key], key, lang) for key in STATE))
            for name in WORLDS
        ]
        return pd.DataFrame(rows, columns=head)

    @staticmethod
    def _percent(found: Measured, lang: str) -> str:
        """A change in percent, a tie in words."""
        if found.is_tie:
            return text("module.levers.tie", lang)
        return write.percent(found.mean / 100, lang, 1, signed=True)

    @staticmethod
    def _cell(found: Measured, key: str, lang: str) -> str:
        if key == "utilisation":
            return share(found, lang)
        mean, low, high = (write.number(one, 1) for one in (found.mean, found.low, found.high))
        return text("prediction.said.interval", lang, mean=mean, low=low, high=high)
