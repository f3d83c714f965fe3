"""Pulling: every message comes once, with the rights of an outsider, through interruptions."""

import asyncio
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.pulling import ConsumerGone, pull
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from tests.chassis.conftest import MakeLive
from tests.chassis.example import STREAM

DURABLE = "apparaat-groen-1"


async def connect(servers: Servers, identity: str) -> Client:
    async def quiet(_: Exception) -> None:
        return

    return await nats.connect(
        servers.nats.url(identity),
        inbox_prefix=inbox_prefix(identity).encode(),
        error_cb=quiet,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
    )


async def with_consumer(servers: Servers) -> Any:
    beheer = await connect(servers, ADMINISTRATOR)
    jetstream = beheer.jetstream()
    config = ConsumerConfig(name=DURABLE, durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT, ack_wait=30)
    await jetstream.add_consumer(STREAM, config)
    return beheer, jetstream


async def take(client: Client, number: int, **options: Any) -> list[str]:
    found = []
    messages = pull(client, STREAM, DURABLE, **options)
    async for message in messages:
        found.append(message.data.decode())
        await message.ack()
        if len(found) == number:
            break
    await messages.aclose()
    return found


async def test_an_outsider_gets_everything_in_order_over_several_requests(live: MakeLive, servers: Servers) -> None:
    beheer, jetstream = await with_consumer(servers)
    outsider = await connect(servers, DURABLE)
    for number in range(25):
        await jetstream.publish("mor.v1.gm9001.x", str(number).encode())
    assert await take(outsider, 25, batch=10) == [str(number) for number in range(25)]
    await outsider.close()
    await beheer.close()


async def test_who_may_wait_waits_for_a_consumer(live: MakeLive, servers: Servers) -> None:
    outsider = await connect(servers, DURABLE)
    waiting = asyncio.create_task(take(outsider, 1))
    beheer, jetstream = await with_consumer(servers)
    await jetstream.publish("mor.v1.gm9001.x", b"late")
    assert await asyncio.wait_for(waiting, 10) == ["late"]
    await outsider.close()
    await beheer.close()


async def test_who_may_make_it_is_told_that_it_is_gone(live: MakeLive, servers: Servers) -> None:
    beheer, jetstream = await with_consumer(servers)
    with pytest.raises(ConsumerGone):
        await take_until_gone(beheer, jetstream)
    with pytest.raises(ConsumerGone):
        await take(beheer, 1, must_exist=True)
    await beheer.close()


async def take_until_gone(client: Client, jetstream: Any) -> None:
    waiting = asyncio.create_task(take(client, 1, must_exist=True))

    async def open_request() -> bool:
        return bool((await jetstream.consumer_info(STREAM, DURABLE)).num_waiting)

    await eventually(open_request)
    await jetstream.delete_consumer(STREAM, DURABLE)
    await waiting


async def test_a_broker_that_comes_back_is_asked_again_at_once(mortal: Servers) -> None:
    await mortal.ensure_streams()
    beheer, jetstream = await with_consumer(mortal)
    outsider = await connect(mortal, DURABLE)
    waiting = asyncio.create_task(take(outsider, 2))
    await jetstream.publish("mor.v1.gm9001.x", b"before")
    for _ in range(2):
        await asyncio.to_thread(mortal.nats.kill)
        await asyncio.to_thread(mortal.nats.start)

    async def reconnected() -> bool:
        return beheer.is_connected and outsider.is_connected

    await eventually(reconnected)
    await jetstream.publish("mor.v1.gm9001.x", b"after")
    assert await asyncio.wait_for(waiting, 6) == ["before", "after"]
    await outsider.close()
    await beheer.close()
