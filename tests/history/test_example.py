"""The example export: made by its script, read as it comes, fitted to what was realised in it."""

from __future__ import annotations

import runpy

import pytest
from tree import ROOT

from funnelsim.engine.run import simulate
from funnelsim.fit import fit
from funnelsim.history.log import CODE, REPORT
from funnelsim.history.reader import read_history
from funnelsim.scenario.files import load
from funnelsim.study.columns import Columns
from funnelsim.study.formulas import stage_conversion

FOLDER = ROOT / "scenarios" / "example"


@pytest.fixture(scope="module")
def history():
    return read_history(FOLDER / "crm_export.csv")


def test_the_script_makes_the_file_again_byte_by_byte(tmp_path):
    made = runpy.run_path(str(FOLDER / "make.py"))
    made["main"](tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (FOLDER / "crm_export.csv").read_bytes()
    assert (FOLDER / "crm_export.csv").stat().st_size <= 400_000


def test_it_reads_without_a_dropped_row(history):
    base = load("industrial_8x8")
    assert history.quality.dropped == []
    assert history.log.names.stages == tuple(stage.id for stage in base.stages)
    assert history.whole_days
    told = f"{len(history.log.opportunities)} deals in {history.quality.rows:,} rows"
    assert told in (FOLDER / "README.md").read_text("utf-8")


def test_the_fit_covers_what_was_realised_and_runs(history):
    base = load("industrial_8x8")
    found = fit(history, base=base)
    realised = stage_conversion(Columns(history.log, REPORT, measured=(0.0, history.log.horizon)))
    for stage in found.stages:
        share = stage.outcomes["advance"]
        assert share.low <= realised[stage.name][0] <= share.high
    log = simulate(found.scenario, 1, 1).log
    assert (log.deals.event == CODE["won"]).any()
