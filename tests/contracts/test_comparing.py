"""The comparison itself: each kind of difference is seen, and only that."""

import copy

import pytest

from tests.contracts.comparing import differences
from tests.contracts.documents import Document
from tests.contracts.ledger import covers

THING = {
    "type": "object",
    "required": ["naam"],
    "properties": {
        "url": {"type": "string", "readOnly": True},
        "naam": {"type": "string", "maxLength": 40},
        "soort": {"type": "string", "enum": ["a", "b"]},
        "begin": {"type": "string", "format": "date", "nullable": True},
        "delen": {"type": "array", "items": {"$ref": "#/components/schemas/Deel"}},
    },
}
DEEL = {"type": "object", "properties": {"nummer": {"type": "integer"}, "van": {"$ref": "#/components/schemas/Ding"}}}


def content(thing=THING, parameters=("page",)):
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ding"}}}}
    page = {
        "type": "object",
        "properties": {"results": {"type": "array", "items": {"$ref": "#/components/schemas/Ding"}}},
    }
    listed = [{"name": name, "in": "query", "schema": {}} for name in parameters]
    return {
        "paths": {
            "/dingen": {
                "get": {
                    "parameters": listed,
                    "responses": {"200": {"content": {"application/json": {"schema": page}}}},
                },
                "post": {"requestBody": body, "responses": {"201": body}},
            },
            "/dingen/{uuid}": {"get": {"responses": {200: body}}},
            "/anders": {"get": {"responses": {"200": {}}}},
        },
        "components": {"schemas": {"Ding": thing, "Deel": DEEL}},
    }


def between(mine):
    return differences(Document(content()), Document(mine), ["/dingen"])


def changed(prop, **facts):
    thing = copy.deepcopy(THING)
    thing["properties"][prop] = facts
    return content(thing)


def test_the_same_document_does_not_differ():
    assert between(content()) == []


def test_the_names_of_path_parameters_and_unclaimed_paths_do_not_matter():
    mine = content()
    mine["paths"]["/dingen/{id}"] = mine["paths"].pop("/dingen/{uuid}")
    del mine["paths"]["/anders"]
    assert between(mine) == []


def test_nullable_is_written_in_two_ways():
    assert between(changed("begin", anyOf=[{"type": "string", "format": "date"}, {"type": "null"}])) == []


@pytest.mark.parametrize(
    ("prop", "facts", "line"),
    [
        ("naam", {"type": "string", "maxLength": 50}, "naam: maxLength 50, the standard 40"),
        ("naam", {"type": "integer", "maxLength": 40}, "naam: type integer, the standard string"),
        ("soort", {"type": "string", "enum": ["a"]}, "soort: values a, the standard a/b"),
        ("soort", {"type": "string"}, "soort: values any, the standard a/b"),
        ("begin", {"type": ["string", "null"]}, "begin: format None, the standard date"),
        ("nieuw", {"type": "string"}, "nieuw: not in the standard"),
    ],
)
def test_a_property_that_differs(prop, facts, line):
    assert between(changed(prop, **facts)) == [f"/dingen out {line}", f"/dingen in {line}"]


def test_what_limits_a_value():
    assert between(changed("naam", type="string", maxLength=40, minLength=1, pattern="a+", nullable=True)) == [
        "/dingen out naam: can be null, in the standard it cannot",
        "/dingen in naam: minLength 1, the standard None",
        "/dingen in naam: pattern a+, the standard None",
        "/dingen in naam: can be null, in the standard it cannot",
    ]


def test_an_answer_may_stay_within_what_was_promised():
    assert between(changed("begin", type="string", format="date")) == [
        "/dingen in begin: cannot be null, in the standard it can"
    ]


def test_an_empty_text_is_no_url():
    standard = content({"properties": {"plek": {"type": "string", "format": "uri", "minLength": 1}}})
    mine = content({"properties": {"plek": {"type": "string", "format": "uri"}}})
    assert differences(Document(standard), Document(mine), ["/dingen"]) == []


def test_parameters_are_compared_with_how_they_are_written():
    def with_parameter(**facts):
        document = content()
        document["paths"]["/dingen"]["get"]["parameters"] = [{"name": "orde", "in": "query", **facts}]
        return document

    items = {"type": "array", "items": {"type": "string", "enum": ["a", "-a"]}}
    standard = with_parameter(schema=items, style="form", explode=False)
    assert differences(Document(standard), Document(with_parameter(schema=items)), ["/dingen"]) == [
        "get /dingen query orde: written as form, repeated, of -a/a, the standard form, with commas, of -a/a"
    ]
    text = with_parameter(schema={"type": "string", "maxLength": 3}, required=True)
    assert differences(Document(with_parameter(schema={"type": "string"})), Document(text), ["/dingen"]) == [
        "get /dingen query orde: maxLength 3, the standard None",
        "get /dingen query orde: required, in the standard it is not",
    ]


def test_headers_of_requests_and_answers():
    standard, mine = content(), content()
    header = {"name": "Accept-Crs", "in": "header", "schema": {"type": "string", "enum": ["EPSG:4326"]}}
    ignored = {"name": "Content-Type", "in": "header", "schema": {"type": "string"}}
    standard["paths"]["/dingen"]["get"]["parameters"] += [header, ignored]
    mine["paths"]["/dingen"]["get"]["parameters"] += [header | {"schema": {"type": "string"}}]
    mine["paths"]["/dingen/{uuid}"]["get"]["responses"][200] = {"headers": {"ETag": {}}}
    assert differences(Document(standard), Document(mine), ["/dingen"]) == [
        "get /dingen header Accept-Crs: values any, the standard EPSG:4326",
        "get /dingen/{} 200 header ETag: not in the standard",
    ]


def test_failures_names_of_operations_and_values_in_a_path():
    standard, mine = content(), content()
    path = {"in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    for document, name, status in ((standard, "uuid", "404"), (mine, "id", "403")):
        item = document["paths"]["/dingen/{uuid}"]
        item["parameters"] = [path | {"name": name}]
        item["get"] |= {"operationId": f"ding_{name}", "responses": {status: {}, **item["get"]["responses"]}}
    mine["paths"]["/dingen/{uuid}"]["parameters"] = [path | {"name": "id", "schema": {"type": "string"}}]
    assert differences(Document(standard), Document(mine), ["/dingen"]) == [
        "get /dingen/{}: operationId ding_id, the standard ding_uuid",
        "get /dingen/{} path 1: format None, the standard uuid",
        "get /dingen/{} answers 403: not in the standard",
        "get /dingen/{} answers 404: missing",
    ]


def test_a_property_that_is_missing_with_what_is_in_it():
    thing = copy.deepcopy(THING)
    del thing["properties"]["delen"]
    assert "/dingen out delen[].nummer: missing" in between(content(thing))


def test_what_is_required_in_a_request():
    assert between(content({**THING, "required": []})) == [
        "/dingen out naam: not required, in the standard it is",
        "/dingen in naam: not required, in the standard it is",
    ]
    assert between(content({**THING, "required": ["naam", "soort"]})) == [
        "/dingen in soort: required, in the standard it is not"
    ]


def test_operations_queries_and_statuses():
    mine = content(parameters=("page", "pageSize"))
    mine["paths"]["/dingen"]["delete"] = mine["paths"]["/dingen/{uuid}"].pop("get")
    mine["paths"]["/dingen"]["post"]["responses"] = {"200": {}}
    assert between(mine) == [
        "get /dingen query pageSize: not in the standard",
        "post /dingen: answers 200, the standard 201",
        "delete /dingen: not in the standard",
        "get /dingen/{}: missing",
    ]


def test_kinds_of_one_whole_are_compared_together():
    base = {"type": "object", "properties": {"kind": {"type": "string", "enum": ["x", "y"]}},
            "discriminator": {"propertyName": "kind"}}  # fmt: skip
    standard = content(base)
    standard["components"]["schemas"]["x"] = {
        "allOf": [{"$ref": "#/components/schemas/Ding"}, {"properties": {"eigen": {"type": "string"}}}]
    }
    flat = content({"type": "object", "properties": {**base["properties"], "eigen": {"type": "string"}}})
    assert differences(Document(standard), Document(flat), ["/dingen"]) == []


def test_a_star_covers_and_brackets_are_themselves():
    assert covers("/dingen * delen[].nummer: *", "/dingen out delen[].nummer: missing")
    assert not covers("/dingen out naam: missing", "/dingen out naamgeving: missing")
