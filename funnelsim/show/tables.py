"""Tables that stand behind figures and in reports: what a study, a fit or a scenario says, row by row.

Every table is a DataFrame; `html(...)` writes one for a page, with everything a user typed escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show import words
from funnelsim.study.compare import Answer, Comparison, Difference
from funnelsim.study.compare import differences as study_differences
from funnelsim.study.experiment import Trial
from funnelsim.study.intervals import POSITIVE, interval
from funnelsim.study.metrics import LOWER, about

HORIZONS = ("first_year", "long_run")
"""The year that begins with the change, and a company that has always worked so."""


@dataclass(frozen=True)
class Differences:
    """Paired differences of one metric against a base.

    rows   scenario, horizon, mean, low, high (95 % interval), relative (of the base), p_better, verdict
    """

    metric: str
    unit: str
    base: str
    currency: str
    rows: pd.DataFrame
    higher_is_better: bool = True
    period: str = "year"
    """What one replication measures, as `calendar.period` calls it."""

    def readable(self, lang: str | None = None) -> pd.DataFrame:
        """The rows as people write them."""
        head = [
            text(f"figure.difference.{c}", lang)
            for c in ("scenario", "horizon", "mean", "low", "high", "relative", "p_better", "verdict")
        ]
        out = []
        for row in each(self.rows):
            amounts = [
                words.value(v, self.unit, self.currency, lang, signed=True, change=True)
                for v in (row.mean, row.low, row.high)
            ]
            out.append(
                (
                    row.scenario,
                    text(f"figure.horizon.{row.horizon}", lang, self.period),
                    *amounts,
                    write.percent(row.relative, lang, 1, signed=True),
                    write.chance(row.p_better, lang),
                    words.verdict(row.verdict, lang),
                )
            )
        return pd.DataFrame(out, columns=head)


def each(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, columns as attributes."""
    columns = [str(name) for name in table.columns]
    rows = zip(*(table[name].tolist() for name in table.columns), strict=True)
    return (SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in rows)


_NUMBER = re.compile(r"(over |under |[<>] ?)?[+−-]?\d|–?$")


def html(table: pd.DataFrame, caption: str = "") -> str:
    """A table as HTML. Texts are escaped; columns of numbers are set flush right."""
    right = [
        bool(len(table)) and all(_NUMBER.match(str(v)) for v in table.iloc[:, at])
        for at in range(table.shape[1])
    ]
    right[:1] = [False]
    kind = [" class=num" if number else "" for number in right]
    heads = "".join(
        f'<th scope="col"{k}>{escape(str(c))}</th>' for k, c in zip(kind, table.columns, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(f"<td{k}>{escape(str(v))}</td>" for k, v in zip(kind, row, strict=True)) + "</tr>"
        for row in table.itertuples(index=False)
    )
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<table class="fs-table">{said}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


LEFT = "<style>.fs-left :is(td, th):not(.num), .fs-left caption { text-align: left !important; }</style>"
"""What keeps tables of words in a part of class `fs-left` from standing flush right, as JupyterLab has them."""

FLOWS = ("entered", "advanced", "left", "open")


def flows_readable(flows: pd.DataFrame, lang: str | None = None) -> pd.DataFrame:
    """Visits by stage as people write them, the interval of the mean in brackets."""
    out = []
    for row, rate in zip(flows.to_dict("records"), advance_rates(flows), strict=True):
        told = [
            f"{write.count(row[k], lang, 1)} "
            + text(
                "figure.between",
                lang,
                low=write.count(row[f"{k}_low"], lang, 1),
                high=write.count(row[f"{k}_high"], lang, 1),
            )
            for k in FLOWS
        ]
        out.append((row["scenario"], row["name"], *told, write.percent(rate, lang, 0)))
    head = ["outcome.scenario", "funnel.stage", *(f"funnel.{k}" for k in FLOWS), "funnel.rate"]
    return pd.DataFrame(out, columns=[text(f"figure.{c}", lang) for c in head])


def advance_rates(flows: pd.DataFrame) -> np.ndarray:
    """Share of the visits that ended in the measured period by advancing; nan where none ended."""
    ended = (flows["advanced"] + flows["left"]).to_numpy(float)
    return np.divide(
        flows["advanced"].to_numpy(float), ended, out=np.full(ended.shape, np.nan), where=ended > 0
    )


def flows(metrics: Mapping[str, Mapping[str, np.ndarray]], stages: Mapping[str, str]) -> pd.DataFrame:
    """Visits by stage over replications, for `figures.funnel`.

    metrics   scenario -> metric -> one value a replication
    stages    id -> name, in order
    """
    rows = []
    for scenario, found in metrics.items():
        for stage, name in stages.items():
            n = {
                k: np.asarray(found[f"stage.{stage}.{k}"], float)
                for k in ("entered", "advanced", "won", "lost", "no_decision", "regressed", "open")
            }
            told = {
                "entered": n["entered"],
                "advanced": n["advanced"] + n["won"],
                "left": n["lost"] + n["no_decision"] + n["regressed"],
                "open": n["open"],
            }
            row: dict[str, Any] = {"scenario": scenario, "stage": stage, "name": name}
            for kind, values in told.items():
                row[kind], row[f"{kind}_low"], row[f"{kind}_high"] = interval(values, POSITIVE)
            rows.append(row)
    return pd.DataFrame(rows)


def differences(
    source: Any, metric: str = "bookings", base: str | None = None, lang: str | None = None
) -> Differences:
    """Differences of one metric, from an Answer, a Comparison, a Trial or what `compare --json` prints."""
    if isinstance(source, Differences):
        return source
    if isinstance(source, Trial):
        source = study_differences(source, base)
    if isinstance(source, Mapping):
        told, base_name, currency = (
            _from_json(source),
            str(source["base"]),
            str(source.get("currency", "CNY")),
        )
    elif isinstance(source, Answer):
        told = {"first_year": source.first_year.others, "long_run": source.long_run.others}
        base_name, currency = source.base, source.currency
    elif isinstance(source, Comparison):
        told, base_name, currency = {"long_run": source.others}, source.base, source.trial.currency
    else:
        raise TypeError(f"no comparison: {type(source).__name__}")
    columns = ("mean", "low", "high", "relative", "p_better", "verdict")
    rows = []
    for name in dict.fromkeys(n for found in told.values() for n in found):
        for horizon in HORIZONS:
            one = told.get(horizon, {}).get(name, {}).get(metric)
            if one is not None:
                facts = one if isinstance(one, Mapping) else vars(one)
                rows.append((name, horizon, *(np.nan if facts[c] is None else facts[c] for c in columns)))
    table = pd.DataFrame(rows, columns=["scenario", "horizon", *columns])
    higher = about(metric).better != LOWER
    return Differences(metric, about(metric).unit, base_name, currency, table, higher, period_of(source))


def period_of(source: Any) -> str:
    """What one replication measures of an Answer, a Comparison, a Trial or what `compare --json` prints."""
    if isinstance(source, Mapping):
        return str(source["period"]) if isinstance(source.get("period"), str) else "year"
    return (source.trial if isinstance(source, Comparison) else source).period


def _from_json(source: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        "first_year": {one["name"]: one["differences"] or {} for one in source["others"]},
        "long_run": {one["name"]: one["long_run"] or {} for one in source["others"]},
    }


def outcomes(source: Any, metric: str = "bookings") -> tuple[str, str, dict[str, np.ndarray]]:
    """Unit, currency and the values of a metric, scenario -> one a replication.

    Of an Answer the first year is taken, where there is one.
    """
    currency = "CNY"
    if isinstance(source, Answer):
        source = source.first_year if source.first_year.others else source.long_run
    if isinstance(source, Comparison):
        source = source.trial
    if isinstance(source, Trial):
        currency = source.currency
        source = {name: found[metric] for name, found in source.metrics.items()}
    return about(metric).unit, currency, {str(n): np.asarray(v, float) for n, v in source.items()}


def headline(answer: Answer, metrics: Sequence[str], lang: str | None = None) -> pd.DataFrame:
    """One row a metric and scenario: the base's mean, the difference in first year and long run."""
    rows = []
    others = list(answer.long_run.others)
    for name in others:
        for metric in metrics:
            both = [getattr(answer, horizon).others.get(name, {}).get(metric) for horizon in HORIZONS]
            if all(d is None for d in both):
                continue
            unit = about(metric).unit
            base = next((d.base_mean for d in both if d is not None), np.nan)
            told = ["–" if d is None else _told(d, unit, answer.currency, lang) for d in both]
            mean = words.value(base, unit, answer.currency, lang)
            rows.append((name, words.metric_name(metric, lang), mean, *told))
    head = [text(f"figure.headline.{c}", lang) for c in ("scenario", "metric", "base")]
    table = pd.DataFrame(
        rows, columns=[*head, *(text(f"figure.horizon.{h}", lang, answer.period) for h in HORIZONS)]
    )
    return table if len(others) > 1 else table.drop(columns=head[0])


def _told(found: Difference, unit: str, currency: str, lang: str | None) -> str:
    return (
        f"{words.estimate(found.mean, found.low, found.high, unit, currency, lang)} · "
        f"{words.verdict(found.verdict, lang)}"
    )
