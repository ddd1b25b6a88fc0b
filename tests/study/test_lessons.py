"""Lessons that have two sides show both: where a lever pays, and where it does not."""

from lessons import prospecting, team, team_selling

from funnelsim.engine.run import simulate
from funnelsim.study.metrics import measure

PAIRS = 100


def test_team_selling_pays_less_with_one_presales_engineer_who_is_waited_for():
    found = team_selling(PAIRS)
    one, three = found[1], found[3]
    assert one["bookings"].low > 0, "even with one it is better than selling alone"
    assert one["bookings"].relative + 0.03 < three["bookings"].relative
    assert one["cycle_won_days"].low > three["cycle_won_days"].high > 0
    waits = [
        measure(simulate(team(n), 1, 20, engine="compiled").log)["pool_wait_days.presales"].mean()
        for n in (1, 3)
    ]
    assert waits[0] > 30 > 1 > waits[1]


def test_team_selling_costs_orders_where_the_one_presales_engineer_has_too_few_hours():
    """The counter-case: at six hours a week he can do less than comes in, and his line grows without end."""
    found = team_selling(PAIRS, weekly_hours=6)
    assert found[1]["bookings"].high < 0 < found[3]["bookings"].low


def test_hours_pay_where_reps_look_for_customers_often_and_leads_where_they_rarely_do():
    found = prospecting(PAIRS)
    hours, leads = (
        [found[days][what]["bookings"].relative for days in (14, 24, 35)] for what in ("hours", "leads")
    )
    assert hours[0] > hours[1] > hours[2] > 0
    assert leads[2] > leads[0]
    assert found[14]["hours"]["bookings"].low > 0
    assert found[35]["leads"]["bookings"].low > 0
    assert hours[0] > 3 * leads[0]
