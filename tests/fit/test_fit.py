"""A history back into the numbers it was made of, and what the report says of it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from records import DOUBLING_MEANS, DOUBLING_SHARES, doubling, planted
from scipy import special

from funnelsim.errors import FitError
from funnelsim.fit import fit
from funnelsim.fit.choose import choose_mixture
from funnelsim.fit.durations import EXPONENTIAL, LOGNORMAL, WEIBULL
from funnelsim.fit.ledger import slugs
from funnelsim.fit.mixture import fit_mixture
from funnelsim.fit.spells import Spells
from funnelsim.history.reader import History, read_history
from funnelsim.scenario.checks import faults
from funnelsim.scenario.distributions import quantile

ZERO = np.datetime64("2024-01-01")
STATUS = np.array(["won", "lost", "no decision"])


def history(tmp_path, created, days, kind, last: float, **columns) -> History:
    """A two-point CSV of deals, dates only, as its record stood on day `last`."""
    created, closed = np.floor(created), np.floor(created) + np.rint(days)
    known = closed <= last
    until = (ZERO + np.where(known, closed, 0).astype("timedelta64[D]")).astype(str)
    table = pd.DataFrame({
        "id": np.arange(created.size),
        "created": (ZERO + created.astype("timedelta64[D]")).astype(str),
        "closed": np.where(known, until, ""),
        "status": np.where(known, STATUS[kind], "open"),
        **columns,
    })  # fmt: skip
    path = tmp_path / "planted.csv"
    table.to_csv(path, index=False)
    return read_history(path, as_of=str(ZERO + np.timedelta64(int(last), "D")))


def test_two_thousand_planted_deals_are_found_again(tmp_path):
    created, days, kind, medians = planted(np.random.default_rng(1), last=270.0)
    fitted = fit(history(tmp_path, created, days, kind, 270.0))
    stage = fitted.stages[0]
    assert 0.25 < stage.open / stage.entered < 0.35
    assert stage.sampler == "mixture"
    assert stage.unresolved == 0
    for k, (name, share) in enumerate({"advance": 0.35, "lost": 0.45, "no_decision": 0.2}.items()):
        told = stage.outcomes[name]
        assert abs(told.share - share) < 0.03
        assert told.low < share < told.high
        assert abs(told.median_days / medians[k] - 1) < 0.10
    assert stage.outcomes["no_decision"].naive_share < 0.17, "a report of closed deals would say so"
    assert fitted.arrivals.weekly == pytest.approx(2000 / 271 * 7, rel=0.01)
    assert faults(fitted.scenario) == []


def test_a_growing_pipeline_does_not_bias_the_fit():
    """methods.md 1: doubling every 120 days; closed deals alone say .390/.469/.141 and 33/43/101 days."""
    days, end = doubling(np.random.default_rng(1), 40_000)
    naive = np.bincount(end[end >= 0], minlength=3) / (end >= 0).sum()
    assert naive == pytest.approx([0.390, 0.469, 0.141], abs=0.01), "the bias is there"
    fitted = fit_mixture(Spells.collapse(np.zeros(days.size), days, end), (WEIBULL,) * 3)
    assert fitted.shares == pytest.approx(DOUBLING_SHARES, abs=0.015)
    means = [np.exp(t[0]) * special.gamma(1 + np.exp(t[1])) for t in fitted.thetas]
    assert means == pytest.approx(DOUBLING_MEANS, rel=0.08)


def test_intervals_cover_the_truth(tmp_path):
    """A tenth of the study: 20 histories x 3 shares and 3 medians; 95 % intervals, 120 chances to miss."""
    hits = 0
    for seed in range(1, 21):
        created, days, kind, medians = planted(np.random.default_rng(seed), 600)
        age = 330.0 - created
        ended = days <= age
        spells = Spells.collapse(np.zeros(600), np.minimum(days, age), np.where(ended, kind, -1))
        fitted = fit_mixture(spells, (WEIBULL, LOGNORMAL, WEIBULL))
        for k, share in enumerate((0.35, 0.45, 0.2)):
            low, high = fitted.share_interval(k)
            _, from_, to = fitted.median_interval(k)
            hits += int(low < share < high) + int(from_ < medians[k] < to)
    assert 106 <= hits <= 120, f"{hits} of 120 intervals cover"  # binomial(120, .92 - .98), 95 %


def test_the_family_is_found_and_what_never_resolves_too():
    rng = np.random.default_rng(2)
    n = 4000
    kind = rng.choice(2, n, p=[0.6, 0.4])
    days = np.where(kind == 0, 30 * rng.weibull(2.0, n), rng.lognormal(3.5, 0.8, n))
    stuck = rng.random(n) < 0.25
    age = rng.uniform(0, 400, n)
    ended = (days <= age) & ~stuck
    spells = Spells.collapse(np.zeros(n), np.where(ended, days, age), np.where(ended, kind, -1))
    best = choose_mixture(spells, 2)
    assert best.families == (WEIBULL, LOGNORMAL)
    assert best.never
    assert best.shares == pytest.approx([0.45, 0.30, 0.25], abs=0.03)


def test_an_outcome_seen_seldom_is_exponential():
    days = np.r_[np.random.default_rng(3).weibull(2, 200) * 10, 3.0, 9.0, 20.0]
    best = choose_mixture(Spells.collapse(np.zeros(203), days, np.r_[np.zeros(200, int), 1, 1, 1]), 2)
    assert best.families == (WEIBULL, EXPONENTIAL)


def test_two_humps_are_sampled_from_what_was_seen(tmp_path):
    rng = np.random.default_rng(4)
    n = 3000
    kind = rng.choice(2, n, p=[0.6, 0.4])
    hump = rng.random(n) < 0.5
    days = np.where(hump, rng.uniform(2, 12, n), rng.uniform(80, 110, n))
    fitted = fit(history(tmp_path, rng.uniform(0, 500, n), days, kind, 500.0))
    stage = fitted.stages[0]
    assert stage.sampler == "empirical"
    assert stage.max_gap > 0.03
    assert stage.p_value < 0.05
    assert stage.outcomes["advance"].share == pytest.approx(0.6, abs=0.03)
    told = quantile(fitted.scenario.stages[0].delay_days.advance, np.array([0.25, 0.75]))
    assert 3 < told[0] < 11
    assert 82 < told[1] < 108


def test_a_fitting_mixture_is_kept(tmp_path):
    """Under the truth of the family the gap is chance; five histories, none is called two-humped."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        kind = rng.choice(2, 1500, p=[0.5, 0.5])
        days = 40 * rng.weibull(1.3, 1500)
        assert (
            fit(history(tmp_path, rng.uniform(0, 300, 1500), days, kind, 300.0)).stages[0].sampler
            == "mixture"
        )


def test_every_fitted_number_has_its_provenance_and_the_rest_is_assumed(tmp_path):
    created, days, kind, _ = planted(np.random.default_rng(5))
    owner = np.random.default_rng(6).choice(["Li Na", "Wu Qiang", "R&D / 3"], created.size)
    amount = np.rint(np.random.default_rng(7).lognormal(11, 0.6, created.size))
    source = np.random.default_rng(8).choice(["fair", "web"], created.size, p=[0.3, 0.7])
    fitted = fit(history(tmp_path, created, days, kind, 330.0, owner=owner, amount=amount, source=source))
    scenario = fitted.scenario
    for path in (
        "stages.pipeline.advance_rate", "stages.pipeline.otherwise", "stages.pipeline.delay_days.lost.median",
        "demand.units.all.weekly_deals", "demand.amount.median", "demand.sources.web.share",
    ):  # fmt: skip
        entry = scenario.provenance[path]
        assert entry.kind == "fitted"
        assert entry.from_ == "planted.csv"
        assert entry.rows
        assert entry.period
    assumed = {path for path, entry in scenario.provenance.items() if entry.kind == "assumed"}
    assert {
        "stages.pipeline.rep_hours",
        "team.reps.*.weekly_hours",
        "policies",
        "behaviour.skill_sd",
    } <= assumed
    assert not any("hours" in path for path in scenario.provenance.keys() - assumed)
    rate = scenario.provenance["stages.pipeline.advance_rate"]
    assert rate.low < scenario.stages[0].advance_rate < rate.high
    assert [rep.id for rep in scenario.team.reps] == ["li_na", "r_d_3", "wu_qiang"]
    assert scenario.demand.amount.median == pytest.approx(np.exp(11), rel=0.05)
    assert scenario.measure.from_.isoformat() == "2024-11-27"
    assert scenario.measure.warmup_weeks > 20
    assert scenario.behaviour.quality_sd == 0
    assert scenario.stages[0].rep_hours.value == 0
    told = json.loads(json.dumps(fitted.json()))
    assert {
        "rows",
        "opportunities",
        "dropped",
        "as_of",
        "stages",
        "arrivals",
        "values",
        "groups",
    } <= told.keys()
    assert told["stages"][0]["outcomes"]["lost"].keys() >= {
        "share", "low", "high", "naive_share", "family", "parameters", "median_days", "p90_days",
    }  # fmt: skip


def test_what_a_log_cannot_show_comes_from_the_base(tmp_path):
    created, days, kind, _ = planted(np.random.default_rng(9), 500)
    record = history(tmp_path, created, days, kind, 330.0)
    base = fit(record).scenario.replace("stages.pipeline.rep_hours", 12)
    again = fit(record, base=base).scenario
    assert again.stages[0].rep_hours.value == 12
    assert faults(again) == []
    other = base.model_copy(update={"stages": (base.stages[0].model_copy(update={"id": "else"}),)})
    with pytest.raises(FitError):
        fit(record, base=other)


def test_a_record_without_any_end_is_told_so(tmp_path):
    record = history(tmp_path, np.arange(50.0), np.full(50, 500.0), np.zeros(50, int), 60.0)
    with pytest.raises(FitError):
        fit(record)


def test_the_scatter_of_weeks_is_the_market_factor(tmp_path):
    rng = np.random.default_rng(10)
    weeks = np.repeat(np.arange(100), rng.poisson(20 * rng.gamma(1 / 0.09, 0.09, 100)))
    created = 7 * weeks + rng.uniform(0, 7, weeks.size)
    arrivals = fit(history(tmp_path, created, np.full(weeks.size, 9.0), weeks % 2, 699.0)).arrivals
    assert arrivals.market_cv == pytest.approx(0.3, abs=0.08)
    assert arrivals.low < 20 < arrivals.high
    assert arrivals.season is None


def test_names_become_ids_each_one_once():
    assert slugs(["Needs analysis", "Needs Analysis", "方案提供", "!!"]) == [
        "needs_analysis",
        "needs_analysis_2",
        "方案提供",
        "x",
    ]
