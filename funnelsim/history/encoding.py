"""Bytes of a text file, whatever their encoding, as a stream of clean UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path

from funnelsim.errors import HistoryError

HEAD = 1 << 18
BLOCK = 1 << 20
UNWANTED = bytes(byte for byte in range(32) if byte not in b"\t\n\r") + b"\x7f"
"""Control characters that no cell of a table means."""

_foreign = [0]


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8 in a file that is: each one as Windows-1252 has it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    _foreign[0] += len(bad)
    return bad.decode("cp1252", errors="replace"), error.end


codecs.register_error("funnelsim-windows", _as_windows)


class Utf8(io.RawIOBase):
    """A text file as clean UTF-8 that Arrow reads; what was taken out is counted.

    `head` shows the beginning without using it up, `skip` leaves out the first bytes of it.
    """

    def __init__(self, path: Path):
        super().__init__()
        self.encoding = encoding_of(path)
        self.nul = self.controls = self.foreign = 0
        self._file = path.open("rb")
        errors = "funnelsim-windows" if self.encoding == "utf-8-sig" else "replace"
        self._decoder = codecs.getincrementaldecoder(self.encoding)(errors)
        self._ready = b""
        self._done = False

    def readable(self) -> bool:
        return True

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes, at least `size` where there are so many."""
        while len(self._ready) < size and not self._done:
            self._ready += self._next()
        return self._ready

    def skip(self, size: int) -> None:
        """Leave out the first bytes of the head."""
        self._ready = self._ready[size:]

    def read(self, size: int = -1) -> bytes:
        """As many bytes as asked for, where there are so many: Arrow looks for the end of a row in them."""
        parts = [self._ready]
        held = len(self._ready)
        while not self._done and (size < 0 or held < size):
            parts.append(self._next())
            held += len(parts[-1])
        whole = b"".join(parts)
        cut = held if size < 0 else size
        given, self._ready = whole[:cut], whole[cut:]
        return given

    def close(self) -> None:
        self._file.close()
        super().close()

    def _next(self) -> bytes:
        block = self._file.read(BLOCK)
        self._done = not block
        _foreign[0] = 0
        text = self._decoder.decode(block, final=self._done)
        self.foreign += _foreign[0]
        whole = text.encode("utf-8", errors="replace")
        clean = whole.translate(None, UNWANTED)
        if len(clean) < len(whole):
            nul = whole.count(0)
            self.nul += nul
            self.controls += len(whole) - len(clean) - nul
        return clean


def encoding_of(path: Path) -> str:
    """UTF-8, UTF-16, GB18030 or Windows-1252, told by the byte order mark or by the bytes themselves."""
    with path.open("rb") as file:
        sample = file.read(HEAD)
        if sample.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
            return "utf-32"
        if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        if found := _utf16(sample[:8192]):
            return found
        _refuse_binary(sample[:8192], str(path))
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        block = sample
        while block:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return _eight_bit(block)
            block = file.read(BLOCK)
    return "utf-8-sig"


def _utf16(sample: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of separators, digits and ends of lines is zero."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 20 < len(sample) or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _refuse_binary(sample: bytes, where: str) -> None:
    """A table has few control characters; stray ones are taken out, a file full of them is no text."""
    control = sum(sample.count(byte) for byte in UNWANTED)
    if control > max(len(sample) / 20, 16):
        raise HistoryError.of(where, "history_binary")


def _eight_bit(block: bytes) -> str:
    """The encoding of a block that is not all UTF-8."""
    high = len(re.sub(rb"[\x00-\x7f]+", b"", block))
    # what a strict reader of UTF-8 accepts: lead bytes with as many trail bytes as they announce
    told = sum(len(run) for run in re.findall(
        rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+", block))  # fmt: skip
    if 2 * told > high:
        return "utf-8-sig"
    # characters of Chinese texts are pairs of high bytes in known rows; umlauts stand alone
    pairs = sum(len(run) for run in re.findall(rb"(?:[\xa1-\xf7][\xa1-\xfe])+", block))
    return "gb18030" if 2 * pairs > high else "cp1252"
