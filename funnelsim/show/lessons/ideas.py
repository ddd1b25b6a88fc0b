"""The module on bottlenecks: five ideas ranked before they run, and the same at half the load."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from funnelsim.labels import text
from funnelsim.scenario.model import Scenario
from funnelsim.show import tables
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.figures.outcomes import difference_drawn
from funnelsim.show.lessons.lesson import Number, Once, Ranking, differences, share
from funnelsim.show.lessons.period import Period
from funnelsim.study.lessons.ideas import BASE, EARLY_FIRST, HOURS, IDEAS, LEADS, Found
from funnelsim.study.lessons.ideas import Ideas as Study
from funnelsim.study.lessons.measured import Measured, Order
from funnelsim.study.live import Check

HALF = 0.5


class Ideas:
    """Five ideas to be ranked, and early deals first beside them.

    scenario       the company
    replications   simulated years of every idea, in the first year and in the long run
    seed           the same seed is the same customers
    """

    def __init__(self, scenario: Scenario, replications: int = 100, seed: int = 1, load: float = 1.0):
        self.study = Study(scenario, replications, seed, load)
        names = {stage.id: stage.name for stage in scenario.stages}
        of = {idea: names[stage] for idea, stage in self.study.stages.items()}
        self.period, self.measures = Period.of(scenario), scenario.measure.period
        facts = {idea: name.say for idea, name in of.items()} | self.period.facts()
        self.ranking = Ranking("ideas", "order", IDEAS, facts=facts)
        self.early_first = Number("ideas", EARLY_FIRST, -50, 50, "percent", 1, is_change=True, facts=facts)
        self._once = Once(self.study.find)

    @property
    def questions(self) -> list[Number | Ranking]:
        return [self.ranking, self.early_first]

    def find(self, progress: Callable[[int, int], None], check: Check) -> Found:
        """What the ideas bring; measured once."""
        return self._once(progress, check)

    def measured(self, found: Found) -> Mapping[str, Measured | Order]:
        effect = found.relative[EARLY_FIRST]
        percent = Measured(*(100 * end for end in (effect.mean, effect.low, effect.high)))
        return {"order": found.order, EARLY_FIRST: percent}

    def name(self, idea: str, lang: str) -> str:
        """What people call an idea."""
        if idea in IDEAS:
            return self.ranking.option(idea, lang)
        return text(f"module.ideas.option.{idea}", lang)

    def sentences(self, found: Found, lang: str) -> list[str]:
        load = share(found.load, lang)
        told = [text("module.ideas.load", lang, load=load)]
        told.append(self._scarce(found, lang))
        turned = [
            idea
            for idea in (*IDEAS, EARLY_FIRST)
            if found.first_year[idea].verdict != found.long_run[idea].verdict
        ]
        when = self.period.say("first", lang)
        for idea in turned:
            facts = {
                name: text(f"module.ideas.is.{part[idea].verdict}", lang)
                for name, part in (("first", found.first_year), ("later", found.long_run))
            }
            told.append(text("module.ideas.turned", lang, idea=self.name(idea, lang), when=when, **facts))
        how = found.first_year[EARLY_FIRST].verdict
        told.append(text(f"module.ideas.early_first_is.{how}", lang, first=when))
        return told

    def _scarce(self, found: Found, lang: str) -> str:
        """What the company lacks, by whether hours and deals can be told apart."""
        pair = {(HOURS, LEADS): "hours", (LEADS, HOURS): "leads"}
        for one, scarce in pair.items():
            if one in found.order.apart:
                return text(f"module.ideas.scarce.{scarce}", lang)
        return text("module.ideas.scarce.tie", lang)

    def differences(self, found: Found, lang: str) -> tables.Differences:
        """The effects of all ideas, first year and long run."""
        ideas = (*found.order.options, EARLY_FIRST)
        rows = {self.name(idea, lang): (found.first_year[idea], found.long_run[idea]) for idea in ideas}
        return differences(rows, text("panel.base", lang), found.currency, self.measures)

    def drawings(self, found: Found, lang: str) -> list[Drawing]:
        drawing = difference_drawn(self.differences(found, lang), lang=lang)
        return [drawing.update_layout(height=160 + 100 * len(found.first_year))]

    def table(self, found: Found, lang: str) -> pd.DataFrame:
        names = {BASE: text("panel.base", lang)} | {
            idea: self.name(idea, lang) for idea in (*IDEAS, EARLY_FIRST)
        }
        rows = [(name, share(found.utilisation[idea], lang)) for idea, name in names.items()]
        return pd.DataFrame(
            rows, columns=[text("prediction.option", lang), text("module.ideas.utilisation", lang)]
        )


class HalfLoad(Ideas):
    """The same people with half as many deals: whether the order turns round.

    full   the module with all deals; what it has found is at hand here
    """

    def __init__(self, full: Ideas, load: float = HALF):
        study = full.study
        super().__init__(study.scenario, study.replications, study.seed, load)
        self.full = full
        self.ranking = Ranking("half_load", "order", IDEAS, facts=full.ranking.facts)

    @property
    def questions(self) -> list[Number | Ranking]:
        return [self.ranking]

    def find(self, progress: Callable[[int, int], None], check: Check) -> Found:
        self.full.find(progress, check)
        return super().find(progress, check)

    def measured(self, found: Found) -> Mapping[str, Measured | Order]:
        return {"order": found.order}

    def sentences(self, found: Found, lang: str) -> list[str]:
        before = self.full.find(lambda done, total: None, lambda: None)
        facts = {"full": share(before.load, lang), "half": share(found.load, lang)}
        told = [text("module.half_load.load", lang, **facts)]
        turned = sorted(pair for pair in before.order.apart if pair[::-1] in found.order.apart)
        for better, worse in turned:
            told.append(
                text(
                    "module.half_load.turned",
                    lang,
                    better=self.name(better, lang),
                    worse=self.name(worse, lang),
                )
            )
        blind = [name for name, one in (("all", before), ("half", found)) if one.order.is_tie]
        if blind:
            where = text(f"module.half_load.with_{blind[0]}", lang)
            told.append(text("module.half_load.unseen", lang, where=where))
        elif not turned:
            told.append(text("module.half_load.not_turned", lang))
        return [*told, self._scarce(found, lang)]
