"""The same work on a cluster: the same numbers, whoever dies; strangers are refused, and nobody else comes in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from processes import group_of, until

import funnelsim
from funnelsim.cli import main
from funnelsim.errors import RunError
from funnelsim.scenario.files import load
from funnelsim.study import cluster
from funnelsim.study.enough import of_mean
from funnelsim.study.enough import until as enough
from funnelsim.study.experiment import trial

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGKILL")

PROGRAM = """
import sys
from funnelsim.scenario.files import load
from funnelsim.study.experiment import trial

if __name__ == "__main__":
    told = lambda *_: print("made", flush=True)
    trial({"a": load("industrial_8x8")}, 4000, cluster="local", workers=2, progress=told)
"""


@pytest.fixture(scope="module")
def world():
    tiny = load("tiny")
    return {"as is": tiny, "more": tiny.replace("demand.units.*.weekly_deals", "=*1.2")}


def bits(made) -> dict:
    return {(name, m): values.tobytes() for name, own in made.metrics.items() for m, values in own.items()}


@pytest.fixture(scope="module")
def alone(world):
    return bits(trial(world, 120, seed=4))


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def started(*words: str, **environment: str):
    """A process of a cluster, as a user starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env=os.environ | {"PYTHONSAFEPATH": "1"} | environment,
    )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def scheduler():
    address = f"tcp://127.0.0.1:{free_port()}"
    words = ("distributed.cli.dask_scheduler", "--host", address, "--no-dashboard")
    with started(*words) as process:
        assert until(lambda: answers(address), 30)
        yield process, address


def answers(address: str) -> bool:
    try:
        cluster._reached(address)
    except RunError:
        return False
    return True


def worker(address: str, *words: str, **environment: str):
    return started(
        "distributed.cli.dask_worker", address, "--no-dashboard", "--host", "127.0.0.1", *words, **environment
    )


def threads(crew: cluster.Cluster) -> int:
    return sum(crew._client.nthreads().values())


# -- what a user may get wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    ["", "nonsense", "8786", "tcp://", "tcp://host", "http://host:80", "tcp://host:0", "tcp://h:99999"],
)
def test_an_address_that_is_none_is_refused(world, where):
    with pytest.raises(RunError, match="no address of a cluster"):
        trial(world, 5, cluster=where)


def test_nobody_there_is_said_at_once():
    began = time.monotonic()
    done = CliRunner().invoke(main, ["run", "tiny", "-n", "2", "--cluster", f"tcp://127.0.0.1:{free_port()}"])
    assert time.monotonic() - began < 10
    assert (done.exit_code, done.stdout, len(done.stderr.strip().splitlines())) == (1, "", 1)
    assert "no scheduler answers there" in done.stderr


@pytest.mark.parametrize(
    "speech", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64]
)
def test_a_stranger_at_the_address_is_no_scheduler(world, speech):
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def talk() -> None:
            while True:
                try:
                    there, _ = listening.accept()
                except OSError:
                    return
                there.sendall(speech)

        threading.Thread(target=talk, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(RunError, match="no scheduler of Dask"):
            trial(world, 5, cluster=f"tcp://127.0.0.1:{listening.getsockname()[1]}")
        assert time.monotonic() - began < 10


def test_without_the_package_the_mend_is_to_install_it(world, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r"funnelsim\[cluster\]"):
        trial(world, 5, cluster="local")
    trial(world, 5)


def test_workers_of_a_cluster_are_not_counted_here():
    done = CliRunner().invoke(main, ["run", "tiny", "--cluster", "tcp://127.0.0.1:1", "--workers", "2"])
    assert done.exit_code == 2


# -- with a real cluster ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_local_cluster_gives_the_same_numbers_and_hears_nobody_else(world, alone, tmp_path):
    with cluster.opened("local", 2) as crew:
        here = psutil.Process()
        family = [here, *here.children(recursive=True)]
        doors = {one.laddr.ip for p in family for one in p.net_connections() if one.status == "LISTEN"}
        assert doors == {"127.0.0.1"}
        assert bits(trial(world, 120, seed=4, cluster=crew, store=tmp_path)) == alone
        again = trial(world, 120, seed=4, cluster=crew, store=tmp_path)
        assert (bits(again), again.found) == (alone, 240)
        logs = trial(world, 12, seed=4, cluster=crew, keep_logs=True).logs["more"]
        assert (
            logs.deals.time.tobytes()
            == trial(world, 12, seed=4, keep_logs=True).logs["more"].deals.time.tobytes()
        )
    assert until(lambda: not here.children(recursive=True) or not _dask(here), 10)


def _dask(here: psutil.Process) -> list[psutil.Process]:
    return [one for one in here.children(recursive=True) if "spawn_main" in " ".join(one.cmdline())]


@pytest.mark.slow
def test_workers_killed_on_the_way_change_nothing(world, alone):
    """Two are killed by the system, really, while they work; a nanny replaces one, the other is gone."""
    with (
        scheduler() as (_, address),
        worker(address, "--nworkers", "1", "--nthreads", "1", "--no-nanny") as first,
        worker(address, "--nworkers", "1", "--nthreads", "2", "--nanny") as second,
        cluster.opened(address) as crew,
    ):
        assert until(lambda: threads(crew) == 3, 120)
        killed = []

        def kill(done: int, _total: int) -> None:
            if done >= 20 and not killed:
                killed.append(first.pid)
                os.kill(first.pid, signal.SIGKILL)
            if done >= 60 and len(killed) == 1:
                child = max(
                    psutil.Process(second.pid).children(recursive=True), key=lambda one: one.memory_info().rss
                )
                killed.append(child.pid)
                child.kill()

        assert bits(trial(world, 120, seed=4, cluster=crew, progress=kill)) == alone
        assert len(killed) == 2
        assert all(not psutil.pid_exists(one) or psutil.Process(one).status() == "zombie" for one in killed)


@pytest.mark.slow
def test_workers_that_would_compute_other_numbers_are_refused_by_name(world, alone, tmp_path):
    changed, broken = tmp_path / "changed", tmp_path / "broken"
    shutil.copytree(
        Path(funnelsim.__file__).parent, changed / "funnelsim", ignore=shutil.ignore_patterns("__pycache__")
    )
    rules = changed / "funnelsim" / "engine" / "rules" / "order.py"
    rules.write_text(rules.read_text("utf-8") + "\n# edited\n", "utf-8")
    (broken / "funnelsim").mkdir(parents=True)
    (broken / "funnelsim" / "__init__.py").write_text("raise ImportError('not installed here')\n")
    with scheduler() as (_, address), cluster.opened(address) as crew:
        with worker(address, "--name", "good"):
            assert until(lambda: threads(crew), 120)
            assert bits(trial(world, 120, seed=4, cluster=crew)) == alone
            with worker(address, PYTHONPATH=str(changed)):
                assert until(lambda: len(crew._client.nthreads()) == 2, 120)
                with pytest.raises(RunError, match=r"tcp://127.0.0.1:\d+ \(funnelsim .* ≠ ") as said:
                    trial(world, 5, cluster=crew)
                assert said.value.faults[0].facts["workers"].count("tcp://") == 1
        assert until(lambda: not threads(crew), 30)
        with worker(address, PYTHONPATH=str(broken)):
            assert until(lambda: threads(crew), 120)
            with pytest.raises(RunError, match="not installed here"):
                trial(world, 5, cluster=crew)


@pytest.mark.slow
def test_a_worker_that_comes_later_is_looked_at_too(world, tmp_path):
    """Its piece is refused though the others were in order when they were looked at."""
    changed = tmp_path / "funnelsim"
    shutil.copytree(Path(funnelsim.__file__).parent, changed, ignore=shutil.ignore_patterns("__pycache__"))
    (changed / "engine" / "rules" / "order.py").open("a").write("\n# edited\n")
    with scheduler() as (_, address), cluster.opened(address) as crew, worker(address) as good:
        assert until(lambda: threads(crew), 120)
        late = []

        def swap(_done: int, _total: int) -> None:
            if not late:
                late.append(worker(address, PYTHONPATH=str(tmp_path)))
                late[0].__enter__()
                assert until(lambda: len(crew._client.nthreads()) == 2, 120)
                os.killpg(good.pid, signal.SIGKILL)

        try:
            with pytest.raises(RunError, match=r"refused: tcp://"):
                trial(world, 200, cluster=crew, progress=swap)
        finally:
            late[0].__exit__(None, None, None)


@pytest.mark.slow
def test_a_cluster_that_is_lost_or_empty_is_one_error_and_what_is_done_is_kept(
    world, alone, tmp_path, monkeypatch
):
    monkeypatch.setattr(cluster, "EMPTY_SECONDS", 3.0)
    with scheduler() as (boss, address):
        with pytest.raises(RunError, match="no workers"):
            trial(world, 5, cluster=address)
        with worker(address), cluster.opened(address) as crew:
            assert until(lambda: threads(crew), 120)

            def kill(done: int, _total: int) -> None:
                if done >= 30 and boss.poll() is None:
                    os.killpg(boss.pid, signal.SIGKILL)

            with pytest.raises(RunError, match="was lost on the way"):
                trial(world, 120, seed=4, cluster=crew, progress=kill, store=tmp_path)
    assert trial(world, 120, seed=4, store=tmp_path).found >= 30
    assert bits(trial(world, 120, seed=4, store=tmp_path)) == alone


@pytest.mark.slow
def test_all_workers_dead_is_one_error(world, monkeypatch):
    monkeypatch.setattr(cluster, "EMPTY_SECONDS", 4.0)
    with (
        scheduler() as (_, address),
        worker(address, "--no-nanny") as only,
        cluster.opened(address) as crew,
    ):
        assert until(lambda: threads(crew), 120)
        with pytest.raises(RunError, match=r"no workers"):
            trial(world, 2000, cluster=crew, progress=lambda *_: os.killpg(only.pid, signal.SIGKILL))


@pytest.mark.slow
def test_a_piece_that_brings_down_every_worker_is_one_error():
    with (
        scheduler() as (_, address),
        worker(address, "--nworkers", "4", "--nthreads", "1"),
        cluster.opened(address) as crew,
    ):
        assert until(lambda: threads(crew) == 4, 120)
        with pytest.raises(RunError, match="brought down several workers"):
            list(crew.spread(os._exit, [(1,)]))


@pytest.mark.slow
def test_several_threads_of_a_worker_do_not_meet(world, alone):
    with (
        scheduler() as (_, address),
        worker(address, "--nthreads", "6"),
        cluster.opened(address) as crew,
    ):
        assert until(lambda: threads(crew) == 6, 120)
        many = {f"{name} {n}": one for n in range(4) for name, one in world.items()}
        made = bits(trial(many, 120, seed=4, cluster=crew))
    assert {(f"{name} {n}", m): value for (name, m), value in alone.items() for n in range(4)} == made


@pytest.mark.slow
def test_the_command_line_and_as_many_as_needed_take_a_cluster(world, monkeypatch):
    monkeypatch.setattr("funnelsim.study.enough.MOST", 80)
    words = ["compare", "tiny", "--set", "demand.amount=*1.1", "-n", "12", "--json", "--no-cache"]
    here, there = (
        CliRunner().invoke(main, [*words, *more]) for more in ([], ["--cluster", "local", "--workers", "2"])
    )
    assert here.exit_code == there.exit_code == 0, there.output
    assert here.stdout == there.stdout
    assert there.stderr == ""
    assert bits(enough(world, of_mean, cluster="local", workers=2)) == bits(enough(world, of_mean))


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "to_all"), [(signal.SIGINT, True), (signal.SIGKILL, False)])
def test_a_local_cluster_ends_with_its_caller(tmp_path, sent, to_all):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(program)], start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline(), process.stderr.read()
    (os.killpg if to_all else os.kill)(process.pid, sent)
    process.wait(timeout=30)
    assert until(lambda: not group_of(process.pid), 20), group_of(process.pid)
    said = process.stderr.read().decode()
    assert said.count("Traceback") <= 1, said
    process.stdout.close()
    process.stderr.close()
