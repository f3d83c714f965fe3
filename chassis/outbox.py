"""The outbox relay: what was committed is published, in order per aggregate, at least once, and known when it is not.

One relay per service database leads (session lock on a direct connection). It is woken in process after a commit, or by
a NOTIFY that another replica sends after its commit on its own connection, and looks every second anyway. A failed
publish stops its aggregate until it succeeds. Sent rows are kept ten minutes and published again after the broker
restarts: it may have lost what it had not yet synced, and drops what it still has by Nats-Msg-Id.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import nats.errors
from nats.js import JetStreamContext

from chassis import clock, crash, telemetry
from chassis.cloudevents import with_sequence
from chassis.database import CLOSED, direct_connection
from chassis.idempotency import forget_old
from chassis.messaging import Messaging

log = logging.getLogger(__name__)
BATCH = 2000
KEPT = timedelta(minutes=10)
POLL = 1.0
ACK_TIMEOUT = 5.0
_LOCK = 5023914
_CHANNEL = "outbox"
_UNSENT = """
SELECT position, id, aggregate, sequence, subject, traceparent, body FROM outbox
WHERE sent_at IS NULL ORDER BY position LIMIT $1
"""


class Relay:
    """Publishes the outbox of one service."""

    def __init__(self, dsn: str, messaging: Messaging) -> None:
        self._dsn, self._messaging = dsn, messaging
        self._woken = asyncio.Event()
        self._again = False
        self.leading = False
        messaging.on_reconnect(self._broker_came_back)

    def wake(self) -> None:
        """There are new events. Cheap: wakes are coalesced."""
        self._woken.set()

    async def run(self) -> None:
        """Relay for ever, through restarts of the database and the broker."""
        while True:
            try:
                async with direct_connection(self._dsn) as connection:
                    await self._serve(connection)
            except (*CLOSED, asyncpg.PostgresError) as error:
                log.warning("relay_lost_database", extra={"error": type(error).__name__})
                await asyncio.sleep(0.2)
            finally:
                self.leading = False

    async def _serve(self, connection: asyncpg.Connection) -> None:
        await connection.add_listener(_CHANNEL, lambda *_: self._woken.set())
        cleaned = clock.now()
        while True:
            self._woken.clear()
            if not self.leading:
                self.leading = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK)
            if not self.leading:
                if await self._wait():
                    await connection.execute(f"NOTIFY {_CHANNEL}")
                continue
            if self._again:
                self._again = False
                await connection.execute("UPDATE outbox SET sent_at = NULL WHERE sent_at > $1", clock.now() - KEPT)
            await self.drain(connection)
            if clock.now() - cleaned > timedelta(minutes=1):
                cleaned = clock.now()
                await connection.execute("DELETE FROM outbox WHERE sent_at < $1", clock.now() - KEPT)
                await forget_old(connection)
            await self._wait()

    async def drain(self, connection: asyncpg.Connection) -> None:
        """Publish all that waits; returns when nothing is left or the broker is away."""
        while self._messaging.connected:
            rows = await connection.fetch(_UNSENT, BATCH)
            if not rows:
                break
            sent = await self._publish(await self._messaging.jetstream(), rows)
            if sent:
                await connection.execute(
                    "UPDATE outbox SET sent_at = $2 WHERE position = ANY($1::bigint[])", sent, clock.now()
                )
            telemetry.count("meent_outbox_published_total", len(sent))
            if len(sent) < len(rows):
                telemetry.count("meent_outbox_failed_total", len(rows) - len(sent))
                await asyncio.sleep(0.2)
            elif len(rows) < BATCH:
                break

    async def _publish(self, jetstream: JetStreamContext, rows: list[asyncpg.Record]) -> list[int]:
        """Positions that the broker confirmed. Waves: the n-th event of every aggregate, after the one before it."""
        per_aggregate: dict[Any, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            per_aggregate[row["aggregate"]].append(row)
        sent: list[int] = []
        waves = list(per_aggregate.values())
        while waves:
            crash.reach("relay-before-publish")
            confirmed = await _publish_wave(jetstream, [rows[0] for rows in waves])
            crash.reach("relay-after-publish")
            sent += [rows[0]["position"] for rows in waves if rows[0]["position"] in confirmed]
            waves = [rows[1:] for rows in waves if rows[0]["position"] in confirmed and len(rows) > 1]
        return sent

    async def _wait(self) -> bool:
        """Until woken or the next poll; whether it was woken."""
        try:
            async with asyncio.timeout(POLL):
                return await self._woken.wait()
        except TimeoutError:
            return False

    async def _broker_came_back(self) -> None:
        self._again = True
        self._woken.set()


async def _publish_wave(jetstream: JetStreamContext, rows: list[asyncpg.Record]) -> set[int]:
    pending: dict[int, asyncio.Future[Any]] = {}
    for row in rows:
        headers = {"Nats-Msg-Id": str(row["id"]), "traceparent": row["traceparent"]}
        body = with_sequence(row["body"], row["sequence"])
        try:
            pending[row["position"]] = await jetstream.publish_async(
                row["subject"], body, wait_stall=ACK_TIMEOUT, headers=headers
            )
        except (nats.errors.Error, OSError) as error:
            log.warning("publish_failed", extra={"error": type(error).__name__})
            break
    if pending:
        await asyncio.wait(pending.values(), timeout=ACK_TIMEOUT)
    confirmed = set()
    for position, future in pending.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            confirmed.add(position)
        elif future.done() and not future.cancelled():
            log.warning("publish_refused", extra={"error": type(future.exception()).__name__})
        else:
            future.cancel()
    return confirmed


async def waiting(fetch: Callable[[str], Awaitable[list[asyncpg.Record]]]) -> tuple[int, float]:
    """How many events wait and the age of the oldest, in seconds. `fetch` runs one statement."""
    rows = await fetch(
        "SELECT count(*) AS n, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS age "
        "FROM outbox WHERE sent_at IS NULL"
    )
    return rows[0]["n"], rows[0]["age"]
