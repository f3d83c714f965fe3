"""Statustypen: the last one ends a zaak, and a published zaaktype gets no more."""

import pytest

from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

EXTRA = {"omschrijving": "Gearchiveerd", "volgnummer": 9}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        body = EXTRA | {"zaaktype": zaken.zaaktype}
        assert (await zaken.service.anonymous().post(f"{CATALOGI}/statustypen", json=body)).status_code == 403
        assert (
            await zaken.limited("lezer", "zaken.lezen").post(f"{CATALOGI}/statustypen", json=body)
        ).status_code == 403

    async def test_the_highest_volgnummer_is_the_eindstatus(self, zaken: Zaken) -> None:
        url, first, last, _ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        assert [(await zaken.get(one))["isEindstatus"] for one in (first, last)] == [False, True]
        body = EXTRA | {"zaaktype": url, "checklistitemStatustype": [{"itemnaam": "a", "vraagstelling": "b?"}]}
        extra = created(await zaken.client.post(f"{CATALOGI}/statustypen", json=body))
        assert (extra["isEindstatus"], extra["zaaktypeIdentificatie"], extra["catalogus"]) == (
            True,
            "nieuw",
            zaken.catalogus,
        )
        assert extra["checklistitemStatustype"] == [
            {"itemnaam": "a", "toelichting": None, "vraagstelling": "b?", "verplicht": False}
        ]
        assert extra["beginGeldigheid"] == "2020-01-01"
        assert (await zaken.get(last))["isEindstatus"] is False
        assert (await zaken.get(url))["statustypen"] == [first, last, extra["url"]]
        middle = EXTRA | {"zaaktype": url, "volgnummer": 5}
        assert created(await zaken.client.post(f"{CATALOGI}/statustypen", json=middle))["isEindstatus"] is False

    async def test_a_published_zaaktype_gets_one_only_as_a_correction(self, zaken: Zaken) -> None:
        body = EXTRA | {"zaaktype": zaken.zaaktype}
        writer = zaken.service.client("schrijver", [{"component": "ztc", "scopes": ["catalogi.schrijven"]}])
        answer = await writer.post(f"{CATALOGI}/statustypen", json=body)
        assert wrong(answer) == {("nonFieldErrors", "non-concept-zaaktype")}
        forced = zaken.service.client("corrector", [{"component": "ztc", "scopes": ["catalogi.geforceerd-schrijven"]}])
        assert (await forced.post(f"{CATALOGI}/statustypen", json=body)).status_code == 201

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"volgnummer": 1}, ("nonFieldErrors", "unique")),
            ({"volgnummer": 0}, ("volgnummer", "min_value")),
            ({"volgnummer": 10000}, ("volgnummer", "max_value")),
            ({"zaaktype": "https://elders.example/1"}, ("zaaktype", "no_match")),
            ({"eigenschappen": ["https://elders.example/1"]}, ("eigenschappen.0", "no_match")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, object], expected: tuple[str, str]) -> None:
        body = EXTRA | {"zaaktype": zaken.zaaktype} | fields
        assert wrong(await zaken.client.post(f"{CATALOGI}/statustypen", json=body)) == {expected}


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        nobody = zaken.service.client("leeg", [])
        for path in (zaken.first, f"{CATALOGI}/statustypen"):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await nobody.get(path)).status_code == 403

    async def test_is_found(self, zaken: Zaken) -> None:
        url, first, last, _ = await zaken.make_zaaktype(publish=False, identificatie="concept")
        for query, urls in (
            ({}, [zaken.first, zaken.last]),
            ({"status": "concept"}, [first, last]),
            ({"zaaktype": url, "status": "alles"}, [first, last]),
            ({"zaaktypeIdentificatie": "verhuizing", "status": "alles"}, [zaken.first, zaken.last]),
            ({"datumGeldigheid": "2019-12-31"}, []),
            ({"status": "alles"}, [zaken.first, zaken.last, first, last]),
        ):
            found = await zaken.get(f"{CATALOGI}/statustypen", **query)
            assert [one["url"] for one in found["results"]] == urls, query

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        etag = (await zaken.client.get(zaken.first)).headers["etag"]
        assert (await zaken.client.head(zaken.first)).headers["etag"] == etag
        assert (await zaken.client.get(zaken.first, headers={"If-None-Match": etag})).status_code == 304
