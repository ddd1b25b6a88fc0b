"""The files of this repository, for tests that look at the house itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
# made by building, testing and using, where git is not there to tell
MADE = {"build", "dist", "reports", "__pycache__"}


def files() -> list[Path]:
    """All files that are, or would be, committed; relative to ROOT."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode == 0 and asked.stdout:
        found = [Path(name) for name in asked.stdout.split("\0") if name]
    else:  # a tree without git: an archive
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        found = [path for path in found if not _is_made(path)]
    return sorted(path for path in found if (ROOT / path).is_file())


def _is_made(path: Path) -> bool:
    keep = {".ci", ".gitignore", ".pre-commit-config.yaml"}
    hidden = any(part.startswith(".") and part not in keep for part in path.parts)
    return hidden or path.parts[0] in MADE or "__pycache__" in path.parts or path.suffix == ".egg-info"


def texts() -> list[tuple[Path, str]]:
    """Every text file of the tree with its text."""
    found = []
    for path in files():
        try:
            found.append((path, (ROOT / path).read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found
