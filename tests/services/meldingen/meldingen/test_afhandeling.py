"""Afhandeling by regie: with a resultaat, once, and without leaving work behind."""

import asyncio
from uuid import UUID

from chassis.runtime import Runtime
from chassis.testing.service import eventually
from chassis.unit import unit_of_work
from services.meldingen.meldingen.melding import MELDING_RESOURCE
from tests.services.meldingen.dorp import RECHTEN, Dorp, codes

RECHTEN["bomen"] = [{"component": "meldingen", "scopes": ["meldingen.bijwerken"], "afdeling": "groenbeheer"}]
RECHTEN["lezer"] = [{"component": "meldingen", "scopes": ["meldingen.lezen"]}]


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    melding = await dorp.melding()
    for client in ("lezer", "portaal", "wegen"):
        answer = await dorp.als(client).post(f"{melding['url']}/afhandelingen", json={"resultaat": "opgelost"})
        assert answer.status_code == 403, client


async def test_not_when_it_went_elsewhere_meanwhile(dorp: Dorp) -> None:
    melding = await dorp.melding("Boom om")
    runtime = dorp.service.runtime
    async with unit_of_work(runtime) as unit:
        row = await unit.get(MELDING_RESOURCE, UUID(melding["uuid"]), lock=True)
        ending = asyncio.create_task(
            dorp.als("bomen").post(f"{melding['url']}/afhandelingen", json={"resultaat": "opgelost"})
        )
        await eventually(lambda: waits(runtime))
        row.afdeling = "openbare-ruimte"
        await unit.change(MELDING_RESOURCE, row)
    assert (await ending).status_code == 404
    assert (await dorp.als("regie").get(melding["url"])).json()["status"] == "gemeld"


async def waits(runtime: Runtime) -> bool:
    """Whether somebody waits for a lock."""
    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await runtime.database.fetch(waiting))


async def test_it_ends_with_a_resultaat_and_withdraws_what_was_open(dorp: Dorp) -> None:
    melding = await dorp.melding()
    answer = await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "niet-voor-gemeente"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["resultaat"]) == ("afgehandeld", "niet-voor-gemeente")
    assert answer.json()["afgehandeldOp"] is not None
    assert [taak["status"] for taak in await dorp.taken(melding)] == ["ingetrokken"]
    assert [name for name, _ in await dorp.events()][-2:] == ["melding-afgehandeld", "taak-ingetrokken"]


async def test_only_once(dorp: Dorp) -> None:
    melding = await dorp.melding()
    await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "opgelost"})
    again = await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "dubbel"})
    assert (again.status_code, again.json()["code"]) == (409, "overgang-niet-toegestaan")


async def test_a_resultaat_is_needed(dorp: Dorp) -> None:
    melding = await dorp.melding()
    answer = await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "klaar"})
    assert (answer.status_code, codes(answer)) == (400, {("resultaat", "invalid_choice")})
