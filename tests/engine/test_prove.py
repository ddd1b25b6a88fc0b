"""A run can prove on the spot that both engines tell the same, and would say where they do not."""

import json

import pytest
from click.testing import CliRunner

from funnelsim import cli
from funnelsim.engine import compiled, prove
from funnelsim.errors import RunError
from funnelsim.scenario.files import load


def test_both_engines_agree_on_what_was_asked():
    plan = load("tiny")
    proof = prove.prove([plan, plan.replace("demand.units.*.weekly_deals", "=*2")], 2, seed=9)
    assert proof.replications == 2
    assert proof.scenarios == 2
    assert proof.rows > 500


def test_a_difference_is_an_error_that_names_the_row(monkeypatch):
    usual = compiled.run

    def bent(tables, draws):
        told = usual(tables, draws)
        told.deals["stage"][7] += 1
        return told

    monkeypatch.setattr(compiled, "run", bent)
    with pytest.raises(RunError, match=r"deals, row 7"):
        prove.prove([load("tiny")], 1)


@pytest.mark.parametrize(
    "words", [["run", "tiny"], ["compare", "tiny", "--set", "stages[0].effect_logit=+0.1"]]
)
def test_a_command_proves_and_says_so(words):
    made = CliRunner().invoke(cli.main, [*words, "-n", "4", "--prove", "2", "--no-cache"])
    assert made.exit_code == 0, made.output
    assert "both engines" in made.output
    told = CliRunner().invoke(cli.main, [*words, "-n", "4", "--prove", "2", "--no-cache", "--json"])
    assert json.loads(told.stdout)["proof"]["replications"] == 2
