"""Zaakobjecttypen."""

from typing import Any

import pytest

from tests.services.zaken.catalogi.onderdelen import Kind, Onderdeel, concept
from tests.services.zaken.making import CATALOGI, Zaken, wrong

KIND = Kind(
    "/zaakobjecttypen",
    "zaakobjecttype",
    {"anderObjecttype": False, "objecttype": "https://objecten.example/pand", "relatieOmschrijving": "Staat leeg"},
    {"relatieOmschrijving": "Wordt gesloopt"},
)


class TestZaakobjecttype(Onderdeel):
    kind = KIND


class TestRules:
    async def test_shows_in_its_zaaktype(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        assert (await zaken.get(made["zaaktype"]))["zaakobjecttypen"] == [made["url"]]
        assert (await zaken.client.delete(made["url"])).status_code == 204
        assert (await zaken.get(made["zaaktype"]))["zaakobjecttypen"] == []

    async def test_is_of_the_catalogus_of_its_zaaktype(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        assert [made[name] for name in ("resultaattypen", "resultaattypeOmschrijving", "statustypen")] == [[], [], []]
        answer = await zaken.client.patch(made["url"], json={"catalogus": made["zaaktype"]})
        assert wrong(answer) == {("catalogus", "relations-incorrect-catalogus")}
        body = await KIND.whole(zaken, zaaktype=made["zaaktype"], catalogus="https://elders.example/catalogus")
        answer = await zaken.client.post(f"{CATALOGI}/zaakobjecttypen", json=body)
        assert wrong(answer) == {("catalogus", "relations-incorrect-catalogus")}

    async def test_is_found(self, zaken: Zaken) -> None:
        url = await concept(zaken, beginGeldigheid="2021-01-01", eindeGeldigheid="2021-12-31")
        made = await KIND.make(zaken, zaaktype=url)
        for query, count in (
            ({}, 1),
            ({"anderObjecttype": "false"}, 1),
            ({"anderObjecttype": "true"}, 0),
            ({"catalogus": zaken.catalogus}, 1),
            ({"datumBeginGeldigheid": "2021-01-01"}, 1),
            ({"datumBeginGeldigheid": "2021-01-02"}, 0),
            ({"datumEindeGeldigheid": "2021-12-31"}, 1),
            ({"datumEindeGeldigheid": "2021-12-30"}, 0),
            ({"objecttype": made["objecttype"]}, 1),
            ({"objecttype": "https://objecten.example"}, 0),
            ({"relatieOmschrijving": "Staat leeg", "objecttype": made["objecttype"], "zaaktype": url}, 1),
            ({"relatieOmschrijving": "Staat"}, 0),
        ):
            assert (await zaken.get(f"{CATALOGI}/zaakobjecttypen", **query))["count"] == count, query
        answer = await zaken.client.get(f"{CATALOGI}/zaakobjecttypen", params={"catalogus": "https://elders.example"})
        assert wrong(answer) == {("catalogus", "bad-url")}

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"objecttype": "https://objecten.example/" + "a" * 200}, ("objecttype", "max_length")),
            ({"objecttype": "pand"}, ("objecttype", "invalid")),
            ({"relatieOmschrijving": "a" * 81}, ("relatieOmschrijving", "max_length")),
            ({"anderObjecttype": None}, ("anderObjecttype", "null")),
            ({"zaaktype": "https://elders.example/zaaktype"}, ("zaaktype", "no_match")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], expected: tuple[str, str]) -> None:
        body = await KIND.whole(zaken, **fields)
        assert wrong(await zaken.client.post(f"{CATALOGI}/zaakobjecttypen", json=body)) == {expected}
