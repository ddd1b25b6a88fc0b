"""The engine against theory: what books on queues and sums say to the last digit.

Every statement is a z value from the spread of the replications themselves.
"""

from math import factorial

import numpy as np
from worlds import company, exponential, stage

from funnelsim.engine.run import simulate
from funnelsim.history.log import CODE

WARMUP = 300.0


def z_of(values, expected: float, what: str) -> None:
    """The mean of replications agrees with theory within four standard errors."""
    values = np.asarray(values, float)
    z = (values.mean() - expected) / (values.std(ddof=1) / np.sqrt(values.size))
    assert abs(z) < 4, f"{what}: {values.mean():.4f}, theory {expected:.4f}, z = {z:.1f}"


def waits(run, desk: int = 0) -> np.ndarray:
    """Days from joining the line to the start of the task, of tasks that joined after the warm-up."""
    tasks = run.log.tasks.where(run.log.tasks.desk == desk)
    queued = tasks.where(tasks.event == CODE["task_queued"])
    started = tasks.where(tasks.event == CODE["task_started"])
    joined = dict(zip(zip(queued.opportunity, queued.stage, strict=True), queued.time, strict=True))
    pairs = [
        (joined[key], start)
        for key, start in zip(zip(started.opportunity, started.stage, strict=True), started.time, strict=True)
    ]
    return np.array([start - at for at, start in pairs if at > WARMUP])


def mm1(days: int = 3000):
    return company(stage(hours=exponential(0.8)), weekly_deals=7.0, days=days)


def test_waiting_of_one_server_agrees_with_theory():
    """M/M/1 at load 0.8: mean wait = load / (mu - lambda) = 0.8 / 0.25 = 3.2 days."""
    z_of([waits(run).mean() for run in simulate(mm1(), 11, 30)], 3.2, "M/M/1 mean wait")


def test_waiting_of_several_servers_agrees_with_theory():
    """M/M/3 at load 0.8: Erlang C over (c mu - lambda)."""
    servers, load = 3, 2.4
    world = company(
        stage(hours=0, specialists=[{"pool": "presales", "hours": exponential(2.4)}]),
        weekly_deals=7.0, days=3000, pools=({"id": "presales", "name": "p", "people": 3, "weekly_hours": 7},),
    )  # fmt: skip
    top = load**servers / factorial(servers) / (1 - load / servers)
    erlang_c = top / (sum(load**k / factorial(k) for k in range(servers)) + top)
    z_of(
        [waits(run, 1).mean() for run in simulate(world, 12, 30)], erlang_c / (3 / 2.4 - 1), "M/M/3 mean wait"
    )


def test_littles_law():
    """Mean number open = arrivals a day x mean days to close, for a funnel with customers' delays."""
    world = company(
        stage("one", exponential(0.5), {"mean": 20, "cv": 0.5}, 0.6),
        stage("two", exponential(0.5), {"mean": 30, "cv": 0.5}, 0.5),
        weekly_deals=7.0, days=3000,
    )  # fmt: skip
    differences = []
    for run in simulate(world, 13, 12):
        deals, end = run.log.deals, 2600.0
        born = deals.where(deals.event == CODE["created"])
        ended = deals.where(np.isin(deals.event, [CODE["won"], CODE["lost"], CODE["no_decision"]]))
        close = dict(zip(ended.opportunity.tolist(), ended.time.tolist(), strict=True))
        start = np.array(born.time)
        stop = np.array([close.get(n, np.inf) for n in born.opportunity.tolist()])
        open_days = np.clip(np.minimum(stop, end) - np.maximum(start, WARMUP), 0, None).sum() / (end - WARMUP)
        cohort = (start > WARMUP) & (start < end)
        rate = cohort.sum() / (end - WARMUP)
        differences.append(open_days - rate * (stop - start)[cohort].mean())
    z_of(differences, 0.0, "L - lambda W")


def test_a_line_of_stages_is_a_jackson_network():
    """A tandem of M/M/1 desks: number at each desk is geometric, mean load / (1 - load)."""
    pools = tuple({"id": f"p{n}", "name": "p", "people": 1, "weekly_hours": 7} for n in range(3))
    means = (0.5, 0.7, 0.6)
    world = company(
        *(
            stage(f"s{n}", specialists=[{"pool": f"p{n}", "hours": exponential(mean)}])
            for n, mean in enumerate(means)
        ),
        weekly_deals=7.0, days=3000, pools=pools,
    )  # fmt: skip
    runs = list(simulate(world, 14, 20))
    for n, load in enumerate(means):
        z_of([waits(run, 1 + n).mean() for run in runs], load**2 / (1 - load), f"Jackson wait at desk {n}")


def test_bookings_are_a_compound_poisson_sum():
    """Wins of a Poisson stream, thinned: mean = lambda p E[value], variance = lambda p E[value^2]."""
    world = company(
        stage(advance=0.3), weekly_deals=7.0, days=365, amount={"mean": 100_000, "cv": 1.0},
    )  # fmt: skip
    totals = []
    for run in simulate(world, 15, 400):
        log = run.log
        won = log.deals.opportunity[log.deals.event == CODE["won"]]
        totals.append(log.opportunities.amount[np.isin(log.opportunities.opportunity, won)].sum())
    expected = 365 * 0.3 * 100_000.0
    z_of(totals, expected, "mean of bookings")
    squares = (np.array(totals, float) - expected) ** 2
    z_of(squares, 365 * 0.3 * 2 * 100_000.0**2, "variance of bookings")


def test_demand_scatters_as_the_market_factor_says():
    """Weekly counts: mean L, variance L + L^2 cv^2."""
    world = company(stage(), weekly_deals=5.0, days=7 * 200)
    world = world.replace("demand.market_cv", 0.5)
    counts = []
    for run in simulate(world, 16, 30):
        counts.append(np.bincount((run.log.opportunities.created // 7).astype(int), minlength=200))
    z_of([c.mean() for c in counts], 5.0, "customers a week")
    z_of([c.var(ddof=1) for c in counts], 5.0 + 25 * 0.25, "variance of customers a week")
