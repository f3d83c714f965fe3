"""Errors as `application/problem+json` (RFC 9457), with the ZGW members `code` and `invalidParams` everywhere.

Problem                     any expected failure: status, code, detail
├── Invalid        400      the content is wrong: every field and its code at once
├── NotAuthenticated        401 on own APIs, 403 on ZGW APIs
├── PermissionDenied 403
├── NotFound       404
├── Conflict       409      the state does not allow it
└── Unavailable    503      a neighbour is away; Retry-After
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from chassis import telemetry

TITLES = {
    400: "Ongeldige invoer",
    401: "Niet aangemeld",
    403: "Geen toegang",
    404: "Niet gevonden",
    405: "Methode niet toegestaan",
    406: "Antwoordvorm niet beschikbaar",
    409: "Conflict met de huidige toestand",
    410: "Niet meer beschikbaar",
    412: "Voorwaarde niet vervuld",
    413: "Bericht te groot",
    415: "Mediatype niet ondersteund",
    428: "Voorwaarde ontbreekt",
    429: "Te veel verzoeken",
    500: "Er ging iets mis",
    502: "Achterliggende dienst geeft geen goed antwoord",
    503: "Tijdelijk niet beschikbaar",
    504: "Achterliggende dienst antwoordt niet op tijd",
}
CODES = {404: "not_found", 405: "method_not_allowed", 413: "payload_too_large", 415: "unsupported_media_type"}


@dataclass(frozen=True)
class FieldError:
    """One wrong field: `name` is its camelCase path (`autorisaties.0.zaaktype`), `code` the standard's code."""

    name: str
    code: str
    reason: str


class Problem(Exception):
    """An expected failure. Renders itself; `headers` go along with the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail
        self.fields, self.headers = tuple(fields), headers or {}


class Invalid(Problem):
    """400: names every wrong field at once."""

    def __init__(self, fields: Iterable[FieldError], detail: str = "Een of meer velden zijn onjuist.") -> None:
        super().__init__(400, "invalid", detail, fields=tuple(fields))

    @classmethod
    def field(cls, name: str, code: str, reason: str) -> "Invalid":
        """One wrong field."""
        return cls([FieldError(name, code, reason)])


class NotAuthenticated(Problem):
    """No token, or one that is not valid. The ZGW standard answers 403 here, our own APIs 401."""

    def __init__(self, detail: str = "Er is geen geldig token meegestuurd.", *, status: int = 403) -> None:
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        super().__init__(status, "not_authenticated", detail, headers=headers)


class PermissionDenied(Problem):
    """403: the caller is known but may not do this."""

    def __init__(self, detail: str = "Deze applicatie heeft hier geen rechten voor.") -> None:
        super().__init__(403, "permission_denied", detail)


class NotFound(Problem):
    """404."""

    def __init__(self, detail: str = "Dit bestaat niet.") -> None:
        super().__init__(404, "not_found", detail)


class Conflict(Problem):
    """409: what is asked does not fit the present state; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(409, code, detail)


class Unavailable(Problem):
    """503 with Retry-After (seconds): a neighbour is away and nothing was changed."""

    def __init__(self, code: str, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(503, code, detail, headers={"Retry-After": str(retry_after)})


def problem_of(status: int, headers: dict[str, str] | None = None) -> Problem:
    """The problem of a status that needs no other words."""
    return Problem(status, CODES.get(status, "error"), f"{TITLES.get(status, 'Fout')}.", headers=headers)


def problem_body(problem: Problem) -> dict[str, Any]:
    """The JSON of a problem: type, code, title, status, detail, instance and, for content errors, invalidParams."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "code": problem.code,
        "title": TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:uuid:{uuid.UUID(telemetry.current_trace_id() or uuid.uuid4().hex)}",
    }
    if problem.fields or problem.status == 400:
        body["invalidParams"] = [
            {"name": field.name, "code": field.code, "reason": field.reason} for field in problem.fields
        ]
    return body


def problem_response(problem: Problem, media_type: str = "application/problem+json") -> Response:
    """The answer of a problem."""
    return Response(orjson.dumps(problem_body(problem)), problem.status, problem.headers, media_type=media_type)


# pydantic's error types → the codes of the ZGW standard (those of its reference implementation's framework).
_PYDANTIC_CODES = {
    "missing": ("required", "Dit veld is verplicht."),
    "extra_forbidden": ("unknown", "Dit veld of deze parameter bestaat niet."),
    "string_too_long": ("max_length", "Deze waarde is te lang."),
    "string_too_short": ("min_length", "Deze waarde is te kort."),
    "too_short": ("min_length", "Deze lijst heeft te weinig waarden."),
    "too_long": ("max_length", "Deze lijst heeft te veel waarden."),
    "enum": ("invalid_choice", "Deze waarde is geen geldige keuze."),
    "literal_error": ("invalid_choice", "Deze waarde is geen geldige keuze."),
    "none_required": ("must-be-empty", "Dit veld moet leeg zijn."),
    "json_invalid": ("parse_error", "Dit is geen geldige JSON."),
    "greater_than_equal": ("min_value", "Deze waarde is te klein."),
    "less_than_equal": ("max_value", "Deze waarde is te groot."),
}
_NULL_CODE = ("null", "Dit veld mag niet leeg zijn.")


def fields_of(errors: Sequence[Any]) -> list[FieldError]:
    """Pydantic's (and FastAPI's) error list as field errors; the place in the request is left out of the name."""
    return [_field_error(error) for error in errors]


def _field_error(error: dict[str, Any]) -> FieldError:
    kind, loc = error["type"], [str(part) for part in error["loc"]]
    if loc and loc[0] in {"body", "query", "path", "header", "cookie"}:
        loc = loc[1:]
    name = ".".join(loc) if kind != "json_invalid" else ""
    if kind not in {"missing", "none_required"} and error.get("input", ...) is None:
        code, reason = _NULL_CODE
    elif kind == "value_error" and isinstance(error.get("ctx", {}).get("error"), CodedValueError):
        coded = error["ctx"]["error"]
        code, reason = coded.code, str(coded)
        name = ".".join(part for part in (name, coded.field) if part)
    else:
        code, reason = _PYDANTIC_CODES.get(kind, ("invalid", "Deze waarde is niet geldig."))
    return FieldError(name or "nonFieldErrors", code, reason)


class CodedValueError(ValueError):
    """Raise in a pydantic validator to give a field error its own code, and for a model validator the field's name."""

    def __init__(self, code: str, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.code, self.field = code, field
