"""Mapping files: the user's word on columns and labels, and the one that is written to begin with."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from funnelsim.cli import main
from funnelsim.errors import HistoryError
from funnelsim.history.guess import guess_mapping
from funnelsim.history.mapping import read_mapping
from funnelsim.history.reader import read_history

GERMAN = """Vorgang;Verkäufer;Beginn;Ende;Ergebnis;Volumen;Bemerkung
A-1;Müller;05.01.2026;20.02.2026;gewonnen;€ 2.900,00;x
A-2;Schmidt;07.01.2026;21.02.2026;verloren;€ 1.900,00;y
A-3;Müller;13.01.2026;;offen;€ 5.000,00;z
A-4;Schmidt;13.01.2026;01.03.2026;eingestellt;€ 7.000,00;z
"""
LONG = """Vorgang|Schritt|Wann
A-1|Besuch|05.01.2026
A-1|Angebot|15.01.2026
A-1|Muster|20.01.2026
A-1|gewonnen|13.02.2026
A-2|Besuch|06.01.2026
A-2|Angebot|16.01.2026
A-2|verloren|20.02.2026
A-3|Besuch|07.01.2026
A-3|Angebot|19.01.2026
A-3|eingeschlafen|01.03.2026
"""


def written(folder, text: str, name: str = "export.csv"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("text", [GERMAN, LONG])
def test_a_guessed_mapping_reads_a_table_without_a_known_word(tmp_path, text):
    path = written(tmp_path, text)
    with pytest.raises(HistoryError):
        read_history(path)
    rules = written(tmp_path, guess_mapping(path), "mapping.yaml")
    history = read_history(path, mapping=rules)
    ends = {history.log.names.origins[deal]: history.log.told(deal)[-1][1] for deal in range(3)}
    assert ends["A-1"] == "won"
    assert ends["A-2"] == "lost"
    if text is GERMAN:
        assert history.log.names.people == ("Müller", "Schmidt")
        assert history.log.opportunities.amount.tolist() == [2900, 1900, 5000, 7000]
    else:
        assert history.log.names.stages[:3] == ("Besuch", "Angebot", "Muster")


def test_a_guess_is_commented_in_both_languages_and_names_all_columns(tmp_path):
    text = guess_mapping(written(tmp_path, GERMAN))
    assert "# number or name of the deal\n# 商机的编号或名称\n" in text
    assert "Vorgang, Verkäufer, Beginn, Ende, Ergebnis, Volumen, Bemerkung" in text
    assert read_mapping(written(tmp_path, text, "m.yaml"))["won"] == ["gewonnen"]


def test_a_label_in_no_list_is_not_a_stage_and_is_counted_and_named(tmp_path):
    rules = {"id": "Vorgang", "stage": "Schritt", "time": "Wann", "order": ["Besuch", "Angebot"], "won": ["gewonnen"],
             "lost": ["verloren"]}  # fmt: skip
    history = read_history(written(tmp_path, LONG), mapping=rules)
    [aside] = history.quality.dropped
    assert (aside.reason, aside.rows) == ("unlisted_label", 2)
    assert aside.examples == ("Muster (1)", "eingeschlafen (1)")
    assert history.log.names.stages == ("Besuch", "Angebot")
    assert [what for _, event, what in history.log.told(0) if event == "entered"] == ["Besuch", "Angebot"]
    assert history.log.told(2)[-1][1] == "entered", "a deal with an unlisted end is open"


def test_the_lists_of_a_mapping_say_what_labels_mean_and_their_order(tmp_path):
    rules = {"id": "Vorgang", "stage": "Schritt", "time": "Wann", "won": "gewonnen", "lost": ["verloren"],
             "no_decision": ["eingeschlafen"], "order": ["Angebot", "Muster", "Besuch"]}  # fmt: skip
    history = read_history(written(tmp_path, LONG), mapping=rules)
    assert history.log.names.stages == ("Angebot", "Muster", "Besuch"), "the user's order, not the record's"
    assert history.log.told(2)[-1][1] == "no_decision"
    assert history.quality.dropped == []


def test_a_mapping_names_the_columns_of_a_wide_table_and_further_groups(tmp_path):
    text = "Nr,A seit,B seit,Stand,Werk\n1,05.01.2026,15.01.2026,ja,Nord\n2,06.01.2026,,nein,Süd\n"
    rules = {"id": "Nr", "status": "Stand", "entered": {"Besuch": "A seit", "Angebot": "B seit"}, "won": ["ja"],
             "lost": ["nein"], "groups": {"Werk": "Werk"}}  # fmt: skip
    history = read_history(
        written(tmp_path, text + "4,08.01.2026,20.01.2026,?,Süd\n"), mapping=rules | {"won": [], "lost": []}
    )
    assert history.format == "wide"
    assert history.log.names.stages == ("Besuch", "Angebot")
    assert history.groups["Werk"].names == ("Nord", "Süd")


@pytest.mark.parametrize("told", ["day_first", "month_first"])
def test_a_mapping_says_the_order_of_day_and_month(tmp_path, told):
    path = written(
        tmp_path, "id,created,closed,status\n1,03/04/2026,05/06/2026,Won\n2,03/04/2026,05/06/2026,Lost\n"
    )
    history = read_history(path, mapping={"dates": told})
    assert history.log.start.isoformat() == ("2026-04-03" if told == "day_first" else "2026-03-04")
    assert history.quality.noted == []


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"nonsense": "x"}, "history_mapping_key"), ("- a\n- b\n", "history_mapping_key"),
        ("id: [a, b]", "history_mapping_value"),
        ("entered: x", "history_mapping_value"), ("dates: sometimes", "history_mapping_dates"),
        ("id: Nummer", "history_mapping_column"), ("a: b: c", "history_unreadable"),
        ("x" * 2_000_000, "history_mapping_big"),
        ("\0", "history_unreadable"), ("a: &a [*a]", "history_mapping_key"),
    ],
)  # fmt: skip
def test_a_mapping_that_is_none_is_one_clear_error(tmp_path, mapping, code):
    if isinstance(mapping, str):
        mapping = written(tmp_path, mapping, "m.yaml")
    with pytest.raises(HistoryError) as caught:
        read_history(written(tmp_path, GERMAN), mapping=mapping)
    assert caught.value.faults[0].code == code


def run(*words: str, code: int = 0):
    done = CliRunner().invoke(main, ["fit", *map(str, words)])
    assert done.exit_code == code, done.output + done.stderr
    return done


def test_the_command_line_guesses_reads_and_checks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, GERMAN)
    refused = run(path, code=1).stderr
    assert "--guess-mapping" in refused
    assert "export.mapping.yaml" in run(path, "--guess-mapping").stdout
    assert "already" in run(path, "--guess-mapping", code=1).stderr, "what was edited is not written over"
    assert json.loads(run(path, "--guess-mapping", "--json", "-o", "other.yaml").stdout) == {
        "mapping": "other.yaml"
    }
    told = json.loads(run(path, "--mapping", "export.mapping.yaml", "--quality-only", "--json").stdout)
    assert (told["rows"], told["opportunities"], told["dropped"], told["as_of"]) == (4, 4, [], "2026-02-21")
    assert told["format"] == "two_point"
    shown = run(path, "--mapping", "export.mapping.yaml", "--quality-only", "--lang", "zh").stdout
    assert "4 行中有 4 笔商机" in shown
    for options in (
        ("--format", "nonsense"),
        ("--as-of", "1999-01-01", "--mapping", "other.yaml"),
        ("--with", path),
    ):
        run(path, "--quality-only", *options, code=1)


def test_the_options_that_errors_name_exist():
    from funnelsim.labels import LANGUAGES, catalogue

    options = run("--help").stdout
    for language in LANGUAGES:
        for key, words in catalogue(language).items():
            if key.startswith(("fault.history_", "quality.", "remark.", "mapping.")):
                for word in words.split():
                    option = word.strip("()（），。;；,.:：")
                    assert not option.startswith("--") or option in options, f"{key} names {option}"


def test_a_mapping_can_say_that_no_column_plays_a_part_and_that_a_word_is_no_end(tmp_path):
    text = "Deal,Created,Closed,Status,Owner\n1,2026-01-05,2026-02-01,Won,Ann\n2,2026-01-06,2026-02-02,Lost,Bob\n"
    path = written(tmp_path, text)
    assert read_history(path).log.names.people == ("Ann", "Bob")
    history = read_history(path, mapping={"owner": "", "open": ["Lost"]})
    assert history.log.names.people == ()
    assert [history.log.told(deal)[-1][1] for deal in (0, 1)] == ["won", "entered"]
    with pytest.raises(HistoryError, match="closed"):
        read_history(path, mapping={"closed": ""})
