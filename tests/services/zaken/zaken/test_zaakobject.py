"""Zaakobjecten: every kind of object in its own shape, sealed, and found again by its URL."""

from types import MappingProxyType
from typing import Any

import pytest

from services.zaken.catalogi.brondatum import Objecttype
from services.zaken.zaken.objectidentificatie import SHAPES
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import BSN, ZAKEN, Zaken, created, wrong
from tests.services.zaken.zaken.behaviour import PartBehaviour

WITHOUT_SHAPE = {"besluit", "enkelvoudig_document", "status"}


def example(kind: str) -> dict[str, Any]:
    """The least that identifies an object of a kind."""
    schema = SHAPES[kind].model_json_schema(by_alias=True)
    return {name: _value(schema, schema["properties"][name]) for name in schema.get("required", [])}


def _value(schema: dict[str, Any], prop: dict[str, Any]) -> Any:
    if "$ref" in prop:
        prop = schema["$defs"][prop["$ref"].rsplit("/", 1)[1]]
    if "enum" in prop:
        return prop["enum"][0]
    return {"integer": 1, "object": {"a": 1}}.get(prop["type"], "1")


class TestZaakobject(PartBehaviour):
    resource, path, shown = "zaakobject", "/zaakobjecten", "zaakobjecten"
    patch = MappingProxyType({"relatieomschrijving": "ernaast"})

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        return {"zaak": zaak, "objectType": "pand", "objectIdentificatie": {"identificatie": "0344100000011708"}}

    async def post(self, zaken: Zaken, **fields: Any) -> Any:
        zaak = (await zaken.zaak())["url"]
        return await zaken.client.post(f"{ZAKEN}{self.path}", json={"zaak": zaak, "objectType": "pand"} | fields)

    def test_every_kind_has_a_shape_or_none(self) -> None:
        assert {kind.value for kind in Objecttype} == SHAPES.keys() | WITHOUT_SHAPE

    @pytest.mark.parametrize("kind", sorted(SHAPES))
    async def test_every_kind_is_answered_in_its_shape(self, zaken: Zaken, kind: str) -> None:
        other = {"objectTypeOverige": "boom"} if kind == "overige" else {}
        made = created(
            await self.post(zaken, objectType=kind, objectIdentificatie=example(kind) or {"naam": "x"}, **other)
        )
        assert made["objectIdentificatie"] | example(kind) == made["objectIdentificatie"]
        assert made["objectIdentificatie"].keys() == SHAPES[kind].model_json_schema(by_alias=True)["properties"].keys()
        assert await zaken.get(made["url"]) == made

    async def test_nested_shapes_are_checked(self, zaken: Zaken) -> None:
        answer = await self.post(
            zaken,
            objectType="zakelijk_recht",
            objectIdentificatie={
                "identificatie": "1",
                "heeftAlsGerechtigde": {"natuurlijkPersoon": {"inpBsn": "1234567890"}},
            },
        )
        assert wrong(answer) == {
            ("objectIdentificatie.avgAard", "required"),
            ("objectIdentificatie.heeftAlsGerechtigde.natuurlijkPersoon.inpBsn", "max_length"),
        }

    async def test_leaves_no_trace_of_a_person_in_clear(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        url = elsewhere.put(f"personen/{BSN}", {})
        person = {"inpBsn": BSN, "geslachtsnaam": "Achternaam"}
        created(await self.post(zaken, object=url, objectType="natuurlijk_persoon", objectIdentificatie=person))
        for table in ("zaakobject", "auditregel", "outbox", "zaak"):
            for row in await zaken.service.runtime.database.fetch(f"SELECT * FROM {table}"):
                stored = b"\n".join(bytes(value) if isinstance(value, bytes) else str(value).encode() for value in row)
                assert BSN.encode() not in stored, table
                assert b"Achternaam" not in stored, table

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({}, "invalid-zaakobject"),
            ({"objectType": "besluit", "objectIdentificatie": {"a": 1}}, "invalid-zaakobject"),
            ({"objectType": "overige", "objectIdentificatie": {"overigeData": {}}}, "missing-object-type-overige"),
            (
                {"objectTypeOverige": "boom", "objectIdentificatie": {"identificatie": "1"}},
                "invalid-object-type-overige-usage",
            ),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], code: str) -> None:
        assert wrong(await self.post(zaken, **fields)) == {("nonFieldErrors", code)}

    async def test_an_object_elsewhere_must_be_there(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        good = elsewhere.put("panden/1", "<html>een pand</html>")
        made = created(await self.post(zaken, object=good))
        assert (made["object"], made["objectIdentificatie"]) == (good, None)
        assert wrong(await self.post(zaken, object=f"{elsewhere.base}/nergens")) == {("object", "bad-url")}

    async def test_an_object_of_our_own_must_be_there(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        status = (await zaken.status(zaak, zaken.first))["url"]
        assert created(await self.post(zaken, objectType="status", object=status))["object"] == status
        for url in (f"{status[:-4]}0000", f"{zaken.service.runtime.settings.public_url}/iets/api/v1/dingen/1"):
            assert wrong(await self.post(zaken, objectType="status", object=url)) == {("object", "bad-url")}

    async def test_which_object_it_is_does_not_change(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        made = created(await self.post(zaken, object=elsewhere.put("panden/1", {})))
        other = (await zaken.zaak())["url"]
        another = {"zaak": other, "object": elsewhere.put("panden/2", {}), "objectType": "adres"}
        expected = {(name, "wijzigen-niet-toegelaten") for name in another}
        for answer in (
            await zaken.client.put(made["url"], json=another),
            await zaken.client.patch(made["url"], json=another),
        ):
            assert wrong(answer) == expected

    async def test_its_description_changes(self, zaken: Zaken) -> None:
        made = created(await self.post(zaken, objectIdentificatie={"identificatie": "1"}))
        changed = await zaken.client.patch(made["url"], json={"objectIdentificatie": {"identificatie": "2"}})
        assert changed.json()["objectIdentificatie"] == {"identificatie": "2"}
        wanting = await zaken.client.patch(made["url"], json={"objectIdentificatie": {}})
        assert wrong(wanting) == {
            ("nonFieldErrors", "invalid-zaakobject"),
            ("objectIdentificatie.identificatie", "required"),
        }
        kept = await zaken.client.put(made["url"], json={"zaak": made["zaak"], "objectType": "pand"})
        assert kept.json()["objectIdentificatie"] == {"identificatie": "2"}

    async def test_a_person_goes_by_both_names(self, zaken: Zaken) -> None:
        sent = {"objectType": "medewerker", "betrokkeneIdentificatie": {"identificatie": "m1"}}
        made = created(await self.post(zaken, **sent))
        assert made["objectIdentificatie"] == made["betrokkeneIdentificatie"]
        assert made["objectIdentificatie"]["identificatie"] == "m1"
        for name in ("objectIdentificatie", "betrokkeneIdentificatie"):
            for method in ("PATCH", "PUT"):
                fresh = await zaken.get(made["url"])
                changed = {name: fresh[name] | {"achternaam": f"{method} {name}"[:200]}}
                body = changed if method == "PATCH" else fresh | changed
                answer = (await zaken.client.request(method, made["url"], json=body)).json()
                assert answer["objectIdentificatie"] == answer["betrokkeneIdentificatie"] == changed[name]
        both = sent | {"objectIdentificatie": {"identificatie": "m2"}}
        assert wrong(await self.post(zaken, **both)) == {("betrokkeneIdentificatie", "invalid")}
        pand = created(await self.post(zaken, objectIdentificatie={"identificatie": "1"}))
        assert pand["betrokkeneIdentificatie"] is None

    async def test_its_type_belongs_to_the_zaaktype_of_the_zaak(self, zaken: Zaken) -> None:
        own = await zaken.make_zaakobjecttype()
        made = created(await self.post(zaken, objectIdentificatie={"identificatie": "1"}, zaakobjecttype=own))
        assert made["zaakobjecttype"] == own
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        for url, error in (
            (await zaken.make_zaakobjecttype(other), ("nonFieldErrors", "zaaktype-mismatch")),
            ("https://elders.example/zaakobjecttypen/1", ("zaakobjecttype", "bad-url")),
        ):
            answer = await self.post(zaken, objectIdentificatie={"identificatie": "1"}, zaakobjecttype=url)
            assert wrong(answer) == {error}

    async def test_who_opens_a_zaak_adds_to_it_and_who_destroys_takes_away(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        opener = zaken.limited("opener", "zaken.aanmaken")
        answer = await opener.post(f"{ZAKEN}{self.path}", json=await self.make(zaken, zaak))
        assert answer.status_code == 201
        assert (await opener.delete(answer.json()["url"])).status_code == 403
        destroyer = zaken.limited("vernietiger", "zaken.verwijderen")
        assert (await destroyer.delete(answer.json()["url"])).status_code == 204

    async def test_each_filter_picks_its_objects(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        url = elsewhere.put("adressen/1", {})
        pand = created(await self.post(zaken, objectIdentificatie={"identificatie": "1"}))
        adres = created(await self.post(zaken, objectType="adres", object=url))
        for query, expected in (
            ({"zaak": pand["zaak"]}, pand),
            ({"object": url}, adres),
            ({"objectType": "adres"}, adres),
            ({"objectType": "pand", "zaak": pand["zaak"]}, pand),
        ):
            assert await zaken.listed(self.path, **query) == [expected["url"]], query
        assert await zaken.listed(self.path, object="https://elders.example/2") == []
