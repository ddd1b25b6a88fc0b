"""A sweep in words: a table of its options, and what can be said of the best, in both languages."""

from __future__ import annotations

from funnelsim.labels import text
from funnelsim.labels.numbers import percent
from funnelsim.study.grid import written
from funnelsim.study.metrics import HIGHER, about, aligned, said, spoken
from funnelsim.study.ranking import BEST, UNDEFINED, Standing
from funnelsim.study.sweep import Sweep

MOST_ROWS = 25


def lines(done: Sweep, lang: str | None = None, most: int = MOST_ROWS) -> list[str]:
    """Head, the first options as a table, and what can be said of the best."""
    request, base = done.request, done.request.base
    metric = spoken(request.rank, lang, base)
    facts = {
        "scenario": base.name.say(lang or "en") if lang else _name(done), "options": len(done.options),
        "n": request.replications, "seed": request.seed, "engine": done.trial.engine,
    }  # fmt: skip
    way = text("sweep.higher" if about(request.rank).better == HIGHER else "sweep.lower", lang)
    shown = done.ranking.standings[:most]
    more = len(done.ranking.standings) - len(shown)
    return [
        text("sweep.head", lang, base.measure.period, **facts),
        text("sweep.ranked", lang, metric=metric, way=way),
        *aligned([_head(done, lang), *(_row(done, one, lang) for one in shown)]),
        *([text("sweep.more", lang, count=more)] if more else []),
        *verdict(done, lang),
    ]


def verdict(done: Sweep, lang: str | None = None) -> list[str]:
    """What can be said of the best option, and what the confidence means."""
    ranking, period = done.ranking, done.request.base.measure.period
    if ranking.best is None:
        return [
            text("sweep.undefined", lang, period, metric=spoken(done.request.rank, lang, done.request.base))
        ]
    if ranking.confidence is None:
        return [text("sweep.one_year" if ranking.n < 2 else "sweep.alone", lang, period, name=ranking.best)]
    facts = {"name": ranking.best, "n": ranking.n, "tied": len(ranking.tied)}
    if len(ranking.tied) > 1:
        return [text("sweep.tie", lang, period, **facts)]
    return [text("sweep.best", lang, period, confidence=_sure(ranking.confidence, lang), **facts)]


def _sure(confidence: float, lang: str | None) -> str:
    """A confidence in percent, rounded down; never 100, which no number of years can show."""
    return percent(min(int(confidence * 1000) / 1000, 0.999), lang)


def _name(done: Sweep) -> str:
    from funnelsim.labels import language

    return done.request.base.name.say(language())


def _head(done: Sweep, lang: str | None) -> list[str]:
    heads = [text(f"sweep.column.{name}", lang) for name in ("mean", "interval", "behind", "verdict")]
    return [*short([*done.request.vary]), *heads]


def short(paths: list[str]) -> list[str]:
    """Paths as heads of columns: their last two steps, where these tell them apart.

    >>> short(["team.reps.*.weekly_hours", "stages.design.rep_hours"])
    ['weekly_hours', 'design.rep_hours']
    """
    ends = [".".join(path.rsplit(".", 2)[-2:]).removeprefix("*.") for path in paths]
    return ends if len(set(ends)) == len(ends) else paths


def _row(done: Sweep, one: Standing, lang: str | None) -> list[str]:
    option, metric, currency = done.option(one.name), done.request.rank, done.trial.currency
    values = [written(value) for value in option.values.values()]
    verdict = text(f"sweep.verdict.{one.verdict}", lang)
    if option.scenario.digest == done.request.base.digest:
        verdict = text("sweep.as_is", lang, verdict=verdict)
    if one.verdict == UNDEFINED:
        return [*values, "–", "–", "–", verdict]

    def told(value: float) -> str:
        return said(value, metric, currency, lang)

    interval = f"{told(one.low)} … {told(one.high)}"
    behind = (
        "–"
        if one.verdict == BEST
        else f"{told(one.behind)} ({told(one.behind_low)} … {told(one.behind_high)})"
    )
    return [*values, told(one.mean), interval, behind, verdict]
