"""Files that are no scenario: one clear error, soon, never a traceback or a full memory."""

from __future__ import annotations

import os
import time

import pytest

from funnelsim.errors import ScenarioError
from funnelsim.scenario import reading
from funnelsim.scenario.files import load
from funnelsim.scenario.reading import MAX_DEPTH

TINY_HEAD = "extends: tiny\n"


def codes(path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert str(caught.value)  # every fault has its text
    return [fault.code for fault in caught.value.faults]


def written(folder, content: str | bytes):
    path = folder / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"  \n\n# only a comment\n", "file_empty"),
        (b"\x00\x01\x02PK", "file_binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file_binary"),
        ("name: 北区".encode("gbk"), "file_not_utf8"),
        (b"- a\n- b\n", "top_not_mapping"),
        (b"just a text\n", "top_not_mapping"),
        (b"team:\n\treps: []\n", "yaml_tab"),
        (b"name: {a: [1, 2}\n", "yaml_syntax"),
        (b"name: 'no end\n", "yaml_syntax"),
        (b"%YAML 7.4.2\n---\nname: x\n", "yaml_syntax"),
        (b"name: a\n---\nname: b\n", "yaml_documents"),
        (b"name: *nobody\n", "yaml_syntax|yaml_unknown_alias"),
        (b"name: a\nname: b\n", "yaml_duplicate"),
        (b"{[a, b]: c}\n", "yaml_key"),
        (b"name: !!python/object/apply:os.system ['true']\n", "yaml_tag"),
        (b"name: !mine x\n", "yaml_tag"),
        (b"a: &a [*a]\n", "yaml_unknown_alias"),
        (LAUGHS.encode(), "yaml_too_much"),
        (b"a: " + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "yaml_too_deep"),
        (b"[" * 100_000, "yaml_too_deep"),
        (b"{a: " * 50_000, "yaml_too_deep"),
        (b"- " * 50_000, "yaml_too_deep"),
        (b"name: x\n" * 600_000 + b"pad: " + b"x" * 400_000, "file_too_big"),
        (b"name: " + b"9" * 6000 + b"\n", None),
        (b"weights: {upper: .nan, middle: .inf}\nextends: tiny\n", "not_finite"),
        (b"extends: tiny\nmeasure: {to: 2026-02-30}\n", "bad_date"),
        (b"extends: tiny\nmeasure: {to: 20260231}\n", "bad_date"),
        (b"extends: [tiny]\n", "not_text"),
        (b"extends: no_such\n", "scenario_unknown"),
        (b"extends: mine.yaml\n", "extends_circle"),
        (b"extends: ../no/such.yaml\n", "extends_missing"),
        (b"extends: ''\n", None),
        (b"extends: .\n", None),
    ],
)
def test_a_file_that_is_no_scenario_says_why_in_one_error(tmp_path, content, code):
    start = time.perf_counter()
    found = codes(written(tmp_path, content))
    assert code is None or set(found) & set(code.split("|")), found
    assert time.perf_counter() - start < 30


def test_what_is_not_there_or_not_a_file(tmp_path):
    assert codes(tmp_path / "none.yaml") == ["file_missing"]
    assert codes(tmp_path) == ["file_is_folder"]
    assert codes("tinny") == ["scenario_unknown_near"]
    assert codes("a\0b") != []
    assert codes("x" * 5000) != []
    assert codes("") != []
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.yaml")
        assert codes(tmp_path / "pipe.yaml") == ["file_not_regular"]


def test_a_long_list_is_given_up_early(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_VALUES", 1000)
    assert codes(written(tmp_path, b"a: [" + b"1," * 1100 + b"]")) == ["yaml_too_much"]


def test_a_chain_of_files_that_never_ends_is_refused(tmp_path):
    for n in range(15):
        (tmp_path / f"s{n}.yaml").write_text(f"extends: s{n + 1}.yaml\n")
    (tmp_path / "s15.yaml").write_text("extends: tiny\n")
    assert codes(tmp_path / "s0.yaml") == ["extends_too_deep"]
    assert load(tmp_path / "s8.yaml").stages


def test_words_mean_what_they_look_like(tmp_path):
    text = TINY_HEAD + "notes: on\nteam:\n  reps:\n    - {id: anna, name: no, weekly_hours: 1.4e1}\n"
    scenario = load(written(tmp_path, text))
    assert scenario.notes == "on"
    assert scenario.team.reps[0].name.en == "no"
    assert scenario.team.reps[0].weekly_hours == 14


def test_a_text_with_a_mark_or_in_utf16_is_read(tmp_path):
    for encoding in ("utf-8-sig", "utf-16"):
        assert load(written(tmp_path, (TINY_HEAD + "name: 北区\n").encode(encoding))).name.zh == "北区"


def test_aliases_within_reason_are_allowed(tmp_path):
    text = TINY_HEAD + "targets: &t {bookings: 5}\nprovenance: {weights: &p {kind: assumed}, targets: *p}\n"
    scenario = load(written(tmp_path, text))
    assert scenario.provenance["targets"].kind == "assumed"
