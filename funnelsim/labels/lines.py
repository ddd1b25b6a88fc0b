"""Lines of a text where English breaks between words and Chinese between characters."""

from __future__ import annotations

import unicodedata

_LONG_WORD = 20
_NOT_FIRST = "，。；：、）！？”》"


def width(text: str) -> int:
    """Columns a text takes, a Chinese character counting two.

    >>> width("30 天")
    5
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def broken(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns, as far as words allow; a percent sign stays with its number.

    >>> broken("a tie is a tie", 8)
    ['a tie is', 'a tie']
    """
    pieces: list[str] = []
    for word in text.replace(" %", "\u00a0%").split(" "):
        run = ""
        for letter in word:
            wide = unicodedata.east_asian_width(letter) in "WF" and letter not in _NOT_FIRST
            if wide or width(run) >= max(
                columns, _LONG_WORD
            ):  # a word longer than a line is broken where it ends
                pieces += [run] if run else []
                run = ""
            run += letter
        pieces += [run + " "]
    told = [""]
    for piece in pieces:
        if told[-1] and width(told[-1]) + width(piece.rstrip()) > columns:
            told.append("")
        told[-1] += piece
    return [line.strip() for line in told]
