"""Formats of the ZGW standard as annotated types: RSIN, duration, URL and moment."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from chassis.clock import AMSTERDAM
from chassis.problems import CodedValueError

_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#]+[^\s]*")


def passes_eleven_test(digits: str) -> bool:
    """Whether nine digits are a possible RSIN or BSN: their weighted sum (9…2, −1) divides by eleven."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def _rsin(value: str) -> str:
    if len(value) != 9:
        raise CodedValueError("invalid-length", "Een RSIN heeft 9 cijfers.")
    if not (value.isascii() and value.isdigit()):
        raise CodedValueError("only-digits", "Een RSIN bestaat alleen uit cijfers.")
    if not passes_eleven_test(value):
        raise CodedValueError("invalid", "Dit is geen bestaand RSIN: het voldoet niet aan de elfproef.")
    return value


def _rsin_or_blank(value: str) -> str:
    return _rsin(value) if value else value


def _duration(value: str) -> str:
    if not _DURATION.fullmatch(value):
        raise CodedValueError("invalid", "Dit is geen duur volgens ISO 8601, zoals P14D of P6M.")
    return value


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise CodedValueError("invalid", "Dit is geen webadres.")
    return value


def _url_or_blank(value: str) -> str:
    return _url(value) if value else value


def _email_or_blank(value: str) -> str:
    if value and not _EMAIL.fullmatch(value):
        raise CodedValueError("invalid", "Dit is geen e-mailadres.")
    return value


def _plus(value: object) -> object:
    return value.replace(" ", "+") if isinstance(value, str) else value


def _aware(value: datetime) -> datetime:
    """In UTC. The first and the last year are not ours: the driver takes their ends for minus and plus infinity."""
    if not 1 < value.year < 9999:
        raise CodedValueError("invalid", "Dit moment valt buiten onze jaartelling.")
    return (value if value.tzinfo else value.replace(tzinfo=AMSTERDAM)).astimezone(UTC)


def _no_number(value: object) -> object:
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        raise CodedValueError("invalid", "Dit is geen moment volgens ISO 8601.")
    return value


def _no_null(value: object) -> object:
    if value is None:
        raise CodedValueError("null", "Dit veld mag niet leeg zijn.")
    return value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, dict) and not any(value.values()) else _no_null(value)


class _NullUndocumented:
    """In an annotation: None is a value inside, and none that is sent."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        options = [one for one in handler(core)["anyOf"] if one.get("type") != "null"]
        return dict(options[0])


@dataclass(frozen=True)
class MatchesOrBlank:
    """In `Annotated[str, …]`: a text that matches a pattern somewhere, of at most so many characters; or blank."""

    pattern: str
    most: int
    reason: str

    def check(self, value: str) -> str:
        """Raises CodedValueError."""
        if len(value) > self.most:
            raise CodedValueError("max_length", "Deze waarde is te lang.")
        if value and not re.search(self.pattern, value):
            raise CodedValueError("invalid", self.reason)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The check, after that of the text itself."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Both possibilities."""
        filled = {"type": "string", "maxLength": self.most, "pattern": self.pattern}
        return {"anyOf": [filled, {"type": "string", "const": ""}]}


def calendar_date(moment: datetime) -> date:
    """The date a moment falls on in Europe/Amsterdam."""
    return moment.astimezone(AMSTERDAM).date()


Shown = Annotated[str, Field(json_schema_extra={"format": "uri", "maxLength": 1000})]
"""A URL of ours in a list of an answer."""
Rsin = Annotated[str, Field(max_length=9), AfterValidator(_rsin)]
RsinOrBlank = Annotated[str, Field(max_length=9), AfterValidator(_rsin_or_blank)]
Duration = Annotated[str, AfterValidator(_duration), Field(json_schema_extra={"format": "duration"})]
"""ISO 8601, kept as text: months and years have no fixed length."""
AnyUrl = Annotated[str, Field(json_schema_extra={"format": "uri"}), AfterValidator(_url)]
"""For the references the standard sets no length for."""
Url = Annotated[str, Field(max_length=1000, json_schema_extra={"format": "uri"}), AfterValidator(_url)]
UrlOrBlank = Annotated[str, Field(max_length=1000, json_schema_extra={"format": "uri"}), AfterValidator(_url_or_blank)]
ShortUrl = Annotated[str, Field(max_length=200, json_schema_extra={"format": "uri"}), AfterValidator(_url)]
ShortUrlOrBlank = Annotated[
    str, Field(max_length=200, json_schema_extra={"format": "uri"}), AfterValidator(_url_or_blank)
]


EmailOrBlank = Annotated[
    str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email_or_blank)
]
G = TypeVar("G")
NotNull = Annotated[G | None, BeforeValidator(_no_null), _NullUndocumented()]
"""What may be left out, but is not sent as null."""
Blankable = Annotated[G | None, BeforeValidator(_blank_is_none), _NullUndocumented()]
"""A group that may be left out; one of which nothing is filled, as it is answered then, means that there is none."""
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]
"""A URL in a filter or an answer: not checked, only documented."""
Moment = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(_aware)]
"""A moment, not a number of seconds; without time zone it is one in the Netherlands. Becomes UTC."""
SoughtMoment = Annotated[Moment, BeforeValidator(_plus), WithJsonSchema({"type": "string"})]
"""The same in a query, where a + is a space."""
