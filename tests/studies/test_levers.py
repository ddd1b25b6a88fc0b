"""The ten standard levers: what each is worth, and how well pairs of years hold together."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from levers import standard_levers
from rates import TABLES

import funnelsim
from funnelsim.study.compare import differences
from funnelsim.study.experiment import trial

PAIRS = 100
COMMAND = "python -m pytest tests/studies/test_levers.py -m study -s"


@pytest.mark.study
def test_the_standard_levers_correlate_with_the_base():
    found = {
        name: other["bookings"]
        for name, other in differences(
            trial(standard_levers(), PAIRS, 1, workers=None), "base"
        ).others.items()
    }
    lines = [
        "# The ten standard levers",
        "",
        f"Scenario `industrial_8x8`, {PAIRS} pairs of years, seed 1, as if always, reference engine; bookings.",
        "Wanted of the correlations: median at least .8, none below .5.",
        "",
        "| lever | change of bookings, 95 % interval | verdict | correlation | seen 4 times in 5 from |",
        "|---|---|---|---|---|",
    ]
    for name, d in found.items():
        low, mean, high = (value / d.base_mean for value in (d.low, d.mean, d.high))
        lines.append(
            f"| {name} | {mean:+.1%} ({low:+.1%} to {high:+.1%}) | {d.verdict} | {d.correlation:.3f} "
            f"| {d.smallest_visible / d.base_mean:.1%} |"
        )
    correlations = [d.correlation for d in found.values()]
    lines += [
        "",
        f"Median correlation {np.median(correlations):.3f}, lowest {min(correlations):.3f}. "
        f"{dt.datetime.now(dt.UTC).date()}, version {funnelsim.__version__}. Command: `{COMMAND}`",
    ]
    (TABLES / "levers.md").write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))
    assert np.median(correlations) >= 0.8
    assert min(correlations) >= 0.5
