"""Imports run downward: a wing knows only those below it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "funnelsim"
LEVEL = {
    "errors": 0, "calendar": 0, "labels": 0, "atomic": 0,
    "scenario": 1,
    "history": 2,
    "fit": 3, "engine": 3,
    "study": 4,
    "advise": 5,
    "workshop": 6, "show": 6,
    "commands": 7, "cli": 7,
    "__init__": 8, "__main__": 8,
}  # fmt: skip
NEVER_TOGETHER = {("fit", "engine"), ("engine", "fit"), ("workshop", "show"), ("show", "workshop")}
# fault texts stand in the labels, so errors may ask for them; nothing else within a level is free
MODULES = sorted(PACKAGE.rglob("*.py"))


def wing(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            if node.module == "funnelsim":
                found |= {f"funnelsim.{alias.name}" for alias in node.names}
            elif node.module:
                found.add(node.module)
    return {name for name in found if name == "funnelsim" or name.startswith("funnelsim.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downward(path):
    here = wing(path)
    for name in imports(path):
        if name == "funnelsim":
            assert LEVEL[here] >= 7, f"{here} imports the front door"
            continue
        other = name.split(".")[1]
        assert (here, other) not in NEVER_TOGETHER, f"{here} must not know {other}"
        assert LEVEL[other] <= LEVEL[here], f"{here} imports {other}, which stands above it"


def test_every_module_has_a_place_in_the_house():
    assert {wing(path) for path in MODULES} <= LEVEL.keys()


def test_a_room_of_people_knows_neither_runs_nor_figures():
    """`workshop` stands on the lowest floor alone; a notebook joins it with studies and panels."""
    known = {name.split(".")[1] for path in MODULES if wing(path) == "workshop" for name in imports(path)}
    assert known <= {"workshop", "errors", "atomic", "labels"}
