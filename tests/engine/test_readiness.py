"""The fast engine is compiled in the background, once, by one process for all; meanwhile the other one answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from funnelsim.engine import readiness

ANSWERS = """
import json, sys
from funnelsim.engine import readiness
from funnelsim.scenario.files import load
from funnelsim.study.live import Live
plan, told = load("tiny"), []
for wait in (False, True):
    ready = readiness.settle(600) if wait else readiness.is_ready()
    found = Live(["bookings", "utilisation"], 3).trial(plan)
    told.append([ready, found.engine, {name: values.tolist() for name, values in found.metrics["one"].items()}])
print(json.dumps(told))
"""


def test_one_holds_the_mark_and_the_others_see_it(tmp_path):
    mark = tmp_path / "compiling"
    with readiness._alone(mark) as mine:
        assert mine
        with readiness._alone(mark) as another:
            assert not another
        assert mark.exists(), "who came second leaves it alone"
    assert not mark.exists()


def test_a_mark_without_a_sign_of_life_is_taken_over(tmp_path):
    mark = tmp_path / "compiling"
    mark.write_text("", "utf-8")
    with readiness._alone(mark) as mine:
        assert not mine
    long_ago = time.time() - readiness.DEAD - 1
    os.utime(mark, (long_ago, long_ago))
    with readiness._alone(mark) as mine:
        assert mine


def test_who_holds_the_mark_gives_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(readiness, "PULSE", 0.01)
    mark = tmp_path / "compiling"
    with readiness._alone(mark):
        long_ago = time.time() - readiness.DEAD - 1
        os.utime(mark, (long_ago, long_ago))
        for _ in range(500):
            if time.time() - mark.stat().st_mtime < readiness.DEAD:
                break
            time.sleep(0.01)
        else:
            pytest.fail("no sign of life")


def test_a_folder_that_cannot_be_written_to_holds_nobody_up(tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("", "utf-8")
    with readiness._alone(blocked / "compiling") as mine:
        assert mine


def test_where_it_is_ready_nothing_is_begun():
    readiness.compile_once()
    assert readiness.is_ready()
    assert not readiness.begin()
    assert readiness.settle(0)
    assert not any(thread.name.startswith("funnelsim-compile") for thread in threading.enumerate())


@pytest.mark.slow
def test_the_panel_answers_while_it_is_compiled_and_then_with_it(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", ANSWERS], capture_output=True, text=True, timeout=900,
        env={**os.environ, "FUNNELSIM_COMPILED": str(tmp_path)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    before, after = json.loads(told.stdout)
    assert before[:2] == [False, "reference"]
    assert after[:2] == [True, "compiled"]
    assert before[2] == after[2]
    assert not [*tmp_path.rglob("compiling")], "the mark is gone"


@pytest.mark.slow
def test_two_at_once_compile_it_once(tmp_path):
    """numba says what it keeps; only one of the two has anything to say."""
    environment = {**os.environ, "FUNNELSIM_COMPILED": str(tmp_path), "NUMBA_DEBUG_CACHE": "1"}
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "funnelsim.engine.readiness"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [one.communicate(timeout=900)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sorted("data saved" in words for words in said) == [False, True]
