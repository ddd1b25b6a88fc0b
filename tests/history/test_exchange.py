"""The log as a table and as files: what goes out comes in again, and nothing does harm on the way."""

from __future__ import annotations

import dataclasses
from datetime import date
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import FIVE_AMOUNTS, FIVE_DEALS, VIEWS, five_deals, make_log

from funnelsim.engine.run import simulate
from funnelsim.errors import HistoryError
from funnelsim.history import exchange
from funnelsim.history.exchange import from_frame, read_log, to_frame, write_log
from funnelsim.history.log import EVENTS, REPORT, TRUTH, EventLog
from funnelsim.scenario.files import load
from funnelsim.study.metrics import measure

NASTY = ("=1+1", "+7", "-x", "@home", "'quoted", 'a,b"c', "北方 <&>", "#REF!", "NA", "None", " lead", "x\ny")


def story(log: EventLog, part: str = "deals"):
    """Every row in words, times to the microsecond."""
    rows, n = getattr(log, part), log.names
    ids = {
        (r, o): f"{n.origins[k]}.{j}" if j >= 0 else n.origins[k]
        for r, o, k, j in zip(
            log.opportunities.replication.tolist(), log.opportunities.opportunity.tolist(),
            log.opportunities.origin.tolist(), log.opportunities.ordinal.tolist(), strict=True,
        )
    }  # fmt: skip

    def name(names, code):
        return names[code] if code >= 0 else None

    return [
        (int(r), ids.get((r, o)), round(t * 86400e6), EVENTS[e], name(n.stages, s), name(n.people, p),
         name(n.desks, d), name(n.reasons, w), name(n.activities, a), v, int(view))
        for r, o, t, e, s, p, d, w, a, v, view in zip(
            *(getattr(rows, f.name).tolist() for f in dataclasses.fields(rows)), strict=True)
    ]  # fmt: skip


def nasty(log: EventLog) -> EventLog:
    names = dataclasses.replace(
        log.names, people=NASTY[:3], origins=("=cmd|' /C calc'!A0", "-south"), reasons=NASTY[3:6],
        territories=("北方 <&>",), segments=("NA",), sources=("None", "x\ny"), activities=("#REF!", " lead"),
    )  # fmt: skip
    return dataclasses.replace(log, names=names)


@pytest.mark.parametrize("replications", [1, 2])
def test_a_table_is_the_log_again(replications):
    deals = [(*row, r) for r in range(replications) for row in FIVE_DEALS]
    log = make_log(FIVE_AMOUNTS, deals, replications=replications)
    back = from_frame(to_frame(log), start=log.start)
    assert story(back) == story(log)
    assert back.names.stages == log.names.stages
    assert back.opportunities.created.tolist() == log.opportunities.created.tolist()
    assert back.opportunities.amount.tolist() == log.opportunities.amount.tolist()


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_log_comes_back_from_its_table(data):
    days = sorted(data.draw(st.lists(st.floats(0, 500), min_size=1, max_size=30)))
    zone = data.draw(st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York"]))
    events = [e for e in EVENTS if not e.startswith(("task_", "touched", "amount_", "created"))]
    rows = [(0.0, 0, "created", None)]
    stages = st.sampled_from([None, "design", "offer"])
    row = st.tuples(st.sampled_from(events), stages, st.just(0), st.sampled_from([*VIEWS]))
    rows += [(day, 0, *data.draw(row)) for day in days]
    log = make_log([100], rows, measured=(0.0, 501.0), zone=zone, start=date(2026, 3, 1))
    back = from_frame(to_frame(log), start=log.start, time_zone=zone)
    assert story(back) == story(log)


def test_the_columns_are_those_of_the_contract():
    assert list(to_frame(five_deals())) == [*exchange.COLUMNS, *exchange.SIMULATED]
    imported = dataclasses.replace(make_log(FIVE_AMOUNTS, FIVE_DEALS), hours_available=np.zeros((1, 0, 1)))
    frame = to_frame(imported)
    assert list(frame) == list(exchange.COLUMNS)
    assert frame["amount"].dtype == np.int64
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    assert frame["opportunity"].iloc[0] == "北方.web.0"


def test_the_amount_changes_from_the_row_that_changes_it():
    frame = to_frame(five_deals())
    mine = frame[frame["opportunity"] == "北方.web.0"]
    assert mine.set_index("event")["amount"].loc["created"] == 1000
    assert mine.set_index("event")["amount"].loc[["amount_changed", "won"]].tolist() == [1500, 1500]


def test_each_view_has_its_own_amounts():
    deals = [(0.0, 0, "created", None), (1.0, 0, "amount_changed", 70, 0, "report"),
             (2.0, 0, "amount_changed", 90, 0, "truth"), (3.0, 0, "won", "design")]  # fmt: skip
    log = make_log([100], deals)
    assert to_frame(log)["amount"].tolist() == [100, 70, 90, 90]
    assert to_frame(log, view=TRUTH)["amount"].tolist() == [100, 90, 90]
    assert to_frame(log, view=REPORT)["amount"].tolist() == [100, 70, 70]


def test_times_run_on_when_the_clocks_change():
    """Berlin, 29 March 2026: the third day has 23 hours on the wall and 24 in the log."""
    deals = [(day, 0, "created" if day == 0 else "ready", None) for day in (0.0, 1.0, 2.0, 3.0)]
    frame = to_frame(make_log([1], deals, start=date(2026, 3, 27), zone="Europe/Berlin"))
    assert str(frame["time"].iloc[0]) == "2026-03-26 23:00:00+00:00"
    assert set(frame["time"].diff().dropna()) == {pd.Timedelta(days=1)}


def test_a_task_that_ends_stands_before_the_move_it_makes_possible():
    deals = [(0.0, 0, "created", None), (0.0, 0, "entered", "design"), (5.0, 0, "won", "design")]
    tasks = [(0.0, 0, "task_queued", "design", "anna"), (0.0, 0, "task_started", "design", "anna"),
             (5.0, 0, "task_ended", "design", "anna")]  # fmt: skip
    assert to_frame(make_log([1], deals, tasks))["event"].tolist() == [
        "created", "entered", "task_queued", "task_started", "task_ended", "won",
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".xlsx", ".xes"])
def test_a_file_gives_the_log_back(tmp_path, suffix):
    log = nasty(five_deals())
    back = read_log(write_log(log, tmp_path / f"log{suffix}"))
    skipped = (back.start - log.start).days * 86_400_000_000  # only Parquet keeps the start
    for part in ("deals", "tasks"):
        expected = story(log, part)
        if suffix == ".xes":  # by trace, and no work without a deal
            expected = [row for row in expected if row[1] is not None]
        assert [(*row[:2], row[2] + skipped, *row[3:]) for row in story(back, part)] == expected


def test_parquet_keeps_the_frame_of_the_log(tmp_path):
    import pyarrow.parquet as pq

    log = five_deals(zone="Asia/Shanghai")
    path = write_log(log, tmp_path / "log.parquet", facts={"digest": "abc"})
    back = read_log(path)
    for name in ("start", "horizon", "measured", "time_zone", "currency", "names", "replications"):
        assert getattr(back, name) == getattr(log, name)
    assert pq.read_schema(path).metadata[b"schema"] == b"1"
    assert pq.read_schema(path).metadata[b"digest"] == b"abc"


def test_a_long_log_is_written_in_row_groups(tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    from funnelsim.history import pieces

    for module in (exchange, pieces):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", 10)
    log = five_deals()
    path = write_log(log, tmp_path / "log.parquet")
    assert pq.ParquetFile(path).num_row_groups == 4
    assert story(read_log(path)) == story(log)
    assert story(read_log(path), "tasks") == story(log, "tasks")
    write_log(log, tmp_path / "log.csv")
    assert len(pd.read_csv(tmp_path / "log.csv")) == len(FIVE_DEALS) + 11


def test_no_cell_of_a_table_is_a_formula(tmp_path):
    import openpyxl

    log = nasty(five_deals())
    for row in pd.read_csv(write_log(log, tmp_path / "log.csv"), dtype=str).itertuples(index=False):
        assert not any(isinstance(cell, str) and cell[:1] in "=+-@\t\r" for cell in row)
    sheet = openpyxl.load_workbook(write_log(log, tmp_path / "log.xlsx")).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row}.isdisjoint({"f", "e"})


@given(st.text())
def test_a_harmless_cell_gives_its_text_back(text):
    assert exchange.tamed(exchange.harmless(text)) == text
    assert exchange.harmless(text)[:1] not in set("=+-@\t\r")


@pytest.mark.parametrize("suffix", [".xlsx", ".xes"])
def test_control_characters_do_not_break_a_file(tmp_path, suffix):
    log = five_deals()
    log = dataclasses.replace(
        log, names=dataclasses.replace(log.names, people=("an\x00na\x1b", "b\ufffe", "c"))
    )
    assert read_log(write_log(log, tmp_path / f"log{suffix}")).names.people[0] == "anna"


def test_xes_is_what_process_mining_expects(tmp_path):
    root = ElementTree.parse(write_log(five_deals(), tmp_path / "log.xes")).getroot()
    ns = {"x": "http://www.xes-standard.org/"}
    traces = root.findall("x:trace", ns)
    assert len(traces) == 5
    first = traces[0].find("x:event", ns)
    assert {a.get("key"): a.get("value") for a in first}["concept:name"] == "created"
    assert {e.get("prefix") for e in root.findall("x:extension", ns)} == {
        "concept",
        "time",
        "lifecycle",
        "org",
    }
    phases = {a.get("value") for a in root.findall(".//*[@key='lifecycle:transition']")}
    assert phases == {"schedule", "start", "complete"}


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "log.csv"
    path.write_text("old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(exchange, "_spelled", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_log(five_deals(), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["log.csv"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".xlsx", ".xes"])
def test_a_newer_file_is_refused_with_the_mend(tmp_path, monkeypatch, suffix):
    from funnelsim.history import pieces, xes

    for module in (exchange, pieces, xes):
        monkeypatch.setattr(module, "SCHEMA", 2)
    path = write_log(five_deals(), tmp_path / f"log{suffix}")
    monkeypatch.setattr(exchange, "SCHEMA", 1)
    with pytest.raises(HistoryError, match="written by a newer funnelsim"):
        read_log(path)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: f.drop(columns="event"), "log_columns"),
        (lambda f: f.assign(event="Created"), "log_event"),
        (lambda f: f.assign(time="yesterday"), "log_time"),
        (lambda f: f.assign(time=pd.NaT), "log_time"),
    ],
)
def test_a_table_that_is_no_log_says_why(change, code):
    with pytest.raises(HistoryError) as refused:
        from_frame(change(to_frame(five_deals())))
    assert refused.value.faults[0].code == code
    assert refused.value.faults[0].mend


def test_files_that_are_none_are_refused(tmp_path):
    (tmp_path / "log.parquet").write_text("no parquet")
    for path in (tmp_path / "log.parquet", tmp_path / "none.csv", tmp_path / "log.json"):
        with pytest.raises(HistoryError):
            read_log(path)
    with pytest.raises(HistoryError):
        write_log(five_deals(), tmp_path / "log.txt")


def test_an_empty_log_is_a_table_with_its_columns(tmp_path):
    log = make_log([], [])
    assert list(to_frame(log))[:3] == ["opportunity", "time", "event"]
    for suffix in exchange.FORMATS[:3]:
        assert len(read_log(write_log(log, tmp_path / f"log{suffix}")).deals) == 0


def test_stages_without_an_order_are_ordered_by_how_deals_pass_them():
    frame = to_frame(five_deals())
    frame["stage"] = frame["stage"].astype(str).where(frame["stage"].notna())
    shuffled = frame.sample(frac=1, random_state=1)
    assert from_frame(shuffled).names.stages == ("design", "offer", "contract")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".xlsx", ".xes"])
def test_what_rewards_and_channels_cost_stands_in_the_file(tmp_path, suffix):
    company = load("tiny").replace_all({
        "demand.sources[0].deal_cost": 70, "policies.incentives.speed_bonus": 100,
        "interventions": [{"date": "2026-02-01", "set": {"policies.incentives.bookings_share": 0.01}}],
    })  # fmt: skip
    log = simulate(company, 1, 1).log
    back = read_log(write_log(log, tmp_path / f"log{suffix}"))
    assert back.spending == log.spending
    assert len(log.spending) == 2
    for name in ("incentive_cost", "channel_cost"):
        before, after = (measure(one, names=[name])[name] for one in (log, back))
        assert before == after > 0


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".xlsx", ".xes"])
def test_what_is_due_and_how_customers_are_reminded_stand_in_the_file(tmp_path, suffix):
    acts = [{"id": "call", "name": "call", "due_days": 3}, {"id": "visit", "name": "visit"}]
    company = load("tiny").replace_all({
        "stages[0].activities": acts, "policies.care.every_days": 30,
        "interventions": [{"date": "2026-02-01", "set": {"policies.care.every_days": None}}],
    })  # fmt: skip
    log = simulate(company, 1, 1).log
    back = read_log(write_log(log, tmp_path / f"log{suffix}"))
    assert len(log.care) == 2
    assert back.care == log.care
    due = dict(zip(log.names.activities, log.names.due_days, strict=True))
    assert 3 in due.values()
    mine = dict(zip(back.names.activities, back.names.due_days, strict=True))
    assert mine == {name: due[name] for name in mine}, "a table names the activities that occur in it"
    for name in ("late_activities", "care_reminders", "care_cost"):
        before, after = (measure(one, names=[name])[name] for one in (log, back))
        assert before > 0
        assert after == pytest.approx(before, abs=1e-9), name
