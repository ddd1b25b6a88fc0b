"""A scenario -> its file. What a person wrote around the values, comments and order, stays.

Where there is a file already, only what differs from it is written into it, so that its comments and
its `extends:` survive. Whatever comes out is read again before it takes the file's place; where it
would not give the scenario back, the scenario is written out in full.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from funnelsim.atomic import atomic_write
from funnelsim.errors import FunnelError, ScenarioError
from funnelsim.scenario import files
from funnelsim.scenario.extend import is_distribution, resolved, resolved_text
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.reading import scalar

_WIDTH = 110
_ABSENT = object()


def write(scenario: Scenario, path: Path) -> None:
    """Write a scenario to a path, atomically."""
    if path.is_dir():
        raise ScenarioError.of(str(path), "file_is_folder")
    text = _woven(scenario, path) or _fresh(files.plain(scenario))
    try:
        with atomic_write(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScenarioError.of(str(path), "file_unwritable", reason=error.strerror or str(error)) from None


def as_text(scenario: Scenario) -> str:
    """A scenario as a file of its own would read."""
    return _fresh(files.plain(scenario))


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.allow_unicode = True
    yaml.preserve_quotes = True
    return yaml


def _woven(scenario: Scenario, path: Path) -> str | None:
    """The text of the file that is there, with the differences worked in; None where that does not go."""
    if not path.exists():
        return None
    try:
        was = files.parse(resolved(path), str(path))
        document = _yaml().load(path.read_text("utf-8-sig"))
        _weave(
            document,
            files.plain(was, defaults=True),
            files.plain(scenario, defaults=True),
            files.plain(scenario),
        )
        out = _text(document)
        return out if files.parse(resolved_text(out, path)) == scenario else None
    except (FunnelError, YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _text(document: Any) -> str:
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _weave(node: CommentedMap, was: dict[str, Any], want: dict[str, Any], short: dict[str, Any]) -> None:
    """Bring one mapping of the document from what it says to what is wanted; `short` leaves defaults out."""
    for key in [key for key in was if key not in want]:
        node.pop(key, None)
    for key, value in want.items():
        old, inner = was.get(key, _ABSENT), node.get(key)
        if old == value:
            continue
        brief = short.get(key, value)
        if isinstance(value, dict) and isinstance(old, dict) and not _is_atom(key, value, old):
            if not isinstance(inner, CommentedMap):
                node[key] = inner = CommentedMap()
            _weave(inner, old, value, brief)
            _one_line(inner)
        elif _by_id(value) and _by_id(old) and isinstance(inner, CommentedSeq | None):
            if inner is None:
                node[key] = inner = CommentedSeq()
            _weave_items(inner, old, value, brief)
        else:
            family = (
                isinstance(old, dict)
                and "family" in old
                and isinstance(value, dict)
                and "family" not in value
            )
            node[key] = _styled({"family": "lognormal"} | brief if family else brief)


def _weave_items(node: CommentedSeq, was: list[Any], want: list[Any], short: list[Any]) -> None:
    here = {item.get("id"): at for at, item in enumerate(node) if isinstance(item, CommentedMap)}
    old, brief = ({item["id"]: item for item in items} for items in (was, short))
    names = {item["id"] for item in want}
    for item in want:
        name = item["id"]
        if item == old.get(name):
            continue
        if name not in old:
            node.append(_styled(brief[name]))
            continue
        if name not in here:
            here[name] = len(node)
            node.append(CommentedMap(id=name))
        _weave(node[here[name]], old[name], item, brief[name])
        _one_line(node[here[name]])
    for at in sorted((at for name, at in here.items() if name not in names), reverse=True):
        del node[at]
    for name in old:
        if name not in names and name not in here:
            node.append(_styled({"id": name, "remove": True}))


def _is_atom(key: str, value: dict[str, Any], old: dict[str, Any]) -> bool:
    """What is written whole or not at all: a distribution, a delay, the shares of a whole."""
    return key in {"lost", "delay_days", "set"} or is_distribution(value) or is_distribution(old)


def _by_id(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(i, dict) and "id" in i for i in value)


def _fresh(want: dict[str, Any]) -> str:
    return _text(_styled(want))


def _styled(value: Any) -> Any:
    """Plain data as a document a person likes to read: what is short stands on one line."""
    if isinstance(value, dict):
        return _one_line(CommentedMap({_quoted(key): _styled(inner) for key, inner in value.items()}))
    if isinstance(value, list):
        listed = CommentedSeq([_styled(inner) for inner in value])
        if not any(isinstance(inner, dict | list) for inner in value):
            listed.fa.set_flow_style()
        return listed
    return _quoted(value)


def _one_line(node: CommentedMap) -> CommentedMap:
    """Put a new mapping on one line where it is short and simple; a person's layout stays as it is."""
    untouched = node.lc.line is None if hasattr(node, "lc") else True
    if untouched and node and len(str(dict(node))) <= _WIDTH and not _deep(dict(node)):
        node.fa.set_flow_style()
    return node


def _quoted(value: Any) -> Any:
    """A text that would be read as something else in quotes, a date as a date."""
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return DoubleQuotedScalarString(value)
    plain = (
        isinstance(scalar(value), str)
        and value.isprintable()
        and value == value.strip()
        and not value.startswith(("?", ":"))
    )
    return value if plain else DoubleQuotedScalarString(value)


def _deep(value: Any, levels: int = 2) -> bool:
    """Whether mappings lie in one another more than two levels deep, or a list lies within."""
    if isinstance(value, list):
        return True
    return isinstance(value, dict) and (
        levels == 0 or any(_deep(inner, levels - 1) for inner in value.values())
    )
