"""Zaakeigenschappen: of an eigenschap of the zaaktype (zrc-018), stored whatever the value, with a warning."""

from types import MappingProxyType
from typing import Any

from chassis.unit import Unit
from services.zaken.zaken.zaakeigenschap import values_of
from tests.services.zaken.making import BSN, Zaken, created, wrong
from tests.services.zaken.zaken.behaviour import PartBehaviour


class TestZaakeigenschap(PartBehaviour):
    resource, path, shown = "zaakeigenschap", "", "eigenschappen"
    patch = MappingProxyType({"waarde": "9-XYZ-99"})
    eigenschap = ""

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        self.eigenschap = self.eigenschap or await zaken.make_eigenschap(kardinaliteit="N")
        return {"zaak": zaak, "eigenschap": self.eigenschap, "waarde": "1-ABC-23"}

    def collection(self, zaak: str) -> str:
        return f"{zaak}/zaakeigenschappen"

    async def not_listed(self, caller: Any, zaak: str) -> None:
        """The list is that of one zaak."""
        assert (await caller.get(self.collection(zaak))).status_code == 403

    async def test_refuses_a_zaak_that_is_not_there(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        body = await self.make(zaken, zaak)
        gone = await zaken.client.post(f"{zaak[:-4]}0000/zaakeigenschappen", json=body)
        assert gone.status_code == (await zaken.client.get(f"{zaak[:-4]}0000/zaakeigenschappen")).status_code == 404
        assert wrong(await zaken.client.post(self.collection(other), json=body)) == {("zaak", "zaak-mismatch")}

    async def test_is_found_below_its_own_zaak_only(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        made = await self.add(zaken, zaak)
        assert made["url"] == f"{zaak}/zaakeigenschappen/{made['uuid']}"
        assert (made["naam"], (await zaken.service.outbox())[-1]["dataref"]) == ("kenteken", made["url"])
        elsewhere = f"{other}/zaakeigenschappen/{made['uuid']}"
        for answer in (await zaken.client.get(elsewhere), await zaken.client.delete(elsewhere)):
            assert answer.status_code == 404

    async def test_leaves_no_trace_of_its_value_in_clear(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        created(await zaken.client.post(self.collection(zaak), json=await self.make(zaken, zaak) | {"waarde": BSN}))
        for table in ("zaakeigenschap", "auditregel", "outbox"):
            for row in await zaken.service.runtime.database.fetch(f"SELECT * FROM {table}"):
                stored = b"\n".join(bytes(value) if isinstance(value, bytes) else str(value).encode() for value in row)
                assert BSN.encode() not in stored, table

    async def test_is_of_an_eigenschap_of_the_zaaktype_of_its_zaak(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        for url, error in (
            (await zaken.make_eigenschap(zaaktype=other), ("nonFieldErrors", "zaaktype-mismatch")),
            (zaak, ("eigenschap", "invalid-resource")),
            ("https://elders.example/eigenschappen/1", ("eigenschap", "bad-url")),
        ):
            body = {"zaak": zaak, "eigenschap": url, "waarde": "ja"}
            assert wrong(await zaken.client.post(self.collection(zaak), json=body)) == {error}

    async def test_only_the_value_changes(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        another = {"zaak": other, "eigenschap": await zaken.make_eigenschap("kleur"), "waarde": "rood"}
        expected = {("zaak", "wijzigen-niet-toegelaten"), ("eigenschap", "wijzigen-niet-toegelaten")}
        for answer in (await zaken.client.put(url, json=another), await zaken.client.patch(url, json=another)):
            assert wrong(answer) == expected

    async def test_warns_of_a_value_that_is_not_as_specified_and_stores_it(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        body = await self.make(zaken, zaak)
        good = await zaken.client.post(self.collection(zaak), json=body)
        bad = await zaken.client.post(self.collection(zaak), json=body | {"waarde": "te lang voor acht"})
        assert (good.status_code, bad.status_code) == (201, 201)
        assert "x-warning" not in good.headers
        assert "langer" in bad.headers["x-warning"]
        url = bad.json()["url"]
        assert (await zaken.get(url))["waarde"] == "te lang voor acht"
        mended, worse = [await zaken.client.patch(url, json={"waarde": value}) for value in ("kort", "weer te lang")]
        assert ("x-warning" in mended.headers, "x-warning" in worse.headers) == (False, True)

    async def test_warns_of_more_values_than_a_zaak_can_have(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        eigenschap = await zaken.make_eigenschap(kardinaliteit="1")
        for place, warned in ((zaak, False), (other, False), (zaak, True)):
            body = {"zaak": place, "eigenschap": eigenschap, "waarde": "1-ABC-23"}
            answer = await zaken.client.post(self.collection(place), json=body)
            assert ("x-warning" in answer.headers) is warned

    async def test_its_values_can_be_asked_for_by_name(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        for waarde in ("1-ABC-23", "2-DEF-45"):
            body = await self.make(zaken, zaak["url"]) | {"waarde": waarde}
            created(await zaken.client.post(self.collection(zaak["url"]), json=body))
        runtime = zaken.service.runtime
        async with runtime.database.session() as session:
            assert await values_of(Unit(runtime, session), zaak["uuid"], "kenteken") == ["1-ABC-23", "2-DEF-45"]
            assert await values_of(Unit(runtime, session), zaak["uuid"], "kleur") == []
