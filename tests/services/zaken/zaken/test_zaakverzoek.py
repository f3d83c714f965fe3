"""Zaakverzoeken: a verzoek of another provider at a zaak (zrc-024)."""

from typing import Any

import pytest

from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import RSIN, ZAKEN, Zaken, wrong
from tests.services.zaken.zaken.behaviour import USUAL, PartBehaviour


class TestZaakverzoek(PartBehaviour):
    resource, path = "zaakverzoek", "/zaakverzoeken"

    @pytest.fixture(autouse=True)
    def _elsewhere(self, elsewhere: Elsewhere) -> None:
        self.provider, self.count = elsewhere, 0

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        self.count += 1
        content = {"bronorganisatie": RSIN, "tekst": "", "registratiedatum": "2026-02-01T10:00:00Z"}
        return {"zaak": zaak, "verzoek": self.provider.put(f"verzoeken/{self.count}", content)}

    async def test_is_fetched_and_judged(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        refused = {
            f"{self.provider.base}/nergens": "bad-url",
            self.provider.put("html", "<html>"): "invalid-resource",
            self.provider.put("zaken/1", {"identificatie": "geen verzoek"}): "invalid-resource",
            zaak: "bad-url",
        }
        for url, code in refused.items():
            answer = await zaken.client.post(f"{ZAKEN}{self.path}", json={"zaak": zaak, "verzoek": url})
            assert wrong(answer) == {("verzoek", code)}

    async def test_is_not_fetched_for_who_may_change_nothing(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        body = await self.make(zaken, zaak)
        assert (await zaken.limited("lezer", "zaken.lezen").post(f"{ZAKEN}{self.path}", json=body)).status_code == 403
        await zaken.close(zaak)
        assert (await zaken.limited("behandelaar", *USUAL).post(f"{ZAKEN}{self.path}", json=body)).status_code == 403
        assert self.provider.asked == []

    async def test_belongs_to_a_zaak_once(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        body = await self.make(zaken, zaak)
        answers = [await zaken.client.post(f"{ZAKEN}{self.path}", json=body) for _ in range(2)]
        assert answers[0].status_code == 201
        assert wrong(answers[1]) == {("nonFieldErrors", "unique")}

    async def test_by_zaak_and_verzoek(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        made = await self.add(zaken, zaak)
        await self.add(zaken, other)
        path = f"{ZAKEN}{self.path}"
        assert await zaken.get(path, zaak=zaak) == await zaken.get(path, verzoek=made["verzoek"]) == [made]
        assert wrong(await zaken.client.get(path, params={"page": "1"})) == {("page", "unknown")}
