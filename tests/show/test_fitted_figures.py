"""What a calibration draws: new deals, values, who wins; the numbers are those of the record and of the fit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tree import ROOT

import funnelsim as fs
from funnelsim import labels
from funnelsim.fit.groups import Group, Member
from funnelsim.scenario.distributions import Distribution
from funnelsim.show import figures, learned, records

NASTY = "<b>$x$</b>"


@pytest.fixture(scope="module")
def found():
    return fs.fit(
        fs.read_history(ROOT / "scenarios" / "example" / "crm_export.csv"), fs.load("industrial_8x8")
    )


def test_new_deals_are_those_of_the_record_and_their_rate_that_of_the_fit(found):
    table = learned.new_deals(found)
    assert table["deals"].sum() == len(found.history.log.opportunities)
    counted = table[table["counted"]]
    assert list(table.loc[~table["counted"], "month"]) == list(found.arrivals.excluded)
    assert counted["deals"].sum() == found.arrivals.deals
    assert counted["fitted"].to_numpy() == pytest.approx(found.arrivals.weekly)
    assert ((table["low"] < table["weekly"]) & (table["weekly"] < table["high"])).all()


def test_a_season_and_a_trend_are_drawn_as_they_were_fitted(found):
    season = (0.5, *(1.0,) * 10, 1.5)
    arrivals = SimpleNamespace(**(found.arrivals.__dict__ | {"season": season, "trend": (2.0, 1.5, 2.5)}))
    table = learned.new_deals(SimpleNamespace(history=found.history, arrivals=arrivals))
    by = table.set_index("month")["fitted"]
    assert by["2025-12"] / by["2025-11"] == pytest.approx(1.5 * 2 ** (30.5 / 365.25), rel=0.01)
    assert by["2026-06"] / by["2025-06"] == pytest.approx(2.0, rel=0.01)
    for lang, says in (("en", "month 12 is the strongest"), ("zh", "12 月最多")):
        title = figures.new_deals(table, lang).layout.meta["title"]
        assert says in title
        assert "+100" in title


def test_values_are_counted_once_and_the_curve_holds_as_many(found):
    table = learned.deal_values(found)
    assert table["deals"].sum() == found.values.deals
    assert 0.97 * found.values.deals < table["fitted"].sum() <= found.values.deals + 1e-6
    assert table.attrs["median"] == found.values.median


def test_what_differs_between_products_stays_in_the_picture():
    """Two products of very different prices: what is drawn and its median are the record's, not what is left of it."""
    rng = np.random.default_rng(2)
    left = rng.lognormal(np.log(1000), 0.1, 400)
    factor = np.where(np.arange(400) < 300, 0.1, 10.0)
    values = SimpleNamespace(
        seen=left * factor, known=left, median=1000.0, low=990.0, high=1010.0, mean=float((left * factor).mean()),
        deals=400, of="won", family="lognormal", apart=("segment",),
    )  # fmt: skip
    amount = Distribution(family="lognormal", median=1000, spread=0.1)
    scenario = SimpleNamespace(demand=SimpleNamespace(amount=amount), currency="CNY")
    table = learned.deal_values(SimpleNamespace(values=values, scenario=scenario))
    cheap = table["high"] < 1000
    assert table.loc[cheap, "fitted"].sum() == pytest.approx(300, abs=6)
    assert table.loc[cheap, "deals"].sum() == 300
    assert table.attrs["low"] < table.attrs["median"] < table.attrs["high"] < 200
    assert "apart by segment" in " ".join(t.name or "" for t in figures.deal_values(table, "en").data)


def group(differs, members=4):
    told = [Member(f"{NASTY} {n}", 40 + n, 0.2, 0.1, 0.3, 0.5, "no_difference") for n in range(members)]
    if differs:
        told.append(Member("Mei", 90, 0.4, 0.3, 0.5, 0.02, "above"))
    return Group("owner", tuple(told), 0.22, None, 0.001 if differs else 0.6,
                 "differs" if differs else "no_difference")  # fmt: skip


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_a_name_is_coloured_and_said_only_where_the_division_differs(lang):
    one, other = (figures.who_wins(learned.who_wins(group(differs)), lang) for differs in (True, False))
    assert "Mei" in figures.alt_text(one)
    assert labels.text("figure.wins.differs", lang, by=labels.text("fit.by.owner", lang)) in figures.alt_text(
        one
    )
    assert "0.60" not in figures.alt_text(other)
    assert labels.text("figure.wins.no_difference", lang) in figures.table_behind(other).to_string()
    inks = {trace.marker.color for trace in other.data if trace.mode == "markers"}
    assert inks == {"white"}
    assert "<b>" not in "".join(map(str, other.layout.yaxis.ticktext))
    many = figures.who_wins(learned.who_wins(group(False, 45)), lang)
    assert len(many.layout.yaxis.ticktext) == 30
    assert "45" in figures.alt_text(many)
    assert len(figures.table_behind(many)) == 45


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_every_figure_has_a_finding_units_words_and_numbers(found, lang):
    drawn = [
        figures.new_deals(learned.new_deals(found), lang), figures.deal_values(learned.deal_values(found), lang),
        figures.who_wins(learned.who_wins(found.groups["owner"]), lang),
    ]  # fmt: skip
    for fig in drawn:
        assert "95" in figures.alt_text(fig) or "95" in fig.layout.xaxis.title.text
        assert len(figures.table_behind(fig)) >= 8
        assert fig.layout.xaxis.title.text or fig.layout.yaxis.title.text
    unknown = Group("team", (), 0.0, None, float("nan"), "unknown")
    assert labels.text("fit.by.team", lang) in figures.alt_text(
        figures.who_wins(learned.who_wins(unknown), lang)
    )


def test_stages_have_the_names_of_the_base_in_the_language_spoken(found):
    assert records.stage_names(found, "zh")["planning"] == "客户规划与电话邀约"
    table = records.fitted_stages(found, "en")
    assert table.iloc[0, 0] == "Planning and phone invitation"
    assert isinstance(table, pd.DataFrame)
    said = " ".join(warning["message"] for warning in found.json()["warnings"])
    assert "Visit and first survey" in said
