"""Two loops that find what others could not process.

JetStream announces that a message reached the last attempt of an outsider's consumer (an afdeling, a device): that
message is looked up by its place in its stream and put with the dead letters, as our own consumers do themselves. And
every message in the dead-letter stream gets a row, so that the API can list and filter them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import nats.errors
import orjson
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from chassis import telemetry
from chassis.catalog import load_catalog, outsider_stream
from chassis.cloudevents import Event
from chassis.consuming import REPLAY
from chassis.pulling import pull
from chassis.runtime import Runtime
from chassis.unit import unit_of_work
from services.notificaties.bezorging.onbestelbaar_bericht import OnbestelbaarBericht, Soort, record

log = logging.getLogger(__name__)
RETRY = 2.0
"""Seconds before a message of these loops is tried again; they never give up."""


async def follow_dead_letters(runtime: Runtime) -> None:
    """Background task: give every dead letter a row."""
    await _follow(runtime, "DLQ", "notificaties-dlq", index_letter)


async def follow_advisories(runtime: Runtime) -> None:
    """Background task: make dead letters of what outsiders could not process."""
    await _follow(runtime, "ADVISORIES", "notificaties-advisories", bury)


async def index_letter(runtime: Runtime, message: Msg) -> None:
    """A row for a message of the dead-letter stream; the same message again changes nothing."""
    headers = message.headers or {}
    consumer, subject = headers.get("Meent-Consumer", ""), headers.get("Meent-Subject", "")
    if not consumer or not subject:
        log.warning("dead_letter_without_address", extra={"sequence": message.metadata.sequence.stream})
        return
    try:
        event = Event.parse(message.data)
        key, kind = str(event.id), event.type
    except ValueError:
        key, kind = f"{message.metadata.stream}.{message.metadata.sequence.stream}", ""
    at = message.metadata.timestamp
    letter = OnbestelbaarBericht(
        soort=Soort.gebeurtenis,
        ontvanger=consumer,
        stream=headers.get("Meent-Stream", ""),
        onderwerp=subject,
        gebeurtenistype=kind,
        reden=headers.get("Meent-Error", ""),
        sleutel=key,
        ontstaan_op=at,
        laatst_op=at,
        bericht=message.data,
        traceparent=headers.get("traceparent", ""),
    )
    async with unit_of_work(runtime) as unit:
        await record(unit, letter)


async def bury(runtime: Runtime, message: Msg) -> None:
    """Publish the message an advisory is about with the dead letters; only of outsiders, ours do it themselves."""
    advisory = orjson.loads(message.data)
    stream, consumer, sequence = advisory["stream"], advisory["consumer"], advisory["stream_seq"]
    if outsider_stream(load_catalog(), consumer) != stream:
        return
    jetstream = await runtime.messaging.jetstream()
    try:
        lost = await jetstream.get_msg(stream, sequence)
    except NotFoundError:
        log.warning("undelivered_message_gone", extra={"consumer": consumer, "sequence": sequence})
        return
    original = lost.headers or {}
    if original.get(REPLAY, consumer) != consumer:
        return
    headers = {
        **{name: text for name, text in original.items() if name == "traceparent"},
        "Nats-Msg-Id": f"{consumer}.{stream}.{sequence}",
        "Meent-Subject": str(lost.subject),
        "Meent-Consumer": consumer,
        "Meent-Stream": stream,
        "Meent-Error": f"niet bevestigd na {advisory.get('deliveries', '?')} pogingen",
    }
    await jetstream.publish(f"dlq.v1.{runtime.settings.gemeente}.{consumer}", lost.data or b"", headers=headers)
    telemetry.count("meent_dead_letters_total", consumer=consumer)
    log.error("event_dead_letter", extra={"consumer": consumer, "reason": headers["Meent-Error"]})


async def _follow(
    runtime: Runtime, stream: str, durable: str, handle: Callable[[Runtime, Msg], Awaitable[None]]
) -> None:
    config = ConsumerConfig(
        name=durable,
        durable_name=durable,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=30,
        max_deliver=-1,
        deliver_policy=DeliverPolicy.ALL,
    )
    while True:
        try:
            jetstream = await runtime.messaging.jetstream()
            await jetstream.add_consumer(stream, config)
            client = await runtime.messaging.client()
            async for message in pull(client, stream, durable, batch=50):
                await _take(runtime, message, durable, handle)
        except (nats.errors.Error, OSError, TimeoutError) as error:
            log.warning("consumer_lost", extra={"consumer": durable, "error": type(error).__name__})
            await asyncio.sleep(0.2)


async def _take(
    runtime: Runtime, message: Msg, durable: str, handle: Callable[[Runtime, Msg], Awaitable[None]]
) -> None:
    try:
        await handle(runtime, message)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the message stays and the loop goes on
        log.warning("event_failed", extra={"consumer": durable, "error": type(error).__name__})
        await message.nak(delay=RETRY)
    else:
        await message.ack()
