"""The history model: relations by name, answered as the versions of the day."""

from typing import Any
from uuid import uuid4

import pytest

from services.zaken.catalogi.historiemodel import COMPOSITIONS, compose
from tests.services.zaken.catalogi.test_resultaattype import KIND as RESULTAATTYPE
from tests.services.zaken.catalogi.typen import SINGULAR, do_publish, make, other_catalogus, relate
from tests.services.zaken.making import CATALOGI, Zaken

NEW_YEAR, SUMMER = "2024-01-01", "2024-07-01"


async def versions(zaken: Zaken, collection: str, **fields: Any) -> tuple[str, str]:
    """Two published versions of a type: until and from the summer of 2024."""
    first = await make(zaken, collection, **fields, eindeGeldigheid="2024-06-30", publish=True)
    second = await make(zaken, collection, **fields, beginGeldigheid=SUMMER, publish=True)
    return first, second


async def on(zaken: Zaken, url: str, day: str) -> dict[str, Any]:
    """A type as of a day, of which a list tells the same."""
    one = await zaken.get(url, datumGeldigheid=day)
    collection = url.rsplit("/", 2)[1]
    listed = (await zaken.get(f"{CATALOGI}/{collection}", datumGeldigheid=day, status="alles"))["results"]
    assert [other for other in listed if other["url"] == url] == [one]
    return one


class TestForward:
    async def test_a_zaaktype_shows_the_besluittype_of_the_day(self, zaken: Zaken) -> None:
        first, second = await versions(zaken, "besluittypen", name="BT1")
        url = await make(zaken, "zaaktypen", name="ZT1", besluittypen=["BT1"], publish=True)
        for day, shown in (
            ("2024-06-30", [first]),
            (SUMMER, [second]),
            ("2020-01-01", [first]),
        ):
            assert (await on(zaken, url, day))["besluittypen"] == shown
        assert (await zaken.get(url, datumGeldigheid="2019-12-31"))["besluittypen"] == []
        now = await zaken.get(url)
        assert (now["besluittypen"], now["besluittypeOmschrijving"]) == ([second], ["BT1"])

    async def test_a_url_means_every_version_too(self, zaken: Zaken) -> None:
        first, second = await versions(zaken, "besluittypen", name="BT1")
        url = await make(zaken, "zaaktypen", name="ZT1", besluittypen=[first], publish=True)
        assert (await zaken.get(url))["besluittypen"] == [second]

    async def test_a_zaaktype_shows_its_zaaktypen_of_the_day(self, zaken: Zaken) -> None:
        first, second = await versions(zaken, "zaaktypen", name="Deel")
        relation = {"zaaktype": "Deel", "aardRelatie": "bijdrage", "toelichting": "Helpt."}
        later = relation | {"zaaktype": "verhuizing"}
        url = await make(
            zaken,
            "zaaktypen",
            name="Heel",
            deelzaaktypen=["Deel"],
            gerelateerdeZaaktypen=[later, relation],
            publish=True,
        )
        for day, shown in (("2024-06-30", first), (SUMMER, second)):
            found = await on(zaken, url, day)
            assert (found["deelzaaktypen"], found["deelzaaktypeIdentificaties"]) == ([shown], ["Deel"])
            assert found["gerelateerdeZaaktypen"] == [
                {**later, "zaaktype": zaken.zaaktype, "zaaktypeIdentificatie": "verhuizing"},
                {**relation, "zaaktype": shown, "zaaktypeIdentificatie": "Deel"},
            ]

    async def test_a_besluittype_and_a_zaaktype_show_the_informatieobjecttype_of_the_day(self, zaken: Zaken) -> None:
        first, second = await versions(zaken, "informatieobjecttypen", name="Brief")
        besluittype = await make(zaken, "besluittypen", informatieobjecttypen=["Brief"], publish=True)
        zaaktype = await make(zaken, "zaaktypen", name="Nieuw")
        await relate(zaken, zaaktype, "Brief")
        await relate(zaken, zaaktype, "Brief", volgnummer=2, richting="inkomend")
        await do_publish(zaken, zaaktype)
        for day, shown in (("2024-06-30", first), (SUMMER, second)):
            assert (await on(zaken, besluittype, day))["informatieobjecttypen"] == [shown]
            found = await on(zaken, zaaktype, day)
            assert (found["informatieobjecttypen"], found["informatieobjecttypeOmschrijving"]) == ([shown], ["Brief"])

    async def test_an_informatieobjecttype_at_a_zaaktype_is_always_one(self, zaken: Zaken) -> None:
        concept = await make(zaken, "informatieobjecttypen", name="Brief")
        zaaktype = await make(zaken, "zaaktypen", name="Nieuw")
        url = (await relate(zaken, zaaktype, "Brief"))["url"]
        assert (await zaken.get(url))["informatieobjecttype"] == concept
        over = await make(zaken, "informatieobjecttypen", name="Brief", eindeGeldigheid="2021-01-01", publish=True)
        assert (await zaken.get(url))["informatieobjecttype"] == over
        now = await make(zaken, "informatieobjecttypen", name="Brief", beginGeldigheid=NEW_YEAR, publish=True)
        assert (await zaken.get(url))["informatieobjecttype"] == now


class TestBack:
    async def test_a_besluittype_shows_the_zaaktype_of_the_day(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen", name="BT1", publish=True)
        first, second = await versions(zaken, "zaaktypen", name="ZT1", besluittypen=["BT1"])
        for day, shown in (("2024-06-30", first), (SUMMER, second)):
            found = await on(zaken, url, day)
            assert (found["zaaktypen"], found["zaaktypeIdentificaties"]) == ([shown], ["ZT1"])

    async def test_an_informatieobjecttype_shows_what_uses_it_that_day(self, zaken: Zaken) -> None:
        url = await make(zaken, "informatieobjecttypen", name="Brief", publish=True)
        decided = await versions(zaken, "besluittypen", name="BT1", informatieobjecttypen=["Brief"])
        zaaktypen = []
        for fields in ({"eindeGeldigheid": "2024-06-30"}, {"beginGeldigheid": SUMMER}):
            zaaktypen.append(await make(zaken, "zaaktypen", name="ZT1", **fields))
            await relate(zaken, zaaktypen[-1], "Brief")
            await do_publish(zaken, zaaktypen[-1])
        for place, day in enumerate(("2024-06-30", SUMMER)):
            found = await on(zaken, url, day)
            assert (found["besluittypen"], found["besluittypeOmschrijving"]) == ([decided[place]], ["BT1"])
            assert (found["zaaktypen"], found["zaaktypeIdentificaties"]) == ([zaaktypen[place]], ["ZT1"])

    async def test_a_besluittype_shows_the_resultaattypen_that_lead_to_it(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen", name="BT1", publish=True)
        resultaattype = await RESULTAATTYPE.make(zaken, besluittypen=["BT1"])
        assert (await zaken.get(url))["resultaattypen"] == []  # its zaaktype is a concept
        await do_publish(zaken, resultaattype["zaaktype"])
        found = await zaken.get(url)
        assert found["resultaattypen"] == [resultaattype["url"]]
        assert found["resultaattypenOmschrijving"] == [resultaattype["omschrijving"]]
        assert (await zaken.get(resultaattype["url"]))["besluittypen"] == [url]


class TestConcepts:
    async def test_a_published_type_shows_no_concepts(self, zaken: Zaken) -> None:
        url = await make(zaken, "besluittypen", name="BT1", publish=True)
        await make(zaken, "zaaktypen", name="ZT1", besluittypen=["BT1"])
        assert (await zaken.get(url))["zaaktypen"] == []
        part = await make(zaken, "zaaktypen", name="Deel")
        whole = await make(zaken, "zaaktypen", name="Heel", deelzaaktypen=["Deel"], publish=True)
        found = await zaken.get(whole)
        assert (found["deelzaaktypen"], found["deelzaaktypeIdentificaties"]) == ([], ["Deel"])
        await do_publish(zaken, part)
        assert (await zaken.get(whole))["deelzaaktypen"] == [part]

    async def test_a_concept_shows_a_concept_until_something_is_published(self, zaken: Zaken) -> None:
        concept = await make(zaken, "besluittypen", name="BT1")
        url = await make(zaken, "zaaktypen", name="ZT1", besluittypen=["BT1"])
        assert (await zaken.get(url))["besluittypen"] == [concept]
        assert (await zaken.get(concept))["zaaktypen"] == [url]
        published = await make(zaken, "besluittypen", name="BT1", publish=True)
        assert (await zaken.get(url))["besluittypen"] == [published]

    async def test_a_type_of_the_same_name_in_another_catalogus_is_another(self, zaken: Zaken) -> None:
        await make(zaken, "besluittypen", name="BT1", catalogus=await other_catalogus(zaken), publish=True)
        own = await make(zaken, "besluittypen", name="BT1", publish=True)
        url = await make(zaken, "zaaktypen", name="ZT1", besluittypen=["BT1"], publish=True)
        assert (await zaken.get(url))["besluittypen"] == [own]


class TestAnswer:
    async def test_the_etag_is_of_what_is_answered(self, zaken: Zaken) -> None:
        await versions(zaken, "besluittypen", name="BT1")
        url = await make(zaken, "zaaktypen", name="ZT1", besluittypen=["BT1"], publish=True)
        tags = [
            (await zaken.client.get(url, params={"datumGeldigheid": day})).headers["etag"]
            for day in ("2024-06-30", SUMMER, "2024-08-01")
        ]
        assert tags[0] != tags[1] == tags[2]
        same = await zaken.client.get(url, headers={"If-None-Match": tags[2]})
        assert (same.status_code, same.content) == (304, b"")
        assert (await zaken.client.head(url)).headers["etag"] == tags[2]
        path = f"{CATALOGI}/zaaktypen"
        page = (await zaken.client.get(path)).headers["etag"]
        assert (await zaken.client.get(path, headers={"If-None-Match": page})).status_code == 304

    async def test_a_day_that_is_none_is_refused(self, zaken: Zaken) -> None:
        for path in (zaken.zaaktype, f"{CATALOGI}/zaaktypen"):
            answer = await zaken.client.get(path, params={"datumGeldigheid": "morgen"})
            assert [one["name"] for one in answer.json()["invalidParams"]] == ["datumGeldigheid"]

    @pytest.mark.parametrize("collection", ["zaaktypen", "besluittypen", "informatieobjecttypen"])
    async def test_a_page_takes_one_query_more(
        self, zaken: Zaken, collection: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("Een", "Twee", "Drie"):
            await make(zaken, collection, name=name, publish=True)
        asked: list[str] = []
        database = zaken.service.runtime.database
        fetch = database.fetch

        async def counted(sql: str, *values: Any) -> Any:
            asked.append(sql)
            return await fetch(sql, *values)

        monkeypatch.setattr(database, "fetch", counted)
        found = await zaken.get(f"{CATALOGI}/{collection}")
        assert found["count"] >= 3
        assert asked.count(COMPOSITIONS[SINGULAR[collection]].sql) == 1

    async def test_what_comes_along_with_a_zaak_is_what_a_get_of_it_answers(self, zaken: Zaken) -> None:
        besluittype = await make(zaken, "besluittypen", name="BT1", publish=True)
        assert (await zaken.client.patch(zaken.zaaktype, json={"besluittypen": ["BT1"]})).status_code == 200
        zaak = await zaken.zaak()
        found = await zaken.get(zaak["url"], expand="zaaktype.besluittypen,zaaktype.statustypen")
        zaaktype = found["_expand"]["zaaktype"]
        embedded = zaaktype.pop("_expand")
        assert zaaktype == await zaken.get(zaken.zaaktype)
        assert embedded["besluittypen"] == [await zaken.get(besluittype)]
        assert [one["url"] for one in embedded["statustypen"]] == [zaken.first, zaken.last]

    def test_composing_is_a_pure_function(self) -> None:
        stored = {"url": "x", "besluittypen": ["BT1"], "gerelateerdeZaaktypen": [], "concept": True}
        kept, row = dict(stored), uuid4()
        found = {"besluittypen": [row], "informatieobjecttypen": [], "deelzaaktypen": [], "namen": None, "ids": None}
        made = compose(stored, found, COMPOSITIONS["zaaktype"], "http://meent.test")
        assert made["besluittypen"] == [f"http://meent.test/catalogi/api/v1/besluittypen/{row}"]
        assert stored == kept
