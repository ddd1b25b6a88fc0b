"""Large exports of a CRM, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def write_history(path: Path, rows: int) -> None:
    """A stage history of five stages, four in five deals going on from each, as Salesforce exports it."""
    rng = np.random.default_rng(1)
    stages = ("Discovery", "Design", "Proposal", "Negotiation", "Contract")
    deals = rows // 3
    begin, end = rng.uniform(0, 2500 * 86400, deals), 2555 * 86400.0
    told: list[tuple[np.ndarray, np.ndarray, str]] = []
    alive, now = np.arange(deals), begin
    for number, stage in enumerate(stages):
        told.append((alive, now, stage))
        later = now + rng.weibull(1.3, alive.size) * 30 * 86400
        goes_on = rng.random(alive.size) < 0.8
        told.append((alive[~goes_on], later[~goes_on], "Closed Lost"))
        alive, now = alive[goes_on], later[goes_on]
        if number == len(stages) - 1:
            told.append((alive, now, "Closed Won"))
    deal = np.concatenate([part[0] for part in told])
    time = np.concatenate([part[1] for part in told])
    label = np.repeat([part[2] for part in told], [part[0].size for part in told])
    known = np.flatnonzero(time < end)
    known = known[np.argsort(time[known], kind="stable")][:rows]
    moments = (np.datetime64("2018-01-01T00:00:00") + time[known].astype("timedelta64[s]")).astype(str)
    with open(path, "w", encoding="utf-8") as file:
        file.write("OpportunityId,StageName,CreatedDate,Owner,Amount,SystemModstamp\n")
        for d, l, t in zip(deal[known].tolist(), label[known].tolist(), moments.tolist(), strict=True):
            file.write(f"006{d:012d},{l},{t}.000Z,Rep {d % 60},{1000 + d * 37 % 90_000},{t}.000Z\n")
