"""Work over the cores: the same results for any number of workers, and nothing left behind however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import group_of, until

from funnelsim.engine import spread as spreading
from funnelsim.engine.run import block_of, blocks
from funnelsim.engine.spread import Parcel, spread
from funnelsim.errors import RunError
from funnelsim.scenario.files import load
from funnelsim.study.experiment import trial

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGKILL")

PROGRAM = """
import sys
from funnelsim.scenario.files import load
from funnelsim.study.experiment import trial

def told(done, total):
    print(done, flush=True)

if __name__ == "__main__":
    trial({"a": load("industrial_8x8")}, 4000, workers=2, progress=told)
"""


def squared(value, scale=1):
    return value * value * scale


def where(value, parcel):
    return value, os.getpid(), id(parcel)


def killed_once(value, flag):
    """The first to come by dies as the system kills, without a word."""
    if not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def poisoned(value):
    if value == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def failing(value, kind):
    if value == 2:
        raise kind("first line\nsecond line")
    return value


@pytest.mark.parametrize("workers", [1, 2, None])
def test_results_come_in_the_order_of_the_jobs_or_all_of_them(workers):
    jobs = [(n, Parcel(10)) for n in range(20)]
    wanted = [10 * n * n for n in range(20)]
    assert list(spread(squared, jobs, workers)) == wanted
    assert sorted(spread(squared, jobs, workers, in_order=False)) == wanted
    assert list(spread(squared, [], workers)) == []


def test_a_parcel_is_unpacked_once_in_a_process():
    shared = Parcel(list(range(1000)))
    seen = list(spread(where, [(n, shared) for n in range(12)], 2))
    assert os.getpid() not in {process for _, process, _ in seen}
    assert len({copy[1:] for copy in seen}) == len({process for _, process, _ in seen}) <= 2


def test_little_work_stays_in_this_process_and_much_does_not(monkeypatch):
    jobs = [(n, None) for n in range(6)]
    here = {process for _, process, _ in spread(where, jobs, None)}
    assert here == {os.getpid()}
    monkeypatch.setattr(spreading, "START_SECONDS", 0)
    monkeypatch.setattr(spreading, "WARM_SECONDS", 0)
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    made = [process for _, process, _ in spread(where, jobs, None)]
    assert made[:2] == [os.getpid()] * 2
    assert os.getpid() not in made[2:]


def test_a_worker_that_dies_changes_nothing(tmp_path):
    jobs = [(n, str(tmp_path / "flag")) for n in range(12)]
    assert list(spread(killed_once, jobs, 2)) == list(range(12))
    assert (tmp_path / "flag").exists()


@pytest.mark.slow
def test_workers_that_always_die_end_in_one_error():
    got = []
    with pytest.raises(RunError, match="again and again"):
        got.extend(spread(poisoned, [(n,) for n in range(5)], 2, in_order=False))


@pytest.mark.parametrize("kind", [ValueError, MemoryError])
def test_what_fails_at_a_worker_is_one_line(kind):
    with pytest.raises(RunError) as said:
        list(spread(failing, [(n, kind) for n in range(6)], 2))
    assert len(str(said.value).splitlines()) == 1
    assert ("first line second line" in str(said.value)) is (kind is ValueError)


def test_blocks_begin_at_multiples_of_their_size():
    for first, count, size in ((0, 40, 25), (40, 40, 25), (7, 1, 5), (0, 5, 5)):
        cut = blocks(first, count, size)
        assert [at for start, many in cut for at in range(start, start + many)] == [
            *range(first, first + count)
        ]
        assert all(start == first or start % size == 0 for start, _ in cut)
    assert block_of("reference") == 5 <= block_of("auto")


def test_numbers_do_not_depend_on_workers_or_on_the_size_of_blocks(monkeypatch):
    tiny = load("tiny")
    world = {"as is": tiny, "more": tiny.replace("demand.units.*.weekly_deals", "=*1.2")}

    def bits(workers):
        made = trial(world, 12, seed=3, workers=workers, first=3).metrics
        return {(name, m): values.tobytes() for name, own in made.items() for m, values in own.items()}

    alone = bits(1)
    assert bits(2) == alone
    for size in (1, 4, 25):
        monkeypatch.setattr("funnelsim.study.experiment.block_of", lambda _, size=size: size)
        assert bits(1) == alone


@pytest.mark.parametrize(
    ("sent", "to_all"),
    [
        (signal.SIGINT, True),  # Ctrl-C in a terminal
        pytest.param(signal.SIGINT, False, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, False, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, False, marks=pytest.mark.slow),
    ],
)
def test_workers_end_with_their_caller(tmp_path, sent, to_all):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(program)], start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline(), "no block was made"
    workers = [line for line in group_of(process.pid) if "popen_loky" in line]
    assert len(workers) == 2
    (os.killpg if to_all else os.kill)(process.pid, sent)
    began = time.monotonic()
    process.wait(timeout=20)
    assert until(lambda: not group_of(process.pid), 20), group_of(process.pid)
    assert time.monotonic() - began < 20
    assert b"LokyProcess" not in process.stderr.read()
    process.stdout.close()
    process.stderr.close()
