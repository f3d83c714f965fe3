"""A URL that others give us: of http or https, kept as it was given."""

from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, Field, TypeAdapter, ValidationError

from chassis.problems import CodedValueError

_URL = TypeAdapter(AnyHttpUrl)


def check_url(value: str) -> str:
    """The URL itself. Raises CodedValueError `invalid`."""
    try:
        _URL.validate_python(value)
    except ValidationError as error:
        raise CodedValueError("invalid", "Dit is geen geldige URL.") from error
    return value


def _check_unless_blank(value: str) -> str:
    return check_url(value) if value else value


Url = Annotated[str, Field(json_schema_extra={"format": "uri"}), AfterValidator(check_url)]
UrlOrBlank = Annotated[str, Field(json_schema_extra={"format": "uri"}), AfterValidator(_check_unless_blank)]
