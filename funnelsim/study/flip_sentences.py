"""Flipped deals in sentences: why each one ends differently, and what the difference is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.history.log import ENDS, EVENTS
from funnelsim.labels import has, text
from funnelsim.labels import numbers as write
from funnelsim.scenario.model import Scenario
from funnelsim.study.flips import Flips
from funnelsim.study.partings import WORLDS

MOST = 10
ENDINGS = tuple(EVENTS[code] for code in ENDS)


def stage_names(scenario: Scenario, lang: str) -> dict[str, str]:
    """What people call the stages of a scenario, by id."""
    return {stage.id: stage.name.say(lang) for stage in scenario.stages}


def explanation(
    flips: Flips, deal: Any, lang: str | None = None, stages: Mapping[str, str] | None = None
) -> str:
    """Why a deal ends differently, in a sentence or three.

    deal     a row of `flips.deals`
    stages   what people call the stages, by id
    """
    row: dict[str, Any] = deal._asdict() if hasattr(deal, "_asdict") else dict(deal)
    base, other = flips.names
    called = dict(stages or {})
    stand = [_stands(flips, row, world, called, lang) for world in WORLDS]
    does = [_does(flips, row, world, called, lang) for world in WORLDS]
    match row["parts"]:
        case "world":
            only = 1 if row["outcome_base"] == "absent" else 0
            return text("flips.only", lang, name=flips.names[only],
                        told=text("flips.and", lang, first=does[only], then=stand[only]))  # fmt: skip
        case "amount":
            amounts = {
                f"amount_{world}": write.money(row[f"amount_{world}"], flips.currency, lang)
                for world in WORLDS
            }
            return text("flips.amount", lang, base=base, other=other, **amounts)
        case "event":
            told = [_and(row, world, d, s, lang)
                    for world, d, s in zip(WORLDS, does, stand, strict=True)]  # fmt: skip
            return _worlds(flips, told, lang)
        case "end":
            return _worlds(flips, stand, lang)
    days = row["days_earlier"]
    way = text(f"flips.{'earlier' if days > 0 else 'later'}", lang)
    where = row["gained_in"]
    mostly = (
        text("flips.mostly", lang, stage=called.get(where, where))
        if where
        else text("flips.mostly_found", lang, way=way)
    )
    lead = text(
        "flips.time", lang, stage=called.get(row["reached"], row["reached"]), base=base, other=other,
        days=write.count(abs(days), lang), way=way, mostly=mostly,
    )  # fmt: skip
    return lead + _gap(lang) + _worlds(flips, stand, lang)


def _worlds(flips: Flips, told: list[str], lang: str | None) -> str:
    """The other world first: it is what the change has made."""
    pairs = list(zip(flips.names, told, strict=True))[::-1]
    return _gap(lang).join(text("flips.world", lang, name=name, told=what) for name, what in pairs)


def _and(row: Mapping[str, Any], world: str, does: str, stands: str, lang: str | None) -> str:
    """What happens where lives part, and how it ends where that is not the end already."""
    if row[f"event_{world}"] in ENDINGS and row[f"day_{world}"] == row[f"ended_{world}"]:
        return does
    return text("flips.and", lang, first=does, then=stands)


def _gap(lang: str | None) -> str:
    return "" if text("flips.world", lang, name="", told="").endswith("。") else " "


def _does(
    flips: Flips, row: Mapping[str, Any], world: str, called: Mapping[str, str], lang: str | None
) -> str:
    event, stage = row[f"event_{world}"], row[f"stage_{world}"]
    if not event:
        return ""
    facts = {"day": flips.day(row[f"day_{world}"]), "stage": called.get(stage, stage)}
    event = "dropped" if (event, row[f"reason_{world}"]) == ("no_decision", "dropped") else event
    return text(f"flips.does.{event}", lang, reason=_reason(row[f"reason_{world}"], lang), **facts)


def _stands(
    flips: Flips, row: Mapping[str, Any], world: str, called: Mapping[str, str], lang: str | None
) -> str:
    stage = row[f"last_stage_{world}"]
    facts = {"day": flips.day(row[f"ended_{world}"]), "stage": called.get(stage, stage)}
    return text(f"flips.stands.{row[f'outcome_{world}']}", lang, **facts)


def _reason(name: str, lang: str | None) -> str:
    known = f"flips.reason.{name or 'lost'}"
    return text(known, lang) if has(known) else name.replace("_", " ")


def group_table(flips: Flips, lang: str | None = None) -> pd.DataFrame:
    """What the difference is made of, as people write it; the last row is all of it."""
    rows: list[tuple[str, float, float, float]] = []
    for row in flips.groups().to_dict("records"):
        rows.append(
            (
                text(f"flips.group.{row['group']}", lang, flips.period),
                row["deals_each"],
                row["mean"],
                row["share"],
            )
        )
    total = float(flips.difference.mean())
    rows.append(
        (text("flips.total", lang), len(flips.deals) / flips.replications, total, 1.0 if total else np.nan)
    )
    head = [text(f"flips.column.{name}", lang, flips.period) for name in ("group", "deals", "money", "share")]
    told = [
        (name, write.count(deals, lang, 1), write.money(money, flips.currency, lang, signed=True),
         write.percent(share, lang, 0))
        for name, deals, money, share in rows
    ]  # fmt: skip
    return pd.DataFrame(told, columns=head)


def largest(
    flips: Flips, most: int = MOST, lang: str | None = None, stages: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The flipped deals that count most, with dates and the explanation in words."""
    found = []
    for told in flips.deals.head(most).to_dict("records"):
        row: dict[str, Any] = {str(key): value for key, value in told.items()}
        days = {
            key: flips.day(row[key])
            for world in WORLDS
            for key in (f"created_{world}", f"ended_{world}", f"day_{world}")
        }
        kept = {key: value for key, value in row.items() if not key.startswith("last_stage")}
        found.append(kept | days | {"says": explanation(flips, row, lang, stages)})
    return found


def as_json(flips: Flips, lang: str | None = None, stages: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Groups and largest deals as plain data, as `funnelsim compare --flips --json` prints them."""
    return {
        "base": flips.names[0],
        "other": flips.names[1],
        "replications": flips.replications,
        "deals": len(flips.deals),
        "difference": float(flips.difference.mean()),
        "groups": flips.groups().to_dict("records"),
        "largest": [
            {key: getattr(value, "item", lambda value=value: value)() for key, value in deal.items()}
            for deal in largest(flips, lang=lang, stages=stages)
        ],
    }


def lines(
    flips: Flips, when: str, lang: str | None = None, stages: Mapping[str, str] | None = None
) -> list[str]:
    """Groups and largest deals as lines for people.

    when   `first_year` or `long_run`
    """
    base, other = flips.names
    named = text(f"figure.horizon.{when}", lang, flips.period)
    head = text("flips.head", lang, flips.period, when=named, base=base, other=other, n=flips.replications)
    if not len(flips.deals):
        return [head, "  " + text("flips.none", lang)]
    table = group_table(flips, lang)
    groups = [f"  {money:>22}  {share:>7}  {deals:>7}  {group}"
              for group, deals, money, share in table.itertuples(index=False)]  # fmt: skip
    difference = write.money(float(flips.difference.mean()), flips.currency, lang, signed=True)
    told = []
    for deal in largest(flips, lang=lang, stages=stages):
        facts = {key: deal[key] for key in ("id", "replication", "says")}
        amount = write.money(deal["difference"], flips.currency, lang, signed=True)
        told.append("  " + text("flips.deal", lang, amount=amount, **facts))
    return [
        head,
        *groups,
        text("flips.sum", lang, flips.period, difference=difference),
        text("flips.largest", lang),
        *told,
    ]
