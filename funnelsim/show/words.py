"""Numbers and findings in words: what a value of a metric reads like, and sentences about differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from funnelsim.labels import has, language, text
from funnelsim.labels import numbers as write
from funnelsim.study.metrics import spoken

SHARES = ("share",)


def metric_name(metric: str, lang: str | None = None) -> str:
    """What a metric is called; its own name where the catalogue has none."""
    return spoken(metric, lang).replace("_", " ")


def unit_name(unit: str, lang: str | None = None) -> str:
    """The unit as an axis carries it."""
    key = f"figure.unit.{unit}"
    return text(key, lang) if has(key) else unit


def axis(label: str, unit: str, lang: str | None = None) -> str:
    """What stands beside an axis: what it shows and its unit."""
    return text("figure.axis", lang, label=label, unit=unit)


def scale(
    unit: str, size: float, currency: str = "CNY", lang: str | None = None, change: bool = False
) -> tuple[float, str]:
    """What an axis divides its values by, and the unit it then carries, for values of this size; a `change` of a
    share is told in points, not to be taken for percent."""
    if unit.startswith("currency"):
        divisor, name = write.money_unit(size, currency, lang)
        return divisor, name + (unit_name(unit, lang) if "/" in unit else "")
    if unit in SHARES:
        return 0.01, text("figure.points", lang) if change else "%"
    return 1.0, unit_name(unit, lang)


def value(
    number: float,
    unit: str,
    currency: str = "CNY",
    lang: str | None = None,
    signed: bool = False,
    change: bool = False,
) -> str:
    """A value of a metric with its unit, as a sentence carries it; a `change` of a share in points."""
    if not math.isfinite(number):
        return "–"
    lang = lang or language()
    if unit.startswith("currency"):
        return write.money(number, currency, lang, signed) + (unit_name(unit, lang) if "/" in unit else "")
    if unit in SHARES and not change:
        return write.percent(number, lang, 1, signed)
    divisor, name = scale(unit, number, currency, lang, change)
    size = abs(number / divisor)
    digits = 0 if size >= 100 or size == 0 else 1 if size >= 1 or unit in SHARES else 2
    return (write.number(number / divisor, digits, signed) + _gap(name, lang) + name).strip()


def span(
    low: float, high: float, unit: str, currency: str = "CNY", lang: str | None = None, signed: bool = True
) -> str:
    """From and to, the unit said once; `signed` for differences, of shares in points."""
    divisor, name = scale(unit, max(abs(low), abs(high)), currency, lang, signed)
    near = max(abs(low), abs(high)) / divisor
    digits = 0 if near >= 100 else 1 if near >= 1 else 2
    ends = [write.number(end / divisor, digits, signed) for end in (low, high)]
    return text("figure.span", lang, low=ends[0], high=ends[1]) + (_gap(name, lang) + name if name else "")


def _gap(unit: str, lang: str | None) -> str:
    """What stands between a number and its unit."""
    joined = bool(unit) and (unit == "%" or not unit[0].isascii())
    return "" if (lang or language()) == "zh" and joined else " "


def estimate(mean: float, low: float, high: float, unit: str, currency: str, lang: str | None = None) -> str:
    """A difference with its interval, the unit said once; shares in points, not to be taken for percent."""
    size = max((abs(v) for v in (mean, low, high) if math.isfinite(v)), default=0.0)
    divisor, name = scale(unit, size, currency, lang, change=True)
    digits = (
        0 if not size or size / divisor >= 100 else 1 if unit in SHARES else 1 if size / divisor >= 10 else 2
    )
    told = [write.number(v / divisor, digits, signed=True) for v in (mean, low, high)]
    between = text("figure.between", lang, low=told[1], high=told[2])
    return f"{told[0]}{'' if (lang or language()) == 'zh' else ' '}{between}{_gap(name, lang)}{name}".strip()


def verdict(name: str, lang: str | None = None) -> str:
    """`better`, `worse` or `tie` in words."""
    return text(f"figure.verdict.{name}", lang)


def finding(
    row: Any,
    metric: str,
    unit: str,
    base: str,
    currency: str = "CNY",
    lang: str | None = None,
    period: str = "year",
) -> str:
    """One sentence on one difference: how much, how sure, or that nothing can be seen.

    row      has scenario, horizon (`first_year` or `long_run`), mean, low, high, p_better, verdict
    period   what one replication measures, as `calendar.period` calls it
    """
    facts = {
        "name": row.scenario,
        "base": base,
        "metric": metric_name(metric, lang),
        "horizon": text(f"figure.horizon.{row.horizon}", lang, period),
        "mean": value(abs(row.mean), unit, currency, lang, change=True),
        "span": span(row.low, row.high, unit, currency, lang),
    }
    if not math.isfinite(row.low):
        step = value(row.mean, unit, currency, lang, signed=True, change=True)
        return text("figure.difference.alone", lang, period, **(facts | {"mean": step}))
    if row.low == row.high == 0:
        return text("figure.difference.same", lang, **facts)
    if row.verdict == "tie":
        return text("figure.difference.tie", lang, **facts)
    way = "more" if row.mean > 0 else "less"
    return text(f"figure.difference.{way}", lang, **facts, verdict=verdict(row.verdict, lang))


def family(name: str, lang: str | None = None) -> str:
    """What people call a family of distributions, `weibull+timer` one with a timer beside it."""
    plain, _, timer = name.partition("+")
    said = text(f"family.{plain}", lang)
    return text("family.timer", lang, family=said) if timer else said


def listed(names: Sequence[str], lang: str | None = None) -> str:
    """Names one after the other, as the language joins them."""
    return ("、" if (lang or language()) == "zh" else ", ").join(names)
