"""Twenty people on one server: how long until everybody has a panel, how soon it answers, what memory that takes."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import statistics
import time

import psutil
import pytest
from rates import TABLES
from room import Visitor
from served import Served, app

import funnelsim
from funnelsim.engine import readiness

PEOPLE = 20
NOTEBOOK = "planning/what_if"
KEEP = 0.5  # minutes
COMMAND = "python -m pytest tests/studies/test_twenty.py -m study -s"
MB = 1024 * 1024
LOAD = os.getloadavg()[0]


@pytest.mark.study
def test_twenty_people_on_one_server(tmp_path):
    readiness.compile_once()
    with app(tmp_path, NOTEBOOK, "--keep", str(KEEP)) as served:
        rows = asyncio.run(a_room(served))
    lines = [
        f"# {PEOPLE} people on one server",
        "",
        f"`funnelsim app {NOTEBOOK}`, 50 simulated years a setting; clients without a browser, which ask for a page,",
        "meet its widgets and move sliders as a page does, on the server's machine. What a browser needs comes on top.",
        "",
        f"{dt.datetime.now(dt.UTC).date()}, version {funnelsim.__version__}, {os.cpu_count()} cores, "
        f"load of the machine before: {LOAD:.1f}. Command: `{COMMAND}`",
        "",
        "| what | measured |",
        "|---|---|",
        *(f"| {what} | {found} |" for what, found in rows),
    ]
    (TABLES / "twenty.md").write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


async def a_room(served: Served) -> list[tuple[str, str]]:
    """What happens when a room comes, plays and goes."""
    rows = []
    room = [Visitor(served) for _ in range(PEOPLE)]
    await room[0].open()
    await asyncio.sleep(30)  # meanwhile it becomes warm
    rows.append(
        (
            "the first page, which came before the nursery was warm, until its panel shows an answer",
            f"{room[0].opened:.1f} s",
        )
    )
    await asyncio.gather(*(visitor.open() for visitor in room[1:]))
    opened = [visitor.opened for visitor in room[1:]]
    rows.append(
        (f"{PEOPLE - 1} more at once", f"median {statistics.median(opened):.1f} s, last {max(opened):.1f} s")
    )
    assert all(len(visitor.sliders) >= 3 for visitor in room)
    rows += memory(served)
    value = 10
    for many in (1, 5, PEOPLE):
        first, whole = [], []
        for start in range(0, PEOPLE, max(many, 4)):
            value += 1
            told = await asyncio.gather(*(visitor.move(1, value) for visitor in room[start : start + many]))
            first += [one for one, _ in told]
            whole += [one for _, one in told]
        assert max(whole) < 120
        rows.append((
            f"a slider moved while all are connected, {many} at once: the first year on the chart",
            f"median {statistics.median(first):.2f} s, slowest {max(first):.2f} s ({len(first)} moves)",
        ))  # fmt: skip
        rows.append(
            (
                "the same, until the whole answer",
                f"median {statistics.median(whole):.2f} s, slowest {max(whole):.2f} s",
            )
        )
    rows += memory(served, "after that")
    for at, visitor in enumerate(room):
        await visitor.leave(goodbye=at < PEOPLE // 2)
    await asyncio.sleep(3)
    left = len(served.kernels())
    assert left == PEOPLE - PEOPLE // 2
    rows.append(
        (
            f"kernels left after {PEOPLE // 2} pages were closed and {PEOPLE - PEOPLE // 2} fell silent",
            str(left),
        )
    )
    began = time.monotonic()
    while served.kernels():
        assert time.monotonic() - began < 60 * KEEP + 60
        await asyncio.sleep(0.5)
    rows.append((f"until none is left, `--keep {KEEP:g}`", f"{time.monotonic() - began:.0f} s"))
    return rows


def memory(served: Served, when: str = "everybody has a panel") -> list[tuple[str, str]]:
    """What the server and its kernels hold, each page of memory counted once."""
    kernels = [one.memory_full_info() for one in served.kernels()]
    family = [psutil.Process(served.server.pid), *psutil.Process(served.server.pid).children(recursive=True)]
    whole = sum(one.memory_full_info().pss for one in family)
    mine = statistics.mean(one.uss for one in kernels)
    share = statistics.mean(one.rss - one.uss for one in kernels)
    return [
        (f"memory of all, {when}", f"{whole / MB / 1024:.2f} GB"),
        ("a kernel: its own, and what it shares with others", f"{mine / MB:.0f} MB, {share / MB:.0f} MB"),
    ]
