"""The consumer of an afdeling: there when its profile is, its own subjects only, and back after it was lost."""

import json
from typing import Any

import nats
import nats.errors
import nats.js.errors
import pytest

from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.pulling import pull
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from services.klanten.verhuizingen.afdelingsconsument import BACK_OFF, config_of
from tests.services.klanten.municipality import ANNA, Town
from tests.services.klanten.standins import Brp


@pytest.fixture
async def live(live_service: MakeService, brp: tuple[Brp, str]) -> Town:
    """The service with all that runs beside it, and profiles of two afdelingen."""
    town = Town(await live_service("klanten", brp_url=brp[1], zaken_url="http://127.0.0.1:1"), brp[0])
    await eventually(lambda: connected(town))
    await town.profielen("afval", "parkeren")
    await town.volg("parkeren", bsn=ANNA)
    return town


async def connected(town: Town) -> bool:
    return town.service.runtime.messaging.connected


async def client_of(servers: Servers, identity: str) -> Any:
    return await nats.connect(servers.nats.url(identity), inbox_prefix=inbox_prefix(identity).encode())


async def test_is_there_when_the_profile_is(live: Town, servers: Servers) -> None:
    client = await client_of(servers, ADMINISTRATOR)
    try:
        info = await client.jetstream().consumer_info("AFDELING", "afdeling-parkeren")
    finally:
        await client.close()
    assert info.config.filter_subject == "afdeling.v1.gm9001.parkeren.>"
    assert (info.config.ack_wait, info.config.max_deliver) == (10.0, len(BACK_OFF) + 1)
    assert info.config.backoff == [10.0, 10.0, 20.0, 40.0, 80.0]


async def test_an_afdeling_gets_its_own_and_nothing_else(live: Town, servers: Servers) -> None:
    verhuizing = await live.processed()
    told = await live.told(verhuizing)
    client = await client_of(servers, "afdeling-parkeren")
    try:
        messages = pull(client, "AFDELING", "afdeling-parkeren")
        message = await anext(messages)
        await message.ack_sync()
        await messages.aclose()
        info = await client.jetstream().consumer_info("AFDELING", "afdeling-parkeren")
    finally:
        await client.close()
    event = json.loads(message.data)
    assert message.subject == "afdeling.v1.gm9001.parkeren.opvolging.gevraagd"
    assert event["dataref"] == told["parkeren"]["url"]
    assert message.headers["Nats-Msg-Id"] == event["id"]
    assert (info.num_pending, info.num_ack_pending) == (0, 0)
    assert (await live.afdeling("parkeren").get(event["dataref"])).json()["gegevens"] == told["parkeren"]["gegevens"]


async def test_comes_back_after_a_reconnect(live: Town, servers: Servers) -> None:
    client = await client_of(servers, ADMINISTRATOR)
    try:
        await client.jetstream().delete_consumer("AFDELING", "afdeling-afval")
        connection = await live.service.runtime.messaging.client()
        connection._transport.close()

        async def back() -> bool:
            try:
                await client.jetstream().consumer_info("AFDELING", "afdeling-afval")
            except nats.js.errors.NotFoundError:
                return False
            return True

        assert await eventually(back)
    finally:
        await client.close()


def test_configuration() -> None:
    config = config_of("gm9001", "wmo", 10.0)
    assert (config.name, config.durable_name) == ("afdeling-wmo", "afdeling-wmo")
    assert config.filter_subject == "afdeling.v1.gm9001.wmo.>"
