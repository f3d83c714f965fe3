"""Apparaten: each its own consumer, for its own ploeg only, kept in order by every replica."""

import json
from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.pulling import pull
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from tests.services.meldingen.dorp import EAST, TAKEN, Dorp, codes

BODY = {"id": "wegen-1", "ploeg": "wegen"}


@pytest.fixture
async def levend(live_service: MakeService) -> Dorp:
    """With relay and background work."""
    made = Dorp(await live_service("meldingen"))
    await made.richt_in()
    await eventually(lambda: _connected(made))
    return made


async def _connected(dorp: Dorp) -> bool:
    return dorp.service.runtime.messaging.connected


@pytest.fixture
async def beheer(servers: Servers) -> AsyncIterator[Client]:
    client = await nats.connect(servers.nats.url(ADMINISTRATOR), inbox_prefix=inbox_prefix(ADMINISTRATOR).encode())
    yield client
    await client.close()


async def filter_of(client: Client, durable: str) -> str | None:
    try:
        return (await client.jetstream().consumer_info("MOR", durable)).config.filter_subject
    except NotFoundError:
        return None


async def received(servers: Servers, apparaat: str, amount: int) -> list[tuple[str, str]]:
    """What an apparaat gets with its own rights: (NATS subject, taak)."""
    client = await nats.connect(servers.nats.url(apparaat), inbox_prefix=inbox_prefix(apparaat).encode())
    found = []
    try:
        async for message in pull(client, "MOR", apparaat):
            found.append((message.subject, json.loads(message.data)["data"]["taak"]))
            await message.ack_sync()
            if len(found) == amount:
                break
    finally:
        await client.close()
    return found


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    for client in ("regie", "wegen", "portaal"):
        assert (await dorp.als(client).post(f"{TAKEN}/apparaten", json=BODY)).status_code == 403, client
    assert (await dorp.als("wegen").get(f"{TAKEN}/apparaten")).status_code == 403
    row = (await dorp.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    for method in ("GET", "PUT", "DELETE"):
        assert (await dorp.als("wegen").request(method, row["url"], json={"ploeg": "groen"})).status_code == 403


async def test_content(dorp: Dorp) -> None:
    beheer = dorp.als("beheer")
    answer = await beheer.post(f"{TAKEN}/apparaten", json={"id": "wegen.>", "ploeg": "zwemmers"})
    assert (answer.status_code, codes(answer)) == (400, {("id", "invalid")})
    answer = await beheer.post(f"{TAKEN}/apparaten", json={"id": "zwemmers-1", "ploeg": "zwemmers"})
    assert (answer.status_code, codes(answer)) == (400, {("ploeg", "code-onbekend")})
    made = await beheer.post(f"{TAKEN}/apparaten", json=BODY)
    assert (made.status_code, made.json()["consumer"], made.json()["stream"]) == (201, "apparaat-wegen-1", "MOR")
    again = await beheer.post(f"{TAKEN}/apparaten", json=BODY)
    assert (again.status_code, again.json()["code"]) == (409, "apparaat-bestaat-al")
    assert (await beheer.get(f"{TAKEN}/apparaten?ploeg=wegen")).json()["results"] == [made.json()]


async def test_while_nats_is_away_a_new_one_waits_and_a_move_is_refused(dorp: Dorp) -> None:
    row = (await dorp.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    for answer in (
        await dorp.als("beheer").put(row["url"], json={"ploeg": "groen"}),
        await dorp.als("beheer").delete(row["url"]),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "berichtenserver-niet-bereikbaar")
    assert (await dorp.als("beheer").get(row["url"])).json()["ploeg"] == "wegen"


async def test_it_gets_the_taken_of_its_ploeg_and_after_a_move_those_of_the_other(
    levend: Dorp, servers: Servers, beheer: Client
) -> None:
    row = (await levend.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    config = (await beheer.jetstream().consumer_info("MOR", "apparaat-wegen-1")).config
    assert (config.filter_subject, config.max_deliver) == ("mor.v1.gm9001.taak.wegen.>", 10)
    assert config.inactive_threshold == 14 * 24 * 3600
    first, boom = await levend.taak(), await levend.taak("groen", "Boom om")
    assert await received(servers, "apparaat-wegen-1", 1) == [("mor.v1.gm9001.taak.wegen.aangemaakt", first["uuid"])]
    assert (await levend.als("beheer").put(row["url"], json={"ploeg": "groen"})).status_code == 200
    assert await filter_of(beheer, "apparaat-wegen-1") == "mor.v1.gm9001.taak.groen.>"
    second = await levend.taak(plaats=EAST)
    tak = await levend.taak("groen", "Tak los", plaats=EAST)
    got = [taak for _, taak in await received(servers, "apparaat-wegen-1", 2)]
    assert got == [boom["uuid"], tak["uuid"]]
    assert not {first["uuid"], second["uuid"]} & set(got)
    assert (await levend.als("beheer").delete(row["url"])).status_code == 204
    assert await filter_of(beheer, "apparaat-wegen-1") is None


async def test_a_rerouted_taak_is_withdrawn_from_the_device_of_the_old_ploeg(levend: Dorp, servers: Servers) -> None:
    await levend.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)
    taak = await levend.taak()
    await levend.wijs_toe({"url": taak["melding"]}, "groenbeheer", "groen")
    assert await received(servers, "apparaat-wegen-1", 2) == [
        ("mor.v1.gm9001.taak.wegen.aangemaakt", taak["uuid"]),
        ("mor.v1.gm9001.taak.wegen.ingetrokken", taak["uuid"]),
    ]


async def test_a_consumer_that_went_missing_comes_back_after_a_reconnect(
    levend: Dorp, servers: Servers, beheer: Client
) -> None:
    await levend.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)
    taak = await levend.taak()
    await beheer.jetstream().delete_consumer("MOR", "apparaat-wegen-1")
    messaging = levend.service.runtime.messaging
    before = messaging.generation
    servers.nats.kill()
    servers.nats.start()

    async def back() -> bool:
        return messaging.generation > before and await filter_of(beheer, "apparaat-wegen-1") is not None

    await eventually(back)
    assert (await received(servers, "apparaat-wegen-1", 1))[0][1] == taak["uuid"]
