"""The module on the rule of 1, 15 and 30 days: who of the open deals is alive, and the cases in which it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

import pandas as pd

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.model import Scenario
from funnelsim.show.figures import boards, theme
from funnelsim.show.figures.drawing import Drawing
from funnelsim.show.figures.outcomes import difference_drawn
from funnelsim.show.lessons.lesson import Number, Once, Ranking, differences, number, share
from funnelsim.show.lessons.period import Period
from funnelsim.study.lessons.measured import Measured, Order
from funnelsim.study.lessons.review import (
    AS_IT_IS,
    CARELESS,
    CASES,
    CHASING,
    LITERAL,
    NONE,
    RULE,
    RULES,
    WEEKLY,
    Cases,
    ReviewCases,
    Reviews,
)
from funnelsim.study.lessons.review import Review as Study
from funnelsim.study.live import Check


class Review:
    """None, weekly and 1-15-30 in one company: who is alive, how far the pipeline shrinks, what it does to bookings.

    scenario       the company
    replications   simulated years of every rule
    seed           the same seed is the same customers
    """

    def __init__(self, scenario: Scenario, replications: int = 100, seed: int = 1):
        self.study = Study(scenario, replications, seed)
        self._once = Once(self.study.find)
        self.company = self.study.scenario
        """The company of the module: where one has no manager or no deal that dies silently it is given both."""
        self.period, self.measures = Period.of(scenario), scenario.measure.period
        facts = self.period.facts()
        self.questions = [
            Number("review", "alive", 0, 100, "hundred", facts=facts),
            Number("review", "shrinks", -100, 100, "percent", 1, is_change=True),
            Number("review", "bookings", -100, 100, "percent", 1, is_change=True, facts=facts),
        ]

    def before(self, lang: str) -> list[str]:
        """What is assumed about a company that lacks a manager, or deals that die silently."""
        added, company = self.study.added, self.company
        if not added:
            return []
        lost = company.behaviour.silent
        facts = {
            third: write.percent(getattr(lost, third), lang, 0) for third in ("upper", "middle", "lower")
        }
        facts |= {"weeks": f"{lost.discovery_weeks:g}", "hours": f"{company.team.managers[0].weekly_hours:g}"}
        return [text(f"module.review.added.{one}", lang, **facts) for one in (*added, "read")]

    def find(self, progress: Callable[[int, int], None], check: Check) -> Reviews:
        """What the rules do; measured once."""
        return self._once(progress, check)

    def measured(self, found: Reviews) -> Mapping[str, Measured | Order]:
        return {"alive": found.alive, "shrinks": found.shrinks, "bookings": found.bookings}

    def sentences(self, found: Reviews, lang: str) -> list[str]:
        told = []
        before, after = (found.state[rule] for rule in (NONE, RULE))
        for key in ("open", "dead"):
            facts = {
                "none": number(before[key], "deals", 1, lang),
                "rule": number(after[key], "deals", 1, lang),
            }
            told.append(text(f"module.review.{key}", lang, **facts))
        hours = {"none": share(before["hours_on_dead"], lang), "rule": share(after["hours_on_dead"], lang)}
        told.append(text("module.review.hours", lang, **hours))
        told.append(text("module.review.dropped", lang, n=number(after["false_drops"], "deals", 1, lang)))
        how = found.first_year[RULE].verdict
        return [*told, text(f"module.review.bookings_are.{how}", lang, first=self.period.say("first", lang))]

    def drawings(self, found: Reviews, lang: str) -> list[Drawing]:
        """Report and truth without the rule and with it, and what the rules are worth."""
        told = []
        for rule in (NONE, RULE):
            fig = Drawing.of(boards.reveal(found.revealed[rule], lang))
            meta = fig.layout["meta"]
            said = f"{text(f'module.review.rule.{rule}', lang)}{text('figure.colon', lang)}{meta['title']}"
            lines = theme.lines(said, 96)
            title = {"text": "<br>".join(theme.safe(line) for line in lines)}
            told.append(fig.update_layout(title=title, meta={"title": said}))
        rows = {
            text(f"module.review.rule.{rule}", lang): (found.first_year[rule], found.long_run[rule])
            for rule in (WEEKLY, RULE)
        }
        base = text("module.review.rule.none", lang)
        return [*told, difference_drawn(differences(rows, base, found.currency, self.measures), lang=lang)]

    def table(self, found: Reviews, lang: str) -> pd.DataFrame:
        head = ["open", "dead", "hours_on_dead", "false_drops", "manager_hours", "utilisation"]
        rows = [
            (
                text(f"module.review.rule.{rule}", lang),
                *(_plain(found.state[rule][key], key, lang) for key in head),
            )
            for rule in RULES
        ]
        columns = [text(f"module.review.column.{key}", lang) for key in ("rule", *head)]
        return pd.DataFrame(rows, columns=columns)


class ReviewCounter:
    """Where the same rule does something else: five cases ranked by what it does to bookings.

    review   the module before it, whose company this is
    """

    def __init__(self, review: Review):
        study = review.study
        self.study = ReviewCases(study.scenario, study.replications, study.seed)
        self._once = Once(self.study.find_cases)
        self.period, self.measures, self.before = review.period, review.measures, review.before
        live = self.study.scenario.behaviour.judgement.live_dropped
        facts = {"dropped": lambda lang: write.percent(live, lang, 0), **self.period.facts()}
        self.questions = [Ranking("review_cases", "order", CASES, facts=facts)]

    def find(self, progress: Callable[[int, int], None], check: Check) -> Cases:
        """What the rule does in each case; measured once."""
        return self._once(progress, check)

    def measured(self, found: Cases) -> Mapping[str, Measured | Order]:
        return {"order": found.order}

    def name(self, case: str, lang: str) -> str:
        """What people call a case."""
        return self.questions[0].option(case, lang)

    def sentences(self, found: Cases, lang: str) -> list[str]:
        told = []
        for case in (CARELESS, CHASING, LITERAL):
            how = found.first_year[case].verdict
            effect = _signed(found.relative[case], lang)
            facts = {
                "effect": effect, "dropped": number(found.false_drops[case], "deals", 1, lang),
                "busy": share(found.state[case]["utilisation"], lang),
                "hours": share(found.state[case]["hours_on_dead"], lang),
            }  # fmt: skip
            told.append(text(f"module.review_cases.{case}.{how}", lang, **facts))
        return told

    def drawings(self, found: Cases, lang: str) -> list[Drawing]:
        rows = {
            self.name(case, lang): (found.first_year[case], found.long_run[case])
            for case in found.order.options
        }
        base = text("module.review_cases.base", lang)
        drawing = difference_drawn(differences(rows, base, found.currency, self.measures), lang=lang)
        return [drawing.update_layout(height=160 + 100 * len(rows))]

    def table(self, found: Cases, lang: str) -> pd.DataFrame:
        head = ["case", "bookings", "false_drops", "utilisation", "hours_on_dead"]
        rows = [
            (
                self.name(case, lang), _signed(found.relative[case], lang),
                number(found.false_drops[case], "deals", 1, lang),
                share(found.state[case]["utilisation"], lang), share(found.state[case]["hours_on_dead"], lang),
            )
            for case in (AS_IT_IS, *(one for one in CASES if one != AS_IT_IS))
        ]  # fmt: skip
        first = self.period.say("first", lang)
        return pd.DataFrame(
            rows, columns=[text(f"module.review.column.{key}", lang, first=first) for key in head]
        )


def _signed(found: Measured, lang: str) -> str:
    """A change in percent with its interval, each with its sign."""
    if not isfinite(found.low):
        return write.percent(found.mean / 100, lang, 1, signed=True)
    mean = write.percent(found.mean / 100, lang, 1, signed=True)
    low, high = (write.number(end, 1, True) for end in (found.low, found.high))
    return text("prediction.said.interval", lang, mean=mean, low=low, high=high)


def _plain(found: Measured, key: str, lang: str) -> str:
    if key in ("hours_on_dead", "utilisation"):
        return share(found, lang)
    interval = write.number(found.mean, 1), write.number(found.low, 1), write.number(found.high, 1)
    return text("prediction.said.interval", lang, mean=interval[0], low=interval[1], high=interval[2])
