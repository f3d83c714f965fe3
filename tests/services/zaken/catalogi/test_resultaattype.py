"""Resultaattypen."""

from tests.services.zaken.making import CATALOGI, Zaken, created

BODY = {
    "omschrijving": "Verleend",
    "resultaattypeomschrijving": "https://lijst.example/resultaattypeomschrijvingen/1",
    "selectielijstklasse": "https://lijst.example/resultaten/1",
    "archiefnominatie": "vernietigen",
    "archiefactietermijn": "P10Y",
    "brondatumArchiefprocedure": {"afleidingswijze": "afgehandeld"},
}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        body = BODY | {"zaaktype": zaken.zaaktype}
        assert (await zaken.service.anonymous().post(f"{CATALOGI}/resultaattypen", json=body)).status_code == 403
        answer = await zaken.limited("lezer", "zaken.lezen").post(f"{CATALOGI}/resultaattypen", json=body)
        assert answer.status_code == 403

    async def test_is_answered(self, zaken: Zaken) -> None:
        url, *_ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        made = created(await zaken.client.post(f"{CATALOGI}/resultaattypen", json=BODY | {"zaaktype": url}))
        assert (made["archiefactietermijn"], made["beginGeldigheid"]) == ("P10Y", "2020-01-01")
        assert await zaken.get(made["url"]) == made
