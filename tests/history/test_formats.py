"""Every format, there and back: what is written in it and read again is the same at its resolution."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data import data
from worlds import company, exponential, stage

from funnelsim.engine.run import simulate
from funnelsim.errors import HistoryError
from funnelsim.history import formats
from funnelsim.history.exchange import write_log
from funnelsim.history.formats import BY_NAME, FORMATS
from funnelsim.history.log import EVENTS, REPORT, EventLog
from funnelsim.history.reader import History, read_history
from funnelsim.scenario.files import load

EXPORTS = [one for one in FORMATS if one.kind != "log"]
ENDS = ("won", "lost", "no_decision")
FLOORS = {"day": "D", "minute": "min", "second": "s", "millisecond": "ms", "microsecond": "us"}


@cache
def simulated(name: str) -> EventLog:
    """The reported log of a shipped scenario, or of a company whose deals return and come back."""
    if name == "returns":
        ends = {"regress": 0.5, "no_decision": 0.2, "lost": {"price": 0.2, "competitor": 0.1}}
        plan = company(
            stage("first", 0, exponential(9), 0.6, otherwise={**ends, "regress": 0.0, "no_decision": 0.7}),
            stage("second", 0, exponential(15), 0.5, otherwise=ends),
            stage("third", 0, exponential(20), 0.5, otherwise=ends),
            weekly_deals=4.0, behaviour={"revive": {"share": 0.3, "days": {"median": 10, "spread": 0.5}}},
        )  # fmt: skip
    else:
        plan = load(name)
    return simulate(plan, 7, 1, engine="reference").log.view(REPORT)


def ids(log: EventLog) -> dict[int, str]:
    names, o = log.names.origins, log.opportunities
    return {
        deal: names[k] if n < 0 else f"{names[k]}.{n}"
        for deal, k, n in zip(o.opportunity.tolist(), o.origin.tolist(), o.ordinal.tolist(), strict=True)
    }


def moment(log: EventLog, day: float, zone: str) -> pd.Timestamp:
    start = pd.Timestamp(log.start, tz=log.time_zone).tz_convert("UTC")
    return (start + pd.Timedelta(round(day * 86400e6), "us")).tz_convert(zone).tz_localize(None)


def lives(log: EventLog, floor: str = "us", zone: str = "UTC") -> dict[str, list[tuple[str, pd.Timestamp]]]:
    """What a log tells of each deal: stages entered and ends, in order, with their moments."""
    told, named = defaultdict(list), ids(log)
    for deal, time, event, place in zip(
        log.deals.opportunity.tolist(), log.deals.time.tolist(), log.deals.event.tolist(), log.deals.stage.tolist(),
        strict=True,
    ):  # fmt: skip
        event = EVENTS[event]
        if event == "entered" or event in ENDS:
            label = log.names.stages[place] if event == "entered" else event
            told[named[deal]].append((label, moment(log, time, zone).floor(FLOORS.get(floor, floor))))
    return dict(told)


def births(log: EventLog, floor: str, zone: str) -> dict[str, pd.Timestamp]:
    """When each deal was created in the report; a deal that was hidden is created when it shows."""
    named, born = ids(log), log.deals.where(log.deals.event == EVENTS.index("created"))
    return {
        named[deal]: moment(log, day, zone).floor(FLOORS[floor])
        for deal, day in zip(born.opportunity.tolist(), born.time.tolist(), strict=True)
    }


def expected(log: EventLog, format: formats.Format, usual: str) -> dict[str, list[tuple[str, pd.Timestamp]]]:
    """What of a log a format can carry."""
    zone = "UTC" if format.stamp.endswith("Z") or format.stamp == "epoch" else log.time_zone
    born, found = births(log, format.times, zone), {}
    for deal, life in lives(log, format.times, zone).items():
        ended = life[-1:] if life[-1][0] in ENDS else []
        if format.kind == "changes":  # the first stage is known by the move that left it
            first = usual if len(life) == 1 else life[0][0]
            life = [(first, born[deal]), *life[1:]]
        elif format.stages == "two points":
            life = [("pipeline", born[deal]), *ended]
        elif format.kind == "deals":  # one date a stage, the last
            last = dict(life[: len(life) - len(ended)])
            life = [
                *sorted(((s, t) for s, t in last.items() if s not in ENDS), key=lambda move: move[1]),
                *ended,
            ]
        found[deal] = life
    return found


@pytest.mark.parametrize("format", EXPORTS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("name", "suffix"), [("industrial_8x8", ".csv"), ("returns", ".csv"), ("returns", ".xlsx")]
)
def test_what_a_format_can_carry_comes_back(tmp_path, name, format, suffix):
    log = simulated(name)
    history = read_history(write_log(log, tmp_path / f"export{suffix}", format=format.name))
    assert history.format == format.name
    assert history.quality.dropped == []
    first = pd.Series([life[0][0] for life in lives(log).values() if len(life) > 1])
    wanted = expected(log, format, first.mode()[0])
    told = lives(history.log)
    assert told.keys() == wanted.keys()
    different = {deal: (told[deal], wanted[deal]) for deal in wanted if told[deal] != wanted[deal]}
    assert not different, f"{len(different)}: {next(iter(different.items()))}"
    if format.stages == "stages":
        stages = [one for one in log.names.stages if one in history.log.names.stages]
        assert list(history.log.names.stages) == stages, "the record tells the order of its stages"


@pytest.mark.parametrize("format", EXPORTS, ids=lambda one: one.name)
def test_owner_amount_source_and_reason_come_back_where_a_format_has_them(tmp_path, format):
    log = simulated("industrial_8x8")
    back = read_history(write_log(log, tmp_path / "export.csv", format=format.name)).log
    log = replace(
        log,
        opportunities=log.opportunities.where(np.isin(log.opportunities.opportunity, log.deals.opportunity)),
    )
    for part, names, column in (("source", "sources", "source"), ("territory", "territories", "territory")):
        if part not in format.cannot:
            assert by_deal(back, column, names) == by_deal(log, column, names)
    if "amount" not in format.cannot:
        assert dict(zip(ids(back).values(), back.opportunities.amount.tolist(), strict=True)) == last_amounts(
            log
        )
    if "owner" not in format.cannot and format.kind != "deals":
        assert set(back.names.people) == set(np.array(log.names.people)[np.unique(owners(log))])
    if "reason" not in format.cannot:
        assert lost_reasons(back) == lost_reasons(log)


def by_deal(log: EventLog, column: str, names: str) -> dict[str, str]:
    codes, known = getattr(log.opportunities, column).tolist(), getattr(log.names, names)
    return {deal: known[code] for deal, code in zip(ids(log).values(), codes, strict=True) if code >= 0}


def last_amounts(log: EventLog) -> dict[str, int]:
    amounts = dict(
        zip(log.opportunities.opportunity.tolist(), log.opportunities.amount.tolist(), strict=True)
    )
    changed = log.deals.where(log.deals.event == EVENTS.index("amount_changed"))
    amounts |= dict(zip(changed.opportunity.tolist(), changed.value.astype(int).tolist(), strict=True))
    return {name: amounts[deal] for deal, name in ids(log).items()}


def owners(log: EventLog) -> np.ndarray:
    flow = np.isin(log.deals.event, [EVENTS.index(e) for e in ("created", "entered", *ENDS)])
    return log.deals.person[flow & (log.deals.person >= 0)]


def lost_reasons(log: EventLog) -> dict[str, str]:
    """Reason of each deal that is lost in the end."""
    named, found = ids(log), {}
    for deal, event, reason in zip(
        log.deals.opportunity.tolist(), log.deals.event.tolist(), log.deals.reason.tolist(), strict=True
    ):
        if EVENTS[event] in (*ENDS, "reopened"):
            found.pop(named[deal], None)
            if EVENTS[event] == "lost":
                found[named[deal]] = log.names.reasons[reason]
    return found


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".xes", ".parquet"])
def test_the_own_log_comes_back_whole_with_its_end(tmp_path, suffix):
    log = simulated("returns")
    assert log.deals.time.max() < log.horizon - 0.01, "nothing happens at the very end"
    history, whole = read_history(write_log(log, tmp_path / f"log{suffix}")), History.of(log)
    assert history.format == "log"
    assert (history.log.start, history.log.horizon) == (log.start, log.horizon)
    assert history.as_of == whole.as_of
    assert history.log.names.stages == log.names.stages
    finest = "5ms" if suffix == ".xlsx" else "1us"  # a workbook counts thousandths of a second
    told, wanted = lives(history.log), lives(log)
    assert {deal: [label for label, _ in life] for deal, life in told.items()} == {
        deal: [label for label, _ in life] for deal, life in wanted.items()
    }
    gaps = [abs(a - b) for deal in wanted for (_, a), (_, b) in zip(told[deal], wanted[deal], strict=True)]
    assert max(gaps) <= pd.Timedelta(finest)
    np.testing.assert_allclose(np.sort(history.visits.days), np.sort(whole.visits.days), atol=1e-6)
    assert sorted(history.visits.outcome) == sorted(whole.visits.outcome)


TEMPLATES = {
    "dynamics365_opportunity_export": "dynamics",
    "fxiaoke_NewOpportunityObj_api_fields": "fxiaoke",
    "hubspot_deals_all_properties": "hubspot",
    "pipedrive_deals_export": "pipedrive",
    "pipedrive_import_reference": "pipedrive_import",
    "salesforce_OpportunityHistory_weekly_export": "salesforce_history",
    "salesforce_OpportunityHistory_weekly_export_2018_variant": "salesforce_history",
    "salesforce_report_opportunity_field_history_MINIMUM": "salesforce_field_history_report",
    "salesforce_report_opportunity_history_MINIMUM": "salesforce_history_report",
    "xiaoshouyi_opportunity_labels": "xiaoshouyi",
    "zoho_deal_stage_history_backup": "zoho_history",
    "zoho_deals_export": "zoho",
    "zoho_stage_history_report": "zoho_history_report",
}


def header_of(name: str) -> list[str]:
    with open(data(f"formats/{name}.csv"), encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


@pytest.mark.parametrize(("template", "format"), TEMPLATES.items())
def test_each_header_template_is_filled_and_read_back(tmp_path, template, format):
    """The columns of a documented header alone, filled from a simulated log, give the history of that format."""
    names = header_of(template)
    log = simulated("returns")
    if format == "hubspot":
        log = named_as(log, ("Appointment Scheduled", "Qualified To Buy", "Contract Sent"))
    whole = pd.read_csv(
        write_log(log, tmp_path / "all.csv", format=format), dtype=str, keep_default_na=False,
        encoding=BY_NAME[format].encoding, sep="\t" if BY_NAME[format].encoding == "utf-16" else ",",
    )  # fmt: skip
    assert format == "hubspot" or set(names) <= set(whole.columns), "the writer knows every column"
    filled = whole.reindex(columns=names, fill_value="")
    if format == "hubspot":  # the end without a decision is a stage of the pipeline, which this one has not
        ended = whole["Deal Stage"] == "Closed No Decision"
        filled.loc[ended, "Deal Stage"] = "Closed Lost"
        column = 'Date entered "Closed {} (Sales Pipeline)"'
        filled.loc[ended, column.format("Lost")] = whole.loc[ended, column.format("No Decision")]
    filled.to_csv(tmp_path / "filled.csv", index=False)
    history = read_history(tmp_path / "filled.csv")
    assert history.format == format
    assert history.quality.dropped == []
    first = pd.Series([life[0][0] for life in lives(log).values() if len(life) > 1]).mode()[0]
    wanted = expected(log, BY_NAME[format], first)
    if format == "hubspot":
        wanted = {
            deal: [(label.replace("no_decision", "lost"), t) for label, t in life]
            for deal, life in wanted.items()
        }
    assert lives(history.log) == wanted


def named_as(log: EventLog, stages: tuple[str, ...]) -> EventLog:
    return replace(log, names=replace(log.names, stages=stages))


def test_field_history_of_the_api_without_its_dates_is_refused_by_the_column_it_lacks(tmp_path):
    names = header_of("salesforce_OpportunityFieldHistory_api")
    path = tmp_path / "history.csv"
    path.write_text(",".join(names) + "\n006A,StageName,Discovery,Design,false\n", "utf-8")
    with pytest.raises(HistoryError) as caught:
        read_history(path)
    assert caught.value.faults[0].code == "history_needs"
    assert "CreatedDate" in str(caught.value)


def test_the_table_of_formats_in_the_readme_is_the_one_they_are_read_by():
    readme = (Path(formats.__file__).parent / "README.md").read_text("utf-8")
    assert formats.with_table(readme) == readme


def test_a_format_that_is_none_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(HistoryError) as caught:
        write_log(simulated("returns"), tmp_path / "x.csv", format="nonsense")
    assert "hubspot" in str(caught.value)
    assert not (tmp_path / "x.csv").exists()


XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="?"/></global>
  <string key="concept:name" value="a log"/>
  {traces}
</log>"""
EVENT = """<event><string key="concept:name" value="{0}"/><date key="time:timestamp" value="{1}"/>
<string key="lifecycle:transition" value="{2}"/><string key="org:resource" value="Li &amp; Na"/>
<list key="more"><values><string key="concept:name" value="not this one"/></values></list></event>"""


def test_xes_of_another_tool_is_a_stage_history(tmp_path):
    """Cases are deals, activities stages; what only begins or is scheduled is no move, nested attributes are none."""
    lives_ = {
        "7": [("Visit", "2025-01-01T09:00:00.000+08:00", "start"),
              ("Visit", "2025-01-02T08:00:00+08:00", "complete"),
              ("Offer", "2025-01-05T08:00:00+08:00", "complete"), ("won", "2025-02-01T08:00:00Z", "complete")],
        "8": [("Visit", "2025-01-03T00:00:00Z", "complete"), ("lost", "2025-01-09T00:00:00Z", "COMPLETE")],
    }  # fmt: skip
    traces = "".join(
        f'<trace><string key="concept:name" value="{case}"/><string key="source" value="web"/>'
        + "".join(EVENT.format(*event) for event in events) + "</trace>"
        for case, events in lives_.items()
    )  # fmt: skip
    path = tmp_path / "log.xes"
    path.write_text(XES.format(traces=traces), "utf-8")
    history = read_history(path)
    assert history.format == "mining"
    assert history.log.names.people == ("Li & Na",)
    assert history.log.names.sources == ("web",)
    told = lives(history.log)
    assert told["7"] == [("Visit", pd.Timestamp("2025-01-02")), ("Offer", pd.Timestamp("2025-01-05")),
                         ("won", pd.Timestamp("2025-02-01 08:00"))]  # fmt: skip
    assert [label for label, _ in told["8"]] == ["Visit", "lost"]
    assert [(f.reason, f.rows) for f in history.quality.noted] == [("other_lifecycle", 1)]


def test_several_rows_of_one_save_are_one_move(tmp_path):
    """Salesforce writes a row whenever stage, amount, probability or closing date change."""
    header = "Opportunity Name,From Stage,To Stage,Amount,Last Modified"
    rows = ["Deal,,Visit,100,1/5/2025 9:00 AM", "Deal,Visit,Visit,200,1/15/2025 9:00 AM",
            "Deal,Visit,Offer,300,1/20/2025 9:00 AM", "Deal,Offer,Offer,400,1/20/2025 9:00 AM",
            "Deal,Offer,Closed Won,500,2/1/2025 9:00 AM",
            "Deal,Closed Won,Closed Won,600,2/1/2025 9:00 AM"]  # fmt: skip
    path = tmp_path / "report.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    history = read_history(path)
    assert [label for label, _ in lives(history.log)["Deal"]] == ["Visit", "Offer", "won"]
    assert history.log.opportunities.amount.tolist() == [600]
    assert [(f.reason, f.rows) for f in history.quality.noted] == [("amount_only", 3)]
