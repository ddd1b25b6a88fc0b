"""The law of the reader, tried with bytes: a history with a quality report or one clear error, nothing else.

python tests/fuzz/reader.py [options of libFuzzer] [corpus folders]
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

SUFFIXES = (".csv", ".xlsx", ".parquet", ".xes")
SLOWEST = 10.0
"""Seconds of the processor that one small file may take: a busy machine is not the reader's fault."""

WORDS = [
    b"id", b"stage", b"time", b"created", b"closed", b"status", b"owner", b"amount", b"event", b"opportunity",
    b"won", b"Closed Won", b"Closed Lost", b"entered", b"2026-01-05", b"05/06/2026", b"31.12.2026 23:59",
    b"2026-02-30", b"9999-12-31", b"0000-00-00", b"1900-01-01", b"46027", b"1767605400000",
    b"\xe2\x82\xac 2.900,00", b"1,5\xe4\xb8\x87",
    b"(1.000)", b"#REF!", b"None", b"NULL", b"unknown", b'"', b'""', b"\n", b"\r\n", b"\r", b",", b";", b"\t", b"|",
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"=cmd|' /C calc'!A0", b"<b>", b"\xe2\x80\xae", b"sep=;\n",
    b"Date entered \"x\"", b"-", b"1e999", b"NaN", b"inf", b"99999999999999999999", b"true",
    "机会编号,阶段分类,结单日期,实际周期".encode(), "赢单".encode(), "2026年1月5日".encode(),
]  # fmt: skip


def seeds(folder: Path) -> list[Path]:
    """Small exports in every format and kind of file."""
    from funnelsim.engine.run import simulate
    from funnelsim.history.exchange import write_log
    from funnelsim.history.formats import FORMATS
    from funnelsim.scenario.files import load

    plan = load("tiny")
    log = simulate(plan, 1, 1, engine="reference").log
    found = [write_log(log, folder / f"log{suffix}") for suffix in SUFFIXES]
    for one in FORMATS[1:]:
        found += [write_log(log, folder / f"{one.name}{suffix}", format=one.name) for suffix in SUFFIXES[:1]]
    found.append(write_log(log, folder / "hubspot.xlsx", format="hubspot"))
    found.append(write_log(log, folder / "two_point.parquet", format="two_point"))
    for path in found:  # rows enough to mutate, few enough to be quick
        if path.suffix == ".csv":
            raw = path.read_bytes()
            path.write_bytes(raw[:3000])
    return found


def one_input(data: bytes, folder: Path) -> str:
    """Read bytes as a file; the code of the error, or the format that was read. Raises where the law is broken."""
    from funnelsim import labels
    from funnelsim.errors import FunnelError
    from funnelsim.history.guess import guess_mapping
    from funnelsim.history.mapping import read_mapping
    from funnelsim.history.reader import read_history

    # what a file is stands in its bytes, not in its name
    path = folder / "input.csv"
    path.write_bytes(data)
    begun = time.process_time()
    try:
        history = read_history(path)
    except FunnelError as error:
        refused: FunnelError | None = error
    else:
        refused = None
    if refused is not None:
        for language in labels.LANGUAGES:
            labels.use(language)
            assert str(path) in str(refused)
        labels.use("en")
        told = refused.faults[0].code
    else:
        quality, log = history.quality, history.log
        assert quality.dropped_rows <= quality.rows
        assert not quality.unusable
        assert (log.deals.time[1:] >= log.deals.time[:-1]).all()
        assert (log.deals.time < log.horizon).all()
        assert (log.deals.time >= 0).all()
        assert (history.visits.days >= 0).all()
        assert json.loads(json.dumps(history.json()))["opportunities"] == len(log.opportunities)
        for language in labels.LANGUAGES:
            labels.use(language)
            assert all(line.isprintable() for line in history.lines())
        labels.use("en")
        told = history.format
    if len(data) % 4 == 0:  # a mapping can be guessed from anything that is a table
        with suppress(FunnelError):
            (folder / "m.yaml").write_text(guess_mapping(path), "utf-8")
            read_mapping(folder / "m.yaml")
    took = time.process_time() - begun
    assert took < SLOWEST, f"{took:.1f} s"
    return told


def mutated(seed: bytes, luck: random.Random) -> bytes:
    """A seed with a few bytes changed, cut out, doubled, or words of the trade put in."""
    made = bytearray(seed)
    for _ in range(luck.randint(1, 12)):
        at = luck.randrange(len(made) + 1)
        match luck.randrange(6):
            case 0 if made:
                made[min(at, len(made) - 1)] = luck.randrange(256)
            case 1:
                del made[at : at + luck.randint(1, 40)]
            case 2:
                made[at:at] = luck.choice(WORDS)
            case 3:
                made[at:at] = made[at : at + luck.randint(1, 200)]
            case 4:
                width = len(word := luck.choice(WORDS))
                made[at : at + width] = word
            case _:
                made[at:at] = luck.randbytes(luck.randint(1, 4))
    return bytes(made)


def kept(data: bytes, folder: Path) -> None:
    """Try one input; what breaks the law is written to the working folder."""
    try:
        one_input(data, folder)
    except Exception:
        Path(f"crash-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
        raise


def _entry(word: bytes) -> str:
    """A word as a line of libFuzzer's dictionary."""
    escaped = "".join(f"\\x{byte:02x}" for byte in word)
    return f'"{escaped}"\n'


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["funnelsim.history"]):
        import funnelsim.history.deals
        import funnelsim.history.guess
        import funnelsim.history.logtable
        import funnelsim.history.moves
        import funnelsim.history.reader
        import funnelsim.history.workbook
        import funnelsim.history.xes  # noqa: F401

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        folder = Path(name)
        corpus = folder / "corpus"
        corpus.mkdir()
        seeds(corpus)
        words = folder / "words"
        words.write_text("".join(_entry(word) for word in WORDS))
        options = [*sys.argv, str(corpus), f"-dict={words}", "-max_len=8192"]
        atheris.Setup(options, lambda data: kept(data, folder))
        atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
