"""Objects of a kind described elsewhere: paths, and the schema that the object must answer to."""

from typing import Any

import pytest
from pydantic import ValidationError

from chassis.problems import Invalid
from services.zaken.zaken.objecttype_overige import Definitie, check_valid, walk
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import ZAKEN, Zaken, created, wrong

SCHEMA = {"type": "object", "required": ["soort"], "properties": {"soort": {"type": "string", "pattern": "^[a-z]+$"}}}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".", {"a": {"b c": [1, 2]}}),
        (".a", {"b c": [1, 2]}),
        ('.a["b c"]', [1, 2]),
        ('.a.["b c"][1]', 2),
        (".a.x", None),
        (".a.x.y[0]", None),
        ('.a["b c"][9]', None),
    ],
)
def test_a_path_walks(path: str, expected: Any) -> None:
    assert Definitie(url="https://a.example", schema=path, objectData=path).object_data == path
    assert walk(path, {"a": {"b c": [1, 2]}}) == expected


@pytest.mark.parametrize("path", ["", "a", ".a | .b", ".[]", "..", "input", ".a; .b", '.["a"'])
def test_a_path_does_nothing_but_walk(path: str) -> None:
    with pytest.raises(ValidationError):
        Definitie(url="https://a.example", schema=path, objectData=".")


@pytest.mark.parametrize(
    ("schema", "data", "error"),
    [
        (SCHEMA, {"soort": "boom"}, None),
        (SCHEMA, {"soort": "Boom 1"}, ("object", "invalid-schema")),
        (SCHEMA, {}, ("object", "invalid-schema")),
        ({"type": "geen"}, {}, ("objectTypeOverigeDefinitie.schema", "invalid")),
        ({"$ref": "http://127.0.0.1:1/schema"}, {}, ("objectTypeOverigeDefinitie.schema", "invalid")),
        ({"$ref": "#/nergens"}, {}, ("objectTypeOverigeDefinitie.schema", "invalid")),
        ({"patternProperties": {"^a": {}}}, {}, ("objectTypeOverigeDefinitie.schema", "invalid")),
        ({"pattern": "(a)\\1"}, "aa", ("objectTypeOverigeDefinitie.schema", "invalid")),
        (
            {"$defs": {"x": {"$ref": "#/$defs/x"}}, "$ref": "#/$defs/x"},
            {},
            ("objectTypeOverigeDefinitie.schema", "invalid"),
        ),
        ({"pattern": "^(a+)+$"}, "a" * 5_000 + "b", ("object", "invalid-schema")),
    ],
)
def test_a_schema_describes(schema: dict[str, Any], data: Any, error: tuple[str, str] | None) -> None:
    if error is None:
        check_valid(schema, data)
        return
    with pytest.raises(Invalid) as caught:
        check_valid(schema, data)
    assert [(one.name, one.code) for one in caught.value.fields] == [error]


async def test_the_object_is_fetched_and_answers_to_its_description(zaken: Zaken, elsewhere: Elsewhere) -> None:
    kind = elsewhere.put("objecttypes/1", {"jsonSchema": SCHEMA})
    definitie = {"url": kind, "schema": ".jsonSchema", "objectData": ".record.data"}
    boom = elsewhere.put("objects/1", {"record": {"data": {"soort": "boom"}}})
    body = {"zaak": (await zaken.zaak())["url"], "objectType": "overige", "object": boom}
    made = created(
        await zaken.client.post(f"{ZAKEN}/zaakobjecten", json=body | {"objectTypeOverigeDefinitie": definitie})
    )
    assert (made["objectTypeOverigeDefinitie"], made["objectIdentificatie"]) == (definitie, None)
    assert (await zaken.client.put(made["url"], json=made)).json() == made
    other = {"objectTypeOverigeDefinitie": definitie | {"schema": "."}}
    assert wrong(await zaken.client.patch(made["url"], json=other)) == {
        ("objectTypeOverigeDefinitie", "wijzigen-niet-toegelaten")
    }
    for fields, change, error in (
        ({"object": elsewhere.put("objects/2", {"record": {"data": {}}})}, {}, ("object", "invalid-schema")),
        ({"object": elsewhere.put("objects/3", {})}, {}, ("objectTypeOverigeDefinitie.objectData", "invalid")),
        ({"object": ""}, {}, ("object", "required")),
        ({}, {"url": f"{elsewhere.base}/nergens"}, ("objectTypeOverigeDefinitie.url", "bad-url")),
        ({}, {"schema": ".schema"}, ("objectTypeOverigeDefinitie.schema", "invalid")),
        ({}, {"schema": ".[]"}, ("objectTypeOverigeDefinitie.schema", "invalid")),
    ):
        wanted = body | fields | {"objectTypeOverigeDefinitie": definitie | change}
        assert wrong(await zaken.client.post(f"{ZAKEN}/zaakobjecten", json=wanted)) == {error}
