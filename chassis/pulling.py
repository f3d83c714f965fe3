"""Read a JetStream consumer by pulling: one request stands open, messages come as they are there.

Works with the rights of an outsider (MSG.NEXT of its own consumer and its private inbox), and survives a broker that
goes away and comes back.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

EXPIRES = 30
HEARTBEAT = 5


class ConsumerGone(nats.errors.Error):
    """There is no such consumer: it was deleted, or the broker lost it."""


async def pull(
    client: Client, stream: str, durable: str, *, batch: int = 100, must_exist: bool = False
) -> AsyncIterator[Msg]:
    """Every message of the durable consumer, for ever; the caller acknowledges. At most `batch` are under way at once.

    While there is no such consumer it waits, or with `must_exist` raises ConsumerGone.
    """
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, pending_msgs_limit=batch * 4)
    request = json.dumps({"batch": batch, "expires": EXPIRES * 10**9, "idle_heartbeat": HEARTBEAT * 10**9}).encode()
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
    wanted = 0
    connection, heard = -1, 0.0
    try:
        while True:
            # A request does not outlive its connection, however short the interruption was.
            stale = connection != client.stats["reconnects"] or time.monotonic() - heard > 2 * HEARTBEAT + 2
            if wanted <= 0 or stale:
                connection = client.stats["reconnects"]
                if not await _ask(client, subject, request, inbox):
                    connection = -1
                    continue
                wanted, heard = batch, time.monotonic()
            try:
                message = await subscription.next_msg(timeout=0.5)
            except nats.errors.TimeoutError:
                continue
            status = (message.headers or {}).get("Status")
            if status is None:
                wanted -= 1
                yield message
            elif status != "100":  # a heartbeat; all else ends the request (expired, consumer gone, leader moved)
                if must_exist and _is_gone(message):
                    raise ConsumerGone
                wanted = 0
                await asyncio.sleep(0 if status == "408" else 0.2)
            heard = time.monotonic()  # after the caller's work: what arrived meanwhile waits in the subscription
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


def _is_gone(message: Msg) -> bool:
    """No responders, or the broker's word for a consumer that is deleted under the request."""
    headers = message.headers or {}
    return headers.get("Status") == "503" or "Consumer Deleted" in headers.get("Description", "")


async def _ask(client: Client, subject: str, request: bytes, inbox: str) -> bool:
    """Open a request; False, after a short wait, while the broker is away."""
    try:
        if client.is_connected:
            await client.publish(subject, request, reply=inbox)
            return True
    except (nats.errors.Error, OSError):
        pass
    await asyncio.sleep(0.1)
    return False
