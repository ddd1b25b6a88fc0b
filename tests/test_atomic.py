"""Files are there whole or not at all, whatever others do to them meanwhile."""

from __future__ import annotations

import threading

import pytest

from funnelsim.atomic import atomic_write


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "deep" / "file.txt"
    with atomic_write(target) as part:
        part.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"


def test_what_breaks_off_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def stopped():
        with atomic_write(target) as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]
    assert target.read_text() == "old"


def test_a_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")
    target.chmod(0o640)
    with atomic_write(target) as part:
        part.write_text("new")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_file_is_written_though_somebody_deletes_it_all_the_while(tmp_path):
    target, over = tmp_path / "file.txt", threading.Event()

    def delete():
        while not over.is_set():
            target.unlink(missing_ok=True)

    other = threading.Thread(target=delete)
    other.start()
    try:
        for _ in range(1000):
            with atomic_write(target) as part:
                part.write_text("whole")
    finally:
        over.set()
        other.join()
