"""The parts of a report that are words and tables, each one piece of HTML with typed text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import HTML

from funnelsim.engine import readiness
from funnelsim.engine.prove import prove
from funnelsim.errors import RunError
from funnelsim.labels import language, text
from funnelsim.labels import numbers as write
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.provenance import counts, ledger
from funnelsim.show import records, shelf, tables, words
from funnelsim.study import kept
from funnelsim.study.compare import Answer, Comparison
from funnelsim.study.sentences import sentences

HEADLINE = (
    "bookings",
    "wins",
    "created",
    "win_rate",
    "cycle_won_days",
    "deal_size",
    "velocity",
    "open_deals",
    "weighted_nominal",
    "utilisation",
)

PROVEN = 3
"""Years of each scenario that a report has told by both engines."""


def _block(*parts: str, kind: str = "fs-block") -> HTML:
    return HTML(f'<div class="jp-RenderedHTMLCommon {kind}">' + "".join(parts) + "</div>")


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def header(
    scenario: Scenario,
    answer: Answer,
    changes: Mapping[str, Any] | None = None,
    fit: Any = None,
    lang: str | None = None,
) -> HTML:
    """What was compared: scenario, date of the data, the change, seed, years, engine, digest, version."""
    lang = lang or language()
    measured = scenario.measure
    data = text("report.header.written", lang)
    if fit is not None:
        facts = {
            "file": fit.history.name,
            "as_of": fit.history.as_of,
            "deals": write.count(len(fit.history.log.opportunities)),
        }
        data = text("report.header.record", lang, **facts)
    changed = "<br>".join(
        f"<code>{escape(path)}</code> {escape(str(value))}" for path, value in (changes or {}).items()
    ) or escape(words.listed(list(answer.long_run.others), lang))
    rows = [
        ("scenario", escape(scenario.name.say(lang))),
        ("data", escape(data)),
        ("change", changed),
        ("first_day", f"{answer.start_date}"),
        ("measured", f"{measured.from_} – {measured.to}"),
        (
            "runs",
            escape(
                text(
                    "report.header.years",
                    lang,
                    answer.period,
                    n=answer.replications,
                    seed=answer.seed,
                    engine=answer.engine,
                )
            ),
        ),
        ("proof", escape(_proof(answer, lang))),
        ("digest", f"<code>{scenario.digest[:16]}</code>"),
        ("version", escape(f"funnelsim {version('funnelsim')}")),
    ]
    cells = "".join(
        f"<tr><th>{escape(text(f'report.header.{key}', lang))}</th><td>{value}</td></tr>"
        for key, value in rows
    )
    title = text("report.title", lang, scenario=scenario.name.say(lang))
    return _block(
        f"<h1>{escape(title)}</h1>", f'<table class="fs-table fs-facts"><tbody>{cells}</tbody></table>'
    )


def _proof(answer: Answer, lang: str) -> str:
    """Some years of what was compared, told by both engines: whether they agree to the byte."""
    if readiness.is_under_way():
        return text("cli.proof_later", lang, answer.period)
    proof = prove(answer.trial.scenarios.values(), PROVEN, answer.seed)
    if proof is None:
        return text("cli.one_engine", lang)
    return text("cli.proven", lang, answer.period, **(proof.json() | {"rows": write.count(proof.rows)}))


def changes(written: str | Mapping[str, Any]) -> dict[str, Any]:
    """What is changed, as a scenario takes it: "a.b=*1.2; c=7" becomes {"a.b": "=*1.2", "c": "=7"}."""
    if isinstance(written, Mapping):
        return dict(written)
    found = {}
    for one in filter(None, (part.strip() for part in written.split(";"))):
        path, equals, value = one.partition("=")
        if not equals or not path.strip():
            raise RunError.of("change", "bad_change", given=one)
        found[path.strip()] = f"={value.strip()}"
    return found


def answer_words(answer: Answer, metric: str = "bookings", lang: str | None = None) -> list[str]:
    """The answer in sentences: the first year, how sure, how small an effect could be seen, the long run."""
    told = sentences(answer, metric, lang)
    for name in answer.first_year.others:
        later = Comparison(answer.base, answer.long_run.trial, {name: answer.long_run.others[name]})
        nothing = Comparison(answer.base, answer.first_year.trial, {})
        told.append(sentences(replace(answer, first_year=nothing, long_run=later, why={}), metric, lang)[0])
    return told


def answer(answer: Answer, metric: str = "bookings", lang: str | None = None) -> HTML:
    """The answer in sentences, set apart."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in answer_words(answer, metric, lang))
    return _block(said, kind="fs-answer")


def numbers(
    answer: Answer, lang: str | None = None, metrics: Sequence[str] = HEADLINE, alone: bool = False
) -> HTML:
    """The headline numbers of the base with their differences; `alone` leaves the differences out."""
    told = tables.headline(answer, metrics, lang)
    return _block(tables.html(told.iloc[:, :2] if alone else told))


def table(rows: pd.DataFrame, caption: str = "") -> HTML:
    """A table of texts as a section of its own."""
    return _block(tables.LEFT, tables.html(rows, caption), kind="fs-block fs-left")


def fitted(fit: Any, lang: str | None = None) -> HTML:
    """What was learned from the record: naive against right shares, and what was set aside."""
    quality = records.data_quality(fit.history.quality, lang)
    found = text(
        "report.quality.said",
        lang,
        rows=write.count(fit.history.quality.rows),
        dropped=write.count(fit.history.quality.dropped_rows),
        format=fit.history.format,
    )
    return _block(
        f"<p>{escape(text('report.fit.said', lang))}</p>",
        tables.html(records.fitted_stages(fit, lang)),
        f"<p>{escape(found)}</p>",
        tables.html(quality) if len(quality) else "",
    )


def assumptions(scenario: Scenario, lang: str | None = None) -> HTML:
    """The ledger: how many numbers are fitted, sourced and assumed, and all of them, folded."""
    found = counts(ledger(scenario))
    said = text("report.ledger.said", lang, **{kind: write.count(n) for kind, n in found.items()})
    table = records.assumptions(scenario, lang)
    return _block(
        f"<p>{escape(said)}</p>",
        _folded(text("report.ledger.all", lang, n=write.count(sum(found.values()))), tables.html(table)),
    )


def limits(answer: Answer, fit: Any = None, lang: str | None = None) -> HTML:
    """What the answer does not say."""
    keys = ["luck", "tie", "model", *(["record"] if fit is not None else [])]
    facts = {"n": write.count(answer.replications)}
    items = [text(f"report.limits.{key}", lang, answer.period, **facts) for key in keys]
    items += [str(error.faults[0]) for error in answer.why.values()]
    return _block("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>")


def flows(answer: Answer, lang: str | None = None) -> pd.DataFrame:
    """Visits by stage of base and others in the first year (the long run where that is all there is)."""
    part = answer.first_year if answer.first_year.others else answer.long_run
    base = part.trial.scenarios[answer.base]
    names = {stage.id: stage.name.say(lang or language()) for stage in base.stages}
    alike = {
        name: found
        for name, found in part.trial.metrics.items()
        if all(f"stage.{stage}.entered" in found for stage in names)
    }
    return tables.flows(alike, names)


def keep(answer: Answer, folder: str, scenario_name: str, scenario: Scenario) -> None:
    """Leave the numbers and facts of this answer in a report's folder, where one is given."""
    if not folder:
        return
    kept.save(answer, folder)
    facts = {
        "scenario_id": Path(scenario_name).stem,
        "title": scenario.name.say(language()),
        "digest": scenario.digest,
        "seed": answer.seed,
        "replications": answer.replications,
        "engine": answer.engine,
        "proven_on_both_engines": PROVEN,
        "digests": dict(answer.trial.digests),
    }
    shelf.write_json(Path(folder) / "facts.json", facts)


def note(key: str, lang: str | None = None) -> HTML:
    """A section that has nothing to show says why."""
    return _block(f'<p class="fs-note">{escape(text(f"report.note.{key}", lang))}</p>')
