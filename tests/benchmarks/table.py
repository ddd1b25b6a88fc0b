"""Write the table of README.md from what pytest-benchmark saw: `python tests/benchmarks/table.py FILE`."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
GOAL_OF_REFERENCE = 1.6  # times the plain SimPy program


def seconds(value: float) -> str:
    """
    >>> seconds(0.0123), seconds(12.34)
    ('12.3 ms', '12.3 s')
    """
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def rows(benchmarks: list[dict[str, Any]]) -> list[tuple[str, str, str, str, str]]:
    """What, clock, rounds, median, goal: a row of the table for each thing timed."""
    found = []
    for one in benchmarks:
        extra, rounds = one["extra_info"], str(one["stats"]["rounds"])
        if extra.get("part") == "ratio":
            plain, engine, whole = extra["plain"], extra["engine"], extra["whole"]
            goal = f"≤ {GOAL_OF_REFERENCE} × plain"
            for what, took, aim in (
                (f"benchmark model, plain SimPy program ({extra['moments']:,} moments, no log)", plain, ""),
                ("the same, reference engine (tables and draws ready, rows of the log told)", engine, goal),
                ("the same, a whole replication: draws, engine, named log", whole, ""),
            ):
                times = "" if took is plain else f" = {took / plain:.2f} × plain"
                found.append((what, "CPU", rounds, seconds(took) + times, aim))
            continue
        took = median(one["stats"]["data"]) / extra["per"]
        found.append((extra["what"], extra["clock"], rounds, seconds(took), extra["goal"]))
    return found


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
    text = readme.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", "utf-8")
    return made


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
