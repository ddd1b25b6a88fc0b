"""The six values of a process as tables: measured on one company, or on two under the same luck."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from IPython.display import HTML

from funnelsim.labels import text
from funnelsim.show import tables, words
from funnelsim.study.compare import Answer
from funnelsim.study.values import METRICS_OF_VALUES, VALUES, Measured


def process_values(
    measured: Sequence[Measured], lang: str | None = None, currency: str = "CNY", replications: int = 0
) -> HTML:
    """The six values with their numbers, each with its 95 % interval."""
    rows = []
    for one in measured:
        said = text("design.values.none", lang)
        if one.mean is not None:
            said = words.value(one.mean, one.unit, currency, lang)
            if one.low is not None and one.high is not None:
                ends = words.span(one.low, one.high, one.unit, currency, lang, signed=False)
                between = f"（{ends}）" if lang == "zh" else f" ({ends})"
                said += between
        rows.append((*_named(one.value.id, one.value.metric, lang), said, *_about(one, lang)))
    head = ("value", "metric", "mean", "better", "why", "seen")
    table = pd.DataFrame(rows, columns=[text(f"design.values.{name}", lang) for name in head])
    return _block(table, lang)


def values_compared(answer: Answer, lang: str | None = None) -> HTML:
    """The six values of the base and what a design does to them, first year and long run."""
    table = tables.headline(answer, METRICS_OF_VALUES, lang)
    names = {words.metric_name(v.metric, lang): text(f"design.values.{v.id}.name", lang) for v in VALUES}
    column = text("figure.headline.metric", lang)
    table.insert(0, text("design.values.value", lang), [names[name] for name in table[column]])
    return _block(table, lang)


def _named(value: str, metric: str, lang: str | None) -> tuple[str, str]:
    return text(f"design.values.{value}.name", lang), words.metric_name(metric, lang)


def _about(one: Measured, lang: str | None) -> tuple[str, str, str]:
    better = text(f"design.values.{'higher' if one.more_is_better else 'lower'}", lang)
    return (
        better,
        text(f"design.values.{one.value.id}.why", lang),
        words.listed([text(f"design.seen.{name}", lang) for name in one.value.seen], lang),
    )


def _block(table: pd.DataFrame, lang: str | None) -> HTML:
    body = tables.html(table, text("design.values.title", lang))
    return HTML(f'<div class="jp-RenderedHTMLCommon fs-block fs-left">{tables.LEFT}{body}</div>')
