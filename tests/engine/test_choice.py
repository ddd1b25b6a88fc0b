"""Which engine runs: the compiled one where it can, the other where it cannot, and it is said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from funnelsim.engine import choice, compiled
from funnelsim.engine.compiled import jit
from funnelsim.engine.run import simulate, tables_of
from funnelsim.errors import RunError
from funnelsim.scenario.files import load, shipped_names

WITHOUT = "import sys; sys.modules['numba'] = None; "


def python(program: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )


def test_the_compiled_engine_declines_nothing_that_is_shipped():
    assert [name for name in shipped_names() if compiled.declines(tables_of(load(name)))] == []


def test_what_is_declined_by_name_goes_to_the_reference_engine(monkeypatch):
    monkeypatch.setattr(compiled, "declines", lambda tables: ("the weather",))
    assert simulate(load("tiny"), 1, 1).engine == "reference"
    with pytest.raises(RunError, match="the weather"):
        simulate(load("tiny"), 1, 1, engine="compiled")


def test_without_numba_the_reference_engine_runs_and_says_so_once():
    made = python(WITHOUT + "import funnelsim as fs; s = fs.load('tiny')\n"
                  "for _ in range(3): print(fs.simulate(s, 1, 2).engine)")  # fmt: skip
    assert made.stdout.split() == ["reference"] * 3
    assert made.stderr.count("EngineNote") == 1
    assert "numba" in made.stderr


def test_without_numba_the_compiled_engine_is_refused_with_the_mend():
    made = python(
        WITHOUT + "from funnelsim.cli import main; main(['run', 'tiny', '-n', '1', '--engine', 'compiled'])"
    )
    assert made.returncode == 1
    assert "pip install numba" in made.stderr
    assert "Traceback" not in made.stderr


def test_an_edit_of_any_source_is_another_folder(tmp_path):
    """Old rules never run: the folder's name changes with the rules, which numba does not look at."""
    package = Path(choice.__file__).parents[1]
    copy = tmp_path / "funnelsim"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    asks = "from funnelsim.engine.compiled import jit; print(jit.sources(), jit.__file__)"
    names = []
    for edit in ("", "\n# a word\n"):
        with open(copy / "engine" / "rules" / "order.py", "a", encoding="utf-8") as rules:
            rules.write(edit)
        told = python(asks, cwd=tmp_path).stdout.split()
        assert told[1].startswith(str(tmp_path))
        names.append(told[0])
    assert names[0] == jit.sources()
    assert names[1] != names[0]


def test_a_folder_that_cannot_be_written_to_is_done_without(tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("", "utf-8")
    made = python("from funnelsim.engine.compiled import jit\nwith jit._kept() as kept: print(kept)",
                  FUNNELSIM_COMPILED=str(blocked / "below"))  # fmt: skip
    assert made.stdout.strip() == "False", made.stderr


def test_what_is_compiled_is_found_by_the_next_process():
    compiled.warm()
    assert compiled.is_ready()
    made = python("from funnelsim.engine import compiled; print(compiled.is_ready())")
    assert made.stdout.strip() == "True", made.stderr
