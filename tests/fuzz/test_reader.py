"""The law of the reader over mutated exports: by chance, the same every time, and guided where atheris is there."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TRIES, GUIDED = 900, 300


@pytest.fixture(scope="module")
def harness():
    spec = importlib.util.spec_from_file_location("fuzz_reader", HERE / "reader.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_mutated_exports_give_a_history_or_one_clear_error(harness, tmp_path):
    (tmp_path / "seeds").mkdir()
    seeds = [path.read_bytes() for path in harness.seeds(tmp_path / "seeds")]
    luck, told = random.Random(1), set()
    for number in range(TRIES):
        data = harness.mutated(seeds[number % len(seeds)], luck)
        try:
            told.add(harness.one_input(data, tmp_path))
        except Exception as broken:
            kept = tmp_path / "crash"
            kept.write_bytes(data)
            raise AssertionError(f"input {number} breaks the law, kept in {kept}") from broken
    assert len(told) > 20, "the inputs reach most formats and several errors"


@pytest.mark.slow
def test_inputs_guided_by_coverage_give_a_history_or_one_clear_error(tmp_path):
    """A fixed number of inputs of the harness; atheris comes with the extra `fuzz`, which is part of `dev`."""
    pytest.importorskip("atheris")
    limits = (f"-runs={GUIDED}", "-seed=1", "-timeout=60", "-rss_limit_mb=4096")
    command = [sys.executable, str(HERE / "reader.py"), *limits]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {GUIDED} runs" in done.stderr


def test_every_seed_keeps_the_law(harness, tmp_path):
    (tmp_path / "seeds").mkdir()
    told = {
        path.name: harness.one_input(path.read_bytes(), tmp_path)
        for path in harness.seeds(tmp_path / "seeds")
    }
    assert told["log.csv"] == told["log.xes"] == "log"
    for name in (
        "salesforce_history.csv",
        "hubspot.csv",
        "hubspot.xlsx",
        "dynamics.csv",
        "xiaoshouyi.csv",
        "mining.csv",
    ):
        assert told[name] == name.partition(".")[0]
