"""Informatieobjecttypen at zaaktypen: their rules (ztc-010, ztc-013), filters and events."""

import asyncio
from typing import Any

import pytest

from tests.services.zaken.catalogi.typen import do_publish, holder, make, other_catalogus, relate
from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

PATH = f"{CATALOGI}/zaaktype-informatieobjecttypen"
RELATED = {("nonFieldErrors", "non-concept-relation")}


async def two(zaken: Zaken) -> tuple[str, str]:
    """A concept of a zaaktype and of an informatieobjecttype."""
    return await make(zaken, "zaaktypen", name="Nieuw"), await make(zaken, "informatieobjecttypen", name="Brief")


def sent(zaaktype: str, informatieobjecttype: str = "Brief", **fields: Any) -> dict[str, Any]:
    """A body."""
    return {
        "zaaktype": zaaktype,
        "informatieobjecttype": informatieobjecttype,
        "volgnummer": 1,
        "richting": "intern",
    } | fields


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        zaaktype, _ = await two(zaken)
        for client in (zaken.service.anonymous(), holder(zaken), holder(zaken, "lezen")):
            assert (await client.post(PATH, json=sent(zaaktype))).status_code == 403

    async def test_shows_all_fields_and_shows_in_the_zaaktype(self, zaken: Zaken) -> None:
        zaaktype, informatieobjecttype = await two(zaken)
        url, first, *_ = await zaken.make_zaaktype(publish=False, identificatie="Ander")
        made = created(await holder(zaken, "schrijven").post(PATH, json=sent(url, statustype=first)))
        assert made == {
            "url": made["url"],
            "zaaktype": url,
            "zaaktypeIdentificatie": "Ander",
            "catalogus": zaken.catalogus,
            "informatieobjecttype": informatieobjecttype,
            "volgnummer": 1,
            "richting": "intern",
            "statustype": first,
        }
        assert await zaken.get(made["url"]) == made
        assert (await zaken.get(url))["informatieobjecttypen"] == [informatieobjecttype]
        event = (await zaken.service.outbox())[-1]
        assert event["nats"] == "zgw.v1.gm9001.zaaktypen.zaaktypeinformatieobjecttype.create"
        assert (event["data"]["hoofdObject"], event["dataref"]) == (url, made["url"])
        assert [row["actie"] for row in await zaken.service.audit()][-1] == "create"
        assert zaaktype != url

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"volgnummer": 0}, ("volgnummer", "min_value")),
            ({"volgnummer": 1000}, ("volgnummer", "max_value")),
            ({"richting": "omhoog"}, ("richting", "invalid_choice")),
            ({"informatieobjecttype": "Onbekend"}, ("informatieobjecttype", "does_not_exist")),
            ({"informatieobjecttype": "https://elders.example/1"}, ("informatieobjecttype", "bad-url")),
            ({"zaaktype": "https://elders.example/1"}, ("zaaktype", "no_match")),
            ({"statustype": "https://elders.example/1"}, ("statustype", "no_match")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, object], expected: tuple[str, str]) -> None:
        zaaktype, _ = await two(zaken)
        assert wrong(await zaken.client.post(PATH, json=sent(zaaktype) | fields)) == {expected}

    async def test_refuses_a_used_number_and_a_statustype_of_another_zaaktype(self, zaken: Zaken) -> None:
        zaaktype, _ = await two(zaken)
        await relate(zaken, zaaktype, "Brief")
        answer = await zaken.client.post(PATH, json=sent(zaaktype, statustype=zaken.first))
        assert wrong(answer) == {("nonFieldErrors", "unique"), ("statustype", "zaaktype-mismatch")}

    async def test_refuses_an_informatieobjecttype_of_another_catalogus(self, zaken: Zaken) -> None:
        zaaktype, _ = await two(zaken)
        other = await make(zaken, "informatieobjecttypen", catalogus=await other_catalogus(zaken))
        incorrect = {("nonFieldErrors", "relations-incorrect-catalogus")}
        assert wrong(await zaken.client.post(PATH, json=sent(zaaktype, other))) == incorrect
        url = (await relate(zaken, zaaktype, "Brief"))["url"]
        assert wrong(await zaken.client.patch(url, json={"informatieobjecttype": other})) == incorrect
        assert wrong(await zaken.client.put(url, json=sent(zaaktype, other))) == incorrect


class TestRaces:
    async def test_a_relation_is_never_left_to_what_is_removed_meanwhile(self, zaken: Zaken) -> None:
        zaaktype, informatieobjecttype = await two(zaken)
        sends = [zaken.client.post(PATH, json=sent(zaaktype, volgnummer=number)) for number in range(1, 5)]
        *made, removed = await asyncio.gather(*sends, zaken.client.delete(informatieobjecttype))
        assert removed.status_code == 204
        assert {answer.status_code for answer in made} <= {201, 400}
        assert (await zaken.get(PATH, status="alles", zaaktype=zaaktype))["results"] == []
        assert (await zaken.get(zaaktype))["informatieobjecttypeOmschrijving"] == []


class TestConceptAndPublished:
    """Fixed only when both are published; who may force corrects (ztc-010)."""

    @pytest.mark.parametrize("published", ["zaaktype", "informatieobjecttype"])
    async def test_with_one_concept_it_changes(self, zaken: Zaken, published: str) -> None:
        zaaktype, informatieobjecttype = await two(zaken)
        if published == "informatieobjecttype":
            await do_publish(zaken, informatieobjecttype)
            url = (await relate(zaken, zaaktype, "Brief"))["url"]
        else:
            await do_publish(zaken, zaaktype)
            url = created(await holder(zaken, "schrijven").post(PATH, json=sent(zaaktype)))["url"]
        writer = holder(zaken, "schrijven")
        assert (await writer.put(url, json=sent(zaaktype, richting="inkomend"))).json()["richting"] == "inkomend"
        assert (await writer.patch(url, json={"volgnummer": 2})).json()["volgnummer"] == 2
        event = (await zaken.service.outbox())[-1]["data"]
        assert (event["actie"], event["resource"]) == ("partial_update", "zaaktypeinformatieobjecttype")
        assert (await writer.delete(url)).status_code == 204
        assert (await zaken.get(zaaktype))["informatieobjecttypen"] == []

    async def test_with_both_published_it_is_only_corrected(self, zaken: Zaken) -> None:
        zaaktype, informatieobjecttype = await two(zaken)
        url = (await relate(zaken, zaaktype, "Brief"))["url"]
        await do_publish(zaken, informatieobjecttype)
        await do_publish(zaken, zaaktype)
        writer = holder(zaken, "schrijven")
        assert wrong(await writer.post(PATH, json=sent(zaaktype, volgnummer=2))) == RELATED
        assert wrong(await writer.put(url, json=sent(zaaktype))) == RELATED
        assert wrong(await writer.patch(url, json={"volgnummer": 2})) == RELATED
        assert wrong(await writer.delete(url)) == RELATED
        corrector = holder(zaken, "geforceerd-schrijven")
        assert (await corrector.post(PATH, json=sent(zaaktype, volgnummer=2))).status_code == 201
        assert (await corrector.patch(url, json={"volgnummer": 3})).status_code == 200
        assert (await corrector.delete(url)).status_code == 403
        assert (await holder(zaken, "geforceerd-verwijderen").delete(url)).status_code == 204

    async def test_it_does_not_move_to_what_is_published(self, zaken: Zaken) -> None:
        zaaktype, informatieobjecttype = await two(zaken)
        other = await make(zaken, "zaaktypen", name="Ander", publish=True)
        url = (await relate(zaken, zaaktype, "Brief"))["url"]
        await do_publish(zaken, informatieobjecttype)
        assert wrong(await holder(zaken, "schrijven").patch(url, json={"zaaktype": other})) == RELATED

    async def test_it_moves_to_another_concept(self, zaken: Zaken) -> None:
        zaaktype, informatieobjecttype = await two(zaken)
        other = await make(zaken, "zaaktypen", name="Ander")
        url = (await relate(zaken, zaaktype, "Brief"))["url"]
        answer = await zaken.client.patch(url, json={"zaaktype": other})
        assert (answer.json()["zaaktype"], answer.json()["zaaktypeIdentificatie"]) == (other, "Ander")
        assert (await zaken.get(zaaktype))["informatieobjecttypen"] == []
        assert (await zaken.get(other))["informatieobjecttypen"] == [informatieobjecttype]


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        zaaktype, _ = await two(zaken)
        url = (await relate(zaken, zaaktype, "Brief"))["url"]
        for path in (PATH, url):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await holder(zaken).get(path)).status_code == 403
        for method in ("PUT", "PATCH", "DELETE"):
            assert (await holder(zaken, "lezen").request(method, url, json=sent(zaaktype))).status_code == 403

    async def test_is_found(self, zaken: Zaken) -> None:
        zaaktype, informatieobjecttype = await two(zaken)
        concept = (await relate(zaken, zaaktype, "Brief"))["url"]
        other = await make(zaken, "zaaktypen", name="Ander")
        definite = (await relate(zaken, other, "Brief", richting="inkomend"))["url"]
        await make(zaken, "informatieobjecttypen", name="Foto", publish=True)
        photo = (await relate(zaken, other, "Foto", volgnummer=2))["url"]
        await do_publish(zaken, informatieobjecttype)
        await do_publish(zaken, other)
        for query, urls in (
            ({}, [definite, photo]),
            ({"status": "concept"}, [concept]),
            ({"status": "alles"}, [concept, definite, photo]),
            ({"zaaktype": other}, [definite, photo]),
            ({"informatieobjecttype": "Brief", "status": "alles"}, [concept, definite]),
            ({"informatieobjecttype": informatieobjecttype}, [definite]),
            ({"informatieobjecttype": "Onbekend"}, []),
            ({"richting": "inkomend"}, [definite]),
        ):
            found = await zaken.get(PATH, **query)
            assert [one["url"] for one in found["results"]] == urls, query

    async def test_refuses_what_it_does_not_know(self, zaken: Zaken) -> None:
        for query, name in (
            ({"informatieobjecttype": "https://elders.example/1"}, "informatieobjecttype"),
            ({"zaaktype": "verhuizing"}, "zaaktype"),
            ({"richting": "omhoog"}, "richting"),
            ({"kleur": "rood"}, "kleur"),
        ):
            answer = await zaken.client.get(PATH, params=query)
            assert {one for one, _ in wrong(answer)} == {name}

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        zaaktype, _ = await two(zaken)
        url = (await relate(zaken, zaaktype, "Brief"))["url"]
        etag = (await zaken.client.get(url)).headers["etag"]
        assert (await zaken.client.head(url)).headers["etag"] == etag
        assert (await zaken.client.get(url, headers={"If-None-Match": etag})).status_code == 304
