"""Every text a user sees, in English and 简体中文, from one catalogue a language.

The catalogues are `en.toml` and `zh.toml` beside this file, sections of dotted keys; a test keeps
them equal in keys and placeholders. Nothing that computes asks for a text.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh")
_wanted = os.environ.get("FUNNELSIM_LANG", "en")
_spoken = [
    _wanted if _wanted in LANGUAGES else "en"
]  # one reader a process: a panel's threads speak as its user


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language, key -> text with {placeholders}."""
    tree = tomllib.loads(files("funnelsim.labels").joinpath(f"{language}.toml").read_text("utf-8"))
    flat: dict[str, str] = {}

    def walk(prefix: str, node: dict[str, Any]) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                flat[f"{prefix}{key}"] = value

    walk("", tree)
    return flat


def use(language: str) -> None:
    """Speak this language from now on, in this whole process."""
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is no language here; known: {', '.join(LANGUAGES)}")
    _spoken[0] = language


def language() -> str:
    """The language spoken now: `en` or `zh`."""
    return _spoken[0]


def text(key: str, /, lang: str | None = None, period: Any = "year", **facts: Any) -> str:
    """The text of a key in the current language (or `lang`), its {placeholders} filled from `facts`.

    period   what one simulated run measures (`calendar.period`): {year} and {years} of a text are its words

    >>> text("figure.horizon.first_year", "en", period="quarter")
    'first quarter'
    """
    told = catalogue(lang or language())
    words = {"year": told[f"period.{period}.one"], "years": told[f"period.{period}.many"]}
    return told[key].format(**(words | facts))


def has(key: str) -> bool:
    """Whether the catalogue knows the key."""
    return key in catalogue("en")
