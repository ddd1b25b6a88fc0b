"""Calibration: an export is read, mapped, fitted and kept without code, and whatever is wrong is said in words."""

from __future__ import annotations

import shlex
import time
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from unknown_exports import STEPS, deals, moves

from funnelsim import labels
from funnelsim.cli import main
from funnelsim.errors import HistoryError, ScenarioError
from funnelsim.history.guess import look, written
from funnelsim.history.mapping import read_mapping
from funnelsim.history.reader import read_history
from funnelsim.scenario import files
from funnelsim.show.panels.calibration import Calibration
from funnelsim.show.panels.calibration_pages import VIEWS
from funnelsim.show.panels.mapping_setting import Mapping
from funnelsim.show.panels.uploading import MOST_BYTES, Upload, file_name


@pytest.fixture
def panel(tmp_path):
    made = Calibration(folder=tmp_path, lang="en")
    yield made
    made._worker.cancel()
    labels.use("en")


def settled(panel: Calibration) -> Calibration:
    assert panel.worker_settled(120)
    return panel


def opened(panel: Calibration, path: Path) -> Calibration:
    panel.open(path)
    return settled(panel)


def test_the_example_becomes_a_scenario_that_opens_again(panel, tmp_path):
    panel.open()
    settled(panel)
    assert panel.views.value == "quality"
    assert "460 deals" in panel.verdict.value
    assert "61 won" in panel.above.value
    panel.buttons["fit"].click()
    settled(panel)
    assert panel.views.value == "stages"
    assert len(panel.charts.drawings) == 8
    assert "closed visits alone would say" in panel.charts.drawings[0]["layout"]["meta"]["caption"]
    assert "Naive" in panel.below.value
    assert "Industrial projects" in panel.verdict.value, "hours come from the company of the same stages"
    for view in VIEWS[1:-1]:
        panel.views.value = view
        assert len(panel.above.value + panel.below.value) > 500
    panel.buttons["save"].click()
    path = tmp_path / "my_company.yaml"
    assert files.load(path).digest == panel.work.found.scenario.digest
    assert files.load(path).provenance
    assert "my_company.yaml" in panel.next.value
    assert panel.copy_next.text.startswith("scenario = ")
    panel.buttons["save"].click()
    assert "fs-error" not in panel.verdict.value, "its own file may be written again"


def test_a_table_of_deals_nobody_knows_is_guessed_and_mended(panel, tmp_path):
    opened(panel, deals(tmp_path / "deals.csv"))
    assert panel.views.value == "columns"
    assert "guessed" in panel.verdict.value
    assert "Verkäufer" in panel.editor.rows.value
    chosen = {part: field.value for part, field in panel.editor.fields.items() if field.value}
    assert chosen == {"id": "Vorgang", "created": "Beginn", "closed": "Ende", "status": "Ergebnis",
                      "owner": "Verkäufer", "amount": "Volumen"}  # fmt: skip
    panel.editor.label_fields["eingeschlafen"].value = "no_decision"
    settled(panel)
    ended = [what for _, what, _ in panel.work.history.log.told(0)]
    assert {"won", "lost", "no_decision"} & set(ended) or ended[-1] == "entered"
    by_end = {remark.code: remark.facts for remark in panel.work.history.quality.remarks}["ends"]
    assert by_end["no_decision"] > 20
    panel.editor.fields["owner"].value = ""
    settled(panel)
    assert panel.work.history.log.names.people == ()
    panel.editor.undo.click()
    settled(panel)
    assert panel.work.history.log.names.people == ("Müller", "Schmidt")
    panel.editor.undo.click()
    settled(panel)
    again = {remark.code: remark.facts for remark in panel.work.history.quality.remarks}["ends"]
    assert again["no_decision"] == 0
    assert panel.editor.undo.disabled


def test_the_command_line_and_the_saved_mapping_give_the_same_scenario(panel, tmp_path, monkeypatch):
    opened(panel, deals(tmp_path / "deals.csv"))
    panel.editor.label_fields["eingeschlafen"].value = "no_decision"
    settled(panel)
    panel.learn()
    settled(panel)
    panel.work.save("ours")
    assert (tmp_path / "deals.mapping.yaml").is_file(), "the mapping is kept beside the scenario"
    panel.file_name.value = "theirs"
    monkeypatch.chdir(tmp_path)
    words = shlex.split(panel.copy.text)
    done = CliRunner().invoke(main, words[1:])
    assert done.exit_code == 0, done.output
    assert files.load(tmp_path / "theirs.yaml").digest == files.load(tmp_path / "ours.yaml").digest


def test_the_order_of_stages_and_what_is_none_is_the_readers_word(panel, tmp_path):
    opened(panel, moves(tmp_path / "moves.csv"))
    assert panel.work.history.log.names.stages[:3] == STEPS
    panel.editor.label_fields["eingeschlafen"].value = "no_decision"
    panel.editor.stages.value = "Verhandlung"
    panel.editor.up.click()
    settled(panel)
    assert panel.work.history.log.names.stages == ("Besuch", "Verhandlung", "Angebot")
    panel.editor.up.click()
    panel.editor.up.click()
    assert panel.work.mapping.now.order[0] == "Verhandlung"
    panel.editor.label_fields["Verhandlung"].value = "aside"
    settled(panel)
    assert panel.work.history.log.names.stages == ("Besuch", "Angebot")
    [aside] = [f for f in panel.work.history.quality.dropped if f.reason == "unlisted_label"]
    assert aside.examples[0].startswith("Verhandlung")


def test_a_mapping_of_a_file_is_taken_up_and_a_wrong_one_said_in_words(panel, tmp_path):
    path = deals(tmp_path / "deals.csv")
    rules = ["id: Vorgang", "created: Beginn", "closed: Ende", "status: Ergebnis", "won: [gewonnen]",
             "lost: [verloren, eingeschlafen]"]  # fmt: skip
    (tmp_path / "good.mapping.yaml").write_text("\n".join(rules))
    (tmp_path / "bad.mapping.yaml").write_text("who: Vorgang\n")
    (tmp_path / "other.mapping.yaml").write_text("id: Nummer\n")
    panel._list_files()
    opened(panel, path)
    guessed = panel.work.history.quality.remarks
    panel.mapping_list.value = str(tmp_path / "good.mapping.yaml")
    settled(panel)
    assert panel.editor.label_fields["eingeschlafen"].value == "lost"
    assert panel.work.history.quality.remarks != guessed
    assert "--mapping good.mapping.yaml" in panel.copy.text
    panel.mapping_list.value = str(tmp_path / "other.mapping.yaml")
    settled(panel)
    assert "&#x27;Nummer&#x27; is no column" in panel.verdict.value
    assert panel.editor.fields["id"].value == "Nummer", "and can be mended"
    panel.editor.fields["id"].value = "Vorgang"
    settled(panel)
    assert "fs-error" not in panel.verdict.value
    panel.mapping_list.value = str(tmp_path / "bad.mapping.yaml")
    settled(panel)
    assert "not known: who" in panel.verdict.value
    panel.mapping_list.value = ""
    settled(panel)
    assert "guessed" in panel.verdict.value


@pytest.mark.parametrize("make", [deals, moves])
def test_a_mapping_in_full_is_written_and_read_as_it_is(tmp_path, make):
    path = make(tmp_path / "export.csv")
    mapping = Mapping(look(path))
    mapping.set_label("verloren", "open" if make is deals else "aside")
    mapping.set_part("owner", "")
    file = tmp_path / "x.mapping.yaml"
    file.write_text(written(mapping.look, mapping.whole(), file.name), "utf-8")
    assert read_mapping(file) == read_mapping(mapping.whole())
    ends = {what for deal in range(40) for _, what, _ in read_history(path, mapping=file).log.told(deal)}
    assert "lost" not in ends, "the reader's word counts more than the usual one"


def test_a_scenario_of_somebody_else_is_not_written_over(panel, tmp_path):
    opened(panel, deals(tmp_path / "deals.csv"))
    panel.learn()
    settled(panel)
    (tmp_path / "my_company.yaml").write_text("hello: world\n", "utf-8")
    panel.buttons["save"].click()
    assert "fs-error" in panel.verdict.value
    assert (tmp_path / "my_company.yaml").read_text("utf-8") == "hello: world\n"
    for name in ("", "../up", ".x"):
        with pytest.raises(ScenarioError):
            panel.work.save(name)
    panel.file_name.value = "other"
    panel.buttons["save"].click()
    assert "fs-error" not in panel.verdict.value


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n", b"a,b,c\n", b"PK\x03\x04 no zip", b"<?xml version='1.0'?><!DOCTYPE x><x/>", None],
    ids=["empty", "binary", "header", "zip", "xml", "missing"],
)
def test_what_is_no_export_is_said_in_words_and_the_panel_lives_on(panel, tmp_path, content):
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    opened(panel, path)
    assert "fs-error" in panel.verdict.value
    assert "Error" not in panel.verdict.value.replace("fs-error", "")
    assert panel.buttons["fit"].disabled
    panel.language.value = "zh"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in panel.verdict.value)
    panel.language.value = "en"
    opened(panel, deals(tmp_path / "deals.csv"))
    assert "300 deals" in panel.verdict.value


def test_hostile_names_stay_text(panel, tmp_path):
    path = tmp_path / "x.csv"
    text = deals(path).read_text("utf-8")
    path.write_text(
        text.replace("Ergebnis", "<img src=x onerror=a()>").replace("offen", "<b>\u202e"), "utf-8"
    )
    opened(panel, path)
    shown = panel.editor.rows.value + panel.verdict.value + panel.above.value + panel.editor.words_head.value
    assert "<img" not in shown
    assert "<b>\u202e" not in shown


def test_the_last_day_can_be_told(panel, tmp_path):
    opened(panel, deals(tmp_path / "deals.csv"))
    panel.as_of.value = date(2026, 1, 31)
    settled(panel)
    assert panel.work.history.as_of == date(2026, 1, 31)
    assert "--as-of 2026-01-31" in panel.copy.text
    panel.as_of.value = date(2001, 1, 1)
    settled(panel)
    assert "fs-error" in panel.verdict.value


def test_a_base_of_other_stages_is_not_taken_and_that_is_said(panel, tmp_path):
    opened(panel, deals(tmp_path / "deals.csv"))
    panel.base.value = "tiny"
    panel.learn()
    settled(panel)
    assert panel.work.found.base is None
    assert "has other stages" in panel.verdict.value
    assert "--base" not in panel.copy.text


def test_a_fit_can_be_cancelled(panel):
    panel.open()
    settled(panel)
    panel.learn()
    while panel.cancel.layout.visibility != "visible":
        time.sleep(0.01)
    panel.cancel.click()
    settled(panel)
    assert panel.work.found is None
    assert panel.cancel.layout.visibility == "hidden"
    assert "Cancelled" in panel.status.value


def test_the_card_is_made_when_it_is_asked_for(panel, tmp_path):
    opened(panel, deals(tmp_path / "deals.csv"))
    panel.learn()
    settled(panel)
    panel.views.value = "card"
    assert "held-out" in panel.above.value
    panel.buttons["card"].click()
    settled(panel)
    assert len(panel.charts.drawings) == 2
    assert "checks" in panel.charts.drawings[0]["layout"]["meta"]["caption"]
    panel.views.value = "stages"
    assert "checks" in panel.verdict.value


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_it_speaks_both_languages(panel, tmp_path, lang):
    opened(panel, deals(tmp_path / "deals.csv"))
    panel.learn()
    settled(panel)
    panel.language.value = lang
    said = [panel.verdict.value, panel.above.value, panel.below.value, panel.upload.words, panel.editor.head.value,
            *(button.description for button in panel.buttons.values()), *panel.spoken.names.values(),
            *(one.value for one in panel.heads.values()), *(one.value for one in panel.names.values())]  # fmt: skip
    known = [any("\u4e00" <= letter <= "\u9fff" for letter in one) for one in said]
    assert all(known) if lang == "zh" else not any(known)


def test_where_nobody_can_press_a_button_it_shows_the_same_or_stops_with_the_reason(tmp_path, monkeypatch):
    shown: list = []
    monkeypatch.setattr("funnelsim.show.panels.calibration.display", shown.append)
    monkeypatch.setenv("FUNNELSIM_PANEL", "still")
    Calibration(deals(tmp_path / "deals.csv"), base="tiny", replications=0, lang="en", folder=tmp_path).show()
    words = " ".join(part.data for part in shown if hasattr(part, "data") and isinstance(part.data, str))
    assert "300 deals" in words
    assert "&#x27;tiny&#x27; has other stages" in words
    assert sum(hasattr(part, "to_plotly_json") for part in shown) == 4, "a stage, owners, new deals, values"
    (tmp_path / "empty.csv").write_text("", "utf-8")
    with pytest.raises(HistoryError, match="the file is empty"):
        Calibration(tmp_path / "empty.csv", lang="en", folder=tmp_path).show()


# -- upload -----------------------------------------------------------------------------------------


class Sent:
    """An upload field without a page: what it asked for, what arrived, what was refused."""

    def __init__(self, folder: Path):
        self.arrived: list[Path] = []
        self.refused: list[Exception] = []
        self.field = Upload(folder, self.arrived.append, self.refused.append)

    def send(self, name: str, content: bytes, piece: int = 7) -> None:
        self.say(kind="begin", name=name, size=len(content))
        for at in range(0, len(content), piece):
            self.say(memoryview(content[at : at + piece]), kind="part", at=at)
        self.say(kind="end")

    def say(self, *buffers: memoryview, **content) -> None:
        self.field._heard(self.field, content, list(buffers))


def test_a_file_arrives_in_pieces_and_nothing_is_written_over(tmp_path):
    sent = Sent(tmp_path)
    sent.send("../../客户.csv", b"a,b\n1,2\n3,4\n")
    assert sent.arrived == [tmp_path / "客户.csv"]
    assert (tmp_path / "客户.csv").read_bytes() == b"a,b\n1,2\n3,4\n"
    sent.send("客户.csv", b"a,b\n1,2\n3,4\n")
    sent.send("客户.csv", b"something else")
    assert sent.arrived[1:] == [tmp_path / "客户.csv", tmp_path / "客户-2.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["客户-2.csv", "客户.csv"]
    assert sent.refused == []


def test_too_much_or_pieces_out_of_turn_leave_nothing(tmp_path):
    sent = Sent(tmp_path)
    sent.say(kind="begin", name="huge.csv", size=MOST_BYTES + 1)
    sent.say(kind="begin", name="x.csv", size=3)
    sent.say(memoryview(b"abcdef"), kind="part", at=0)
    sent.say(kind="begin", name="x.csv", size=3)
    sent.say(memoryview(b"abc"), kind="part", at=5)
    sent.say(kind="begin", name="x.csv", size=3)
    sent.say(kind="broken")
    assert all(isinstance(fault, HistoryError) for fault in sent.refused)
    assert len(sent.refused) == 4
    assert sent.arrived == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "", "a/b\\c", "\0", "x" * 400 + ".csv", "con:", "\u202ecsv.exe"])
def test_a_name_from_a_page_leads_nowhere_else(name):
    made = file_name(name)
    assert made
    assert len(made) < 100
    assert not set(made) & set("/\\:\0\u202e")
    assert not made.startswith(".")
