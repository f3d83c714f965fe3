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


async def pull(client: Client, stream: str, durable: str, *, batch: int = 100) -> AsyncIterator[Msg]:
    """Every message of the durable consumer, for ever; the caller acknowledges. At most `batch` are under way at once."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, pending_msgs_limit=batch * 4)
    request = json.dumps({"batch": batch, "expires": EXPIRES * 10**9, "idle_heartbeat": HEARTBEAT * 10**9}).encode()
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
    open_requests = 0
    heard = time.monotonic()
    try:
        while True:
            if open_requests <= 0 or time.monotonic() - heard > 2 * HEARTBEAT + 2:
                if not await _ask(client, subject, request, inbox):
                    continue
                open_requests, heard = batch, time.monotonic()
            try:
                message = await subscription.next_msg(timeout=1)
            except nats.errors.TimeoutError:
                if not client.is_connected:
                    open_requests = 0
                continue
            heard = time.monotonic()
            status = (message.headers or {}).get("Status")
            if status is None:
                open_requests -= 1
                yield message
            elif (
                status != "100"
            ):  # 100 is a heartbeat; all else ends the request (expired, consumer gone, leader moved)
                open_requests = 0
                await asyncio.sleep(0 if status == "408" else 0.2)
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


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
