"""A run told in pieces is the run told at once, and so is its file."""

import itertools
from dataclasses import fields

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import scenarios

from funnelsim.engine.run import simulate
from funnelsim.engine.stream import stream
from funnelsim.history.exchange import read_log, write_log
from funnelsim.history.log import Opportunities, Rows
from funnelsim.scenario.files import load
from funnelsim.study import large
from funnelsim.study.metrics import METRICS, measure, weights_of


def equal(one, other) -> bool:
    return all(getattr(one, c.name).tobytes() == getattr(other, c.name).tobytes() for c in fields(one))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(scenarios(), st.integers(0, 2**32), st.integers(1, 400))
def test_pieces_of_any_size_are_the_whole(scenario, seed, rows):
    whole, pieces = simulate(scenario, seed, 1).log, list(stream(scenario, seed, 0, rows=rows))
    assert equal(Rows.join([piece.deals for piece in pieces]), whole.deals)
    assert equal(Rows.join([piece.tasks for piece in pieces]), whole.tasks)
    born = Opportunities.join([piece.opportunities for piece in pieces])
    first = np.unique(born.opportunity, return_index=True)[1]
    assert equal(born.where(first), whole.opportunities)


def test_pieces_end_between_two_moments():
    pieces = list(stream(load("industrial_8x8"), 1, 0, rows=1000))
    assert len(pieces) > 10
    for earlier, later in itertools.pairwise(pieces):
        ends = [rows.time[-1] for rows in (earlier.deals, earlier.tasks) if len(rows)]
        begins = [rows.time[0] for rows in (later.deals, later.tasks) if len(rows)]
        assert not ends or not begins or max(ends) < min(begins)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_log_written_in_pieces_reads_as_the_whole(tmp_path, monkeypatch, engine):
    plan = load("five_stage")
    monkeypatch.setattr("funnelsim.engine.stream.ROWS", 500)
    large.write_logs(plan, tmp_path / "pieces.parquet", 3, seed=5, engine=engine)
    write_log(simulate(plan, 5, 3).log, tmp_path / "whole.parquet")
    one, other = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("pieces", "whole"))
    assert one.equals(other, check_metadata=True)
    assert read_log(tmp_path / "pieces.parquet").replications == 3
    assert len([*tmp_path.iterdir()]) == 2


def test_the_metrics_of_a_large_run_are_those_that_need_no_task(monkeypatch):
    plan = load("industrial_8x8")
    with pytest.warns(large.LargeRun, match="utilisation"):
        found = large.measure_deals(plan, 1, 2)
    whole = measure(simulate(plan, 1, 1, first=2).log, weights=weights_of(plan), targets=plan.targets)
    assert all(found[name].tobytes() == whole[name].tobytes() for name in found)
    assert {"bookings", "win_rate", "stage.demo.won"} <= set(found)
    assert not {"utilisation", "selling_share"} & set(found)
    assert any(one.of_work for one in METRICS.values())
