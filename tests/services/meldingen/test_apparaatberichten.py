"""The consumers of apparaten are what the database says, whatever went missing or came late."""

import asyncio
from uuid import UUID

from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from services.meldingen.apparaatberichten import ensure_consumer
from tests.services.meldingen.berichten import filter_of, received
from tests.services.meldingen.dorp import TAKEN, Dorp

BODY = {"id": "wegen-1", "ploeg": "wegen"}


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


async def test_replicas_that_look_while_it_moves_do_not_bring_the_old_ploeg_back(levend: Dorp, beheer: Client) -> None:
    row = (await levend.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    runtime, apparaat_id = levend.service.runtime, UUID(row["uuid"])
    for ploeg in ("groen", "wegen", "groen"):
        await asyncio.gather(
            *(ensure_consumer(runtime, apparaat_id) for _ in range(3)),
            levend.als("beheer").put(row["url"], json={"ploeg": ploeg}),
            *(ensure_consumer(runtime, apparaat_id) for _ in range(3)),
        )
        assert await filter_of(beheer, "apparaat-wegen-1") == f"mor.v1.gm9001.taak.{ploeg}.>"


async def test_a_consumer_that_is_right_keeps_its_place(levend: Dorp, servers: Servers, beheer: Client) -> None:
    row = (await levend.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    await levend.taak()
    await received(servers, "apparaat-wegen-1", 1)
    await ensure_consumer(levend.service.runtime, UUID(row["uuid"]))
    assert (await beheer.jetstream().consumer_info("MOR", "apparaat-wegen-1")).num_pending == 0


async def test_a_consumer_for_another_ploeg_is_replaced(levend: Dorp, beheer: Client) -> None:
    await beheer.jetstream().add_consumer(
        "MOR", ConsumerConfig(durable_name="apparaat-wegen-1", filter_subject="mor.v1.gm9001.taak.groen.>")
    )
    await levend.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)
    assert await filter_of(beheer, "apparaat-wegen-1") == "mor.v1.gm9001.taak.wegen.>"
