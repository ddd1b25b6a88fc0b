"""Notebooks hold no outputs and no functions, can be told things, and run from top to bottom."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from notebook_sets import SETS, SMALL
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from funnelsim.cli import main
from funnelsim.errors import RunError
from funnelsim.scenario import files
from funnelsim.scenario.designing import Design, with_proof
from funnelsim.show.parameters import parameters_of, shipped_notebooks
from funnelsim.show.report import run_report

FOLDER = shipped_notebooks()
NOTEBOOKS = sorted(p for p in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def cells(path: Path, kind: str) -> list:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


def test_there_are_notebooks():
    assert {p.name for p in NOTEBOOKS} >= {"00_start.ipynb", "comparison.ipynb"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
class TestEachNotebook:
    def test_is_valid_and_names_its_kernel(self, path):
        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
        assert book.metadata.kernelspec == {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        }
        assert "papermill" not in book.metadata

    def test_holds_no_outputs(self, path):
        for cell in cells(path, "code"):
            assert cell.outputs == []
            assert cell.execution_count is None

    def test_defines_no_function(self, path):
        for cell in cells(path, "code"):
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(
                    node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef | ast.Lambda
                )

    def test_explains_every_parameter(self, path):
        told = parameters_of(path)
        assert told
        for parameter in told:
            assert parameter.help, parameter.name
            json.dumps(parameter.default, allow_nan=False)

    def test_speaks_both_languages(self, path):
        for cell in cells(path, "markdown"):
            for line in cell.source.splitlines():
                assert not re.sub("<[^>]+>", "", line).strip() or line.count(" · ") == 1, line

    def test_refuses_unknown_parameters_before_a_kernel_starts(self, path, tmp_path):
        with pytest.raises(RunError) as told:
            run_report(path, {"scenari": "tiny", "lang": "en", "sede": 1}, tmp_path / "out")
        assert [(f.path, f.code) for f in told.value.faults] == [
            ("scenari", "unknown_parameter"), ("sede", "unknown_parameter"),
        ]  # fmt: skip
        assert not (tmp_path / "out").exists(), "nothing was begun"

    def test_runs_from_top_to_bottom(self, path, tmp_path):
        runs(path, SETS[key(path)][0], "en", tmp_path)

    @pytest.mark.slow
    @pytest.mark.parametrize(("at", "lang"), [(0, "zh"), (1, "en"), (1, "zh"), (2, "en"), (2, "zh")])
    def test_runs_with_other_parameters_and_in_chinese(self, path, at, lang, tmp_path):
        runs(path, SETS[key(path)][at], lang, tmp_path)

    @pytest.mark.slow
    def test_runs_as_it_comes(self, path, tmp_path):
        runs(path, {}, "en", tmp_path)

    @pytest.mark.slow
    def test_runs_under_nbval(self, path, tmp_path):
        """A kernel of its own, cell by cell, the small setting put in as papermill puts it; says how long it took."""
        copy = tmp_path / path.name
        nbformat.write(parameterize_notebook(load_notebook_node(str(path)), SETS[key(path)][0]), copy)
        command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", copy.name]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "FUNNELSIM_PANEL": "still"}, capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        print(f"{key(path)} under nbval: {time.monotonic() - began:.1f} s")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
        ran = re.search(r"(\d+) passed", done.stdout)
        assert ran, done.stdout[-500:]
        assert int(ran[1]) >= len(cells(path, "code")), "every cell was run"


def test_every_notebook_says_what_it_is_run_with():
    assert {key(path) for path in NOTEBOOKS} <= SETS.keys(), "add it to tests/notebook_sets.py"
    for path in NOTEBOOKS:
        known = {parameter.name for parameter in parameters_of(path)}
        small, *others = SETS[key(path)]
        assert len({json.dumps(one, sort_keys=True) for one in (small, *others)}) == 3, key(path)
        assert all(one.keys() <= known for one in (small, *others)), key(path)


def test_process_design_leaves_a_valid_scenario(tmp_path):
    path = FOLDER / "planning" / "process_design.ipynb"
    run = run_report(path, {**SMALL, "save_as": "ours", "lang": "zh"}, tmp_path, "zh")
    written = run.folder / "ours.yaml"
    assert CliRunner().invoke(main, ["check", str(written)]).exit_code == 0
    designed = files.load(written)
    assert designed == with_proof(Design.of(files.load("tiny"))).scenario, (
        "the file is the design that was shown"
    )
    html = run.html.read_text("utf-8")
    assert "ours.yaml" in html
    assert html.count('class="fs-growing"') == 2, "before and after, as pictures"


def key(path: Path) -> str:
    """A notebook as SETS calls it."""
    return path.relative_to(FOLDER).with_suffix("").as_posix()


def runs(path: Path, parameters: dict, lang: str, tmp_path: Path) -> None:
    """A notebook runs with these parameters, speaks one language, and says how long it took."""
    began, before = time.monotonic(), sum(os.times()[:4])
    run = run_report(path, {**parameters, "lang": lang}, tmp_path, lang)
    cpu = sum(os.times()[:4]) - before
    print(f"{key(path)} with {parameters}, {lang}: {time.monotonic() - began:.1f} s, CPU {cpu:.1f} s")
    html = run.html.read_text("utf-8")
    assert html.count('Plotly.newPlot("chart-') >= 2
    assert "Traceback" not in html
    words = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    words = re.sub(r'<pre class="fs-yaml">.*?</pre>', "", words, flags=re.S)  # a file has both languages
    words = re.sub(r"\S*\.yaml", "", words)  # and its user's name
    assert bool(re.search("[\u4e00-\u9fff]", words)) == (lang == "zh")
