"""The NL API Design Rules that a document or an answer shows, for our own APIs; the ids are those of the rules."""

import re

import httpx
import pytest

from meent import contracts
from meent.contracts import FOLDER
from tests.contracts.documents import read

ZGW = {"autorisaties", "besluiten", "catalogi", "documenten", "notificaties", "zaken"}
FILES = sorted(file for file in (FOLDER / "openapi").glob("*.yaml") if file.stem not in ZGW)
SEGMENT = re.compile(r"_?[a-z0-9]+(-[a-z0-9]+)*|{[a-z][A-Za-z0-9]*}")
CAMEL = re.compile(r"[a-z][A-Za-z0-9]*")
SEMVER = re.compile(r"\d+\.\d+\.\d+")


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def document(request):
    return read(request.param)


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_paths_are_kebab_case_without_trailing_slash(document):
    """/core/path-segments-kebab-case, /core/no-trailing-slash; an underscore may only begin the last segment."""
    for path in document["paths"]:
        segments = path.strip("/").split("/")
        assert not path.endswith("/"), path
        assert all(SEGMENT.fullmatch(segment) for segment in segments), path
        assert not any(segment.startswith("_") for segment in segments[:-1]), path


def test_query_keys_are_camel_case(document):
    """/core/query-keys-camel-case."""
    for path, method, operation in operations(document):
        keys = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
        assert all(CAMEL.fullmatch(key) for key in keys), f"{method} {path}: {keys}"


def test_no_person_in_a_url(document):
    """/core/transport/no-sensitive-uris."""
    for path, method, operation in operations(document):
        keys = {one["name"].lower() for one in operation.get("parameters", []) if one["in"] in {"query", "path"}}
        assert not keys & {"bsn", "burgerservicenummer", "geslachtsnaam", "email", "telefoon"}, f"{method} {path}"


def test_properties_are_camel_case(document):
    for name, schema in document["components"]["schemas"].items():
        assert all(CAMEL.fullmatch(prop) for prop in schema.get("properties", {})), name


def test_failures_are_problems_and_400_is_documented(document):
    """/core/error-handling/problem-details, /core/error-handling/invalid-input."""
    for path, method, operation in operations(document):
        responses = operation["responses"]
        assert {"400", "401", "403", "500"} <= responses.keys(), f"{method} {path}"
        assert "422" not in responses
        failures = [one for status, one in responses.items() if status[0] in "45"]
        assert all(list(one["content"]) == ["application/problem+json"] for one in failures), f"{method} {path}"


def test_every_answer_tells_the_version(document):
    """/core/version-header."""
    for path, method, operation in operations(document):
        assert all("API-version" in one["headers"] for one in operation["responses"].values()), f"{method} {path}"


def test_the_document_says_who_and_which_version(document):
    """/core/doc-openapi-contact, /core/semver, /core/uri-version."""
    assert {"name", "email", "url"} <= document["info"]["contact"].keys()
    assert SEMVER.fullmatch(document["info"]["version"])
    major = document["info"]["version"].split(".")[0]
    assert [server["url"] for server in document["servers"]] == [
        f"/{document['servers'][0]['url'].split('/')[1]}/api/v1"
    ]
    assert major in {"0", "1"}


def test_methods_are_those_of_the_rules(document):
    """/core/http-methods."""
    assert {method for _, method, _ in operations(document)} <= {"get", "post", "put", "patch", "delete"}


def test_operations_are_explained_in_dutch_and_named_once(document):
    """/core/doc-language as far as it can be seen: every operation has a summary of its own."""
    summaries = [operation.get("summary", "") for _, _, operation in operations(document)]
    assert all(summaries)
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(set(names)) == sorted(names)


@pytest.fixture(scope="module")
def applications():
    return {name: service.application for service in contracts.promises() for name in service.application.apis}


@pytest.mark.parametrize("path", ["/bestaat-niet", "/openapi.json/"])
@pytest.mark.parametrize("api", [file.stem for file in FILES])
async def test_what_does_not_exist_is_a_problem_with_a_version(applications, api, path):
    """/core/no-trailing-slash: 404 and never a redirect; /core/transport/security-headers."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=applications[api]), base_url="http://t") as client:
        answer = await client.get(f"/{api}/api/v1{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert SEMVER.fullmatch(answer.headers["api-version"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert {"type", "code", "title", "status", "detail", "instance"} <= answer.json().keys()


@pytest.mark.parametrize("api", [file.stem for file in FILES])
async def test_the_document_is_published_without_a_token(applications, api):
    """/core/publish-openapi."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=applications[api]), base_url="http://t") as client:
        answer = await client.get(f"/{api}/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["info"]["version"] == answer.headers["api-version"]
