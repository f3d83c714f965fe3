"""Problems: one shape, every wrong field at once, the codes of the standard."""

import json
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from chassis import telemetry
from chassis.problems import (
    CodedValueError,
    Conflict,
    FieldError,
    Invalid,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Problem,
    Unavailable,
    fields_of,
    problem_response,
)


class Inner(BaseModel):
    """Nested."""

    kind: Literal["a", "b"] = "a"


class Sent(BaseModel, extra="forbid"):
    """Something to be wrong about."""

    name: str = Field(min_length=2, max_length=4)
    amount: int = Field(default=1, ge=0, le=9)
    inner: list[Inner] = Field(default_factory=list, max_length=2)
    end: int | None = None

    @model_validator(mode="after")
    def _ends(self) -> "Sent":
        if self.end is not None and self.end < self.amount:
            raise CodedValueError("einde-voor-begin", "Het einde ligt voor het begin.", "end")
        return self


def wrong(**body: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        Sent.model_validate(body)
    fields = fields_of([{**error, "loc": ("body", *error["loc"])} for error in caught.value.errors()])
    assert all(field.reason for field in fields)
    return [(field.name, field.code) for field in fields]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("name", "required")]),
        ({"name": None}, [("name", "null")]),
        ({"name": "a", "amount": -1}, [("name", "min_length"), ("amount", "min_value")]),
        ({"name": "abcde", "amount": 10}, [("name", "max_length"), ("amount", "max_value")]),
        ({"name": 5}, [("name", "invalid")]),
        ({"name": "abc", "x": 1}, [("x", "unknown")]),
        ({"name": "abc", "inner": [{"kind": "c"}]}, [("inner.0.kind", "invalid_choice")]),
        ({"name": "abc", "inner": [{}, {}, {}]}, [("inner", "max_length")]),
        ({"name": "abc", "amount": 3, "end": 2}, [("end", "einde-voor-begin")]),
    ],
)
def test_every_wrong_field_has_its_code(body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert wrong(**body) == expected


@pytest.mark.parametrize(
    ("problem", "status", "code", "title"),
    [
        (Invalid.field("a", "b", "c"), 400, "invalid", "Ongeldige invoer"),
        (NotAuthenticated(status=401), 401, "not_authenticated", "Niet aangemeld"),
        (NotAuthenticated(), 403, "not_authenticated", "Geen toegang"),
        (PermissionDenied(), 403, "permission_denied", "Geen toegang"),
        (NotFound(), 404, "not_found", "Niet gevonden"),
        (Conflict("past-niet", "Nee."), 409, "past-niet", "Conflict met de huidige toestand"),
        (Unavailable("weg", "Even niet."), 503, "weg", "Tijdelijk niet beschikbaar"),
        (Problem(418, "theepot", "Nee."), 418, "theepot", "I'm a Teapot"),
    ],
)
def test_each_renders_itself(problem: Problem, status: int, code: str, title: str) -> None:
    answer = problem_response(problem)
    body = json.loads(answer.body)
    assert (answer.status_code, answer.media_type) == (status, "application/problem+json")
    assert (body["status"], body["code"], body["title"], body["type"]) == (status, code, title, "about:blank")
    assert body["detail"] == problem.detail
    assert ("invalidParams" in body) == (status == 400)
    assert UUID(body["instance"].removeprefix("urn:uuid:"))
    assert str(problem) == f"{status} {code}: {problem.detail}"


def test_members_and_headers_that_some_have() -> None:
    answer = problem_response(Invalid([FieldError("a", "b", "c"), FieldError("d", "e", "f")]))
    assert [item["name"] for item in json.loads(answer.body)["invalidParams"]] == ["a", "d"]
    assert problem_response(NotAuthenticated(status=401)).headers["www-authenticate"] == "Bearer"
    assert problem_response(Unavailable("x", "y", retry_after=9)).headers["retry-after"] == "9"


def test_the_instance_is_the_trace_that_the_log_has() -> None:
    with telemetry.traced(None):
        body = json.loads(problem_response(NotFound()).body)
        assert UUID(body["instance"].removeprefix("urn:uuid:")).hex == telemetry.current_trace_id()
