"""What hands do to panels quickly, out of order, or half: the panel keeps up, and says what is."""

from __future__ import annotations

import time

import pytest

from funnelsim.show.panels import ProcessDesign


@pytest.fixture
def design(tmp_path):
    made = ProcessDesign("tiny", replications=4, folder=tmp_path, lang="en")
    yield made
    made._worker.cancel()


def until(true, seconds: float = 20) -> None:
    """Wait until something holds."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)


def test_a_file_is_saved_under_the_name_that_arrives_just_after_the_press(design, tmp_path, monkeypatch):
    monkeypatch.setenv("FUNNELSIM_PANEL", "live")
    design.file_name.value = "old"
    design.save_button.click()
    design.file_name.value = "new"
    until(lambda: "new.yaml" in design.status.value)
    assert [path.name for path in tmp_path.iterdir()] == ["new.yaml"]
