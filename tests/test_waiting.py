"""Who waits is told for what: once, in the chosen language, and never where a program reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from funnelsim.cli import main
from funnelsim.engine import choice, compiled, readiness
from funnelsim.labels import text

slow = pytest.mark.slow


@pytest.fixture
def not_ready(monkeypatch):
    """A machine on which the engine has not been compiled; compiling it takes no time here."""
    choice._compile.cache_clear()
    monkeypatch.setattr(compiled, "is_ready", lambda: False)
    monkeypatch.setattr(readiness, "compile_once", lambda: None)
    yield
    choice._compile.cache_clear()


@pytest.mark.parametrize(
    "words",
    [
        ("run", "tiny", "-n", "2", "--workers", "1"),
        ("compare", "tiny", "tiny", "-n", "2", "--workers", "1"),
        ("check", "tiny", "--engine"),
        pytest.param(("report", "tiny", "-n", "2"), marks=slow),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_command_says_once_what_it_waits_for(not_ready, words, lang, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [*words, "--json", "--lang", lang])
    assert done.exit_code == 0, done.output
    assert isinstance(json.loads(done.stdout), dict)
    assert done.stderr.count(text("engine.preparing", lang)) == 1
    assert "EngineNote" not in done.stderr


@slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_first_look_waits_for_no_compiler(not_ready, lang, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(readiness, "begin", lambda: begun.append(True))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["demo", "-n", "2", "--workers", "1", "--json", "--lang", lang])
    assert done.exit_code == 0, done.output
    assert isinstance(json.loads(done.stdout), dict)
    assert begun, "it is compiled in the background meanwhile"
    assert text("engine.preparing", lang) not in done.stderr
    assert "EngineNote" not in done.stderr


def test_what_is_ready_is_not_spoken_of():
    readiness.compile_once()
    done = CliRunner().invoke(main, ["run", "tiny", "-n", "2", "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert text("engine.preparing") not in done.stderr


def test_the_engine_is_made_ready_by_hand_and_both_tell_the_same():
    done = CliRunner().invoke(main, ["check", "--engine", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["ok"]
    assert told["proof"]["scenarios"] == 2
    assert told["proof"]["rows"] > 10_000


def test_without_numba_the_check_of_the_engine_fails_with_the_mend():
    program = (
        "import sys; sys.modules['numba'] = None\nfrom funnelsim.cli import main; main(['check', '--engine'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install numba" in done.stderr


@slow
def test_the_first_command_on_a_machine_waits_says_so_and_the_next_one_does_not(tmp_path):
    environment = {**os.environ, "FUNNELSIM_COMPILED": str(tmp_path), "FUNNELSIM_LANG": "zh"}
    command = [sys.executable, "-m", "funnelsim", "run", "tiny", "-n", "2", "--json", "--no-cache"]
    said = []
    for _ in range(2):
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment, timeout=900
        )
        assert json.loads(done.stdout)["engine"] == "compiled"
        said.append(done.stderr.count(text("engine.preparing", "zh")))
    assert said == [1, 0]
