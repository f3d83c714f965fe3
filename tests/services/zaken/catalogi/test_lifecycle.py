"""The life of a version of a main type: ztc-009, ztc-010 and the corrections, for all three alike."""

import asyncio
from typing import Any

import pytest

from tests.services.zaken.catalogi.typen import (
    BODIES,
    NAMES,
    SINGULAR,
    body,
    do_publish,
    holder,
    make,
    other_catalogus,
    relate,
)
from tests.services.zaken.making import CATALOGI, Zaken, wrong

each = pytest.mark.parametrize("collection", BODIES)
NOT_CONCEPT, RELATED = {("nonFieldErrors", "non-concept-object")}, {("nonFieldErrors", "non-concept-relation")}


async def last_event(zaken: Zaken) -> tuple[str, str, str]:
    """Subject, actie and resource of the newest event."""
    event = (await zaken.service.outbox())[-1]
    return event["nats"], event["data"]["actie"], event["data"]["resource"]


async def last_audit(zaken: Zaken) -> tuple[str, str]:
    """Resource and actie of the newest audit row."""
    row = (await zaken.service.audit())[-1]
    return row["resource"], row["actie"]


@each
class TestRights:
    async def test_without_token_or_scope_nothing_is_done(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        whole = body(zaken, collection, name="Nieuw")
        for client in (zaken.service.anonymous(), holder(zaken), holder(zaken, "lezen")):
            for method, path, content in (
                ("POST", f"{CATALOGI}/{collection}", whole),
                ("PUT", url, whole),
                ("PATCH", url, {"toelichting": "x"}),
                ("DELETE", url, None),
                ("POST", f"{url}/publish", None),
            ):
                answer = await client.request(method, path, json=content)
                assert answer.status_code == 403, (method, answer.text)

    async def test_force_alone_neither_makes_nor_publishes(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        forced = holder(zaken, "geforceerd-schrijven", "geforceerd-verwijderen")
        answer = await forced.post(f"{CATALOGI}/{collection}", json=body(zaken, collection))
        assert answer.status_code == 403
        assert (await forced.post(f"{url}/publish")).status_code == 403

    async def test_what_does_not_exist_is_404(self, zaken: Zaken, collection: str) -> None:
        url = (await make(zaken, collection, name="Nieuw"))[:-12] + "000000000000"
        for method, content in (("PUT", body(zaken, collection)), ("PATCH", {}), ("DELETE", None), ("GET", None)):
            assert (await zaken.client.request(method, url, json=content)).status_code == 404


@each
class TestConcept:
    async def test_is_changed_as_a_whole(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        whole = body(zaken, collection, name="Anders", beginGeldigheid="2021-02-03")
        answer = await holder(zaken, "schrijven").put(url, json=whole)
        assert answer.status_code == 200, answer.text
        assert (answer.json()[NAMES[collection]], answer.json()["beginGeldigheid"]) == ("Anders", "2021-02-03")
        assert (await zaken.client.get(url)).json() == answer.json()
        assert answer.headers["etag"] == (await zaken.client.get(url)).headers["etag"]
        name = SINGULAR[collection]
        assert await last_event(zaken) == (f"zgw.v1.gm9001.{collection}.{name}.update", "update", name)
        assert await last_audit(zaken) == (name, "update")

    async def test_is_changed_in_part(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        before = await zaken.get(url)
        answer = await holder(zaken, "schrijven").patch(url, json={"eindeGeldigheid": "2030-01-01"})
        assert answer.json() == before | {"eindeGeldigheid": "2030-01-01"}
        name = SINGULAR[collection]
        assert await last_event(zaken) == (f"zgw.v1.gm9001.{collection}.{name}.update", "partial_update", name)
        assert await last_audit(zaken) == (name, "partial_update")

    async def test_names_all_that_is_wrong(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        sent = {
            "eindeGeldigheid": "2019-01-01",
            "beginGeldigheid": "2020-01-01",
            "catalogus": await other_catalogus(zaken),
        }
        found = wrong(await zaken.client.patch(url, json=sent))
        assert found == {("eindeGeldigheid", "einde-voor-begin"), ("catalogus", "wijzigen-niet-toegelaten")}
        assert wrong(await zaken.client.patch(url, json={"beginGeldigheid": "gisteren"})) == {
            ("beginGeldigheid", "invalid")
        }

    async def test_is_removed(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        assert url in (await zaken.get(zaken.catalogus))[collection]
        answer = await holder(zaken, "schrijven").delete(url)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await zaken.client.get(url)).status_code == 404
        assert url not in (await zaken.get(zaken.catalogus))[collection]
        name = SINGULAR[collection]
        assert await last_event(zaken) == (f"zgw.v1.gm9001.{collection}.{name}.destroy", "destroy", name)
        assert await last_audit(zaken) == (name, "destroy")

    async def test_is_removed_with_only_the_scope_to_force_it(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        assert (await holder(zaken, "geforceerd-verwijderen").delete(url)).status_code == 204

    async def test_another_name_shows_in_the_catalogus(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        await zaken.client.patch(url, json={NAMES[collection]: "Anders"})
        catalogus = await zaken.get(zaken.catalogus)
        if collection != "zaaktypen":
            assert catalogus[f"{SINGULAR[collection]}Omschrijving"] == ["Anders"]


@each
class TestPublished:
    async def test_is_published_once(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw")
        answer = await holder(zaken, "schrijven").post(f"{url}/publish")
        assert (answer.status_code, answer.json()["concept"]) == (200, False)
        name = SINGULAR[collection]
        assert await last_event(zaken) == (f"zgw.v1.gm9001.{collection}.{name}.update", "update", name)
        assert (await zaken.service.outbox())[-1]["type"] == f"nl.overheid.{collection}.{name}-gepubliceerd"
        assert wrong(await zaken.client.post(f"{url}/publish")) == NOT_CONCEPT

    async def test_does_not_change_any_more(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw", publish=True)
        writer = holder(zaken, "schrijven")
        assert wrong(await writer.put(url, json=body(zaken, collection, name="Nieuw"))) == NOT_CONCEPT
        for sent in ({NAMES[collection]: "Anders"}, {"eindeGeldigheid": "2030-01-01", "beginObject": "2020-01-01"}):
            assert wrong(await writer.patch(url, json=sent)) == NOT_CONCEPT
        assert wrong(await writer.delete(url)) == NOT_CONCEPT

    async def test_gets_another_end(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw", publish=True)
        for end in ("2030-01-01", None, "2019-12-31"):  # before its begin: withdrawn
            answer = await holder(zaken, "schrijven").patch(url, json={"eindeGeldigheid": end})
            assert (answer.status_code, answer.json()["eindeGeldigheid"]) == (200, end)

    async def test_is_corrected_by_who_may(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw", publish=True)
        corrector = holder(zaken, "geforceerd-schrijven")
        whole = body(zaken, collection, name="Nieuw", beginObject="2020-01-01")
        assert (await corrector.put(url, json=whole)).json()["beginObject"] == "2020-01-01"
        assert (await corrector.patch(url, json={"beginObject": None})).json()["beginObject"] is None

    async def test_keeps_its_name_in_a_correction(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw", publish=True)
        answer = await holder(zaken, "geforceerd-schrijven").patch(url, json={NAMES[collection]: "Anders"})
        assert wrong(answer) == {(NAMES[collection], "wijzigen-niet-toegelaten")}

    async def test_is_removed_by_who_may_force_it(self, zaken: Zaken, collection: str) -> None:
        url = await make(zaken, collection, name="Nieuw", publish=True)
        assert (await holder(zaken, "schrijven", "geforceerd-verwijderen").delete(url)).status_code == 204


@each
class TestPeriods:
    """ztc-016: published versions of one name never hold on the same day."""

    @pytest.mark.parametrize(
        ("begin", "end", "fits"),
        [
            ("2021-01-01", None, True),
            ("2020-12-31", None, False),
            ("2019-01-01", "2019-12-31", True),
            ("2019-01-01", "2020-01-01", False),
            ("2020-06-01", "2020-06-02", False),
        ],
    )
    async def test_versions_do_not_overlap(
        self, zaken: Zaken, collection: str, begin: str, end: str | None, fits: bool
    ) -> None:
        await make(zaken, collection, name="Nieuw", eindeGeldigheid="2020-12-31", publish=True)
        url = await make(zaken, collection, name="Nieuw", beginGeldigheid=begin, eindeGeldigheid=end)
        answer = await zaken.client.post(f"{url}/publish")
        if fits:
            assert answer.status_code == 200
        else:
            assert wrong(answer) == {("beginGeldigheid", "overlap")}

    async def test_other_names_and_concepts_do_not_count(self, zaken: Zaken, collection: str) -> None:
        await make(zaken, collection, name="Nieuw")
        await make(zaken, collection, name="Ander", publish=True)
        await make(zaken, collection, name="Nieuw", catalogus=await other_catalogus(zaken), publish=True)
        await make(zaken, collection, name="Nieuw", publish=True)

    async def test_a_later_end_does_not_overlap_either(self, zaken: Zaken, collection: str) -> None:
        first = await make(zaken, collection, name="Nieuw", eindeGeldigheid="2020-12-31", publish=True)
        await make(zaken, collection, name="Nieuw", beginGeldigheid="2021-01-01", publish=True)
        answer = await holder(zaken, "schrijven").patch(first, json={"eindeGeldigheid": "2021-01-01"})
        assert wrong(answer) == {("beginGeldigheid", "overlap")}
        assert (await zaken.client.patch(first, json={"eindeGeldigheid": "2020-06-30"})).status_code == 200

    async def test_of_two_at_once_one_is_published(self, zaken: Zaken, collection: str) -> None:
        urls = [await make(zaken, collection, name="Nieuw") for _ in range(4)]
        answers = await asyncio.gather(*(zaken.client.post(f"{url}/publish") for url in urls))
        assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


class TestRelatedToPublished:
    """ztc-010 as VNG's collection of 2024 has it: who refers to one version, by its URL, is held to it."""

    @pytest.mark.parametrize(
        ("collection", "related", "field"),
        [
            ("zaaktypen", "besluittypen", "besluittypen"),
            ("besluittypen", "informatieobjecttypen", "informatieobjecttypen"),
        ],
    )
    async def test_a_concept_that_refers_to_one_version(
        self, zaken: Zaken, collection: str, related: str, field: str
    ) -> None:
        other = await make(zaken, related, name="Ander")
        url = await make(zaken, collection, name="Nieuw", **{field: [other]})
        writer = holder(zaken, "schrijven")
        assert (await writer.patch(url, json={"toelichting": "nog vrij"})).status_code == 200
        await do_publish(zaken, other)
        assert wrong(await writer.put(url, json=body(zaken, collection, name="Nieuw"))) == RELATED
        assert wrong(await writer.patch(url, json={"toelichting": "x"})) == RELATED
        assert wrong(await writer.delete(url)) == RELATED
        assert (await writer.patch(url, json={"eindeGeldigheid": "2030-01-01"})).status_code == 200
        forced = holder(zaken, "geforceerd-schrijven", "geforceerd-verwijderen")
        assert (await forced.patch(url, json={"toelichting": "x"})).status_code == 200
        assert (await forced.delete(url)).status_code == 204

    @pytest.mark.parametrize("by_url", [False, True])
    async def test_a_concept_that_refers_by_name_or_to_what_was_published_is_free(
        self, zaken: Zaken, by_url: bool
    ) -> None:
        besluittype = await make(zaken, "besluittypen", name="Ander", publish=True)
        url = await make(zaken, "zaaktypen", name="Nieuw", besluittypen=[besluittype if by_url else "Ander"])
        writer = holder(zaken, "schrijven")
        assert (await writer.patch(url, json={"toelichting": "x"})).status_code == 200
        sent = body(zaken, "zaaktypen", name="Nieuw", besluittypen=[besluittype])
        assert (await writer.put(url, json=sent)).status_code == 200
        assert (await writer.patch(url, json={"besluittypen": []})).json()["besluittypen"] == []
        assert (await writer.delete(url)).status_code == 204

    async def test_a_name_that_something_published_uses_is_not_taken_away(self, zaken: Zaken) -> None:
        url = await make(zaken, "informatieobjecttypen", name="Nieuw")
        await make(zaken, "besluittypen", informatieobjecttypen=["Nieuw"], publish=True)
        writer = holder(zaken, "schrijven")
        assert wrong(await writer.patch(url, json={"omschrijving": "Anders"})) == RELATED
        assert wrong(await writer.delete(url)) == RELATED
        assert (await writer.patch(url, json={"trefwoord": ["vrij"]})).status_code == 200
        await make(zaken, "informatieobjecttypen", name="Nieuw")
        assert (await writer.delete(url)).status_code == 204

    async def test_a_zaaktype_with_a_published_informatieobjecttype_is_not_removed(self, zaken: Zaken) -> None:
        informatieobjecttype = await make(zaken, "informatieobjecttypen")
        zaaktype = await make(zaken, "zaaktypen", name="Nieuw")
        await relate(zaken, zaaktype, informatieobjecttype)
        await do_publish(zaken, informatieobjecttype)
        writer = holder(zaken, "schrijven")
        assert (await writer.patch(zaaktype, json={"toelichting": "x"})).status_code == 200
        assert wrong(await writer.delete(zaaktype)) == RELATED
        assert (await zaken.client.delete(zaaktype)).status_code == 204


class TestCorrection:
    @pytest.mark.parametrize(
        ("collection", "field", "related"),
        [
            ("zaaktypen", "besluittypen", "besluittypen"),
            ("zaaktypen", "deelzaaktypen", "zaaktypen"),
            ("besluittypen", "informatieobjecttypen", "informatieobjecttypen"),
        ],
    )
    async def test_adds_relations_and_removes_none(
        self, zaken: Zaken, collection: str, field: str, related: str
    ) -> None:
        for name in ("Een", "Twee"):
            await make(zaken, related, name=name, publish=True)
        url = await make(zaken, collection, name="Nieuw", **{field: ["Een"]}, publish=True)
        corrector = holder(zaken, "geforceerd-schrijven")
        assert wrong(await corrector.patch(url, json={field: ["Twee"]})) == {(field, "correctie-verwijdert")}
        answer = await corrector.patch(url, json={field: ["Twee", "Een"]})
        assert (answer.status_code, len(answer.json()[field])) == (200, 2)

    async def test_keeps_the_related_zaaktypen(self, zaken: Zaken) -> None:
        relation: dict[str, Any] = {"zaaktype": "verhuizing", "aardRelatie": "vervolg", "toelichting": "Eerst dit."}
        url = await make(zaken, "zaaktypen", name="Nieuw", gerelateerdeZaaktypen=[relation], publish=True)
        corrector = holder(zaken, "geforceerd-schrijven")
        for sent in ([], [relation | {"aardRelatie": "bijdrage"}]):
            found = wrong(await corrector.patch(url, json={"gerelateerdeZaaktypen": sent}))
            assert found == {("gerelateerdeZaaktypen", "correctie-verwijdert")}
        sent = [relation | {"toelichting": "Beter zo."}]
        assert (await corrector.patch(url, json={"gerelateerdeZaaktypen": sent})).status_code == 200

    async def test_leaves_zaken_right(self, zaken: Zaken) -> None:
        url = await make(zaken, "zaaktypen", name="Nieuw", publish=True)
        corrector = holder(zaken, "geforceerd-schrijven")
        sent = {"productenOfDiensten": [], "beginGeldigheid": "2020-01-02"}
        assert wrong(await corrector.patch(url, json=sent)) == {
            ("productenOfDiensten", "correctie-verwijdert"),
            ("beginGeldigheid", "correctie-beperkt"),
        }
        assert (await corrector.patch(url, json={"beginGeldigheid": "2019-12-31"})).status_code == 200


class TestUsed:
    async def test_a_zaaktype_with_zaken_is_never_removed(self, zaken: Zaken) -> None:
        await zaken.zaak()
        before = await zaken.get(zaken.zaaktype)
        answer = await zaken.client.delete(zaken.zaaktype)
        assert (answer.status_code, answer.json()["code"]) == (409, "in-gebruik")
        assert await zaken.get(zaken.zaaktype) == before
        assert (await zaken.client.get(zaken.first)).status_code == 200

    async def test_a_concept_goes_with_its_parts(self, zaken: Zaken) -> None:
        await make(zaken, "informatieobjecttypen")
        url, first, last, roltype = await zaken.make_zaaktype(publish=False, identificatie="Nieuw")
        related = await relate(zaken, url, "Brief", statustype=first)
        assert (await holder(zaken, "schrijven").delete(url)).status_code == 204
        for gone in (url, first, last, roltype, related["url"]):
            assert (await zaken.client.get(gone)).status_code == 404
        audited = [(row["resource"], row["actie"]) for row in (await zaken.service.audit())[-5:]]
        assert set(audited) == {
            (name, "destroy") for name in ("zaaktypeinformatieobjecttype", "statustype", "roltype", "zaaktype")
        }

    async def test_the_last_version_takes_its_relations_along(self, zaken: Zaken) -> None:
        url = await make(zaken, "informatieobjecttypen", publish=True)
        besluittype = await make(zaken, "besluittypen", informatieobjecttypen=["Brief"], publish=True)
        zaaktype = await make(zaken, "zaaktypen", name="Nieuw")
        related = await relate(zaken, zaaktype, "Brief")
        await do_publish(zaken, zaaktype)
        version = await make(zaken, "informatieobjecttypen")
        assert (await zaken.client.delete(version)).status_code == 204
        assert (await zaken.get(besluittype))["vastgelegdIn"] == ["Brief"]
        assert (await zaken.client.delete(url)).status_code == 204
        assert (await zaken.get(besluittype))["vastgelegdIn"] == []
        assert (await zaken.get(zaaktype))["informatieobjecttypeOmschrijving"] == []
        assert (await zaken.client.get(related["url"])).status_code == 404
        types = {event["type"] for event in (await zaken.service.outbox())[-3:]}
        assert "nl.overheid.zaaktypen.zaaktypeinformatieobjecttype-verwijderd" in types

    async def test_two_removals_at_once_leave_a_sound_whole(self, zaken: Zaken) -> None:
        urls = [await make(zaken, "informatieobjecttypen") for _ in range(2)]
        zaaktype = await make(zaken, "zaaktypen", name="Nieuw")
        await relate(zaken, zaaktype, "Brief")
        answers = await asyncio.gather(*(zaken.client.delete(url) for url in urls))
        assert [answer.status_code for answer in answers] == [204, 204]
        assert (await zaken.get(zaaktype))["informatieobjecttypeOmschrijving"] == []
