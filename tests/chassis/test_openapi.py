"""The contract of an API, as the NL API Design Rules want it."""

from typing import Any

import pytest

from chassis.openapi import _repeat_limits
from chassis.testing.service import ServiceUnderTest
from tests.chassis.example import BASE, ZGW

OWN = {"400", "401", "403", "404", "409", "413", "415", "500", "503"}
STANDARD = {"401", "403", "406", "409", "410", "415", "429", "500", "503"}


async def documented(example: ServiceUnderTest, base: str) -> Any:
    return (await example.anonymous().get(f"{base}/openapi.json")).json()


@pytest.mark.parametrize(("base", "version", "statuses"), [(BASE, "2.0.0", OWN), (ZGW, "1.3.0", STANDARD)])
async def test_every_operation_is_complete(
    example: ServiceUnderTest, base: str, version: str, statuses: set[str]
) -> None:
    document = await documented(example, base)
    assert document["openapi"] == "3.1.0"
    assert (document["info"]["version"], document["servers"]) == (version, [{"url": base}])
    assert document["info"]["license"]["name"] == "EUPL-1.2"
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        assert path.startswith("/")
        for operation in operations.values():
            assert operation["security"] == [{"jwt": []}]
            answers = operation["responses"]
            assert {status for status in answers if status >= "400"} >= statuses
            assert all("API-version" in answer["headers"] for answer in answers.values())
            for status in statuses:
                content = answers[status]["content"]["application/problem+json"]
                assert content["schema"]["$ref"] == "#/components/schemas/Problem"


async def test_an_operation_of_the_standard_names_the_failures_it_can_have(example: ServiceUnderTest) -> None:
    paths = (await documented(example, ZGW))["paths"]
    extra = {
        (method, path): set(paths[path][method]["responses"]) - STANDARD - {"200", "201", "204", "304"}
        for method, path in [
            ("get", "/things"), ("post", "/things"), ("get", "/things/{uuid}"), ("delete", "/things/{uuid}")
        ]
    }  # fmt: skip
    assert extra == {
        ("get", "/things"): {"400", "404"},
        ("post", "/things"): {"400", "413"},
        ("get", "/things/{uuid}"): {"404"},
        ("delete", "/things/{uuid}"): {"400", "404"},
    }


async def test_headers_of_the_standard(example: ServiceUnderTest) -> None:
    item = (await documented(example, ZGW))["paths"]["/things"]
    headers = {
        method: {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        for method, operation in item.items()
    }
    assert headers == {"get": {"If-None-Match"}, "post": {"X-Audit-Toelichting", "X-NLX-Logrecord-ID"}}
    assert set(item["get"]["responses"]["200"]["headers"]) == {"API-version", "ETag"}
    assert set(item["get"]["responses"]["304"]["headers"]) == {"API-version", "ETag"}
    assert set(item["post"]["responses"]["201"]["headers"]) == {"API-version", "Location"}


async def test_a_parameter_is_no_null(example: ServiceUnderTest) -> None:
    parameters = (await documented(example, BASE))["paths"]["/things"]["get"]["parameters"]
    assert all("anyOf" not in one["schema"] for one in parameters)


def test_an_answer_repeats_the_limits_of_what_was_accepted() -> None:
    given = {
        "name": {"type": "string", "maxLength": 40},
        "links": {"type": "array", "items": {"type": "string", "format": "uri"}},
        "amount": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
    }
    answered: dict[str, Any] = {
        "url": {"type": "string"},
        "name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "links": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        "amount": {"type": "string"},
    }
    _repeat_limits({"properties": answered}, {"properties": given})
    assert answered == {
        "url": {"type": "string", "format": "uri", "maxLength": 1000},
        "name": {"anyOf": [{"type": "string", "maxLength": 40}, {"type": "null"}]},
        "links": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        "amount": {"type": "string"},
    }


async def test_fields_are_as_they_are_sent(example: ServiceUnderTest) -> None:
    schemas = (await example.anonymous().get(f"{BASE}/openapi.json")).json()["components"]["schemas"]
    assert set(schemas["ThingIn"]["properties"]) == {"name", "amount", "extra"}
    assert schemas["ThingIn"]["required"] == ["name"]
    assert set(schemas["ThingOut"]["required"]) == {"url", "name", "amount", "extra"}
    assert schemas["Problem"]["required"] == ["type", "code", "title", "status", "detail", "instance"]
