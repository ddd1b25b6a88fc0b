"""The cells of an .xlsx workbook as texts, read as a stream: dates in ISO form, everything else as it is written.

A workbook is a zip of XML. One that declares document types or entities, or unpacks to far more than a table of its
size can hold, is refused before it is read; nothing in it is computed, and links are not followed.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from xml.parsers import expat

from funnelsim.errors import HistoryError

MOST_RATIO = 80
SMALL = 16 << 20
"""Bytes that a workbook may always unpack to; beyond, at most MOST_RATIO times what it is packed in."""
MOST_UNPACKED = 1 << 30
MOST_TEXTS = 10_000_000
"""Texts that cells may share; a sheet has at most a million rows."""
CHUNK = 1 << 18
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

Row = Callable[[int, list[tuple[int, str]]], bool]
"""Takes a row: its number from 1 and its filled cells as (column from 0, text); False to read no further."""

_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Stop(Exception):
    """No further row is wanted."""


class Workbook:
    """An open workbook: its sheets, and what their cells refer to."""

    def __init__(self, path: Path):
        self.where = str(path)
        self.package = zipfile.ZipFile(path)
        self._refuse_bombs(path)
        self.parts = set(self.package.namelist())
        self.from_1904 = False
        self.sheets = self._sheets()
        self.texts = self._shared_texts()
        self.dated = self._date_styles()

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self.package.close()

    def rows(self, sheet: str, take: Row) -> None:
        """Hand over the rows of a sheet until one is answered with False."""
        with suppress(Stop):
            self._parse(sheet, _Rows(self, take))

    def _refuse_bombs(self, path: Path) -> None:
        parts = self.package.infolist()
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > 10_000 or unpacked > min(MOST_UNPACKED, max(SMALL, MOST_RATIO * path.stat().st_size)):
            raise HistoryError.of(self.where, "history_bomb", size=unpacked >> 20)

    def _parse(self, part: str, handler: _Handler) -> None:
        """Parse a part of the package as XML without a document type."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
        parser.CharacterDataHandler = handler.data
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._refuse_entities
        size = self.package.getinfo(part).file_size
        with self.package.open(part) as file:
            read = 0
            while block := file.read(CHUNK):
                read += len(block)
                if read > size:  # the list of contents lied
                    raise HistoryError.of(self.where, "history_bomb", size=read >> 20)
                parser.Parse(block, False)
            parser.Parse(b"", True)

    def _refuse_entities(self, *_: object) -> None:
        raise HistoryError.of(self.where, "history_entities")

    def _sheets(self) -> list[str]:
        """Parts of the sheets, in the order of the tabs."""
        book = _Elements("sheet", "workbookPr")
        self._parse("xl/workbook.xml", book)
        self.from_1904 = any(
            a.get("date1904") in ("1", "true") for tag, a in book.found if tag == "workbookPr"
        )
        links = _Elements("Relationship")
        if "xl/_rels/workbook.xml.rels" in self.parts:
            self._parse("xl/_rels/workbook.xml.rels", links)
        target = {a.get("Id"): a.get("Target", "") for _, a in links.found}
        found = []
        for tag, attributes in book.found:
            if tag == "sheet":
                link = next(
                    (value for name, value in attributes.items() if name.rpartition(":")[2] == "id"), None
                )
                path = target.get(link, "")
                part = path.lstrip("/") if path.startswith("/") else posixpath.normpath(f"xl/{path}")
                if part in self.parts:
                    found.append(part)
        return found

    def _shared_texts(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self.parts:
            return []
        texts = _Texts(self.where)
        self._parse("xl/sharedStrings.xml", texts)
        return texts.found

    def _date_styles(self) -> set[int]:
        """Numbers of the cell styles that show a number as a date."""
        if "xl/styles.xml" not in self.parts:
            return set()
        styles = _Styles()
        self._parse("xl/styles.xml", styles)
        dates = _DATES | {number for number, code in styles.codes.items() if _shows_date(code)}
        return {n for n, number in enumerate(styles.formats) if number in dates}


class _Handler:
    """What a parser calls."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


class _Elements(_Handler):
    """The attributes of all elements of some names."""

    def __init__(self, *tags: str):
        self.tags = tags
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag in self.tags and len(self.found) < 10_000:
            self.found.append((tag, attributes))


class _Texts(_Handler):
    """The shared texts of a workbook; hints on how to read Chinese characters are left out."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.found: list[str] = []
        self.parts: list[str] = []
        self.inside = self.hint = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.hint = True
        elif tag == "t":
            self.inside = not self.hint

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "si":
            self.found.append(unescaped("".join(self.parts)))
            if len(self.found) > MOST_TEXTS:
                raise HistoryError.of(self.where, "history_too_many_cells", most=MOST_TEXTS)
        elif tag == "rPh":
            self.hint = False
        elif tag == "t":
            self.inside = False

    def data(self, text: str) -> None:
        if self.inside:
            self.parts.append(text)


class _Styles(_Handler):
    """Number formats of the cell styles, and the codes of the workbook's own formats."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.formats: list[int] = []
        self.inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "numFmt":
            self.codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")[:200]
        elif tag == "cellXfs":
            self.inside = True
        elif tag == "xf" and self.inside and len(self.formats) < 100_000:
            self.formats.append(_whole(attributes.get("numFmtId")))

    def end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "cellXfs":
            self.inside = False


class _Rows(_Handler):
    """The rows of a sheet."""

    def __init__(self, book: Workbook, take: Row):
        self.book, self.take = book, take
        self.number = self.column = 0
        self.cells: list[tuple[int, str]] = []
        self.kind = self.style = ""
        self.parts: list[str] = []
        self.inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "v" or tag == "t":
            self.inside = True
        elif tag == "c":
            place = attributes.get("r")
            self.column = column_of(place) if place else self.column + 1
            self.kind, self.style = attributes.get("t", ""), attributes.get("s", "")
            self.parts = []
        elif tag == "row":
            told = _whole(attributes.get("r"))
            self.number = told if told > self.number else self.number + 1
            self.column, self.cells = -1, []
            if self.number > LAST_ROW:
                raise Stop

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "v" or tag == "t":
            self.inside = False
        elif tag == "c":
            if self.parts and 0 <= self.column < LAST_COLUMN:
                self.cells.append((self.column, self._text("".join(self.parts))))
        elif tag == "row" and not self.take(self.number, self.cells):
            raise Stop

    def data(self, text: str) -> None:
        if self.inside:
            self.parts.append(text)

    def _text(self, raw: str) -> str:
        kind = self.kind
        if kind == "s":
            at = _whole(raw)
            return self.book.texts[at] if 0 <= at < len(self.book.texts) else ""
        if kind in ("inlineStr", "str"):
            return unescaped(raw)
        if kind == "b":
            return "True" if raw.strip() == "1" else "False"
        if kind in ("e", "d"):
            return raw
        if self.style and _whole(self.style) in self.book.dated:
            return dated(raw, self.book.from_1904)
        return plain_number(raw)


def column_of(place: str) -> int:
    """Number of a column from 0 by the letters of a place.

    >>> column_of("A1"), column_of("AB12")
    (0, 27)
    """
    number = 0
    for letter in place[:3]:
        if not "A" <= letter <= "Z":
            break
        number = 26 * number + ord(letter) - 64
    return number - 1


def dated(raw: str, from_1904: bool) -> str:
    """The date of a number of days, in ISO form; what is no date stays as it is.

    >>> dated("46027", False), dated("46027.5", False)
    ('2026-01-05', '2026-01-05T12:00:00')
    """
    try:
        days = float(raw)
        moment = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)
        moment += timedelta(milliseconds=round(days * 86_400_000))
    except (ValueError, OverflowError):
        return raw
    if days < 1:
        return raw
    return moment.isoformat(timespec="auto") if days % 1 else moment.date().isoformat()


def plain_number(raw: str) -> str:
    """A number as people write it: without an exponent, whole ones without a point.

    >>> plain_number("1.2E5"), plain_number("17.50"), plain_number("1e999")
    ('120000', '17.50', '1e999')
    """
    if "e" not in raw and "E" not in raw:
        return raw[:-2] if raw.endswith(".0") else raw
    try:
        value = float(raw)
    except ValueError:
        return raw
    if abs(value) >= 1e16 or value != value:
        return raw
    return str(int(value)) if value.is_integer() else f"{value:.10f}".rstrip("0")


def unescaped(text: str) -> str:
    """A text of a workbook with its escapes for control characters resolved."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _shows_date(code: str) -> bool:
    return bool(re.search(r"[dmyhs年月日]", _QUOTED.sub("", code.split(";")[0]), re.I))


def _whole(text: str | None) -> int:
    try:
        return int(text or -1)
    except ValueError:
        return -1
