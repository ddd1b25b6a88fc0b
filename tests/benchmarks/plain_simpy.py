"""The benchmark model as anybody would write it with SimPy alone: the yardstick of the reference engine.

Ten reps, two presales engineers, five stages, 925 arrivals in each of two years of 2,080 working hours.
It keeps what the comparison of means needs (who came when, how many stages he saw, how he ended, hours
worked after a warm-up) and no log: funnelsim tells every moment, so its ratio to this program is an
upper bound of what the log costs.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import simpy

HORIZON = 4160.0  # hours
ARRIVALS_AN_HOUR = 925 / 2080
REPS, PRESALES = 10, 2
REP_HOURS = (4.0, 7.0, 10.0, 12.0, 8.0)
PRESALES_HOURS = (0.0, 0.0, 4.0, 5.0, 0.0)
DELAY_HOURS = (60.0, 80.0, 100.0, 100.0, 80.0)
ADVANCE = (0.70, 0.65, 0.60, 0.60, 0.70)

_SIGMA = math.sqrt(math.log(1 + 0.8**2))  # a coefficient of variation of .8
_REP_MU = [math.log(mean) - _SIGMA**2 / 2 for mean in REP_HOURS]
_PRESALES_MU = [math.log(mean) - _SIGMA**2 / 2 if mean else 0.0 for mean in PRESALES_HOURS]
_DELAY_SCALE = [mean / math.gamma(1 + 1 / 1.5) for mean in DELAY_HOURS]


@dataclass
class Seen:
    """What one run shows. Hours worked are counted from `since` on."""

    since: float
    born: list[float] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    won: list[bool] = field(default_factory=list)
    rep_hours: float = 0.0
    presales_hours: float = 0.0
    moments: int = 0  # arrivals, ends of tasks and ends of delays before the horizon


def run(seed: int, since: float = 0.0) -> Seen:
    """Two years of the benchmark model."""
    env, luck, seen = simpy.Environment(), random.Random(seed), Seen(since)
    reps = [simpy.Resource(env, 1) for _ in range(REPS)]
    presales = simpy.Resource(env, PRESALES)

    def counted(start: float, hours: float) -> float:
        return max(0.0, min(start + hours, HORIZON) - max(start, since))

    def opportunity(number: int, owner: simpy.Resource):
        for stage in range(5):
            seen.visits[number] += 1
            hours = luck.lognormvariate(_REP_MU[stage], _SIGMA)
            with owner.request() as turn:
                yield turn
                seen.rep_hours += counted(env.now, hours)
                yield env.timeout(hours)
                seen.moments += 1
            if PRESALES_HOURS[stage]:
                hours = luck.lognormvariate(_PRESALES_MU[stage], _SIGMA)
                with presales.request() as turn:
                    yield turn
                    seen.presales_hours += counted(env.now, hours)
                    yield env.timeout(hours)
                    seen.moments += 1
            yield env.timeout(luck.weibullvariate(_DELAY_SCALE[stage], 1.5))
            seen.moments += 1
            if luck.random() >= ADVANCE[stage]:
                return
        seen.won[number] = True

    def market():
        while True:
            yield env.timeout(luck.expovariate(ARRIVALS_AN_HOUR))
            seen.born.append(env.now)
            seen.visits.append(0)
            seen.won.append(False)
            seen.moments += 1
            env.process(opportunity(len(seen.born) - 1, luck.choice(reps)))

    env.process(market())
    env.run(until=HORIZON)
    return seen
