"""A designed process as it stands, for a page on which nobody can turn anything: tables, and the file as text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

import pandas as pd
from IPython.display import HTML

from funnelsim.labels import language, text
from funnelsim.labels import numbers as write
from funnelsim.scenario import files
from funnelsim.scenario.designing import Design
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import steps as steps_of
from funnelsim.scenario.writing import as_text
from funnelsim.show import tables, words
from funnelsim.show.figures.growing import STEPS, growing
from funnelsim.show.figures.picture import bands
from funnelsim.show.panels.fields import said_of


def steps(scenario: Scenario, lang: str | None = None) -> list[HTML]:
    """The five steps, each with its question, the picture as far as it has grown, and its table."""
    lang = lang or language()
    made = {
        "buyer": buyers(scenario, lang), "stages": stages(scenario, lang), "proof": proofs(scenario, lang),
        "templates": templates(scenario, lang), "system": system(scenario, lang),
    }  # fmt: skip
    found = []
    for step in STEPS:
        head, said = (text(f"design.step.{step}.{part}", lang) for part in ("title", "says"))
        picture = growing(scenario, step, lang) if step in ("buyer", "system") else ""
        body = f"<h3>{escape(head)}</h3><p>{escape(said)}</p>{picture}{tables.html(made[step])}"
        found.append(_block(body))
    return found


def buyers(scenario: Scenario, lang: str) -> pd.DataFrame:
    """The buyer's steps, and the stages that go with each."""
    rows = [
        (
            step.name.say(lang),
            _listed((s.name.say(lang) for s in scenario.stages if s.buyer_stage == step.id), lang),
        )
        for step in scenario.buyer_stages
    ]
    return _table(rows, ("buyer", "stage"), lang)


def stages(scenario: Scenario, lang: str) -> pd.DataFrame:
    """The stages with their work, time and rate, and the key selling activities."""
    rows = []
    for stage, band in zip(scenario.stages, bands(scenario, lang), strict=True):
        does = _listed((a.name.say(lang) for a in stage.activities), lang)
        third, rate = text(f"figure.third.{band.third}", lang), write.percent(band.advance_rate, lang, 0)
        rows.append((band.name, third, f"{band.hours:.3g}", f"{band.days:.3g}", rate, does))
    head = ["design.table.stage", "design.field.third", "design.field.rep_hours", "design.field.delay_days",
            "design.field.advance_rate", "design.table.activities"]  # fmt: skip
    return pd.DataFrame(rows, columns=[text(key, lang) for key in head])


def proofs(scenario: Scenario, lang: str) -> pd.DataFrame:
    """What is reached at the end of each stage, and the evidence that shows it."""
    rows = []
    for stage in scenario.stages:
        told = [f"{e.name.say(lang)} ({text(f'design.choice.kind.{e.kind}', lang)})" for e in stage.evidence]
        milestone = stage.milestone.say(lang) if stage.milestone else "–"
        rows.append((stage.name.say(lang), milestone, _listed(told, lang)))
    return _table(rows, ("stage", "milestone", "evidence"), lang)


def templates(scenario: Scenario, lang: str) -> pd.DataFrame:
    """What templates save in each stage, and what they do to the odds."""
    have = scenario.policies.templates
    rows = []
    for stage in scenario.stages:
        factor, effect = have.hours_factor.get(stage.id), have.effect_logit.get(stage.id)
        saved = "–" if factor is None else write.percent(1 - factor, lang, 0)
        rows.append((stage.name.say(lang), saved, "–" if effect is None else f"{effect:+.2g}"))
    head = ("design.table.stage", "design.field.hours_factor", "design.field.effect_logit")
    return pd.DataFrame(rows, columns=[text(key, lang) for key in head])


def system(scenario: Scenario, lang: str) -> pd.DataFrame:
    """What the system sees to."""
    policies, switch = scenario.policies, ("no", "yes")
    told = {
        "on": text(f"design.table.{switch[policies.gates.on]}", lang),
        "required": text(f"design.table.{switch[policies.registration.required]}", lang),
        "rule": text(f"design.choice.rule.{policies.review.rule}", lang),
        "cadence_days": f"{policies.review.cadence_days:g}",
        "after": "–" if policies.reminders.after is None else f"{policies.reminders.after:g}",
        "recipient": text(f"design.choice.recipient.{policies.reminders.recipient}", lang),
        "files_hours": f"{policies.files_hours:g}",
    }
    rows = [(text(f"design.field.{key}", lang), said) for key, said in told.items()]
    return _table(rows, ("what", "setting"), lang)


def example(scenario: Scenario, lang: str) -> str:
    """What was changed where nobody could design: exit criteria."""
    proofs_, stages_ = sum(len(s.evidence) for s in scenario.stages), len(scenario.stages)
    said = text("design.example", lang, proofs=proofs_, stages=stages_) if scenario.policies.gates.on else ""
    return f'<p class="fs-note">{escape(said)}</p>'


def file(scenario: Scenario, path: Path | None, lang: str) -> HTML:
    """The scenario as a file reads, and where it was written."""
    if path is not None:
        files.load(path)  # what is said of it below is so
    said = text("design.no_file", lang) if path is None else text("design.written", lang, path=str(path))
    body = path.read_text("utf-8") if path else as_text(scenario)
    summary = escape(text("design.opened_yaml", lang))
    return _block(
        f'<p class="fs-note">{escape(said)}</p><details><summary>{summary}</summary>'
        f'<pre class="fs-yaml">{escape(body)}</pre></details>'
    )


def wrong(design: Design, lang: str) -> str:
    """All that has to be mended, each with its place in words; or that nothing has."""
    faults = design.faults
    if not faults:
        return f'<div style="color:#00684C">✓ {escape(text("design.good", lang))}</div>'
    head = text("design.one_fault", lang) if len(faults) == 1 else text("design.faults", lang, n=len(faults))
    rows = "".join(
        f"<li>{escape(place(design, fault.path, lang))}: {said_of([fault], lang)}</li>"
        for fault in faults[:12]
    )
    return f'<div style="color:#B00020"><b>{escape(head)}</b><ul style="margin:2px 0">{rows}</ul></div>'


def place(design: Design, path: str, lang: str) -> str:
    """Where a fault is, in words: the stage or step by its name, the field by its words."""
    said, at = [], ""
    for step in steps_of(path) if path else ():
        at += f"[{step}]" if isinstance(step, int) else f".{step}" if at else str(step)
        if isinstance(step, int) and isinstance(item := design.value(at), dict) and "name" in item:
            said.append(design.said(f"{at}.name", lang) or item["id"])
    last = path.rpartition(".")[2].partition("[")[0]
    names = {stage["id"]: n for n, stage in enumerate(design.data["stages"])}
    if last in names:  # a template is kept by the id of its stage
        said, last = [design.said(f"stages[{names[last]}].name", lang)], path.split(".")[-2]
    try:
        said.append(text(f"design.field.{last}", lang))
    except KeyError:
        said.append(path)
    return " – ".join(said)


def _listed(names: Iterable[str], lang: str) -> str:
    return words.listed(list(names), lang) or "–"


def _table(rows: list, head: tuple[str, ...], lang: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[text(f"design.table.{key}", lang) for key in head])


def _block(body: str) -> HTML:
    return HTML(f'<div class="jp-RenderedHTMLCommon fs-block fs-left">{tables.LEFT}{body}</div>')
