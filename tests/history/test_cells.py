"""What a cell means: dates, amounts and names, decided from their column."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.history.dates import BAD, GOOD, read_dates
from funnelsim.history.money import amount_of, read_money
from funnelsim.history.names import levels, one_letter_off, suspects
from funnelsim.history.sheet import Column


def moments(*texts, order=None):
    [read] = read_dates([Column.of(texts)], order)
    return read


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-05", "2026-01-05"), ("2026/1/5", "2026-01-05"), ("2026.01.05", "2026-01-05"),
        ("2026年1月5日", "2026-01-05"), ("20260105", "2026-01-05"), ("46027", "2026-01-05"),
        ("46027.5", "2026-01-05T12:00"), ("1767605400", "2026-01-05T09:30"), ("1767605400000", "2026-01-05T09:30"),
        ("20260105093000", "2026-01-05T09:30"), ("5-Jan-26", "2026-01-05"), ("Jan 5, 2026", "2026-01-05"),
        ("January 5th, 2026", "2026-01-05"), ("Monday, January 5, 2026", "2026-01-05"), ("5. März 2026", "2026-03-05"),
        ("05 janv. 2026", "2026-01-05"), ("5 de enero de 2026", "2026-01-05"), ("15/01/2026", "2026-01-15"),
        ("01/15/2026 9:30 AM", "2026-01-15T09:30"), ("01/15/2026 12:05 am", "2026-01-15T00:05"),
        ("2026年1月5日 下午3:05", "2026-01-05T15:05"), ("2026-01-05T09:30:00Z", "2026-01-05T09:30"),
        ("2026-01-05 09:30:00.250+08:00", "2026-01-05T01:30:00.250"), ("2026-01-05 09:30 -0530", "2026-01-05T15:00"),
        ("5.1.26", "2026-01-05"),
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_forms_that_exports_have(text, moment):
    read = moments(text)
    assert read.state.tolist() == [GOOD]
    assert read.times[0] == np.datetime64(moment, "us")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("soon", "unreadable_date"), ("12:30", "unreadable_date"), ("2026-01-05 25:70", "unreadable_date"),
        ("123", "unreadable_date"), ("5 Smarch 2026", "unreadable_date"), ("2026-02-30", "impossible_date"),
        ("31/02/2026", "impossible_date"), ("0000-00-00", "impossible_date"), ("1900-01-01", "impossible_date"),
        ("13/13/2026", "impossible_date"), ("2999-12-31", "future_date"), ("9999-12-31", "future_date"),
    ],
)  # fmt: skip
def test_a_date_that_is_none_has_its_own_name(text, reason):
    read = moments(text)
    assert BAD[int(read.state[0])] == reason
    assert np.isnat(read.times[0])


def test_each_column_tells_the_order_of_day_and_month_itself():
    german, american, silent = read_dates([
        Column.of(["13/02/2026", "01/02/2026"]), Column.of(["02/13/2026", "01/02/2026"]), Column.of(["2026-01-01", ""]),
    ])  # fmt: skip
    assert german.times[1] == np.datetime64("2026-02-01")
    assert american.times[1] == np.datetime64("2026-01-02")
    assert (german.order, american.order, silent.order) == ("dayfirst", "monthfirst", "iso")
    assert not german.unclear.any()
    assert not american.unclear.any()


def test_a_column_that_does_not_tell_goes_by_the_others_of_its_file():
    _, silent = read_dates([Column.of(["13/02/2026"]), Column.of(["01/02/2026"])])
    assert silent.times[0] == np.datetime64("2026-02-01")
    assert not silent.unclear.any()


def test_dates_that_nothing_explains_are_counted_and_the_user_can_say_it():
    slashes, dots = moments("01/02/2026", "03/03/2026"), moments("01.02.2026")
    assert slashes.unclear.tolist() == [True, False], "3 March is 3 March either way"
    assert slashes.times[0] == np.datetime64("2026-01-02")
    assert dots.times[0] == np.datetime64("2026-02-01")
    told = moments("01/02/2026", order="dayfirst")
    assert told.times[0] == np.datetime64("2026-02-01")
    assert not told.unclear.any()


def test_dates_in_the_other_order_than_their_column_are_counted():
    read = moments("13/02/2026", "14/02/2026", "15/02/2026", "02/16/2026", "01/02/2026")
    assert read.mixed.tolist() == [False, False, False, True, False]
    assert read.times[3] == np.datetime64("2026-02-16")
    assert read.unclear.tolist() == [False, False, False, False, True], "in a mixed column it may be either"


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31)), st.sampled_from([
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y年%m月%d日 %H:%M:%S",
    "%d-%b-%Y", "%B %d, %Y", "%Y%m%d",
]))  # fmt: skip
def test_any_moment_comes_back_from_what_is_written(moment, form):
    order = "monthfirst" if form.startswith("%m") else "dayfirst"
    read = moments(moment.strftime(form), order=order)
    assert read.times[0] == np.datetime64(datetime.strptime(moment.strftime(form), form))


@given(st.lists(st.text(max_size=20), max_size=20))
def test_any_texts_are_dates_or_have_a_reason(texts):
    read = moments(*texts)
    assert (np.isnat(read.times) == (read.state != GOOD)).all()
    money = read_money(Column.of(texts))
    assert not (np.isfinite(money.amounts) & money.unreadable).any()
    told = levels(Column.of([text.strip() for text in texts]))
    assert (told.codes < len(told.names)).all()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("11000", 11000), ("€ 2.900,00", 2900), ("1,5万", 15000), ("(1.000)", -1000),
        ("(1,200)", -1200), ("¥3亿", 3e8), ("1.2M", 1.2e6), ("USD 1,234.50", 1234.5), ("12,34,567.00", 1234567),
        ("1 234,5", 1234.5),
        ("1'234.50", 1234.5),
        ("10.5k", 10500), ("5 kr", 5), ("￥１２３", 123), ("1.2e5", 120000), ("-5", -5), ("5-", -5),
        ("CHF 1’000.-", 1000),
        ("2.5百万", 2.5e6), ("R$ 1.234,56", 1234.56), ("12.5万元", 125000),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_the_forms_that_exports_have(text, amount):
    assert amount_of(text)[0] == pytest.approx(amount)
    many = read_money(Column.of([text, *(f"{n} EUR" for n in range(1200))]))
    assert many.amounts[0] == pytest.approx(amount), "alone and among thousands"


@pytest.mark.parametrize(
    "text", ["viel", "3 apples", "12%", "05.01.2026", "1.234.56", "#REF!", "$(x)", "1" * 70]
)
def test_what_is_no_amount_is_not_read_as_one(text):
    assert np.isnan(amount_of(text)[0])


def test_the_mark_before_decimals_is_told_by_its_column():
    assert read_money(Column.of(["1.234", "5.50"])).amounts.tolist() == [1.234, 5.5]
    german = read_money(Column.of(["1.234", "5,50"]))
    assert german.amounts.tolist() == [1234, 5.5]
    assert not german.unclear.any()
    assert read_money(Column.of(["1.234", "n/a"])).unclear.tolist() == [True, False]


def test_spellings_of_one_name_are_joined_and_near_misses_only_suspected():
    told = levels(
        Column.of(["GTX Pro", "GTXPro", "gtx-pro", "GTX Pro", "ＧＴＸ Pro", "MG Special", "Unknown", ""])
    )
    assert told.names == ("GTX Pro", "MG Special", "Unknown")
    assert told.codes.tolist() == [0, 0, 0, 0, 0, 1, 2, -1]
    assert told.respelled.sum() == 3
    assert told.unknown == ("Unknown",), "that nobody knew is a level"
    assert suspects(["technolgy", "retail"]) == ["technolgy / technology"]
    assert suspects(["Product A", "Product B", "Region 1", "Region 2", "Seller 16", "Seller 17"]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("technolgy", "technology"),
        ("Philipines", "Philippines"),
        ("Marketing", "Marekting"),
        ("Beta tehc co", "Beta tech co"),
    ],
)
def test_one_letter_off(one, other):
    long_enough = min(len(word) for word in (one.split() + other.split())) >= 6
    assert one_letter_off(one, other) == long_enough
    assert not one_letter_off(one, one)
