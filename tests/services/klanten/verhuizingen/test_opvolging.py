"""What an afdeling does with an opvolging: read its own, acknowledge, report; the last one ends the verhuizing."""

import asyncio
from typing import Any

import pytest

from services.klanten.verhuizingen.opvolging import FINAL
from tests.services.klanten.municipality import BASE, Town, codes, made

UNKNOWN = f"{BASE}/opvolgingen/00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def told(town: Town) -> dict[str, dict[str, Any]]:
    """A verhuizing two afdelingen were told of."""
    await town.profielen("afval", "belastingen")
    return await town.told(await town.processed())


class TestRights:
    async def test_without_the_scope_is_refused_before_it_is_looked_for(self, town: Town, told: dict) -> None:
        for url in (told["afval"]["url"], UNKNOWN):
            assert (await town.portaal.get(url)).status_code == 403
            assert (await town.portaal.patch(url, json={"status": "verwerkt"})).status_code == 403
            assert (await town.portaal.post(f"{url}/ontvangstbevestigingen")).status_code == 403
        assert (await town.portaal.get(f"{BASE}/opvolgingen")).status_code == 403

    async def test_of_another_afdeling_does_not_exist(self, town: Town, told: dict) -> None:
        other = town.afdeling("belastingen")
        url = told["afval"]["url"]
        for answer in (
            await other.get(url),
            await other.patch(url, json={"status": "verwerkt"}),
            await other.post(f"{url}/ontvangstbevestigingen"),
            await other.get(UNKNOWN),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await town.beheer.get(url)).json() == told["afval"]

    async def test_a_list_shows_ones_own(self, town: Town, told: dict) -> None:
        answer = (await town.afdeling("afval").get(f"{BASE}/opvolgingen")).json()
        assert [one["afdeling"] for one in answer["results"]] == ["afval"]
        assert (await town.afdeling("afval").get(f"{BASE}/opvolgingen?afdeling=belastingen")).json()["count"] == 0


class TestRead:
    async def test_the_first_reading_by_the_afdeling_is_recorded(self, town: Town, told: dict) -> None:
        url = told["afval"]["url"]
        assert (await town.beheer.get(url)).json()["gelezenOp"] is None
        first = await town.afdeling("afval").get(url)
        assert first.json()["gelezenOp"] is not None
        assert first.json()["status"] == "te-bezorgen"
        again = await town.afdeling("afval").get(url, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        readings = [line for line in await town.service.audit() if line["actie"] == "retrieve"]
        assert [line["client_id"] for line in readings] == ["afdeling-afval"]

    async def test_a_list_is_a_reading_too(self, town: Town, told: dict) -> None:
        await town.beheer.get(f"{BASE}/opvolgingen")
        assert (await town.beheer.get(told["afval"]["url"])).json()["gelezenOp"] is None
        first = await town.afdeling("afval").get(f"{BASE}/opvolgingen")
        assert first.json()["results"][0]["gegevens"] == told["afval"]["gegevens"]
        moment = (await town.beheer.get(told["afval"]["url"])).json()["gelezenOp"]
        assert moment is not None
        second = await town.afdeling("afval").get(f"{BASE}/opvolgingen")
        assert second.json()["results"][0]["gelezenOp"] == moment
        same = {"If-None-Match": second.headers["etag"]}
        assert (await town.afdeling("afval").get(f"{BASE}/opvolgingen", headers=same)).status_code == 304
        assert (await town.beheer.get(told["belastingen"]["url"])).json()["gelezenOp"] is None


class TestAcknowledge:
    async def test_once_twice_and_late(self, town: Town, told: dict) -> None:
        client, url = town.afdeling("afval"), told["afval"]["url"]
        first = await client.post(f"{url}/ontvangstbevestigingen", json={"volgnummer": 1})
        assert (first.status_code, first.json()["status"]) == (201, "ontvangen")
        assert first.json()["ontvangenOp"] is not None
        second = await client.post(f"{url}/ontvangstbevestigingen")
        assert (second.status_code, second.json()) == (200, first.json())
        await client.patch(url, json={"status": "verwerkt"})
        third = await client.post(f"{url}/ontvangstbevestigingen")
        assert (third.status_code, third.json()["status"]) == (200, "verwerkt")

    async def test_of_another_volgnummer(self, town: Town, told: dict) -> None:
        url = f"{told['afval']['url']}/ontvangstbevestigingen"
        answer = await town.afdeling("afval").post(url, json={"volgnummer": 2})
        assert (answer.status_code, answer.json()["code"]) == (409, "volgnummer-onjuist")


class TestReport:
    async def test_not_before_it_is_acknowledged(self, town: Town, told: dict) -> None:
        answer = await town.afdeling("afval").patch(told["afval"]["url"], json={"status": "verwerkt"})
        assert (answer.status_code, answer.json()["code"]) == (409, "overgang-niet-toegestaan")

    @pytest.mark.parametrize("final", sorted(FINAL))
    async def test_through_to_the_end(self, town: Town, told: dict, final: str) -> None:
        client, url = town.afdeling("afval"), told["afval"]["url"]
        made(await client.post(f"{url}/ontvangstbevestigingen"))
        busy = (await client.patch(url, json={"status": "in-behandeling", "externReferentie": "A-1"})).json()
        assert (busy["status"], busy["externReferentie"], busy["afgehandeldOp"]) == ("in-behandeling", "A-1", None)
        done = (await client.patch(url, json={"status": final, "toelichting": "Klaar."})).json()
        assert (done["status"], done["toelichting"], done["externReferentie"]) == (final, "Klaar.", "A-1")
        assert done["afgehandeldOp"] is not None
        assert (await client.patch(url, json={"status": final})).json() == done
        back = await client.patch(url, json={"status": "in-behandeling"})
        assert (back.status_code, back.json()["code"]) == (409, "overgang-niet-toegestaan")

    async def test_only_known_statuses(self, town: Town, told: dict) -> None:
        answer = await town.afdeling("afval").patch(told["afval"]["url"], json={"status": "te-bezorgen"})
        assert codes(answer) == {("status", "invalid_choice")}

    async def test_the_last_one_ends_the_verhuizing(self, town: Town, told: dict) -> None:
        for code in told:
            made(await town.afdeling(code).post(f"{told[code]['url']}/ontvangstbevestigingen"))
        await town.afdeling("afval").patch(told["afval"]["url"], json={"status": "verwerkt"})
        assert "verhuizingen.v1.gm9001.verhuizing-afgerond" not in await town.events("verhuizingen.")
        await town.afdeling("belastingen").patch(told["belastingen"]["url"], json={"status": "geweigerd"})
        assert (await town.events("verhuizingen."))[-1] == "verhuizingen.v1.gm9001.verhuizing-afgerond"

    async def test_all_at_once_end_it_once(self, town: Town, told: dict) -> None:
        clients = {code: town.afdeling(code) for code in told}
        for code, client in clients.items():
            made(await client.post(f"{told[code]['url']}/ontvangstbevestigingen"))
        answers = await asyncio.gather(
            *(client.patch(told[code]["url"], json={"status": "verwerkt"}) for code, client in clients.items())
        )
        assert {answer.status_code for answer in answers} == {200}
        assert (await town.events("verhuizingen.")).count("verhuizingen.v1.gm9001.verhuizing-afgerond") == 1
