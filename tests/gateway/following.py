"""Clients that follow a live stream of a real gateway, and what is published for them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import nats

from chassis.access import make_token
from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.testing.servers import Servers
from chassis.testing.service import SECRET, ServiceUnderTest, eventually
from tests.gateway.servers import serving
from tests.gateway.test_tokens import loaded

WEGEN = [{"component": "meldingen", "scopes": ["taken.lezen"], "ploeg": "wegen"}]
PARKEREN = [{"component": "verhuizingen", "scopes": ["opvolgingen.lezen"], "afdeling": "parkeren"}]
LUISTEREN = [{"component": "nrc", "scopes": ["notificaties.consumeren"]}]


RIGHTS = {"/taken": WEGEN, "/opvolgingen": PARKEREN, "/notificaties": LUISTEREN}
"""What a client that follows needs, by part of the path."""


@dataclass
class Stage:
    """A gateway on a real socket, and a way to publish what services would."""

    gateway: ServiceUnderTest
    url: str
    jetstream: nats.js.JetStreamContext
    behind: list[ServiceUnderTest] = field(default_factory=list)
    """Services that the gateway asks, which know the same clients."""

    async def publish(self, subject: str, number: int) -> int:
        """Publish an event; the sequence it got."""
        return await self.put(subject, {"specversion": "1.0", "id": str(number), "data": {"nummer": number}})

    async def put(self, subject: str, event: dict[str, Any]) -> int:
        """Publish this event; the sequence it got."""
        return (await self.jetstream.publish(subject, json.dumps(event).encode())).seq

    async def taak(self, number: int, ploeg: str = "wegen") -> int:
        return await self.publish(f"mor.v1.gm9001.taak.{ploeg}.aangemaakt", number)

    def headers(self, autorisaties: list[dict[str, object]], **more: str) -> dict[str, str]:
        client_id = f"client-{abs(hash(str(autorisaties)))}"
        for each in (self.gateway, *self.behind):
            each.grant(client_id, autorisaties)
        return {"authorization": f"Bearer {make_token(client_id, SECRET)}", **more}

    @contextlib.asynccontextmanager
    async def follow(
        self, path: str = "/live/taken?ploeg=wegen", last: int | None = None, **more: str
    ) -> AsyncIterator["Stream"]:
        """A client that follows; open when the first block, which tells its place, has come."""
        rights = next(rights for part, rights in RIGHTS.items() if part in path)
        headers = self.headers(rights, **more)
        headers |= {} if last is None else {"last-event-id": str(last)}
        async with (
            httpx.AsyncClient(timeout=10) as client,
            client.stream("GET", self.url + path, headers=headers) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            stream = Stream(answer)
            first = await stream.block()
            assert first["retry"]
            stream.place = int(first["id"])
            yield stream


class Stream:
    """The blocks of one answer."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self.lines = answer, answer.aiter_lines()
        self.place = 0

    async def block(self) -> dict[str, str]:
        """The next block as field → value; a comment is the field ''."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self.lines:
                if not line:
                    return fields
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        raise EOFError

    async def end(self) -> None:
        """Returns when the server ended the stream."""
        with contextlib.suppress(EOFError):
            while True:
                await self.block()

    async def events(self, count: int) -> list[tuple[int, int]]:
        """The next events: (id, number)."""
        return [
            (int(block["id"]), json.loads(block["data"])["data"]["nummer"])
            for block in [await self.block() for _ in range(count)]
        ]


@contextlib.asynccontextmanager
async def staged(gateway: ServiceUnderTest, servers: Servers, *behind: ServiceUnderTest) -> AsyncIterator[Stage]:
    """A started gateway on a socket, with a publisher that may publish anything."""
    await loaded(gateway)

    async def connected() -> bool:
        return gateway.runtime.messaging.connected

    await eventually(connected)
    publisher = await administrator(servers)
    try:
        async with serving(gateway.service) as url:
            yield Stage(gateway, url, publisher.jetstream(), list(behind))
    finally:
        await publisher.close()


async def administrator(servers: Servers) -> nats.NATS:
    """A connection that may publish anything; it does not come back by itself."""
    prefix = inbox_prefix(ADMINISTRATOR).encode()
    return await nats.connect(servers.nats.url(ADMINISTRATOR), inbox_prefix=prefix, allow_reconnect=False)
