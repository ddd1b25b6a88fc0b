"""The six values of a process: each has one number that exists, is said in both languages, and can be measured."""

from __future__ import annotations

import json

import numpy as np

import funnelsim as fs
from funnelsim.cli import COMMANDS
from funnelsim.labels import LANGUAGES, text
from funnelsim.show import figures, valued
from funnelsim.show.parameters import shipped_notebooks
from funnelsim.study.metrics import METRICS, NEITHER
from funnelsim.study.values import METRICS_OF_VALUES, VALUES

SIX = {"best_odds", "diagnose", "progress", "predict", "language", "focus"}


def is_there(seen: str) -> bool:
    """Whether a figure, a notebook or a command of this name exists."""
    if seen.startswith("figures."):
        return hasattr(figures, seen.removeprefix("figures."))
    if seen.startswith("funnelsim "):
        return seen.split()[1] in COMMANDS
    return (shipped_notebooks() / f"{seen}.ipynb").is_file()


def test_p07_six_values_each_with_one_metric_that_exists():
    assert {value.id for value in VALUES} == SIX
    assert len(VALUES) == 6
    assert len(set(METRICS_OF_VALUES)) == 6, "each has its own"
    for value in VALUES:
        assert METRICS[value.metric].better != NEITHER, "of a value it is known which way is better"
        assert value.seen
        assert all(is_there(seen) for seen in value.seen), value.seen
        for lang in LANGUAGES:
            assert text(f"design.values.{value.id}.name", lang)
            assert text(f"design.values.{value.id}.why", lang)
            assert all(text(f"design.seen.{seen}", lang) for seen in value.seen)


def test_p07_values_are_measured_as_the_metrics_themselves():
    company = fs.load("industrial_8x8")
    found = {one.value.id: one for one in fs.process_values(company, replications=6, seed=3)}
    kept = fs.trial({"one": company}, 6, 3).metrics["one"]
    assert found.keys() == SIX
    for one in found.values():
        assert one.mean == np.mean(kept[one.value.metric])
        assert one.low < one.mean < one.high
    assert json.loads(json.dumps(found["focus"].json()))["metric"] == "revenue_per_hour"


def test_p07_exit_criteria_give_a_common_language():
    """With gates every deal stands in the report where it is: the value moves as its reason says."""
    company = fs.load("industrial_8x8")
    gated = company.replace("policies.gates.on", True)
    before, after = (fs.process_values(one, 4)[4] for one in (company, gated))
    assert before.value.id == "language"
    assert before.low > 0.1
    assert after.mean == 0


def test_p07_the_values_are_a_table_in_both_languages():
    measured = fs.process_values("tiny", replications=3)
    for lang, title in (("en", "A common language"), ("zh", "共同语言")):
        page = valued.process_values(measured, lang).data
        assert page.count("<tr>") == 7
        assert title in page
