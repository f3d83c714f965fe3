"""Informatieobjecttypen: their fields and filters. What all main types share is in test_lifecycle and its neighbours."""

import pytest

from tests.services.zaken.catalogi.typen import body, holder, make, other_catalogus
from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

PATH = f"{CATALOGI}/informatieobjecttypen"
GENERIEK = {
    "informatieobjecttypeOmschrijvingGeneriek": "brief",
    "definitieInformatieobjecttypeOmschrijvingGeneriek": "Bericht op papier.",
    "herkomstInformatieobjecttypeOmschrijvingGeneriek": "GEMMA",
    "hierarchieInformatieobjecttypeOmschrijvingGeneriek": "document",
    "opmerkingInformatieobjecttypeOmschrijvingGeneriek": None,
}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        for client in (zaken.service.anonymous(), holder(zaken), holder(zaken, "lezen", "geforceerd-schrijven")):
            assert (await client.post(PATH, json=body(zaken, "informatieobjecttypen"))).status_code == 403

    async def test_is_a_concept_with_all_fields(self, zaken: Zaken) -> None:
        sent = body(
            zaken,
            "informatieobjecttypen",
            trefwoord=["post", "uitgaand"],
            omschrijvingGeneriek=GENERIEK,
            eindeGeldigheid="2040-12-31",
            beginObject="2020-01-01",
            eindeObject="2040-12-31",
        )
        answer = await holder(zaken, "schrijven").post(PATH, json=sent | {"concept": False})
        made = created(answer)
        assert answer.headers["location"] == made["url"]
        assert made == sent | {
            "url": made["url"],
            "concept": True,
            "zaaktypen": [],
            "zaaktypeIdentificaties": [],
            "besluittypen": [],
            "besluittypeOmschrijving": [],
        }
        [event] = (await zaken.service.outbox())[-1:]
        assert event["nats"] == "zgw.v1.gm9001.informatieobjecttypen.informatieobjecttype.create"
        assert event["data"]["hoofdObject"] == event["dataref"] == made["url"]
        audit = (await zaken.service.audit())[-1]
        assert (audit["resource"], audit["actie"]) == ("informatieobjecttype", "create")
        catalogus = await zaken.get(zaken.catalogus)
        assert catalogus["informatieobjecttypen"] == [made["url"]]
        assert catalogus["informatieobjecttypeOmschrijving"] == ["Brief"]

    async def test_without_the_general_name_it_is_blank(self, zaken: Zaken) -> None:
        url = await make(zaken, "informatieobjecttypen")
        found = await zaken.get(url)
        assert found["omschrijvingGeneriek"] == GENERIEK | dict.fromkeys(list(GENERIEK)[:4], "")
        assert (await zaken.client.put(url, json=found)).json() == found
        answer = await zaken.client.patch(url, json={"omschrijvingGeneriek": GENERIEK})
        assert answer.json()["omschrijvingGeneriek"] == GENERIEK

    async def test_names_all_that_is_missing(self, zaken: Zaken) -> None:
        required = {"catalogus", "omschrijving", "vertrouwelijkheidaanduiding", "informatieobjectcategorie"}
        assert wrong(await zaken.client.post(PATH, json={})) == {
            (name, "required") for name in required | {"beginGeldigheid"}
        }

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"omschrijving": "x" * 81}, ("omschrijving", "max_length")),
            ({"omschrijving": ""}, ("omschrijving", "min_length")),
            ({"informatieobjectcategorie": "x" * 81}, ("informatieobjectcategorie", "max_length")),
            ({"trefwoord": ["x" * 31]}, ("trefwoord.0", "max_length")),
            ({"vertrouwelijkheidaanduiding": "stil"}, ("vertrouwelijkheidaanduiding", "invalid_choice")),
            ({"eindeGeldigheid": "2019-12-31"}, ("eindeGeldigheid", "einde-voor-begin")),
            ({"catalogus": "https://elders.example/1"}, ("catalogus", "no_match")),
            (
                {"omschrijvingGeneriek": GENERIEK | {"herkomstInformatieobjecttypeOmschrijvingGeneriek": "x" * 13}},
                ("omschrijvingGeneriek.herkomstInformatieobjecttypeOmschrijvingGeneriek", "max_length"),
            ),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, object], expected: tuple[str, str]) -> None:
        assert wrong(await zaken.client.post(PATH, json=body(zaken, "informatieobjecttypen") | fields)) == {expected}


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        url = await make(zaken, "informatieobjecttypen")
        for path in (PATH, url):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await holder(zaken).get(path)).status_code == 403

    async def test_is_found(self, zaken: Zaken) -> None:
        concept = await make(zaken, "informatieobjecttypen", name="Concept")
        old = await make(zaken, "informatieobjecttypen", name="Brief", eindeGeldigheid="2020-12-31", publish=True)
        new = await make(zaken, "informatieobjecttypen", name="Brief", beginGeldigheid="2021-01-01", publish=True)
        other = await other_catalogus(zaken)
        elsewhere = await make(zaken, "informatieobjecttypen", name="Foto", catalogus=other, publish=True)
        for query, urls in (
            ({}, [old, new, elsewhere]),
            ({"status": "concept"}, [concept]),
            ({"status": "alles"}, [concept, old, new, elsewhere]),
            ({"omschrijving": "Brief"}, [old, new]),
            ({"omschrijving": "Brief", "datumGeldigheid": "2020-12-31"}, [old]),
            ({"omschrijving": "Brief", "datumGeldigheid": "2021-01-01"}, [new]),
            ({"catalogus": other}, [elsewhere]),
        ):
            found = await zaken.get(PATH, **query)
            assert [one["url"] for one in found["results"]] == urls, query

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        url = await make(zaken, "informatieobjecttypen")
        etag = (await zaken.client.get(url)).headers["etag"]
        assert (await zaken.client.head(url)).headers["etag"] == etag
        assert (await zaken.client.get(url, headers={"If-None-Match": etag})).status_code == 304
