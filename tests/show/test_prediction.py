"""The panel of predictions: no answer before a prediction, none changed after it, in words of both languages."""

from __future__ import annotations

import math
import threading

import pandas as pd
import pytest

import funnelsim as fs
from funnelsim import labels
from funnelsim.errors import RunError
from funnelsim.show.figures import predicted
from funnelsim.show.lessons.lesson import Number, Ranking
from funnelsim.show.lessons.period import Period
from funnelsim.show.panels import Prediction
from funnelsim.study.lessons.ideas import IDEAS
from funnelsim.study.lessons.measured import Measured, Order
from funnelsim.workshop import Room

ORDER = list(IDEAS)


@pytest.fixture(autouse=True)
def _live(monkeypatch):
    monkeypatch.setenv("FUNNELSIM_PANEL", "live")
    monkeypatch.setattr("funnelsim.show.panels.parts.SETTLE", 0)


@pytest.fixture(scope="module")
def ideas():
    return fs.lessons.Ideas(fs.load("tiny"), 4)


@pytest.fixture
def panel(ideas, tmp_path):
    made = Prediction(ideas, Room(tmp_path, "06_ideas"), "Mei", "en")
    yield made
    made._worker.cancel()


def fill(panel: Prediction, order=ORDER, number="-5") -> Prediction:
    for box, one in zip(panel.fields[0], order, strict=True):
        box.value = one
    panel.fields[1][0].value = number
    return panel


def press(button) -> None:
    button.click()


def revealed(panel: Prediction) -> Prediction:
    press(panel.reveal_button)
    assert panel.worker_settled(120)
    return panel


def test_without_a_kept_prediction_there_is_no_answer(panel):
    assert panel.reveal_button.disabled
    with pytest.raises(RunError, match="No prediction of Mei"):
        panel.reveal()
    press(panel.store_button)
    assert "fs-error" in panel.status.value
    assert panel.room.table().empty
    press(fill(panel).store_button)
    assert "Kept for Mei" in panel.status.value
    assert not panel.reveal_button.disabled
    panel.name.value = "Tom"
    assert panel.reveal_button.disabled, "Tom has not predicted"
    panel.name.value = "mei"
    assert not panel.reveal_button.disabled


def test_the_answer_stands_beside_the_prediction_which_stays_as_it_is(panel):
    press(fill(panel).store_button)
    press(fill(panel, number="-7.5").store_button)
    revealed(panel)
    assert panel.room.of("Mei").is_sealed
    assert panel.own == {"order": tuple(ORDER), "early_first": -7.5}
    assert panel.reveal_button.disabled
    captions = [one["layout"]["meta"]["caption"] for one in panel.charts.drawings]
    assert "Your −7.5 %: " in captions[1]
    assert "<table" in panel.behind.value
    assert "selling hours" in panel.verdict.value
    press(fill(panel, number="3").store_button)
    assert "has been shown on this page" in panel.status.value
    assert panel.room.of("Mei").answers["early_first"] == -7.5
    panel.language.value = "zh"
    assert "本页已显示过答案" in panel.status.value, "what was said is said in the other language too"
    assert (
        "实测" in panel.charts.drawings[1]["layout"]["meta"]["alt"]
        or "区间" in panel.charts.drawings[1]["layout"]["meta"]["alt"]
    )


def test_everybody_who_predicted_at_this_page_is_sealed_and_others_are_drawn(panel, tmp_path):
    Room(tmp_path, "06_ideas").put("Ada", {"order": ORDER[::-1], "early_first": 4})
    press(fill(panel).store_button)
    panel.name.value = "Tom"
    press(fill(panel, ORDER[::-1], "9").store_button)
    revealed(panel)
    sealed = panel.room.table().groupby("participant")["sealed"].all().to_dict()
    assert sealed == {"Ada": False, "Mei": True, "Tom": True}
    drawn = panel.charts.drawings[1]["data"]
    assert any(sorted(trace.get("x", [])) == [-5.0, 4.0] for trace in drawn), "the room without him"


def test_a_kept_prediction_is_known_again_and_the_answer_can_be_seen_again(panel, ideas, tmp_path):
    press(fill(panel).store_button)
    revealed(panel)
    again = Prediction(ideas, Room(tmp_path, "06_ideas"), "Mei", "en")
    assert "has seen the answer before" in again.status.value
    assert [box.value for box in again.fields[0]] == ORDER
    fill(again, number="44")
    press(again.store_button)
    assert "stays as it was" in again.status.value
    revealed(again)
    assert again.own["early_first"] == -5.0


class Slow:
    """A module that measures until it is stopped."""

    period = Period("quarter")
    questions = (Number("ideas", "early_first", -50, 50, "percent", 1, is_change=True, facts=period.facts()),)

    def __init__(self):
        self.began = threading.Event()

    def find(self, progress, check):
        self.began.set()
        for step in range(100_000):
            progress(step, 100_000)
            check()
            threading.Event().wait(0.01)


def test_cancel_stops_the_work_and_nothing_is_sealed(tmp_path):
    panel = Prediction(Slow(), Room(tmp_path, "m"), "Mei", "en")
    panel.fields[0][0].value = "1"
    press(panel.store_button)
    press(panel.reveal_button)
    assert panel.lesson.began.wait(60)
    assert panel.cancel.layout.visibility == "visible"
    assert panel.store_button.disabled
    press(panel.cancel)
    assert panel.worker_settled(10)
    assert "Cancelled" in panel.status.value
    assert not panel.room.of("Mei").is_sealed
    assert panel.found is None
    for _ in range(100):
        if not panel.reveal_button.disabled:
            break
        threading.Event().wait(0.02)
    assert not panel.reveal_button.disabled


class Broken(Slow):
    def find(self, progress, check):
        raise RunError.of("seed", "seed_range", given=-1)


def test_a_fault_is_said_in_words_and_nothing_is_sealed(tmp_path):
    panel = Prediction(Broken(), Room(tmp_path, "m"), "Mei", "en")
    panel.fields[0][0].value = "1"
    press(panel.store_button)
    revealed(panel)
    assert "fs-error" in panel.status.value
    assert "Traceback" not in panel.status.value
    assert not panel.room.of("Mei").is_sealed


@pytest.mark.parametrize(
    ("typed", "value"),
    [("12", 12), (" 1,2 00 ".replace(" ", ""), None), ("−3.5 %", -3.5), ("－３．５％", -3.5), ("+7", 7)],
)
def test_numbers_are_read_as_people_type_them(typed, value):
    question = Slow.questions[0]
    if value is None:
        with pytest.raises(RunError, match="between −50 and 50"):
            question.read(typed, "en")
    else:
        assert question.read(typed, "en") == value


@pytest.mark.parametrize("typed", ["", "many", "51", "nan", "inf", "1e9", "--3"])
def test_what_is_no_number_within_the_limits_is_said(typed):
    with pytest.raises(RunError, match="between −50 and 50"):
        Slow.questions[0].read(typed, "en")


def test_a_tie_is_called_a_tie_and_inside_inside():
    question = Number(
        "ideas", "early_first", -50, 50, "percent", 1, is_change=True, facts={"first": "first year"}
    )
    said = [
        predicted.verdict(question, found, own, "en")
        for found, own in (
            (Measured(1, -1, 3), 2.0), (Measured(5, 4, 6), 2.0), (Measured(5, float("nan"), float("nan")), 2.0),
        )
    ]  # fmt: skip
    assert "a tie" in said[0]
    assert "inside the interval" in said[0]
    assert "a tie" not in said[1]
    assert "outside the interval, 3.0 points" in said[1]
    assert "no interval" in said[2]


def test_a_ranking_says_which_pairs_were_right():
    question = Ranking("ideas", "order", IDEAS, facts=dict.fromkeys((*IDEAS, "first"), "X"))
    found = Order(IDEAS, frozenset({("leads", "hours"), ("leads", "templates")}))
    assert found.places("leads") == (1, 3)
    assert found.places("hours") == (2, 5)
    said = predicted.ranking_verdict(
        question, found, ["templates", "leads", "hours", "early_skill", "late_skill"], "en"
    )
    assert "Of 2 pairs that can be told apart you had 1 the right way round." in said
    tie = Order(IDEAS, frozenset())
    assert "no two of them" in predicted.ranking_verdict(question, tie, None, "en")


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_without_a_front_end_questions_predictions_and_answer_stand_there(ideas, tmp_path, monkeypatch, lang):
    monkeypatch.setenv("FUNNELSIM_PANEL", "still")
    shown = []
    monkeypatch.setattr("funnelsim.show.panels.predicted_still.display", shown.append)
    room = Room(tmp_path, "m")
    room.put("Mei", {"order": ORDER, "early_first": -4, "a question of old": 3})
    room.put("Tom", {"order": ["a name of old"]})
    Prediction(ideas, room, lang=lang).show()
    told = "".join(one.data for one in shown if hasattr(one, "data") and isinstance(one.data, str))
    assert "Mei" in told
    assert "Tom" in told
    assert sum(not isinstance(getattr(one, "data", ""), str) for one in shown) == 3, (
        "a figure a question, and the effects"
    )
    assert not room.of("Mei").is_sealed, "a page nobody sits at seals nothing"
    assert isinstance(ideas.table(ideas.find(print, print), lang), pd.DataFrame)


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        ({}, "a quarter", "一个季度"),
        ({"measure.to": "2026-12-31"}, "a year", "一年"),
        ({"measure.to": "2026-01-31"}, "a month", "一个月"),
        ({"measure.to": "2026-06-30"}, "half a year", "半年"),
        ({"measure.to": "2026-08-31"}, "8 months", "8 个月"),
        ({"measure.to": "2027-12-31"}, "2 years", "2 年"),
        ({"measure.to": "2026-02-14"}, "45 days", "45 天"),
    ],
)
def test_a_module_asks_for_the_time_that_the_company_measures(changes, en, zh):
    tiny = fs.load("tiny")
    for path, value in changes.items():
        tiny = tiny.replace(path, value)
    for lang, said in (("en", en), ("zh", zh)):
        machine = fs.lessons.Machine(tiny, 1)
        assert said in machine.questions[0].ask(lang)
        for lesson in (
            machine,
            fs.lessons.Levers(machine),
            fs.lessons.Ideas(tiny, 1),
            fs.lessons.Review(tiny, 1),
        ):
            asked = " ".join(one.ask(lang) + one.name(lang) for one in lesson.questions)
            assert ("year" in asked or "年" in asked.replace("年底", "年")) == ("year" in en)


def test_what_a_module_assumes_of_a_company_stands_above_the_questions(tmp_path, monkeypatch):
    review = fs.lessons.Review(fs.load("tiny"), 2)
    for lesson in (review, fs.lessons.ReviewCounter(review)):
        panel = Prediction(lesson, Room(tmp_path, "m"), "", "en")
        assert "has no manager" in panel.assumed.value
        assert "35 % of the deals lost in the upper third" in panel.assumed.value
        panel.language.value = "zh"
        assert "没有经理" in panel.assumed.value
        panel.language.value = "en"
    whole = fs.lessons.Review(fs.load("industrial_8x8"), 2)
    assert Prediction(whole, Room(tmp_path, "m"), "", "en").assumed.value == ""
    assert review.company.team.managers


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("company", ["tiny", "five_stage", "observed_only"])
def test_a_machine_says_a_number_of_deals_with_its_interval(company, lang):
    machine = fs.lessons.Machine(fs.load(company), 4)
    found = machine.find(lambda done, total: None, lambda: None)
    interval = "95 % interval" if lang == "en" else "95% 区间"
    chain, second, *_ = machine.sentences(found, lang)
    assert chain.count(interval) == 3
    assert interval in second
    drawing = machine.drawings(found, lang)[0]
    assert interval in drawing.layout["meta"]["title"]
    assert sum(trace["type"] == "scatter" and trace["mode"] == "lines" for trace in drawing.data) == len(
        found.needed
    )
    assert all(interval in row[1] for row in drawing.layout["meta"]["table"]["rows"])


def test_the_reps_are_only_said_to_be_short_of_hours_where_they_are():
    wanted, short, idle = 40, Measured(0.96, 0.95, 0.97), Measured(0.3, 0.2, 0.4)

    def told(wins, busy):
        return fs.lessons.Levers.counter({"wins": wins, "utilisation": busy}, wanted)

    few, some, many = Measured(30, 28, 32), Measured(38, 30, 46), Measured(50, 45, 55)
    assert [told(wins, short) for wins in (few, some, many)] == ["holds", "scales", "more"]
    assert told(few, idle) == "other"
    assert told(Measured(30, math.nan, math.nan), short) == "scales", "one year tells nothing apart"


def test_few_pairs_that_can_be_told_apart_are_named_and_all_else_is_a_tie():
    question = Ranking("ideas", "order", IDEAS, facts=dict.fromkeys((*IDEAS, "first"), "X"))
    order = Order(IDEAS, frozenset({("hours", "templates")}))
    for own, said in (
        (IDEAS, "the right way round"),
        (IDEAS[::-1], "the wrong way round"),
        (None, "All else is a tie."),
    ):
        told = predicted.ranking_verdict(question, order, own, "en")
        assert told.count("comes before") == 1
        assert "selling hours' comes before 'Templates" in told
        assert said in told
    many = Order(IDEAS, frozenset({("hours", one) for one in IDEAS if one != "hours"}))
    assert "place 1 may belong to" in predicted.ranking_verdict(question, many, None, "en")


def test_a_number_that_is_never_negative_has_no_axis_below(tmp_path):
    question = Number("machine", "months", 0, 60, "months", 1)
    drawing = predicted.number_drawn(question, Measured(1.2, 1.0, 1.5), 45.0, {}, "en")
    assert drawing.layout["xaxis"]["range"][0] > -5
    told = [trace["textposition"] for trace in drawing.data if trace.get("mode") == "markers+text"]
    assert told == ["top right", "top center"], "words at the edge go inwards"
