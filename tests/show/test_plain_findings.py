"""Titles stay true where there is little to see: nothing differs, nothing is won, one replication, names alike."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim import labels
from funnelsim.labels import numbers as write
from funnelsim.scenario.files import applied, load
from funnelsim.show import figures, sections, words
from funnelsim.study.boards import reveal_sums
from funnelsim.study.compare import compare

both = pytest.mark.parametrize("lang", labels.LANGUAGES)


@pytest.fixture(scope="module")
def nothing_won():
    return applied(load("five_stage"), {"stages[4].advance_rate": "=0.0"})


def title(fig):
    return fig.layout.meta["title"]


@both
def test_what_is_equal_is_called_equal(nothing_won, lang):
    answer = compare(
        nothing_won, {"x": applied(nothing_won, {"stages[1].effect_logit": "=+1"})}, replications=3
    )
    fig = figures.difference(answer, "bookings", lang=lang)
    assert ("exactly the same" if lang == "en" else "完全相同") in title(fig)
    assert list(fig.layout.xaxis.tickvals) == [0]
    fig = figures.outcome_distribution(answer, "bookings", lang=lang)
    assert ("every one of the 3" if lang == "en" else "模拟的 3 年") in title(fig)
    assert ("0 are won" if lang == "en" else "赢单 0 单") in title(
        figures.funnel(sections.flows(answer, lang), lang)
    )


@both
def test_one_replication_has_no_interval_and_says_so(lang):
    base = load("five_stage")
    answer = compare(base, {"x": applied(base, {"stages[1].effect_logit": "=+1"})}, replications=1)
    for fig in (
        figures.difference(answer, "bookings", lang=lang),
        figures.outcome_distribution(answer, lang=lang),
    ):
        assert "–" not in title(fig)
        assert ("the one" if lang == "en" else "一") in title(fig)


@both
def test_a_report_that_is_true_is_called_true(lang):
    from funnelsim.engine.run import simulate

    sums = reveal_sums(simulate(load("five_stage"), 1, 3).log)
    assert ("all of it is true" if lang == "en" else "全部属实") in title(figures.reveal(sums, lang))


def test_stages_of_one_name_keep_rows_of_their_own():
    base = applied(load("five_stage"), {"stages.*.name": {"en": "Talk", "zh": "谈"}})
    answer = compare(base, {"x": applied(base, {"stages[1].effect_logit": "=+1"})}, replications=3)
    fig = figures.funnel(sections.flows(answer, "en"), "en")
    assert len(set(fig.data[0].y)) == 5


@both
def test_a_change_of_a_share_is_told_in_points(lang):
    points = "points" if lang == "en" else "个百分点"
    assert words.value(0.135, "share", lang=lang, change=True).endswith(points)
    assert words.value(0.135, "share", lang=lang).endswith("%")
    assert words.span(-0.1, 0.2, "share", lang=lang).endswith(points)
    assert words.scale("share", 0.1, lang=lang, change=True) == (0.01, points)


def test_a_hundred_million_is_yi_in_chinese():
    assert write.money(451_700_000, "USD", "zh") == "4.52亿美元"
    assert write.money(99_990_000, "CNY", "zh") == "9,999万元"


@both
def test_words_do_not_cross_the_line_of_zero(lang):
    base = load("five_stage")
    answer = compare(base, {"x": applied(base, {"stages[1].effect_logit": "=+0.4"})}, replications=6)
    fig = figures.difference(answer, "win_rate", lang=lang)
    low, high = fig.layout.xaxis.range
    for trace in (trace for trace in fig.data if trace.text):
        near = np.abs(trace.x[0]) < 0.13 * (high - low)
        assert (trace.textposition[0] == "top center") != near
