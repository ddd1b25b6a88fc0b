"""Pages of which a part is made by the program, between two marks: a table can then not grow old unseen."""

from __future__ import annotations

from pathlib import Path

from funnelsim.atomic import atomic_write


def renewed(page: str, marks: tuple[str, str], told: str) -> str:
    """The page with what stands between its two marks made anew; ValueError where one of them is not there.

    >>> renewed("a <!-- x -->old<!-- end of x --> b", ("<!-- x -->", "<!-- end of x -->"), "new")
    'a <!-- x -->\\nnew\\n<!-- end of x --> b'
    """
    begin, end = marks
    head, found, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the page has no part between {begin} and {end}")
    return f"{head}{begin}\n{told}\n{end}{tail}"


def renew(path: str | Path, marks: tuple[str, str], told: str) -> None:
    """The same for a file."""
    path = Path(path)
    page = renewed(path.read_text("utf-8"), marks, told)
    with atomic_write(path) as part:
        part.write_text(page, "utf-8")
