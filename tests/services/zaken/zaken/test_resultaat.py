"""Resultaten: one per zaak, of a type of its zaaktype (zrc-020), shown by the zaak."""

from types import MappingProxyType
from typing import Any

import httpx

from tests.services.zaken.making import ZAKEN, Zaken, created, wrong
from tests.services.zaken.zaken.behaviour import ARCHIVED, USUAL, PartBehaviour


class TestResultaat(PartBehaviour):
    resource, path = "resultaat", "/resultaten"
    patch = MappingProxyType({"toelichting": "anders"})

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        return {"zaak": zaak, "resultaattype": await zaken.resultaattype()}

    async def attempts(self, caller: httpx.AsyncClient, zaken: Zaken, zaak: str, url: str) -> list[httpx.Response]:
        """Without adding one: there is one already (see below)."""
        body = await self.make(zaken, zaak) | {**self.patch}
        answers = [await caller.put(url, json=body), await caller.patch(url, json={**self.patch})]
        return [*answers, await caller.delete(url)]

    async def test_adding_asks_for_rights_too(self, zaken: Zaken) -> None:
        zaak, closed, archived = [(await zaken.zaak())["url"] for _ in range(3)]
        assert (await zaken.client.delete((await zaken.close(closed))["resultaat"])).status_code == 204
        assert (await zaken.client.patch(archived, json=ARCHIVED)).status_code == 200
        path, handler = f"{ZAKEN}{self.path}", zaken.limited("behandelaar", *USUAL)
        for caller in (zaken.service.anonymous(), zaken.limited("lezer", "zaken.lezen")):
            assert (await caller.post(path, json=await self.make(zaken, zaak))).status_code == 403
        assert (await handler.post(path, json=await self.make(zaken, closed))).status_code == 403
        refused = await zaken.client.post(path, json=await self.make(zaken, archived))
        assert wrong(refused) == {("nonFieldErrors", "zaak-archiefstatus-invalid")}
        assert (await handler.post(path, json=await self.make(zaken, zaak))).status_code == 201
        corrector = zaken.limited("corrector", "zaken.geforceerd-bijwerken")
        assert (await corrector.post(path, json=await self.make(zaken, closed))).status_code == 201

    async def test_a_second_is_refused_also_of_a_closed_zaak(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        await self.add(zaken, zaak)
        await zaken.close(zaak)
        handler = zaken.limited("behandelaar", *USUAL)
        for caller in (zaken.client, handler):
            answer = await caller.post(f"{ZAKEN}{self.path}", json=await self.make(zaken, zaak))
            assert wrong(answer) == {("zaak", "unique")}

    async def test_shows_in_its_zaak_until_it_is_removed(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        made = await self.add(zaken, zaak)
        assert (await zaken.get(zaak))["resultaat"] == made["url"]
        assert (await zaken.client.delete(made["url"])).status_code == 204
        assert (await zaken.get(zaak))["resultaat"] is None
        assert (await self.add(zaken, zaak))["url"] != made["url"]

    async def test_is_of_a_type_of_the_zaaktype_of_its_zaak(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        for url, error in (
            (await zaken.make_resultaattype(zaaktype=other), ("nonFieldErrors", "zaaktype-mismatch")),
            (
                f"{zaken.service.runtime.settings.public_url}/catalogi/api/v1/resultaattypen/1",
                ("resultaattype", "invalid-resource"),
            ),
            ("https://elders.example/resultaattypen/1", ("resultaattype", "bad-url")),
        ):
            answer = await zaken.client.post(f"{ZAKEN}{self.path}", json={"zaak": zaak, "resultaattype": url})
            assert wrong(answer) == {error}

    async def test_keeps_its_zaak_and_its_type(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        another = {"zaak": other, "resultaattype": await zaken.make_resultaattype("Geweigerd")}
        expected = {("zaak", "wijzigen-niet-toegelaten"), ("resultaattype", "wijzigen-niet-toegelaten")}
        for answer in (await zaken.client.put(url, json=another), await zaken.client.patch(url, json=another)):
            assert wrong(answer) == expected

    async def test_by_zaak_and_type(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        refused = await zaken.make_resultaattype("Geweigerd")
        elsewhere = created(
            await zaken.client.post(f"{ZAKEN}{self.path}", json={"zaak": other, "resultaattype": refused})
        )
        assert await zaken.listed(self.path, zaak=zaak) == [url]
        assert await zaken.listed(self.path, resultaattype=refused) == [elsewhere["url"]]
