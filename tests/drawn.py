"""Every figure that is drawn from logs and from a fit, for tests that look at all of them."""

from __future__ import annotations

from typing import Any

from tree import ROOT

from funnelsim.engine.run import simulate
from funnelsim.fit import fit
from funnelsim.history.reader import read_history
from funnelsim.scenario.files import applied, load
from funnelsim.show import figures
from funnelsim.show.learned import deal_values, new_deals, who_wins
from funnelsim.study.boards import reveal_sums, stall_board
from funnelsim.study.dwell import dwell_by_age, dwell_by_quarter
from funnelsim.study.people import reps
from funnelsim.study.queues import queues
from funnelsim.study.weeks import bookings_by_month, pipeline_by_week, week_by_week

LONG = "a fifth more leads, two more consultants and a weekly review"


def logs() -> dict[str, Any]:
    """Two companies of four years, one with a long name."""
    base = load("industrial_8x8")
    more = applied(base, {"demand.units.*.weekly_deals": "=*1.2"})
    return {"as it is": simulate(base, 3, 4).log, LONG: simulate(more, 3, 4).log}


def figures_of(both: dict[str, Any], lang: str) -> list[Any]:
    """One of every kind, from one log and from two."""
    base, log = load("industrial_8x8"), both["as it is"]
    stages = {stage.id: stage.name.say(lang) for stage in base.stages}
    learned = fit(read_history(ROOT / "scenarios" / "example" / "crm_export.csv"), base)
    pools = {pool.id: pool.name.say(lang) for pool in base.team.pools}
    return [
        figures.pipeline_by_week(pipeline_by_week(log), lang=lang),
        figures.pipeline_by_week(pipeline_by_week(both), "deals", lang),
        figures.bookings_by_month(bookings_by_month(both), lang),
        figures.open_by_stage(week_by_week(log), lang, stages),
        figures.dwell(dwell_by_quarter(log), lang, stages),
        figures.dwell(dwell_by_age(log), lang, stages),
        figures.stall_board(stall_board(log), lang, stages),
        figures.stall_board(stall_board(log.replication(1)), lang, stages),
        figures.reveal(reveal_sums(log), lang, revealed=False),
        figures.reveal(reveal_sums(log), lang),
        figures.reps(reps(log), lang),
        figures.queues(queues(log), lang, names=pools),
        figures.queues(queues(both), lang, names=pools),
        figures.process_picture(base, lang=lang),
        figures.new_deals(new_deals(learned), lang),
        figures.deal_values(deal_values(learned), lang),
        *(figures.who_wins(who_wins(group), lang) for group in learned.groups.values()),
    ]
