"""A report run is checked before it starts, kept whole, and harmless whatever a user typed."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading

import nbformat
import pytest

from funnelsim import labels
from funnelsim.errors import RunError
from funnelsim.show import page, report, sections, shelf
from funnelsim.show.parameters import check_parameters, parameters_of

PARAMETERS = """\
scenario = "small"   # name of a scenario
seed = 1             # same seed, same customers
price = 1.5          # any number
lang = "en"          # en or zh
"""


def notebook(path, *cells, parameters=PARAMETERS):
    book = nbformat.v4.new_notebook()
    book.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    head = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]} if parameters else {})
    book.cells = [head, *(nbformat.v4.new_code_cell(source) for source in cells)]
    nbformat.write(book, path)
    return path


@pytest.fixture
def no_kernel(monkeypatch):
    def never(*_args, **_kwargs):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(report, "_execute", never)


def test_parameters_carry_their_defaults_and_help(tmp_path):
    told = {p.name: (p.default, p.help) for p in parameters_of(notebook(tmp_path / "a.ipynb"))}
    assert told["seed"] == (1, "same seed, same customers")
    assert list(told) == ["scenario", "seed", "price", "lang"]


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_unknown_parameters_are_refused_before_a_kernel_starts(tmp_path, no_kernel, lang):
    file = notebook(tmp_path / "a.ipynb")
    labels.use(lang)
    try:
        with pytest.raises(RunError) as told:
            report.run_report(file, {"sede": 2, "colour": "red", "seed": "many"}, tmp_path / "out")
        assert [f.path for f in told.value.faults] == ["sede", "colour", "seed"]
        assert "seed" in told.value.faults[0].mend
        assert "{" not in str(told.value)
    finally:
        labels.use("en")
    assert not (tmp_path / "out").exists()


def test_values_become_what_a_notebook_can_hold(tmp_path):
    file = notebook(tmp_path / "a.ipynb")
    ready = check_parameters(file, {"scenario": dt.date(2026, 4, 1), "seed": "7", "price": 2})
    assert ready == {"scenario": "2026-04-01", "seed": 7, "price": 2.0}


def test_changes_may_be_a_text_or_a_mapping(tmp_path):
    file = notebook(tmp_path / "a.ipynb", parameters='change = ""  # what is changed\n')
    written = check_parameters(file, {"change": {"a.b": "=*1.2", "c": 7}})["change"]
    assert sections.changes(written) == {"a.b": "=*1.2", "c": "=7"}
    assert sections.changes("") == {}
    with pytest.raises(RunError, match="path=value"):
        sections.changes("a.b")


def test_a_notebook_without_parameters_is_refused(tmp_path, no_kernel):
    with pytest.raises(RunError, match="parameters"):
        report.run_report(notebook(tmp_path / "a.ipynb", parameters=""), {}, tmp_path / "out")


def test_formats_are_refused_by_name_before_a_kernel_starts(tmp_path, no_kernel, monkeypatch):
    file = notebook(tmp_path / "a.ipynb")
    with pytest.raises(RunError, match="docx"):
        report.run_report(file, {}, tmp_path / "out", formats=("html", "docx"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    with pytest.raises(RunError, match="Chromium"):
        report.run_report(file, {}, tmp_path / "out", formats=("html", "pdf"))


def test_an_unknown_notebook_names_the_known_ones(tmp_path, no_kernel):
    with pytest.raises(RunError, match="comparison"):
        report.run_report("comparisn", {}, tmp_path / "out")


CHART = """\
import plotly.graph_objects as go
meta = {"alt": "two points", "table": {"head": ["a"], "rows": [["b"]]}}
go.Figure(go.Scatter(x=[1, 2], y=[3, 4]), layout={"meta": meta})
"""
NASTY = "</script><script>document.title='hacked'</script><img src=x onerror=alert(1)>"


def outside(html: str) -> list[str]:
    """Addresses that a browser would load from somewhere else."""
    bare = re.sub(r"<script>.*?</script>", "", html, flags=re.S)
    found = re.findall(r"""(?:src|href|srcset|poster|data)\s*=\s*["']?((?:https?:)?//[^"'\\s>]+)""", bare)
    return found + re.findall(r"@import[^;]+|url\(\s*[\"']?(?:https?:)?//[^)]+", bare)


def test_a_good_run_is_kept_whole_and_listed(tmp_path):
    out = tmp_path / "out"
    file = notebook(
        tmp_path / "a.ipynb",
        CHART,
        CHART,
        f"from IPython.display import HTML\nimport html\nHTML(html.escape({NASTY!r}))",
    )
    made = report.run_report(file, {"scenario": NASTY, "seed": 3}, out, digest="ab" * 32)
    assert made.status == "done"
    assert re.fullmatch(r"\d{8}T\d{6}Z-abababab-3", made.id)
    assert sorted(p.name for p in made.folder.iterdir()) == ["a.html", "a.ipynb", "manifest.json"]
    kept = json.loads((made.folder / "manifest.json").read_text("utf-8"))
    assert kept["parameters"] == {"scenario": NASTY, "seed": 3, "price": 1.5, "lang": "en"}
    assert kept["packages"]["funnelsim"]
    html = made.html.read_text("utf-8")
    assert html.count("plotly.js v") == 1, "plotly.js stands in the page once"
    assert html.count('Plotly.newPlot("chart-') == 2
    assert "go.Scatter" not in html.replace("Plotly", ""), "code is hidden"
    assert outside(html) == []
    assert "<script>document.title" not in html + (out / "index.html").read_text("utf-8")
    assert (out / "latest").resolve() == made.folder
    assert [p.name for p in out.iterdir() if p.name.startswith(".")] == []


def test_a_failing_notebook_leaves_what_it_had_and_latest_stays(tmp_path):
    out = tmp_path / "out"
    good = report.run_report(notebook(tmp_path / "a.ipynb", "1 + 1"), {}, out)
    with pytest.raises(RunError, match="no such deal"):
        report.run_report(
            notebook(tmp_path / "b.ipynb", "print('so far')", "raise KeyError('no such deal')", "3"), {}, out
        )
    failed = next(m for m in shelf.runs(out) if m["status"] == "failed")
    assert "no such deal" in failed["error"]
    partial = (out / failed["folder"] / "b.ipynb").read_text("utf-8")
    assert "so far" in partial
    assert (out / "latest").resolve() == good.folder
    assert "no such deal" in (out / "index.html").read_text("utf-8")


def test_two_runs_of_one_second_do_not_meet(tmp_path):
    out, made = tmp_path / "out", []

    def one():
        with shelf.making(out) as part:
            shelf.write_json(
                part / "manifest.json", {"status": "done", "started": "2026-01-01", "html": "a.html"}
            )
            made.append(shelf.place(part, out, "s", "20260101T000000Z-00000000-1"))
        shelf.publish(out, "en")

    threads = [threading.Thread(target=one) for _ in range(6)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(set(made)) == 6
    assert (out / "index.html").read_text("utf-8").count("<a ") == 6
    assert [p.name for p in out.iterdir() if p.name.startswith(".")] == []


def test_scripts_in_figures_cannot_leave_their_script():
    html = page.chart({"data": [{"name": NASTY}], "layout": {"meta": {"alt": NASTY}}}, "c", "en")
    assert html.count("<script>") == 1
    assert "onerror=alert(1)>" not in html


def test_one_language_is_chosen_line_by_line():
    both = "## The answer · 回答\n\n- one · 一\nplain"
    assert page.in_language(both, "zh") == "## 回答\n\n- 一\nplain"
    assert page.in_language(both, "en") == "## The answer\n\n- one\nplain"


def test_folder_names_are_safe():
    assert shelf.folder_name("../a b/华东") == "a_b_华东"
    assert shelf.folder_name("...") == "scenario"
