"""One large run of the benchmark model in a process of its own: `python growth.py CUSTOMERS` prints what it took."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from funnelsim.engine import compiled
from funnelsim.engine.compiled import kernel
from funnelsim.engine.compiled.memory import Memory
from funnelsim.engine.draws import draw
from funnelsim.engine.tables import Tables, compile_tables
from funnelsim.history.log import CODE
from funnelsim.scenario.files import load, parse, plain
from funnelsim.scenario.model import Scenario

MODEL = str(Path(__file__).with_name("benchmark_model.yaml"))
CUSTOMERS = 1850  # of the model as it is
MOST_COPIES = 500  # of its ten reps; beyond that each has more hours and more customers


def scaled(customers: int) -> Scenario:
    """The benchmark model with about so many customers, and reps and specialists in proportion."""
    times = customers / CUSTOMERS
    copies = max(1, min(MOST_COPIES, round(times)))
    more = times / copies
    data = plain(load(MODEL))
    for part, key in (("demand", "units"), ("team", "reps")):
        data[part][key] = [
            {**one, "id": f"{one['id']}-{n}"} for n in range(copies) for one in data[part][key]
        ]
    for unit in data["demand"]["units"]:
        unit["weekly_deals"] *= more
    for who in (*data["team"]["reps"], *data["team"]["pools"]):
        who["weekly_hours"] *= more
    for pool in data["team"]["pools"]:
        pool["people"] *= copies
    return parse(data)


def main(customers: int) -> dict[str, float]:
    """CPU seconds of draws and kernel, events and rows of as many replications as make the clock's step small."""
    compiled.warm()
    tables = compile_tables(scaled(customers))
    seen = dict.fromkeys(("customers", "events", "rows", "moments", "kernel", "draws"), 0.0)
    replications = max(1, 100_000 // customers)
    for replication in range(replications + (replications > 1)):
        told = one(tables, replication)
        if replication or replications == 1:  # the first of several warms up
            seen = {key: seen[key] + told[key] for key in seen}
    return {key: value / replications for key, value in seen.items()} | {"megabytes": megabytes()}


def megabytes() -> float:
    """The most memory this process has had. Linux's `ru_maxrss` would count what the caller had when it began us."""
    status = Path("/proc/self/status")
    if status.exists():
        most = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(most.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def one(tables: Tables, replication: int) -> dict[str, float]:
    began = time.process_time()
    memory = Memory(tables, draw(tables, 1, replication), (60_000, 60_000))
    drawn = time.process_time()
    kernel_seconds, events, rows = 0.0, 0, 0
    while True:
        start = time.process_time()
        wanted = kernel.go_on(*memory.arguments())
        kernel_seconds += time.process_time() - start
        if wanted in (kernel.DONE, kernel.MORE_ROWS):
            deals, tasks = (int(memory.state[name][0]) for name in ("deal_rows", "task_rows"))
            events += int((memory.told.tasks["event"][:tasks] == CODE["task_ended"]).sum())
            for name in ("ready", "created"):
                events += int((memory.told.deals["event"][:deals] == CODE[name]).sum())
            rows += deals + tasks
        if wanted == kernel.DONE:
            break
        if wanted == kernel.MORE_ROWS:
            memory.state["deal_rows"] = memory.state["task_rows"] = 0
        else:
            compiled.fulfil(memory, wanted)
    return {
        "customers": int(memory.state["born"][0]), "events": events, "rows": rows,
        "moments": int(memory.state["moments"][0]), "kernel": kernel_seconds, "draws": drawn - began,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
