"""Columns of names as levels: spellings of one name joined, near misses suspected and left alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from funnelsim.history.sheet import NOTHING, Column
from funnelsim.history.words import SECTORS

MOST_COMPARED = 400
"""Names among which misspellings are looked for; more are ids, not names."""


class Levels(NamedTuple):
    """A column of names as numbers."""

    codes: np.ndarray  # int64, (rows,), -1 where the cell is empty
    names: tuple[str, ...]
    respelled: np.ndarray  # bool, (rows,): written otherwise than its name is
    spellings: tuple[str, ...]
    """Groups of spellings that were joined, `GTX Pro / GTXPro`."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names that say that nobody knew: `Unknown`, `None`, `NULL`."""
        return tuple(name for name in self.names if name.lower() in NOTHING)


def levels(column: Column) -> Levels:
    """The names of a column, sorted.

    Spellings that differ only in case, spaces, width or punctuation are one name, written as most often.
    `unknown`, `None` and `NULL` are a level of their own: that nobody knew is information.
    """
    counts = column.counts
    used = np.flatnonzero(counts > 0)
    used = used[np.argsort(-counts[used], kind="stable")]
    groups: dict[str, list[int]] = {}
    for value in used.tolist():
        name = column.texts[value]
        if name:
            groups.setdefault(plain(name) or name, []).append(value)
    heads = sorted((str(column.texts[group[0]]), group) for group in groups.values())
    code = np.full(len(column.values), -1, np.int64)
    second = np.zeros(len(column.values), bool)
    spellings = []
    for number, (_, group) in enumerate(heads):
        code[group] = number
        second[group[1:]] = True
        if len(group) > 1:
            spellings.append(" / ".join(str(column.texts[value]) for value in group[:4]))
    return Levels(
        code[column.codes], tuple(name for name, _ in heads), second[column.codes], tuple(spellings)
    )


def plain(text: str) -> str:
    """A name without case, width, spaces, dots and dashes: `GTX Pro` is `gtxpro`; `C++` is not `C`.

    >>> plain("GTX-Pro"), plain("C++"), plain("ＧＴＸ Pro")
    ('gtxpro', 'c++', 'gtxpro')
    """
    return re.sub(r"[\s_.,'’\-·]+", "", unicodedata.normalize("NFKC", str(text))).casefold()


def suspects(names: Sequence[str], known: Sequence[str] = ()) -> list[str]:
    """Pairs of names that differ by one letter in a word of six or more: probably one of them is misspelled.

    known   further names to compare with, those of another table; common words of sectors always are

    Numbers and short words never make a pair: `Region 1` and `Region 2` are two regions.

    >>> suspects(["technolgy", "retail", "Product A", "Product B"])
    ['technolgy / technology']
    """
    if len(names) > MOST_COMPARED or len(known) > MOST_COMPARED:
        return []
    own = {plain(name) for name in names}
    found = []
    for at, name in enumerate(names):
        # a name that is a known word is right, whatever else looks like it
        others = [*names[at + 1 :], *(k for k in known if plain(k) not in own)]
        if plain(name) not in SECTORS:
            others += sorted(SECTORS - own)
        found += [f"{name} / {other}" for other in others if one_letter_off(name, other)]
    return found


def one_letter_off(one: str, other: str) -> bool:
    """Whether two names are equal but for one letter put in, left out, changed or swapped in a long word."""
    first, second = one.casefold().split(), other.casefold().split()
    if len(first) != len(second):
        return False
    different = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    if len(different) != 1:
        return False
    a, b = different[0]
    if (
        min(len(a), len(b)) < 6
        or abs(len(a) - len(b)) > 1
        or not (a.isalpha() and b.isalpha() and a.isascii())
    ):
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    left, right = a[start : len(a) - end], b[start : len(b) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == len(right) == 2 and left == right[::-1])
