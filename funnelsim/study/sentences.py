"""An answer in sentences that a manager can read out, in both languages."""

from __future__ import annotations

import math

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.study.compare import Answer, Difference
from funnelsim.study.metrics import NEITHER, about, said, spoken


def sentences(answer: Answer, metric: str = "bookings", lang: str | None = None) -> list[str]:
    """Three sentences for a manager on each other scenario: what changes and whether it is better, how
    sure that is, and how small an effect could be seen. The first year, or the long run where it is
    all there is, and then a sentence says why."""
    lines: list[str] = []
    for name in answer.long_run.others:
        when = "first_year" if name in answer.first_year.others else "long_run"
        found = getattr(answer, when).others[name].get(metric)
        lines += _told(answer, name, metric, found, when, lang)
        if name in answer.why:
            lines.append(
                text("answer.no_first_year", lang, answer.period, why=answer.why[name].faults[0].message)
            )
    return lines


def _told(
    answer: Answer, name: str, metric: str, d: Difference | None, when: str, lang: str | None
) -> list[str]:
    label = spoken(metric, lang)
    if d is None or not d.n:
        return [text("answer.undefined", lang, answer.period, name=name, metric=label)]
    mean, low, high = (said(v, metric, answer.currency, lang, signed=True) for v in (d.mean, d.low, d.high))
    same = d.n > 1 and d.mean == d.low == d.high == 0
    facts = {
        "when": text(f"answer.{when}", lang, answer.period), "name": name, "base": answer.base, "metric": label,
        "mean": mean, "low": low, "high": high, "n": d.n,
        "relative": write.percent(d.relative, lang, 1, signed=True),
    }  # fmt: skip
    lines = [text("answer.same" if same else f"answer.{d.verdict}", lang, **facts)]
    if d.n < 2:
        return [*lines, text("answer.unseen", lang, answer.period, n=d.n)]
    if same:
        return lines
    share = d.smallest_visible / abs(d.base_mean) if d.base_mean else math.nan
    smallest = said(d.smallest_visible, metric, answer.currency, lang)
    if about(metric).better != NEITHER:
        lines.append(text("answer.sure", lang, answer.period, p_better=_chance(d.p_better, lang), n=d.n))
    return [
        *lines,
        text(
            "answer.visible",
            lang,
            answer.period,
            n=d.n,
            smallest=smallest,
            relative=write.percent(share, lang),
        ),
    ]


def _chance(share: float, lang: str | None) -> str:
    """A chance in percent; never 0 or 100, which no number of pairs can show."""
    if share > 0.999:
        return text("answer.nearly_sure", lang, share=write.percent(0.999, lang))
    if share < 0.001:
        return text("answer.nearly_not", lang, share=write.percent(0.001, lang))
    return write.percent(share, lang, 1 if share > 0.99 or share < 0.01 else 0)
