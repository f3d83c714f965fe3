"""The durable consumers of afdelingen on the stream AFDELING: an afdeling cannot make its own, so the service does.

Each afdeling with a profile has `afdeling-<code>`, which gets its own subjects and nothing else. Made when the profile
is stored, and made sure of at start, after each reconnect and every minute.
"""

import asyncio
import logging

import nats.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from chassis.database import CLOSED
from chassis.problems import Problem
from chassis.runtime import Runtime
from services.klanten.settings import settings_of

log = logging.getLogger(__name__)
STREAM = "AFDELING"
BACK_OFF = (1, 1, 2, 4, 8)
"""Times the ack wait, after each delivery without acknowledgement; after one more it is a dead letter."""
EVERY = 60.0


def durable_of(afdeling: str) -> str:
    """Name of an afdeling's consumer, and of its NATS user."""
    return f"afdeling-{afdeling}"


def config_of(gemeente: str, afdeling: str, ack_wait: float) -> ConsumerConfig:
    """The consumer of an afdeling: everything of its own since the stream began, acknowledged one by one."""
    return ConsumerConfig(
        name=durable_of(afdeling),
        durable_name=durable_of(afdeling),
        filter_subject=f"afdeling.v1.{gemeente}.{afdeling}.>",
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait,
        max_deliver=len(BACK_OFF) + 1,
        backoff=[ack_wait * times for times in BACK_OFF],
        deliver_policy=DeliverPolicy.ALL,
    )


async def ensure(runtime: Runtime, afdeling: str) -> None:
    """Make or update the consumer of an afdeling. Raises what NATS raises."""
    jetstream = await runtime.messaging.jetstream()
    settings = settings_of(runtime)
    await jetstream.add_consumer(STREAM, config_of(settings.gemeente, afdeling, settings.afdeling_ack_wait))


async def ensure_now(runtime: Runtime, afdeling: str) -> None:
    """The same right after a profile is stored; while NATS is away it is left to the next look of `afdelingsconsumenten`."""
    if not runtime.messaging.connected:
        return
    try:
        await asyncio.wait_for(ensure(runtime, afdeling), 2)
    except (nats.errors.Error, OSError, TimeoutError) as error:
        log.warning("afdelingsconsument_failed", extra={"afdeling": afdeling, "error": type(error).__name__})


async def afdelingsconsumenten(runtime: Runtime) -> None:
    """Background: every afdeling with a profile has its consumer."""
    again = asyncio.Event()

    async def look_again() -> None:
        again.set()

    runtime.messaging.on_reconnect(look_again)
    while True:
        again.clear()
        try:
            rows = await runtime.database.fetch("SELECT DISTINCT afdeling FROM afdelingsprofiel")
            for row in rows:
                await ensure(runtime, row["afdeling"])
        except (nats.errors.Error, OSError, TimeoutError, Problem, *CLOSED) as error:
            log.warning("afdelingsconsumenten_failed", extra={"error": type(error).__name__})
            await asyncio.sleep(1)
            continue
        try:
            await asyncio.wait_for(again.wait(), EVERY)
        except TimeoutError:
            continue
