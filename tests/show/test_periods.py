"""What a company measures has its own word everywhere: nobody who measures a quarter reads of years."""

from __future__ import annotations

import re

import pytest

from funnelsim import labels
from funnelsim.calendar import period
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import applied, load
from funnelsim.show import figures, sections, tables
from funnelsim.study.boards import stall_board
from funnelsim.study.compare import compare
from funnelsim.study.flip_sentences import lines
from funnelsim.study.flips import flips
from funnelsim.study.metrics import summary, table
from funnelsim.study.queues import queues
from funnelsim.study.sentences import sentences
from funnelsim.study.weeks import bookings_by_month, pipeline_by_week

YEARS = {"en": re.compile(r"\byears?\b"), "zh": re.compile(r"年(?!\d)")}
QUARTER = {"en": "quarter", "zh": "季度"}


@pytest.fixture(scope="module")
def quarter():
    """A company that measures a quarter, and another way to run it."""
    base = load("tiny")
    return base, applied(base, {"stages.*.effect_logit": "=+0.5"})


def words(fig):
    """All that is read on a figure."""
    drawn = fig.to_plotly_json()
    names = [trace.get("name") or "" for trace in drawn["data"]]
    said = [
        part["title"]["text"] for key, part in drawn["layout"].items() if "axis" in key and part.get("title")
    ]
    return [figures.alt_text(fig), *names, *said, *map(str, figures.table_behind(fig).columns)]


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_who_measures_a_quarter_reads_of_quarters(quarter, lang):
    base, other = quarter
    answer = compare(base, {"x": other}, replications=4, seed=3, base="b")
    logs = {name: simulate(one, 3, 4).log for name, one in (("b", base), ("x", other))}
    found = flips(*logs.values(), names=("b", "x"))
    told = [
        *sentences(answer, "bookings", lang), *lines(found, "first_year", lang),
        sections.header(base, answer, lang=lang).data,
        sections.limits(answer, lang=lang).data, *tables.headline(answer, ["bookings"], lang).columns,
        *table(summary(answer.trial.metrics["b"]), lang, scenario=base)[:1],
    ]  # fmt: skip
    for fig in (
        figures.difference(answer, "bookings", lang=lang), figures.difference(answer.json(), "wins", lang=lang),
        figures.outcome_distribution(answer, "bookings", lang=lang),
        figures.bookings_by_month(bookings_by_month(logs), lang),
        figures.pipeline_by_week(pipeline_by_week(logs), lang=lang),
        figures.pipeline_by_week(pipeline_by_week(logs["b"].replication(0)), lang=lang),
        figures.stall_board(stall_board(logs["b"]), lang), figures.flips(found, lang),
        figures.queues(queues(logs["b"].replication(0)), lang),
    ):  # fmt: skip
        told += words(fig)
    assert [one for one in told if YEARS[lang].search(one)] == []
    assert sum(QUARTER[lang] in one for one in told) > 15


def test_the_calendar_names_the_usual_lengths():
    assert [period(days) for days in (365, 366, 364, 181, 184, 90, 92, 28, 31)] == [
        "year", "year", "year", "half", "half", "quarter", "quarter", "month", "month",
    ]  # fmt: skip
    assert {period(days) for days in (7, 60, 120, 300, 730)} == {"period"}


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_every_length_has_its_words(lang):
    for name in ("year", "half", "quarter", "month", "period"):
        said = labels.text("panel.done", lang, name, runs=3, seed=1, engine="x")
        assert labels.text(f"period.{name}.many", lang) in said
