"""Figures of flipped deals and of one deal in two worlds."""

from __future__ import annotations

import pytest

from funnelsim import labels
from funnelsim.engine.run import simulate
from funnelsim.scenario.files import applied, load
from funnelsim.show import figures
from funnelsim.study.flips import flips
from funnelsim.study.two_worlds import two_worlds

NASTY = "<script>alert(1)</script> $x$"


@pytest.fixture(scope="module")
def logs():
    base = load("tiny")
    better = applied(base, {"stages.*.effect_logit": "=+1", "demand.units.*.weekly_deals": "=*1.5"})
    return [simulate(s, 1, 4).log for s in (base, better)]


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_groups_and_their_sum_are_drawn_with_intervals(logs, lang):
    found = flips(*logs, names=("as is", NASTY))
    fig = figures.flips(found, lang)
    bars = fig.data[0]
    assert len(bars.x) == len(found.groups()) + 1
    assert sum(bars.x[:-1]) == pytest.approx(bars.x[-1])
    assert all(part >= 0 for part in bars.error_x.array)
    assert "<script" not in fig.to_json().replace("\\u003c", "<").partition('"meta"')[0]
    assert len(figures.table_behind(fig)) == len(bars.x)
    said = figures.alt_text(fig)
    assert said
    assert "((" not in said
    assert "（（" not in said


def test_a_tie_is_drawn_hollow_and_said(logs):
    fig = figures.flips(flips(*(log.replication(0) for log in logs)))
    assert fig.data[0].marker.color[-1] == "white"
    assert "in the one quarter that was told" in figures.alt_text(fig)


def test_where_no_deal_turns_there_is_no_chart_but_the_words(logs):
    fig = figures.flips(flips(logs[0], logs[0]))
    assert not fig.data
    assert "not one deal ends differently" in figures.alt_text(fig)
    assert len(figures.table_behind(fig)) == 1


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_two_worlds_draws_both_lives_and_where_they_part(logs, lang):
    found = flips(*logs, names=("as is", NASTY))
    for group in found.deals["group"].unique():
        row = found.deals[found.deals["group"] == group].iloc[0]
        lives = two_worlds(*logs, int(row.replication), row.id, names=found.names)
        fig = figures.two_worlds(lives, lang)
        assert row.id in fig.layout.title.text
        assert fig.layout.xaxis.type == "date"
        assert len(figures.table_behind(fig)) == len(lives)
        assert "<script" not in fig.layout.title.text
        ring = [trace for trace in fig.data if trace.marker.symbol == "circle-open"]
        assert len(ring) == (group not in ("new", "gone"))
