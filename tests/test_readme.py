"""The README says what is so: links that lead somewhere, commands that exist, code that runs."""

from __future__ import annotations

import re

import pytest
from tree import ROOT, texts

import funnelsim as fs
from funnelsim.cli import COMMANDS
from funnelsim.show.figures.picture import process_svg

README = (ROOT / "README.md").read_text("utf-8")
PAGES = [path for path, _ in texts() if path.suffix == ".md"]
FIVE = ("明确阶段", "收集数据", "设计流程", "工具跟踪", "持续优化")


def line(name: str) -> str:
    """The command line under its mark, where .ci/run finds it too."""
    return re.search(rf"<!-- line: {name} -->\n```\n(.+)\n```", README)[1]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (ROOT / page).read_text("utf-8")):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), f"{page} links to {target}"


def test_the_two_lines_each_stand_alone():
    for name, last in (("demo", "funnelsim demo"), ("tests", "python -m pytest")):
        assert line(name).startswith("python3 -m venv .venv && ")
        assert line(name).endswith(last)
    assert f"{line('demo')} --lang zh" in README
    assert README.count(line("tests")) == 2  # the Chinese half says the same


def test_the_five_steps_are_its_headings():
    headings = re.findall(r"^### \d\. .+ · (.+)$", README, re.M)
    assert tuple(headings) == FIVE
    chinese = README.partition("## 中文")[2]
    assert all(step in chinese for step in FIVE)


def test_commands_exist_and_are_all_named():
    named = set(re.findall(r"`funnelsim (\w+)", README))
    assert named == {*COMMANDS}


def test_the_code_runs(capsys):
    code = re.search(r"```python\n(.+?)```", README, re.S)[1]
    assert "replications=20" in code
    exec(compile(code.replace("replications=20", "replications=2"), "README.md", "exec"), {})
    mean, low, high, verdict = capsys.readouterr().out.split()
    assert float(low) <= float(mean) <= float(high)
    assert verdict in {"better", "worse", "tie"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_is_what_funnelsim_draws(lang):
    kept = (ROOT / f"notebooks/pictures/process.{lang}.svg").read_text("utf-8")
    assert kept == process_svg(fs.load("industrial_8x8"), lang), "make it anew (CONTRIBUTING.md)"
