"""Bytes to a sheet: encodings, separators, preambles, footers, broken rows, hostile files."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.errors import FunnelError, HistoryError
from funnelsim.history.ooxml import Workbook
from funnelsim.history.quality import Quality
from funnelsim.history.reader import read_history
from funnelsim.history.sheets import read_sheet

HEAD = "id,created,closed,status,owner,amount"
ROWS = [
    f"d{n},2026-01-{n:02d},2026-02-{n:02d},{'Won' if n % 2 else 'Lost'},Zoë Müßig,{n}00" for n in range(1, 29)
]


def read(tmp_path, content: bytes | str, name: str = "deals.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_history(path)


def table(*more: str) -> str:
    return "\n".join([HEAD, *ROWS, *more])


def counted(findings) -> dict[str, int]:
    return {finding.reason: finding.rows for finding in findings}


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_encoding_and_separator_gives_the_same_names(tmp_path, encoding, separator):
    history = read(tmp_path, table().replace(",", separator).encode(encoding))
    assert history.log.names.people == ("Zoë Müßig",)
    assert len(history.log.opportunities) == 28


def test_chinese_names_in_gb18030_are_not_taken_for_umlauts(tmp_path):
    text = table().replace("Zoë Müßig", "欧阳娜娜").replace("Won", "赢单").replace("Lost", "输单")
    history = read(tmp_path, text.encode("gb18030"))
    assert history.log.names.people == ("欧阳娜娜",)


def test_a_file_of_two_encodings_is_read_and_the_foreign_bytes_counted(tmp_path):
    first = table().encode("utf-8")
    second = "x1,2026-01-05,2026-02-01,Won,Jörg,100".encode("cp1252")
    history = read(tmp_path, first + b"\n" + second)
    assert "Jörg" in history.log.names.people
    assert counted(history.quality.repaired) == {"foreign_bytes": 1}


def test_nul_bytes_and_control_characters_are_taken_out_and_counted(tmp_path):
    text = table().replace("Zoë", "Z\0oë").replace("d5,", "d\x1b5,")
    history = read(tmp_path, text)
    assert history.log.names.people == ("Zoë Müßig",)
    assert counted(history.quality.repaired) == {"nul_bytes": 28, "control_characters": 1}


def test_marks_that_turn_the_direction_of_writing_are_taken_out_and_counted(tmp_path):
    history = read(tmp_path, table().replace("Zoë Müßig", "Zoë\u200f \u202eMüßig"))
    assert history.log.names.people == ("Zoë Müßig",)
    assert counted(history.quality.repaired) == {"marks": 28}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_report_s_preamble_and_footer_are_left_out_and_counted(tmp_path, ends):
    lines = [
        "My Opportunities,,,", "As of 2026-03-01 by Zoë,,", "", '"Filtered By: Owner ""All""",',
        HEAD, *ROWS, "", '"Grand Totals (28 records)"', '"Confidential Information - Do Not Distribute"',
        '"Copyright (c) 2000-2026 a CRM"',
    ]  # fmt: skip
    history = read(tmp_path, ends.join(lines))
    assert len(history.log.opportunities) == 28
    assert history.quality.dropped == []
    assert counted(history.quality.noted) == {"preamble": 3, "blank_row": 1, "footer": 3}
    assert history.quality.rows == 28


def test_a_total_at_the_end_is_no_deal(tmp_path):
    assert len(read(tmp_path, table("合计,,,,,40600")).log.opportunities) == 28


def test_quoted_quotes_and_lines_in_a_cell_are_text(tmp_path):
    history = read(tmp_path, table('"d""q""",2026-01-05,2026-02-01,Won,"Li\nNa, Ltd",1'))
    assert 'd"q"' in history.log.names.origins
    assert "Li Na, Ltd" in history.log.names.people


def test_a_quote_that_is_never_closed_costs_no_other_row(tmp_path):
    lines = [HEAD, *ROWS[:10], 'x,2026-01-05,2026-02-01,Won,"Li Na,1', *ROWS[10:]]
    history = read(tmp_path, "\n".join(lines))
    assert len(history.log.opportunities) == 29
    assert counted(history.quality.repaired)["unclosed_quote"] == 1


def test_short_rows_are_filled_up_and_long_ones_set_aside(tmp_path):
    history = read(tmp_path, table("s,2026-01-05,,Open", "l,2026-01-05,2026-02-01,Won,Li,1,more,", ",,,,,,,"))
    assert len(history.log.opportunities) == 29
    assert counted(history.quality.repaired) == {"short_row": 1}
    assert counted(history.quality.dropped) == {"too_many_cells": 1}


def test_a_separator_named_in_the_first_line_is_believed(tmp_path):
    assert len(read(tmp_path, "sep=;\n" + table().replace(",", ";")).log.opportunities) == 28


def test_a_column_named_twice_is_two_columns(tmp_path):
    quality = Quality()
    path = tmp_path / "x.csv"
    path.write_text("id,date,date,id.2\n1,2026-01-01,2026-01-02,z\n", "utf-8")
    assert read_sheet(path, quality).names == ("id", "date", "date.2", "id.2")


# -- workbooks ----------------------------------------------------------------------------------------


def workbook(rows, path, before=()):
    book = openpyxl.Workbook()
    book.active.title = "cover"
    sheet = book.create_sheet("deals")
    for row in (*before, *rows):
        sheet.append(row)
    book.save(path)
    return path


def test_the_first_sheet_with_a_table_is_read_with_its_dates_and_numbers(tmp_path):
    from datetime import date, datetime

    rows = [["id", "created", "closed", "status", "amount"],
            [1, date(2026, 1, 5), datetime(2026, 2, 1, 12, 30), "Won", 1000.0],
            [2, date(2026, 1, 6), datetime(2026, 2, 2), "Lost", 1234.5],
            [3, date(2026, 1, 7), None, "Open", True]]  # fmt: skip
    path = workbook(rows, tmp_path / "deals.xlsx", before=[["Pipeline report"], [], ["Filter:", "all"]])
    history = read_history(path)
    assert history.log.names.origins == ("1", "2", "3")
    assert history.log.start.isoformat() == "2026-01-05"
    assert history.log.opportunities.amount.tolist() == [1000, 1234, 0]
    assert counted(history.quality.noted)["preamble"] == 2


@given(st.lists(st.lists(st.one_of(
    st.none(), st.booleans(), st.integers(-10**9, 10**9), st.floats(-1e9, 1e9).map(lambda x: round(x, 4)),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12).filter(
        lambda text: text.strip() == text and "_x" not in text),
    st.datetimes(min_value=pd.Timestamp("1950-01-01").to_pydatetime(),
                 max_value=pd.Timestamp("2100-01-01").to_pydatetime()).map(lambda t: t.replace(microsecond=0)),
), min_size=1, max_size=4), min_size=1, max_size=5))  # fmt: skip
def test_cells_of_a_workbook_are_what_openpyxl_reads(tmp_path_factory, rows):
    """The own reader of workbooks against the usual one: the same cells in the same places."""
    path = workbook(
        [[None if cell == "" else cell for cell in row] for row in rows],
        tmp_path_factory.mktemp("x") / "b.xlsx",
    )
    found: dict[tuple[int, int], str] = {}

    def take(number, cells):
        found.update({(number, column): text for column, text in cells})
        return True

    with Workbook(path) as book:
        book.rows(book.sheets[1], take)
    expected = {}
    for number, row in enumerate(
        openpyxl.load_workbook(path, data_only=True)["deals"].iter_rows(values_only=True), 1
    ):
        for column, cell in enumerate(row):
            if cell is not None and cell != "":
                expected[number, column] = cell
    assert found.keys() == expected.keys()
    for place, cell in expected.items():
        if isinstance(cell, bool | str):
            assert found[place] == str(cell)
        elif isinstance(cell, int | float):
            assert float(found[place]) == pytest.approx(cell)
        else:
            assert abs(pd.Timestamp(found[place]) - pd.Timestamp(cell)) < pd.Timedelta("1s")


def package(change):
    """A workbook with a part changed."""
    held = io.BytesIO()
    book = openpyxl.Workbook()
    for row in ([*HEAD.split(",")], ["a", "2026-01-01", "2026-02-01", "Won", "Li", 1]):
        book.active.append(row)
    book.save(held)
    with zipfile.ZipFile(held) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = change(parts[sheet].decode()).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def with_rows(rows: str):
    return package(lambda xml: xml.replace("</sheetData>", f"{rows}</sheetData>"))


HOSTILE = {
    "a row beyond all rows": (with_rows('<row r="999999999999"><c r="A999999999999"><v>1</v></c></row>'), None),
    "cells in the last column": (
        with_rows("".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(3, 60_000))), None),
    "empty rows without end": (with_rows("".join(f'<row r="{n}"></row>' for n in range(3, 300_000))), None),
    "a workbook with entities": (
        package(lambda xml: xml.replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1)),
        "history_entities"),
    "a workbook that unpacks to gigabytes": (with_rows("<row/>" * 6_000_000), "history_bomb"),
    "entities in XES": (
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">]><log><trace>&a;</trace></log>',
        "history_entities"),
    "elements nested without end": (b"<log>" + b"<a>" * 200_000, "history_no_xes"),
    "attributes without end": (
        b"<log><trace><event>" + b"".join(b'<string key="k%d" value="v"/>' % n for n in range(20_000))
        + b"</event></trace></log>", "history_too_wide"),
    "events of ever other attributes": (
        b"<log><trace>" + b"".join(b'<event><string key="k%d" value="v"/></event>' % (n % 2900) for n in range(60_000))
        + b"</trace></log>", "history_too_many_cells"),
    "a web page": (b"<html><table><tr><td>id</td></tr></table></html>", "history_no_xes"),
    "two hundred thousand columns": (b",".join(b"c%d" % n for n in range(200_000)) + b"\n1\n", "history_too_wide"),
    "a row of twenty megabytes": (
        HEAD.encode() + b'\n1,"' + b"x,\n" * 10 + b"y" * 20_000_000, "history_long_row"),
    "only quotes": (HEAD.encode() + b"\n" + b'"' * 100_000, "history_header_only"),
    "only commas": (HEAD.encode() + b"\n" + b"," * 1_000_000, "history_header_only"),
    "only zeros": (bytes(1_000_000), "history_empty"),
    "noise": (bytes(np.random.default_rng(1).integers(0, 256, 500_000, np.uint8)), "history_binary"),
    "as many stages as rows": (
        b"id,stage,time\n" + b"".join(b"%d,stage %d,2026-01-%02d\n" % (n // 3, n, 1 + n % 28) for n in range(30_000)),
        "history_too_many_stages"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + bytes(1000), "history_binary"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_or_refused_by_name_and_soon(tmp_path, name):
    content, code = HOSTILE[name]
    begun = time.process_time()
    if code is None:
        assert len(read(tmp_path, content).log.opportunities) == 1
    else:
        with pytest.raises(HistoryError) as caught:
            read(tmp_path, content)
        assert caught.value.faults[0].code == code
        assert caught.value.faults[0].mend
    assert time.process_time() - begun < 10


def test_a_file_that_is_too_large_is_refused_by_its_size(tmp_path, monkeypatch):
    from funnelsim.history import delimited

    monkeypatch.setattr(delimited, "MOST_BYTES", 1000)
    with pytest.raises(HistoryError) as caught:
        read(tmp_path, table())
    assert caught.value.faults[0].code == "history_too_big"
    monkeypatch.setattr(delimited, "MOST_BYTES", 10**9)
    monkeypatch.setattr(delimited, "MOST_ROWS", 20)
    with pytest.raises(HistoryError) as caught:
        read(tmp_path, table())
    assert caught.value.faults[0].code == "history_too_many_rows"


@given(st.binary(max_size=400))
def test_any_bytes_are_a_history_or_one_error(tmp_path_factory, content):
    check(tmp_path_factory.mktemp("bytes"), content)


cells = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["Won", "Lost", "Open", "2026-01-05", "05/06/2026", "31.12.2026", "9999-12-31", "NULL",
                     "€ 2.900,00", "Closed Won", "Negotiation", "created", "entered", "won",
                     "", "-1", "=1+1", "Stage", "1", "2"]),
)  # fmt: skip
headers = st.lists(st.sampled_from([
    "id", "opportunity", "created", "closed", "status", "stage", "time", "event", "owner", "amount", "From Stage",
    "To Stage", "Last Modified", "Opportunity Name", "Date entered A", "Date entered B", "Field / Event",
    "Old Value", "New Value",
    "Edit Date", "OpportunityId", "StageName", "CreatedDate", "机会编号", "阶段分类", "结单日期", "实际周期",
    "about", "view", "replication", "case:concept:name", "concept:name", "time:timestamp", "lifecycle:transition",
]), min_size=2, max_size=8)  # fmt: skip


@given(headers, st.data())
def test_any_table_with_known_headers_is_a_history_or_one_error(tmp_path_factory, names, data):
    rows = data.draw(st.lists(st.lists(cells, min_size=len(names), max_size=len(names)), max_size=12))
    frame = pd.DataFrame(rows, columns=range(len(names)))
    content = frame.to_csv(index=False, header=names).encode("utf-8", "replace")
    check(tmp_path_factory.mktemp("table"), content)


def check(folder, content: bytes) -> None:
    try:
        history = read(folder, content)
    except FunnelError as error:
        faults = error.faults
    else:
        check_history(history)
        return
    assert len(faults) == 1


def check_history(history) -> None:
    log = history.log
    assert not history.quality.unusable
    assert (np.diff(log.deals.time) >= 0).all()
    assert (log.deals.time < log.horizon).all()
    assert all(line.isprintable() for line in history.lines())


def test_a_header_without_rows_is_said_to_be_one(tmp_path):
    for end in ("", "\n", "\r\n\r\n"):
        path = tmp_path / "x.csv"
        path.write_text("Record ID,Deal Name,Deal Stage,Create Date" + end, "utf-8", newline="")
        with pytest.raises(HistoryError, match="a header and no rows; columns: Record ID, Deal Name"):
            read_history(path)
