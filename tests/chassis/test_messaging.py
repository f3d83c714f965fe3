"""The connection to NATS: made when it can be, made again when it must be."""

import asyncio

import pytest

from chassis import messaging as module
from chassis.messaging import Messaging
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from tests.chassis.example import IDENTITY


async def test_it_waits_for_a_broker_that_is_not_there_yet_and_comes_back(mortal: Servers) -> None:
    url = mortal.nats.url(IDENTITY)
    await asyncio.to_thread(mortal.nats.kill)
    messaging = Messaging(url, IDENTITY)
    again: list[int] = []

    async def count() -> None:
        again.append(messaging.generation)

    messaging.on_reconnect(count)
    messaging.start()
    waiting = asyncio.create_task(messaging.jetstream())
    assert not messaging.connected
    await asyncio.to_thread(mortal.nats.start)
    await asyncio.wait_for(waiting, 10)
    assert messaging.connected
    await asyncio.to_thread(mortal.nats.kill)
    await eventually(lambda: is_up(messaging, up=False))
    await asyncio.to_thread(mortal.nats.start)
    await eventually(lambda: is_up(messaging, up=True))

    async def noticed() -> bool:
        return again == [1]

    await eventually(noticed)
    await messaging.stop()
    assert not messaging.connected


async def is_up(messaging: Messaging, *, up: bool) -> bool:
    return messaging.connected is up


async def test_it_stops_without_a_broker() -> None:
    messaging = Messaging("nats://x:y@127.0.0.1:1", IDENTITY)
    messaging.start()
    await asyncio.wait_for(messaging.stop(), 3)


async def test_a_server_that_ignores_filters_is_refused(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(module.os, "kill", lambda _, number: ended.append(number))
    monkeypatch.setattr(module, "OLDEST", (99, 0))
    messaging = Messaging(servers.nats.url(IDENTITY), IDENTITY)
    messaging.start()
    await asyncio.wait_for(messaging.client(), 10)
    assert ended
    await messaging.stop()
