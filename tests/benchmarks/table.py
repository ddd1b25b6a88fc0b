"""Write the table of README.md from what pytest-benchmark saw: `python tests/benchmarks/table.py FILE`."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from funnelsim.labels.marked import renew

README = Path(__file__).with_name("README.md")
MARKS = ("<!-- table -->", "<!-- end of table -->")
GOAL_OF_REFERENCE = 1.6  # times the plain SimPy program
GOAL_OF_C = 2.5
GOAL_OF_COMPILED = 40  # so many times as fast as it


def seconds(value: float) -> str:
    """
    >>> seconds(0.0123), seconds(12.34)
    ('12.3 ms', '12.3 s')
    """
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


Row = tuple[str, str, str, str, str]


def rows(benchmarks: list[dict[str, Any]]) -> list[Row]:
    """What, clock, rounds, median, goal: a row of the table for each thing timed."""
    found: list[Row] = []
    growth: list[dict[str, Any]] = []
    for one in benchmarks:
        extra, rounds = one["extra_info"], str(one["stats"]["rounds"])
        if extra.get("part") == "growth":
            growth.append(extra | {"rounds": rounds})
        elif "part" in extra:
            found += PARTS[extra["part"]](extra, rounds)
        else:
            took = median(one["stats"]["data"]) / extra["per"]
            found.append((extra["what"], extra["clock"], rounds, seconds(took), extra["goal"]))
    return found + _growth(growth)


def _model(extra: dict[str, Any], rounds: str) -> list[Row]:
    took, events = extra["seconds"], extra["moments"]
    plain = took["plain"]

    def row(what: str, name: str, goal: str = "", times: bool = False) -> Row:
        ratio = ""
        if times:
            ratio = (
                f" = plain / {plain / took[name]:.0f}"
                if took[name] < plain
                else f" = {took[name] / plain:.2f} × plain"
            )
        return what, "CPU", rounds, seconds(took[name]) + ratio, goal

    in_c = []
    if "c" in took:
        goal = f"≤ {GOAL_OF_C} × C"
        times = f"{seconds(took['compiled'])} = {took['compiled'] / took['c']:.2f} × C"
        in_c = [
            row("the same, plain C program (no log)", "c"),
            ("the same, compiled engine against it", "CPU", rounds, times, goal),
        ]
    return [
        row(f"benchmark model, plain SimPy program ({events:,} events, no log)", "plain"),
        row(
            "the same, reference engine (rows of the log told)",
            "reference",
            f"≤ {GOAL_OF_REFERENCE} × plain",
            True,
        ),
        row(
            "the same, compiled engine (rows of the log told)",
            "compiled",
            f"≤ plain / {GOAL_OF_COMPILED}",
            True,
        ),
        *in_c,
        row("the same, draws and memory for the compiled engine", "draws"),
        row("the same, naming: rows become a log", "naming"),
    ]


def _default(extra: dict[str, Any], rounds: str) -> list[Row]:
    took, moments = extra["seconds"], extra["moments"]
    each = f"{took['compiled'] / moments * 1e9:.0f} ns a moment ({moments:,.0f})"
    ratio = f"reference / compiled = {took['reference'] / took['compiled']:.0f}"
    every = extra["part"] == "levers on"
    company = f"one replication of `industrial_8x8`{', every lever on' if every else ''}"
    goals = ("≤ 250 ms", "≤ 6 ms") if every else ("", "≤ 3 ms, ≤ 150 ns an event")
    return [
        (f"{company}, reference engine", "CPU", rounds, seconds(took["reference"]), goals[0]),
        (f"{company}, compiled engine", "CPU", rounds, f"{seconds(took['compiled'])}, {each}; {ratio}", goals[1]),
        (f"{company}, draws and memory; again with luck at hand", "CPU", rounds,
         f"{seconds(took['draws'])}; {seconds(took['draws again'])}", ""),
        (f"{company}, naming", "CPU", rounds, seconds(took["naming"]), ""),
    ]  # fmt: skip


def _workers(extra: dict[str, Any], rounds: str) -> list[Row]:
    one, two = extra["seconds"]["1"], extra["seconds"]["2"]
    what = "four scenarios × 200 replications, compiled: two workers over one"
    return [
        (what, "wall", rounds, f"{one:.2f} s / {two:.2f} s = {one / two:.2f} ×", "≥ 1.8 × on an idle machine")
    ]


def _growth(growth: list[dict[str, Any]]) -> list[Row]:
    found: list[Row] = []
    by_size = sorted(growth, key=lambda one: one["customers"])
    for extra in by_size:
        each, least = (one["kernel"] / one["events"] * 1e9 for one in (extra, by_size[0]))
        what = (
            f"benchmark model, {extra['customers']:,.0f} customers: an event, compiled; memory of the process"
        )
        told = f"{each:.0f} ns = {each / least:.1f} × the smallest; {extra['megabytes']:,.0f} MB"
        found.append((what, "CPU", str(extra["rounds"]), told, "at most doubles; ≤ 1,500 MB"))
    return found


def _slider(extra: dict[str, Any], rounds: str) -> list[Row]:
    what = f"a slider of the {extra['panel']}, JupyterLab in Chromium"
    told = f"{seconds(extra['first'])}; {seconds(extra['whole'])}, at most {seconds(extra['most'])}"
    return [
        (f"{what}: key to the chart of 50 first years; of 50 + 50", "page", rounds, told, "≤ 300 ms"),
        (f"{what}: {extra['burst']} quick moves, simulations begun", "–", "1", str(extra["begun"]), "≤ 2"),
    ]


def _import(extra: dict[str, Any], rounds: str) -> list[Row]:
    what = "fit: 1,000,000 rows of CSV become a scenario, `funnelsim fit` from start to end; memory of the process"
    told = f"{seconds(extra['wall'])} (CPU {seconds(extra['cpu'])}); {extra['megabytes']:,.0f} MB"
    return [(what, "wall", rounds, told, "≤ 20 s; ≤ 4,000 MB")]


PARTS = {
    "import": _import,
    "model": _model,
    "levers off": _default,
    "levers on": _default,
    "workers": _workers,
    "slider": _slider,
}


def table(seen: dict[str, Any]) -> str:
    """The table with its head: date, machine, versions."""
    machine, cpu = seen["machine_info"], seen["machine_info"].get("cpu", {})
    name = cpu.get("brand_raw") or machine["processor"] or "unnamed processor"
    when = datetime.fromisoformat(seen["datetime"]).astimezone(UTC).date()
    load = seen.get("load", os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"))
    from funnelsim import __version__

    head = (
        f"{when}, {cpu.get('count', os.cpu_count())} cores, {name}; "
        f"funnelsim {__version__}, Python {machine['python_version']}; load average at the end {load:.1f}."
    )
    lines = ["| what | clock | rounds | median | goal |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows(seen["benchmarks"])]
    return "\n".join([head, "", *lines])


def write(json_path: Path, readme: Path = README) -> str:
    """Put the table between its marks in the README; gives the table."""
    made = table(json.loads(json_path.read_text("utf-8")))
    renew(readme, MARKS, made)
    return made


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
