"""Catalogussen."""

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
