"""The outbox relay: what was committed is published, in order per aggregate, at least once, and known when it is not.

One relay per service database leads (session lock on a direct connection). It is woken in process after a commit, or by
a NOTIFY that another replica sends after its commit on its own connection, and looks every second anyway. A failed
publish stops its aggregate until it succeeds; it is tried again beside the others, which do not wait for it. Sent rows
are kept ten minutes and published again after the broker restarts, and when a relay begins to lead (one power cut may
have taken both): the broker may have lost what it had not yet synced, and drops what it still has by Nats-Msg-Id.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import nats.errors

from chassis import clock, crash, telemetry
from chassis.cloudevents import AGGREGATE, with_sequence
from chassis.database import CLOSED, direct_connection
from chassis.idempotency import forget_old
from chassis.messaging import Messaging

log = logging.getLogger(__name__)
BATCH = 2000
KEPT = timedelta(minutes=10)
POLL = 1.0
ACK_TIMEOUT = 2.0
RETRY = 1.0
"""Seconds before the first event of a stuck aggregate is tried again."""
INBOX_KEPT = timedelta(days=35)
"""Longer than a stream keeps an event: what cannot come again need not be remembered."""
_HEADERS = 1024
_LOCK = 5023914
_CHANNEL = "outbox"
_UNSENT = """
SELECT position, id, aggregate, sequence, subject, traceparent, body FROM outbox
WHERE sent_at IS NULL AND aggregate <> ALL($2::uuid[]) ORDER BY position LIMIT $1
"""
_STUCK = """
SELECT DISTINCT ON (aggregate) position, id, aggregate, sequence, subject, traceparent, body FROM outbox
WHERE sent_at IS NULL AND aggregate = ANY($2::uuid[]) ORDER BY aggregate, position LIMIT $1
"""


class Relay:
    """Publishes the outbox of one service."""

    def __init__(self, dsn: str, messaging: Messaging) -> None:
        self._dsn, self._messaging = dsn, messaging
        self._woken = asyncio.Event()
        self._again = True
        self._stuck: dict[Any, float] = {}
        """Aggregate → moment (of the loop) at which its first event is tried again."""
        self._trying: asyncio.Task[None] | None = None
        self._freed: list[asyncpg.Record] = []
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
                if self._trying is not None:
                    self._trying.cancel()

    async def _serve(self, connection: asyncpg.Connection) -> None:
        await connection.add_listener(_CHANNEL, self._heard)
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
                self._stuck.clear()
                self._freed.clear()
                await connection.execute("UPDATE outbox SET sent_at = NULL WHERE sent_at > $1", clock.now() - KEPT)
            await self.drain(connection)
            if clock.now() - cleaned > timedelta(minutes=1):
                cleaned = clock.now()
                await _clean(connection)
            await self._wait()

    async def drain(self, connection: asyncpg.Connection) -> None:
        """Publish all that waits; returns when nothing is left or the broker is away."""
        while self._messaging.connected:
            await self._try_stuck(connection)
            rows = await connection.fetch(_UNSENT, BATCH, list(self._stuck))
            if not rows:
                break
            sent = await self._publish(rows)
            await _mark(connection, sent)
            confirmed = set(sent)
            failed = {row["aggregate"] for row in rows if row["position"] not in confirmed}
            if failed and self._messaging.connected:
                telemetry.count("meent_outbox_failed_total", len(rows) - len(sent))
                self._stuck |= dict.fromkeys(failed, asyncio.get_running_loop().time() + RETRY)
            if len(rows) < BATCH:
                break

    async def _try_stuck(self, connection: asyncpg.Connection) -> None:
        """Mark what was published at last, and try the next; the trying itself nobody waits for."""
        freed, self._freed = self._freed, []
        await _mark(connection, [row["position"] for row in freed])
        for row in freed:
            self._stuck.pop(row["aggregate"], None)
        present = asyncio.get_running_loop().time()
        due = [aggregate for aggregate, moment in self._stuck.items() if moment <= present]
        if not due or (self._trying is not None and not self._trying.done()):
            return
        rows = await connection.fetch(_STUCK, BATCH, due)
        for aggregate in due:
            del self._stuck[aggregate]
        self._stuck |= dict.fromkeys((row["aggregate"] for row in rows), present + RETRY)
        self._trying = asyncio.create_task(self._try(rows), name="outbox-stuck")

    async def _try(self, rows: list[asyncpg.Record]) -> None:
        confirmed = await self._publish_wave(rows)
        self._freed += [row for row in rows if row["position"] in confirmed]
        if confirmed:
            self._woken.set()

    async def _publish(self, rows: list[asyncpg.Record]) -> list[int]:
        """Positions that the broker confirmed. Waves: the n-th event of every aggregate, after the one before it."""
        per_aggregate: dict[Any, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            per_aggregate[row["aggregate"]].append(row)
        sent: list[int] = []
        waves = list(per_aggregate.values())
        while waves:
            crash.reach("relay-before-publish")
            confirmed = await self._publish_wave([rows[0] for rows in waves])
            crash.reach("relay-after-publish")
            sent += [rows[0]["position"] for rows in waves if rows[0]["position"] in confirmed]
            waves = [rows[1:] for rows in waves if rows[0]["position"] in confirmed and len(rows) > 1]
        return sent

    async def _publish_wave(self, rows: list[asyncpg.Record]) -> set[int]:
        """Publish at once, at most one event of an aggregate; the positions that the broker confirmed in time."""
        client, jetstream = await self._messaging.client(), await self._messaging.jetstream()
        pending: dict[int, asyncio.Future[Any]] = {}
        for row in rows:
            headers = {
                "Nats-Msg-Id": str(row["id"]),
                "traceparent": row["traceparent"],
                AGGREGATE: str(row["aggregate"]),
            }
            body = with_sequence(row["body"], row["sequence"])
            if not client.is_connected:
                break
            if len(body) + _HEADERS > client.max_payload:
                log.error("event_too_large", extra={"event_id": row["id"]})
                continue
            try:
                pending[row["position"]] = await jetstream.publish_async(row["subject"], body, headers=headers)
            except (nats.errors.Error, OSError) as error:
                log.warning("publish_failed", extra={"error": type(error).__name__})
        return await _confirmed(pending)

    async def _wait(self) -> bool:
        """Until woken or the next poll; whether it was woken."""
        try:
            async with asyncio.timeout(POLL):
                return await self._woken.wait()
        except TimeoutError:
            return False

    def _heard(self, *_: Any) -> None:
        if self.leading:  # who passes a wake-up on hears it too
            self._woken.set()

    async def _broker_came_back(self) -> None:
        self._again = True
        self._woken.set()


async def _confirmed(pending: dict[int, asyncio.Future[Any]]) -> set[int]:
    if pending:
        await asyncio.wait(pending.values(), timeout=ACK_TIMEOUT)
    confirmed = set()
    for position, future in pending.items():
        if not future.done():
            future.cancel()
        elif future.cancelled() or future.exception() is not None:
            log.warning("publish_refused", extra={"position": position})
        else:
            confirmed.add(position)
    return confirmed


async def _mark(connection: asyncpg.Connection, sent: list[int]) -> None:
    if sent:
        await connection.execute("UPDATE outbox SET sent_at = $2 WHERE position = ANY($1::bigint[])", sent, clock.now())
        telemetry.count("meent_outbox_published_total", len(sent))


async def _clean(connection: asyncpg.Connection) -> None:
    await connection.execute("DELETE FROM outbox WHERE sent_at < $1", clock.now() - KEPT)
    await connection.execute("DELETE FROM inbox WHERE handled_at < $1", clock.now() - INBOX_KEPT)
    await forget_old(connection)


async def waiting(fetch: Callable[[str], Awaitable[list[asyncpg.Record]]]) -> tuple[int, float]:
    """How many events wait and the age of the oldest, in seconds. `fetch` runs one statement."""
    rows = await fetch(
        "SELECT count(*) AS n, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS age "
        "FROM outbox WHERE sent_at IS NULL"
    )
    return rows[0]["n"], rows[0]["age"]
