"""Zaaktypen: concept, publishing and versions."""

import pytest

from tests.services.zaken.making import CATALOGI, ZAAKTYPE, Zaken, created, wrong


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        body = ZAAKTYPE | {"catalogus": zaken.catalogus}
        assert (await zaken.service.anonymous().post(f"{CATALOGI}/zaaktypen", json=body)).status_code == 403
        reader = zaken.service.client("lezer", [{"component": "ztc", "scopes": ["catalogi.lezen"]}])
        assert (await reader.post(f"{CATALOGI}/zaaktypen", json=body)).json()["code"] == "permission_denied"

    async def test_is_a_concept_with_all_fields(self, zaken: Zaken) -> None:
        before = len(await zaken.service.outbox())
        body = ZAAKTYPE | {"catalogus": zaken.catalogus, "identificatie": "nieuw", "trefwoorden": ["adres"]}
        zaaktype = created(await zaken.client.post(f"{CATALOGI}/zaaktypen", json=body))
        assert len(zaaktype) == 47
        assert zaaktype | body | {"referentieproces": {"naam": "Verhuizing behandelen", "link": ""}} == zaaktype
        assert (zaaktype["concept"], zaaktype["versiedatum"]) == (True, "2020-01-01")
        [event] = (await zaken.service.outbox())[before:]
        assert event["nats"] == "zgw.v1.gm9001.zaaktypen.zaaktype.create"
        assert event["data"]["kenmerken"] == {"catalogus": zaken.catalogus}
        assert zaaktype["url"] in (await zaken.get(zaken.catalogus))["zaaktypen"]

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"catalogus": "https://elders.example/1"}, ("catalogus", "no_match")),
            ({"doorlooptijd": "14 dagen"}, ("doorlooptijd", "invalid")),
            ({"eindeGeldigheid": "2019-12-31"}, ("eindeGeldigheid", "einde-voor-begin")),
            ({"verlengingMogelijk": True}, ("verlengingstermijn", "required")),
            ({"besluittypen": ["https://elders.example/1"]}, ("besluittypen.0", "bad-url")),
            ({"deelzaaktypen": ["x"]}, ("deelzaaktypen.0", "does_not_exist")),
            ({"selectielijstProcestype": "https://elders.example/1"}, ("selectielijstProcestype", "bad-url")),
            ({"trefwoorden": ["x" * 31]}, ("trefwoorden.0", "max_length")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, object], expected: tuple[str, str]) -> None:
        body = ZAAKTYPE | {"catalogus": zaken.catalogus} | fields
        assert wrong(await zaken.client.post(f"{CATALOGI}/zaaktypen", json=body)) == {expected}

    async def test_names_all_that_is_missing(self, zaken: Zaken) -> None:
        names = {name for name, code in wrong(await zaken.client.post(f"{CATALOGI}/zaaktypen", json={})) if code}
        assert names == set(ZAAKTYPE) | {"catalogus"}


class TestPublish:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        url, *_ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        assert (await zaken.service.anonymous().post(f"{url}/publish")).status_code == 403
        assert (await zaken.limited("lezer", "zaken.lezen").post(f"{url}/publish")).status_code == 403

    async def test_makes_it_definite_once(self, zaken: Zaken) -> None:
        url, *_ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        answer = await zaken.client.post(f"{url}/publish")
        assert (answer.status_code, answer.json()["concept"]) == (200, False)
        assert (await zaken.service.outbox())[-1]["type"] == "nl.overheid.zaaktypen.zaaktype-gepubliceerd"
        assert wrong(await zaken.client.post(f"{url}/publish")) == {("nonFieldErrors", "non-concept-object")}

    async def test_versions_do_not_hold_on_the_same_day(self, zaken: Zaken) -> None:
        url, *_ = await zaken.make_zaaktype(publish=False, beginGeldigheid="2026-01-01")
        assert wrong(await zaken.client.post(f"{url}/publish")) == {("beginGeldigheid", "overlap")}
        earlier, *_ = await zaken.make_zaaktype(
            publish=False, beginGeldigheid="2019-01-01", eindeGeldigheid="2019-12-31"
        )
        assert (await zaken.client.post(f"{earlier}/publish")).status_code == 200


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        nobody = zaken.service.client("leeg", [])
        for path in (zaken.zaaktype, f"{CATALOGI}/zaaktypen"):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await nobody.get(path)).status_code == 403

    async def test_shows_its_parts(self, zaken: Zaken) -> None:
        zaaktype = await zaken.get(zaken.zaaktype)
        assert (zaaktype["statustypen"], zaaktype["roltypen"]) == ([zaken.first, zaken.last], [zaken.roltype])

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        etag = (await zaken.client.get(zaken.zaaktype)).headers["etag"]
        assert (await zaken.client.head(zaken.zaaktype)).headers["etag"] == etag
        assert (await zaken.client.get(zaken.zaaktype, headers={"If-None-Match": etag})).status_code == 304
