"""The house is in order: what lies where, what must not be in it, and texts in both languages."""

from __future__ import annotations

import ast
import json
import re
import string
from pathlib import Path

import pytest
from tree import ROOT, files, texts

from funnelsim import labels

PACKAGE = ROOT / "funnelsim"
MODULES = sorted(PACKAGE.rglob("*.py"))
TOP = {"notebooks", "funnelsim", "scenarios", "tests", "pyproject.toml", "README.md"}
TOP |= {"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"}
MOST_BYTES = 1_500_000
MOST_LINES = 400
# put together here, so that this file does not hold what it forbids
_HOSTS = [
    ("py", r"pi\.org"),
    ("python", r"hosted\.org"),
    ("npm", r"js\.(org|com)"),
    (r"deb\.", r"debian\.org"),
]
HOSTS = re.compile("|".join(one + other for one, other in _HOSTS), re.I)
PATHS = re.compile(r"(?<![\w.~\-])/(work|farm|root|home|opt|Users)/\w")
LOCKS = {"uv.lock", "poetry.lock", "package-lock.json", "pylock.toml", "Pipfile.lock"}


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def test_the_top_level_holds_only_what_it_may():
    there = {path.parts[0] for path in files()}
    assert {name for name in there if not name.startswith(".")} <= TOP


def test_no_file_is_too_big_or_a_lock():
    for path in files():
        assert (ROOT / path).stat().st_size <= MOST_BYTES, f"{path} is larger than {MOST_BYTES} bytes"
        assert path.name not in LOCKS, f"{path} is a lock file, which may name the host it was made with"


@pytest.mark.parametrize(
    ("pattern", "what"), [(HOSTS, "the host of a package registry"), (PATHS, "a path of one machine")]
)
def test_nothing_in_the_tree_names(pattern, what):
    hits = [(path, text, hit.start()) for path, text in texts() for hit in pattern.finditer(text)]
    found = [f"{path}:{line_of(text, at)}" for path, text, at in hits]
    assert not found, f"{what}: {', '.join(found)}"


def test_notebooks_carry_no_outputs():
    for path, text in texts():
        if path.suffix != ".ipynb":
            continue
        book = json.loads(text)
        cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
        assert not any(cell["outputs"] or cell["execution_count"] for cell in cells), f"{path} has outputs"
        assert "papermill" not in book["metadata"], f"{path} carries a run's metadata"
        assert all(not {"papermill", "execution"} & cell["metadata"].keys() for cell in book["cells"]), (
            f"{path} carries a run's metadata in a cell"
        )
        assert "kernelspec" in book["metadata"], f"{path} names no kernel"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is_for_and_stays_short(path):
    text, name = path.read_text("utf-8"), path.relative_to(PACKAGE).as_posix()
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{name} has no docstring"
    lines = text.count("\n")
    assert lines <= MOST_LINES, f"{name} has {lines} lines; something wants to move"


# -- texts ------------------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return {
        "year" if name == "years" else name for name in named
    }  # one measured period, as either language counts it


def test_both_languages_have_the_same_texts():
    en, zh = (labels.catalogue(language) for language in ("en", "zh"))
    assert en.keys() == zh.keys(), f"only in one language: {sorted(en.keys() ^ zh.keys())}"
    for key, text in en.items():
        assert all((text.strip(), zh[key].strip())), f"{key} is empty"
        assert placeholders(text) == placeholders(zh[key]), f"{key} is not given the same facts"


def test_every_fault_says_what_is_wrong_and_how_to_mend_it():
    keys = {key for key in labels.catalogue("en") if key.startswith("fault.") and key.count(".") > 1}
    codes = {key.rpartition(".")[0] for key in keys}
    assert keys == {f"{code}.{part}" for code in codes for part in ("says", "mend")}


def asked(path: Path) -> list[tuple[int, str]]:
    """(line, key) of every text that a module asks for by a literal key."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        words = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        if called == "text" and words and isinstance(words[0], str):
            found.append((node.lineno, words[0]))
        elif called in {"of", "Fault"} and len(words) > 1 and isinstance(words[1], str):
            found.append((node.lineno, f"fault.{words[1]}.says"))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_text_that_is_asked_for_is_there(path):
    missing = [f"line {line}: {key}" for line, key in asked(path) if not labels.has(key)]
    assert not missing, "; ".join(missing)
