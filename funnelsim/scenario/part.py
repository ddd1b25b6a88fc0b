"""What every part of a scenario is made of: frozen, strict about keys, numbers, dates and ids."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from funnelsim.scenario.distributions import Number


def _whole(raw: Any) -> Any:
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw


def _day(raw: Any) -> Any:
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return raw
    try:
        if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
            day = dt.date.fromisoformat(raw)
            if 1970 <= day.year <= 2200:  # beyond, calendars and time stamps in nanoseconds end
                return day
    except ValueError:
        pass
    raise PydanticCustomError("bad_date", "not a date")


Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Id = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_\u4e00-\u9fff][A-Za-z0-9_\-\u4e00-\u9fff]*$", max_length=60)
]
Share = Annotated[Number, Field(ge=0, le=1)]
Positive = Annotated[Number, Field(gt=0, le=1e15)]
NotNegative = Annotated[Number, Field(ge=0, le=1e15)]
Logit = Annotated[Number, Field(ge=-20, le=20)]
Third = Literal["upper", "middle", "lower"]
THIRDS: tuple[str, ...] = get_args(Third)
"""The parts of a funnel in order; a number that stands for one is its place here."""


def either(schema: dict[str, Any], shorter: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [shorter, schema]}


class Part(BaseModel):
    """A part of a scenario: frozen, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class Words(Part):
    """A text in both languages; a plain text counts for both."""

    en: Annotated[str, StringConstraints(max_length=2000)]
    zh: Annotated[str, StringConstraints(max_length=2000)] = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, raw: Any) -> Any:
        return {"en": raw, "zh": raw} if isinstance(raw, str) else raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return either(handler(core), {"type": "string"})

    def say(self, language: str) -> str:
        """The text in this language, English where the other is missing."""
        return self.zh if language == "zh" and self.zh else self.en
