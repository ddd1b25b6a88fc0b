"""Texts of others, a file's name or what an export says, as a terminal, a page or a program may be told them."""

from __future__ import annotations

import re

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""What moves the pen of a terminal, turns the order in which a line is read, or is no character."""


def printable(text: str) -> str:
    """The text with a dot for whatever cannot be seen; tabs and new lines stay.

    >>> printable("Ann\\x1b[31m \\u202eLi")
    'Ann·[31m ·Li'
    """
    return UNSEEN.sub("·", text)


def escaped(json: str) -> str:
    """A text of JSON that says the same without them."""
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
