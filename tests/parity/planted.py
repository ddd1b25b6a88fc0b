"""The compiled engine as plain Python, with a fault planted in its text or with none.

A copy of its files under another name, where nothing is compiled: slow, but any line may be bent. Arrays
refuse what lies outside of them, negative positions included.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from funnelsim.engine import compiled

SOURCE = Path(compiled.__file__).parent
WHOLE = "funnelsim.engine.compiled"


def planted(folder: Path, name: str, file: str = "", text: str = "", fault: str = "") -> ModuleType:
    """The engine as a module `name`, written into a folder, with `text` of a file replaced by a fault."""
    home = folder / name
    shutil.copytree(SOURCE, home, ignore=shutil.ignore_patterns("__pycache__"))
    for path in home.glob("*.py"):
        source = path.read_text("utf-8")
        if path.name == file:
            assert source.count(text) == 1, f"{text!r} stands {source.count(text)} times in {file}"
            source = source.replace(text, fault)
        if path.name == "jit.py":
            assert source.count("import numba\n") == 1
            source = source.replace("import numba\n", "raise ImportError\n")
        path.write_text(source.replace(WHOLE, name), "utf-8")
    sys.path.insert(0, str(folder))
    try:
        made = importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
    memory = importlib.import_module(f"{name}.memory")
    given = memory.Memory.arguments
    memory.Memory.arguments = lambda self: tuple(map(_plain, given(self)))
    return made


def _plain(part: Any) -> Any:
    if isinstance(part, tuple):
        return type(part)(*map(_plain, part))
    return Plain(part) if isinstance(part, np.ndarray) else part


class Plain:
    """An array that gives numbers of Python, and records whose fields are attributes."""

    def __init__(self, array: np.ndarray):
        self.array, self.shape = array, array.shape
        self.fields = {name: array[name] for name in array.dtype.names or ()}

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, at: Any) -> Any:
        self._watch(at)
        if self.fields:
            return Record(self.fields, at)
        found = self.array[at]
        return Plain(found) if isinstance(found, np.ndarray) else found.item()

    def __setitem__(self, at: Any, value: Any) -> None:
        self._watch(at)
        self.array[at] = value

    def _watch(self, at: Any) -> None:
        for part, size in zip(at if isinstance(at, tuple) else (at,), self.shape, strict=False):
            if not isinstance(part, slice) and not 0 <= part < size:
                raise IndexError(f"{at} in an array of {self.shape}")


class Record:
    """One record: its fields are read and written as attributes."""

    def __init__(self, fields: dict[str, np.ndarray], at: Any):
        self.__dict__["_fields"], self.__dict__["_at"] = fields, at

    def __getattr__(self, name: str) -> Any:
        return self._fields[name][self._at].item()

    def __setattr__(self, name: str, value: Any) -> None:
        self._fields[name][self._at] = value
