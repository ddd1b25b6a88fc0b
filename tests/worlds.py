"""Small companies for tests: a few lines that say what matters, the rest as plain as can be.

One day of these worlds has one working hour, seven days a week, so hours of work and days of time
are the same thing, as in the books on queues.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from funnelsim.scenario.files import parse
from funnelsim.scenario.model import Scenario

START = date(2026, 1, 1)


def stage(
    name: str = "one", hours: Any = 0, days: Any = 0, advance: float = 1.0, **more: Any
) -> dict[str, Any]:
    """A stage with hours of work and days of the customer."""
    return {
        "id": name, "name": name, "third": "upper", "rep_hours": hours, "delay_days": days,
        "advance_rate": advance, "otherwise": {"no_decision": 0, "lost": {"lost": 1}},
        "activities": [{"id": "work", "name": "work"}], **more,
    }  # fmt: skip


def exponential(mean: float) -> dict[str, Any]:
    return {"family": "exponential", "mean": mean}


def company(
    *stages: dict[str, Any], weekly_deals: float = 1.0, days: int = 364, warmup_weeks: int = 0, reps: int = 1,
    pools: tuple[dict[str, Any], ...] = (), managers: tuple[dict[str, Any], ...] = (),
    hours: float = 7.0, policies: dict[str, Any] | None = None,
    behaviour: dict[str, Any] | None = None, amount: Any = 1000, **more: Any,
) -> Scenario:  # fmt: skip
    """A company of equal reps who share one unit's deals by chance."""
    return parse({
        "name": "a small world",
        "measure": {
            "from": START.isoformat(),
            "to": (START + timedelta(days=days - 1)).isoformat(),
            "warmup_weeks": warmup_weeks,
        },
        "calendar": {
            "time_zone": "UTC",
            "work_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        },
        "stages": list(stages),
        "demand": {
            "sources": [
                {"id": "inbound", "name": "inbound"},
                {"id": "prospect", "name": "prospect", "prospecting": True},
            ],
            "units": [{"id": "market", "weekly_deals": weekly_deals}],
            "amount": amount,
        },
        "team": {
            "reps": [{"id": f"rep-{n + 1}", "weekly_hours": hours} for n in range(reps)],
            "pools": list(pools),
            "managers": list(managers),
        },
        "policies": {"routing": "random", "priority": "first_come", **(policies or {})},
        "behaviour": behaviour or {},
        **more,
    })  # fmt: skip
