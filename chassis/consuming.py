"""Consumers: what a service does on others' events, with exactly one effect per event.

Each message is handled in its own unit of work, which also writes the inbox row of the event id: a redelivery finds it
and does nothing. A failure is tried again with back-off, while other events go on; events of the same aggregate wait
their turn. After the last attempt the message goes to the dead letters, with the reason, and can be replayed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from chassis import clock, crash, telemetry
from chassis.access import SYSTEM
from chassis.cloudevents import Event
from chassis.database import in_transaction
from chassis.pulling import pull
from chassis.unit import Unit, unit_of_work

if TYPE_CHECKING:
    from chassis.runtime import Runtime

log = logging.getLogger(__name__)
ACK_WAIT = 30.0
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each further attempt; after the last one the message is a dead letter."""
REPLAY = "Meent-Replay"
"""Header of a replayed dead letter: the consumer it is for."""


class Hopeless(Exception):
    """Raise in a handler: trying again will not help, to the dead letters at once."""


@dataclass(frozen=True)
class Consumer:
    """What a service does on events. Declared in its `consumers.py`.

    name: unique within the service. stream, subjects: with `{gemeente}`. handler: gets the event and its unit of work;
    calls to neighbours come before its first query, so that no transaction stays open meanwhile.
    latest: the handler only cares for the newest state, so an event older than one already handled is dropped.
    """

    name: str
    stream: str
    subjects: tuple[str, ...]
    handler: Callable[[Event, Unit], Awaitable[None]]
    latest: bool = False
    back_off: tuple[float, ...] = BACK_OFF


@dataclass
class ConsumerRun:
    """A consumer at work in a service."""

    runtime: "Runtime"
    consumer: Consumer
    _stuck: dict[str, str] = field(default_factory=dict)
    """Aggregate → id of its event that is waiting for another attempt."""

    @property
    def durable(self) -> str:
        """Name of the durable consumer: also who it is in the inbox and the dead letters."""
        return f"{self.runtime.settings.service}-{self.consumer.name}"

    async def run(self) -> None:
        """Consume for ever."""
        while True:
            try:
                jetstream = await self.runtime.messaging.jetstream()
                await self._ensure(jetstream)
                client = await self.runtime.messaging.client()
                async for message in pull(client, self.consumer.stream, self.durable, batch=50):
                    await self._take(message, jetstream)
            except (nats.errors.Error, OSError, TimeoutError) as error:
                log.warning("consumer_lost", extra={"consumer": self.durable, "error": type(error).__name__})
                await asyncio.sleep(0.2)

    async def _ensure(self, jetstream: JetStreamContext) -> None:
        gemeente = self.runtime.settings.gemeente
        subjects = [subject.replace("{gemeente}", gemeente) for subject in self.consumer.subjects]
        config = ConsumerConfig(
            name=self.durable,
            durable_name=self.durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_deliver=-1,
            deliver_policy=DeliverPolicy.ALL,
            max_ack_pending=1000,
        )
        if len(subjects) == 1:
            config.filter_subject = subjects[0]
        else:
            config.filter_subjects = subjects
        await jetstream.add_consumer(self.consumer.stream, config)

    async def _take(self, message: Msg, jetstream: JetStreamContext) -> None:
        headers = message.headers or {}
        replay_for = headers.get(REPLAY)
        if replay_for is not None and replay_for != self.durable:
            await message.ack()
            return
        with telemetry.traced(headers.get("traceparent"), f"consume {self.durable}"):
            try:
                event = Event.parse(message.data, message.subject, replayed=replay_for is not None)
            except ValueError as error:
                await self._give_up(message, jetstream, str(error))
                return
            await self._attempt(event, message, jetstream)

    async def _attempt(self, event: Event, message: Msg, jetstream: JetStreamContext) -> None:
        aggregate = event.subject
        if self._stuck.get(aggregate, str(event.id)) != str(event.id):
            await message.nak(delay=0.3)
            return
        attempt = message.metadata.num_delivered or 1
        try:
            await self._handle(event)
        except Hopeless as error:
            self._stuck.pop(aggregate, None)
            await self._give_up(message, jetstream, str(error))
        except Exception as error:
            telemetry.count("meent_events_failed_total", consumer=self.durable)
            log.warning(
                "event_failed",
                exc_info=True,
                extra={"consumer": self.durable, "event_id": event.id, "attempt": attempt},
            )
            if attempt > len(self.consumer.back_off):
                self._stuck.pop(aggregate, None)
                await self._give_up(message, jetstream, _reason(error))
            else:
                self._stuck[aggregate] = str(event.id)
                await message.nak(delay=self.consumer.back_off[attempt - 1])
        else:
            self._stuck.pop(aggregate, None)
            crash.reach("consumer-before-ack")
            await message.ack()
            crash.reach("consumer-after-ack")

    async def _handle(self, event: Event) -> None:
        if await self._seen(event):
            telemetry.count("meent_events_repeated_total", consumer=self.durable)
            return
        crash.reach("consumer-before-handler")
        async with handling(self.runtime, self.durable, event) as unit:
            await self.consumer.handler(event, unit)
        telemetry.count("meent_events_handled_total", consumer=self.durable)

    async def _seen(self, event: Event) -> bool:
        newer = "OR EXISTS (SELECT FROM inbox_aggregate WHERE consumer = $1 AND aggregate = $3 AND sequence >= $4)"
        only_latest = self.consumer.latest and not event.replayed
        sql = "SELECT EXISTS (SELECT FROM inbox WHERE consumer = $1 AND event_id = $2)"
        if only_latest:
            rows = await self.runtime.database.fetch(
                f"{sql} {newer} AS seen", self.durable, event.id, event.subject, event.sequence
            )
        else:
            rows = await self.runtime.database.fetch(f"{sql} AS seen", self.durable, event.id)
        return bool(rows[0]["seen"])

    async def _give_up(self, message: Msg, jetstream: JetStreamContext, reason: str) -> None:
        """To the dead letters; when even that fails the message stays and is tried again."""
        settings = self.runtime.settings
        headers = {
            **{name: text for name, text in (message.headers or {}).items() if name in {"traceparent"}},
            "Meent-Subject": message.subject,
            "Meent-Consumer": self.durable,
            "Meent-Stream": self.consumer.stream,
            "Meent-Error": reason[:200],
        }
        try:
            await jetstream.publish(
                f"dlq.v1.{settings.gemeente}.{settings.service}.{self.consumer.name}", message.data, headers=headers
            )
        except (nats.errors.Error, TimeoutError):
            await message.nak(delay=5)
            return
        telemetry.count("meent_dead_letters_total", consumer=self.durable)
        log.error("event_dead_letter", extra={"consumer": self.durable, "reason": reason})
        await message.term()


@asynccontextmanager
async def handling(runtime: "Runtime", consumer: str, event: Event) -> AsyncIterator[Unit]:
    """A unit of work that also records that `consumer` has handled this event; nothing is left when it already had."""
    try:
        async with unit_of_work(runtime, SYSTEM) as unit:
            yield unit
            connection = await in_transaction(unit.session)
            await connection.execute(
                "INSERT INTO inbox (consumer, event_id, handled_at) VALUES ($1, $2, $3)",
                consumer,
                event.id,
                clock.now(),
            )
            await connection.execute(
                "INSERT INTO inbox_aggregate AS a (consumer, aggregate, sequence) VALUES ($1, $2, $3) "
                "ON CONFLICT (consumer, aggregate) DO UPDATE SET sequence = greatest(a.sequence, excluded.sequence)",
                consumer,
                event.subject,
                event.sequence,
            )
            crash.reach("consumer-before-commit")
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "inbox_pkey":
            raise
        telemetry.count("meent_events_repeated_total", consumer=consumer)


def _reason(error: Exception) -> str:
    """What to tell an operator: the kind of error, not its text, which may hold personal data."""
    return type(error).__name__ if not isinstance(error, Hopeless) else str(error)
