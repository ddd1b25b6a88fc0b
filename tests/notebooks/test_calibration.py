"""The notebook of calibration with an export of one's own, with a mapping, and with its card."""

from __future__ import annotations

from unknown_exports import deals

from funnelsim.history.guess import guess_mapping
from funnelsim.history.reader import read_history
from funnelsim.show.parameters import shipped_notebooks
from funnelsim.show.report import run_report

BOOK = shipped_notebooks() / "calibration.ipynb"


def page(tmp_path, **parameters) -> str:
    return run_report(BOOK, {"lang": "en", **parameters}, tmp_path / "reports", "en").html.read_text("utf-8")


def test_an_own_export_with_a_mapping_up_to_a_day_and_its_card(tmp_path):
    path, mapping = deals(tmp_path / "deals.csv"), tmp_path / "m.yaml"
    mapping.write_text(
        guess_mapping(path).replace('- "verloren"', '- "verloren"\n  - "eingeschlafen"'), "utf-8"
    )
    told = page(tmp_path, history=str(path), mapping=str(mapping), as_of="2026-03-31", replications=39)
    assert "until 2026-03-31" in told
    [ends] = [r for r in read_history(path, "2026-03-31", mapping).quality.remarks if r.code == "ends"]
    assert f"{ends.facts['won']} won, {ends.facts['lost']} lost, 0 without" in told
    assert ends.facts["lost"] > ends.facts["won"], "two words mean lost"
    assert told.count('Plotly.newPlot("chart-') == 6, "one stage, owners, new deals, values, and the card"
    assert "has other stages" not in told
