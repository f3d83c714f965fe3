"""The contract of an API, as the NL API Design Rules want it."""

import pytest

from chassis.testing.service import ServiceUnderTest
from tests.chassis.example import BASE, ZGW

PROBLEMS = {"400", "403", "404", "409", "413", "415", "500", "503"}


@pytest.mark.parametrize(
    ("base", "version", "statuses"), [(BASE, "2.0.0", PROBLEMS | {"401"}), (ZGW, "1.3.0", PROBLEMS)]
)
async def test_every_operation_is_complete(
    example: ServiceUnderTest, base: str, version: str, statuses: set[str]
) -> None:
    document = (await example.anonymous().get(f"{base}/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    assert (document["info"]["version"], document["servers"]) == (version, [{"url": base}])
    assert document["info"]["license"]["name"] == "EUPL-1.2"
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        assert path.startswith("/")
        for operation in operations.values():
            assert operation["security"] == [{"jwt": []}]
            answers = operation["responses"]
            assert {status for status in answers if status >= "400"} == statuses
            assert all("API-version" in answer["headers"] for answer in answers.values())
            for status in statuses:
                content = answers[status]["content"]["application/problem+json"]
                assert content["schema"]["$ref"] == "#/components/schemas/Problem"


async def test_fields_are_as_they_are_sent(example: ServiceUnderTest) -> None:
    schemas = (await example.anonymous().get(f"{BASE}/openapi.json")).json()["components"]["schemas"]
    assert set(schemas["ThingIn"]["properties"]) == {"name", "amount", "extra"}
    assert schemas["ThingIn"]["required"] == ["name"]
    assert set(schemas["ThingOut"]["required"]) == {"url", "name", "amount", "extra"}
    assert schemas["Problem"]["required"] == ["type", "code", "title", "status", "detail", "instance"]
