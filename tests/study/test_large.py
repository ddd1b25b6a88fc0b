"""A run of a million opportunities, as a user would ask for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pyarrow.parquet as parquet
import pytest
from benchmarks.growth import scaled

from funnelsim.scenario.files import save

MEASURED = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024))
"""


@pytest.mark.slow
def test_a_million_opportunities_and_their_log_take_at_most_one_and_a_half_gigabytes(tmp_path):
    pytest.importorskip("resource")
    save(scaled(1_000_000), tmp_path / "million.yaml")
    log = tmp_path / "log.parquet"
    run = ["run", str(tmp_path / "million.yaml"), "-n", "1", "--no-cache", "--log", str(log)]
    call = [sys.executable, "-c", MEASURED, sys.executable, "-m", "funnelsim", *run]
    told = subprocess.run(call, check=True, capture_output=True, text=True).stdout
    assert json.loads(told) <= 1.5e9
    file = parquet.ParquetFile(log)
    assert file.metadata.num_rows > 15e6
    assert file.metadata.num_row_groups > 10
