"""What an apparaat reads from NATS with its own rights, and what an administrator sees of its consumer."""

import json

import nats
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from chassis.catalog import inbox_prefix
from chassis.pulling import pull
from chassis.testing.servers import Servers


async def connect(servers: Servers, identity: str) -> Client:
    """A client with the rights of `identity`."""
    return await nats.connect(servers.nats.url(identity), inbox_prefix=inbox_prefix(identity).encode())


async def filter_of(client: Client, durable: str) -> str | None:
    """The subject a consumer is limited to; None when it does not exist."""
    try:
        return (await client.jetstream().consumer_info("MOR", durable)).config.filter_subject
    except NotFoundError:
        return None


async def received(servers: Servers, apparaat: str, amount: int) -> list[tuple[str, str]]:
    """The next events an apparaat gets, acknowledged: (NATS subject, taak)."""
    client = await connect(servers, apparaat)
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
