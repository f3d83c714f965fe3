"""Zaakobjecttypen."""

from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

BODY = {"anderObjecttype": False, "objecttype": "https://objecten.example/pand", "relatieOmschrijving": "Staat leeg"}


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        body = BODY | {"zaaktype": zaken.zaaktype, "catalogus": zaken.catalogus}
        assert (await zaken.service.anonymous().post(f"{CATALOGI}/zaakobjecttypen", json=body)).status_code == 403
        answer = await zaken.limited("lezer", "zaken.lezen").post(f"{CATALOGI}/zaakobjecttypen", json=body)
        assert answer.status_code == 403

    async def test_is_of_the_catalogus_of_its_zaaktype(self, zaken: Zaken) -> None:
        url, *_ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        body = BODY | {"zaaktype": url, "catalogus": zaken.catalogus}
        made = created(await zaken.client.post(f"{CATALOGI}/zaakobjecttypen", json=body))
        assert made | body == made
        assert await zaken.get(made["url"]) == made
        answer = await zaken.client.post(f"{CATALOGI}/zaakobjecttypen", json=body | {"catalogus": url})
        assert wrong(answer) == {("catalogus", "relations-incorrect-catalogus")}
