"""Which engine tells a company. Both tell the same, to the byte; the compiled one is taken where it can be."""

from __future__ import annotations

import warnings
from functools import cache

from funnelsim.engine import readiness, reference
from funnelsim.engine.draws import Draws
from funnelsim.engine.tables import Tables
from funnelsim.engine.told import Told
from funnelsim.errors import RunError
from funnelsim.labels import text

ENGINES = ("auto", "compiled", "reference")


class EngineNote(UserWarning):
    """What a user should know of the engines: one is made ready, or is not there."""


@cache
def is_there() -> bool:
    """Whether functions can be compiled here; says once when they cannot."""
    from funnelsim.engine.compiled import jit

    if not jit.THERE:
        warnings.warn(text("engine.not_there"), EngineNote, stacklevel=2)
    return jit.THERE


def fastest() -> str:
    """The fastest engine of this machine."""
    return "compiled" if is_there() else "reference"


def prepare(engine: str) -> None:
    """Have an engine ready before work is shared out: the first time on a machine it is compiled, which is said.

    RunError when there is no such engine here.
    """
    if engine not in ENGINES:
        raise RunError.of("engine", "engine_unknown", given=engine, known=", ".join(ENGINES))
    if engine == "compiled" and not is_there():
        raise RunError.of("engine", "engine_missing")
    if engine != "reference" and is_there():
        _compile()


@cache
def _compile() -> None:
    from funnelsim.engine import compiled

    if not compiled.is_ready():
        warnings.warn(text("engine.preparing"), EngineNote, stacklevel=4)
        readiness.compile_once()


def at_once(engine: str = "auto") -> str:
    """The engine that answers without being waited for: until the compiled one is ready, for which this sees in
    the background, `auto` is the reference engine.

    RunError when there is no such engine here.
    """
    if engine != "auto":
        prepare(engine)
        return engine
    if readiness.is_ready():
        return "compiled"
    readiness.begin()
    return "reference"


def chosen(engine: str, tables: Tables) -> str:
    """The name of the engine that runs a company.

    RunError when the compiled one is asked for and declines, with what it declines.
    """
    if engine == "reference" or (engine == "auto" and not is_there()):
        return "reference"
    from funnelsim.engine import compiled

    unknown = compiled.declines(tables)
    if unknown and engine == "compiled":
        raise RunError.of("engine", "engine_declines", what=", ".join(unknown))
    return "reference" if unknown else "compiled"


def tell(tables: Tables, draws: Draws, engine: str) -> Told:
    """One replication of a company on an engine that is chosen."""
    if engine == "reference":
        return reference.run(tables, draws)
    from funnelsim.engine import compiled

    return compiled.run(tables, draws)
