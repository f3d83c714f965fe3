"""Eigenschappen."""

from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

BODY = {
    "naam": "kenteken",
    "definitie": "Kenteken van de auto",
    "specificatie": {"formaat": "tekst", "lengte": "8", "kardinaliteit": "1"},
}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        body = BODY | {"zaaktype": zaken.zaaktype}
        assert (await zaken.service.anonymous().post(f"{CATALOGI}/eigenschappen", json=body)).status_code == 403
        answer = await zaken.limited("lezer", "zaken.lezen").post(f"{CATALOGI}/eigenschappen", json=body)
        assert answer.status_code == 403

    async def test_shows_in_its_statustype(self, zaken: Zaken) -> None:
        url, first, *_ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        body = BODY | {"zaaktype": url, "statustype": first}
        eigenschap = created(await zaken.client.post(f"{CATALOGI}/eigenschappen", json=body))
        assert eigenschap["specificatie"] == BODY["specificatie"] | {"groep": "", "waardenverzameling": []}
        assert (eigenschap["statustype"], eigenschap["catalogus"]) == (first, zaken.catalogus)
        assert await zaken.get(eigenschap["url"]) == eigenschap
        assert (await zaken.get(first))["eigenschappen"] == [eigenschap["url"]]

    async def test_a_name_is_used_once_per_zaaktype(self, zaken: Zaken) -> None:
        url, *_ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        created(await zaken.client.post(f"{CATALOGI}/eigenschappen", json=BODY | {"zaaktype": url}))
        again = await zaken.client.post(f"{CATALOGI}/eigenschappen", json=BODY | {"zaaktype": url})
        assert wrong(again) == {("nonFieldErrors", "unique")}
