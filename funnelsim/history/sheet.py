"""A table of texts in columns of numbers: what every export becomes before anything is understood.

A cell is a position among the distinct texts of its column, so a million rows cost four bytes a cell, and
whatever is read of a text (a date, an amount, a name) is read once a text, not once a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NOTHING = frozenset((
    "", "none", "null", "nil", "nan", "nat", "na", "n/a", "#n/a", "unknown", "-", "--", "—",
    "未知", "无", "空", "暂无",
    "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!",
))  # fmt: skip
"""Texts that stand where there is no date and no amount. As a name they are one: that nobody knew is told."""

MARKS = r"[\x{ad}\x{61c}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"
"""Marks without a shape, those that turn the direction of writing among them; no name needs them."""
_CONTROL = r"[\x00-\x1f\x7f-\x{9f}]+"


@dataclass(frozen=True)
class Column:
    """One column: the distinct texts and, for each row, which of them stands there."""

    codes: np.ndarray  # int32, (rows,)
    values: pa.Array  # distinct texts; some may belong to no row any more

    def __len__(self) -> int:
        return self.codes.size

    @cached_property
    def texts(self) -> np.ndarray:
        """The distinct texts, shape (values,), object."""
        return self.values.to_numpy(zero_copy_only=False)

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of each distinct text."""
        return np.bincount(self.codes, minlength=len(self.values))

    @cached_property
    def blank(self) -> np.ndarray:
        """Whether a cell is empty, shape (rows,)."""
        return pc.equal(self.values, "").to_numpy(zero_copy_only=False)[self.codes]

    @cached_property
    def nothing(self) -> np.ndarray:
        """Whether a distinct text says that there is nothing, (values,)."""
        known = pa.array(sorted(NOTHING))
        return pc.is_in(pc.utf8_lower(self.values), known).to_numpy(zero_copy_only=False)

    def cells(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The texts of some rows, object."""
        codes = self.codes[rows]
        if "texts" not in self.__dict__ and 4 * codes.size < len(self.values):
            return self.values.take(pa.array(codes)).to_numpy(zero_copy_only=False)
        return self.texts[codes]

    def where(self, rows: np.ndarray) -> Column:
        """The column of a mask or of positions."""
        return Column(self.codes[rows], self.values)

    @staticmethod
    def of(texts: Sequence[str] | np.ndarray) -> Column:
        """A column of texts as they come."""
        return Column.coded(pa.array(texts, pa.string()).dictionary_encode())

    @staticmethod
    def constant(text: str, rows: int) -> Column:
        return Column(np.zeros(rows, np.int32), pa.array([text], pa.string()))

    @staticmethod
    def coded(array: pa.Array | pa.ChunkedArray) -> Column:
        """A column of an Arrow array of texts, coded or not; what is not there is an empty text."""
        if isinstance(array, pa.ChunkedArray):
            if pa.types.is_dictionary(array.type):
                array = array.unify_dictionaries()
            array = array.combine_chunks()
            if isinstance(array, pa.ChunkedArray):  # none, or more texts than one chunk may hold
                array = pa.concat_arrays([c.cast(pa.large_string()) for c in array.chunks]) if array.num_chunks else (
                    pa.array([], pa.string()))  # fmt: skip
        if not pa.types.is_dictionary(array.type):
            array = array.cast(pa.string()).dictionary_encode()
        codes, values = array.indices, array.dictionary.cast(pa.string())
        if codes.null_count or values.null_count:
            values = pa.concat_arrays([values.fill_null(""), pa.array([""])])
            codes = codes.fill_null(len(values) - 1)
            return Column(codes.to_numpy(zero_copy_only=False).astype(np.int32), values).merged()
        return Column(codes.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), values)

    def merged(self) -> Column:
        """The column with every text once."""
        coded = self.values.dictionary_encode()
        if len(coded.dictionary) == len(self.values):
            return self
        again = coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        return Column(again[self.codes], coded.dictionary)

    def cleaned(self) -> tuple[Column, np.ndarray]:
        """The column with texts trimmed and without control characters and marks, and which rows had any."""
        wrong = pc.match_substring_regex(self.values, f"{MARKS}|{_CONTROL}")
        marked = wrong.to_numpy(zero_copy_only=False)
        values = self.values
        if marked.any():
            values = pc.replace_substring_regex(values, MARKS, "")
            values = pc.replace_substring_regex(values, _CONTROL, " ")
        trimmed = pc.utf8_trim_whitespace(values)
        rows = marked[self.codes] if marked.any() else np.zeros(0, bool)
        if trimmed.equals(self.values):
            return self, rows
        return Column(self.codes, trimmed).merged(), rows


@dataclass(frozen=True)
class Sheet:
    """Columns of one length by name. `lines` is the number of each row in the file, for examples."""

    columns: dict[str, Column]
    lines: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    header: tuple[str, ...] = ()
    """All columns of the file, also those that were not read because no part of a history is in them."""

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in the order of the file."""
        return self.header or tuple(self.columns)

    def __len__(self) -> int:
        return self.lines.size

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def where(self, rows: np.ndarray) -> Sheet:
        """The sheet of a mask or of positions."""
        kept = {name: column.where(rows) for name, column in self.columns.items()}
        return Sheet(kept, self.lines[rows], self.header)

    def twice(self, names: Sequence[str] | None = None) -> np.ndarray:
        """Whether an earlier row has the same cells, in all columns or in these."""
        return repeated([self.columns[name].codes for name in (self.columns if names is None else names)])


def repeated(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Whether an earlier row has the same numbers in all columns, shape (rows,)."""
    if not columns:
        return np.zeros(0, bool)
    key = np.zeros(columns[0].size, np.int64)
    for codes in columns:
        width = int(codes.max(initial=0)) + 2
        if key.max(initial=0) > np.iinfo(np.int64).max // width:
            key = np.unique(key, return_inverse=True)[1]
        key = key * width + codes + 1
    _, first = np.unique(key, return_index=True)
    again = np.ones(key.size, bool)
    again[first] = False
    return again
