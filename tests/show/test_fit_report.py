"""The page of a fit: whole, in both languages, harmless, and plain about what it cannot show."""

from __future__ import annotations

import re
from html import unescape

import pytest
from tree import ROOT

import funnelsim as fs
from funnelsim import labels
from funnelsim.errors import FitError, FunnelError
from funnelsim.fit import fit
from funnelsim.history.reader import History
from funnelsim.show import figures, validated
from funnelsim.show.fit_report import card_lines, card_of, fit_report
from funnelsim.study.validation import before

PARTS = ("quality", "stages", "arrivals", "values", "groups", "validation", "assumed")


@pytest.fixture(scope="module")
def found():
    scenario = fs.load("tiny").replace("measure.warmup_weeks", 0)
    return fit(History.of(fs.simulate(scenario, seed=1, replications=1).log, "<img src=x>.csv"))


def words(page, lang):
    """What the page says in one language, scripts taken out."""
    part = page.split(f'<main data-lang="{lang}"')[1].split("</main>")[0]
    return unescape(re.sub(r"<script>.*?</script>", "", part, flags=re.S))


def test_the_page_has_every_part_in_both_languages_and_no_request(found):
    page = fit_report(found, FitError.of("record", "fit_no_events"))
    for lang in labels.LANGUAGES:
        said = words(page, lang)
        assert all(labels.text(f"fit_report.part.{part}", lang) in said for part in PARTS)
        assert labels.text("fit_report.side.naive", lang) in said
        assert labels.text("fit_report.no_card", lang, why="").rstrip() in said
    assert "default-src 'none'" in page
    assert "<img" not in page
    assert labels.language() == "en"


def test_a_record_too_short_to_hold_a_part_out_says_so(found):
    short = fit(before(found.history, 70.0))
    why = card_of(short)
    assert isinstance(why, FunnelError)
    assert "28 days" in words(fit_report(short, why), "en")


@pytest.mark.slow
def test_the_example_has_its_card_as_charts():
    history = fs.read_history(ROOT / "scenarios" / "example" / "crm_export.csv")
    known = fit(history)
    card = card_of(known)
    assert not isinstance(card, FunnelError)
    for lang in labels.LANGUAGES:
        fig = validated.checks_figure(card, lang)
        assert len(figures.table_behind(fig)) == len(card.checks)
        assert str(card.passed) in figures.alt_text(fig)
        assert validated.curves_figure(card, lang).layout.title.text
        failed = [check for check in card.checks if not check.passed]
        assert all(
            any(validated.check_name(check, lang, card) in said for said in validated.reasons(card, lang))
            for check in failed
        )
    title, *whys = card_lines(card)
    assert title == validated.card_title(card)
    assert len(whys) == len(validated.reasons(card))
    page = fit_report(known, card)
    groups = sum(group.verdict != "unknown" for group in known.groups.values())
    charts = sum(stage.mixture is not None for stage in known.stages) + groups + 4
    assert page.count("Plotly.newPlot(") - page.split("<body")[0].count("Plotly.newPlot(") == 2 * charts
