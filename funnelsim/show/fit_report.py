"""What a fit has learned, as one HTML page in both languages that needs no network: `fit_report`.

The page holds every part twice, in English and in Chinese; a button shows one of them, first the language
that is spoken. Charts and tables are those of `figures` and `records`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from funnelsim import labels
from funnelsim.errors import FunnelError
from funnelsim.fit import Fit
from funnelsim.fit.said import not_learned, warnings
from funnelsim.history.quality import Quality
from funnelsim.labels import has, text
from funnelsim.labels import numbers as write
from funnelsim.show import figures, learned, records, sections, tables, validated, words
from funnelsim.show.harmless import POLICY
from funnelsim.show.page import STYLE, chart
from funnelsim.study.validation import Card, validate

MEMBERS = 12
"""Members of a group that a table shows at once; the rest is folded."""

_MORE = """
.fs-bar { text-align: right; margin: 4px 0; } .fs-bar button { font: inherit; font-size: 14px; cursor: pointer;
  border: 1px solid #6B7480; background: white; border-radius: 4px; padding: 3px 12px; color: #20262E; }
.fs-scroll { overflow-x: auto; } [hidden] { display: none; }
""".strip()

_SWITCH = """
function fsShow(lang) {
  document.querySelectorAll("[data-lang]").forEach(function (part) { part.hidden = part.dataset.lang !== lang; });
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = document.querySelector('[data-lang="' + lang + '"] h1').textContent;
  // what was drawn while it was hidden has measured its words as nothing
  document.querySelectorAll('[data-lang="' + lang + '"] .js-plotly-plot').forEach(function (chart) {
    Plotly.Plots.resize(chart).then(function () { Plotly.redraw(chart); });
  });
}
""".strip()


def card_of(
    fit: Fit,
    replications: int = 39,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Card | FunnelError:
    """The validation card of a fit's record, or why there is none; `progress` as in `validate`."""
    try:
        return validate(fit.history, fit.base, replications, seed, progress)
    except FunnelError as why:
        return why


def card_lines(card: Card | FunnelError) -> list[str]:
    """The card in words: how many checks pass, and why the others fail; or why there is none."""
    if isinstance(card, FunnelError):
        return [text("fit_report.no_card", why="; ".join(str(fault) for fault in card.faults))]
    return [validated.card_title(card), *(f"  {reason}" for reason in validated.reasons(card))]


def fit_report(fit: Fit, card: Card | FunnelError | None = None) -> str:
    """The page: quality, stages, arrivals, values, groups, what is assumed, and the validation card.

    card   what `card_of(fit)` gives, which is asked where nothing is given: it takes some seconds
    """
    card = card_of(fit) if card is None else card
    first = labels.language()
    told = {}
    try:
        for lang in labels.LANGUAGES:  # what a fit says of itself it says in the language that is spoken
            labels.use(lang)
            told[lang] = Page(lang).all(fit, card)
    finally:
        labels.use(first)
    body = "".join(
        f'<main data-lang="{lang}" lang="{lang}"{"" if lang == first else " hidden"}>{part}</main>'
        for lang, part in told.items()
    )
    title = escape(text("fit_report.title", first, name=fit.history.name))
    return (
        f'<!DOCTYPE html><html lang="{"zh-CN" if first == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}\n{_MORE}</style><script>{get_plotlyjs()}</script><script>{_SWITCH}</script></head>"
        f'<body class="jp-Notebook">{body}</body></html>'
    )


class Page:
    """The parts of the page in one language."""

    def __init__(self, lang: str):
        self.lang, self.charts = lang, 0

    def all(self, fit: Fit, card: Card | FunnelError) -> str:
        parts = (
            self.head(fit), self.quality(fit.history.quality), self.stages(fit), self.arrivals(fit), self.values(fit),
            self.groups(fit), self.validation(card), self.assumed(fit),
        )  # fmt: skip
        return f'<div class="jp-RenderedHTMLCommon">{"".join(parts)}</div>'

    def head(self, fit: Fit) -> str:
        other = "zh" if self.lang == "en" else "en"
        named = {"en": "English", "zh": "中文"}[other]
        switch = (
            f'<button type="button" data-show="{other}" onclick="fsShow(this.dataset.show)">{named}</button>'
        )
        return (
            f'<div class="fs-bar">{switch}</div><h1>{self.say("title", name=fit.history.name)}</h1>'
            f"<p>{escape(fit.history.lines()[0])}</p>" + self.warned(fit)
        )

    def warned(self, fit: Fit) -> str:
        """What should be known before a number is believed."""
        told = [w["message"] for w in warnings(fit)]
        return f'<div class="fs-answer"><p>{self.say("warned")}</p>{_list(told)}</div>' if told else ""

    def quality(self, quality: Quality) -> str:
        found = records.data_quality(quality, self.lang)
        counts = {
            kind: write.count(sum(f.rows for f in getattr(quality, kind)))
            for kind in ("dropped", "repaired", "noted")
        }
        kept = write.count(quality.rows - quality.dropped_rows)
        said = self.say("quality_said", rows=write.count(quality.rows), kept=kept, **counts)
        remarks = _list([remark.say(self.lang) for remark in quality.remarks])
        clean = f"<p>{escape(text('quality_head.clean', self.lang))}</p>"
        return self.part("quality", f"<p>{said}</p>", _table(found) if len(found) else clean, remarks)

    def stages(self, fit: Fit) -> str:
        called = records.stage_names(fit, self.lang)
        parts = [f"<p>{self.say('why')}</p>", _table(records.fitted_stages(fit, self.lang))]
        for stage in fit.stages:
            if not stage.outcomes:
                continue
            curves, shares = records.stage_curves(stage)
            named = called[stage.name]
            parts.append(f"<h3>{escape(named)}</h3>")
            facts = {"gap": write.percent(stage.max_gap, self.lang), "p": write.p_value(stage.p_value)}
            parts.append(f"<p>{self.say(f'goodness.{stage.sampler}', **facts)}</p>")
            if len(curves):
                parts.append(self.figure(figures.stage_fit(curves, shares, named, self.lang)))
            by_age = escape(self.plain("by_age", stage=named))
            parts.append(f"<details><summary>{by_age}</summary>{_table(self.side_by_side(stage))}</details>")
        return self.part("stages", *parts)

    def side_by_side(self, stage: Any) -> pd.DataFrame:
        """Shares by an age, counted in up to three ways."""
        told = stage.side_by_side()
        ways = [way for way in ("naive", "untruncated", "right") if any(way in found for found in told)]
        rows = [
            (
                write.count(found["days"]), text(f"figure.fit.{outcome}", self.lang),
                *(write.percent(found[way][outcome], self.lang) for way in ways),
            )
            for found in told
            for outcome in stage.seen.outcomes
        ]  # fmt: skip
        head = ("days", "outcome", *ways)
        return pd.DataFrame(rows, columns=[self.plain(f"side.{c}") for c in head])

    def arrivals(self, fit: Fit) -> str:
        found = fit.arrivals
        facts = {
            "weekly": write.number(found.weekly, 1), "low": write.number(found.low, 1),
            "high": write.number(found.high, 1), "deals": write.count(found.deals), "first": found.first,
            "last": found.last,
        }  # fmt: skip
        said = [self.plain("arrivals_said", **facts)]
        if found.market_cv is not None:
            facts = {"cv": write.percent(found.market_cv, self.lang), "ratio": f"{found.dispersion:.2f}"}
            said.append(self.plain("scatter", **facts))
        key = "season_none" if found.season is None else "season_some"
        if found.season_chance is None:
            key = "season_short"
        season = "" if found.season is None else ", ".join(f"{factor:.2f}" for factor in found.season)
        said.append(self.plain(key, factors=season))
        if found.trend is not None:
            factor, low, high = (f"{v:.2f}" for v in found.trend)
            said.append(self.plain("trend", factor=factor, low=low, high=high))
        if found.excluded:
            said.append(self.plain("excluded", months=", ".join(found.excluded)))
        parts = [self.figure(figures.new_deals(learned.new_deals(fit), self.lang)), _list(said)]
        if found.sources:
            rows = [(name, write.percent(share, self.lang)) for name, share in found.sources.items()]
            parts.append(_table(pd.DataFrame(rows, columns=[self.plain(c) for c in ("source", "share")])))
        return self.part("arrivals", *parts)

    def values(self, fit: Fit) -> str:
        found, currency = fit.values, fit.scenario.currency
        if found is None:
            return self.part("values", f"<p>{self.say('values_none')}</p>")
        facts = {
            key: write.money(getattr(found, key), currency, self.lang)
            for key in ("median", "low", "high", "mean")
        }
        by = words.listed([self.by(one) for one in found.apart], self.lang)
        said = [
            self.plain(
                f"values_{found.of}_apart" if by else f"values_{found.of}",
                by=by,
                deals=write.count(found.deals),
                family=words.family(found.family, self.lang),
                **facts,
            )
        ]
        if found.relation is not None:
            told = found.relation
            facts = {
                "won": write.money(told.won_median, currency, self.lang),
                "lost": write.money(told.lost_median, currency, self.lang),
                "odds": f"{told.odds_per_doubling:.2f}", "p": write.p_value(told.p_value),
            }  # fmt: skip
            said.append(self.plain("relation", **facts))
        for by, group in found.groups.items():
            key = "values_differ" if group.differs else "values_alike"
            said.append(self.plain(key, by=self.by(by), p=write.p_value(group.p_value)))
        return self.part(
            "values", self.figure(figures.deal_values(learned.deal_values(fit), self.lang)), _list(said)
        )

    def groups(self, fit: Fit) -> str:
        if not fit.groups:
            return self.part("groups", f"<p>{self.say('groups_none')}</p>")
        parts = [f"<p>{self.say('groups_said')}</p>"]
        head = [
            self.plain(f"member.{c}") for c in ("name", "n", "share", "low", "high", "p_below", "verdict")
        ]
        for by, group in fit.groups.items():
            key = f"group.{group.verdict}"
            facts = {"by": self.by(by), "n": len(group.members), "p": write.p_value(group.p_value)}
            parts.append(f"<h3>{escape(self.by(by))}</h3><p>{self.say(key, **facts)}</p>")
            if group.verdict == "unknown":
                continue
            parts.append(self.figure(figures.who_wins(learned.who_wins(group), self.lang)))
            rows = [
                (
                    m.name, write.count(m.n), *(write.percent(v, self.lang) for v in (m.share, m.low, m.high)),
                    f"{m.p_below:.2f}", self.plain(f"member.{m.verdict}"),
                )
                for m in sorted(group.members, key=lambda m: -m.n)
            ]  # fmt: skip
            shown = pd.DataFrame(rows, columns=head)
            parts.append(_table(shown[:MEMBERS]))
            if len(rows) > MEMBERS:
                more = escape(self.plain("more", n=len(rows) - MEMBERS))
                parts.append(f"<details><summary>{more}</summary>{_table(shown[MEMBERS:])}</details>")
        return self.part("groups", *parts)

    def validation(self, card: Card | FunnelError) -> str:
        if isinstance(card, FunnelError):
            said = "; ".join(str(fault) for fault in card.faults)
            return self.part("validation", f"<p>{self.say('no_card', why=said)}</p>")
        facts = {"begin": card.begin, "end": card.end, "n": card.replications}
        whys = validated.reasons(card, self.lang)
        return self.part(
            "validation",
            f"<p>{self.say('card_said', **facts)}</p>",
            self.figure(validated.checks_figure(card, self.lang)),
            f"<p>{self.say('card_whys')}</p>{_list(whys)}" if whys else "",
            self.figure(validated.curves_figure(card, self.lang)),
            f'<p class="fs-note">{self.say("card_distances")}</p>',
        )

    def assumed(self, fit: Fit) -> str:
        items = [f"{entry['why']} ({', '.join(entry['paths'])})" for entry in not_learned(fit)]
        ledger = sections.assumptions(fit.scenario, self.lang).data
        return self.part("assumed", f"<p>{self.say('assumed_said')}</p>", _list(items), ledger)

    def figure(self, fig: go.Figure) -> str:
        self.charts += 1
        return chart(json.loads(fig.to_json() or "{}"), f"chart-{self.lang}-{self.charts}", self.lang)

    def part(self, key: str, *parts: str) -> str:
        return f"<section><h2>{self.say(f'part.{key}')}</h2>{''.join(parts)}</section>"

    def by(self, name: str) -> str:
        """What a division is called; a column of the export as it stands there."""
        return text(f"fit.by.{name}", self.lang) if has(f"fit.by.{name}") else name

    def plain(self, key: str, **facts: Any) -> str:
        return text(f"fit_report.{key}", self.lang, **facts)

    def say(self, key: str, **facts: Any) -> str:
        return escape(self.plain(key, **facts))


def _table(table: pd.DataFrame) -> str:
    return f'<div class="fs-scroll">{tables.html(table)}</div>'


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else ""
