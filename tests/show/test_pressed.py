"""What hands do to panels quickly, out of order, or half: the panel keeps up, and says what is."""

from __future__ import annotations

import time

import pytest

from funnelsim.errors import RunError, ScenarioError
from funnelsim.scenario import files
from funnelsim.show.lessons.lesson import Number
from funnelsim.show.panels import Calibration, Explorer, ProcessDesign

QUESTION = Number("review", "shrinks", low=-50, high=2000)


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


@pytest.mark.parametrize("name", ["", "  ", "../x", "x" * 300, "长" * 90])
def test_a_name_that_no_file_can_have_is_refused_in_words(design, tmp_path, name):
    design.file_name.value = name
    design.save_button.click()
    assert "cannot be the name of a file" in design.status.value
    assert "Errno" not in design.status.value
    assert list(tmp_path.iterdir()) == []


def test_what_was_typed_before_is_not_complained_of_beside_what_is_typed_now(design):
    share = "stages[0].advance_rate"
    wrong = design.design.told(share, "share", "-1").told(share, "share", "abc")
    assert [fault.code for fault in wrong.faults_at(share)] == ["not_number"]
    assert wrong.told(share, "share", "50 %").faults == ()


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1,200", 1200), ("１２", 12), ("−5 %", -5), ("+3.5", 3.5), ("1 000", 1000), (".5", 0.5), ("3％", 3)],
)
def test_a_number_is_read_as_people_write_it(typed, number):
    assert QUESTION.read(typed, "en") == number


@pytest.mark.parametrize("typed", ["1,5", "1 2", "1_0", "nan", "1e3", "--1", "abc", "%", ".", "12,34"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_could_mean_anything_is_no_prediction_and_the_question_is_named(typed, lang):
    with pytest.raises(RunError) as told:
        QUESTION.read(typed, lang)
    said = told.value.faults[0].message
    assert typed in said
    assert QUESTION.name(lang) in said


@pytest.fixture
def calibration(tmp_path):
    made = Calibration(lang="en", folder=tmp_path)
    yield made
    made._worker.cancel()


def test_a_file_that_is_refused_is_named_and_the_next_one_is_not_blamed(calibration, tmp_path):
    (tmp_path / "empty.csv").write_text("", "utf-8")
    calibration.open(tmp_path / "empty.csv")
    assert calibration.worker_settled(20)
    assert "empty.csv: the file is empty" in calibration.verdict.value
    calibration.upload._heard(None, {"kind": "begin", "name": "next.csv", "size": 9}, [])
    calibration.upload._heard(None, {"kind": "part", "at": 0}, [b"a,b"])
    assert "fs-error" not in calibration.verdict.value
    assert calibration.cancel.layout.visibility == "visible"
    assert "uploading" in calibration.status.value
    calibration.language.value = "zh"
    assert calibration.status.value.count("上传")
    calibration.cancel.click()
    assert calibration.cancel.layout.visibility == calibration.bar.layout.visibility == "hidden"
    assert [path.name for path in tmp_path.iterdir()] == ["empty.csv"], "nothing is left of half a file"
    calibration.upload._heard(None, {"kind": "part", "at": 3}, [b"c"])
    assert "已取消" in calibration.status.value


def test_what_was_saved_is_not_told_beside_what_went_wrong_after_it(calibration, tmp_path):
    calibration.open()
    assert calibration.worker_settled(60)
    calibration._say("panel.saved", path="mine.yaml")
    calibration.path.value = "nowhere.csv"
    assert calibration.worker_settled(20)
    assert "nowhere.csv" in calibration.verdict.value
    assert "mine.yaml" not in calibration.status.value


def test_a_page_for_others_reads_no_file_outside_its_folder(tmp_path, monkeypatch):
    folder, outside = tmp_path / "room", tmp_path / "secret.csv"
    folder.mkdir()
    for path in (outside, folder / "mine.csv"):
        path.write_text("deal,stage,entered\n1,offer,2026-01-05\n")
    panel = Calibration(folder=folder, lang="en")
    monkeypatch.setenv("FUNNELSIM_FOR_OTHERS", "1")
    for name in (str(outside), "../secret.csv", "~/secret.csv"):
        panel._typed(name)
        assert "only files in its own folder" in str(panel.fault)
        assert panel.work.path == panel.work.example()
    panel._typed("mine.csv")
    until(lambda: panel.work.path.name == "mine.csv")
    monkeypatch.setenv("FUNNELSIM_FOR_OTHERS", "")
    panel._typed("../secret.csv")
    until(lambda: panel.work.path.name == "secret.csv")


def test_what_was_calibrated_beside_the_start_notebook_is_in_the_list_of_the_folders_below(tmp_path):
    below = tmp_path / "planning"
    below.mkdir()
    files.save(files.load("tiny").replace("team.reps.*.weekly_hours", "=*1.5"), tmp_path / "ours.yaml")
    assert "../ours.yaml" not in Explorer("tiny", replications=2, folder=below).file_list.options
    (tmp_path / "00_start.ipynb").touch()
    for kind in (Explorer, ProcessDesign):
        panel = kind("tiny", replications=2, folder=below)
        assert "../ours.yaml" in panel.file_list.options
        panel.open("../ours.yaml")
        assert panel.scenario.team.reps[0].weekly_hours == 1.5 * files.load("tiny").team.reps[0].weekly_hours
        with pytest.raises(ScenarioError):
            panel.open("../../ours.yaml")


def test_what_was_given_up_is_not_said_to_be_under_way(monkeypatch):
    panel = Explorer("tiny", replications=4, lang="en")
    trial = panel._live.trial

    def endless(scenario, check, *more):
        while panel._is_early():  # that is, in the long run
            check()
            time.sleep(0.01)
        return trial(scenario, check, *more)

    def drawn():
        return str(panel.charts.drawings)

    monkeypatch.setattr(panel._live, "trial", endless)
    panel.sliders[0].value = panel.sliders[0].max
    until(lambda: "simulating" in drawn())
    panel.cancel.click()
    until(lambda: "not worked out" in drawn())
    assert "simulating" not in drawn()
