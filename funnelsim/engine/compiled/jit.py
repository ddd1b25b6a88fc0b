"""Compiling, where numba is there: once a machine, kept under a name made of all that was compiled.

numba looks only at the file of a function before it takes what it has kept, so an edit in another file
would run old rules; here the folder is named by a digest of all sources of the engine.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from funnelsim.engine import rules

numba: Any = None
try:
    import numba
    from numba.extending import register_jitable
except ImportError:  # the reference engine needs none of this
    pass

THERE = numba is not None
"""Whether functions can be compiled here."""


@cache
def folder() -> Path:
    """Where compiled code is kept: FUNNELSIM_COMPILED, or a folder in the user's cache."""
    named = os.environ.get("FUNNELSIM_COMPILED")
    if named:
        home = Path(named).expanduser()
    else:
        import platformdirs

        home = Path(platformdirs.user_cache_path("funnelsim-compiled", appauthor=False))
    return home / sources()[:16]


COMPILED_IN = (
    "engine/compiled/*.py",
    "engine/rules/*.py",
    "engine/desks.py",
    "engine/contact.py",
    "engine/doses.py",
    "engine/managers.py",
    "engine/seeing.py",
    "engine/standards.py",
    "history/log.py",
)


@cache
def sources() -> str:
    """Digest of everything that is compiled in: rules, numbers of events, the engine, and numba's version."""
    total = hashlib.sha256(f"numba {getattr(numba, '__version__', '-')}\n".encode())
    home = Path(__file__).parent.parent.parent
    for path in sorted(path for pattern in COMPILED_IN for path in home.glob(pattern)):
        total.update(f"{path.relative_to(home).as_posix()}\n".encode() + path.read_bytes())
    return total.hexdigest()


@contextmanager
def _kept() -> Iterator[bool]:
    """While a function is declared, numba keeps what it compiles in our folder; whether it can."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        writable = os.access(folder(), os.W_OK)
    except OSError:
        writable = False
    usual, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder())
    try:
        yield writable
    finally:
        numba.config.CACHE_DIR = usual


@cache
def _options() -> dict[str, Any]:
    """What is asked of the compiler. Nothing is allocated in compiled code, so nothing need be counted:
    counting references took two thirds of the time of a run."""
    from numba.core.options import DefaultOptions

    counts = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
    return {"nogil": True, "error_model": "numpy", **counts}


ONLY_WITHIN = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""For what only compiled code calls: no ways in from Python and C, which cost more to compile than it does."""


def part(function: Callable) -> Callable:
    """A part of a compiled function: plain Python where nothing is compiled."""
    return numba.njit(**_options(), **ONLY_WITHIN, forceinline=True)(function) if THERE else function


def rare(function: Callable) -> Callable:
    """A part that is called now and then, or from many places: it is not copied to where it is called."""
    return numba.njit(**_options(), **ONLY_WITHIN)(function) if THERE else function


def whole(function: Callable) -> Callable:
    """A function that is compiled once a machine, with all its parts, and runs without the GIL."""
    if not THERE:
        return function
    with _kept() as writable:
        return numba.njit(**_options(), cache=writable)(function)


def is_kept(function: Any) -> bool:
    """Whether a whole function is compiled already, in this process or on this machine."""
    if not THERE or function.signatures:
        return THERE
    kept = getattr(function._cache, "cache_path", None)
    return kept is not None and any(Path(kept).glob(f"*.{function.__name__}-*.nbc"))


if THERE:
    for rule in rules.RULES:
        register_jitable(rule)
