"""Where the numbers of a fitted scenario come from, and the small things that writing one needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from funnelsim.history.reader import History
from funnelsim.labels import text


class Ledger:
    """Provenance entries of one history."""

    def __init__(self, history: History, base: str | None = None):
        first = history.entry_day or history.log.start
        self.source, self.period = history.name, f"{first.isoformat()}/{history.as_of.isoformat()}"
        self.base = base
        self.entries: dict[str, dict[str, Any]] = {}

    def fitted(self, path: str, rows: float, low: float | None = None, high: float | None = None) -> None:
        entry: dict[str, Any] = {
            "kind": "fitted", "from": self.source, "rows": round(rows), "period": self.period,
        }  # fmt: skip
        if low is not None and high is not None:
            entry |= {"low": float(low), "high": float(high)}
        self.entries[path] = entry

    def assumed(self, path: str) -> None:
        """Nothing in the record tells it: from the base, or what a scenario has where nothing is said."""
        told = text("fit.from_base", base=self.base) if self.base else text("fit.from_default")
        self.entries[path] = {"kind": "assumed", "from": told}


def slugs(names: Iterable[str]) -> list[str]:
    """Ids out of names: letters, digits and Chinese characters, each one once.

    >>> slugs(["Needs analysis", "needs-analysis!", "方案 提供"])
    ['needs_analysis', 'needs-analysis', '方案_提供']
    """
    made: list[str] = []
    seen: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_\-\u4e00-\u9fff]+", "_", name.strip()).strip("_-")[:50] or "x"
        # an id stays as it is; a name in several words is written small
        slug = plain if plain == name else plain.lower()
        number = 2
        while slug in seen:
            slug, number = f"{re.sub(r'_[0-9]+$', '', slug)}_{number}", number + 1
        made.append(slug)
        seen.add(slug)
    return made


def rounded(shares: list[float]) -> list[float]:
    """Shares to six places, what rounding leaves given to the largest, so that they sum to 1."""
    told = [round(share, 6) for share in shares]
    largest = int(np.argmax(told))
    told[largest] = round(told[largest] + 1.0 - sum(told), 6)
    return told
