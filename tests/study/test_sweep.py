"""A sweep: a full grid under one luck, ranked, kept whole in a folder that others can query, and gone on with."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from processes import group_of, until

import funnelsim as fs
from funnelsim.cli import main
from funnelsim.errors import RunError, ScenarioError
from funnelsim.scenario.files import load
from funnelsim.study import grid
from funnelsim.study.experiment import trial
from funnelsim.study.folder import open_study, save_study
from funnelsim.study.sweep import sweep
from funnelsim.study.sweep_sentences import lines, short

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")
HOURS, ODDS = "team.reps.*.weekly_hours", "stages.*.effect_logit"
VARY = {HOURS: ["*1", "*1.2", 20], ODDS: ["+0.3", "+0"]}


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


@pytest.fixture(scope="module")
def done(tiny, tmp_path_factory):
    return sweep(tiny, VARY, replications=12, seed=3, out=tmp_path_factory.mktemp("study"))


def ask(*words, code=0):
    told = CliRunner().invoke(main, ["sweep", *map(str, words)])
    assert told.exit_code == code, told.output
    assert "Traceback" not in told.output
    return told


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- the grid ------------------------------------------------------------------------------------------


def test_every_combination_is_there_once_under_the_same_luck(done, tiny):
    assert len(done.options) == 6
    assert [tuple(one.values.values()) for one in done.options][:3] == [
        ("=*1", "=+0.3"),
        ("=*1", "=+0"),
        ("=*1.2", "=+0.3"),
    ]
    for option in done.options:
        alone = trial({"": option.scenario}, 12, seed=3).metrics[""]
        assert {m: v.tobytes() for m, v in alone.items()} == {
            m: v.tobytes() for m, v in done.trial.metrics[option.name].items()
        }
    as_is = [row["name"] for row in done.json()["table"] if row["as_is"]]
    assert as_is == [f"{HOURS}=*1, {ODDS}=+0"]


def test_all_faults_of_a_grid_come_at_once_and_before_any_run(tiny, monkeypatch):
    monkeypatch.setattr("funnelsim.study.sweep.trial", lambda *_, **__: pytest.fail("simulated"))
    vary = [
        (HOURS, ["14", "14", "*x", -3]),
        ("stages.nowhere.rep_hours", [1]),
        ("weights.upper", [25, "", 0.2]),
        (ODDS, []),
    ]
    with pytest.raises(ScenarioError) as said:
        sweep(tiny, [*vary, (HOURS, [15])])
    told = str(said.value)
    for part in (
        "value 14 is there twice",
        f"{HOURS}=*x",
        f"{HOURS}=-3",
        "nowhere",
        "upper=25",
        "value is empty",
        "varied twice",
    ):
        assert part in told, part
    assert len(said.value.faults) >= 8


def test_a_combination_that_does_not_fit_is_refused_though_each_value_would(tiny):
    vary = {
        "team.reps.anna.hired": ["2025-06-01", "2026-02-01"],
        "team.reps.anna.leaves": ["2026-01-15", "2026-03-01"],
    }
    with pytest.raises(ScenarioError, match=r"hired=2026-02-01, team.reps.anna.leaves=2026-01-15") as said:
        sweep(tiny, vary)
    assert len(said.value.faults) == 1
    assert len(grid.options(tiny, grid.read({path: [values[-1]] for path, values in vary.items()})[0])) == 1


def test_a_grid_that_is_too_large_is_refused_with_its_count(tiny):
    vary = {HOURS: range(1, 101), "demand.amount": [f"*{k}" for k in range(1, 101)]}
    with pytest.raises(ScenarioError, match="10000 options and 400000 runs"):
        sweep(tiny, vary)
    with pytest.raises(ScenarioError, match="2000000 runs"):
        sweep(tiny, {HOURS: range(1, 21)}, replications=100_000)


def test_periods_that_differ_are_not_compared(tiny):
    with pytest.raises(ScenarioError, match="different length"):
        sweep(tiny, {"measure.to": ["2026-12-31", "2026-09-30"]})


def test_amounts_in_different_money_are_not_compared(tiny):
    with pytest.raises(ScenarioError, match="different money"):
        sweep(tiny, {"currency": ["CNY", "EUR"]})


@pytest.mark.parametrize(
    ("given", "kept"),
    [("14", 14), ("14.0", 14), (14.5, 14.5), (-3, -3), ("*1.20", "=*1.2"), ("=*1.2", "=*1.2"), ("+.3", "=+0.3"),
     ("-0.25", "=-0.25"), ("early_first", "early_first"), ("true", True), (np.float64(2.5), 2.5), (np.int64(7), 7)],
)  # fmt: skip
def test_a_value_has_one_form_which_reads_as_itself(given, kept):
    once, faults = grid.read({"a": [given]})
    assert (once, faults) == ({"a": (kept,)}, [])
    assert type(once["a"][0]) is type(kept)
    assert grid.read({"a": json.loads(json.dumps([*once["a"]]))})[0] == once


def test_equal_companies_are_simulated_once(tiny, monkeypatch):
    made = []
    monkeypatch.setattr(
        "funnelsim.study.sweep.trial", lambda them, *a, **k: made.append([*them]) or trial(them, *a, **k)
    )
    same = sweep(tiny, {HOURS: ["*1", "+0"], "demand.amount": ["*1"]}, replications=3)
    assert [len(them) for them in made] == [1]
    assert same.ranking.tied == tuple(option.name for option in same.options)
    assert same.ranking.confidence == 0


# -- the answer ------------------------------------------------------------------------------------------


def test_the_json_is_the_contract(done):
    told = json.loads(json.dumps(done.json(), allow_nan=False))
    assert {
        "scenario",
        "digest",
        "seed",
        "replications",
        "engine",
        "rank",
        "table",
        "best",
        "confidence",
        "tied",
    } <= told.keys()
    assert told["table"][0]["verdict"] == "best"
    assert told["table"][0]["name"] == told["best"] == told["tied"][0]
    means = [row["mean"] for row in told["table"]]
    assert means == sorted(means, reverse=True)
    for row in told["table"]:
        assert row["low"] <= row["mean"] <= row["high"]
        assert row["behind"]["mean"] == pytest.approx(told["table"][0]["mean"] - row["mean"])
        assert done.trial.metrics[row["name"]]["bookings"].mean() == row["mean"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_tie_is_said_to_be_one_and_a_best_to_be_the_best(done, tiny, lang):
    said = "\n".join(lines(done, lang))
    clear = sweep(tiny, {ODDS: ["-3", "+0", "+3"]}, replications=20)
    assert clear.ranking.confidence >= 0.95
    told = lines(clear, lang)
    best, tie = {"en": ("Best: ", "A tie of"), "zh": ("最佳：", "个方案持平")}[lang]
    assert best in told[-1]
    assert (tie in said) is (len(done.ranking.tied) > 1)
    assert len(lines(clear, lang, most=2)) == len(told)  # one row less, one line that says so


def test_short_heads_stay_apart():
    assert short(["team.reps.*.weekly_hours", "weights.upper"]) == ["weekly_hours", "weights.upper"]
    assert short(["stages.a.rep_hours", "stages.b.rep_hours"]) == ["a.rep_hours", "b.rep_hours"]
    both = ["stages.*.rep_hours", "team.*.rep_hours"]
    assert short(both) == both


@pytest.mark.parametrize(
    ("rank", "word"),
    [("bookngs", "bookings"), ("stage.nowhere.won", "stage.close.won"), ("open_deals", "neither"),
     ("utilisation", "neither"), ("lost_by_price", "neither"), ("pool_wait_days.nobody", "no metric"),
     ("", "no metric"), ("stage.won", "no metric")],
)  # fmt: skip
def test_a_metric_that_ranks_nothing_is_refused_before_any_run(tiny, rank, word, monkeypatch):
    monkeypatch.setattr("funnelsim.study.sweep.trial", lambda *_, **__: pytest.fail("simulated"))
    with pytest.raises(RunError, match=word):
        sweep(tiny, VARY, rank=rank)


def test_a_metric_of_a_stage_ranks_and_one_that_is_never_defined_says_so(tiny):
    found = sweep(tiny, {ODDS: ["-1", "+1"]}, rank="stage.close.dwell_days", replications=10)
    assert found.json()["better"] == "lower"
    assert found.ranking.standings[0].mean <= found.ranking.standings[1].mean
    never = sweep(tiny, {ODDS: ["-1", "+1"]}, rank="attainment", replications=5)
    assert (never.ranking.best, never.json()["confidence"]) == (None, None)
    assert {row["verdict"] for row in never.json()["table"]} == {"undefined"}
    assert "not defined" in lines(never)[-1]


# -- the folder ------------------------------------------------------------------------------------------


def test_a_study_is_read_by_duckdb_without_a_log(done, tiny):
    """What the README shows, and what pandas and the study itself say of the same runs."""
    assert set(files_of(done.folder)) == {"metrics.parquet", "study.json"}
    found = duckdb.sql(
        f"""SELECT "{HOURS}" AS hours, "{ODDS}" AS odds, count(*) AS years, avg(bookings) AS mean
            FROM '{done.folder}/metrics.parquet' GROUP BY ALL ORDER BY mean DESC"""
    ).df()
    assert found.years.tolist() == [12] * 6
    assert found["mean"].tolist() == pytest.approx([row["mean"] for row in done.json()["table"]])
    frame = open_study(done.folder).frame("scenario", HOURS, "replication", "seed", "wins")
    assert frame.columns.tolist() == ["scenario", HOURS, "replication", "seed", "wins"]
    assert len(frame) == 72
    assert set(frame.seed) == {3}
    assert frame.replication.tolist() == [*range(12)] * 6
    hours = tiny.team.reps[0].weekly_hours
    assert sorted(set(frame[HOURS])) == pytest.approx(sorted({hours, hours * 1.2, 20}))


def test_what_the_readme_shows_works_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = re.search(r"^funnelsim (sweep .+ --out hours)$", README, re.M)[1]
    ask(*shlex.split(command.replace("-n 200", "-n 3"))[1:])
    found = duckdb.sql(re.search(r"```sql\n(.+?)```", README, re.S)[1]).fetchall()
    assert len(found) == 3
    assert all(bad <= mean for _, mean, bad in found)
    ask(*shlex.split(re.search(r"`funnelsim (sweep --resume --out hours)`", README)[1])[1:])
    assert len(fs.open_study("hours").frame()) == 18


def test_what_is_not_defined_is_null_and_not_a_number_that_spoils_a_mean(done):
    table = f"'{done.folder}/metrics.parquet'"
    [(nulls, mean)] = duckdb.sql(
        f"SELECT count(*) - count(attainment), avg(cycle_won_days) FROM {table}"
    ).fetchall()
    assert nulls == 72
    values = np.concatenate([own["cycle_won_days"] for own in done.trial.metrics.values()])
    assert mean == pytest.approx(np.nanmean(values))


def test_a_study_opens_as_what_it_was(done):
    again = open_study(done.folder).trial()
    assert again.names == done.trial.names
    assert again.digests == {name: one.digest for name, one in again.scenarios.items()} == done.trial.digests
    for name, own in done.trial.metrics.items():
        assert own.keys() == again.metrics[name].keys()
        for metric, values in own.items():
            assert values.dtype == again.metrics[name][metric].dtype
            assert values.tobytes() == again.metrics[name][metric].tobytes(), metric


def test_any_trial_can_be_kept_and_queried(tiny, tmp_path):
    """Also of scenarios with other metrics: what one does not have is null there."""
    five = load("five_stage")
    made = trial({"tiny": tiny, "five": five}, 3)
    study = save_study(made, tmp_path / "new" / "folder")
    again = fs.open_study(tmp_path / "new" / "folder").trial()
    assert again.digests == made.digests
    for name, own in made.metrics.items():
        assert {m: v.tobytes() for m, v in own.items()} == {
            m: v.tobytes() for m, v in again.metrics[name].items()
        }
    frame = pd.read_parquet(study.path)
    assert frame[frame.scenario == "tiny"]["stage.close.won"].notna().all()
    assert len(frame) == 6


@pytest.mark.parametrize(
    "damage", ["no numbers", "other numbers", "no facts", "broken facts", "newer", "not there"]
)
def test_a_folder_that_is_no_whole_study_is_refused(done, tmp_path, damage):
    folder = tmp_path / "copy"
    shutil.copytree(done.folder, folder)
    numbers, facts = folder / "metrics.parquet", folder / "study.json"
    match damage:
        case "no numbers":
            numbers.unlink()
        case "other numbers":
            numbers.write_bytes(numbers.read_bytes()[:-20])
        case "no facts":
            facts.unlink()
        case "broken facts":
            facts.write_text(facts.read_text()[:300])
        case "newer":
            facts.write_text(facts.read_text().replace('"schema": 1', '"schema": 2'))
        case "not there":
            folder = tmp_path / "nowhere"
    with pytest.raises(RunError) as said:
        open_study(folder)
    assert len(str(said.value).splitlines()) == 1


def test_the_same_sweep_gives_the_same_bytes_whoever_does_the_work(tiny, done, tmp_path):
    for n, how in enumerate(({"workers": 2}, {"store": tmp_path / "cache"}, {"store": tmp_path / "cache"})):
        again = sweep(tiny, VARY, replications=12, seed=3, out=tmp_path / str(n), **how)
        assert files_of(again.folder) == files_of(done.folder)
    assert again.trial.found == 6 * 12


def test_another_study_in_the_folder_is_not_lost(tiny, done, tmp_path):
    before = files_of(done.folder)
    for other in ({"seed": 4}, {"replications": 11}, {"rank": "wins"}, {"vary": {HOURS: [14]}}):
        with pytest.raises(RunError, match="another study"):
            sweep(
                tiny,
                other.get("vary", VARY),
                out=done.folder,
                **{"replications": 12, "seed": 3} | {k: v for k, v in other.items() if k != "vary"},
            )
    (tmp_path / "metrics.parquet").write_bytes(b"somebody else's")
    with pytest.raises(RunError, match="another study"):
        sweep(tiny, VARY, replications=2, out=tmp_path)
    assert (tmp_path / "metrics.parquet").read_bytes() == b"somebody else's"
    assert files_of(done.folder) == before


def test_a_sweep_is_gone_on_with_by_its_folder_alone(tiny, tmp_path, monkeypatch):
    calm = sweep(tiny, VARY, replications=30, seed=5, rank="wins", out=tmp_path / "calm")
    how = {"store": tmp_path / "cache", "out": tmp_path / "rough"}

    def stop(done: int, _total: int) -> None:
        if done >= 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(tiny, VARY, "wins", 30, 5, progress=stop, **how)
    with pytest.raises(RunError, match="--resume --out"):
        open_study(tmp_path / "rough")
    again = sweep(out=tmp_path / "rough", store=tmp_path / "cache", resume=True)
    assert again.trial.found >= 50
    assert files_of(tmp_path / "rough") == files_of(tmp_path / "calm")
    assert again.json() | {"found": 0, "out": ""} == calm.json() | {"found": 0, "out": ""}
    with pytest.raises(RunError) as said:
        sweep(
            load("five_stage"),
            {HOURS: [14]},
            "bookings",
            31,
            6,
            "reference",
            out=tmp_path / "rough",
            resume=True,
        )
    assert [fault.path for fault in said.value.faults] == [
        "scenario",
        "vary",
        "rank",
        "replications",
        "seed",
        "engine",
    ]
    same = sweep(tiny, VARY, "wins", 30, 5, out=tmp_path / "rough", store=tmp_path / "cache", resume=True)
    assert same.trial.found == 6 * 30


@pytest.mark.parametrize(
    ("part", "bent"),
    [("replications", "many"), ("seed", None), ("vary", 7), ("vary", [{"path": 3}]), ("vary", []),
     ("engine", "no such"), ("rank", "no such"), ("vary", [{"path": "no.such", "values": [1]}]), ("replications", -4)],
)  # fmt: skip
def test_a_request_that_somebody_has_bent_is_refused(done, tmp_path, part, bent):
    facts = json.loads((done.folder / "study.json").read_text("utf-8"))
    facts["request"][part] = bent
    (tmp_path / "study.json").write_text(json.dumps(facts), "utf-8")
    with pytest.raises(fs.FunnelError) as said:
        sweep(out=tmp_path, resume=True)
    assert len(str(said.value).splitlines()) == 1


def test_a_folder_that_another_sweep_took_meanwhile_is_left_to_it(tiny, tmp_path):
    def taken(*_: int) -> None:
        if not (tmp_path / "metrics.parquet").exists():
            (tmp_path / "study.json").unlink()
            sweep(tiny, {HOURS: [14]}, replications=2, out=tmp_path)

    with pytest.raises(RunError, match="another study"):
        sweep(tiny, VARY, replications=2, out=tmp_path, progress=taken)
    assert open_study(tmp_path).facts["rows"] == 2


def test_where_there_is_nothing_to_go_on_with(tiny, tmp_path):
    with pytest.raises(RunError, match="no sweep here"):
        sweep(out=tmp_path / "nothing", resume=True)
    save_study(trial({"a": tiny}, 2), tmp_path / "study")
    with pytest.raises(RunError, match="no sweep here"):
        sweep(out=tmp_path / "study", resume=True)
    begun = sweep(tiny, {HOURS: [14, 15]}, replications=2, out=tmp_path / "new", resume=True)
    assert begun.trial.found == 0


# -- the command line ------------------------------------------------------------------------------------


def test_the_command_prints_the_table_and_keeps_the_study(tmp_path):
    words = (
        "tiny",
        "--vary",
        f"{HOURS}=*1,*1.2",
        "--vary",
        f"{ODDS}=+0，+0.5",
        "-n",
        10,
        "--out",
        tmp_path / "s",
    )
    told = json.loads(ask(*words, "--json").stdout)
    assert (told["scenario"], len(told["table"]), told["out"]) == ("tiny", 4, str(tmp_path / "s"))
    again = ask("--resume", "--out", tmp_path / "s", "--lang", "zh")
    assert "40 次模拟中有 40 次以前已经完成" in again.stderr
    assert "最佳" in again.stdout
    assert open_study(tmp_path / "s").facts["rows"] == 40


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("tiny",), 2),
        (("tiny", "--vary", "x"), 2),
        (("tiny", "--vary", "=3"), 2),
        (("tiny", "--vary", f"{HOURS}=1", "-n", "0"), 2),
        (("tiny", "--vary", f"{HOURS}=1", "-n", "auto"), 2),
        (("--resume",), 2),
        (("--resume", "--out", "nowhere"), 1),
        (("nowhere", "--vary", "a=1"), 1),
        (("/", "--vary", "a=1"), 1),
        (("tiny", "--vary", "a=1,,2"), 1),
        (("tiny", "--vary", "a..b=1"), 1),
        (("tiny", "--vary", f"{HOURS}="), 1),
        (("tiny", "--vary", f"{HOURS}=,"), 1),
        (("tiny", "--vary", f"{HOURS}=nan,inf,1e999"), 1),
        (("tiny", "--vary", f"{HOURS}={','.join(map(str, range(1, 6002)))}"), 1),
        (("tiny", "--vary", f"{HOURS}=1", "--seed", "-1"), 1),
        (("tiny", "--vary", f"{HOURS}=1", "--rank", "nonsense"), 1),
        (("tiny", "--vary", f"{HOURS}=1", "--out", "/proc/nowhere"), 1),
        (("tiny", "--vary", f"{HOURS}=1", "--out", "/dev/null"), 1),
        (("tiny", "--vary", f"{HOURS}=1", "--cluster", "nonsense"), 1),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_wrong_is_said_and_nothing_is_written(words, code, lang, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = ask(*words, "--lang", lang, code=code)
    assert told.stdout == ""
    assert 0 < len(told.stderr.strip().splitlines()) <= 12
    assert not [*tmp_path.iterdir()]
    if lang == "zh" and code == 1:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told.stderr)


# -- stopped, killed, and two at once ---------------------------------------------------------------------


def started(cache: Path, out: Path, *words: object) -> subprocess.Popen:
    line = [sys.executable, "-m", "funnelsim", "sweep", *map(str, words), "--out", str(out)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        line, start_new_session=True, env=os.environ | {"FUNNELSIM_CACHE": str(cache)}, **pipes
    )


def blocks_in(cache: Path) -> int:
    return sum(1 for path in cache.rglob("*.parquet") if not path.name.startswith("."))


unix = pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGKILL")


@unix
def test_two_of_the_same_at_once_share_a_cache_and_a_folder(tmp_path):
    words = ("tiny", "--vary", f"{HOURS}=*1,*1.1,*1.2", "-n", 60)
    both = [started(tmp_path / "cache", tmp_path / "both", *words) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert told[0][0] == told[1][0]
    assert started(tmp_path / "other", tmp_path / "alone", *words).wait() == 0
    assert files_of(tmp_path / "both") == files_of(tmp_path / "alone")
    open_study(tmp_path / "both")


@unix
def test_ctrl_c_says_what_is_kept_and_leaves_no_process_behind(tmp_path):
    words = ("industrial_8x8", "--vary", f"{HOURS}=*1,*1.1,*1.2,*1.3", "-n", 2000, "--workers", 2)
    process = started(tmp_path / "cache", tmp_path / "out", *words)
    assert until(lambda: blocks_in(tmp_path / "cache") >= 2, 120)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert until(lambda: not group_of(process.pid), 20), group_of(process.pid)
    assert b"Traceback" not in err
    assert b"the same command goes on from there" in err
    with pytest.raises(RunError, match="not finished"):
        open_study(tmp_path / "out")


@unix
@pytest.mark.slow
def test_a_sweep_of_ten_thousand_runs_killed_three_times_is_the_same_to_the_byte(tmp_path):
    """50 scenarios x 200 years, killed with all its workers at three moments of luck, and gone on with."""
    hours = ",".join(f"*{1 + k / 20:g}" for k in range(10))
    odds = ",".join(f"+{k / 10:g}" for k in range(5))
    words = (
        "tiny",
        "--vary",
        f"{HOURS}={hours}",
        "--vary",
        f"{ODDS}={odds}",
        "-n",
        200,
        "--workers",
        2,
        "--json",
    )
    calm = started(tmp_path / "a", tmp_path / "calm", *words)
    undisturbed = json.loads(calm.communicate(timeout=600)[0])
    assert (calm.returncode, undisturbed["runs"], undisturbed["found"]) == (0, 10_000, 0)
    blocks = blocks_in(tmp_path / "a")
    luck, cache, out = random.Random(), tmp_path / "b", tmp_path / "rough"
    for again in range(3):
        process = (
            started(cache, out, *words) if not again else started(cache, out, "--resume", "--workers", 2)
        )
        wanted = blocks_in(cache) + luck.randint(1, blocks // 4)
        assert until(lambda wanted=wanted: blocks_in(cache) >= wanted, 300)
        time.sleep(luck.uniform(0, 0.2))
        assert process.poll() is None, "it was done before it could be killed"
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert until(lambda one=process.pid: not group_of(one), 10)
        with pytest.raises(RunError, match="not finished"):
            open_study(out)
    found = blocks_in(cache)
    last = started(cache, out, "--resume", "--json")
    resumed = json.loads(last.communicate(timeout=600)[0])
    assert last.returncode == 0
    assert 0 < found < blocks
    assert resumed["found"] >= 10_000 * found // blocks - 25
    kept = {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith(".")}
    assert kept == files_of(tmp_path / "calm")
    assert resumed | {"found": 0, "out": "", "scenario": ""} == undisturbed | {
        "found": 0,
        "out": "",
        "scenario": "",
    }
    assert duckdb.sql(f"SELECT count(*) FROM '{out}/metrics.parquet'").fetchall() == [(10_000,)]
