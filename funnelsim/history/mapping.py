"""Mapping files: the user's word on which column plays which part, and which labels mean what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from funnelsim.errors import HistoryError
from funnelsim.history.words import ENDINGS, header_word

PARTS = (
    "id", "stage", "time", "created", "closed", "status", "owner", "amount", "source", "territory", "segment",
    "reason", "from", "opportunity", "event",
)  # fmt: skip
LISTS = ("won", "lost", "no_decision", "open", "order")
ORDERS = {"day_first": "dayfirst", "month_first": "monthfirst"}
KEYS = (*PARTS, *LISTS, "entered", "groups", "dates")
MOST_BYTES = 1 << 20


def read_mapping(mapping: Any) -> dict[str, Any]:
    """A mapping as a dict, given as one or as the path of a YAML file; unknown keys and shapes are refused.

    Columns by part (`id: Deal number`; `owner: ""` where no column plays it), lists of labels (`won`, `lost`,
    `no_decision`, `open`, `order`), `entered` (stage -> column of the dates on which it was entered), `groups`
    (name -> column) and `dates` (`day_first` or `month_first`).
    """
    if mapping is None:
        return {}
    where = "mapping"
    if isinstance(mapping, str | Path):
        where = str(mapping)
        mapping = _loaded(Path(mapping))
    if not isinstance(mapping, dict) or not set(mapping) <= set(KEYS):
        wrong = (
            sorted(map(str, set(mapping) - set(KEYS)))
            if isinstance(mapping, dict)
            else [type(mapping).__name__]
        )
        raise HistoryError.of(
            where, "history_mapping_key", given=", ".join(wrong)[:300], known=", ".join(KEYS)
        )
    told: dict[str, Any] = {}
    for key, value in mapping.items():
        if value is None or value == [] or value == {}:
            continue
        if key in LISTS:
            told[key] = [str(word) for word in (value if isinstance(value, list) else [value])]
        elif key in ("entered", "groups"):
            if not isinstance(value, dict):
                raise HistoryError.of(where, "history_mapping_value", key, key=key)
            told[key] = {str(name): str(column) for name, column in value.items()}
        elif isinstance(value, list | dict):
            raise HistoryError.of(where, "history_mapping_value", key, key=key)
        elif key == "dates" and value not in ORDERS:
            raise HistoryError.of(where, "history_mapping_dates", key, given=value, known=", ".join(ORDERS))
        else:
            told[key] = str(value)
    return told


def _loaded(path: Path) -> Any:
    where = str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise HistoryError.of(where, "history_mapping_big")
        text = path.read_text("utf-8-sig")
        if "*" in text and "&" in text and "<<" not in text and text.count("*") > 1000:
            raise HistoryError.of(where, "history_mapping_big")
        return YAML(typ="safe").load(text)
    except (OSError, UnicodeDecodeError, YAMLError, ValueError, RecursionError) as err:
        why = (str(err).splitlines() or [type(err).__name__])[0][:200]
        raise HistoryError.of(where, "history_unreadable", why=why) from err


def mapped_columns(told: dict[str, Any]) -> dict[str, str]:
    """Every column that a mapping names, by the key under which it stands."""
    named = {key: told[key] for key in PARTS if told.get(key)}
    for key in ("entered", "groups"):
        named |= {f"{key}.{name}": column for name, column in told.get(key, {}).items()}
    return named


def endings(told: dict[str, Any]) -> dict[str, frozenset[str]]:
    """The words of each end: those of the mapping where it has any, else the known ones."""
    if not any(end in told for end in (*ENDINGS, "open")):
        return ENDINGS
    own = {end: frozenset(header_word(word) for word in told.get(end, ())) for end in ENDINGS}
    # what the mapping does not speak of keeps its usual words, unless they are given to another end
    given = frozenset(map(header_word, told.get("open", ()))).union(*own.values())
    return {end: own[end] if end in told else ENDINGS[end] - given for end in ENDINGS}
