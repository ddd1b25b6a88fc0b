"""The quality report: every row counted once, under its own name, in both languages, and the record looked over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from data import data

from funnelsim.errors import HistoryError
from funnelsim.history.reader import read_history
from funnelsim.labels import LANGUAGES

DEALS = "id,created,closed,status,owner,amount"
MOVES = "id,stage,time"


def read(tmp_path, header: str, *rows: str, **how):
    path = tmp_path / "export.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    return read_history(path, **how)


def clean(count: int = 28) -> list[str]:
    """Deals without a fault, won and lost in turns, through 2025."""
    return [
        f"c{n},2025-{1 + n % 12:02d}-{1 + n % 28:02d},2025-{1 + n % 12:02d}-28,{('Won', 'Lost')[n % 2]},Li,100"
        for n in range(count)
    ]


def counted(findings) -> dict[str, int]:
    return {finding.reason: finding.rows for finding in findings}


def remarks(history) -> dict[str, dict]:
    return {remark.code: remark.facts for remark in history.quality.remarks}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x,soon,2025-02-01,Won,Li,1", "unreadable_date"),
        ("x,2025-01-01,soon,Won,Li,1", "unreadable_date"),
        ("x,2025-02-30,2025-03-01,Won,Li,1", "impossible_date"),
        ("x,1900-01-01,2025-03-01,Won,Li,1", "impossible_date"),
        ("x,2025-01-01,2999-12-31,Won,Li,1", "future_date"),
        ("x,2999-01-01,2999-12-31,Won,Li,1", "future_date"),
        ("x,2025-01-01,2031-12-31,Won,Li,1", "date_far_ahead"),
        ("x,,2025-03-01,Won,Li,1", "no_start_date"),
        ("x,2025-01-01,,Lost,Li,1", "closed_without_date"),
        ("x,,,Open,Li,1", "no_dates"),
        ("x,2025-03-01,2025-01-01,Won,Li,1", "closed_before_created"),
        ("x,2025-01-01,2025-03-01,Closed,Li,1", "closed_without_outcome"),
        ("c1,2025-01-01,2025-03-01,Won,Li,1", "duplicate_id"),
        (clean()[3], "duplicate_row"),
    ],
)
def test_a_deal_that_cannot_be_used_is_counted_once_under_its_own_name(tmp_path, row, reason):
    history = read(tmp_path, DEALS, *clean(), row)
    assert counted(history.quality.dropped) == {reason: 1}
    assert history.quality.rows == 29 == len(history.log.opportunities) + 1
    assert len(history.quality.dropped[0].examples) == 1
    assert history.as_of == date(2025, 12, 28), "what is set aside does not move the end of the record"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x,Offer,soon", "unreadable_date"), ("x,Offer,2025-02-30", "impossible_date"), ("x,Offer,", "no_date"),
        ("x,Offer,2999-01-01", "future_date"), (",Offer,2025-02-01", "no_opportunity"), ("x,,2025-02-01", "no_label"),
        ("x,Closed,2025-02-01", "closed_without_outcome"), ("d0,Visit,2025-01-01", "duplicate_row"),
    ],
)  # fmt: skip
def test_a_move_that_cannot_be_used_is_counted_once_under_its_own_name(tmp_path, row, reason):
    rows = [f"d{n},{stage},2025-{month:02d}-01" for n in range(8)
            for month, stage in ((1, "Visit"), (2, "Offer"), (3, "Won"))]  # fmt: skip
    history = read(tmp_path, MOVES, *rows, row)
    assert counted(history.quality.dropped) == {reason: 1}
    assert history.log.names.stages == ("Visit", "Offer")


def test_closing_dates_in_the_future_of_the_record_are_no_ends(tmp_path):
    """A hundred deals a year, closed within a month; two are said to have closed half a year after the last began."""
    days = [date(2025, 1, 1) + timedelta(days=3 * n) for n in range(120)]
    rows = [
        f"n{n},{day},{day + timedelta(days=20)},{('Won', 'Lost')[n % 2]},Li,1" for n, day in enumerate(days)
    ]
    planned = [f"p{n},2025-06-01,2026-06-{n:02d},Won,Li,1" for n in (1, 2)]
    history = read(tmp_path, DEALS, *rows, *planned)
    assert counted(history.quality.dropped) == {"closed_in_future": 2}
    assert history.as_of == days[-1] + timedelta(days=20)
    slow = [f"s{n},2025-12-01,2026-{n:02d}-15,Won,Li,1" for n in (3, 4, 5, 6)]
    assert read(tmp_path, DEALS, *rows, *slow).quality.dropped == [], (
        "where several close late, deals need so long"
    )


def test_dates_after_today_are_told_and_change_nothing(tmp_path):
    def day(ahead: int) -> str:
        return (date.today() + timedelta(days=ahead)).isoformat()

    rows = [f"n{n},{day(-200 + n)},{day(-100 + n)},{('Won', 'Lost')[n % 2]},Li,1" for n in range(20)]
    coming = f"x,{day(-90)},{day(40)},Won,Li,1"
    history = read(tmp_path, DEALS, *rows, coming)
    assert counted(history.quality.noted) == {"date_after_today": 1}
    assert history.as_of.isoformat() == day(40)
    known = read(tmp_path, DEALS, *rows, coming, as_of=day(0))
    assert counted(known.quality.noted) == {"closed_after_as_of": 1}


def test_open_deals_may_have_any_planned_end(tmp_path):
    plans = [
        f"o{n},2025-11-01,{plan},Open,Li,1"
        for n, plan in enumerate(["soon", "2999-01-01", "2020-01-01", "2026-12-31"])
    ]
    history = read(tmp_path, DEALS, *clean(), *plans)
    assert history.quality.dropped == []
    assert history.as_of == date(2025, 12, 28)


def test_more_than_half_unusable_is_one_error_with_the_table_of_reasons(tmp_path):
    bad = [f"x{n},soon,2025-02-01,Won,Li,1" for n in range(20)] + [f"y{n},,,Open,Li,1" for n in range(20)]
    with pytest.raises(HistoryError) as caught:
        read(tmp_path, DEALS, *clean(), *bad)
    assert caught.value.faults[0].facts["dropped"] == 40
    assert "dates that cannot be read (x0, x1, x2, x3, x4)" in str(caught.value)
    assert "deals without any date (y0, y1, y2, y3, y4)" in str(caught.value)


@pytest.mark.parametrize("table", [(DEALS, *clean()), (MOVES, "a,Visit,2025-03-01", "a,Won,2025-04-01")])
def test_a_last_day_before_the_record_is_one_clear_error(tmp_path, table):
    with pytest.raises(HistoryError) as caught:
        read(tmp_path, *table, as_of="2024-06-30")
    assert caught.value.faults[0].code == "history_as_of_early"
    assert "2024-06-30" in str(caught.value)


def test_unknown_is_a_level_and_an_empty_cell_is_none(tmp_path):
    rows = [
        row.replace("Li", name)
        for row, name in zip(clean(6), ["Li", "Unknown", "None", "", "NULL", "li"], strict=True)
    ]
    history = read(tmp_path, DEALS, *rows)
    assert history.log.names.people == ("Li", "NULL", "None", "Unknown")
    assert counted(history.quality.noted)["unknown_level"] == 3
    assert counted(history.quality.repaired) == {"two_spellings": 1}


def test_a_record_without_losses_says_what_can_and_cannot_be_learned(tmp_path):
    won = [row.replace("Lost", "Won") for row in clean()]
    assert remarks(read(tmp_path, DEALS, *won))["no_losses"] == {"won": 28}
    lost = [row.replace("Won", "Lost") for row in clean()]
    assert remarks(read(tmp_path, DEALS, *lost))["no_wins"] == {"lost": 28}
    still = [f"o{n},2025-01-{n:02d},,Open,Li,1" for n in range(1, 9)]
    assert remarks(read(tmp_path, DEALS, *still))["no_ends"] == {"open": 8}


def test_losses_without_dates_are_told_and_not_taken_for_none(tmp_path):
    rows = [f"l{n},2025-01-05,,Lost,Li,1" for n in range(9)]
    won = [row for row in clean() if "Won" in row]
    history = read(tmp_path, DEALS, *won, *rows)
    assert remarks(history)["losses_without_dates"] == {"lost": 9}
    assert remarks(history)["ends"]["naive_win_rate"] == pytest.approx(14 / 23)


def test_months_without_anything_and_records_that_stop_are_found(tmp_path):
    busy = [f"b{n},2025-{month:02d}-{1 + n % 27:02d},2025-{month:02d}-28,Won,Li,1" for month in (1, 2, 3, 6, 7, 8)
            for n in range(100 * month, 100 * month + 12)]  # fmt: skip
    late = [f"z{n},2025-01-01,2025-12-0{n},Lost,Li,1" for n in range(1, 5)]
    history = read(tmp_path, DEALS, *busy, *late)
    assert remarks(history)["gap"] == {"months": "2025-04, 2025-05, 2025-09, 2025-10, 2025-11", "n": 5}
    assert remarks(history)["creations_stop"]["day"] == "2025-08-27"


def test_stages_dated_anew_are_told(tmp_path):
    header = "id,created,closed,status,Date entered Visit,Date entered Offer"
    rows = [f"w{n},2025-01-01,2025-03-01,Won,2025-01-0{1 + n},2025-02-0{1 + n}" for n in range(8)]
    back = "x,2025-01-01,2025-03-01,Won,2025-02-20,2025-02-10"
    later = "y,2025-01-10,2025-03-01,Lost,2025-01-05,2025-04-01"
    history = read(tmp_path, header, *rows, back, later)
    assert counted(history.quality.noted)["stage_dates_against_order"] == 1
    assert counted(history.quality.repaired) == {"created_after_first_stage": 1, "stage_after_end": 1}
    history = read(
        tmp_path, MOVES, "a,Visit,2025-01-01", "a,Visit,2025-01-09", "a,Offer,2025-02-01", "a,Won,2025-03-01"
    )
    assert counted(history.quality.noted) == {"stage_again": 1}
    assert history.visits.days.tolist() == [31.0, 28.0], "the first date counts"


def test_an_end_that_is_corrected_counts_as_it_was_corrected(tmp_path):
    history = read(
        tmp_path, MOVES, "a,Visit,2025-01-01", "a,Lost,2025-02-01", "a,Won,2025-02-02", "b,Visit,2025-01-01"
    )
    assert counted(history.quality.repaired) == {"end_changed": 1}
    assert history.log.told(0)[-1] == (32.0, "won", "Visit")


def test_a_stage_entered_again_is_a_return_in_the_order_of_the_record(tmp_path):
    """A, B, A, C in one deal; whatever the usual order is, the second visit to A came back from B."""
    rows = ["x,A,2025-01-01", "x,B,2025-01-05", "x,A,2025-01-09", "x,C,2025-01-20", "x,Won,2025-02-01",
            "y,B,2025-01-01", "y,A,2025-01-05", "y,C,2025-01-09", "z,B,2025-01-01", "z,A,2025-01-05"]  # fmt: skip
    history = read(tmp_path, MOVES, *rows)
    assert history.log.names.stages == ("B", "A", "C"), "two deals of three go from B to A"
    story = [(event, what) for _, event, what in history.log.told(0)]
    assert story == [("created", ""), ("entered", "A"), ("regressed", "A"), ("entered", "B"), ("regressed", "B"),
                     ("entered", "A"), ("advanced", "A"), ("entered", "C"), ("won", "C")]  # fmt: skip


def test_rows_of_one_moment_keep_the_order_of_the_file_also_where_it_begins_with_the_newest(tmp_path):
    rows = ["x,A,2025-01-01", "x,B,2025-01-05", "x,C,2025-01-05", "x,Won,2025-01-09"]
    first = read(tmp_path, MOVES, *rows, mapping={"order": ["A", "B", "C"], "won": ["Won"]})
    newest = read(tmp_path, MOVES, *reversed(rows), mapping={"order": ["A", "B", "C"], "won": ["Won"]})
    assert first.log.told(0) == newest.log.told(0)
    assert [what for _, event, what in first.log.told(0) if event == "entered"] == ["A", "B", "C"]


def test_every_finding_and_remark_is_said_in_both_languages(tmp_path):
    rows = [*clean(), "x,soon,,Won,li,viel", "y,01/02/2025,,Open,Unknown,1.234"]
    history = read(tmp_path, DEALS, *rows)
    english, chinese = (history.quality.lines(lang) for lang in LANGUAGES)
    assert len(english) == len(chinese) > 8
    assert not set(english) & set(chinese)
    assert all(line.isprintable() for line in (*english, *chinese))


# -- the fictitious hardware maker --------------------------------------------------------------------


@pytest.fixture(scope="module")
def maven():
    more = [data(f"maven_crm/{name}.csv") for name in ("accounts", "products", "sales_teams")]
    return read_history(data("maven_crm/sales_pipeline.csv"), tables=more)


def test_maven_s_ends_and_naive_rate(maven):
    assert remarks(maven)["ends"] == {
        "won": 4238, "lost": 2473, "no_decision": 0, "open": 2089, "naive_win_rate": pytest.approx(0.6315, abs=1e-4),
    }  # fmt: skip
    assert counted(maven.quality.dropped) == {"no_dates": 500}


def test_maven_s_record_began_on_the_first_of_march_2017(maven):
    assert remarks(maven)["exits_begin"]["day"] == "2017-03-01"
    assert maven.entry_day == date(2017, 3, 1)


def test_maven_s_zombies(maven):
    assert remarks(maven)["older_than_any_closed"] == {"deals": 1291, "days": 138}


def test_maven_s_twins_blanks_and_idle_agents(maven):
    noted, mended = counted(maven.quality.noted), counted(maven.quality.repaired)
    assert mended["respelled_key"] == 1480
    assert "GTXPro / GTX Pro" in maven.quality.repaired[0].examples
    suspected = next(finding for finding in maven.quality.noted if finding.reason == "suspected_spelling")
    assert suspected.examples == ("technolgy / technology",)
    assert "account: 1425" in next(f for f in maven.quality.noted if f.reason == "blank_group").examples
    assert noted["blank_group"] >= 1425
    assert remarks(maven)["never_used"]["n"] == 5
    assert remarks(maven)["lost_without_value"] == {"lost": 2473}


def test_maven_s_groups_are_kept_beside_the_log(maven):
    sizes = {name: len(group.names) for name, group in maven.groups.items()}
    assert sizes | {"product": 7, "account": 85, "manager": 6} == sizes
    assert "sector" not in sizes, "a column that plays a part is grouped by it"
    assert (len(maven.log.names.segments), len(maven.log.names.territories)) == (10, 3)
    for group in maven.groups.values():
        assert group.codes.size == len(maven.log.opportunities)
    assert len(maven.log.names.people) == 30


def test_salvirt_s_unknown_is_no_missing_value_and_its_lack_of_dates_is_told():
    with pytest.raises(HistoryError) as caught:
        read_history(data("salvirt/Salvirt_B2B_ML_dataset.csv"))
    assert caught.value.faults[0].code == "history_unrecognised"
    assert "created, closed" in str(caught.value)
    assert "--guess-mapping" in str(caught.value)
