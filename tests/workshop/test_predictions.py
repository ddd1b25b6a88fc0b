"""Predictions of a room: nothing is lost however many write at once, and nothing moves once the answer was shown."""

from __future__ import annotations

import json
import math
import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import funnelsim as fs
from funnelsim.errors import RunError
from funnelsim.workshop import Room, number_errors, ranking_errors
from funnelsim.workshop.predictions import clean

IDEAS = ("leads", "hours", "templates")
names = st.text(min_size=1, max_size=80).filter(lambda name: _is_name(name))
numbers = st.floats(allow_nan=False, allow_infinity=False)
answers = st.dictionaries(
    st.text(string.ascii_letters, min_size=1, max_size=8),
    numbers | st.permutations(IDEAS).map(tuple),
    min_size=1,
    max_size=3,
)


def _is_name(name: str) -> bool:
    try:
        return bool(clean(name))
    except RunError:
        return False


@settings(max_examples=20)
@given(st.dictionaries(names, answers, max_size=6))
def test_what_is_kept_comes_back_and_files_stay_in_their_folder(tmp_path_factory, given):
    folder = tmp_path_factory.mktemp("room")
    room, last = Room(folder, "06_ideas"), {}
    for name, said in given.items():
        room.put(name, said)
        last[clean(name).casefold()] = said
    assert {p.parent for p in folder.rglob("*") if p.is_file()} <= {folder / "06_ideas"}
    for name, said in last.items():
        assert room.of(name).answers == said
    table = room.table()
    assert len(table) == sum(map(len, last.values()))
    assert len(set(table["participant"].str.casefold())) == len(last)
    assert table.attrs["unreadable"] == []


def test_a_name_is_one_person_however_it_is_written(tmp_path):
    room = Room(tmp_path, "m")
    room.put("Zoë  Li", {"q": 1})
    room.put(" zoe\u0308 li ", {"q": 2})
    assert room.of("ZOË LI").answers == {"q": 2.0}
    assert len(room.table()) == 1
    room.put("王芳", {"q": 3})
    room.put("王方", {"q": 4})
    assert len(room.table()) == 3


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a\0b", "a\u202eb"])
def test_what_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(RunError):
        Room(tmp_path, "m").put(name, {"q": 1})
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "..", "a\\b", "CON", "x.json", ".hidden"])
def test_no_name_leads_elsewhere(tmp_path, name):
    room = Room(tmp_path / "in", "m")
    room.put(name, {"q": 1})
    assert room.of(name).participant == name
    assert [p.parent for p in tmp_path.rglob("*") if p.is_file()] == [tmp_path / "in" / "m"]


@pytest.mark.parametrize("answer", [math.nan, math.inf, "7", True, None, [], ["a", "a"], ["a", 1]])
def test_what_is_no_answer_is_refused_and_changes_nothing(tmp_path, answer):
    room = Room(tmp_path, "m")
    room.put("Mei", {"q": 1})
    with pytest.raises(RunError):
        room.put("Mei", {"q": answer})
    assert room.of("Mei").answers == {"q": 1.0}


def test_once_the_answer_was_shown_nothing_moves(tmp_path):
    room = Room(tmp_path, "m")
    with pytest.raises(RunError, match="No prediction"):
        room.seal("Mei")
    room.put("Mei", {"q": 1})
    room.put("Mei", {"q": 2})
    room.seal("Mei")
    room.seal("Mei")
    with pytest.raises(RunError, match="has seen the answer"):
        room.put("mei", {"q": 3})
    assert room.of("Mei").answers == {"q": 2.0}
    assert room.of("Mei").is_sealed
    assert room.table()["sealed"].tolist() == [True]
    Room(tmp_path, "another").put("Mei", {"q": 3})


_WRITES = """
import sys
from concurrent.futures import ThreadPoolExecutor
from funnelsim.workshop import Room
folder, first = sys.argv[1], int(sys.argv[2])
def writes(k):
    for turn in range(10):
        Room(folder, "m").put(f"person {k}", {"q": 100 * k + turn, "order": ["leads", "hours"]})
with ThreadPoolExecutor(10) as pool:
    list(pool.map(writes, range(first, first + 10)))
"""


def test_twenty_people_writing_at_once_lose_nothing(tmp_path):
    """Ten threads in each of two processes, ten times each, and somebody reads all the while."""
    room, seen = Room(tmp_path, "m"), []
    writers = [subprocess.Popen([sys.executable, "-c", _WRITES, str(tmp_path), str(k)]) for k in (0, 10)]
    while any(one.poll() is None for one in writers):
        table = room.table()
        assert table.attrs["unreadable"] == []
        seen.append(table["participant"].nunique())
    assert [one.returncode for one in writers] == [0, 0]
    table = room.table()
    assert sorted(table.loc[table["question"] == "q", "number"]) == [100 * k + 9 for k in range(20)]
    assert seen == sorted(seen), "nobody who was there is ever missing"
    assert len(list((tmp_path / "m").iterdir())) == 20


def test_a_prediction_sealed_while_others_are_written_is_one_of_those_that_were_whole(tmp_path):
    """Ten times: four threads write under one name, one seals; what is read from then on is always the same."""

    def writes(room: Room, k: int) -> None:
        for turn in range(10):
            try:
                room.put("Mei", {"q": 10 * k + turn})
            except RunError:
                return

    for trial in range(10):
        room = Room(tmp_path, f"m{trial}")
        room.put("Mei", {"q": -1})
        with ThreadPoolExecutor(5) as pool:
            jobs = [pool.submit(writes, room, k) for k in range(4)]
            pool.submit(room.seal, "Mei").result()
            first = room.of("Mei")
            for job in jobs:
                job.result()
        assert first.is_sealed
        assert room.of("Mei") == first
        assert room.table()["number"].tolist() == [first.answers["q"]]


def test_a_damaged_file_is_named_and_keeps_nobody_else_out(tmp_path):
    room = Room(tmp_path, "m")
    room.put("Mei", {"q": 1})
    room.put("Tom", {"q": 2})
    broken = next(p for p in (tmp_path / "m").iterdir() if p.name.startswith("tom"))
    broken.write_text("{", "utf-8")
    (tmp_path / "m" / "list.json").write_text(json.dumps([1, 2]), "utf-8")
    table = room.table()
    assert table["participant"].tolist() == ["Mei"]
    assert sorted(table.attrs["unreadable"]) == sorted([broken.name, "list.json"])
    with pytest.raises(RunError, match="damaged"):
        room.of("Tom")


def test_a_write_that_is_broken_off_leaves_what_was_there(tmp_path, monkeypatch):
    room = Room(tmp_path, "m")
    room.put("Mei", {"q": 1})

    def breaks(self, *_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", breaks)
        with pytest.raises(KeyboardInterrupt):
            room.put("Mei", {"q": 2})
    assert room.of("Mei").answers == {"q": 1.0}
    assert len(list((tmp_path / "m").iterdir())) == 1


@settings(max_examples=20)
@given(
    st.dictionaries(st.sampled_from("abcdef"), numbers.map(lambda x: x % 1000), min_size=1),
    st.floats(-1e3, 1e3),
)
def test_the_error_of_a_number_is_its_distance(tmp_path_factory, said, measured):
    room = Room(tmp_path_factory.mktemp("room"), "m")
    for name, value in said.items():
        room.put(name, {"q": value, "other": 1})
    found = number_errors(room.table(), {"q": measured}).set_index("participant")["error"].to_dict()
    assert found == {name: abs(value - measured) for name, value in said.items()}


@settings(max_examples=20)
@given(st.permutations("abcde"), st.permutations("abcde"), st.sets(st.tuples(*[st.integers(0, 4)] * 2)))
def test_the_error_of_a_ranking_counts_pairs_the_wrong_way_round(tmp_path_factory, own, truth, chosen):
    apart = {(truth[i], truth[j]) for i, j in chosen if i < j}
    room = Room(tmp_path_factory.mktemp("room"), "m")
    room.put("Mei", {"order": own, "number": 3})
    room.put("Tom", {"order": truth})
    found = ranking_errors(room.table(), {"order": apart}).set_index("participant")["error"]
    if not apart:
        assert found.isna().all(), "where all is a tie nobody is wrong"
        return
    assert found["Tom"] == 0
    backwards = ranking_errors(_one(tmp_path_factory, own[::-1]), {"order": apart})["error"][0]
    assert found["Mei"] + backwards == pytest.approx(1)


def _one(tmp_path_factory, order):
    room = Room(tmp_path_factory.mktemp("room"), "m")
    room.put("Mei", {"order": order})
    return room.table()


def test_the_door_is_there_and_an_empty_room_is_empty(tmp_path):
    room = fs.workshop.Room(tmp_path / "nowhere", "m")
    assert room.of("Mei") is None
    assert room.table().empty
    assert not (tmp_path / "nowhere").exists(), "looking makes no folder"
    for module in ("", "..", "a/b", " m"):
        with pytest.raises(RunError):
            fs.workshop.Room(tmp_path, module)
