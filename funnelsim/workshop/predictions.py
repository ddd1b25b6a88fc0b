"""What people in a room expect, kept before the answer is shown: a folder, one file a person and module.

Files are written whole or not at all and belong to one person each, so any number of people may write at once.
Once the answer was shown to somebody his file is sealed: it takes another name, and what comes later is refused.
"""

from __future__ import annotations

import json
import math
import os
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd

from funnelsim.atomic import atomic_write
from funnelsim.errors import RunError

SCHEMA = 1
LONGEST_NAME = 80
_OPEN, _SEALED = ".json", ".sealed.json"

Answer = float | tuple[str, ...]
"""A number, or the names of a ranking, the first first."""


@dataclass(frozen=True)
class Prediction:
    """What one person expects of one module."""

    participant: str
    answers: dict[str, Answer]
    """Question -> number or ranking."""
    at: str
    """When it was kept last, UTC, ISO 8601."""
    is_sealed: bool
    """Whether the answer was shown to him since."""


class Room:
    """The predictions of one module: `put`, `of` and `seal` for one person, `table` for all.

    folder   of all modules; made when the first prediction is kept
    module   a name without separators, such as `06_bottleneck_money`
    """

    def __init__(self, folder: str | Path, module: str):
        if not module or module.strip(". ") != module or any(sign in module for sign in '/\\:*?"<>|\0'):
            raise RunError.of(str(folder), "prediction_module", module=module)
        self.folder, self.module = Path(folder) / module, module

    def put(self, participant: str, answers: Mapping[str, float | Sequence[str]]) -> Prediction:
        """Keep what somebody expects, instead of what he expected before; RunError once he has seen the answer."""
        name, path = clean(participant), self._file(participant)
        ready = {question: _answer(question, value) for question, value in answers.items()}
        self._refuse_sealed(name)
        kept = Prediction(name, ready, datetime.now(UTC).isoformat(timespec="seconds"), False)
        told = {"schema": SCHEMA, "module": self.module, "participant": name, "at": kept.at, "answers": ready}
        try:
            with atomic_write(path) as part:
                part.write_text(
                    json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8"
                )
            self._refuse_sealed(name)
        except (RunError, FileNotFoundError):  # sealed while this was being written
            path.unlink(missing_ok=True)
            self._refuse_sealed(name)
            raise
        return kept

    def of(self, participant: str) -> Prediction | None:
        """What somebody expects, None where he has not said."""
        path = self._file(participant)
        for file in (_sealed(path), path, _sealed(path)):  # the last: sealed between the first two looks
            try:
                return _read(file)
            except FileNotFoundError:
                continue
        return None

    def seal(self, participant: str) -> None:
        """From now on what somebody expects stays as it is: he is shown the answer. RunError without a prediction."""
        path = self._file(participant)
        sealed = _sealed(path)
        if sealed.exists():
            return
        for _ in range(1000):
            try:
                os.link(
                    path, sealed
                )  # refuses where there is one already, so no later file can take its place
                break
            except FileNotFoundError:
                if not path.exists():
                    raise RunError.of(
                        str(self.folder), "prediction_missing", name=clean(participant)
                    ) from None
            except FileExistsError:
                return
            except OSError:  # a disk that knows no links
                os.replace(path, sealed)
                break
            # another file took its place at this very moment: that one is sealed
        path.unlink(missing_ok=True)

    def table(self) -> pd.DataFrame:
        """All that is kept, a row a person and question, in the order of names and questions.

        Columns: participant, question, number (nan of a ranking), ranking (tuple, empty of a number), at, sealed.
        `attrs["unreadable"]`: names of files that are none of ours or damaged.
        """
        rows: list[tuple[Any, ...]] = []
        found: dict[str, Prediction] = {}
        unreadable = []
        for file in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []:
            if file.name.startswith("."):  # being written
                continue
            try:
                one = _read(file if file.exists() else _sealed(file))  # sealed since the folder was listed
            except FileNotFoundError:
                continue
            except RunError:
                unreadable.append(file.name)
                continue
            if one.is_sealed or one.participant not in found:
                found[one.participant] = one
        for name in sorted(found):
            one = found[name]
            for question, answer in one.answers.items():
                number = answer if isinstance(answer, float) else math.nan
                ranking = answer if isinstance(answer, tuple) else ()
                rows.append((name, question, number, ranking, one.at, one.is_sealed))
        head = ["participant", "question", "number", "ranking", "at", "sealed"]
        table = pd.DataFrame(rows, columns=head)
        table.attrs["unreadable"] = unreadable
        return table

    def _file(self, participant: str) -> Path:
        name = clean(participant).casefold()
        plain = "".join(letter if letter.isalnum() else "_" for letter in name)[:40]
        return self.folder / f"{plain}-{blake2b(name.encode(), digest_size=5).hexdigest()}{_OPEN}"

    def _refuse_sealed(self, name: str) -> None:
        if _sealed(self._file(name)).exists():
            raise RunError.of(str(self.folder), "prediction_sealed", name=name)


def clean(participant: str) -> str:
    """A name as it is kept; capitals, double blanks and ways to write an accent make nobody another person."""
    name = " ".join(unicodedata.normalize("NFC", participant).split())
    if not name:
        raise RunError.of("participant", "prediction_no_name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise RunError.of("participant", "prediction_name", most=LONGEST_NAME)
    return name


def number_errors(table: pd.DataFrame, measured: Mapping[str, float]) -> pd.DataFrame:
    """How far numbers lie from what was measured (question -> value): participant, question, error (absolute)."""
    rows = table[table["ranking"].map(len).eq(0) & table["question"].isin(list(measured))]
    error = (rows["number"] - rows["question"].map(dict(measured)).astype(float)).abs()
    return rows[["participant", "question"]].assign(error=error).reset_index(drop=True)


def ranking_errors(table: pd.DataFrame, apart: Mapping[str, Collection[tuple[str, str]]]) -> pd.DataFrame:
    """Share of the pairs told apart by measurement that a ranking has the other way round, 0 to 1.

    apart   question -> pairs (better, worse); what is a tie stands in no pair and costs nobody anything

    Columns: participant, question, error: Kendall's distance on these pairs; nan where nothing is told apart.
    A name that a ranking leaves out stands behind all that it has.
    """
    rows = table[table["ranking"].map(len).gt(0) & table["question"].isin(list(apart))]
    errors = [
        _wrong(own, apart[question]) for own, question in zip(rows["ranking"], rows["question"], strict=True)
    ]
    return rows[["participant", "question"]].assign(error=errors).reset_index(drop=True)


def _wrong(ranking: Sequence[str], apart: Collection[tuple[str, str]]) -> float:
    place = {name: at for at, name in enumerate(ranking)}
    last = len(place)
    wrong = sum(place.get(better, last) > place.get(worse, last) for better, worse in apart)
    return wrong / len(apart) if apart else math.nan


def _sealed(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(_SEALED).removesuffix(_OPEN) + _SEALED)


def _answer(question: str, value: float | Sequence[str]) -> Answer:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple):
        names = tuple(one for one in value if isinstance(one, str))
        if len(value) == len(set(names)) > 0:
            return names
    raise RunError.of("prediction", "prediction_answer", question, given=repr(value)[:80])


def _read(file: Path) -> Prediction:
    try:
        told = json.loads(file.read_text("utf-8"))
        answers = {str(question): _answer(question, value) for question, value in told["answers"].items()}
        name, at = clean(told["participant"]), str(told["at"])
    except (ValueError, KeyError, TypeError, AttributeError, RunError) as fault:
        raise RunError.of(str(file), "prediction_unreadable", file=file.name) from fault
    return Prediction(name, answers, at, file.name.endswith(_SEALED))
