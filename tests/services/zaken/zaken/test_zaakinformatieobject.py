"""Zaakinformatieobjecten: judged (zrc-003), fixed (zrc-004), of a type that belongs to the zaaktype (zrc-017)."""

from types import MappingProxyType
from typing import Any

import pytest

from chassis import clock
from chassis.unit import Unit
from services.zaken.informatieobject import informatieobjecten_of
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import ZAKEN, Zaken, created, wrong
from tests.services.zaken.zaken.behaviour import PartBehaviour


class TestZaakinformatieobject(PartBehaviour):
    resource, path, shown = "zaakinformatieobject", "/zaakinformatieobjecten", "zaakinformatieobjecten"
    patch = MappingProxyType({"titel": "Paspoort"})
    made = 0
    informatieobjecttype = ""

    @pytest.fixture(autouse=True)
    def _elsewhere(self, elsewhere: Elsewhere) -> None:
        self.provider = elsewhere

    def document(self, informatieobjecttype: str, **fields: Any) -> str:
        self.made += 1
        content = {
            "informatieobjecttype": informatieobjecttype,
            "indicatieGebruiksrecht": False,
            "status": "gearchiveerd",
        } | fields
        return self.provider.put(f"documenten/{self.made}", content)

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        self.informatieobjecttype = self.informatieobjecttype or await zaken.make_informatieobjecttype()
        return {"zaak": zaak, "informatieobject": self.document(self.informatieobjecttype)}

    async def test_has_its_aard_and_registratiedatum_from_us(self, zaken: Zaken) -> None:
        body = await self.make(zaken, (await zaken.zaak())["url"])
        given = body | {"registratiedatum": "1900-01-01", "aardRelatieWeergave": "Legt vast"}
        with clock.frozen(clock.now()):
            made = created(await zaken.client.post(f"{ZAKEN}{self.path}", json=given))
            assert made["registratiedatum"] == clock.iso(clock.now())
        assert made["aardRelatieWeergave"] == "Hoort bij, omgekeerd: kent"
        again = await zaken.client.patch(
            made["url"], json={"aardRelatieWeergave": "x", "registratiedatum": "1900-01-01"}
        )
        assert again.json() == made

    async def test_is_fetched_and_judged(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        for url, code in (
            (f"{self.provider.base}/nergens", "bad-url"),
            (self.provider.put("html", "<html>"), "invalid-resource"),
            (self.provider.put("anders", {"informatieobjecttype": "x"}), "invalid-resource"),
            (zaak.replace("/zaken/api/v1/zaken/", "/documenten/api/v1/enkelvoudiginformatieobjecten/"), "bad-url"),
        ):
            answer = await zaken.client.post(f"{ZAKEN}{self.path}", json={"zaak": zaak, "informatieobject": url})
            assert wrong(answer) == {("informatieobject", code)}

    async def test_is_of_a_type_that_belongs_to_the_zaaktype(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        for informatieobjecttype in (
            await zaken.make_informatieobjecttype("Foto", related=False),
            "https://elders.example/informatieobjecttypen/1",
        ):
            body = {"zaak": zaak, "informatieobject": self.document(informatieobjecttype)}
            assert wrong(await zaken.client.post(f"{ZAKEN}{self.path}", json=body)) == {
                ("nonFieldErrors", "missing-zaaktype-informatieobjecttype-relation")
            }

    async def test_belongs_to_a_zaak_once(self, zaken: Zaken) -> None:
        body = await self.make(zaken, (await zaken.zaak())["url"])
        answers = [await zaken.client.post(f"{ZAKEN}{self.path}", json=body) for _ in range(2)]
        assert answers[0].status_code == 201
        assert wrong(answers[1]) == {("nonFieldErrors", "unique")}
        other = body | {"zaak": (await zaken.zaak())["url"]}
        assert (await zaken.client.post(f"{ZAKEN}{self.path}", json=other)).status_code == 201

    async def test_the_relation_itself_does_not_change(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        another = await self.make(zaken, other)
        expected = {("zaak", "wijzigen-niet-toegelaten"), ("informatieobject", "wijzigen-niet-toegelaten")}
        for answer in (await zaken.client.put(url, json=another), await zaken.client.patch(url, json=another)):
            assert wrong(answer) == expected

    async def test_shows_in_the_status_it_names_and_no_longer_when_it_does_not(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        first = (await zaken.status(zaak, zaken.first))["url"]
        second = (await zaken.status(zaak, zaken.first, "2026-02-02T10:00:00Z"))["url"]
        elsewhere = (await zaken.status(other, zaken.first))["url"]
        body = await self.make(zaken, zaak) | {"status": first}
        made = created(await zaken.client.post(f"{ZAKEN}{self.path}", json=body))
        assert (await zaken.get(first))["zaakinformatieobjecten"] == [made["url"]]
        assert (await zaken.client.patch(made["url"], json={"status": second})).json()["status"] == second
        assert (await zaken.get(first))["zaakinformatieobjecten"] == []
        assert (await zaken.get(second))["zaakinformatieobjecten"] == [made["url"]]
        assert wrong(await zaken.client.patch(made["url"], json={"status": elsewhere})) == {("status", "zaak-mismatch")}
        assert (await zaken.client.delete(made["url"])).status_code == 204
        assert (await zaken.get(second))["zaakinformatieobjecten"] == []

    async def test_who_opens_a_zaak_adds_to_it_and_who_destroys_takes_away(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        opener = zaken.limited("opener", "zaken.aanmaken")
        answer = await opener.post(f"{ZAKEN}{self.path}", json=await self.make(zaken, zaak))
        assert answer.status_code == 201
        url = answer.json()["url"]
        assert (await opener.patch(url, json={"titel": "x"})).status_code == 403
        assert (await opener.delete(url)).status_code == 403
        assert (await zaken.limited("vernietiger", "zaken.verwijderen").delete(url)).status_code == 204

    async def test_by_zaak_and_informatieobject(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        made = await self.add(zaken, zaak)
        await self.add(zaken, other)
        path = f"{ZAKEN}{self.path}"
        assert await zaken.get(path, zaak=zaak) == [made]
        assert await zaken.get(path, informatieobject=made["informatieobject"]) == [made]

    async def test_what_is_known_of_those_of_a_zaak(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        kind = await zaken.make_informatieobjecttype()
        url = self.document(kind, indicatieGebruiksrecht=True, status="gearchiveerd")
        created(await zaken.client.post(f"{ZAKEN}{self.path}", json={"zaak": zaak["url"], "informatieobject": url}))
        runtime = zaken.service.runtime
        async with runtime.database.session() as session:
            (known,) = await informatieobjecten_of(Unit(runtime, session), zaak["uuid"])
        assert (known.url, known.status, known.indicatie_gebruiksrecht) == (url, "gearchiveerd", True)
