"""The module on the funnel as a machine: read backwards from the wins, and a full funnel told from a slow one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

import pandas as pd

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.model import Scenario
from funnelsim.show.figures import theme
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.lessons.lesson import Number, Once, Ranking, number, share
from funnelsim.study.lessons.machine import BASE, FULL, SKILL, SLOW, STATE, WORLDS, Backwards, Turned
from funnelsim.study.lessons.machine import Levers as LeversStudy
from funnelsim.study.lessons.machine import Machine as Study
from funnelsim.study.lessons.measured import Measured, Order
from funnelsim.study.live import Check


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
        facts = {"wins": wins_wanted, "stage": first.say}
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
            "stages": len(self.names), "wins": wins, "chain": write.percent(found.chain, lang),
            "by_chain": write.number(next(iter(found.needed.values())), 0),
            "by_years": number(found.starts, "deals", 0, lang),
        }  # fmt: skip
        told = [text("module.machine.chain", lang, **facts)]
        if len(found.needed) > 1:
            second = list(found.needed)[1]
            n = write.number(found.needed[second], 0)
            told.append(text("module.machine.second", lang, n=n, stage=self.names[second].say(lang)))
        told.append(text("module.machine.early", lang, early=number(found.early, "months", 1, lang)))
        now = {"created": number(found.created, "deals", 0, lang), "won": number(found.wins, "wins", 1, lang)}
        enough = found.wins.covers(wins)
        key = "enough" if enough else "more" if found.wins.mean >= wins else "less"
        return [*told, text(f"module.machine.now.{key}", lang, **now)]

    def drawings(self, found: Backwards, lang: str) -> list[Drawing]:
        """How many deals must enter each stage."""
        names = [self.names[stage].say(lang) for stage in found.needed]
        values = list(found.needed.values())
        fig = Drawing()
        bar = {
            "type": "bar", "orientation": "h", "x": values, "y": list(range(len(names)))[::-1], "hoverinfo": "skip",
            "marker": {"color": theme.BLUE}, "text": [write.number(one, 0) for one in values],
            "textposition": "outside", "cliponaxis": False, "showlegend": False,
        }  # fmt: skip
        fig.data.append(bar)
        most = max((one for one in values if one == one), default=1.0)
        axis = text("module.machine.axis", lang, wins=self.study.wins_wanted)
        fig.update_xaxes(title={"text": theme.safe(axis)}, range=[0, most * 1.12])
        theme.name_axis(fig, names)
        said = text(
            "module.machine.figure",
            lang,
            wins=self.study.wins_wanted,
            n=write.number(values[0], 0),
            stage=names[0],
        )
        return [theme.finish(fig, said, said, self.table(found, lang), height=120 + 40 * len(names))]

    def table(self, found: Backwards, lang: str) -> pd.DataFrame:
        head = [text(f"module.machine.column.{key}", lang) for key in ("stage", "needed")]
        rows = [(self.names[stage].say(lang), write.number(n, 0)) for stage, n in found.needed.items()]
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
        facts = {"slow": names[self.study.stages[SLOW]].say, "wins": machine.study.wins_wanted}
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
        told.append(text(f"module.levers.slow.{'holds' if slower else 'fails'}", lang))
        full, wanted = found.state[FULL], self.machine.study.wins_wanted
        most = full["wins"].high if isfinite(full["wins"].high) else full["wins"].mean
        key = "holds" if most < wanted else "scales"
        facts = {
            "wanted": str(wanted), "won": number(full["wins"], "wins", 1, lang),
            "factor": write.number(found.factor, 2), "busy": share(full["utilisation"], lang),
            "came": number(full["created"], "deals", 0, lang),
        }  # fmt: skip
        return [*told, text(f"module.levers.full.{key}", lang, **facts)]

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
