"""Team selling with one presales engineer, two and three; prospecting every 14, 24 and 35 days."""

from __future__ import annotations

import datetime as dt

import pytest
from lessons import prospecting, team_selling
from rates import TABLES

import funnelsim

PAIRS = 200
COMMAND = "python -m pytest tests/studies/test_lessons.py -m study -s"


def told(d) -> str:
    low, mean, high = (value / d.base_mean for value in (d.low, d.mean, d.high))
    return f"{mean:+.1%} ({low:+.1%} to {high:+.1%}), {d.verdict}"


@pytest.mark.study
def test_both_sides_of_two_lessons():
    lines = [
        "# Two lessons with two sides",
        "",
        f"{PAIRS} pairs of years, seed 1, as if always, compiled engine; change with its 95 % interval.",
        "",
        "Team selling (`industrial_8x8`) against reps who sell alone (`solo_selling`):",
        "",
        "| presales engineers | hours a week of each | bookings | median days to a win |",
        "|---|---|---|---|",
    ]
    for hours in (10, 6):
        for n, found in team_selling(PAIRS, hours).items():
            lines.append(f"| {n} | {hours} | {told(found['bookings'])} | {told(found['cycle_won_days'])} |")
    lines += [
        "",
        "A fifth more hours of the reps, or a fifth more leads, by the days between two blocks of prospecting:",
        "",
        "| a block every | utilisation before | hours +20 %: bookings | leads +20 %: bookings |",
        "|---|---|---|---|",
    ]
    for days, found in prospecting(PAIRS).items():
        use = found["hours"]["utilisation"].base_mean
        lines.append(
            f"| {days} days | {use:.2f} | {told(found['hours']['bookings'])} | {told(found['leads']['bookings'])} |"
        )
    lines += ["", f"{dt.datetime.now(dt.UTC).date()}, version {funnelsim.__version__}. Command: `{COMMAND}`"]
    (TABLES / "lessons.md").write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))
