"""Roltypen."""

from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

EXTRA = {"omschrijving": "Behandelaar", "omschrijvingGeneriek": "behandelaar"}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        body = EXTRA | {"zaaktype": zaken.zaaktype}
        assert (await zaken.service.anonymous().post(f"{CATALOGI}/roltypen", json=body)).status_code == 403
        assert (await zaken.limited("lezer", "zaken.lezen").post(f"{CATALOGI}/roltypen", json=body)).status_code == 403

    async def test_shows_in_its_zaaktype(self, zaken: Zaken) -> None:
        url, *_, first = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        roltype = created(await zaken.client.post(f"{CATALOGI}/roltypen", json=EXTRA | {"zaaktype": url}))
        assert roltype | EXTRA | {"zaaktype": url, "zaaktypeIdentificatie": "nieuw"} == roltype
        assert (await zaken.get(url))["roltypen"] == [first, roltype["url"]]

    async def test_refuses_a_published_zaaktype_and_an_unknown_kind(self, zaken: Zaken) -> None:
        writer = zaken.service.client("schrijver", [{"component": "ztc", "scopes": ["catalogi.schrijven"]}])
        answer = await writer.post(f"{CATALOGI}/roltypen", json=EXTRA | {"zaaktype": zaken.zaaktype})
        assert wrong(answer) == {("nonFieldErrors", "non-concept-zaaktype")}
        body = EXTRA | {"zaaktype": zaken.zaaktype, "omschrijvingGeneriek": "toeschouwer"}
        assert wrong(await writer.post(f"{CATALOGI}/roltypen", json=body)) == {
            ("omschrijvingGeneriek", "invalid_choice")
        }


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        nobody = zaken.service.client("leeg", [])
        for path in (zaken.roltype, f"{CATALOGI}/roltypen"):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await nobody.get(path)).status_code == 403

    async def test_is_found(self, zaken: Zaken) -> None:
        for query, count in (
            ({}, 1),
            ({"omschrijvingGeneriek": "initiator"}, 1),
            ({"omschrijvingGeneriek": "behandelaar"}, 0),
            ({"zaaktype": zaken.zaaktype}, 1),
            ({"status": "concept"}, 0),
        ):
            assert (await zaken.get(f"{CATALOGI}/roltypen", **query))["count"] == count, query

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        etag = (await zaken.client.get(zaken.roltype)).headers["etag"]
        assert (await zaken.client.head(zaken.roltype)).headers["etag"] == etag
        assert (await zaken.client.get(zaken.roltype, headers={"If-None-Match": etag})).status_code == 304
