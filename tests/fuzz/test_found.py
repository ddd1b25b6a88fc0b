"""What fuzzing has found, as small as it could be made: each broke the law of the reader once."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from funnelsim.errors import HistoryError
from funnelsim.history.reader import read_history

FOUND = {
    # a stage that old visits stand in and nothing ever left, beside one with exits
    "a stage without exits": (
        b"id,stage,time\na,A,2025-01-01\nb,B,2025-01-01\nb,won,2025-02-01\nc,A,2025-01-02\n", "stage_history"),
    # the name of a field, decoded from bytes one off, held a space that no terminal prints
    "examples that cannot be printed": (
        "\ufeffOpportunity Name\tField / Event\tOld Value\tNew Value\tEdit Date\n"
        "a\tStage\tA\tB\t01/15/2025\nb\t\u3000\u2029x\t\t\t01/15/2025\n".encode("utf-16-le"),
        "salesforce_field_history_report"),
    # attributes of ever other names, each padded to all rows: gigabytes from nine megabytes
    "a wide XES log": (
        b"<log><trace>" + b"".join(b'<event><string key="k%d" value="v"/></event>' % (n % 2900) for n in range(40_000))
        + b"</trace></log>", "history_too_many_cells"),
    # a row put into a log of ours before the first day that the log says it has
    "a row before the beginning": (
        b'opportunity,time,event,stage,about\na,2026-01-09,created,,"{""start"": ""2026-01-05"", ""horizon"": 30, '
        b'""measured"": [0, 30], ""time_zone"": ""Asia/Shanghai"", ""currency"": ""CNY"", ""replications"": [0, 1], '
        b'""stages"": [""s""], ""thirds"": [0]}"\na,2025-01-02,entered,s,\nb,2026-01-10,created,,\n', "log"),
    # the text of a date with two dots was taken for an amount, and so for a column of amounts
    "dates with dots": (b"a;b;c\nx;05.01.2026;gewonnen\ny;06.01.2026;verloren\n", "history_unrecognised"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(tmp_path, name):
    spec = importlib.util.spec_from_file_location("fuzz_reader", Path(__file__).parent / "reader.py")
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    content, told = FOUND[name]
    content += b" " * (-len(content) % 4)  # so that the harness guesses a mapping too
    assert harness.one_input(content, tmp_path) == told


def test_codes_beyond_their_dictionary_are_refused(tmp_path):
    """Arrow takes a Parquet file's word for it that every code has a text; a byte changed, and one has not."""
    path = tmp_path / "x.parquet"
    names = ["id", "created", "closed", "status", "owner"]
    days = [f"{1 + n:02d}" for n in range(20)]
    rows = [
        [f"d{d}", f"2025-01-{d}", f"2025-02-{d}", ("Won", "Lost")[int(d) % 2], f"Rep {d[1]}"] for d in days
    ]
    table = pa.table({name: [row[k] for row in rows] for k, name in enumerate(names)})
    pq.write_table(table, path, compression="none")
    whole = path.read_bytes()

    def believed(raw: bytes) -> bool:
        """Whether Arrow reads the bytes and only a look at every code finds the fault."""
        try:
            read = pq.read_table(pa.BufferReader(raw), read_dictionary=names)
        except Exception:  # what Arrow refuses itself is not meant here
            return False
        try:
            read.validate(full=True)
        except pa.ArrowInvalid:
            return True
        return False

    changed = (whole[:at] + b"\xff" + whole[at + 1 :] for at in range(len(whole) // 2))
    wrong = next(raw for raw in changed if believed(raw))
    path.write_bytes(wrong)
    with pytest.raises(HistoryError) as caught:
        read_history(path)
    assert caught.value.faults[0].code == "history_unreadable"
