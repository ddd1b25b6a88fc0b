"""Why does a deal stall? Signals, the likely cause, the hard question, and remedies that match or do not."""

import doctest

import numpy as np
import pytest
from logs import log_of, rows_of
from worlds import company, stage

from funnelsim.engine import managers
from funnelsim.engine.managers import posterior
from funnelsim.engine.run import ENGINES
from funnelsim.errors import ScenarioError
from funnelsim.history.log import CODE, REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study import reviews
from funnelsim.study.conservation import violations
from funnelsim.study.metrics import measure
from funnelsim.study.reviews import remedies

CHIEF = ({"id": "chief", "weekly_hours": 1000},)
FIRST_MONDAY = 4.0


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def world(*stages, on=True, behaviour=None, deals=1.0, days=700, managers=CHIEF, **more):
    policies = {"remedies": {"on": on, "hours": 2, "names": {"one": "a visit", "other": "a call"}}}
    return company(
        *stages, weekly_deals=deals, days=days, behaviour=behaviour, managers=managers, policies=policies,
        hours=70, reps=2, **more,
    )  # fmt: skip


def times(part):
    """Deal -> day of its only row."""
    found = dict(zip(part.opportunity.tolist(), part.time.tolist(), strict=True))
    assert len(found) == len(part)
    return found


# -- matched and not ----------------------------------------------------------------------------


def stalled(engine, on, causes, signals=None, **more):
    """Every visit stalls for 40 days where it should take 10."""
    stalls = {"upper": {"share": 1, "causes": causes}, "factor": 4, "signals": signals or {}}
    return log_of(world(stage("a", days=10), on=on, behaviour={"stalls": stalls, **more}), engine)


def remains(log, other):
    """Days from the remedy to the end of the stall, of deals treated, with it and in the other log."""
    treated, with_, without = (
        times(rows_of(log, "remedied")),
        times(rows_of(log, "stall_ended")),
        times(rows_of(other, "stall_ended")),
    )
    deals = [n for n in treated if n in with_ and n in without]
    assert len(deals) > 40
    return np.array([(with_[n] - treated[n], without[n] - treated[n]) for n in deals]).T


def test_v06_a_matched_remedy_halves_what_remains_and_a_mismatched_one_changes_nothing(engine):
    """The cause that is likely by its share is treated in every deal: right in 6 of 10, wrong in 4."""
    causes = {"one": 0.6, "other": 0.4}
    log, without = (stalled(engine, on, causes) for on in (True, False))
    assert {log.names.reasons[r] for r in set(rows_of(log, "remedied").reason.tolist())} == {"one"}
    true = rows_of(log, "stalled", view=TRUTH)
    cause = dict(zip(true.opportunity.tolist(), [log.names.reasons[r] for r in true.reason], strict=True))
    treated, ended, usual = (
        times(rows_of(log, "remedied")),
        times(rows_of(log, "stall_ended")),
        times(rows_of(without, "stall_ended")),
    )
    matched, mismatched = [], []
    for number in treated:
        if number in ended and number in usual:
            ratio = (ended[number] - treated[number]) / (usual[number] - treated[number])
            (matched if cause[number] == "one" else mismatched).append(ratio)
    assert len(matched) > 30
    assert len(mismatched) > 20
    assert np.allclose(matched, 0.5)
    assert np.allclose(mismatched, 1.0)
    share = measure(log, measured=(0, log.horizon))["right_cause_share"][0]
    assert share == np.mean([cause[n] == "one" for n in treated])


def test_v06_the_hours_are_the_same_whether_it_matches_or_not(engine):
    log = stalled(engine, True, {"one": 0.6, "other": 0.4})
    remedy = log.names.activities.index("remedy")
    tasks = log.tasks.where((log.tasks.activity == remedy) & (log.tasks.event == CODE["task_ended"]))
    assert set(tasks.value.tolist()) == {2.0}
    assert sorted(tasks.opportunity.tolist()) == sorted(rows_of(log, "remedied").opportunity.tolist())
    diagnoses = rows_of(log, "reviewed", "diagnosis")
    assert set(diagnoses.value.tolist()) == {0.5}
    assert measure(log, measured=(0, log.horizon))["manager_hours"][0] == pytest.approx(0.5 * len(diagnoses))


def test_v06_a_deal_is_treated_once_in_a_visit_and_when_it_is_shown_as_stalled(engine):
    log = stalled(engine, True, {"one": 1})
    diagnosed, shown = (
        times(rows_of(log, "reviewed", "diagnosis")),
        times(rows_of(log, "stalled", view=REPORT)),
    )
    for number, day in diagnosed.items():
        assert (day - FIRST_MONDAY) % 7 == 0
        assert shown[number] <= day <= shown[number] + 7
    assert len(diagnosed) > 60
    assert violations(log) == []


def test_v06_a_remedy_that_comes_too_late_is_not_done(engine):
    """With a rep who has no time the stall is over before the remedy begins."""
    stalls = {"upper": {"share": 1, "causes": {"one": 1}}, "factor": 4}
    base = world(stage("a", days=10), behaviour={"stalls": stalls}).replace("team.reps.*.weekly_hours", 0.1)
    log = log_of(base, engine)
    assert len(rows_of(log, "reviewed", "diagnosis")) > 60
    assert len(rows_of(log, "remedied")) < 10


def test_v06_without_waiting_for_the_buyer_his_later_steps_come_sooner_too(engine):
    stalls = {"upper": {"share": 1, "causes": {"one": 1}}, "factor": 4}
    pools = ({"id": "legal", "name": "legal", "people": 20, "weekly_hours": 7},)
    stages = [stage(name, days=10, specialists=[{"pool": "legal", "hours": 25}]) for name in "ab"]
    base = world(*stages, behaviour={"stalls": stalls}, deals=0.5, pools=pools).replace(
        "policies.wait_for_buyer", False
    )
    with_, without = (log_of(base.replace("policies.remedies.on", on), engine) for on in (True, False))
    ready = [
        {(n, s): t for n, s, t in zip(part.opportunity.tolist(), part.stage.tolist(), part.time, strict=True)}
        for part in (rows_of(with_, "ready"), rows_of(without, "ready"))
    ]
    assert len(rows_of(with_, "remedied")) > 20
    assert len(ready[0]) == len(rows_of(with_, "ready"))  # once a visit
    sooner = [ready[1][key] - ready[0][key] for key in ready[0].keys() & ready[1].keys()]
    assert max(sooner) > 5


# -- which cause ----------------------------------------------------------------------------------


def test_v05_the_signal_tells_the_cause_by_bayes_rule(engine):
    """.35 x .75 against .35 x .125 and .30 x .125: the matching cause is likely by far."""
    company_ = load("industrial_8x8")
    likely = {"new_person": "opinions", "terms_asked": "funds", "approval_moved": "superior"}
    for signal, cause in likely.items():
        found = posterior(company_, "lower", 1.0, signal)
        assert max(found, key=found.__getitem__) == cause
        assert sum(found.values()) == pytest.approx(1)
    assert posterior(company_, "lower", 1.0, "terms_asked")["funds"] == pytest.approx(
        0.35 * 0.75 / (0.35 * 0.75 + 0.35 * 0.125 + 0.30 * 0.125)
    )
    causes, signals = {"one": 0.5, "other": 0.5}, {"one": {"late": 0.9}, "other": {"late": 0.1}}
    log = stalled(engine, True, causes, signals)
    seen = rows_of(log, "stalled", view=REPORT)
    late = {n for n, r in zip(seen.opportunity.tolist(), seen.reason.tolist(), strict=True) if r >= 0}
    for reason, expected in (("one", True), ("other", False)):
        assert {n in late for n in rows_of(log, "remedied", reason).opportunity.tolist()} == {expected}


def test_v05_the_shares_of_the_causes_sum_to_one_and_each_has_a_remedy():
    company_ = load("industrial_8x8")
    causes = {"silently_lost"}
    for third in ("upper", "middle", "lower"):
        shares = getattr(company_.behaviour.stalls, third).causes
        assert sum(shares.values()) == pytest.approx(1)
        causes |= shares.keys()
    assert causes == {"undecided", "rep_absent", "dilemma", "silently_lost", "opinions", "funds", "superior"}
    names = remedies(company_)
    assert names.keys() == causes
    assert all(words.en and words.zh and words.en != words.zh for words in names.values())
    own = company_.replace("policies.remedies.names", {"funds": "a loan"})
    assert remedies(own)["funds"].en == "a loan"


def test_v05_the_docstrings_examples_hold():
    assert [doctest.testmod(module).failed for module in (managers, reviews)] == [0, 0]


def test_v05_a_cause_without_a_remedy_is_told():
    stalls = {"upper": {"share": 1, "causes": {"weather": 1}}}
    with pytest.raises(ScenarioError, match="what to do about the cause 'weather'"):
        world(stage("a", days=10), behaviour={"stalls": stalls})


def test_v03_a_rep_who_keeps_away_is_told_by_the_days_without_a_word(engine):
    """A rep who is there calls every 14 days; who has not for 28 keeps away, and calls as the remedy."""
    stalls = {"upper": {"share": 1, "causes": {"rep_absent": 0.5, "undecided": 0.5}}, "factor": 4}
    behaviour = {"stalls": stalls, "touches": {"every_days": 14, "hours": 0.1, "neglect_after_days": 28}}
    log = log_of(world(stage("a", days=20), behaviour=behaviour, deals=3), engine)
    assert measure(log)["right_cause_share"][0] > 0.95
    true = rows_of(log, "stalled", view=TRUTH)
    absent = {n for n, r in zip(true.opportunity.tolist(), true.reason.tolist(), strict=True)
              if log.names.reasons[r] == "rep_absent"}  # fmt: skip
    called = set(rows_of(log, "remedied", "rep_absent").opportunity.tolist())
    assert called <= absent
    assert len(called) > 0.8 * len(absent)
    tasks = log.tasks.where(log.tasks.event == CODE["touched"])
    assert called & set(tasks.opportunity.tolist())


def test_v03_on_the_default_company_more_than_seven_of_ten_causes_are_right():
    log = log_of(load("industrial_8x8").replace("policies.remedies.on", True), replications=10)
    assert np.nanmean(measure(log)["right_cause_share"]) > 0.7


# -- the hard question ------------------------------------------------------------------------------


def test_v04_deals_end_silently_in_the_default_shares():
    silent = load("industrial_8x8").behaviour.silent
    assert (silent.upper, silent.middle, silent.lower) == (0.35, 0.55, 0.35)


def test_v04_the_hard_question_brings_out_who_is_gone_three_times_of_four(engine):
    """Everybody dies and nothing stalls, so whoever is shown as stalled is asked."""
    behaviour = {"silent": {"upper": 1, "discovery_weeks": 1000}}
    ends = {"no_decision": 0, "lost": {"price": 1}}
    log = log_of(world(stage("a", days=10, advance=0, otherwise=ends), behaviour=behaviour, deals=8), engine)
    asked = rows_of(log, "remedied", "silently_lost")
    found = times(rows_of(log, "discovered"))
    share = np.mean(
        [found.get(n) == t for n, t in zip(asked.opportunity.tolist(), asked.time.tolist(), strict=True)]
    )
    assert len(asked) > 500
    assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / len(asked)), share
    closed = rows_of(log, "lost", view=REPORT)
    assert {log.names.reasons[r] for r in set(closed.reason.tolist())} == {"price"}
    assert violations(log) == []


def test_v04_a_deal_that_was_found_out_and_came_back_is_not_found_out_again_by_the_old_news(engine):
    """Word of the first death gets around late, when the deal has come back and lives."""
    behaviour = {
        "silent": {"upper": 1, "discovery_weeks": 30}, "revive": {"share": 1, "days": 5},
        "remedies": {"hard_question": 1},
    }  # fmt: skip
    ends = {"no_decision": 0, "lost": {"price": 1}}
    log = log_of(world(stage("a", days=40, advance=0, otherwise=ends), behaviour=behaviour), engine)
    story = {}
    for n, event in zip(log.deals.opportunity.tolist(), log.deals.event.tolist(), strict=True):
        if event in (CODE["died"], CODE["discovered"]):
            story.setdefault(n, []).append(event)
    assert sum(len(events) > 3 for events in story.values()) > 20
    for events in story.values():
        assert events == [CODE["died"], CODE["discovered"]] * (len(events) // 2) + [CODE["died"]] * (
            len(events) % 2
        )
    assert violations(log) == []


def test_v04_a_living_deal_survives_the_hard_question(engine):
    """Both causes look alike, and the dead are more likely by far: the living are asked too."""
    stalls = {"upper": {"share": 0.1, "causes": {"one": 1}}}
    behaviour = {"silent": {"upper": 1, "discovery_weeks": 1000}, "stalls": stalls}
    log = log_of(world(stage("a", days=10, advance=0.3), behaviour=behaviour, deals=8), engine)
    asked = set(rows_of(log, "remedied", "silently_lost").opportunity.tolist())
    living = asked - set(rows_of(log, "died").opportunity.tolist())
    assert living
    assert living & set(rows_of(log, "won").opportunity.tolist())
    assert not living & set(rows_of(log, "discovered").opportunity.tolist())
