"""Consumers: what a service does on others' events, with exactly one effect per event.

Each message is handled in its own unit of work, which also writes the inbox row of the event id: a redelivery finds it
and does nothing. A failure is tried again with back-off, while other events go on; events of the same aggregate wait
their turn. A consumer that asks for order also waits for what the stream brings again, after a crash, behind what followed
it. After the last attempt the message goes to the dead letters, with the reason, and can be replayed.
"""

import asyncio
import logging
import uuid
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
from chassis.cloudevents import AGGREGATE, Event
from chassis.problems import Unavailable
from chassis.pulling import pull
from chassis.unit import Unit, unit_of_work

if TYPE_CHECKING:
    from chassis.runtime import Runtime

log = logging.getLogger(__name__)
ACK_WAIT = 10.0
"""Seconds after which what a consumer took and did not settle (it died) comes again."""
BATCH = 8
"""Messages taken at once: few enough that the last is reached within ACK_WAIT also with a slow neighbour."""
PATIENCE = 30.0
"""Seconds a failed event may be overdue before its aggregate goes on: another replica has settled it."""
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each further attempt; after the last one the message is a dead letter. A neighbour that is away
(`Unavailable`) is waited for without end."""
REPLAY = "Meent-Replay"
"""Header of a replayed dead letter: the consumer it is for."""
GAP = ACK_WAIT + 2.0
"""Seconds that an event is waited for whose followers are here: it was under way in a process that died."""
BRIEFLY = 1.0
"""Seconds that those before the first event heard of an aggregate are waited for, while nothing has happened lately."""
_SEEN = """
SELECT EXISTS (SELECT FROM inbox WHERE consumer = $1 AND event_id = $2) OR $5 AND newest >= $4 AS seen, newest
FROM (SELECT (SELECT sequence FROM inbox_aggregate WHERE consumer = $1 AND aggregate = $3) AS newest) AS known
"""
_NEWEST = """
INSERT INTO inbox_aggregate AS a (consumer, aggregate, sequence) VALUES ($1, $2, $3)
ON CONFLICT (consumer, aggregate) DO UPDATE SET sequence = greatest(a.sequence, excluded.sequence)
RETURNING sequence > $3
"""


class Hopeless(Exception):
    """Raise in a handler: trying again will not help, to the dead letters at once."""


class _TooEarly(Exception):
    """An event before this one of the aggregate may still come."""


class _Superseded(Exception):
    """A newer event of the aggregate was handled while this one was under way."""


@dataclass(frozen=True)
class Consumer:
    """What a service does on events. Declared in its `consumers.py`.

    name: unique within the service. stream, subjects: with `{gemeente}`. handler: gets the event and its unit of work;
    calls to neighbours come before its first query, so that no transaction stays open meanwhile.
    latest: the handler only cares for the newest state, so an event older than one already handled is dropped.
    in_order: events of an aggregate are handled in their order; all of them must be among `subjects`.
    """

    name: str
    stream: str
    subjects: tuple[str, ...]
    handler: Callable[[Event, Unit], Awaitable[None]]
    latest: bool = False
    in_order: bool = False
    back_off: tuple[float, ...] = BACK_OFF


@dataclass
class _Failing:
    """An event that waits for another attempt.

    refused: of its attempts, those that no neighbour was away for. until: moment of the loop after which nobody waits.
    """

    event_id: uuid.UUID
    attempts: int = 0
    refused: int = 0
    until: float = 0.0


@dataclass
class ConsumerRun:
    """A consumer at work in a service."""

    runtime: "Runtime"
    consumer: Consumer
    _failing: dict[str, _Failing] = field(default_factory=dict)
    """By aggregate. Attempts are counted here: deliveries also rise while an event waits its turn."""
    _gaps: dict[tuple[str, int | None], float] = field(default_factory=dict)
    """Aggregate and its newest → moment of the loop since when what follows is missed; another replica may have it by now."""
    _shaken: float = 0.0
    """Moment of the loop at which this consumer last began or failed."""

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
                self._shaken = asyncio.get_running_loop().time()
                async for message in pull(client, self.consumer.stream, self.durable, batch=BATCH, must_exist=True):
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
                replayed, aggregate = replay_for is not None, headers.get(AGGREGATE, "")
                event = Event.parse(message.data, message.subject, replayed=replayed, aggregate=aggregate)
            except ValueError as error:
                await self._give_up(message, jetstream, str(error))
                return
            await self._attempt(event, message, jetstream)

    async def _attempt(self, event: Event, message: Msg, jetstream: JetStreamContext) -> None:
        failing = self._failing.get(event.aggregate)
        if failing is not None and failing.event_id != event.id:
            if asyncio.get_running_loop().time() < failing.until:
                await message.nak(delay=0.3)
                return
            failing = None
        try:
            await self._handle(event)
        except _TooEarly:
            await message.nak(delay=0.3)
        except Hopeless as error:
            self._failing.pop(event.aggregate, None)
            await self._give_up(message, jetstream, str(error))
        except Exception as error:
            log.warning("event_failed", exc_info=True, extra={"consumer": self.durable, "event_id": event.id})
            await self._failed(failing or _Failing(event.id), event, error, message, jetstream)
        else:
            self._failing.pop(event.aggregate, None)
            crash.reach("consumer-before-ack")
            await message.ack()
            crash.reach("consumer-after-ack")

    async def _failed(
        self, failing: _Failing, event: Event, error: Exception, message: Msg, jetstream: JetStreamContext
    ) -> None:
        telemetry.count("meent_events_failed_total", consumer=self.durable)
        self._shaken = asyncio.get_running_loop().time()
        delays = self.consumer.back_off
        failing.refused += not isinstance(error, Unavailable)
        if failing.refused > len(delays):
            self._failing.pop(event.aggregate, None)
            await self._give_up(message, jetstream, type(error).__name__)
            return
        delay = (*delays, *(delays or BACK_OFF)[-1:])[min(failing.attempts, len(delays))]
        failing.attempts += 1
        failing.until = asyncio.get_running_loop().time() + delay + PATIENCE
        self._failing[event.aggregate] = failing
        await message.nak(delay=delay)

    async def _handle(self, event: Event) -> None:
        key = event.aggregate if self.consumer.in_order else event.subject
        values = (self.durable, event.id, key, event.sequence, self.consumer.latest and not event.replayed)
        found = (await self.runtime.database.fetch(_SEEN, *values))[0]
        if found["seen"]:
            telemetry.count("meent_events_repeated_total", consumer=self.durable)
            return
        if self.consumer.in_order and not event.replayed:
            self._wait_for_those_before(event, found["newest"])
        crash.reach("consumer-before-handler")
        async with handling(self.runtime, self.durable, event, latest=self.consumer.latest, key=key) as unit:
            await self.consumer.handler(event, unit)
        self._gaps.pop((event.aggregate, found["newest"]), None)
        telemetry.count("meent_events_handled_total", consumer=self.durable)

    def _wait_for_those_before(self, event: Event, newest: int | None) -> None:
        """Raises _TooEarly unless this event is the next of its aggregate, or it has been waited for long enough."""
        if event.sequence <= (newest or 0) + 1:
            return
        now = asyncio.get_running_loop().time()
        patience = BRIEFLY if newest is None and now - self._shaken > GAP else GAP
        if now - self._gaps.setdefault((event.aggregate, newest), now) < patience:
            raise _TooEarly

    async def _give_up(self, message: Msg, jetstream: JetStreamContext, reason: str) -> None:
        """To the dead letters; when even that fails the message stays and is tried again.

        reason: a code or the kind of error, never its text, which may hold personal data.
        """
        settings = self.runtime.settings
        headers = {
            **{name: text for name, text in (message.headers or {}).items() if name in {"traceparent"}},
            "Meent-Subject": message.subject,
            "Meent-Consumer": self.durable,
            "Meent-Stream": self.consumer.stream,
            "Meent-Error": reason[:200],
        }
        subject = f"dlq.v1.{settings.gemeente}.{settings.service}.{self.consumer.name}"
        try:
            await jetstream.publish(subject, message.data, headers=headers)
        except (nats.errors.Error, TimeoutError):
            await message.nak(delay=5)
            return
        telemetry.count("meent_dead_letters_total", consumer=self.durable)
        log.error("event_dead_letter", extra={"consumer": self.durable, "reason": reason})
        await message.term()


@asynccontextmanager
async def handling(
    runtime: "Runtime", consumer: str, event: Event, *, latest: bool = False, key: str = ""
) -> AsyncIterator[Unit]:
    """A unit of work that also records that `consumer` has handled this event; nothing is left when it already had.

    latest: nor when it has meanwhile handled a newer one. key: of what this is the newest event (default: its subject).
    """
    try:
        async with unit_of_work(runtime, SYSTEM) as unit:
            yield unit
            connection = await unit.connection()
            await connection.execute("INSERT INTO inbox VALUES ($1, $2, $3)", consumer, event.id, clock.now())
            newer = await connection.fetchval(_NEWEST, consumer, key or event.subject, event.sequence)
            if newer and latest and not event.replayed:
                raise _Superseded
            crash.reach("consumer-before-commit")
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "inbox_pkey":
            raise
        telemetry.count("meent_events_repeated_total", consumer=consumer)
    except _Superseded:
        telemetry.count("meent_events_repeated_total", consumer=consumer)
