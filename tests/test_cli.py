"""The command line: answers on standard output, one JSON object with --json, one clear line when wrong."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from funnelsim import commands, labels
from funnelsim.cli import COMMANDS, main
from funnelsim.labels import text
from funnelsim.labels.lines import width


@pytest.fixture(autouse=True)
def english():
    yield
    labels.use("en")


def run(*words, code=0):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


def test_every_command_has_an_example():
    for name in COMMANDS:
        assert f"Example: funnelsim {name}" in run(name, "--help").output, name


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_help_speaks_the_language_and_fits_the_terminal(name, lang):
    said = run("--lang", lang, *name.split(), "--help").output
    group = click.Context(main)
    command = group.command.get_command(group, name) if name else main
    for option in command.get_params(click.Context(command, info_name=name)):
        if isinstance(option, click.Option):
            assert re.search(rf"^  (-\w, )?{option.opts[0]}\b", said, re.M), option
            assert option.help
            chinese = re.search("[\u4e00-\u9fff]", option.help.replace("15万", ""))
            assert bool(chinese) == (lang == "zh"), option.help
    head, *lines = said.splitlines()
    assert head.startswith({"en": "Usage: ", "zh": "用法："}[lang])
    assert all(width(line) <= 80 for line in lines if text("help.example", line="") not in line)


def test_a_language_holds_for_the_command_and_its_own_goes_before():
    assert "没有选项" in run("--lang", "zh", "check", "--walk", code=2).stderr
    assert "No such option" in run("--lang", "zh", "check", "--walk", "--lang", "en", code=2).stderr
    assert "没有命令 walk" in run("--lang", "zh", "walk", code=2).stderr


def test_check_says_all_is_well_and_all_that_is_wrong(tmp_path):
    assert json.loads(run("check", "tiny", "--json").stdout) == {"ok": True, "faults": []}
    bad = tmp_path / "bad.yaml"
    bad.write_text("extends: tiny\nweights: {upper: 25}\nteam: {repz: []}\n")
    told = json.loads(run("check", bad, "--json", code=1).stdout)
    assert not told["ok"]
    assert {fault["path"] for fault in told["faults"]} >= {"weights.upper"}
    assert all(fault["message"] and fault["mend"] for fault in told["faults"])


def test_run_prints_numbers_with_intervals_and_writes_the_log(tmp_path):
    log = tmp_path / "log.csv"
    told = json.loads(run("run", "tiny", "-n", 5, "--json", "--log", log).stdout)
    assert told["replications"] == 5
    assert told["engine"] == "compiled"
    assert {"mean", "low", "high", "p10", "p50", "p90", "unit"} <= told["metrics"]["bookings"].keys()
    assert log.read_text("utf-8-sig").startswith("opportunity,time,event")


def test_compare_with_itself_is_exactly_nothing():
    told = json.loads(run("compare", "tiny", "tiny", "-n", 5, "--json").stdout)
    other = told["others"][0]
    for part in ("differences", "long_run"):
        assert all(found["mean"] in (0, None) for found in other[part].values())
        assert other[part]["bookings"]["verdict"] == "tie"


def test_compare_answers_in_words_in_both_languages():
    change = ("--set", "stages.*.effect_logit=+1")
    english = run("compare", "tiny", *change, "-n", 10).stdout
    chinese = run("compare", "tiny", *change, "-n", 10, "--lang", "zh").stdout
    assert "better" in english or "tie" in english
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_fit_makes_a_scenario_of_a_simulated_log(tmp_path):
    log, made = tmp_path / "log.csv", tmp_path / "made.yaml"
    run("run", "observed_only", "-n", 1, "--log", log)
    told = json.loads(run("fit", log, "-o", made, "--json").stdout)
    assert {"rows", "opportunities", "dropped", "as_of", "stages", "arrivals", "values"} <= told.keys()
    run("check", made)
    run("run", made, "-n", 2)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "no_such_company"),
        ("run", "tiny", "--log", "log.doc"),
        ("run", "/"),
        ("compare", "tiny", "--set", "stages.nowhere.rep_hours=3"),
        ("compare", "tiny", "--set", "weights.upper=25"),
        ("compare", "tiny", "--set", "stages.*.effect_logit=+1", "--from", "1999-01-01"),
        ("fit", "no_such_file.csv"),
        ("fit", "/"),
        ("report", "tiny", "-p", "nonsense=1"),
        ("run", "tiny", "--seed", "-1"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_wrong_is_one_message_and_exit_1(words, lang):
    done = run(*words, "--lang", lang, code=1)
    assert done.stdout == ""
    assert 0 < len(done.stderr.strip().splitlines()) <= 3
    if lang == "zh":
        assert any("\u4e00" <= letter <= "\u9fff" for letter in done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("run", "tiny", "-n", "zero"),
        ("compare", "tiny"),
        ("compare", "tiny", "--set", "x"),
        ("walk",),
    ],
)
def test_a_command_that_is_not_understood_exits_with_2(words):
    run(*words, code=2)


def test_every_command_is_a_module_and_every_module_a_command():
    there = {path.stem for path in Path(commands.__file__).parent.glob("*.py")} - {
        "__init__",
        "shared",
        "reading",
        "misunderstood",
        "helping",
    }
    assert there == {*COMMANDS}
    assert [*COMMANDS] == sorted(COMMANDS)


def test_help_imports_nothing_heavy():
    heavy = "numpy pandas scipy simpy pydantic rich joblib plotly jupyterlab"
    asked = "import sys; from funnelsim.cli import main; main(['--help'], standalone_mode=False); "
    asked += f"print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "funnelsim", "check", "tiny"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "tiny" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("run", "tiny", "-n", 2, "--log", "/proc/log.csv"),
        ("run", "tiny", "-n", 2, "--log", "no_such_folder/log.csv"),
        ("fit", "record.csv", "-o", "record.csv"),
        ("fit", "record.csv", "-o", "made.csv"),
        ("compare", "tiny", "five_stage", "-n", 2),
    ],
)
def test_what_cannot_be_kept_or_compared_is_refused_before_the_work(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "record.csv").write_text("the only copy")
    assert run(*words, code=1).stdout == ""
    assert (tmp_path / "record.csv").read_text() == "the only copy"
    assert not (tmp_path / "no_such_folder").exists()


def test_a_reason_that_is_called_like_a_family_of_metrics_is_only_a_name(tmp_path):
    company = tmp_path / "company.yaml"
    company.write_text(
        "extends: tiny\nstages:\n  - {id: qualify, otherwise: {no_decision: 0, lost: {lost: 0.5, pool: 0.5}}}\n"
    )
    assert "lost" in run("run", company, "-n", 3).stdout


def test_faults_of_a_check_go_to_standard_error(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("extends: tiny\nweights: {upper: 25}\n")
    done = run("check", bad, code=1)
    assert done.stdout == ""
    assert "0.25" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "tiny", "-n", "x"], "auto"),
        (["run", "tiny", "--seed", "x"], "整数"),
        (["run", "tiny", "--workers", "0"], "1 到 1024"),
        (["run", "tiny", "--engine", "fast"], "compiled"),
        (["run", "tiny", "--sed", "1"], "--seed"),
        (["run"], "SCENARIO"),
        (["run", "tiny", "other"], "other"),
        (["run", "tiny", "--seed"], "--seed"),
        (["compare", "tiny"], "--set"),
    ],
)
def test_what_the_command_line_does_not_understand_is_said_in_chinese_too(arguments, says):
    command, *rest = arguments
    done = run(command, "--lang", "zh", *rest, code=2)
    assert done.stdout == ""
    assert "用法：" in done.stderr
    assert "错误：" in done.stderr
    assert says in done.stderr
    assert not re.search("Error|Usage|is not|Missing|No such", done.stderr)
