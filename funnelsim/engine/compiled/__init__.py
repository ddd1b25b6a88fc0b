"""The compiled engine: the moments of the reference engine, 45 to 70 times as fast (tests/benchmarks).

`run` is its one entry. What it cannot tell it declines by name (`declines`), and another engine is taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.engine.compiled import jit, kernel
from funnelsim.engine.compiled.memory import Memory
from funnelsim.engine.draws import Draws, draw
from funnelsim.engine.tables import Tables, compile_tables
from funnelsim.engine.told import Told


def declines(tables: Tables) -> tuple[str, ...]:
    """What of a company this engine does not tell, by name; nothing, by now."""
    return ()


def run(tables: Tables, draws: Draws) -> Told:
    """One replication, told to its end."""
    return finish(Memory(tables, draws))


def finish(memory: Memory) -> Told:
    """Run on what a memory holds until it is over."""
    while (wanted := kernel.go_on(*memory.arguments())) != kernel.DONE:
        fulfil(memory, wanted)
    return _so_far(memory)


def pieces(tables: Tables, draws: Draws, rows: int) -> Iterator[Told]:
    """One replication in pieces, as they are told: what has been given out is not held any more.

    rows   about so many of each table a piece. Of who was born, every piece tells all so far
    """
    memory = Memory(tables, draws, (rows, rows))
    while (wanted := kernel.go_on(*memory.arguments())) != kernel.DONE:
        if wanted == kernel.MORE_ROWS and max(memory.state["deal_rows"][0], memory.state["task_rows"][0]) > 0:
            yield _so_far(memory)
            memory.state["deal_rows"] = memory.state["task_rows"] = 0
        else:
            fulfil(memory, wanted)
    yield _so_far(memory)


def _so_far(memory: Memory) -> Told:
    state = memory.state[0]
    born = memory.world.born[: int(state["born"])]
    return Told(
        memory.told.deals[: int(state["deal_rows"])], memory.told.tasks[: int(state["task_rows"])],
        born["number"], born["time"], born["owner"], memory.world.deals["listed"][born["number"]],
        int(state["moments"]), memory.world.met.copy(),
    )  # fmt: skip


def fulfil(memory: Memory, wanted: int) -> None:
    """Give the kernel what it has stopped for."""
    state = memory.state[0]
    if wanted == kernel.MORE_ROWS:
        memory.longer_rows(int(state["asked"]))
    elif wanted == kernel.MORE_ROOM:
        memory.grow(max(len(memory.agenda.events), int(state["asked"])))
    elif wanted == kernel.MORE_VISITS:
        memory.draw_visit(int(state["asked_visit"]), int(state["asked_block"]))
    else:
        memory.draw_life(int(state["asked_life"]))


def is_ready() -> bool:
    """Whether the engine runs at once: it is compiled, in this process or earlier on this machine."""
    return jit.THERE and jit.is_kept(kernel.go_on)


def warm() -> None:
    """Compile it, where that has not been done: half a minute or so, once a machine and version."""
    from funnelsim.scenario.files import load

    tables = compile_tables(load("tiny"))
    run(tables, draw(tables, 1, 0))
