"""Hostile texts of a CRM export through every command: harmless in the page, the tables and the terminal."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner

from funnelsim import labels
from funnelsim.cli import main
from funnelsim.history.reader import read_history

MARK = "zz9"
"""Stands in every hostile text, so that what became of it can be found."""
STAGES = (f"<img src=x onerror={MARK}()>", f"=cmd|' /C {MARK}'!A0", f"</script><script>{MARK}()</script>")
OWNERS = (
    f"@SUM({MARK})",
    f"<b onclick={MARK}()>Li",
    f"Ann\u202e{MARK}\x1b[31m",
    f"-1+{MARK}",
    f"<svg/onload={MARK}()>",
)
SOURCES = (f"+{MARK}", f"＝{MARK}", f"javascript:{MARK}()", f"${{{MARK}}} %{{y}} $x$")
REASONS = (f"\t={MARK}", f"'\"><iframe src={MARK}>", f"\u2066{MARK}\x07")
FORMULA = tuple("=+-@\t\r＝＋－＠")
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What moves the pen of a terminal or turns the order of what is read."""


def hostile(folder: Path) -> Path:
    """A stage history of 400 deals in which every name wants to do harm; so does the file's own."""
    rng, rows = np.random.default_rng(1), []
    for deal in range(400):
        day, owner, source = rng.uniform(0, 330), OWNERS[deal % 5], SOURCES[int(rng.integers(4))]
        for stage in STAGES:
            rows.append((deal, stage, day, owner, source, ""))
            day += rng.gamma(2, 8)
            if rng.random() < 0.3:
                rows.append((deal, "Closed Lost", day, owner, source, REASONS[int(rng.integers(3))]))
                break
        else:
            rows.append((deal, "Closed Won", day, owner, source, ""))
    path = folder / f"<img src=x onerror={MARK}()>\u202e{MARK}.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("id", "stage", "time", "owner", "amount", "source", "reason", f"<i>{MARK}</i>"))
        for deal, stage, day, *names in sorted(rows, key=lambda row: row[2]):
            if day < 360:
                time = str(np.datetime64("2025-01-01T00:00") + np.timedelta64(int(day * 1440), "m"))
                out.writerow((f"=d{deal}", stage, time, names[0], 900 + deal, *names[1:], OWNERS[deal % 3]))
    return path


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    return hostile(tmp_path_factory.mktemp("hostile"))


class Parts(HTMLParser):
    """Tags with their attributes, and scripts, as a browser finds them in a page."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts.append(data)


def tame(page: str) -> None:
    """Nothing of a hostile text is a tag, an attribute that acts, or code; in data it stands within a string."""
    parts = Parts(page)
    assert MARK in page, "the page tells the names"
    for tag, attributes in parts.tags:
        assert tag not in ("img", "iframe", "svg", "b"), tag
        acting = {k: v for k, v in attributes.items() if k.startswith("on") or k in ("src", "href")}
        assert MARK not in json.dumps(acting)
    for script in parts.scripts:
        bare = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', script) if MARK in script else ""
        assert MARK not in bare
        assert "<img" not in script if MARK in script else True
    assert not HIDDEN.search(re.sub(r"<script>.*?</script>", "", page, flags=re.S))


def told(*words, code: int = 0) -> str:
    """What a command says, checked for what would move a terminal's pen."""
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    for line in (done.stdout + done.stderr).split("\n"):
        assert not HIDDEN.search(line), repr(line)
    return done.stdout


@pytest.fixture(scope="module")
def fitted(export):
    scenario, page = export.parent / "made.yaml", export.parent / "page.html"
    said = told("fit", export, "-o", scenario, "--report", page)
    return scenario, page, said


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_what_a_terminal_is_told_of_an_export_moves_no_pen(export, lang):
    assert MARK in told("fit", export, "--quality-only", "--lang", lang)
    assert MARK in json.dumps(json.loads(told("fit", export, "--json", "--lang", lang)))
    told("fit", export, "--format", "hubspot", "--lang", lang, code=1)
    told("fit", export.parent / f"no\x1b[31m\u202e{MARK}.csv", "--lang", lang, code=1)


@pytest.mark.slow
def test_the_page_of_a_fit_is_tame(fitted):
    tame(fitted[1].read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "compare", "sweep", "check"])
def test_a_scenario_of_hostile_names_is_told_tamely(fitted, command):
    scenario, few = fitted[0], ("-n", 3, "--no-cache")
    more = {
        "run": few, "compare": (*few, "--set", "demand.units.*.weekly_deals=*1.2"), "check": (),
        "sweep": (*few, "--vary", "demand.units.*.weekly_deals=*1,*1.2", "--out", scenario.parent / "study"),
    }  # fmt: skip
    for form in ((), ("--json",)):
        told(command, scenario, *more[command], *form)
        if command == "sweep":
            more["sweep"] = (*few, "--vary", "demand.units.*.weekly_deals=*1,*1.2")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".xes", ".parquet"])
def test_a_log_of_hostile_names_holds_no_formula(fitted, suffix):
    log = fitted[0].parent / f"log{suffix}"
    told("run", fitted[0], "-n", 1, "--no-cache", "--log", log)
    if suffix == ".csv":
        with open(log, encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [
            cell for cell in cells if cell.startswith(FORMULA) and not re.fullmatch(r"-?[\d.e+-]+", cell)
        ]
    elif suffix == ".xlsx":
        book = openpyxl.load_workbook(log).active
        cells = [str(cell.value) for row in book.iter_rows() for cell in row]
        assert {cell.data_type for row in book.iter_rows() for cell in row}.isdisjoint({"f", "e"})
    elif suffix == ".parquet":
        cells = [str(v) for column in parquet.read_table(log).columns for v in column.unique().to_pylist()]
    else:
        raw = log.read_text("utf-8")
        assert not re.search("<(img|script|iframe|svg|b)[ />]", raw)
        cells = [raw]
    assert any(MARK in cell for cell in cells)
    assert not any(HIDDEN.search(cell) for cell in cells)
    assert MARK in " ".join(read_history(log).log.names.stages)
