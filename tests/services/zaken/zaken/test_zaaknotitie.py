"""Zaaknotities: a concept changes, and the sealed text is found."""

from types import MappingProxyType
from typing import Any

import pytest

from services.zaken.zaken import zaaknotitie
from tests.services.zaken.making import BSN, ZAKEN, Zaken, created, wrong
from tests.services.zaken.zaken.behaviour import PartBehaviour


class TestZaaknotitie(PartBehaviour):
    resource, path = "zaaknotitie", "/zaaknotities"
    patch = MappingProxyType({"onderwerp": "Anders"})

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        return {"gerelateerdAan": zaak, "onderwerp": "Gebeld", "tekst": "Mevrouw Achternaam komt maandag."}

    async def post(self, zaken: Zaken, zaak: str, **fields: str) -> str:
        answer = await zaken.client.post(f"{ZAKEN}{self.path}", json=await self.make(zaken, zaak) | fields)
        url: str = created(answer)["url"]
        return url

    async def test_starts_as_an_internal_concept(self, zaken: Zaken) -> None:
        made = await self.add(zaken, (await zaken.zaak())["url"])
        assert (made["notitieType"], made["status"], made["aangemaaktDoor"]) == ("intern", "concept", "")
        assert made["aanmaakdatum"] == made["wijzigingsdatum"]

    async def test_leaves_no_trace_of_its_text_in_clear(self, zaken: Zaken) -> None:
        await self.post(zaken, (await zaken.zaak())["url"], aangemaaktDoor=BSN)
        for table in ("zaaknotitie", "auditregel", "outbox"):
            for row in await zaken.service.runtime.database.fetch(f"SELECT * FROM {table}"):
                stored = b"\n".join(bytes(value) if isinstance(value, bytes) else str(value).encode() for value in row)
                assert b"Achternaam" not in stored, table

    async def test_is_changed_until_it_is_definitief(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        url = await self.post(zaken, zaak)
        changed = await zaken.client.patch(url, json={"tekst": "Zij komt dinsdag.", "status": "definitief"})
        assert (changed.status_code, changed.json()["tekst"]) == (200, "Zij komt dinsdag.")
        assert changed.json()["wijzigingsdatum"] > changed.json()["aanmaakdatum"]
        body = await self.make(zaken, zaak)
        for answer in (
            await zaken.client.patch(url, json={"status": "concept"}),
            await zaken.client.put(url, json=body),
        ):
            assert wrong(answer) == {("status", "invalid")}
        elsewhere = await zaken.client.patch(await self.post(zaken, zaak), json={"gerelateerdAan": other})
        assert wrong(elsewhere) == {("gerelateerdAan", "wijzigen-niet-toegelaten")}

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"onderwerp": ""}, ("onderwerp", "min_length")),
            ({"tekst": None}, ("tekst", "null")),
            ({"status": "klaar"}, ("status", "invalid_choice")),
            ({"notitieType": "geheim"}, ("notitieType", "invalid_choice")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], expected: tuple[str, str]) -> None:
        zaak = (await zaken.zaak())["url"]
        body = await self.make(zaken, zaak) | fields
        assert wrong(await zaken.client.post(f"{ZAKEN}{self.path}", json=body)) == {expected}
        url = await self.post(zaken, zaak)
        assert wrong(await zaken.client.patch(url, json=fields)) == {expected}

    async def test_each_filter_picks_its_notities(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        old = await self.post(zaken, zaak, aangemaaktDoor="Jan", notitieType="extern")
        new = await self.post(zaken, other, aangemaaktDoor="Piet", onderwerp="Brief", tekst="Weg", status="definitief")
        at = (await zaken.get(new))["aanmaakdatum"]
        for query, expected in (
            ({"gerelateerdAan": zaak}, [old]),
            ({"notitieType": "extern"}, [old]),
            ({"status": "definitief"}, [new]),
            ({"aanmaakdatum": at}, [new]),
            ({"aanmaakdatum__lt": at}, [old]),
            ({"aanmaakdatum__lte": at}, [old, new]),
            ({"wijzigingsdatum__gt": at}, []),
            ({"wijzigingsdatum__gte": at}, [new]),
            ({"aangemaaktDoor": "Jan"}, [old]),
            ({"aangemaaktDoor__icontains": "IE"}, [new]),
            ({"onderwerp": "Gebeld"}, [old]),
            ({"onderwerp": "gebeld"}, []),
            ({"onderwerp__icontains": "rie"}, [new]),
            ({"tekst": "Weg"}, [new]),
            ({"tekst__icontains": "achterNAAM"}, [old]),
            ({"tekst__icontains": "achternaam", "gerelateerdAan": other}, []),
        ):
            assert await zaken.listed(self.path, **query) == expected, query

    async def test_what_is_found_in_the_text_is_what_may_be_seen(self, zaken: Zaken) -> None:
        await self.post(zaken, (await zaken.zaak())["url"])
        lower = zaken.limited("lager", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
        answer = await lower.get(f"{ZAKEN}{self.path}", params={"tekst__icontains": "achternaam"})
        assert answer.json()["count"] == 0

    async def test_pages_of_the_size_that_is_asked_for(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        urls = [await self.post(zaken, zaak) for _ in range(3)]
        for text in ({}, {"tekst__icontains": "maandag"}):
            page = await zaken.get(f"{ZAKEN}{self.path}", pageSize="2", page="2", **text)
            assert (page["count"], page["next"]) == (3, None)
            assert [one["url"] for one in page["results"]] == urls[2:]
            assert "pageSize=2" in page["previous"]
            beyond = await zaken.client.get(f"{ZAKEN}{self.path}", params={"pageSize": "2", "page": "3", **text})
            assert beyond.status_code == 404

    async def test_asks_for_a_zaak_when_too_many_must_be_opened(
        self, zaken: Zaken, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        url = await self.post(zaken, zaak)
        await self.post(zaken, other)
        monkeypatch.setattr(zaaknotitie, "MOST", 1)
        answer = await zaken.client.get(f"{ZAKEN}{self.path}", params={"tekst__icontains": "maandag"})
        assert wrong(answer) == {("nonFieldErrors", "too-many-results")}
        assert await zaken.listed(self.path, tekst__icontains="maandag", gerelateerdAan=zaak) == [url]
