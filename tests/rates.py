"""Rates over many seeds: their binomial interval, the band they are to meet, the table that keeps them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from scipy import stats

import funnelsim

TABLES = Path(__file__).parent / "studies"


@dataclass(frozen=True)
class Rate:
    """How often something was seen in n tries."""

    what: str
    seen: int
    n: int
    band: tuple[float, float]
    """What the rate should be, as shares."""

    @property
    def interval(self) -> tuple[float, float]:
        """95 % binomial interval after Clopper and Pearson (1934)."""
        found = stats.binomtest(self.seen, self.n).proportion_ci(0.95, method="exact")
        return float(found.low), float(found.high)

    @property
    def met(self) -> bool:
        """Whether the interval meets the band."""
        low, high = self.interval
        return low <= self.band[1] and high >= self.band[0]

    def __str__(self) -> str:
        (low, high), (least, most) = self.interval, self.band
        return (
            f"{self.what}: {self.seen} of {self.n} = {self.seen / self.n:.1%} "
            f"({low:.1%} to {high:.1%}); band {least:.0%} to {most:.0%}"
        )


def write_table(name: str, title: str, command: str, rates: list[Rate], note: str = "") -> None:
    """Write the table of a study anew: `tests/studies/<name>.md`."""
    lines = [f"# {title}", "", *([note, ""] if note else [])]
    lines.append("| date | version | what | n | seen | rate | 95 % binomial interval | band | met |")
    lines.append("|---|---|---|---|---|---|---|---|---|")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for rate in rates:
        (low, high), (least, most) = rate.interval, rate.band
        lines.append(
            f"| {today} | {funnelsim.__version__} | {rate.what} | {rate.n:,} | {rate.seen} "
            f"| {rate.seen / rate.n:.1%} | {low:.1%} to {high:.1%} | {least:.0%} to {most:.0%} "
            f"| {'yes' if rate.met else '**no**'} |"
        )
    lines += ["", f"Command: `{command}`"]
    (TABLES / f"{name}.md").write_text("\n".join(lines) + "\n", "utf-8")
