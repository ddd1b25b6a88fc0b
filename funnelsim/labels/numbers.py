"""How numbers are written for people: money with 万元 in Chinese, shares in percent, counts.

Nothing is computed from what stands here; the minus is a real minus, so columns align.
"""

from __future__ import annotations

import math

from funnelsim.labels import language

_CHINESE = {
    "CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元", "HKD": "港元",
    "SGD": "新加坡元", "TWD": "新台币", "CHF": "瑞士法郎", "AUD": "澳元", "CAD": "加元",
}  # fmt: skip


def money_unit(size: float, currency: str = "CNY", lang: str | None = None) -> tuple[float, str]:
    """The unit that suits amounts of this size: (currency units in one of it, its name).

    >>> money_unit(3.7e7, "CNY", "zh"), money_unit(3.7e7, "EUR", "en")
    ((10000.0, '万元'), (1000000.0, 'million EUR'))
    """
    size = abs(size)
    if (lang or language()) == "zh":
        unit = _CHINESE.get(currency, currency)
        if size >= 1e8:
            return 1e8, f"亿{unit}"
        return (1e4, f"万{unit}") if size >= 1e4 else (1.0, unit)
    if size >= 1e9:
        return 1e9, f"billion {currency}"
    if size >= 1e6:
        return 1e6, f"million {currency}"
    return (1e3, f"thousand {currency}") if size >= 1e4 else (1.0, currency)


def money(value: float, currency: str = "CNY", lang: str | None = None, signed: bool = False) -> str:
    """An amount of money in the unit that suits it.

    >>> money(37_400_000, "CNY", "zh"), money(-1_250_000, "EUR", "en")
    ('3,740万元', '−1.25 million EUR')
    """
    if not math.isfinite(value):
        return "–"
    divisor, unit = money_unit(value, currency, lang)
    scaled = value / divisor
    gap = "" if (lang or language()) == "zh" else " "
    return f"{number(scaled, _digits(scaled) if divisor > 1 else 0, signed)}{gap}{unit}"


def percent(share: float, lang: str | None = None, digits: int = 1, signed: bool = False) -> str:
    """A share as percent; a share of 0.032 is 3.2 %.

    >>> percent(0.032, "en"), percent(-0.5, "zh", digits=0, signed=True)
    ('3.2 %', '−50%')
    """
    gap = "" if (lang or language()) == "zh" else " "
    return f"{number(100 * share, digits, signed)}{gap}%" if math.isfinite(share) else "–"


def chance(share: float, lang: str | None = None) -> str:
    """A probability in whole percent; what rounds to 0 or 100 and is neither says so.

    >>> chance(0.9996, "en"), chance(0.5, "zh")
    ('> 99 %', '50%')
    """
    if 0 < share < 0.01:
        return "< " + percent(0.01, lang, 0)
    return "> " + percent(0.99, lang, 0) if 0.99 < share < 1 else percent(share, lang, 0)


def p_value(p: float) -> str:
    """How likely chance alone is, with the sign that goes between; what is next to nothing is written as that.

    >>> p_value(0.0423), p_value(2.1e-220)
    ('= 0.042', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"


def count(value: float, lang: str | None = None, digits: int = 0, signed: bool = False) -> str:
    """How many; with `digits` for means of counts.

    >>> count(21330), count(-2.25, digits=1)
    ('21,330', '−2.2')
    """
    return number(value, digits, signed)


def number(value: float, digits: int = 1, signed: bool = False) -> str:
    """A plain number with thousands and a real minus; – where there is none."""
    if not math.isfinite(value):
        return "–"
    if round(value, digits) == 0:
        value = 0.0
    return f"{value:{'+' if signed and value else ''},.{digits}f}".replace("-", "−")


def _digits(scaled: float) -> int:
    """Three figures that mean something, no more than two of them behind the point."""
    return 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
