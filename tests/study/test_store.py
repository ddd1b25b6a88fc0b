"""Kept results: an interrupted run goes on where it was, old rules never answer, damage is made anew."""

from __future__ import annotations

import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from funnelsim import cli
from funnelsim.commands.shared import told_of
from funnelsim.scenario.files import load
from funnelsim.study import enough, experiment, store
from funnelsim.study.compare import compare
from funnelsim.study.metrics import METRICS

trial = partial(experiment.trial, engine="reference")  # in blocks of five

PROGRAM = """
import pickle, sys
from funnelsim.scenario.files import load
from funnelsim.study.experiment import trial

tiny = load("tiny")
world = {"as is": tiny, "more": tiny.replace("demand.units.*.weekly_deals", "=*1.2")}
made = trial(world, int(sys.argv[2]), seed=5, engine="reference", workers=int(sys.argv[3]), store=sys.argv[1])
pickle.dump(made.metrics, open(sys.argv[1] + ".pickle", "wb"))
"""


def started(folder: Path, replications: int, workers: int = 1) -> subprocess.Popen:
    words = [sys.executable, "-c", PROGRAM, str(folder), str(replications), str(workers)]
    return subprocess.Popen(words, start_new_session=True)


def numbers(folder: Path) -> dict:
    return pickle.loads(Path(f"{folder}.pickle").read_bytes())


def kept(folder: Path) -> dict[str, bytes]:
    """What the folder holds, by place; a kill in the middle of writing leaves a part under a hidden name."""
    files = [p for p in folder.rglob("*.parquet") if p.is_file() and not p.name.startswith(".")]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def same(a: dict, b: dict) -> bool:
    return {n: {m: v.tobytes() for m, v in own.items()} for n, own in a.items()} == {
        n: {m: v.tobytes() for m, v in own.items()} for n, own in b.items()
    }


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


@pytest.fixture
def blocks_made(monkeypatch):
    """Counts the blocks that are made."""
    blocks: list[int] = []

    def counted(*args, **more):
        blocks.append(more["first"])
        return simulate(*args, **more)

    simulate = experiment.simulate
    monkeypatch.setattr(experiment, "simulate", counted)
    return blocks


def killed_and_resumed(tmp_path: Path, replications: int, workers: int, moments: int) -> None:
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    assert started(calm, replications, workers).wait() == 0
    luck = random.Random()
    for _ in range(moments):
        process = started(rough, replications, workers)
        blocks = len(kept(rough)) + luck.randint(1, 3)
        while len(kept(rough)) < blocks and process.poll() is None:
            time.sleep(0.002)
        time.sleep(luck.uniform(0, 0.1))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    before = kept(rough)
    assert started(rough, replications, workers).wait() == 0
    assert same(numbers(rough), numbers(calm))
    assert kept(rough) == kept(calm)
    assert before.items() <= kept(rough).items(), "a block that was finished was made again otherwise"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_run_goes_on_where_it_was(tmp_path):
    killed_and_resumed(tmp_path, 30, workers=1, moments=1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_killed_at_three_moments_goes_on_where_it_was(tmp_path, workers):
    killed_and_resumed(tmp_path, 150, workers, moments=3)


def test_two_runs_at_once_share_a_folder(tmp_path, tiny):
    both = [started(tmp_path / "both", 15) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    world = {"as is": tiny, "more": tiny.replace("demand.units.*.weekly_deals", "=*1.2")}
    assert same(numbers(tmp_path / "both"), trial(world, 15, seed=5).metrics)
    assert not [p for p in (tmp_path / "both").rglob(".*") if p.name != ".writable"]


def test_what_is_kept_is_not_made_again(tmp_path, tiny, blocks_made):
    first = trial({"a": tiny}, 12, store=tmp_path)
    assert blocks_made == [0, 5, 10]
    again = trial({"other name": tiny}, 12, store=tmp_path)
    assert blocks_made == [0, 5, 10]
    assert same({"": first.metrics["a"]}, {"": again.metrics["other name"]})
    assert (again.engine, again.digests["other name"]) == (first.engine, tiny.digest)
    assert same(trial({"a": tiny}, 7, store=tmp_path).metrics, trial({"a": tiny}, 7).metrics)
    longer = trial({"a": tiny}, 20, store=tmp_path)  # a block that was cut short is made in full
    assert same(longer.metrics, trial({"a": tiny}, 20).metrics)


def test_progress_tells_of_what_was_kept(tmp_path, tiny):
    trial({"a": tiny}, 10, store=tmp_path)
    seen: list[tuple[int, int]] = []
    trial({"a": tiny}, 15, store=tmp_path, progress=lambda *step: seen.append(step))
    assert seen == [(10, 15), (15, 15)]


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "garbage", "another block", "a folder"])
def test_a_damaged_file_is_made_anew(tmp_path, tiny, damage):
    whole = trial({"a": tiny}, 10, store=tmp_path)
    files = sorted(tmp_path.rglob("*.parquet"))
    assert len(files) == 2
    sound = files[0].read_bytes()
    match damage:
        case "flipped":  # one bit of one number
            at = sound.index(whole.metrics["a"]["bookings"][:5].tobytes())
            files[0].write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        case "truncated":
            files[0].write_bytes(sound[: len(sound) // 2])
        case "empty":
            files[0].write_bytes(b"")
        case "garbage":
            files[0].write_bytes(random.Random(1).randbytes(5000))
        case "another block":  # of another seed, say, put here by hand
            trial({"a": tiny}, 5, seed=2, store=tmp_path / "x")
            shutil.copy(next((tmp_path / "x").rglob("*.parquet")), files[0])
        case "a folder":
            files[0].unlink()
            files[0].mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", store.NotKept)
        assert same(trial({"a": tiny}, 10, store=tmp_path).metrics, whole.metrics)
    assert damage == "a folder" or files[0].read_bytes() == sound


def test_a_folder_that_cannot_be_written_to_is_said_once(tmp_path, tiny):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(store.NotKept) as said:
        answer = compare(tiny, {"b": tiny}, replications=10, store=tmp_path / "file")
    notes = [one for one in said if issubclass(one.category, store.NotKept)]
    assert len(notes) == 1
    assert str(tmp_path / "file") in str(notes[0].message)
    assert answer.replications == 10


def test_a_full_disk_is_said_once_and_stops_nothing(tmp_path, tiny, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_block", full)
    with pytest.warns(store.NotKept, match="No space left") as said:
        assert trial({"a": tiny}, 15, store=tmp_path).replications == 15
    assert len(said) == 1


def test_a_folder_that_may_only_be_read_still_answers(tmp_path, tiny, blocks_made, monkeypatch):
    trial({"a": tiny}, 5, store=tmp_path)
    trial({"a": tiny}, 5, store=store.Store(tmp_path / "runs", writable=False))
    assert blocks_made == [0]
    trial({"a": tiny}, 5, seed=2, store=store.Store(tmp_path / "runs", writable=False))
    assert len(kept(tmp_path)) == 1


def test_the_place_of_a_block_depends_on_all_that_it_depends_on(tmp_path, tiny, monkeypatch):
    place = store.Store(tmp_path)
    places = {
        place.path(tiny.digest, 1, "auto", 0),
        place.path(tiny.digest, 2, "auto", 0),
        place.path(tiny.digest, 1, "reference", 0),
        place.path(tiny.digest, 1, "auto", 5),
        place.path(tiny.replace("team.reps.anna.weekly_hours", 15).digest, 1, "auto", 0),
    }
    monkeypatch.setattr(store, "_RULES_OF_THIS_PROCESS", "other")
    places.add(place.path(tiny.digest, 1, "auto", 0))
    store._metric_list.cache_clear()
    monkeypatch.setitem(METRICS, "new", METRICS["wins"])
    places.add(place.path(tiny.digest, 1, "auto", 0))
    store._metric_list.cache_clear()
    assert len(places) == 7
    assert place.path(tiny.replace("name", "renamed").digest, 1, "reference", 0) not in places - {
        place.path(tiny.digest, 1, "reference", 0)
    }


def test_an_edit_of_a_rule_is_another_place(tmp_path, monkeypatch):
    package = tmp_path / "funnelsim"
    home = Path(store.__file__).parent.parent
    shutil.copytree(home, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(store, "__file__", str(package / "study" / "store.py"))
    seen = {store._fingerprint()}
    for number, part in enumerate(
        ("engine/rules/order.py", "study/formulas.py", "history/log.py", "calendar.py"), 2
    ):
        path = package / part
        path.write_text(path.read_text("utf-8") + "\n# edited\n", "utf-8")
        seen.add(store._fingerprint())
        assert len(seen) == number, part
    (package / "show" / "words.py").write_text("", "utf-8")
    seen.add(store._fingerprint())
    assert len(seen) == 5, "a text on a page changes no number"


def test_what_is_kept_can_be_weighed_and_forgotten(tmp_path, tiny, monkeypatch):
    trial({"a": tiny}, 10, store=tmp_path)
    weight = store.size(tmp_path)
    assert weight == sum(p.stat().st_size for p in tmp_path.rglob("*.parquet")) > 0
    assert store.clear(tmp_path, old=True) == 0
    monkeypatch.setattr(store, "_RULES_OF_THIS_PROCESS", "newer")
    assert store.clear(tmp_path, old=True) == weight
    assert store.size(tmp_path) == 0


def test_the_folder_is_named_or_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path))
    assert store.cache_folder() == tmp_path
    monkeypatch.delenv("FUNNELSIM_CACHE")
    assert "funnelsim" in store.cache_folder().parts


# -- as many as the answer needs ----------------------------------------------------------------------


def test_replications_are_added_until_the_mean_is_narrow(tiny, monkeypatch):
    monkeypatch.setattr(enough, "FEWEST", 5)
    monkeypatch.setattr(enough, "NARROW", 0.3)
    run = enough.until({"a": tiny}, enough.of_mean)
    assert enough.of_mean(run) <= 0.3 < enough.of_mean(trial({"a": tiny}, run.replications // 2))
    assert same(run.metrics, trial({"a": tiny}, run.replications).metrics)


def test_it_stops_at_the_most_that_is_allowed_and_says_so(tiny, monkeypatch):
    monkeypatch.setattr(enough, "FEWEST", 5)
    monkeypatch.setattr(enough, "MOST", 12)
    run = enough.until({"a": tiny}, enough.of_mean)
    assert run.replications == 12
    precision = enough.Precision(enough.of_mean(run))
    assert not precision.reached
    assert precision.json()["reached"] is False
    assert told_of(precision, 12)[0].startswith("Stopped at the most that is allowed, 12 years")


def test_a_mean_of_nothing_is_narrow_and_a_single_year_is_not(tiny):
    nothing = trial({"a": tiny.replace("demand.units.*.weekly_deals", 0)}, 2)
    assert enough.of_mean(nothing) == 0
    assert np.isnan(enough.of_mean(trial({"a": tiny}, 1)))


def test_the_command_line_keeps_results_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path))
    ask = CliRunner().invoke
    without = ask(cli.main, ["run", "tiny", "-n", "5", "--json", "--no-cache"])
    assert not kept(tmp_path)
    first, again = (ask(cli.main, ["run", "tiny", "-n", "5", "--json"]) for _ in range(2))
    assert len(kept(tmp_path)) == 1
    assert without.output == first.output == again.output
    assert ask(cli.main, ["compare", "tiny", "--set", "demand.amount=*1.1", "-n", "5"]).exit_code == 0
    assert len(kept(tmp_path)) > 1


def test_the_command_line_takes_auto(monkeypatch):
    monkeypatch.setattr(enough, "FEWEST", 5)
    monkeypatch.setattr(enough, "MOST", 10)
    for words in (["run", "tiny"], ["compare", "tiny", "--set", "demand.amount=*1.1"]):
        answer = CliRunner().invoke(cli.main, [*words, "-n", "auto", "--no-cache"])
        assert answer.exit_code == 0, answer.output
        assert "95 % interval of bookings" in answer.output
    wrong = CliRunner().invoke(cli.main, ["run", "tiny", "-n", "many"])
    assert wrong.exit_code == 2
