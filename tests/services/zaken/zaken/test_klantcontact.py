"""Klantcontacten: numbers, moments, and what is sealed."""

from typing import Any

from tests.services.zaken.making import BSN, ZAKEN, Zaken, created, wrong
from tests.services.zaken.zaken.behaviour import PartBehaviour


class TestKlantcontact(PartBehaviour):
    resource, path, removable = "klantcontact", "/klantcontacten", False

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        return {"zaak": zaak, "datumtijd": "2026-02-01T10:00:00Z", "kanaal": "balie"}

    async def test_gets_a_number_of_its_own_or_the_given_one(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        numbers = {(await self.add(zaken, zaak))["identificatie"] for _ in range(2)}
        assert len(numbers) == 2
        assert {len(number) for number in numbers} == {14}
        given = await self.make(zaken, zaak) | {"identificatie": "balie-1"}
        assert created(await zaken.client.post(f"{ZAKEN}{self.path}", json=given))["identificatie"] == "balie-1"
        again = await zaken.client.post(f"{ZAKEN}{self.path}", json=given)
        assert wrong(again) == {("identificatie", "unique")}

    async def test_leaves_no_trace_of_the_conversation_in_clear(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        said = {"onderwerp": f"Gesprek met {BSN}", "toelichting": "Achternaam belde"}
        made = created(await zaken.client.post(f"{ZAKEN}{self.path}", json=await self.make(zaken, zaak) | said))
        assert {name: made[name] for name in said} == said
        for table in ("klantcontact", "auditregel", "outbox"):
            for row in await zaken.service.runtime.database.fetch(f"SELECT * FROM {table}"):
                stored = b"\n".join(bytes(value) if isinstance(value, bytes) else str(value).encode() for value in row)
                assert b"Achternaam" not in stored, table

    async def test_refuses_a_contact_that_has_yet_to_begin(self, zaken: Zaken) -> None:
        body = await self.make(zaken, (await zaken.zaak())["url"]) | {"datumtijd": "2999-01-01T00:00:00Z"}
        assert wrong(await zaken.client.post(f"{ZAKEN}{self.path}", json=body)) == {("datumtijd", "future_not_allowed")}

    async def test_by_zaak(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        await self.add(zaken, other)
        assert await zaken.listed(self.path, zaak=zaak) == [url]
        elders = await zaken.client.get(f"{ZAKEN}{self.path}", params={"zaak": "https://elders.example/1"})
        assert wrong(elders) == {("zaak", "bad-url")}
