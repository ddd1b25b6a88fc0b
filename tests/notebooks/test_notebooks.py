"""Notebooks hold no outputs and no functions, can be told things, and run from top to bottom."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from funnelsim.show.parameters import parameters_of, shipped_notebooks
from funnelsim.show.report import run_report

FOLDER = shipped_notebooks()
NOTEBOOKS = sorted(p for p in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
SMALL = {"scenario": "tiny", "replications": 3}


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

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_runs_from_top_to_bottom(self, path, lang, tmp_path):
        run = run_report(path, {**SMALL, "lang": lang}, tmp_path, lang)
        html = run.html.read_text("utf-8")
        assert html.count('Plotly.newPlot("chart-') >= 2
        assert "Traceback" not in html
        words = re.sub(r"<script.*?</script>", "", html, flags=re.S)
        words = re.sub(r'<pre class="fs-yaml">.*?</pre>', "", words, flags=re.S)  # a file has both languages
        assert bool(re.search("[\u4e00-\u9fff]", words)) == (lang == "zh")
