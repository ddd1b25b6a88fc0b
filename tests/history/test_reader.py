"""Reading CRM exports: the dirt of the world is counted, and what is no history is told in a line."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from data import data

from funnelsim import labels
from funnelsim.errors import HistoryError
from funnelsim.history.exchange import from_frame, write_log
from funnelsim.history.reader import History, read_history

HEAD = "id,created,closed,status,owner,amount,source"
ROWS = [
    "a,2026-01-05,2026-01-20,Won,Li Na,1000,fair",
    "b,2026-01-06,2026-02-01,Lost,Li Na,2000,web",
    "c,2026-01-07,,Open,Wu,500,fair",
    "d,2026-01-08,2026-03-01,No decision,Wu,700,web",
    "e,2026-01-09,2026-03-02,Won,Wu,900,web",
]


def told(path, **how) -> History:
    return read_history(path, **how)


def written(tmp_path, text: str, encoding: str = "utf-8", name: str = "deals.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def reasons(findings) -> dict[str, int]:
    return {finding.reason: finding.rows for finding in findings}


def test_a_two_point_table_tells_how_each_deal_ended(tmp_path):
    history = told(written(tmp_path, "\n".join([HEAD, *ROWS])))
    log = history.log
    assert history.format == "two_point"
    assert log.names.stages == ("pipeline",)
    assert log.start == date(2026, 1, 5)
    assert log.told(0) == [(0.0, "created", ""), (0.0, "entered", "pipeline"), (15.0, "won", "pipeline")]
    assert log.told(2) == [(2.0, "created", ""), (2.0, "entered", "pipeline")]
    assert log.told(3)[-1] == (55.0, "no_decision", "no_decision")
    assert log.names.people == ("Li Na", "Wu")
    assert log.names.sources == ("fair", "web")
    assert log.opportunities.amount.tolist() == [1000, 2000, 500, 700, 900]
    assert history.as_of == date(2026, 3, 2)
    assert log.horizon == 57.0
    assert history.entry_day is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_chinese_headers_in_every_encoding_and_separator(tmp_path, encoding, separator):
    lines = [
        "商机编号,创建日期,关闭时间,商机状态,负责人,销售金额,商机来源",
        "甲,2026年1月5日,2026/1/20,赢单,李娜,1.2万,展会",
        "乙,2026-01-06,2026-02-01,已输单,吴强,¥3000,官网",
        "丙,2026-01-06,,跟进中,吴强,未知,官网",
    ]
    path = written(tmp_path, "\n".join(lines).replace(",", separator), encoding)
    log = told(path).log
    assert [log.told(i)[-1][1] for i in range(3)] == ["won", "lost", "entered"]
    assert log.opportunities.amount.tolist() == [12000, 3000, 0]
    assert log.names.people == ("吴强", "李娜")


def test_windows_1252_is_not_taken_for_chinese(tmp_path):
    text = "\n".join([HEAD, *ROWS]).replace("Li Na", "Jürgen Müßig").replace("fair", "Präsenz")
    assert "Jürgen Müßig" in told(written(tmp_path, text, "cp1252")).log.names.people


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ("Opportunity ID,ENGAGE-DATE,close.date,Deal Stage", "plain"),
        ("Deal - ID,Deal - Deal created,Deal - Closed on,Deal - Status", "pipedrive"),
        ("机会编号,创建日期,结单日期,阶段分类", "xiaoshouyi"),
    ],
)
def test_header_words_know_no_case_and_no_separators(tmp_path, header, parts):
    rows = ["1,2026-01-01,2026-02-01,Won", "2,2026-01-01,2026-03-01,Lost"]
    assert len(told(written(tmp_path, "\n".join([header, *rows]))).visits) == 2


def test_dirt_is_counted_with_its_reason_and_examples(tmp_path):
    dirt = [
        "a,2026-01-05,2026-01-20,Won,Li Na,1000,fair",  # twice
        "b,2026-03-06,2026-04-01,Won,Li Na,1,web",  # another row of b
        "",
        "f,,,Open,Wu,,",
        "g,2026-02-10,2026-02-01,Lost,Wu,1,web",
        "h,2026-02-10,,Won,Wu,1,web",
        "i,2026-02-10,,Open,wu,#REF!,NULL",
        "j,soon,2026-02-20,Won,Wu,1,web",
        "k,2026-01-09,2026-03-02,Won,Wu,viel,Web",
    ]
    clean = [f'n{i},2026-01-{i:02d},2026-02-{i:02d},Lost,Wu,"€ 2.900,00",web'
             for i in range(1, 25)]  # fmt: skip
    history = told(written(tmp_path, "\n".join([HEAD, *ROWS, *dirt, *clean])))
    assert reasons(history.quality.dropped) == {
        "duplicate_row": 1, "duplicate_id": 1, "no_dates": 1, "unreadable_date": 1, "closed_without_date": 1,
        "closed_before_created": 1,
    }, "every row is counted under one reason"  # fmt: skip
    noted, mended = reasons(history.quality.noted), reasons(history.quality.repaired)
    assert noted["unreadable_amount"] == 1
    assert noted["blank_row"] == 1
    assert noted["unknown_level"] == 1
    assert mended["two_spellings"] == 2, "wu for Wu, Web for web"
    assert history.quality.rows == len(history.log.opportunities) + history.quality.dropped_rows
    assert "NULL" in history.log.names.sources, "what nobody knew is a level of its own"
    assert (history.log.opportunities.amount == 2900).sum() == 24
    for finding in (*history.quality.dropped, *history.quality.repaired, *history.quality.noted):
        assert finding.say("en") != finding.say("zh")


def test_too_many_cells_are_counted_not_fatal(tmp_path):
    history = told(written(tmp_path, "\n".join([HEAD, *ROWS, "x,2026-01-01,2026-01-09,Won,Wu,1,web,more"])))
    assert reasons(history.quality.dropped) == {"too_many_cells": 1}


@pytest.mark.parametrize(
    ("dates", "first"),
    [(("05/01/2026", "20/01/2026"), "2026-01-05"), (("01/05/2026", "01/20/2026"), "2026-01-05"),
     (("5.1.2026", "6.1.2026"), "2026-01-05"), (("5-Jan-26", "20-Jan-26"), "2026-01-05"),
     (("Jan 5, 2026", "Jan 20, 2026"), "2026-01-05"), (("46027", "46042"), "2026-01-05"),
     (("20260105", "20260120"), "2026-01-05"), (("1/5/2026 9:30 AM", "1/20/2026 5:00 PM"), "2026-01-05")],
)  # fmt: skip
def test_the_order_of_day_and_month_is_read_from_the_whole_file(tmp_path, dates, first):
    rows = [f'1,"{dates[0]}","{dates[1]}",Won', f'2,"{dates[0]}","{dates[1]}",Lost']
    history = told(written(tmp_path, "\n".join(["id,created,closed,status", *rows])))
    assert history.log.start.isoformat() == first


def test_more_than_half_unusable_is_refused_with_the_table_of_reasons(tmp_path):
    bad = [f"x{i},,,Open,Wu,1,web" for i in range(9)]
    with pytest.raises(HistoryError) as caught:
        told(written(tmp_path, "\n".join([HEAD, *ROWS, *bad])))
    assert caught.value.faults[0].facts["dropped"] == 9
    assert "without any date" in str(caught.value)


@pytest.mark.parametrize("content", [
    b"", b"\xef\xbb\xbf", b"\n\n", b"\x00\x01\x02\x03" * 100, b"PK\x03\x04broken", b"PAR1broken",
    HEAD.encode(), b"one,two\n1,2\n", b"{}", b"\xff\xfe",
])  # fmt: skip
def test_hostile_files_give_one_clear_line(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    for language in labels.LANGUAGES:
        labels.use(language)
        try:
            with pytest.raises(HistoryError) as caught:
                told(path)
            assert str(path) in str(caught.value)
            assert "\n" not in str(caught.value)
        finally:
            labels.use("en")


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(HistoryError):
            told(path)


def test_an_unknown_header_is_answered_with_its_columns_and_what_is_needed(tmp_path):
    with pytest.raises(HistoryError) as caught:
        told(written(tmp_path, "alpha,beta,status\n1,2,3"))
    assert "alpha, beta, status" in str(caught.value)
    assert "created, closed" in str(caught.value)


def test_a_mapping_names_columns_and_words(tmp_path):
    text = "\n".join(
        ["k;from;until;how", "1;2026-01-01;2026-02-01;JA", "2;2026-01-01;2026-02-02;NEIN", "3;2026-01-01;;?"]
    )
    rules = tmp_path / "map.yaml"
    rules.write_text("created: from\nclosed: until\nstatus: how\nwon: [ja]\nlost: [nein]\n", "utf-8")
    log = told(written(tmp_path, text), mapping=rules).log
    assert [log.told(i)[-1][1] for i in range(3)] == ["won", "lost", "entered"]
    with pytest.raises(HistoryError):
        told(written(tmp_path, text), mapping={"nonsense": "x"})


def test_as_of_shows_only_what_was_known_then(tmp_path):
    history = told(written(tmp_path, "\n".join([HEAD, *ROWS])), as_of="2026-01-08")
    assert len(history.log.opportunities) == 4
    assert (history.visits.outcome == -1).all()
    assert history.visits.days.tolist() == [3.5, 2.5, 1.5, 0.5]


def test_a_lone_date_in_a_far_year_does_not_become_the_end_of_the_record(tmp_path):
    rows = [f"n{i},2026-01-{i:02d},2026-02-{i:02d},Lost,Wu,1,web" for i in range(1, 29)]
    history = told(written(tmp_path, "\n".join([HEAD, *rows, "z,2026-01-01,2062-01-01,Won,Wu,1,web"])))
    assert history.as_of == date(2026, 2, 28)
    assert reasons(history.quality.dropped) == {"date_far_ahead": 1}


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_the_log_comes_back_from_every_file(tmp_path, suffix):
    log = small_log()
    history = told(write_log(log, tmp_path / f"log{suffix}"))
    assert history.format == "log"
    assert history.visits.days.tolist() == History.of(log).visits.days.tolist()
    assert history.visits.outcome.tolist() == History.of(log).visits.outcome.tolist()


def small_log():
    frame = pd.DataFrame(
        [("a", 0, "created", None), ("a", 0, "entered", "s1"), ("b", 1, "created", None),
         ("b", 1, "entered", "s1"),
         ("a", 3, "advanced", "s1"), ("a", 3, "entered", "s2"), ("b", 8, "lost", "s1"),
         ("a", 9, "regressed", "s2"),
         ("a", 9, "entered", "s1"), ("c", 9, "created", None), ("c", 9, "entered", "s1")],
        columns=["opportunity", "time", "event", "stage"],
    )  # fmt: skip
    frame["time"] = (
        pd.Timestamp("2026-01-01", tz="UTC")
        + pd.to_timedelta(frame["time"], unit="D")
        + pd.to_timedelta(frame.index, unit="min")
    )
    return from_frame(frame, start=date(2026, 1, 1), horizon=10.0)


def test_a_log_with_dirt_is_read_and_the_dirt_counted(tmp_path):
    lines = [
        "opportunity,time,event,stage", "a,2026-01-01,created,", "a,2026-01-01,entered,s1",
        "a,2026-01-05,lost,s1",
        "a,2026-01-09,won,s1", "a,2026-01-09,danced,s1", "a,never,won,s1", "b,2026-01-02,created,",
        "b,2026-01-02,entered,s1",
        "b,2026-01-05,entered,s2", "b,2026-01-07,won,s2", "b,2026-01-07,won,s2",
    ]  # fmt: skip
    history = told(written(tmp_path, "\n".join(lines)))
    assert reasons(history.quality.dropped) == {
        "unknown_event": 1, "unreadable_date": 1, "duplicate_row": 1, "after_the_end": 1,
    }  # fmt: skip
    assert history.visits.outcome.tolist() == [1, 0, 0], "lost; a stage left without word, won"
    assert history.visits.days.tolist() == [4.0, 3.0, 2.0]
    assert history.whole_days


def test_a_record_that_began_late_is_found_out():
    """Deals come evenly for a year, a record of exits begins at day 200: only survivors are older."""
    rng = np.random.default_rng(1)
    created = np.floor(np.sort(rng.uniform(0, 365, 1500)))
    closed = created + np.ceil(rng.exponential(40, created.size))
    seen = closed >= 200
    assert read(created[seen], closed[seen]).entry_day == date(2026, 7, 20)  # day 200
    assert read(created, closed).entry is None
    slow = created + 100 + np.ceil(rng.exponential(20, created.size))
    assert read(created, slow).entry is None, "a company whose deals need 100 days has no late record"


def read(created, closed, last: float = 365.0) -> History:
    """The history of a two-point table of days."""
    import tempfile
    from pathlib import Path

    zero = np.datetime64("2026-01-01")

    def day(t):
        return (zero + t.astype("timedelta64[D]")).astype(str)

    over = closed <= last
    status = np.where(over, np.where(np.arange(created.size) % 2, "won", "lost"), "open")
    frame = pd.DataFrame(
        {"created": day(created), "closed": np.where(over, day(closed), ""), "status": status}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        frame.to_csv(path, index=False)
        return read_history(path)


def test_maven_is_read_as_its_facts_say():
    history = told(data("maven_crm/sales_pipeline.csv"))
    events = history.visits.outcome
    assert (events == 0).sum() == 4238
    assert (events == 1).sum() == 2473
    assert (events == -1).sum() == 1589
    assert history.as_of == date(2017, 12, 31)
    assert history.entry_day == date(2017, 3, 1)
    assert history.quality.rows == 8800
    assert reasons(history.quality.dropped) == {"no_dates": 500}


def test_salvirt_has_no_dates_and_says_what_is_needed():
    with pytest.raises(HistoryError) as caught:
        told(data("salvirt/Salvirt_B2B_ML_dataset.csv"))
    assert "created, closed" in str(caught.value)
