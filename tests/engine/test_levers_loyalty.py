"""What follows an order: it is paid some days later, and some customers come back."""

import numpy as np
import pytest
from logs import log_of, make_log
from worlds import company, stage

from funnelsim.engine.draws import GENERATION, draw
from funnelsim.engine.run import ENGINES, tables_of
from funnelsim.engine.stream import stream
from funnelsim.history.exchange import read_log, write_log
from funnelsim.history.log import CODE
from funnelsim.history.table import opportunity_ids
from funnelsim.study.columns import Columns
from funnelsim.study.conservation import violations
from funnelsim.study.flips import flips
from funnelsim.study.metrics import METRICS, measure

PATIENT = {"median": 60, "spread": 0.4}


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def world(share=0.0, days=PATIENT, **more):
    """Two stages that win six deals in ten, for four reps with time enough."""
    stages = [
        stage("a", hours=1, days=6, advance=0.8), stage("b", hours=1, days=6, advance=0.75, third="lower"),
    ]  # fmt: skip
    base = company(
        *stages, weekly_deals=12, days=900, reps=4, hours=70, amount={"median": 80_000, "spread": 0.8},
        policies={"prospecting": {"every_days": 24, "hours": 3}}, **more,
    )  # fmt: skip
    return base.replace("behaviour.repeat", {"share": share, "days": days})


def by_origin(log):
    """Opportunities by origin and ordinal: the day they came and who got them."""
    o = log.opportunities
    rows = log.deals.where(log.deals.event == CODE["created"])
    owner = dict(zip(rows.opportunity.tolist(), rows.person.tolist(), strict=True))
    return {
        (log.names.origins[origin], int(ordinal)): (float(day), owner[int(n)], int(n))
        for n, origin, ordinal, day in zip(o.opportunity, o.origin, o.ordinal, o.created, strict=True)
    }


def wins(log):
    """Day on which each opportunity was won, by number."""
    rows = log.deals.where(log.deals.event == CODE["won"])
    return dict(zip(rows.opportunity.tolist(), rows.time.tolist(), strict=True))


def returns(log):
    """(win before, customer's new deal) of all who have come back: (day won, owner, day come, owner)."""
    known, won, found = by_origin(log), wins(log), []
    for (origin, ordinal), (day, owner, _) in known.items():
        if origin.endswith(".repeat"):
            if ordinal >= GENERATION:
                before = (origin, ordinal - GENERATION)
            else:
                before = (origin.removesuffix(".repeat"), ordinal)
            found.append((won[known[before][2]], known[before][1], day, owner))
    return found


# -- customers who come back ------------------------------------------------------------------------------------


def test_f12_nobody_comes_back_unless_he_is_said_to_and_no_byte_changes(engine):
    one = log_of(world(), engine)
    two = log_of(world().replace("behaviour.repeat.days", 3), engine)
    for table in ("deals", "tasks", "opportunities"):
        for mine, other in zip(
            vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True
        ):
            assert mine.tobytes() == other.tobytes()
    assert not any(name.endswith(".repeat") for name in one.names.origins)


@pytest.mark.parametrize("share", [0.3, 0.8, 1.0])
def test_f12_a_share_of_the_orders_brings_a_new_deal_to_the_same_rep_some_days_later(engine, share):
    log = log_of(world(share, days=120), engine)
    came = returns(log)
    early = [n for n, day in wins(log).items() if day + 120 < log.horizon]
    assert len(early) > 400
    assert abs(len(came) - share * len(early)) <= 4 * (len(early) * share * (1 - share)) ** 0.5
    for won, owner, day, mine in came:
        assert day == pytest.approx(won + 120)
        assert mine == owner
    assert violations(log) == []


def test_f12_the_days_until_a_customer_comes_back_are_those_of_their_distribution(engine):
    log = log_of(world(0.8), engine)
    days = np.array([day - won for won, _, day, _ in returns(log) if won < log.horizon - 250])
    assert len(days) > 300
    assert np.median(days) == pytest.approx(60, rel=0.08)
    assert np.log(days).std() == pytest.approx(0.4, rel=0.12)


def test_f12_a_customer_may_come_back_again_and_others_stay_as_they_were(engine):
    before, after = log_of(world(), engine), log_of(world(0.9, days=20), engine)
    ordinals = [ordinal for origin, ordinal in by_origin(after) if origin.endswith(".repeat")]
    assert max(ordinals) >= 3 * GENERATION
    one, two = by_origin(before), by_origin(after)
    market = {key: day for key, (day, _, _) in one.items() if key[0] == "market.inbound"}
    assert market == {key: two[key][0] for key in market}
    ids = opportunity_ids(after)
    assert len(set(ids)) == len(ids)
    assert any(str(name).startswith("market.inbound.repeat.") for name in ids)


def test_f12_with_a_higher_share_the_same_customers_come_back_and_more(engine):
    some, more = (returns(log_of(world(share, days=45), engine)) for share in (0.3, 0.5))
    first = [{round(won, 6) for won, _, _, _ in found} for found in (some, more)]
    assert len(first[0] - first[1]) < 0.1 * len(first[0])  # but for those whom busier reps keep waiting
    assert len(first[1]) > 1.4 * len(first[0])


def test_f12_who_comes_back_after_the_rep_has_left_goes_to_who_has_the_fewest_deals(engine):
    log = log_of(world(1.0, days=90).replace("team.reps[0].leaves", "2026-09-01"), engine)
    gone = [(mine, owner) for _, owner, day, mine in returns(log) if owner == 0 and day > 243]
    assert len(gone) > 20
    assert all(mine != 0 for mine, _ in gone)


def test_f12_a_share_that_changes_on_a_date_holds_from_then_on(engine):
    plan = world(0.2, days=30).replace(
        "interventions", [{"date": "2027-01-01", "set": {"behaviour.repeat.share": 0.9}}]
    )
    log = log_of(plan, engine)
    came = [won for won, *_ in returns(log)]
    for begin, end, share in ((0, 365, 0.2), (365, log.horizon - 30, 0.9)):
        n = sum(begin <= day < end for day in wins(log).values())
        k = sum(begin <= day < end for day in came)
        assert abs(k - share * n) < 4 * (n * share * (1 - share)) ** 0.5 + 1


def test_f12_the_luck_of_everybody_else_does_not_move():
    draws = [draw(tables_of(world(share)), 5, 0) for share in (0.0, 0.6)]
    assert len(draws[1]) > 1.5 * len(draws[0])
    market = np.flatnonzero(np.isfinite(draws[0].arrival))
    assert np.array_equal(draws[1].arrival[market], draws[0].arrival[market])
    found = draws[0].origin.size - market.size  # those whom reps find stand at the end
    for part in ("own", "report"):
        one, two = (getattr(d, part) for d in draws)
        assert np.array_equal(one[:, market], two[:, market])
        assert np.array_equal(one[:, -found:], two[:, -found:])
    assert np.array_equal(draws[1].origin[-found:], draws[0].origin[-found:])


def test_f12_flipped_deals_account_for_customers_who_come_back():
    logs = [log_of(world(share), replications=3) for share in (0.0, 0.4)]
    difference = measure(logs[1])["bookings"] - measure(logs[0])["bookings"]
    assert difference.all()
    assert flips(*logs).difference.tolist() == difference.tolist()


def test_f12_a_log_told_in_pieces_is_the_same():
    plan = world(0.7).replace("policies.cash.delay_days", 30)
    whole = log_of(plan, "compiled")
    pieces = [piece.deals for piece in stream(plan, 1, 0, "compiled", rows=300)]
    assert len(pieces) > 5
    assert np.concatenate([piece.time for piece in pieces]).tobytes() == whole.deals.time.tobytes()


# -- payment ----------------------------------------------------------------------------------------------------


def test_f12_cash_comes_later_than_bookings_by_the_days_that_are_set(engine):
    delay = {"family": "gamma", "mean": 50, "cv": 0.5}
    log = log_of(world().replace("policies.cash.delay_days", delay), engine)
    won, rows = wins(log), log.deals.where(log.deals.event == CODE["paid"])
    paid = dict(zip(rows.opportunity.tolist(), rows.time.tolist(), strict=True))
    early = [n for n, day in won.items() if day < log.horizon - 250]
    assert len(early) > 400
    assert np.mean([paid[n] - won[n] for n in early]) == pytest.approx(50, rel=0.05)
    assert violations(log) == []
    quiet = log_of(world(), engine)
    assert not (quiet.deals.event == CODE["paid"]).any()
    rest = log.deals.where(log.deals.event != CODE["paid"])
    assert rest.time.tobytes() == quiet.deals.time.tobytes()
    one, two = measure(quiet), measure(log)
    assert one["bookings"] == two["bookings"]
    assert np.isnan(one["cash"][0])
    assert 0 < two["cash"] < two["bookings"]


def test_f12_payments_stand_in_a_file(tmp_path):
    log = log_of(world(0.4).replace("policies.cash.delay_days", 20))
    back = read_log(write_log(log, tmp_path / "log.parquet"))
    assert (back.deals.event == CODE["paid"]).sum() == (log.deals.event == CODE["paid"]).sum() > 0
    for name in ("cash", "cash_days", "repeat_bookings"):
        assert measure(back, names=[name])[name] == pytest.approx(measure(log, names=[name])[name])


def test_each_metric_is_there_with_its_formula():
    for name in ("cash", "cash_days", "repeat_bookings"):
        assert len(METRICS[name].formula) > 40


def test_payments_on_five_deals():
    """Won on 90, 110, 120 and 150 for 1, 2, 4 and 8 thousand; paid on 105, 140 and 199, the last not yet."""
    deals = [
        row
        for n, (won, paid) in enumerate(((90.0, 105.0), (110.0, 140.0), (120.0, 199.0), (150.0, None)))
        for row in [(10.0 + n, n, "created", None), (10.0 + n, n, "entered", "contract"), (won, n, "won", "contract"),
                    *([(paid, n, "paid", None)] if paid else [])]
    ]  # fmt: skip
    deals.append((30.0, 4, "created", None))
    log = make_log((1000, 2000, 4000, 8000, 16000), sorted(deals, key=lambda row: row[0]))
    told = measure(log, names=["cash", "cash_days", "bookings"])
    assert told["bookings"].tolist() == [14_000]
    assert told["cash"].tolist() == [7000]
    assert told["cash_days"].tolist() == [pytest.approx((15 + 30 + 79) / 3)]


def test_bookings_of_customers_who_come_back():
    log = log_of(world(0.5))
    c = Columns(log)
    again = np.array([name.endswith(".repeat") for name in log.names.origins])
    mine = again[log.opportunities.origin[c.wins.deal]]
    told = measure(log, names=["repeat_bookings", "bookings"])
    assert 0 < told["repeat_bookings"][0] == c.wins.amount[mine].sum() < told["bookings"][0]
    assert measure(log_of(world()), names=["repeat_bookings"])["repeat_bookings"].tolist() == [0]
