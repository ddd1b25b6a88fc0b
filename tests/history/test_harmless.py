"""Texts of a CRM do no harm in anything that is made of them: files, reports, terminals, mappings."""

from __future__ import annotations

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from logs import five_deals

from funnelsim.history.exchange import write_log
from funnelsim.history.formats import BY_NAME, FORMATS
from funnelsim.history.guess import guess_mapping
from funnelsim.history.mapping import read_mapping
from funnelsim.history.reader import read_history
from funnelsim.show import records, tables

NASTY = (
    "=cmd|' /C calc'!A0",
    "+49 30 1234",
    "-1+1",
    "@SUM(A1)",
    "'quoted",
    "<script>alert(1)</script>",
    "＝1+1",
    "#REF!",
)
HIDDEN = ("a\x00b", "a\u202eb", "a\u200fb\x1b[31m", "\ufeffa\u2066b")
STARTS = set("=+-@\t\r＝＋－＠")


def nasty(names=NASTY):
    log = five_deals()
    told = {
        "people": (*names[:2], "c"), "stages": names[2:5], "sources": names[5:7], "reasons": (*names[3:8],),
        "origins": (names[0], names[5]), "territories": (names[1],), "segments": (names[7],),
    }  # fmt: skip
    return replace(log, names=replace(log.names, **told))


@pytest.mark.parametrize("format", [one for one in FORMATS if one.kind != "log"], ids=lambda one: one.name)
def test_no_cell_of_an_export_is_a_formula_and_names_come_back(tmp_path, format):
    log = nasty()
    path = write_log(log, tmp_path / "x.csv", format=format.name)
    separator = "\t" if format.encoding == "utf-16" else ","
    raw = pd.read_csv(path, dtype=str, encoding=format.encoding, sep=separator, keep_default_na=False)
    assert not any(str(cell)[:1] in STARTS for row in raw.itertuples(index=False) for cell in row)
    book = openpyxl.load_workbook(write_log(log, tmp_path / "x.xlsx", format=format.name)).active
    assert {cell.data_type for row in book.iter_rows() for cell in row}.isdisjoint({"f", "e"})
    for name in ("x.csv", "x.xlsx"):
        back = read_history(tmp_path / name).log.names
        # of plain ASCII nothing is lost; a name in wide characters may not exist in the export's encoding
        if "owner" not in format.cannot:
            assert set(back.people) <= set(log.names.people)
        if format.stages == "stages":
            assert set(back.stages) == set(log.names.stages)
        if "source" not in format.cannot and format.encoding != "gb18030":
            assert set(back.sources) == set(log.names.sources[:2])


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".xes", ".parquet"])
def test_what_cannot_be_seen_is_in_no_name_that_was_read(tmp_path, suffix):
    log = five_deals()
    log = replace(log, names=replace(log.names, people=(*HIDDEN[:2], "c"), sources=HIDDEN[2:]))
    if suffix == ".parquet":  # keeps the log as it is; a table of texts is cleaned when it is read
        path = write_log(log, tmp_path / "log.parquet", format="stage_history")
    else:
        path = write_log(log, tmp_path / f"log{suffix}")
    names = read_history(path).log.names
    assert all(name.isprintable() for name in (*names.people, *names.sources))


def test_reports_escape_what_an_export_says(tmp_path):
    lines = [
        "id,created,closed,status,owner",
        "<b>x</b>,soon,2025-02-01,Won,<i>Li</i>",
        "<b>x</b>,2025-01-01,,Open,li",
    ]
    lines += [f"d{n},2025-01-01,2025-02-01,Lost,<I>LI</I>" for n in range(5)]
    path = tmp_path / "<b>name<b>.csv"
    path.write_text("\n".join(lines).replace("soon", "<script>\u202e=1"), "utf-8")
    history = read_history(path)
    page = tables.html(records.data_quality(history.quality))
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;x" in page
    assert all(line.isprintable() for line in history.lines())


def test_a_guessed_mapping_holds_nasty_names_as_texts(tmp_path):
    path = tmp_path / "x.csv"
    head = ["=id\u202e", "created: [x]", "# closed", "status\x1b", '"a""b"']
    rows = [
        ["1", "2025-01-01", "2025-02-01", "Won: yes", "- x"],
        ["2", "2025-01-01", "2025-02-02", "Lost", "{y}"],
    ]
    pd.DataFrame(rows, columns=head).to_csv(path, index=False)
    text = guess_mapping(path)
    assert all(line.isprintable() for line in text.splitlines())
    (tmp_path / "m.yaml").write_text(text, "utf-8")
    told = read_mapping(tmp_path / "m.yaml")
    assert told["lost"] == ["Lost"]


def test_every_format_says_what_it_is_called_and_what_is_lost():
    assert BY_NAME.keys() == {one.name for one in FORMATS}
    for one in FORMATS:
        assert one.title
        assert one.kind == "log" or "end of the record" in one.cannot
