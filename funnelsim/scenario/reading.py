"""A YAML file that may be anything -> plain mappings, lists, texts and numbers, or one clear fault.

The parser's events are turned into a tree here, without recursion and with a budget, so that a file
of aliases of aliases, a million brackets or a foreign tag ends in a sentence and not in a full memory.
Scalars follow the core schema of YAML 1.2: `on` and `no` are texts, `1.5e6` is a number, dates stay texts.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from funnelsim.errors import Fault, ScenarioError

MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_VALUES = 200_000
"""Values in a file, each alias counted with all that it stands for."""

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
_INT = re.compile(r"[-+]?[0-9]+")
_OTHER_INT = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_KNOWN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}


def read_tree(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds. All that can be wrong with a file ends in a `ScenarioError`."""
    where = str(path)
    try:
        if path.is_dir():
            raise ScenarioError.of(where, "file_is_folder")
        if not path.exists():
            raise ScenarioError.of(where, "file_missing")
        if not path.is_file():
            raise ScenarioError.of(where, "file_not_regular")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError.of(
            where, "file_unreadable", reason=error.strerror or type(error).__name__
        ) from None
    except ValueError:  # a null byte in the name
        raise ScenarioError.of(where, "file_missing") from None
    if len(raw) > MAX_BYTES:
        raise ScenarioError.of(where, "file_too_big", limit=MAX_BYTES // 1_000_000)
    return tree_of(decode(raw, where), where)


def decode(raw: bytes, where: str) -> str:
    """The text of a file: UTF-8, with or without a mark; UTF-16 with one, as Excel and Notepad write it."""
    try:
        text = raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        code = "file_binary" if b"\0" in raw else "file_not_utf8"
        raise ScenarioError.of(where, code, at=error.start) from None
    if "\0" in text:
        raise ScenarioError.of(where, "file_binary", at=text.index("\0"))
    if not text.strip():
        raise ScenarioError.of(where, "file_empty")
    return text


def tree_of(text: str, where: str) -> dict[str, Any]:
    """The mapping written in a YAML text."""
    try:
        tree, faults = _Builder().build(text)
    except _TooMuch as error:
        raise ScenarioError.of(where, error.code, line=error.line, limit=error.limit) from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark is not None else 1
        near = text.splitlines()[line - 1 : line] or [""]
        code = "yaml_tab" if "\t" in near[0][: len(near[0]) - len(near[0].lstrip()) + 1] else "yaml_syntax"
        problem = (getattr(error, "problem", None) or str(error)).splitlines()[0]
        raise ScenarioError.of(where, code, line=line, problem=problem) from None
    except (
        RecursionError,
        ValueError,
        IndexError,
        AttributeError,
        NotImplementedError,
        AssertionError,
    ) as error:
        raise ScenarioError.of(where, "yaml_syntax", line=1, problem=type(error).__name__) from None
    if not isinstance(tree, dict):
        code = "file_empty" if tree is None else "top_not_mapping"
        raise ScenarioError.of(where, code)
    if faults:
        raise ScenarioError(where, faults)
    return tree


class _TooMuch(Exception):
    def __init__(self, code: str, line: int, limit: int):
        self.code, self.line, self.limit = code, line, limit


class _Builder:
    """Events of the parser -> a tree. `sizes` knows how many values each anchored part stands for."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.values = 0
        self.documents = 0
        self.root: Any = None
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}

    def build(self, text: str) -> tuple[Any, list[Fault]]:
        for event in YAML(typ="safe", pure=True).parse(io.StringIO(text)):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, ScalarEvent):
                self._known_tag(event, line)
                self._count(1, line)
                value = scalar(event.value) if event.implicit[0] and event.style is None else event.value
                if event.tag and event.tag in _KNOWN_TAGS and not event.tag.endswith(":str"):
                    value = scalar(event.value)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self._put(value, line)
            elif isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._known_tag(event, line)
                self._count(1, line)
                if len(self.open) >= MAX_DEPTH:
                    raise _TooMuch("yaml_too_deep", line, MAX_DEPTH)
                content: Any = {} if isinstance(event, MappingStartEvent) else []
                self.open.append(_Open(content, event.anchor, self.values))
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                done = self.open.pop()
                if done.anchor:
                    self.anchors[done.anchor] = (done.content, self.values - done.before + 1)
                self._put(done.content, line)
            elif isinstance(event, AliasEvent):
                if event.anchor not in self.anchors:
                    raise _TooMuch("yaml_unknown_alias", line, 0)
                value, size = self.anchors[event.anchor]
                self._count(size, line)
                self._put(value, line)
            elif isinstance(event, DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise _TooMuch("yaml_documents", line, 1)
        return self.root, self.faults

    def _count(self, more: int, line: int) -> None:
        self.values += more
        if self.values > MAX_VALUES:
            raise _TooMuch("yaml_too_much", line, MAX_VALUES)

    def _known_tag(self, event: Any, line: int) -> None:
        if event.tag and event.tag not in _KNOWN_TAGS:
            self.faults.append(Fault(self._path(), "yaml_tag", {"tag": shorten(event.tag), "line": line}))

    def _put(self, value: Any, line: int) -> None:
        if not self.open:
            self.root = value
            return
        top = self.open[-1]
        if isinstance(top.content, list):
            top.content.append(value)
        elif not top.has_key:
            if isinstance(value, dict | list):
                self.faults.append(Fault(self._path(), "yaml_key", {"line": line}))
                value = str(len(top.content))
            top.key, top.has_key = ("null" if value is None else str(value)), True
            if top.key in top.content:
                self.faults.append(
                    Fault(self._path(), "yaml_duplicate", {"key": shorten(top.key), "line": line})
                )
        else:
            top.content[top.key] = value
            top.has_key = False

    def _path(self) -> str:
        path = ""
        for part in self.open:
            if isinstance(part.content, list):
                path += f"[{len(part.content)}]"
            elif part.has_key:
                path += f".{part.key}" if path else part.key
        return path


class _Open:
    """A mapping or list that is being read."""

    __slots__ = ("anchor", "before", "content", "has_key", "key")

    def __init__(self, content: Any, anchor: str | None, before: int):
        self.content, self.anchor, self.before = content, anchor, before
        self.key, self.has_key = "", False


def scalar(text: str) -> Any:
    """What a plain scalar means in the core schema of YAML 1.2.

    >>> [scalar(t) for t in ("7", "1.5e6", "on", "true", "~", "2026-01-01")]
    [7, 1500000.0, 'on', True, None, '2026-01-01']
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text) if len(text) < 300 else float("inf")
    if _FLOAT.fullmatch(text) or _INFINITE.fullmatch(text):
        return float(
            text.replace(".inf", "inf")
            .replace(".Inf", "inf")
            .replace(".INF", "inf")
            .replace(".n", "n")
            .replace(".N", "n")
        )
    if _OTHER_INT.fullmatch(text):
        return int(text, 0) if len(text) < 60 else float("inf")
    return text


def shorten(value: Any, width: int = 60) -> str:
    """A value as a message shows it: never longer than a line."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= width else text[: width - 1] + "…"
