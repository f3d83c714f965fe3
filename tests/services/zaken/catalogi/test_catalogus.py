"""Catalogussen."""

import asyncio
from uuid import UUID

from tests.services.zaken.making import CATALOGI, CATALOGUS, RSIN, Zaken, created, wrong

BODY = CATALOGUS | {"domein": "ANDER"}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        assert (await zaken.service.anonymous().post(f"{CATALOGI}/catalogussen", json=BODY)).status_code == 403
        reader = zaken.service.client("lezer", [{"component": "ztc", "scopes": ["catalogi.lezen"]}])
        answer = await reader.post(f"{CATALOGI}/catalogussen", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_starts_empty(self, zaken: Zaken) -> None:
        answer = await zaken.client.post(f"{CATALOGI}/catalogussen", json=BODY)
        catalogus = created(answer)
        assert catalogus | BODY == catalogus
        assert answer.headers["api-version"] == "1.3.3"
        assert (catalogus["zaaktypen"], catalogus["besluittypen"], catalogus["informatieobjecttypen"]) == ([], [], [])

    async def test_refuses_a_second_of_one_domain_and_a_wrong_rsin(self, zaken: Zaken) -> None:
        again = await zaken.client.post(f"{CATALOGI}/catalogussen", json=CATALOGUS)
        assert wrong(again) == {("nonFieldErrors", "unique")}
        answer = await zaken.client.post(
            f"{CATALOGI}/catalogussen", json=BODY | {"rsin": "12345678x", "domein": "TELANG"}
        )
        assert wrong(answer) == {("rsin", "only-digits"), ("domein", "max_length")}

    async def test_two_at_once_give_one(self, zaken: Zaken) -> None:
        answers = await asyncio.gather(*(zaken.client.post(f"{CATALOGI}/catalogussen", json=BODY) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]


class TestUpdate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        reader = zaken.service.client("lezer", [{"component": "ztc", "scopes": ["catalogi.lezen"]}])
        for client in (zaken.service.anonymous(), reader):
            assert (await client.put(zaken.catalogus, json=BODY)).status_code == 403
            assert (await client.patch(zaken.catalogus, json={"naam": "a"})).status_code == 403
        for scope in ("catalogi.schrijven", "catalogi.geforceerd-schrijven"):
            writer = zaken.service.client("schrijver", [{"component": "ztc", "scopes": [scope]}])
            assert (await writer.patch(zaken.catalogus, json={"naam": scope})).status_code == 200

    async def test_put_replaces_and_patch_changes(self, zaken: Zaken) -> None:
        before = await zaken.get(zaken.catalogus)
        change = {"naam": "Verhuizen", "versie": "2", "begindatumVersie": "2026-01-01"}
        answer = await zaken.client.patch(zaken.catalogus, json=change)
        assert (answer.status_code, answer.json()) == (200, before | change)
        answer = await zaken.client.put(zaken.catalogus, json=CATALOGUS)
        assert (answer.status_code, answer.json()) == (200, before)
        assert await zaken.get(zaken.catalogus) == before
        assert [one["actie"] for one in (await zaken.service.audit())[-2:]] == ["partial_update", "update"]

    async def test_is_checked_like_a_new_one(self, zaken: Zaken) -> None:
        other = created(await zaken.client.post(f"{CATALOGI}/catalogussen", json=BODY))
        for answer in (
            await zaken.client.put(other["url"], json=CATALOGUS),
            await zaken.client.patch(other["url"], json={"domein": "VERH"}),
        ):
            assert wrong(answer) == {("nonFieldErrors", "unique")}
        wrongs = {"domein": "", "contactpersoonBeheerEmailadres": "geen adres", "contactpersoonBeheerNaam": None}
        assert wrong(await zaken.client.patch(other["url"], json=wrongs)) == {
            ("domein", "min_length"),
            ("contactpersoonBeheerEmailadres", "invalid"),
            ("contactpersoonBeheerNaam", "null"),
        }
        assert (await zaken.client.patch(f"{CATALOGI}/catalogussen/{UUID(int=0)}", json={})).status_code == 404


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        nobody = zaken.service.client("leeg", [])
        for path in (zaken.catalogus, f"{CATALOGI}/catalogussen"):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await nobody.get(path)).status_code == 403

    async def test_who_reads_zaken_reads_types(self, zaken: Zaken) -> None:
        assert (await zaken.limited("lezer", "zaken.lezen").get(zaken.catalogus)).status_code == 200

    async def test_shows_its_zaaktypen_and_is_found(self, zaken: Zaken) -> None:
        catalogus = await zaken.get(zaken.catalogus)
        assert catalogus["zaaktypen"] == [zaken.zaaktype]
        created(await zaken.client.post(f"{CATALOGI}/catalogussen", json=BODY))
        for query in ({"domein": "VERH"}, {"domein__in": "VERH,XX"}, {"rsin": RSIN, "domein": "VERH"}):
            found = await zaken.get(f"{CATALOGI}/catalogussen", **query)
            assert found["results"] == [catalogus]
        assert (await zaken.get(f"{CATALOGI}/catalogussen", rsin__in=f"{RSIN},000000000"))["count"] == 2

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        etag = (await zaken.client.get(zaken.catalogus)).headers["etag"]
        assert (await zaken.client.head(zaken.catalogus)).headers["etag"] == etag
        assert (await zaken.client.get(zaken.catalogus, headers={"If-None-Match": etag})).status_code == 304
