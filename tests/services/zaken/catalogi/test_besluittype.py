"""Besluittypen: their fields and filters. What all main types share is in test_lifecycle, test_naming, test_historiemodel."""

import pytest

from tests.services.zaken.catalogi.typen import body, do_publish, holder, make, other_catalogus
from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

PATH = f"{CATALOGI}/besluittypen"
OPTIONAL = {
    "omschrijvingGeneriek": "Vergunning",
    "besluitcategorie": "Beschikking",
    "reactietermijn": "P6W",
    "publicatieIndicatie": True,
    "publicatietekst": "Het college besloot.",
    "publicatietermijn": "P1Y",
    "toelichting": "Voor wie bouwt.",
    "eindeGeldigheid": "2040-12-31",
    "beginObject": "2020-01-01",
    "eindeObject": "2040-12-31",
}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        for client in (zaken.service.anonymous(), holder(zaken), holder(zaken, "lezen", "geforceerd-schrijven")):
            assert (await client.post(PATH, json=body(zaken, "besluittypen"))).status_code == 403

    async def test_is_a_concept_with_all_fields(self, zaken: Zaken) -> None:
        brief = await make(zaken, "informatieobjecttypen", name="Brief", publish=True)
        sent = body(zaken, "besluittypen", **OPTIONAL)
        extra = {"informatieobjecttypen": ["Brief"], "concept": False, "zaaktypen": [zaken.zaaktype]}
        answer = await holder(zaken, "schrijven").post(PATH, json=sent | extra)
        made = created(answer)
        assert answer.headers["location"] == made["url"]
        assert made == sent | {
            "url": made["url"],
            "concept": True,
            "zaaktypen": [],
            "zaaktypeIdentificaties": [],
            "informatieobjecttypen": [brief],
            "informatieobjecttypeOmschrijvingen": ["Brief"],
            "informatieobjecttypeOmschrijving": ["Brief"],
            "vastgelegdIn": ["Brief"],
            "resultaattypen": [],
            "resultaattypenOmschrijving": [],
        }

    async def test_is_told_and_recorded(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen")
        event = (await zaken.service.outbox())[-1]
        assert event["nats"] == "zgw.v1.gm9001.besluittypen.besluittype.create"
        assert event["data"] == {
            "resource": "besluittype",
            "actie": "create",
            "hoofdObject": url,
            "kenmerken": {"catalogus": zaken.catalogus},
        }
        audit = (await zaken.service.audit())[-1]
        assert (audit["resource"], audit["actie"], audit["sealed"]) == ("besluittype", "create", False)

    async def test_shows_in_its_catalogus(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen", name="BT1")
        catalogus = await zaken.get(zaken.catalogus)
        assert (catalogus["besluittypen"], catalogus["besluittypeOmschrijving"]) == ([url], ["BT1"])

    async def test_names_all_that_is_missing(self, zaken: Zaken) -> None:
        assert wrong(await zaken.client.post(PATH, json={})) == {
            (name, "required")
            for name in ("catalogus", "publicatieIndicatie", "informatieobjecttypen", "beginGeldigheid")
        }

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"omschrijving": "x" * 81}, ("omschrijving", "max_length")),
            ({"omschrijvingGeneriek": "x" * 81}, ("omschrijvingGeneriek", "max_length")),
            ({"besluitcategorie": "x" * 41}, ("besluitcategorie", "max_length")),
            ({"reactietermijn": "zes weken"}, ("reactietermijn", "invalid")),
            ({"publicatietermijn": "P"}, ("publicatietermijn", "invalid")),
            ({"publicatieIndicatie": None}, ("publicatieIndicatie", "null")),
            ({"beginGeldigheid": "2020-13-01"}, ("beginGeldigheid", "invalid")),
            ({"eindeGeldigheid": "2019-12-31"}, ("eindeGeldigheid", "einde-voor-begin")),
            ({"catalogus": "https://elders.example/1"}, ("catalogus", "no_match")),
            ({"informatieobjecttypen": ["Onbekend"]}, ("informatieobjecttypen.0", "does_not_exist")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, object], expected: tuple[str, str]) -> None:
        assert wrong(await zaken.client.post(PATH, json=body(zaken, "besluittypen") | fields)) == {expected}


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen")
        for path in (PATH, url):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await holder(zaken).get(path)).status_code == 403

    async def test_who_reads_zaken_or_documenten_reads_types(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen")
        documents = zaken.service.client("documenten", [{"component": "drc", "scopes": ["documenten.lezen"]}])
        for client in (holder(zaken, "lezen"), zaken.limited("lezer", "zaken.lezen"), documents):
            assert (await client.get(url)).status_code == 200
            assert (await client.get(PATH)).status_code == 200

    async def test_is_found(self, zaken: Zaken) -> None:
        brief = await make(zaken, "informatieobjecttypen", name="Brief", publish=True)
        concept = await make(zaken, "besluittypen", name="Concept")
        old = await make(zaken, "besluittypen", name="BT1", eindeGeldigheid="2020-12-31", publish=True)
        new = await make(
            zaken,
            "besluittypen",
            name="BT1",
            beginGeldigheid="2021-01-01",
            informatieobjecttypen=["Brief"],
            publish=True,
        )
        elsewhere = await make(zaken, "besluittypen", name="BT1", catalogus=await other_catalogus(zaken), publish=True)
        zaaktype = await make(zaken, "zaaktypen", name="ZT1", besluittypen=["BT1"])
        for query, urls in (
            ({}, [old, new, elsewhere]),
            ({"status": "definitief"}, [old, new, elsewhere]),
            ({"status": "concept"}, [concept]),
            ({"status": "alles"}, [concept, old, new, elsewhere]),
            ({"omschrijving": "BT1", "catalogus": zaken.catalogus}, [old, new]),
            ({"datumGeldigheid": "2020-12-31", "catalogus": zaken.catalogus}, [old]),
            ({"datumGeldigheid": "2021-01-01", "catalogus": zaken.catalogus}, [new]),
            ({"zaaktypen": "ZT1"}, [old, new]),
            ({"zaaktypen": zaaktype}, [old, new]),
            ({"zaaktypen": "verhuizing"}, []),
            ({"informatieobjecttypen": "Brief"}, [new]),
            ({"informatieobjecttypen": brief, "status": "alles"}, [new]),
        ):
            found = await zaken.get(PATH, **query)
            assert [one["url"] for one in found["results"]] == urls, query

    async def test_refuses_what_it_does_not_know(self, zaken: Zaken) -> None:
        for query, name in (
            ({"zaaktypen": "https://elders.example/1"}, "zaaktypen"),
            ({"informatieobjecttypen": zaken.zaaktype}, "informatieobjecttypen"),
            ({"catalogus": "VERH"}, "catalogus"),
            ({"status": "af"}, "status"),
            ({"page": "0"}, "page"),
            ({"kleur": "rood"}, "kleur"),
        ):
            assert {one for one, _ in wrong(await zaken.client.get(PATH, params=query))} == {name}

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen")
        etag = (await zaken.client.get(url)).headers["etag"]
        assert (await zaken.client.head(url)).headers["etag"] == etag
        assert (await zaken.client.get(url, headers={"If-None-Match": etag})).status_code == 304


async def test_a_concept_is_published_with_concepts(zaken: Zaken) -> None:
    await make(zaken, "informatieobjecttypen", name="Brief")
    url = await make(zaken, "besluittypen", informatieobjecttypen=["Brief"])
    assert (await do_publish(zaken, url))["informatieobjecttypen"] == []
